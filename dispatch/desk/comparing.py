"""Which open incidents a form may be about, while it is still being typed: the same comparison as when it is handed in.

Nothing is kept. The caller's number is taken from the call, so that none travels in an address.
"""

from uuid import UUID

import msgspec

from dispatch.acts import authorise
from dispatch.desk.reports import PlaceIn, wgs84_place
from dispatch.work import Work, ms
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


async def alike(w: Work, typed: Typed) -> list[Candidate]:
    """The incidents of this seat's rooms that may be the same, best first. Raises UnknownType, BadPosition, NotAllowed."""
    authorise(w.principal, "incident", "read", {"sees"})
    if typed.type is not None:
        w.centre.reference.types.get(typed.type)
    place = wgs84_place(typed.place, "place", w.principal.id)
    report = await _report(w, typed, place)
    seen, rooms = w.centre.incident_rooms, w.principal.rooms
    found = w.centre.open_incidents.candidates(report, report.at_ms)
    return [one for one in found if seen.get(one.incident_id) in rooms]


async def _report(w: Work, typed: Typed, place: Place) -> Report:
    lon, lat = place.lon, place.lat
    return Report(
        at_ms=ms(w.now),
        lon=lon,
        lat=lat,
        cell15=cell15(lon, lat) if lon is not None and lat is not None else None,
        accuracy_m=place.accuracy_m or 0.0,
        type_code=typed.type,
        caller_hmac=await _digest(w, typed.call_id),
        words=address_words(place.address),
        exercise=typed.exercise,
    )


async def _digest(w: Work, call_id: str | None) -> bytes | None:
    """The number of that call, if this seat's rooms have it."""
    id_: UUID | None = await store.named(w.conn, call_id, w.principal.rooms) if call_id else None
    call = (await store.read_calls(w.conn, [id_])).get(id_) if id_ else None
    if call is None or call.person_id is None or call.room_id not in w.principal.rooms:
        return None
    return await store.digest_of(w.conn, call.person_id)
