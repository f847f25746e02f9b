"""Promise: replicas that heard different frames end with the same index, the one that publishes the picture included."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from dispatch.runtime import positions as module
from dispatch.runtime.bus import Bus
from dispatch.runtime.followers import Followers
from dispatch.runtime.lease import Lease
from dispatch.runtime.positions import Positions, now_ms
from dispatch.runtime.postgres import Pool
from tests.harness import town
from tests.harness.replica import running
from tests.harness.reporters import nats_client

GUARD_S = 60.0
HANDLE = town.N1.int


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(GUARD_S):
        while not holds():
            await asyncio.sleep(0.02)


class Index:
    """The positions of one replica."""

    def __init__(self, pool: Pool, nats_url: str, name: str) -> None:
        self.centre = town.centre_without_data()
        self.bus = Bus([nats_url])
        self.lease = Lease(pool, "relay", name)
        self.positions = Positions(pool, self.bus, self.lease, self.centre)
        self._followers = Followers(pool, self.centre)

    async def load(self) -> None:
        await self.positions.subscribe()
        await self._followers.load()
        await self.positions.load()

    def lon(self) -> float | None:
        fix = self.centre.live.fix(HANDLE, now_ms())
        return None if fix is None else fix.lon


def said(lon: float) -> bytes:
    return msgspec.msgpack.encode({"v": 1, "units": [HANDLE], "t": [now_ms()], "lon": [lon], "lat": [22.54]})


@pytest.mark.parametrize("deaf_holds_the_lease", [True, False])
async def test_what_one_replica_did_not_hear_it_learns_from_the_others(
    pool: Pool, nats_url: str, monkeypatch: pytest.MonkeyPatch, deaf_holds_the_lease: bool
) -> None:
    monkeypatch.setattr(module, "KEEP_S", 0.1)
    monkeypatch.setattr(module, "SNAPSHOT_S", 0.1)
    await town.build(pool)
    deaf, hearing = Index(pool, nats_url, "deaf"), Index(pool, nats_url, "hearing")
    holder = deaf if deaf_holds_the_lease else hearing
    await deaf.load()
    await hearing.load()
    replicas = (hearing.bus.run(), holder.lease.run(), deaf.positions.run(), hearing.positions.run())
    async with running(*replicas), nats_client(nats_url) as gateway:
        await hearing.bus.wait_ready()
        await until(lambda: holder.lease.held)
        await gateway.publish("cad.fix.sim", said(114.03))
        await until(lambda: hearing.lon() == 114.03)
        assert deaf.lon() is None
        async with running(deaf.bus.run()):
            await until(lambda: deaf.lon() == 114.03)
