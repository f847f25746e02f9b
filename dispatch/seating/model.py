"""A seat and its facts, and who covers for it: every jurisdiction always has one answering seat.

A seat answers while somebody sits there and is neither on a break nor away nor out of touch. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

type Kind = Literal["call_taker", "dispatcher", "leader", "combined", "supervisor", "reviewer"]
type SeatState = Literal["empty", "ready", "on_call", "wrap_up", "break", "away"]
type Because = Literal["signed_off", "break", "away", "no_link", "cover_gone"]

ANSWERING = frozenset({"ready", "on_call", "wrap_up"})
COMMANDING = frozenset({"dispatcher", "leader"})
"""Roles whose queue is that of their room."""
FITTING: Mapping[str, frozenset[str]] = {
    "call_taker": frozenset({"call_taker"}),
    "dispatcher": frozenset({"dispatcher", "leader"}),
    "leader": frozenset({"leader", "dispatcher"}),
    "combined": frozenset({"call_taker", "dispatcher", "leader", "supervisor"}),
    "supervisor": frozenset({"supervisor"}),
    "reviewer": frozenset({"reviewer"}),
}
"""Kind of seat -> the roles that can be exercised there."""


class Cover(msgspec.Struct, frozen=True):
    """Who is named to cover: a seat or a room."""

    seat_id: UUID | None = None
    room_id: UUID | None = None


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """Who covers just now. roles: what was exercised at the seat, and is to be covered."""

    seat_id: UUID | None = None
    room_id: UUID | None = None
    since: datetime
    because: Because
    roles: tuple[str, ...] = ()


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One seat; has exactly the columns of its table. holder: the principal who sits there."""

    id: UUID
    code: str
    room_id: UUID
    kind: Kind
    state: SeatState = "empty"
    holder: str | None = None
    roles: tuple[str, ...] = ()
    since: datetime | None = None
    state_since: datetime
    answering_since: datetime | None = None
    cover: Cover | None = None
    covered_by: Covered | None = None
    version: int = 1

    @property
    def answers(self) -> bool:
        """Whether what comes here is noticed."""
        return self.state in ANSWERING


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Established(Fact, frozen=True, kw_only=True, tag="established"):
    """There is a new seat."""

    code: str
    room_id: UUID
    kind: Kind
    cover: Cover | None = None
    at: datetime


class Altered(Fact, frozen=True, kw_only=True, tag="altered"):
    """It has another code or kind."""

    code: str
    kind: Kind
    cover: Cover | None = None


class Taken(Fact, frozen=True, kw_only=True, tag="taken"):
    """Somebody sat down. taken_from: whose link or session was gone."""

    holder: str
    roles: tuple[str, ...]
    at: datetime
    taken_from: str | None = None


class Left(Fact, frozen=True, kw_only=True, tag="left"):
    """Whoever sat there has left."""

    at: datetime


class StateChanged(Fact, frozen=True, kw_only=True, tag="state_changed"):
    """Ready, on a call, after it, on a break or away."""

    state: SeatState
    at: datetime


class CoverNamed(Fact, frozen=True, kw_only=True, tag="cover_named"):
    """Another seat or room is to cover for it; None: whoever is next."""

    cover: Cover | None = None


class LinkLost(Fact, frozen=True, kw_only=True, tag="link_lost"):
    """Its page was not heard for too long."""

    at: datetime


class CoverBegan(Fact, frozen=True, kw_only=True, tag="covered"):
    """Queue and command have moved; to be heard where they went."""

    covered_by: Covered


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    """Queue and command are back."""

    at: datetime


SeatFact = Established | Altered | Taken | Left | StateChanged | CoverNamed | LinkLost | CoverBegan | Returned


def evolve(seat: Seat | None, id_: UUID, fact: SeatFact) -> Seat:
    """The seat after one more fact; only `Established` may start from None."""
    if isinstance(fact, Established):
        return Seat(
            id=id_,
            code=fact.code,
            room_id=fact.room_id,
            kind=fact.kind,
            cover=fact.cover,
            state_since=fact.at,
        )
    if seat is None:
        raise ValueError(f"the history of seat {id_} does not start with its being established")
    return msgspec.structs.replace(_changed(seat, fact), version=seat.version + 1)


