"""A pursuit 追堵: where it was seen is told from everywhere, its place goes along, units and rooms on its way learn of it at once.

Borders are crossed without asking: the room entered sees it and may take part, the first room above all of them may take command.
Duty stays where it is. What comes late fills the history and moves nothing.
"""

from typing import Annotated
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import store
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.describing import tell_units
from dispatch.desk.reports import Short, Words, layer_for
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotAllowed
from dispatch.texts import check_texts
from dispatch.work import Work, ms
from geo.cells import cell15
from geo.coordinates import check_position
from geo.datums import parse_datum, to_wgs84
from incidents import commands as ic
from incidents.model import Incident, LastSeen, Place, PursuitOutcome
from incidents.sightings import model as sightings
from incidents.sightings import store as sighting_store

COMPASS = (
    ("北", "north"), ("东北", "north-east"), ("东", "east"), ("东南", "south-east"),
    ("南", "south"), ("西南", "south-west"), ("西", "west"), ("西北", "north-west"),
)  # fmt: skip
FASTEST_MPS = 150.0


class SeenIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it was seen, degrees in `datum`; without lon and lat a unit means where it is itself. heading: degrees; speed: m/s."""

    lon: float | None = None
    lat: float | None = None
    datum: Short = "WGS84"
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    speed: Annotated[float, msgspec.Meta(ge=0, le=FASTEST_MPS)] | None = None
    source: sightings.SightingSource = "seat"
    text: Words | None = None
    unit_id: UUID | None = None


async def see(w: Work, incident_id: UUID, given: SeenIn) -> UUID:
    """It was seen there; the first time makes it a pursuit. The sighting's id. Raises NotFound, NotAllowed, NotInThisState, Invalid."""
    check_texts(given)
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "seen_at")
    lon, lat = _spot(w, given)
    at, flags = w.step_time(None)
    fact = sightings.Seen(
        incident_id=case.id, at=at, lon=lon, lat=lat, heading=None if given.heading is None else given.heading % 360,
        speed=given.speed, source=given.source, by=w.principal.id, unit_id=given.unit_id or w.principal.unit_id,
        narrative_id=await keep_text(w, case.id, given.text) if given.text and given.text.strip() else None,
        flags=flags, recorded_at=w.now,
    )  # fmt: skip
    sighting = sightings.evolve(None, uuid7(), fact)
    case.tell(ic.StartPursuit(min(at, ms(w.now))))
    w.append("sighting", sighting.id, sighting.version, case.id, fact)
    await _go_along(w, case, sighting)
    await sighting_store.add(w.conn, [sighting])
    return sighting.id


async def pursue(w: Work, incident_id: UUID) -> Incident:
    """Call it a pursuit before anybody has seen where it went. Raises NotFound, NotAllowed, NotInThisState."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "pursue")
    case.tell(ic.StartPursuit(w.step_time(case.incident.began)[0]))
    await case.save()
    return case.incident


async def end(w: Work, incident_id: UUID, outcome: PursuitOutcome) -> Incident:
    """It was stopped, lost or caught; its last place stays. Raises NotFound, NotAllowed, NoPursuit."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "end_pursuit")
    before = case.incident.is_moving
    case.tell(ic.EndPursuit(outcome, w.step_time(case.incident.began)[0]))
    await case.save()
    if before and not case.incident.is_moving:
        said = {
            "stopped": ("已截停", "stopped"),
            "lost": ("已失去目标", "lost"),
            "caught": ("已抓获", "caught"),
        }
        await tell_units(w, case, text=" / ".join(said[outcome]))
    return case.incident


