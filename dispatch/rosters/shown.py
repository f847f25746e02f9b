"""Rosters as seats see them: shifts with what fell due of them, and who of a room is there, absent, or there without a roster.

A seat sees the shifts of its rooms; a crew those of its unit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.rosters import store
from dispatch.rosters.brief import BeatBrief, beat_brief
from dispatch.rosters.model import RosterShift, ShiftState
from dispatch.rules import FOLLOWING
from dispatch.shown import AlertShown, Now, TimerRow, UnitBrief
from dispatch.store import now as now_of
from dispatch.waiting import Spoken, alone, fallen
from units.model import Unit, UnitKind

SOON = timedelta(hours=2)
NEAR = timedelta(hours=24)
"""Shifts this near are told to seats as they change; those further off are read when somebody looks."""
MOST = 1_000


class ShiftShown(msgspec.Struct, frozen=True, kw_only=True):
    """One rostered shift. attended_at: when its unit logged on for it; over_at: when that ended, or it was missed or withdrawn."""

    id: UUID
    version: int
    state: ShiftState
    unit: UnitBrief
    room: UUID
    begins_at: Instant
    ends_at: Instant
    crew: tuple[str, ...]
    vehicle: str | None
    equipment: tuple[str, ...]
    beat: BeatBrief | None
    patrol: UnitKind | None
    attended_at: Instant | None
    over_at: Instant | None
    alerts: tuple[AlertShown, ...]


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Who of a room and below should be there now and is, is not, comes within two hours; without: there, but on no roster."""

    at: Instant
    attended: tuple[ShiftShown, ...]
    absent: tuple[ShiftShown, ...]
    coming: tuple[ShiftShown, ...]
    without: tuple[UnitBrief, ...]


def unit_brief(unit: Unit) -> UnitBrief:
    """Enough of a unit to name it."""
    return UnitBrief(
        unit.id, unit.handle, unit.call_sign, unit.kind, unit.unit_class, unit.room_id, unit.gateway
    )


async def shifts_shown(conn: Connection, centre: Centre, shifts: Sequence[RosterShift]) -> list[ShiftShown]:
    """These shifts, in the order given; a unit this replica has not heard of yet is left out."""
    rows = await timers.of_entities(conn, "roster_shift", [one.id for one in shifts]) if shifts else {}
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    known = [one for one in shifts if one.unit_id in centre.units]
    return [_shown(centre, one, rows.get(one.id, ()), spoken) for one in known]


def _shown(centre: Centre, one: RosterShift, rows: Iterable[TimerRow], spoken: Spoken) -> ShiftShown:
    unit = centre.units[one.unit_id]
    stand = [row for row in rows if row.kind not in FOLLOWING]
    alerts = fallen(stand, spoken, lambda row, _: alone(row, unit.call_sign), lambda *_: one.room_id)
    return ShiftShown(
        id=one.id, version=one.version, state=one.state, unit=unit_brief(unit), room=one.room_id,
        begins_at=instant(one.begins_at), ends_at=instant(one.ends_at), crew=one.crew, vehicle=one.vehicle,
        equipment=one.equipment, beat=beat_brief(one.beat, centre.beats), patrol=one.patrol,
        attended_at=instant(one.attended_at), over_at=instant(one.over_at), alerts=alerts,
    )  # fmt: skip


async def shifts_by_id(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[ShiftShown]:
    """These, whoever asks."""
    return await shifts_shown(conn, centre, await store.read(conn, ids))


async def shifts_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What those that are near look like now, for the live feed: the rooms above see them, and their unit."""
    now, rooms = await now_of(conn), centre.reference.rooms.by_id
    near = [one for one in await store.read(conn, ids) if one.begins_at < now + NEAR]
    return {
        one.id: Now(
            one.version,
            frozenset(rooms[one.room].lineage),
            msgspec.Raw(msgspec.json.encode(one)),
            frozenset({one.unit.id}),
        )
        for one in await shifts_shown(conn, centre, near)
    }


def rooms_asked(centre: Centre, principal: Principal, room_id: UUID | None) -> frozenset[UUID]:
    """The rooms a list is about: those asked for and below, as far as this seat sees them. Raises NotFound, NotAllowed."""
    authorise(principal, "roster_shift", "read", {"room"} if principal.rooms else ())
    if room_id is None:
        return principal.rooms
    if room_id not in principal.rooms:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    return centre.reference.rooms.subtree(room_id) & principal.rooms


async def presence(conn: Connection, centre: Centre, principal: Principal, room_id: UUID | None) -> Presence:
    """Who should be there now, and who is. Raises NotFound, NotAllowed."""
    rooms = rooms_asked(centre, principal, room_id)
    now: datetime = await now_of(conn)
    which = store.Narrowed(since=now, until=now + SOON, states=["planned", "attended"])
    # Who works over time is there all the same.
    over = store.Narrowed(since=now - NEAR, until=now, states=["attended"])
    found = await store.page(conn, rooms, which, None, MOST)
    late = [one for one in await store.page(conn, rooms, over, None, MOST) if one.ends_at <= now]
    shown = await shifts_shown(conn, centre, [*late, *found])
    there = tuple(one for one in shown if one.state is ShiftState.ATTENDED)
    planned = {one.id for one in found if one.state is ShiftState.PLANNED}
    begun = {one.id for one in found if one.has_begun(now)}
    without = await store.on_duty_without(conn, rooms, (now, now + SOON))
    return Presence(
        at=instant(now), attended=there,
        absent=tuple(one for one in shown if one.id in planned & begun),
        coming=tuple(one for one in shown if one.id in planned - begun),
        without=tuple(unit_brief(centre.units[id_]) for id_ in without if id_ in centre.units),
    )  # fmt: skip
