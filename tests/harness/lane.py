"""One replica of the small town for simulated nights: the real desk, funnel, radio, timer engine and doors.

Its clock, its bus and its line to the database do what the simulation says.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

import asyncpg

from dispatch import journal
from dispatch.runtime.bus import Bus
from dispatch.runtime.consumer import Handler, Message
from dispatch.runtime.intake import Intake
from dispatch.runtime.lease import Lease
from dispatch.runtime.listening import Listening
from dispatch.runtime.radio import Radio
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.work import ms
from tests.harness import town as t
from tests.harness.fragile import Fuse, fragile
from tests.harness.lossy_bus import LossyBus
from tests.harness.wandering import LATER, OWN_CLOCK

NEWS = """
SELECT NULL::bigint, position, noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body::text
FROM journal WHERE position > $1 ORDER BY position
"""


async def _nobody(message: Message) -> None:
    """Hears nothing."""


class _HeldLease:
    """The lease of the only replica."""

    held = True


class Lane:
    """The town and everything around one replica. One history after another is lived in it."""

    def __init__(self, town: t.Town, fuse: Fuse, now: datetime) -> None:
        self.town = town
        self.fuse = fuse
        self.now = now
        self.bus = LossyBus(Random(0), 0.0)
        bus = cast("Bus", self.bus)
        self.intake = Intake(town.pool, town.centre, lambda: None)
        self.listening = Listening(bus, town.centre, self.intake, town.acting)
        self.radio = Radio(town.pool, cast("Lease", _HeldLease()), bus, self._unseal)
        self.keeper = Timekeeper(town.pool, town.centre, lambda: None)
        self.hear: Handler = _nobody
        self._followed = 0

    @property
    def now_ms(self) -> int:
        """The lane's time, ms since 1970."""
        return ms(self.now)

    async def _unseal(self, narrative_id: UUID) -> str | None:
        return f"text {narrative_id}"

    async def later(self, seconds: float) -> None:
        """Let time pass."""
        async with self.town.pool.acquire() as conn:
            self.now = await conn.fetchval(LATER, seconds)
        self.bus.now_ms = self.now_ms

    async def follow(self) -> None:
        """Let the replica learn what was committed, as the feed would tell it."""
        async with self.town.pool.acquire() as conn:
            rows = journal.feed_rows(await conn.fetch(NEWS, self._followed))
        if rows:
            self._followed = rows[-1].position
            await self.town.followers.apply(rows)

    async def restart(self) -> None:
        """Another replica takes over: what was only remembered is gone and read anew."""
        await self.town.followers.load()

    async def send_radio(self) -> None:
        """Publish what waits for terminals; the lease holder's loop, one turn."""
        await self.radio._send_some()  # its loop waits; here time is in our hands

    async def deliver(self) -> None:
        """Hand what has arrived on the bus to the doors."""
        doors = {
            "cad.alarm.": self.listening.alarm,
            "cad.radio.reply.": self.listening.reply,
            "cad.radio.order.": self.hear,
        }
        await self.bus.deliver(doors)

    async def ring(self) -> None:
        """Let what is due fall due; the timer engine's loop, until nothing is."""
        while await self.keeper.fire_due():
            pass

    async def catch_up(self) -> None:
        """Let what a broken line put aside be tried again: the engine waits a second by a clock that nights outrun."""
        self.keeper._aside.clear()
        await self.ring()


@asynccontextmanager
async def open_lane(url: str, start: datetime) -> AsyncIterator[Lane]:
    """A lane on a database of its own, whose clock stands at `start`."""
    fuse = Fuse()
    settings = {"timezone": "UTC", "synchronous_commit": "off"}

    async def leave(conn: Any) -> None:
        if conn.is_in_transaction():
            await conn.execute("ROLLBACK")

    async with asyncpg.create_pool(
        url, min_size=1, max_size=6, server_settings=settings, connection_class=fragile(fuse), reset=leave
    ) as pool:
        town = await t.build(pool)
        async with pool.acquire() as conn:
            await conn.execute(OWN_CLOCK)
            await conn.execute("UPDATE night SET at = $1", start)
        lane = Lane(town, fuse, start)
        await lane.later(timedelta(seconds=1).total_seconds())
        await lane.follow()
        funnel = asyncio.create_task(lane.intake.run())
        try:
            yield lane
        finally:
            funnel.cancel()
            await asyncio.gather(funnel, return_exceptions=True)
