"""The demo's call-takers: whoever reports is written down, attached to what is known already, and found on the map.

At the public doors only, like everybody; what a person at the page has changed meanwhile is left as it is.
"""

import asyncio
from random import Random
from typing import Any

import structlog
from uuid_utils.compat import uuid7

from geo.datums import to_wgs84
from incidents.simulator import SILENT, Call
from incidents.telephone.simulator import Position
from web.drive import Door, Refused, Unreachable
from web.seats import Seats
from web.telephone import Connected, Telephone

SURELY_THE_SAME = 0.7  # a call-taker attaches such a report with one key
FINDING_S = (25.0, 55.0)  # asking until the place is found
TYPING_S = (4.0, 14.0)  # from the answer until place and type are in
REDIALS_SHARE, REDIAL_S = 0.5, (4.0, 15.0)  # of those who were not answered
RUNG_BACK_SHARE, RING_BACK_S = (
    0.6,
    (15.0, 40.0),
)  # of those who don't; the others are left to whoever sits at the page
RUNG_BACK = ("spoken", "spoken", "no_answer", "busy")
MASTS_M = 300.0  # how exactly the network knows a caller

log = structlog.get_logger(__name__)


class CallTaker:
    """All call-takers of the city room. telephone: where callers ring; exercise: every report is marked as one."""

    def __init__(
        self, seats: Seats, telephone: Telephone, chance: Random, speed: float, *, exercise: bool = False
    ) -> None:
        self._door: Door = seats.doors["call_taker"]
        self._seats = seats
        self._telephone = telephone
        self._chance = chance
        self._speed = speed
        self._exercise = exercise

    async def take(self, call: Call) -> None:
        """Write one report down and see to its place; who rings is answered first, or gives up."""
        try:
            if call.source != "call":
                await self._write_down(call, None)
                return
            connected = await self._ring(call)
            if not connected.answered and not connected.by_person and self._chance.random() < REDIALS_SHARE:
                await self._pause(REDIAL_S)
                connected = await self._ring(call)
            if connected.by_person:
                return
            if connected.answered:
                await self._pause(TYPING_S)
                await self._write_down(call, connected.call_id)
            elif self._chance.random() < RUNG_BACK_SHARE:
                await self._pause(RING_BACK_S)
                said = {"outcome": self._chance.choice(RUNG_BACK)}
                await self._door.post(f"/calls/{connected.call_id}/ring-back", str(uuid7()), said)
        except (Refused, Unreachable) as trouble:
            log.info("report_refused", reason=str(trouble))

    async def _ring(self, call: Call) -> Connected:
        lon, lat = to_wgs84(call.lon or call.spot.lon, call.lat or call.spot.lat, call.datum)
        position = Position(round(lon, 4), round(lat, 4), max(call.accuracy_m, MASTS_M))
        return await self._telephone.ring(call.number, position, exercise=self._exercise)

    async def _write_down(self, call: Call, call_id: str | None) -> None:
        name = str(uuid7())
        body = alarm(call, exercise=self._exercise)
        taken = await self._door.post(
            "/alarms", name, body if call_id is None else {**body, "call_id": call_id}
        )
        same = [one["incident_id"] for one in taken["candidates"] if one["score"] >= SURELY_THE_SAME]
        if same and not await self._seats.is_a_persons(same[0]):
            await self._door.post(f"/incidents/{same[0]}/attach", name, {"alarm_id": taken["alarm"]["id"]})
        elif call.lon is None or call.wrong:
            await self._find(call, taken["incident"]["id"])

    async def _pause(self, span: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*span) / self._speed)

    async def _find(self, call: Call, incident_id: str) -> None:
        """Ask until the caller has said where he is, then put it on the map."""
        await self._pause(FINDING_S)
        if call.name == "" or await self._seats.is_a_persons(incident_id):
            return
        spot = call.spot
        place = {
            "lon": spot.lon,
            "lat": spot.lat,
            "accuracy_m": 20.0,
            "address": spot.address,
            "source": "call_taker",
        }
        _, etag = await self._door.get_with_etag(f"/incidents/{incident_id}")
        await self._door.patch(f"/incidents/{incident_id}", {"place": place}, etag)


def alarm(call: Call, *, exercise: bool = False) -> dict[str, Any]:
    """The body of `POST /alarms` for a simulated report."""
    body: dict[str, Any] = {
        "source": call.source,
        "caller": {
            "number": call.number, "language": call.language, "confidential": call.confidential,
            "do_not_contact": call.do_not_contact, **({"name": call.name} if call.name else {}),
        },
        "type": call.type,
        "text": call.text,
        **({"silent": True} if call.type == SILENT else {}),
    }  # fmt: skip
    if call.lon is not None:
        body["place"] = {
            "lon": call.lon, "lat": call.lat, "datum": call.datum.value, "accuracy_m": call.accuracy_m,
            "address": call.spot.address, "source": _source(call),
        }  # fmt: skip
    return {**body, "exercise": True} if exercise else body


def _source(call: Call) -> str:
    if call.wrong:
        return "network"
    return "app" if call.source == "app" else "caller"
