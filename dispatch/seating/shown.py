"""Seats as they are shown: who sits there by name, whether its page is heard, who covers for it.

Seen by its own room, those below and above it, and those beside it, which may be asked to cover.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch.accounts import store as accounts
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.rooms import Rooms
from dispatch.seating import links, store
from dispatch.seating.model import FITTING, Because, Cover, Kind, Seat, SeatState
from dispatch.shown import Now


class CoveredShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who covers just now, since when and why."""

    seat_id: UUID | None
    room_id: UUID | None
    since: Instant
    because: Because


class SeatShown(msgspec.Struct, frozen=True, kw_only=True):
    """One seat. linked: its page is heard (`links`); cover: who is named; covered_by: who covers just now."""

    id: UUID
    code: str
    room_id: UUID
    kind: Kind
    state: SeatState
    holder: str | None
    holder_name: str | None
    roles: tuple[str, ...]
    since: Instant | None
    state_since: Instant
    linked: bool
    cover: Cover | None
    covered_by: CoveredShown | None
    version: int


class SeatFilter(msgspec.Struct, frozen=True):
    """room: only this one and those below; free_in: only those there or below that can be taken now with these roles."""

    room: UUID | None = None
    free_in: UUID | None = None


def may_read(principal: Principal) -> None:
    """Who sits where, and who they are, is for those who work in the centre. Raises NotAllowed."""
    authorise(principal, "seat", "read")


async def seats(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[SeatShown]:
    """These seats in the order of `ids`, whoever asks."""
    found = await store.read(conn, ids)
    shown = {one.id: one for one in await _shown(conn, centre, found.values())}
    return [shown[id_] for id_ in ids if id_ in shown]


async def seat(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> SeatShown:
    """One seat. Raises NotFound, also when it may not be seen."""
    authorise(principal, "seat", "read")
    found = await store.read(conn, [id_])
    if id_ not in found or not audience(centre.reference.rooms, found[id_]) & principal.rooms:
        raise NotFound(f"There is no seat {id_}.", noun="seat")
    return (await _shown(conn, centre, found.values()))[0]


async def seat_list(
    conn: Connection, centre: Centre, principal: Principal, which: SeatFilter, roles: frozenset[str]
) -> list[SeatShown]:
    """Seats this visitor may see, by room and code. Raises NotAllowed."""
    authorise(principal, "seat", "read")
    rooms = centre.reference.rooms
    wanted = rooms.everything if which.room is None else rooms.subtree(which.room)
    found = [
        one
        for one in await store.read_all(conn)
        if one.room_id in wanted and audience(rooms, one) & principal.rooms
    ]
    shown = await _shown(conn, centre, found)
    if which.free_in is not None:
        near = rooms.subtree(which.free_in)
        fitting = [one for one in shown if one.room_id in near and roles & FITTING[one.kind]]
        return [one for one in fitting if one.holder is None or not one.linked]
    return shown


async def seats_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What seats look like now, for the live feed."""
    rooms = centre.reference.rooms
    found = await store.read(conn, ids)
    return {
        one.id: Now(one.version, audience(rooms, found[one.id]), msgspec.Raw(msgspec.json.encode(one)))
        for one in await _shown(conn, centre, found.values())
    }


async def seats_seen(conn: Connection, centre: Centre, principal: Principal) -> list[UUID]:
    """The seats that belong into a snapshot; none for who may not see any."""
    rooms = centre.reference.rooms
    return [one.id for one in await store.read_all(conn) if audience(rooms, one) & principal.rooms]


def audience(rooms: Rooms, seat: Seat) -> frozenset[UUID]:
    """The rooms that see a seat."""
    room = rooms.by_id.get(seat.room_id)
    if room is None:
        return frozenset({seat.room_id})
    beside = {one.id for one in rooms.by_id.values() if room.parent_id and one.parent_id == room.parent_id}
    return frozenset(room.lineage) | rooms.subtree(room.id) | beside


async def _shown(conn: Connection, centre: Centre, found: Iterable[Seat]) -> list[SeatShown]:
    known = list(found)
    now = await clock.now(conn)
    heard = await links.read(conn, [one.id for one in known])
    names = await accounts.names_of(conn, {one.holder for one in known if one.holder})
    return [_one(one, names, heard.is_linked(one, centre.rules, now)) for one in known]


def _one(seat: Seat, names: dict[str, str], linked: bool) -> SeatShown:
    by = seat.covered_by
    return SeatShown(
        id=seat.id, code=seat.code, room_id=seat.room_id, kind=seat.kind, state=seat.state, holder=seat.holder,
        holder_name=names.get(seat.holder or ""), roles=seat.roles, since=instant(seat.since),
        state_since=instant(seat.state_since), linked=linked, cover=seat.cover,
        covered_by=None
        if by is None
        else CoveredShown(
            seat_id=by.seat_id, room_id=by.room_id, since=instant(by.since), because=by.because
        ),
        version=seat.version,
    )  # fmt: skip
