"""Taking a seat and leaving it, what one does there, and who is named to cover.

Two people never sit at one seat; whoever's page and session are gone can be relieved, which is said and written down.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch.accounts import store as accounts
from dispatch.acts import authorise
from dispatch.desk.standing_in import Seats
from dispatch.errors import Invalid, NotAllowed, NotFound, NotSeated, SeatTaken
from dispatch.instants import instant
from dispatch.seating import links, store
from dispatch.seating.model import (
    ANSWERING,
    FITTING,
    Altered,
    Cover,
    CoverNamed,
    Established,
    Kind,
    Left,
    Seat,
    SeatState,
    StateChanged,
    Taken,
    can_cover,
    could_cover,
)
from dispatch.seating.store import Sitter
from dispatch.texts import check_texts
from dispatch.work import Work


class TakeSeat(msgspec.Struct, frozen=True, kw_only=True):
    """Which seat, by id or by room and code. roles None: all that fit; take_over: also from a dead session."""

    seat_id: UUID | None = None
    room_id: UUID | None = None
    code: str | None = None
    roles: tuple[str, ...] | None = None
    cover: Cover | None = None
    take_over: bool = False


class SeatEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A seat as an administrator enters it."""

    id: UUID
    code: str
    room_id: UUID
    kind: Kind
    cover: Cover | None = None


async def take(w: Work, session_id: UUID | None, wanted: TakeSeat) -> Seat:
    """Sit down; whoever sat elsewhere leaves that seat. Raises SeatTaken, NotFound, NotAllowed, Invalid."""
    if session_id is None:
        raise Invalid("A seat is taken by somebody who has signed in; a program's key needs none.")
    seats = await Seats.locked(w)
    sitter = await store.sitter(w.conn, session_id)
    if sitter is None:
        raise NotSeated("This session has ended; sign in again.")
    seat = _wanted(seats, sitter, wanted)
    roles = _roles(w, sitter, seat, wanted.roles)
    await _must_be_free(w, seat, wanted)
    return await _sit(w, seats, (session_id, sitter), seat, (roles, wanted.cover))


async def relieve(w: Work, session_id: UUID | None, seat_id: UUID, leaver: str) -> Seat:
    """Sit down where somebody has just handed over: it answers before, at and after this moment. Raises SeatTaken and the usual."""
    if session_id is None:
        raise Invalid("A seat is taken over by somebody who has signed in; a program's key needs none.")
    seats = await Seats.locked(w)
    sitter = await store.sitter(w.conn, session_id)
    if sitter is None:
        raise NotSeated("This session has ended; sign in again.")
    seat = _wanted(seats, sitter, TakeSeat(seat_id=seat_id))
    if seat.holder not in (None, leaver, w.principal.id):
        raise SeatTaken(
            f"{await _who(w, seat)} has taken {seat.code} meanwhile; this hand-over moves nothing any more."
        )
    had = tuple(role for role in seat.roles if role in sitter.roles)
    return await _sit(w, seats, (session_id, sitter), seat, (_roles(w, sitter, seat, had or None), None))


async def _sit(
    w: Work,
    seats: Seats,
    who: tuple[UUID, Sitter],
    seat: Seat,
    how: tuple[tuple[str, ...], Cover | None],
) -> Seat:
    """Let this session sit there with these roles, and leave the seat it had."""
    (session_id, sitter), (roles, cover) = who, how
    narrower = seat.answers and not set(seat.roles) <= set(roles)
    taken_from = seat.holder if seat.holder != w.principal.id else None
    seats.tell(seat.id, Taken(holder=w.principal.id, roles=roles, at=w.now, taken_from=taken_from))
    if cover is not None:
        named = _checked_cover(w, seats.by_id, seats.by_id[seat.id], cover)
        seats.tell(seat.id, CoverNamed(cover=named))
    await seats.answer_again(seat.id)
    if narrower:
        await seats.fall_silent({})  # nobody, but whom it covered for it may not be able to cover any more
    if sitter.seat_id is not None and sitter.seat_id != seat.id:
        await _rise(w, seats, sitter.seat_id)  # last: who has just sat down may be the one to cover for it
    await store.sit_down(w.conn, session_id, seat.id)
    await seats.save()
    return seats.by_id[seat.id]


async def change_state(w: Work, session_id: UUID | None, seat_id: UUID, state: SeatState) -> Seat:
    """Ready, on a call, after it, on a break, away. Raises NotSeated, NotFound, NotAllowed."""
    seats = await Seats.locked(w)
    seat = _known(seats, seat_id)
    authorise(w.principal, "seat", "state", {"own"} if await _sits_at(w, session_id, seat) else ())
    if state == seat.state:
        return seat
    seats.tell(seat_id, StateChanged(state=state, at=w.now))
    if seat.answers and state not in ANSWERING:
        await seats.fall_silent({seat_id: ("break" if state == "break" else "away", seat.roles)})
    elif not seat.answers and state in ANSWERING:
        await seats.answer_again(seat_id)
    await seats.save()
    return seats.by_id[seat_id]


