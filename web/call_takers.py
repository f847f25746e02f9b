"""The demo's call-takers: whoever reports is written down, attached to what is known already, and found on the map.

At the public doors only, like everybody; what a person at the page has changed meanwhile is left as it is.
"""

import asyncio
from random import Random
from typing import Any

import structlog
from uuid_utils.compat import uuid7

from incidents.simulator import Call
from web.drive import Door, Refused, Unreachable
from web.seats import Seats

SURELY_THE_SAME = 0.7  # a call-taker attaches such a report with one key
FINDING_S = (25.0, 55.0)  # asking until the place is found

log = structlog.get_logger(__name__)


class CallTaker:
    """All call-takers of the city room. exercise: every report is marked as one."""

    def __init__(self, seats: Seats, speed: float, *, exercise: bool = False) -> None:
        self._door: Door = seats.doors["call_taker"]
        self._seats = seats
        self._speed = speed
        self._exercise = exercise

    async def take(self, call: Call) -> None:
        """Write one report down and see to its place."""
        name = str(uuid7())
        try:
            taken = await self._door.post("/alarms", name, alarm(call, exercise=self._exercise))
            same = [one["incident_id"] for one in taken["candidates"] if one["score"] >= SURELY_THE_SAME]
            if same and not await self._seats.is_a_persons(same[0]):
                await self._door.post(
                    f"/incidents/{same[0]}/attach", name, {"alarm_id": taken["alarm"]["id"]}
                )
            elif call.lon is None or call.wrong:
                await self._find(call, taken["incident"]["id"])
        except (Refused, Unreachable) as trouble:
            log.info("report_refused", reason=str(trouble))

    async def _find(self, call: Call, incident_id: str) -> None:
        """Ask until the caller has said where he is, then put it on the map."""
        chance = Random(incident_id)  # noqa: S311 - a habit
        await asyncio.sleep(chance.uniform(*FINDING_S) / self._speed)
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
