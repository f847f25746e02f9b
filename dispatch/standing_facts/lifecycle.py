"""The life of a standing fact as data and two pure functions: `decide` what a command leads to, `evolve` by each happening.

What says something of a person never stands without an end and a time by which somebody must look at it again.
"""

from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import Invalid, NotNow
from dispatch.standing_facts import events as e
from dispatch.standing_facts.model import Content, F, FactState, StandingFact

TRANSITIONS: dict[FactState, frozenset[FactState]] = {
    F.PROPOSED: frozenset({F.STANDS, F.DECLINED}),
    F.STANDS: frozenset({F.WITHDRAWN}),
    F.DECLINED: frozenset(),
    F.WITHDRAWN: frozenset(),
}
LONGEST_PERSONAL = timedelta(days=366)
"""From now on; what is still so after that is looked at and kept."""


class Approve(msgspec.Struct, frozen=True):
    """Let what was proposed stand."""

    by: str
    at: int


class Decline(msgspec.Struct, frozen=True):
    """Let it not stand."""

    by: str
    at: int


class Amend(msgspec.Struct, frozen=True):
    """Say something else. looked: somebody has looked whether it is so; a list brought again has not."""

    content: Content
    room_id: UUID
    by: str
    at: int
    looked: bool = True


class Keep(msgspec.Struct, frozen=True):
    """It is still so, until then; look again by then."""

    until: datetime | None
    review_at: datetime | None
    by: str
    at: int


class Doubt(msgspec.Struct, frozen=True):
    """It may not be so any more."""

    doubt_id: UUID
    by: str
    at: int


class Withdraw(msgspec.Struct, frozen=True):
    """Let it hold no longer."""

    by: str
    at: int


class Reveal(msgspec.Struct, frozen=True):
    """Open what it says."""

    by: str
    at: int


Command = Approve | Decline | Amend | Keep | Doubt | Withdraw | Reveal
_FROM: dict[type[Command], FactState] = {
    Approve: F.PROPOSED, Decline: F.PROPOSED, Amend: F.STANDS, Keep: F.STANDS, Doubt: F.STANDS, Withdraw: F.STANDS,
}  # fmt: skip


def decide(fact: StandingFact, command: Command, now: datetime) -> e.FactHappened:
    """What a command leads to. Raises NotNow in a state that does not allow it, Invalid for times that can't be."""
    wanted = _FROM.get(type(command))
    if wanted is not None and fact.state is not wanted:
        raise NotNow(
            f"This standing fact is {fact.state}; only one that is {wanted} can be changed so.",
            state=fact.state,
        )
    match command:
        case Approve(by=by, at=at):
            check(fact, now)
            return e.Approved(by=by, at=at)
        case Decline(by=by, at=at):
            return e.Declined(by=by, at=at)
        case Amend():
            check(command.content, now)
            return e.Amended(
                content=command.content, room_id=command.room_id, by=command.by, at=command.at, looked=command.looked
            )  # fmt: skip
        case Keep():
            kept = msgspec.structs.replace(fact, until=command.until, review_at=command.review_at)
            check(kept, now)
            return e.Kept(until=command.until, review_at=command.review_at, by=command.by, at=command.at)
        case Doubt():
            return e.Doubted(doubt_id=command.doubt_id, by=command.by, at=command.at)
        case Withdraw(by=by, at=at):
            return e.Withdrawn(by=by, at=at)
        case Reveal(by=by, at=at):
            return e.Revealed(by=by, at=at)
        case _:
            assert_never(command)


def check(content: Content, now: datetime) -> None:
    """Raise Invalid unless its times can be: an end ahead, a review before it, both of them for what is personal."""
    if content.until is not None and content.until <= max(now, content.valid_from):
        raise Invalid("until lies in the past, or before it begins to hold; correct it.", field="until")
    if content.personal and content.until is None:
        raise Invalid(
            "Say in until how long: what is about a person never stands without an end.", field="until"
        )
    if content.personal and content.review_at is None:
        raise Invalid(
            "Say in review_at when to look whether it is still so; it is about a person.", field="review_at"
        )
    if content.review_at is not None and content.review_at <= now:
        raise Invalid("review_at lies in the past; say when to look at it again.", field="review_at")
    if content.until is None:
        return
    if content.review_at is not None and content.review_at > content.until:
        raise Invalid(
            "review_at lies after until, when it holds no longer; correct one of them.", field="review_at"
        )
    if content.personal and content.until > max(now, content.valid_from) + LONGEST_PERSONAL:
        raise Invalid(
            f"What is about a person holds {LONGEST_PERSONAL.days} days at most; it can be kept longer when it is reviewed.",
            field="until",
        )


def evolve(fact: StandingFact | None, id_: UUID, happened: e.FactHappened) -> StandingFact:
    """The standing fact after one more happening; its version rises by one. Only `Written` may start from None."""
    if isinstance(happened, e.Written):
        if fact is not None:
            raise ValueError(f"standing fact {id_} is written twice")
        stands = happened.state is F.STANDS
        return StandingFact(
            id=id_, version=1, state=happened.state, room_id=happened.room_id, by=happened.by,
            decided_by=happened.by if stands else None, times={"written": happened.at} | ({"reviewed": happened.at} if stands else {}),
            **msgspec.structs.asdict(happened.content),
        )  # fmt: skip
    if fact is None:
        raise ValueError(f"the history of standing fact {id_} does not start with its writing")
    return msgspec.structs.replace(fact, version=fact.version + 1, **_changes(fact, happened))


def _changes(
    fact: StandingFact,
    happened: e.Approved | e.Declined | e.Amended | e.Kept | e.Doubted | e.Withdrawn | e.Revealed,
) -> dict[str, Any]:
    seen = {"decided_by": happened.by, "doubt_id": None, "times": _times(fact, "reviewed", happened.at)}
    match happened:
        case e.Approved():
            return seen | {"state": F.STANDS}
        case e.Declined(by=by, at=at):
            return {"state": F.DECLINED, "decided_by": by, "times": _times(fact, "ended", at)}
        case e.Amended():
            told = msgspec.structs.asdict(happened.content) | {"room_id": happened.room_id}
            return (seen if happened.looked else {"decided_by": happened.by}) | told
        case e.Kept():
            return seen | {"until": happened.until, "review_at": happened.review_at}
        case e.Doubted(doubt_id=doubt_id, at=at):
            return {"doubt_id": doubt_id, "times": _times(fact, "doubted", at)}
        case e.Withdrawn(by=by, at=at):
            return {"state": F.WITHDRAWN, "decided_by": by, "times": _times(fact, "ended", at)}
        case e.Revealed():
            return {}
        case _:
            assert_never(happened)


def _times(fact: StandingFact, name: str, at: int) -> dict[str, int]:
    return {**fact.times, name: at}