async def name_cover(w: Work, session_id: UUID | None, seat_id: UUID, cover: Cover) -> Seat:
    """Say who covers from now on; one that is covered just now moves there at once. Raises Invalid, NotFound, NotAllowed."""
    seats = await Seats.locked(w)
    seat = _known(seats, seat_id)
    authorise(w.principal, "seat", "cover", _relations(w, seat, await _sits_at(w, session_id, seat)))
    named = _checked_cover(w, seats.by_id, seat, cover)
    if named == seat.cover:
        return seat
    seats.tell(seat_id, CoverNamed(cover=named))
    if seat.covered_by is not None:
        await seats.fall_silent({seat_id: (seat.covered_by.because, seat.covered_by.roles)})
    await seats.save()
    return seats.by_id[seat_id]


async def leave(w: Work, session_id: UUID | None, seat_id: UUID) -> Seat:
    """Sign off; queue and command go to the cover. Raises NotSeated, NotFound, NotAllowed."""
    seats = await Seats.locked(w)
    seat = _known(seats, seat_id)
    own = await _sits_at(w, session_id, seat)
    authorise(w.principal, "seat", "leave", _relations(w, seat, own))
    if seat.holder is None:
        raise NotSeated(f"Nobody sits at {seat.code}.")
    if not own and not await _is_dead(w, seat):
        raise SeatTaken(f"{await _who(w, seat)} sits at {seat.code} and is heard; ask them to leave it.")
    await _rise(w, seats, seat_id)
    await seats.save()
    return seats.by_id[seat_id]


async def sign_off(w: Work, session_id: UUID) -> None:
    """A session ends, and leaves the seat that it has by now."""
    seats = await Seats.locked(w)
    sitter = await store.sitter(w.conn, session_id)
    if sitter is not None and sitter.seat_id is not None:
        await _rise(w, seats, sitter.seat_id)
        await seats.save()


async def put_seats(w: Work, entries: Sequence[SeatEntry]) -> None:
    """Enter seats, new or changed; those left out stay. A seat keeps its room. Raises Invalid."""
    seats = await Seats.locked(w)
    for entry in entries:
        check_texts(entry.code, "code")
        if entry.room_id not in w.centre.reference.rooms.by_id:
            raise Invalid(f"Seat {entry.code} names a room that does not exist.", field="room_id")
        known = seats.by_id.get(entry.id)
        if known is None:
            seats.tell(
                entry.id, Established(code=entry.code, room_id=entry.room_id, kind=entry.kind, at=w.now)
            )
        elif known.room_id != entry.room_id:
            raise Invalid(
                f"Seat {entry.code} stands in another room; enter a new one there.", field="room_id"
            )
    kinds = {entry.id: entry.kind for entry in entries}
    meant = {  # for whoever will sit there, so that each is judged by its kind
        id_: msgspec.structs.replace(seat, kind=kinds.get(id_, seat.kind), state="empty", roles=())
        for id_, seat in seats.by_id.items()
    }
    for entry in entries:
        seat, cover = seats.by_id[entry.id], entry.cover
        if cover is not None and (seat.kind, seat.cover) != (entry.kind, cover):
            cover = _checked_cover(w, meant, meant[entry.id], cover)
        if (seat.code, seat.kind, seat.cover) != (entry.code, entry.kind, cover):
            seats.tell(entry.id, Altered(code=entry.code, kind=entry.kind, cover=cover))
    codes = [(seat.room_id, seat.code) for seat in seats.by_id.values()]
    if twins := [code for n, (room, code) in enumerate(codes) if (room, code) in codes[:n]]:
        raise Invalid(f"The seat code {twins[0]} stands twice in one room.", field="code")
    await seats.save()


async def _rise(w: Work, seats: Seats, seat_id: UUID) -> None:
    roles, covered = seats.by_id[seat_id].roles, seats.by_id[seat_id].covered_by
    seats.tell(seat_id, Left(at=w.now))
    if covered is None:
        await seats.fall_silent({seat_id: ("signed_off", roles)})
    await store.stand_up(w.conn, seat_id)


def _known(seats: Seats, seat_id: UUID) -> Seat:
    if seat_id not in seats.by_id:
        raise NotFound(f"There is no seat {seat_id}.", noun="seat")
    return seats.by_id[seat_id]


async def _sits_at(w: Work, session_id: UUID | None, seat: Seat) -> bool:
    """Whether this session has the seat as of now; what the door believes of it may be a second old."""
    sitter = None if session_id is None else await store.sitter(w.conn, session_id)
    return sitter is not None and sitter.seat_id == seat.id and sitter.principal == seat.holder


