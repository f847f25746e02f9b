"""The demo's change of shift: a crew without a job signs off and, minutes later, another signs on in its place.

At the public doors, as the room's leader; a unit that a person has just taken is never sent home.
"""

import asyncio
from random import Random

import structlog

from web.drive import Refused, Unreachable
from web.seats import Seats

EVERY_S = 150.0
GAP_S = (45.0, 120.0)

log = structlog.get_logger(__name__)


class Relief:
    """One crew after the other, the whole night."""

    def __init__(self, seats: Seats, chance: Random, speed: float) -> None:
        self._door = seats.doors["leader"]
        self._chance = chance
        self._speed = speed
        self._serial = 0

    async def work(self) -> None:
        """Relieve one crew now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * EVERY_S / self._speed)
            try:
                await self._relieve_one()
            except (Refused, Unreachable) as trouble:
                log.info("relief_interrupted", reason=str(trouble))

    async def _relieve_one(self) -> None:
        idle = [one async for one in self._door.each("/units", state="available") if one["fix"] is not None]
        if not idle:
            return
        unit = self._chance.choice(idle)
        self._serial += 1
        path, name = f"/units/{unit['id']}", f"relief:{unit['id']}:{unit['version']}:{self._serial}"
        await self._door.post(f"{path}/log-off", f"{name}:off", {"reason": "交班 end of shift"})
        await asyncio.sleep(self._chance.uniform(*GAP_S) / self._speed)
        crew = [f"{self._chance.randrange(10_000, 99_999)}" for _ in unit["crew"]] or ["10001"]
        await self._door.post(f"{path}/log-on", f"{name}:on", {"crew": crew, "reason": "接班 relief"})
