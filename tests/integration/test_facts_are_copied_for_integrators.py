"""Integrators get every fact once more, in order for each entity, without the people in it, and never in the centre's way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import journal
from dispatch.runtime.bus import Bus
from dispatch.runtime.copies import Copies
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import LEASE_NAME, Relay
from tests.harness.facts import NOON, fact
from tests.harness.on_nats import connected
from tests.harness.own_nats import own_nats
from tests.harness.replica import running

ONE, TWO = UUID(int=1), UUID(int=2)
PATIENCE_S = 60


async def append(pool: Pool, id_: UUID, versions: range) -> None:
    async with pool.acquire() as conn:
        await journal.append(conn, [fact(id_, version, body=f'{{"v": {version}}}') for version in versions])


async def copied(nats_url: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The first `count` messages of EVENTS, as soon as they are there."""
    client = await connected(nats_url)
    try:
        streams = client.jetstream(timeout=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while (await streams.stream_info("EVENTS")).state.messages < count:
                await asyncio.sleep(0.02)
        found = [await streams.get_msg("EVENTS", seq) for seq in range(1, count + 1)]
        return [(str(m.subject), msgspec.json.decode(m.data or b"")) for m in found]
    finally:
        await client.close()


class Replica:
    """The holder's tasks that copies need, inside the test."""

    def __init__(self, pool: Pool, nats_url: str, name: str = "here") -> None:
        self.bus, self.lease = Bus([nats_url]), Lease(pool, LEASE_NAME, name)
        self.copies, self._relay = Copies(pool, self.lease, self.bus), Relay(pool, self.lease, self.bus)
        self._relay.listeners.append(lambda _frame: self.copies.wake())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runs = (self.bus.run(), self.lease.run(), self._relay.run(), self.copies.run())
        async with running(*runs), asyncio.timeout(PATIENCE_S):
            while not self.copies._term:  # from here on every fact is copied
                await asyncio.sleep(0.01)
            yield


async def relayed(pool: Pool, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await pool.fetchval("SELECT count(*) FROM ledger") < count:
            await asyncio.sleep(0.01)


async def test_a_copy_says_what_happened_and_not_who(pool: Pool, nats_url: str) -> None:
    async with Replica(pool, nats_url).running():
        await append(pool, ONE, range(1, 2))
        ((subject, said),) = await copied(nats_url, 1)
    assert subject == f"cad.event.incident.{ONE}.noted"
    assert said.pop("recorded_at") == NOON.isoformat().replace("+00:00", "Z")
    assert said == {
        "seq": 1,
        "noun": "incident",
        "id": str(ONE),
        "version": 1,
        "incident_id": str(ONE),
        "fact": "noted",
        "via": "console",
        "claimed_at": None,
        "body": {"v": 1},
    }


async def test_the_next_holder_goes_on_behind_the_last_copy(pool: Pool, nats_url: str) -> None:
    async with Replica(pool, nats_url, "first").running():
        await append(pool, ONE, range(1, 301))
        await copied(nats_url, 300)
    lease = Lease(pool, LEASE_NAME, "brief")
    await lease._step()
    assert lease.term is not None
    await append(pool, ONE, range(301, 401))
    async with pool.acquire() as conn:  # a holder that died before it could copy
        await Relay(pool, lease, Bus([nats_url])).pass_on(conn, lease.term)
    async with Replica(pool, nats_url, "second").running():
        await append(pool, ONE, range(401, 601))
        found = await copied(nats_url, 600)
    assert [said["version"] for _, said in found] == list(range(1, 601))


@pytest.mark.parametrize("large", [[5], [9], list(range(1, 10))])
async def test_a_fact_too_large_for_a_message_holds_back_none_that_follow(
    pool: Pool, nats_url: str, large: list[int]
) -> None:
    huge = f'{{"v": "{"x" * 1_100_000}"}}'
    async with Replica(pool, nats_url).running():
        async with pool.acquire() as conn:
            rows = [fact(ONE, version, body=huge if version in large else "{}") for version in range(1, 10)]
            await journal.append(conn, rows)
        await relayed(pool, 9)
        await append(pool, ONE, range(10, 12))
        found = await copied(nats_url, 11 - len(large))
    assert [said["version"] for _, said in found] == [v for v in range(1, 12) if v not in large]


async def test_copies_wait_for_nats_and_nothing_waits_for_copies(pool: Pool, tmp_path: Path) -> None:
    async with own_nats(tmp_path) as server:
        replica = Replica(pool, server.url)
        async with replica.running():
            await append(pool, ONE, range(1, 101))
            await relayed(pool, 100)
            await server.start()
            first = await copied_when_ready(replica, server.url, 100)
            await server.kill()  # and with it the stream in memory
            await append(pool, TWO, range(1, 101))
            await relayed(pool, 200)
            await server.start()
            second = await copied_when_ready(replica, server.url, 100)
    assert [said["seq"] for _, said in first] == list(range(1, 101))
    assert [said["seq"] for _, said in second] == list(range(101, 201))


async def copied_when_ready(replica: Replica, nats_url: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    await replica.bus.wait_ready()
    return await copied(nats_url, count)
