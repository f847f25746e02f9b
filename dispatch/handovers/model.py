"""A hand-over and what happens to it: drafted by the system, noted on, offered by who leaves, signed by who arrives. Pure.

`picture` holds what stood when somebody last signed: what must be read, by a key each with a stamp that changes whenever it
must be read again. No fact holds a text; notes lie sealed apart.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import NotNow
from dispatch.firings import RuleFired


class HandOverState(StrEnum):
    """Where a hand-over stands."""

    DRAFTED = "drafted"
    OFFERED = "offered"
    SIGNED = "signed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


H = HandOverState
OPEN = frozenset({H.DRAFTED, H.OFFERED})
OVER = frozenset({H.SIGNED, H.REFUSED, H.CANCELLED, H.ABANDONED})
TRANSITIONS: dict[HandOverState, frozenset[HandOverState]] = {
    H.DRAFTED: frozenset({H.OFFERED, H.CANCELLED, H.ABANDONED}),
    H.OFFERED: frozenset({H.SIGNED, H.REFUSED, H.CANCELLED, H.ABANDONED}),
    H.SIGNED: frozenset(),
    H.REFUSED: frozenset(),
    H.CANCELLED: frozenset(),
    H.ABANDONED: frozenset(),
}


class HandOverNote(msgspec.Struct, frozen=True):
    """What who leaves has to say beside what the system drafted; the text lies sealed. at: ms since 1970, UTC."""

    narrative_id: UUID
    by: str
    at: int


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """One hand-over; has exactly the columns of its table.

    seat_id: the seat that changes hands, None where who leaves sits at none; arriver: who is meant, later who signed, None: any
    colleague who may sit there. picture: of what must be read, key -> stamp; counts: of all, by section; reads: by reader, what
    they have ticked, as it stood then; touched_at: when somebody last did something about it; seen_by: who has seen that it ran out.
    """

    id: UUID
    version: int
    state: HandOverState
    room_id: UUID
    seat_id: UUID | None = None
    leaver: str
    arriver: str | None = None
    picture: dict[str, str]
    counts: dict[str, int]
    notes: tuple[HandOverNote, ...] = ()
    reads: dict[str, dict[str, str]] = {}
    opened_at: datetime
    offered_at: datetime | None = None
    touched_at: datetime
    ended_at: datetime | None = None
    seen_by: str | None = None

    def read_by(self, who: str) -> dict[str, str]:
        """What this person has read: nobody signs for what somebody else has read."""
        return self.reads.get(who, {})

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Drafted(Fact, frozen=True, kw_only=True, tag="drafted"):
    """Somebody is about to leave."""

    room_id: UUID
    seat_id: UUID | None = None
    leaver: str
    arriver: str | None = None
    picture: dict[str, str]
    counts: dict[str, int]
    at: datetime


class Noted(Fact, frozen=True, kw_only=True, tag="noted"):
    """Who leaves said something about it."""

    narrative_id: UUID
    by: str
    at: datetime


class Ticked(Fact, frozen=True, kw_only=True, tag="ticked"):
    """Who arrives has read these, as they stood."""

    read: dict[str, str]
    by: str
    at: datetime


class Offered(Fact, frozen=True, kw_only=True, tag="offered"):
    """Who leaves has signed what stood then."""

    by: str
    picture: dict[str, str]
    counts: dict[str, int]
    at: datetime


class Signed(Fact, frozen=True, kw_only=True, tag="signed"):
    """Who arrives has signed what stood then: it is theirs from now on."""

    by: str
    picture: dict[str, str]
    counts: dict[str, int]
    at: datetime


class Refused(Fact, frozen=True, kw_only=True, tag="refused"):
    """Who should take it over does not, for the reason given with the act; nothing moves."""

    by: str
    at: datetime


class Cancelled(Fact, frozen=True, kw_only=True, tag="cancelled"):
    """Who wanted to leave stays."""

    by: str
    at: datetime


class Abandoned(Fact, frozen=True, kw_only=True, tag="abandoned"):
    """Nobody went on with it for too long; nothing has moved."""

    at: datetime


class Seen(Fact, frozen=True, kw_only=True, tag="seen"):
    """Somebody has seen that it ran out."""

    by: str
    at: datetime


type _Later = Noted | Ticked | Offered | Signed | Refused | Cancelled | Abandoned | Seen | RuleFired
HandOverFact = (
    Drafted | Noted | Ticked | Offered | Signed | Refused | Cancelled | Abandoned | Seen | RuleFired
)
_LEADS: Mapping[type[HandOverFact], HandOverState] = {
    Offered: H.OFFERED,
    Signed: H.SIGNED,
    Refused: H.REFUSED,
    Cancelled: H.CANCELLED,
    Abandoned: H.ABANDONED,
}


def check(handover: HandOver, fact: _Later) -> None:
    """Raise NotNow when a hand-over in this state does not allow it."""
    wanted = _LEADS.get(type(fact))
    fits = wanted in TRANSITIONS[handover.state] if wanted is not None else handover.is_open
    if isinstance(fact, Seen):
        fits = handover.state is H.ABANDONED
    if not fits and not isinstance(fact, RuleFired):
        raise NotNow(
            f"This hand-over is {handover.state}; in that state it cannot be {type(fact).__name__.lower()}.",
            state=handover.state,
        )


def evolve(handover: HandOver | None, id_: UUID, fact: HandOverFact) -> HandOver:
    """The hand-over after one more fact; only `Drafted` may start from None."""
    if isinstance(fact, Drafted):
        if handover is not None:
            raise ValueError(f"hand-over {id_} is drafted twice")
        return HandOver(
            id=id_, version=1, state=H.DRAFTED, room_id=fact.room_id, seat_id=fact.seat_id, leaver=fact.leaver,
            arriver=fact.arriver, picture=fact.picture, counts=fact.counts, opened_at=fact.at, touched_at=fact.at,
        )  # fmt: skip
    if handover is None:
        raise ValueError(f"the history of hand-over {id_} does not start with its being drafted")
    return msgspec.structs.replace(handover, version=handover.version + 1, **_changes(handover, fact))


def _changes(handover: HandOver, fact: _Later) -> dict[str, Any]:
    match fact:
        case RuleFired():
            return {}
        case Noted(narrative_id=text, by=by, at=at):
            note = HandOverNote(text, by, round(at.timestamp() * 1000))
            return {"notes": (*handover.notes, note), "touched_at": at}
        case Ticked(read=read, by=by, at=at):
            return {"reads": handover.reads | {by: handover.read_by(by) | read}, "touched_at": at}
        case Offered(picture=picture, counts=counts, at=at):
            return _signed(H.OFFERED, picture, counts, at) | {"offered_at": at}
        case Signed(by=by, picture=picture, counts=counts, at=at):
            return _signed(H.SIGNED, picture, counts, at) | {"arriver": by, "ended_at": at}
        case Refused(at=at) | Cancelled(at=at) | Abandoned(at=at):
            return {"state": _LEADS[type(fact)], "ended_at": at, "touched_at": at}
        case Seen(by=by):
            return {"seen_by": by}
        case _:
            assert_never(fact)


def _signed(
    state: HandOverState, picture: dict[str, str], counts: dict[str, int], at: datetime
) -> dict[str, Any]:
    return {"state": state, "picture": picture, "counts": counts, "touched_at": at}
