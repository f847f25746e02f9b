"""A room with people at its seats, whose pages are heard or not, while time and the engine go on."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from dispatch.runtime.timekeeper import Timekeeper
from dispatch.seating import store
from dispatch.seating.links import WATCH
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.people import Page, enter, log_in
from tests.harness.waiting import GUARD_S

LISTENING = """
INSERT INTO seat_ear (replica, since, at) VALUES ('test', cad_now() - make_interval(secs => $1), cad_now())
ON CONFLICT (replica) DO UPDATE SET (since, at) = (excluded.since, excluded.at)
"""
UNWATCHED = "SELECT count(*) FROM timer WHERE kind = $1 AND fired_at IS NULL AND due_at <= cad_now()"
ROUNDS = 3
FACTS = "SELECT fact, who, via, body FROM journal WHERE noun = 'seat' AND id = $1 ORDER BY version"


class Room:
    """People at seats of the little town, by the codes of their seats."""

    def __init__(self, doors: Doors, clock: Clock, ids: dict[str, str]) -> None:
        self.doors = doors
        self.clock = clock
        self.ids = ids
        self.pages: list[Page] = []
        self.login = ""

    async def person(self, *roles: str, room: UUID = town.CITY) -> Page:
        """Somebody new signs in."""
        self.login = f"p{uuid4().hex[:8]}"
        await enter(self.doors, self.login, *roles, room=room)
        return await self.again(self.login)

    async def again(self, login: str) -> Page:
        """The same person in another browser."""
        page = await log_in(self.doors, login)
        self.pages.append(page)
        return page

    async def sit(self, code: str, *roles: str, room: UUID = town.CITY) -> Page:
        """Somebody new signs in and sits down there."""
        page = await self.person(*roles, room=room)
        await page.sit(self.ids[code])
        return page

    async def seat(self, code: str) -> Any:
        told = await (await self.doors.seat("leader")).get(f"/seats/{self.ids[code]}")
        return told.json()

    async def facts(self, code: str) -> list[str]:
        async with self.doors.runtime.pool.acquire() as conn:
            return [row["fact"] for row in await conn.fetch(FACTS, UUID(self.ids[code]))]

    async def forward(self, seconds: float) -> None:
        """Let time pass and the engine do what is due; whoever is not heard meanwhile is not heard."""
        await self.clock.forward(timedelta(seconds=seconds))
        await self.listening()
        await self.fire()

    async def listening(self, for_s: float = 3600) -> None:
        """A replica has heard its seats for so long without a gap."""
        async with self.doors.runtime.pool.acquire() as conn:
            await conn.execute(LISTENING, for_s)

    async def fire(self) -> None:
        """Two engines do what is due, until no seat is left to look at: a round that meets a lock is simply the next one's."""
        runtime = self.doors.runtime
        keepers = [Timekeeper(runtime.engine, runtime.centre, lambda: None) for _ in range(2)]
        async with asyncio.timeout(GUARD_S):
            for rounds in count(1):
                await asyncio.gather(*(keeper.fire_due() for keeper in keepers))
                async with runtime.pool.acquire() as conn:
                    if rounds >= ROUNDS and not await conn.fetchval(UNWATCHED, WATCH):
                        return

    async def hear(self, *codes: str) -> None:
        """The pages of these seats are heard."""
        async with self.doors.runtime.pool.acquire() as conn:
            await store.hear(conn, {UUID(self.ids[code]): 0.0 for code in codes})