def _changed(seat: Seat, fact: SeatFact) -> Seat:
    match fact:
        case Established():
            raise ValueError(f"seat {seat.id} is established twice")
        case Altered(code=code, kind=kind, cover=cover):
            return msgspec.structs.replace(seat, code=code, kind=kind, cover=cover)
        case Taken(holder=holder, roles=roles, at=at):
            seated = msgspec.structs.replace(seat, holder=holder, roles=roles, since=at, answering_since=None)
            return _in_state(seated, "ready", at)
        case Left(at=at):
            risen = msgspec.structs.replace(seat, holder=None, roles=(), since=None)
            return _in_state(risen, "empty", at)
        case StateChanged(state=state, at=at):
            return _in_state(seat, state, at)
        case LinkLost(at=at):
            return _in_state(seat, "away", at)
        case CoverNamed(cover=cover):
            return msgspec.structs.replace(seat, cover=cover)
        case CoverBegan(covered_by=covered_by):
            return msgspec.structs.replace(seat, covered_by=covered_by)
        case Returned():
            return msgspec.structs.replace(seat, covered_by=None)
        case _:
            assert_never(fact)


def _in_state(seat: Seat, state: SeatState, at: datetime) -> Seat:
    answering_since = (seat.answering_since or at) if state in ANSWERING else None
    return msgspec.structs.replace(seat, state=state, state_since=at, answering_since=answering_since)


def who_covers(
    seat: Seat, roles: Iterable[str], seats: Mapping[UUID, Seat], lineage: Sequence[UUID]
) -> Cover:
    """The seat or room that takes over: the one named if it can, then one beside, then the rooms above, root last.

    lineage: of the seat's room, itself first. What was named but doesn't answer is followed to who covers for it.
    """
    duties = frozenset(roles)
    others = {id_: other for id_, other in seats.items() if id_ != seat.id and can_cover(other, duties)}
    named = _followed(seat, seats)
    if named is not None and named.seat_id in others:
        return Cover(seat_id=named.seat_id)
    if named is not None and named.room_id is not None and _manned(named.room_id, others):
        return Cover(room_id=named.room_id)
    for room_id in lineage:
        found = _manned(room_id, others)
        if found:
            return Cover(seat_id=found[0].id) if room_id == seat.room_id else Cover(room_id=room_id)
    return Cover(room_id=lineage[-1])


def _followed(seat: Seat, seats: Mapping[UUID, Seat]) -> Cover | None:
    """Who is named, and where that seat doesn't answer, who covers for that one; None at a dead end."""
    cover, passed = seat.cover, {seat.id}
    while cover is not None and cover.seat_id is not None:
        other = seats.get(cover.seat_id)
        if other is None or other.id in passed:
            return None
        if other.answers:
            return cover
        passed.add(other.id)
        by = other.covered_by
        cover = other.cover if by is None else Cover(by.seat_id, by.room_id)
    return cover


def can_cover(seat: Seat, duties: Collection[str]) -> bool:
    """Whether it answers and exercises one of these duties; a leader covers for any."""
    return seat.answers and not {*duties, "leader"}.isdisjoint(seat.roles)


def could_cover(kind: Kind, other: Kind) -> bool:
    """Whether somebody at a seat of this kind can ever cover for one of the other."""
    return not (FITTING[other] | {"leader"}).isdisjoint(FITTING[kind])


def still_covers(seat: Seat, seats: Mapping[UUID, Seat]) -> bool:
    """Whether the seat or room that covers for this one just now still can."""
    by = seat.covered_by
    if by is None:
        return False
    there = (
        [seats[by.seat_id]] if by.seat_id else [one for one in seats.values() if one.room_id == by.room_id]
    )
    return any(can_cover(one, by.roles) for one in there if one.id != seat.id)


def _manned(room_id: UUID, able: Mapping[UUID, Seat]) -> list[Seat]:
    """Those of these seats that stand in a room, the longest there first."""
    there = [other for other in able.values() if other.room_id == room_id]
    return sorted(there, key=lambda other: (other.since is None, other.since, other.code))
