"""Closing roads and opening them again: a flood, a cordon, works, a jam. The next ranking goes round what is closed.

Done by the seats of a city's or a district's room; whoever is called into a closed place is still sent there.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.closures import store
from dispatch.closures.model import ClosureFact, Ended, Kind, PutIn, RoadClosure, evolve
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment
from geo.extents import extent_from_geojson, extent_to_geojson
from geo.profiles import profiles

CLOSING_TIERS = frozenset({"city", "district"})
STREETS_NAMED = 20


class CloseRoads(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be closed, or slowed to `factor` of the speed. geometry: GeoJSON; valid_from None: now.

    profiles: whom it holds, empty: everybody; leave out blue_light and it may pass.
    """

    name: str
    kind: Kind
    factor: float | None
    geometry: object
    profiles: tuple[str, ...] = ()
    valid_from: datetime | None = None
    until: datetime | None = None


async def close_roads(w: Work, command: CloseRoads) -> RoadClosure:
    """Put a closure in. Raises Invalid, BadArea, NotAllowed."""
    room_id = _commanding_room(w)
    factor = _checked(w, command)
    geometry = extent_to_geojson(extent_from_geojson(command.geometry))
    fact = PutIn(
        name=command.name.strip(), kind=command.kind, factor=factor, geometry=geometry, profiles=command.profiles,
        valid_from=command.valid_from or w.now, until=command.until, by=w.principal.id, room_id=room_id, segments=None,
        streets=(), recorded_at=w.now,
    )  # fmt: skip
    id_: UUID = uuid7()
    fact = await _with_roads(w, evolve(None, id_, fact), fact)
    closure = _tell(w, None, id_, fact)
    await store.add(w.conn, closure)
    return closure


async def end_closure(w: Work, id_: UUID) -> RoadClosure:
    """Open the roads again. Raises NotFound, NotAllowed, NotNow."""
    closure = await store.lock(w.conn, id_)
    if closure is None:
        raise NotFound(f"There is no closure {id_}.", noun="closure")
    acts.authorise(w.principal, "closure", "end", {"room"} if closure.room_id in w.principal.rooms else ())
    if closure.state(w.now) == "over":
        raise NotNow(f"The closure {closure.name} is over already.")
    ended = _tell(w, closure, id_, Ended(at=w.now))
    await store.save_end(w.conn, id_, w.now, ended.version)
    return ended


def _commanding_room(w: Work) -> UUID:
    rooms = w.centre.reference.rooms
    room = rooms.by_id.get(w.principal.room_id) if w.principal.room_id else None
    if room is None or (room.tier not in CLOSING_TIERS and room.id != rooms.root.id):
        raise NotAllowed("Roads are closed by the city's or a district's room; ask the one above yours.")
    acts.authorise(w.principal, "closure", "close", {"room"})
    return room.id


def _checked(w: Work, command: CloseRoads) -> float:
    """The factor. Raises Invalid naming what is wrong."""
    check_texts(command.name, "name")
    if not command.name.strip():
        raise Invalid("Say in name what closes the road, such as 'flooded underpass'.", field="name")
    for field in ("valid_from", "until"):
        check_moment(getattr(command, field), field)
    if command.until is not None and command.until <= max(command.valid_from or w.now, w.now):
        raise Invalid("until lies in the past, or before the closure begins; correct it.", field="until")
    if unknown := [name for name in command.profiles if name not in profiles()]:
        raise Invalid(
            f"There is no profile {unknown[0]!r:.40}; it is one of {', '.join(profiles())}.", field="profiles"
        )
    if command.kind == "closed":
        if command.factor:
            raise Invalid(
                "A closed road has no factor; slow it instead, or leave factor out.", field="factor"
            )
        return 0.0
    if command.factor is None or not 0 < command.factor < 1:
        raise Invalid("A slowed road needs a factor between 0 and 1, of its usual speed.", field="factor")
    return command.factor


async def _with_roads(w: Work, closure: RoadClosure, fact: PutIn) -> PutIn:
    """The same with what it covers. Raises Invalid when that is nothing."""
    ways = w.centre.ways
    found = await ways.covered(closure) if ways is not None else None
    if found is None:  # no roads are known here, or they do not answer: it is kept for when they do
        return fact
    if not found.segments:
        raise Invalid(
            "No road lies there; draw an area that touches one, or a line or point on it, 12 m away at most.",
            field="geometry",
        )
    streets = found.streets[:STREETS_NAMED]
    return msgspec.structs.replace(fact, segments=found.segments, streets=streets)


def _tell(w: Work, closure: RoadClosure | None, id_: UUID, fact: ClosureFact) -> RoadClosure:
    changed = evolve(closure, id_, fact)
    w.append("closure", id_, changed.version, None, fact)
    return changed