async def join(w: Work, incident_id: UUID) -> Incident:
    """A room into whose area it has come takes part: it orders its own units there. Raises NotFound, NotAllowed, NoPursuit."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "join_pursuit")
    pursuit = case.incident.pursuit
    mine = [one.room_id for one in pursuit.entered if one.room_id in w.principal.rooms] if pursuit else []
    own = w.principal.room_id
    for room_id in [own] if own in mine and own is not None else mine:
        case.tell(ic.JoinPursuit(room_id, ms(w.now)))
    await case.save()
    return case.incident


async def decline(w: Work, incident_id: UUID) -> Incident:
    """The room to which command was offered leaves it where it is. Raises NotFound, NotAllowed, NoPursuit."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "take_command")
    offer = case.incident.pursuit.offer if case.incident.pursuit else None
    if offer is not None and offer.room_id not in w.principal.rooms:
        room = w.centre.reference.rooms.by_id[offer.room_id]
        raise NotAllowed(f"Command was offered to {room.name_en}, which takes or declines it.")
    case.tell(ic.DeclineOffer(ms(w.now)))
    await case.save()
    return case.incident


async def _go_along(w: Work, case: Case, seen: sightings.Sighting) -> None:
    """The incident is where the newest sighting is; saves the case."""
    place = Place(lon=seen.lon, lat=seen.lat, source="seen_at", set_by=w.principal.id)
    last = LastSeen(seen.at, seen.lon, seen.lat)
    if not case.tell(ic.Move(place, cell15(seen.lon, seen.lat), last)):
        await case.save()
        return
    entered = _cross(w, case, seen)
    await case.save()
    audience = w.centre.reference.audience(case.incident.room_id, seen.lon, seen.lat, case.incident.priority)
    await store.add_audience(
        w.conn,
        sorted({(case.id, room, why) for room, why in audience | {(one, "entered") for one in entered}}),
    )
    await tell_units(w, case, paced=True, text=_going(seen))


def _cross(w: Work, case: Case, seen: sightings.Sighting) -> set[UUID]:
    """Tell of the border it has crossed, if it has; the rooms that see it from now on."""
    incident, reference = case.incident, w.centre.reference
    rooms = reference.rooms.by_id
    here = reference.owner(
        seen.lon, seen.lat, layer_for(reference, incident.type_verified or incident.type_reported)
    )
    lineage = rooms[here].lineage
    if incident.room_id in lineage:
        return set()
    if not case.tell(ic.EnterArea(here, seen.at)):
        return set()
    pursuit = case.incident.pursuit
    entered = [one.room_id for one in pursuit.entered] if pursuit else []
    above = _above_all(w, [incident.room_id, *entered]) if len(entered) > 1 else None
    if (
        above is not None and incident.command_room_id not in rooms[above].lineage
    ):  # nobody so high commands yet
        case.tell(ic.OfferCommand(above, seen.at))
    return {*lineage}


def _above_all(w: Work, room_ids: list[UUID]) -> UUID | None:
    """The first room that has all of these below it, or is one of them."""
    lineages = [w.centre.reference.rooms.by_id[room_id].lineage for room_id in room_ids]
    common = set(lineages[0]).intersection(*lineages[1:])
    return next((room_id for room_id in lineages[0] if room_id in common), None)


def _spot(w: Work, given: SeenIn) -> tuple[float, float]:
    """The point in WGS-84; of a unit that says `here`, its newest fix. Raises Invalid, BadPosition."""
    if given.lon is not None and given.lat is not None:
        datum = parse_datum(given.datum)
        check_position(given.lon, given.lat)
        return to_wgs84(given.lon, given.lat, datum)
    if (given.lon is None) != (given.lat is None):
        raise Invalid("A position needs both lon and lat.", field="lon" if given.lon is None else "lat")
    unit = w.centre.units.get(w.principal.unit_id or given.unit_id or UUID(int=0))
    fix = w.centre.live.fix(unit.handle, ms(w.now)) if unit is not None else None
    if fix is None:
        raise Invalid("Say where it was seen by lon and lat; no position of the unit is known.", field="lon")
    return fix.lon, fix.lat


def _going(seen: sightings.Sighting) -> str:
    """What the units are told beside the new place."""
    if seen.heading is None:
        return "目标最新位置 / last seen here"
    zh, en = COMPASS[round(seen.heading / 45) % 8]
    fast = "" if seen.speed is None else f"，约{round(seen.speed * 3.6)}公里/小时"
    quick = "" if seen.speed is None else f" at about {round(seen.speed * 3.6)} km/h"
    return f"目标最新位置，向{zh}{fast} / last seen here, heading {en}{quick}"
