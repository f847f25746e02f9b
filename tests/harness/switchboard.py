"""A switchboard at the centre's NATS, as a test tells of its calls; waits until what it told is written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
from nats.aio.client import Client

from incidents.telephone import simulator
from tests.harness.doors import Seat
from tests.harness.reporters import nats_client
from web.drive import Devices
from web.telephone import Connected, Telephone

GUARD_S = 60.0


def moment(seconds_ago: float = 0.0) -> str:
    """That long before now, as RFC 3339."""
    return (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(timespec="milliseconds")


class Switchboard:
    """Tells on `cad.call.<acd>.<line>`.

    Args:
        client: its connection.
        acd: its name; that of a room's code rings in that room.
    """

    def __init__(self, client: Client, acd: str = "acd1") -> None:
        self._client = client
        self.acd = acd

    async def tell(
        self, call_id: str, act: str, seconds_ago: float = 0.0, msg_id: str | None = None, **more: Any
    ) -> str:
        """One telling; its Nats-Msg-Id."""
        line = more.pop("line", "7")
        body = {"call_id": call_id, "act": act, "at": moment(seconds_ago)} | more
        return await self.send(msgspec.json.encode(body), msg_id, line)

    async def send(self, data: bytes, msg_id: str | None = None, line: str = "7") -> str:
        msg_id = str(uuid4()) if msg_id is None else msg_id
        headers = {"Nats-Msg-Id": msg_id} if msg_id else None
        await self._client.jetstream(timeout=GUARD_S).publish(
            f"cad.call.{self.acd}.{line}", data, headers=headers
        )
        return msg_id


async def call_when(seat: Seat, call_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The call as the seat reads it, once that holds."""

    async def look() -> dict[str, Any] | None:
        told = await seat.get(f"/calls/{call_id}")
        return told.json() if told.status_code == 200 and holds(told.json()) else None

    return await awaited(look)


async def awaited[T](look: Callable[[], Awaitable[T | None]]) -> T:
    """What it sees, as soon as it sees something."""
    async with asyncio.timeout(GUARD_S):
        while True:
            seen = await look()
            if seen is not None:
                return seen
            await asyncio.sleep(0.02)


@asynccontextmanager
async def evening(
    nats_url: str, a_second: float = 2.0, speed: float = 120.0
) -> AsyncIterator[list[Connected]]:
    """A simulated switchboard rings inside the block, late and twice too; at its end every call has been told to its end."""
    connected: list[Connected] = []
    async with nats_client(nats_url) as client:
        board = simulator.Switchboard(Random(110), "acd1", [f"J{n}" for n in range(12)])
        async with Telephone.open(Devices(client), board, speed, Random(111)) as telephone:

            async def ring_on() -> None:
                async with asyncio.TaskGroup() as callers:
                    while True:
                        callers.create_task(one())
                        await asyncio.sleep(1 / a_second)

            async def one() -> None:
                connected.append(await telephone.ring("13700000000"))

            ringing = asyncio.create_task(ring_on())
            try:
                yield connected
            finally:
                ringing.cancel()
                await asyncio.gather(ringing, return_exceptions=True)
