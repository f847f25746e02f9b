"""Which open incidents a form may be about, while it is still being typed: the same comparison as when it is handed in.

Nothing is kept. The caller's number is taken from the call, so that none travels in an address.
"""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dispatch import store as clock
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.desk.reports import PlaceIn, wgs84_place
from dispatch.journal import Connection
from dispatch.work import ms
from geo.cells import cell15
from incidents.addresses import address_words
from incidents.duplicates import Candidate, Report
from incidents.model import Place
from incidents.telephone import store


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form so far. call_id: our id or the switchboard's."""

    place: PlaceIn
    type: str | None = None
    call_id: str | None = None
    exercise: bool = False


async def alike(
    pool: "asyncpg.Pool[Any]", centre: Centre, principal: Principal, typed: Typed
) -> list[Candidate]:
    """The incidents of this seat's rooms that may be the same, best first. Raises UnknownType, BadPosition, NotAllowed.

    While they are compared no connection is held.
    """
    authorise(principal, "incident", "read", {"sees"})
    if typed.type is not None:
        centre.reference.types.get(typed.type)
    place = wgs84_place(typed.place, "place", principal.id)
    async with pool.acquire() as conn:
        now, caller = await clock.now(conn), await _digest(conn, principal, typed.call_id)
    report = _report(typed, place, ms(now), caller)
    seen, rooms = centre.incident_rooms, principal.rooms
    found = centre.open_incidents.candidates(report, report.at_ms)
    return [one for one in found if seen.get(one.incident_id) in rooms]


def _report(typed: Typed, place: Place, at_ms: int, caller: bytes | None) -> Report:
    lon, lat = place.lon, place.lat
    return Report(
        at_ms=at_ms,
        lon=lon,
        lat=lat,
        cell15=cell15(lon, lat) if lon is not None and lat is not None else None,
        accuracy_m=place.accuracy_m or 0.0,
        type_code=typed.type,
        caller_hmac=caller,
        words=address_words(place.address),
        exercise=typed.exercise,
    )


async def _digest(conn: Connection, principal: Principal, call_id: str | None) -> bytes | None:
    """The number of that call, if this seat's rooms have it."""
    id_: UUID | None = await store.named(conn, call_id, principal.rooms) if call_id else None
    call = (await store.read_calls(conn, [id_])).get(id_) if id_ else None
    if call is None or call.person_id is None or call.room_id not in principal.rooms:
        return None
    return await store.digest_of(conn, call.person_id)
