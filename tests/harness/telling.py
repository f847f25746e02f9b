"""The eyes and the clock of a story: time goes by on two replicas at once, and one looks at what a seat would see of an incident."""

import asyncio
from datetime import timedelta
from uuid import UUID

from dispatch import views
from dispatch.folds import FOLDS
from dispatch.shown import IncidentShown
from dispatch.supervision import store as supervision_store
from dispatch.supervision.model import SupervisionOrder
from dispatch.verify import verify
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, keeper_of
from tests.harness.town import Town


class Night:
    """One incident of a story."""

    def __init__(self, town: Town, clock: Clock, incident_id: UUID) -> None:
        self.town = town
        self.clock = clock
        self.incident_id = incident_id

    async def later(self, seconds: float) -> None:
        """Time goes by, on two replicas at once."""
        await self.clock.forward(timedelta(seconds=seconds))
        await asyncio.gather(all_due(keeper_of(self.town)), all_due(keeper_of(self.town)))
        await all_due(keeper_of(self.town))

    async def row(self) -> IncidentShown:
        async with self.town.pool.acquire() as conn:
            return (await views.incidents(conn, self.town.centre, [self.incident_id]))[0]

    async def heard(self) -> dict[str, UUID | None]:
        """Which alerts stand, and at which room each is to be noticed."""
        return {alert.rule: alert.room for alert in (await self.row()).alerts}

    async def owed(self) -> list[SupervisionOrder]:
        async with self.town.pool.acquire() as conn:
            return await supervision_store.open_of(conn, [self.incident_id])

    async def ends(self) -> set[str]:
        """What stands in the way of closing, by kind."""
        return {end.noun for end in (await self.row()).open_ends}

    async def is_sound(self) -> None:
        """Timers are what the rows ask for, and the facts of the whole story fold to the tables."""
        async with self.town.pool.acquire() as conn:
            await check_timers(conn)
            found = await verify(conn, FOLDS, ())
        assert found.sound, found.broken
