"""The demo's leader looks after crews in trouble: sends whom they ask for, and speaks with who pressed the emergency button.

Slowly enough that a person at the page can be first; whatever that person did is left as it is.
"""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import structlog

from web.drive import Door, Refused, Unreachable
from web.seats import Seats

ROUND_S, SHORTEST_ROUND_S = 5.0, 0.5
BEFORE_BACKUP_S = (25.0, 80.0)
BEFORE_RESET_S = (120.0, 240.0)
WORKING = "dispatched,accepted,en_route,on_scene"

log = structlog.get_logger(__name__)


class Aid:
    """One leader. clock: seconds, monotonic; speed: so many times as fast."""

    def __init__(self, seats: Seats, chance: Random, clock: Callable[[], float], speed: float) -> None:
        self._seats = seats
        self._door: Door = seats.doors["leader"]
        self._chance, self._clock, self._speed = chance, clock, speed
        self._due: dict[str, float] = {}

    async def work(self) -> None:
        """Look round, until cancelled."""
        while True:
            await self.go_round()
            await asyncio.sleep(max(SHORTEST_ROUND_S, ROUND_S / self._speed))

    async def go_round(self) -> None:
        """Look once at everybody in trouble and do what is due."""
        for look in (self._emergencies, self._backups):
            try:
                await look()
            except (Refused, Unreachable) as trouble:
                log.info("aid_interrupted", reason=str(trouble))

    def _is_due(self, name: str, span: tuple[float, float]) -> bool:
        return self._clock() >= self._due.setdefault(
            name, self._clock() + self._chance.uniform(*span) / self._speed
        )

    async def _emergencies(self) -> None:
        async for one in self._door.each("/emergencies"):
            if self._is_due(one["id"], BEFORE_RESET_S):
                body = {
                    "voice_contact": True,
                    "presses": one["presses"],
                    "reason": "已语音联系，人员安全 spoken with, safe",
                }
                key = f"aid:{one['id']}:{one['presses']}"
                await self._door.post(f"/units/{one['unit_id']}/reset-emergency", key, body)

    async def _backups(self) -> None:
        async for incident in self._door.each("/incidents", state=WORKING):
            for asked in incident["backups"]:
                if asked["answered_at"] is None and asked["sent"] < asked["wanted"]:
                    await self._send(incident, asked)

    async def _send(self, incident: dict[str, Any], asked: dict[str, Any]) -> None:
        if not self._is_due(asked["id"], BEFORE_BACKUP_S) or await self._seats.is_a_persons(incident["id"]):
            return
        path = f"/incidents/{incident['id']}"
        shown = await self._door.get(f"{path}/recommendation", units=asked["wanted"] - asked["sent"])
        orders = [{"unit_id": row["unit_id"]} for row in (shown["waves"] or [[]])[0]]
        if orders:
            body = {
                "orders": orders,
                "kind": "order",
                "recommendation_id": shown["id"],
                "reason": "增援 backup",
            }
            await self._door.post(f"{path}/assignments", f"aid:{asked['id']}:{shown['id']}", body)