def _relations(w: Work, seat: Seat, own: bool) -> set[str]:
    found = {"own"} if own else set()
    return found | ({"room"} if seat.room_id in w.principal.rooms else set())


def _wanted(seats: Seats, sitter: Sitter, wanted: TakeSeat) -> Seat:
    """The seat, when it stands where this person may work. Raises NotFound, Invalid."""
    if (wanted.seat_id is None) == (wanted.room_id is None or wanted.code is None):
        raise Invalid("Name the seat by seat_id, or by room_id and code.", field="seat_id")
    found = [
        seat
        for seat in seats.by_id.values()
        if seat.id == wanted.seat_id or (seat.room_id, seat.code) == (wanted.room_id, wanted.code)
    ]
    if not found or found[0].room_id not in sitter.rooms:
        named = wanted.code or wanted.seat_id
        raise NotFound(f"There is no seat {named} in your room or below it.", noun="seat")
    return found[0]


def _roles(w: Work, sitter: Sitter, seat: Seat, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """What is exercised there. Raises NotAllowed."""
    fitting = FITTING[seat.kind]
    allowed = frozenset(sitter.roles) & fitting
    roles = frozenset(allowed if wanted is None else wanted)
    principal = msgspec.structs.replace(
        w.principal, roles=frozenset(sitter.roles), rooms=frozenset(sitter.rooms)
    )
    authorise(principal, "seat", "take", {"room"})
    if not roles or not roles <= allowed:
        kinds = ", ".join(sorted(fitting))
        raise NotAllowed(
            f"{seat.code} is a seat for {kinds}; you may exercise {', '.join(sorted(allowed)) or 'none of them'}.",
            field="roles",
        )
    return tuple(sorted(roles))


async def _must_be_free(w: Work, seat: Seat, wanted: TakeSeat) -> None:
    """Raises SeatTaken, naming who and since when."""
    if seat.holder is None or seat.holder == w.principal.id:
        return
    dead = await _is_dead(w, seat)
    if dead and wanted.take_over:
        return
    name = await _who(w, seat)
    more = " and is not heard any more; take it over with take_over" if dead else ""
    raise SeatTaken(
        f"{name} has sat at {seat.code} since {_clock(w, seat)}{more}.",
        holder=seat.holder, holder_name=name, since=instant(seat.since), dead=dead,
    )  # fmt: skip


def _clock(w: Work, seat: Seat) -> str:
    return f"{w.centre.local(seat.since or w.now):%H:%M}"


async def _who(w: Work, seat: Seat) -> str:
    names = await accounts.names_of(w.conn, [seat.holder or ""])
    return names.get(seat.holder or "") or seat.holder or "Nobody"


async def _is_dead(w: Work, seat: Seat) -> bool:
    """Whether nobody is signed in there any more, or the page was not heard for as long as the rule gives it."""
    if not await store.in_session(w.conn, [seat.id]):
        return True
    return not (await links.read(w.conn, [seat.id])).is_linked(seat, w.centre.rules, w.now)


def _checked_cover(w: Work, seats: Mapping[UUID, Seat], seat: Seat, cover: Cover) -> Cover | None:
    """Who may be asked to cover: from the same room, one above, or one beside, and able to. None: nobody is named.

    A seat where nobody sits is judged by its kind, since whoever takes it may be able to. Raises Invalid.
    """
    if cover == Cover():
        return None
    if cover.seat_id is not None and cover.room_id is not None:
        raise Invalid("A cover is a seat or a room, not both.", field="cover")
    rooms = w.centre.reference.rooms.by_id
    other = seats.get(cover.seat_id) if cover.seat_id else None
    room_id = other.room_id if other else cover.room_id
    room = rooms.get(room_id) if room_id else None
    own = rooms[seat.room_id]
    if other is not None and other.id == seat.id:
        raise Invalid("A seat can't cover for itself.", field="cover")
    if room is None:
        raise Invalid("There is no such seat or room to cover.", field="cover")
    beside = room.parent_id is not None and room.parent_id == own.parent_id
    if room.id not in own.lineage and not beside:
        raise Invalid("A seat is covered from its own room, one above it or one beside it.", field="cover")
    there = (
        [other] if other else [one for one in seats.values() if one.room_id == room.id and one.id != seat.id]
    )
    if not any(_able(one, seat) for one in there):
        named = f"Seat {other.code}" if other else f"Nobody in room {room.code}"
        raise Invalid(
            f"{named} can't cover for {seat.code}: that takes {', '.join(sorted(_duties(seat)))}, or a leader.",
            field="cover",
        )
    return cover


def _duties(seat: Seat) -> Collection[str]:
    return seat.roles or FITTING[seat.kind]


def _able(other: Seat, seat: Seat) -> bool:
    return can_cover(other, _duties(seat)) if other.answers else could_cover(other.kind, seat.kind)
