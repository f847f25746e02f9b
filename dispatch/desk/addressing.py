"""Whom a broadcast reaches now: the audience looked up among units on duty, positions and rooms, within what the sender may reach.

A room speaks to itself and everything below. Whoever else is meant is reached by the room over all of them, which is asked.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import acts
from dispatch.broadcasts import audience as meaning
from dispatch.broadcasts import store
from dispatch.broadcasts.model import Area, Audience, Broadcast
from dispatch.errors import Invalid, NotFound
from dispatch.work import Work, ms
from units import store as unit_store
from units.model import Unit

ActName = Literal["send", "send_wide", "request"]
"""How an audience is spoken to, as acts.csv calls it: to one's own, to the whole city, or through the room above."""


class Scope(msgspec.Struct, frozen=True):
    """The room over all whom a broadcast reaches. asks: it is not the sender's to do so; wide: the whole city is meant."""

    room_id: UUID
    asks: bool
    wide: bool


class Addressed(msgspec.Struct, frozen=True):
    """Who is reached: units by id, and rooms whose seats are."""

    units: dict[UUID, Unit]
    rooms: frozenset[UUID]

    def __len__(self) -> int:
        return len(self.units) + len(self.rooms)


async def scope_of(w: Work, audience: Audience, through: UUID | None = None) -> Scope:
    """Through which room an audience is reached, and whether the sender may. through: a room above that is asked to.

    Raises Invalid, NotFound, NotAllowed.
    """
    rooms = w.centre.reference.rooms
    own = w.principal.room_id
    if own is None or own not in rooms.by_id:
        raise Invalid("A broadcast is sent by the seat of a room.", field="audience")
    named = await unit_store.read_units(w.conn, audience.units)
    for id_ in audience.units:
        if id_ not in named:
            raise NotFound(f"There is no unit {id_}.", noun="unit", field="audience.units")
        if named[id_].unit_class == "auxiliary" and not audience.auxiliaries:
            raise Invalid(
                f"{named[id_].call_sign} is an auxiliary force; say that it may receive this, or leave it out.",
                field="audience.auxiliaries",
            )
    reached = [*audience.rooms, *(unit.ordered_by for unit in named.values())]
    unknown = [id_ for id_ in [*reached, *([through] if through else [])] if id_ not in rooms.by_id]
    if unknown:
        raise NotFound(f"There is no room {unknown[0]}.", noun="room", field="audience.rooms")
    mine = through is None and rooms.subtree(own).issuperset(reached)
    over = own if mine else meaning.common(rooms, [own, *reached, *([through] if through else [])])
    wide = rooms.root.id in audience.rooms and len(rooms.by_id) > 1
    scope = Scope(over, over not in w.principal.rooms, wide)
    act: ActName = "request" if scope.asks else "send_wide" if wide else "send"
    acts.authorise(w.principal, "broadcast", act, ("room",))
    return scope


async def addressed(w: Work, audience: Audience, scope_room_id: UUID) -> Addressed:
    """Who is meant and can be reached now."""
    rooms = w.centre.reference.rooms
    named, reachable = meaning.rooms_named(audience, rooms), rooms.subtree(scope_room_id)
    units = await _meant(w, audience, reachable, None)
    seats = named & reachable if audience.to_rooms else frozenset[UUID]()
    return Addressed({unit.id: unit for unit in units}, seats)


async def not_yet_told(w: Work, audience: Audience, b: Broadcast) -> list[Unit]:
    """The units that are meant by now and that it did not go to."""
    return await _meant(w, audience, w.centre.reference.rooms.subtree(b.scope_room_id), b.id)


def meant_among(w: Work, audience: Audience, scope_room_id: UUID, units: Sequence[Unit]) -> list[Unit]:
    """Those of these units that are meant, wherever they are."""
    rooms = w.centre.reference.rooms
    return meaning.meant(
        audience, units, (), (meaning.rooms_named(audience, rooms), rooms.subtree(scope_room_id))
    )


async def _meant(w: Work, audience: Audience, reachable: frozenset[UUID], besides: UUID | None) -> list[Unit]:
    named = meaning.rooms_named(audience, w.centre.reference.rooms)
    inside = _inside(w, audience.areas)
    around = await store.units_around(
        w.conn, {*audience.units, *inside}, named if audience.to_units else (), besides
    )
    return meaning.meant(audience, around, inside, (named, reachable))


async def as_shown(
    w: Work, chosen: tuple[Sequence[UUID], Sequence[UUID]], audience: Audience, scope_room_id: UUID
) -> Addressed:
    """Exactly the units and rooms that were shown, as far as they may be reached. Raises Invalid naming one that may not."""
    reachable = w.centre.reference.rooms.subtree(scope_room_id)
    units = await unit_store.read_units(w.conn, chosen[0])
    strangers = [id_ for id_ in chosen[0] if id_ not in units or units[id_].seen_by.isdisjoint(reachable)]
    strangers += [id_ for id_ in chosen[1] if id_ not in reachable]
    if strangers:
        raise Invalid(
            f"{strangers[0]} is not within reach of this broadcast; look again.", field="recipients"
        )
    for unit in units.values():
        if unit.unit_class == "auxiliary" and not audience.auxiliaries:
            raise Invalid(
                f"{unit.call_sign} is an auxiliary force; say that it may receive this.", field="recipients"
            )
    return Addressed(units, frozenset(chosen[1]))


def _inside(w: Work, areas: Sequence[Area]) -> frozenset[UUID]:
    """The units whose last position lies in one of these areas."""
    live, now_ms = w.centre.live, ms(w.now)
    found: set[UUID] = set()
    for area in areas:
        drawn = meaning.shape(area)
        for entry in live.inside(drawn if drawn is not None else meaning.bounds(area)):
            fix = None if drawn is not None else live.fix(entry.handle, now_ms)
            if drawn is not None or (fix is not None and meaning.in_ring(area, fix.lon, fix.lat)):
                found.add(entry.unit_id)
    return frozenset(found)
