"""The life of a review as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

It closes only when none of its actions stands. Its actions have a life of their own in `actions`.
"""

from collections.abc import Iterable
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.after_action import events as e
from dispatch.after_action.model import AfterActionReview, Finding, R, ReviewAction, ReviewState, standing
from dispatch.errors import NotNow
from dispatch.firings import FireRule, RuleFired

TRANSITIONS: dict[ReviewState, frozenset[ReviewState]] = {
    R.WAITING: frozenset({R.OPEN}),
    R.OPEN: frozenset({R.CLOSED, R.WITHDRAWN}),
    R.CLOSED: frozenset(),
    R.WITHDRAWN: frozenset(),
}


class Begin(msgspec.Struct, frozen=True):
    """Somebody begins with it."""

    by: str
    at: int


class Join(msgspec.Struct, frozen=True):
    """Somebody takes part."""

    by: str
    who: str
    at: int


class Find(msgspec.Struct, frozen=True):
    """Something was found."""

    finding: Finding


class Close(msgspec.Struct, frozen=True):
    """The conclusion is signed; actions: all that followed from it."""

    by: str
    at: int
    narrative_id: UUID
    actions: tuple[ReviewAction, ...] = ()


class Withdraw(msgspec.Struct, frozen=True):
    """It is not held after all; actions: all that followed from it."""

    by: str
    at: int
    actions: tuple[ReviewAction, ...] = ()


Command = Begin | Join | Find | Close | Withdraw | FireRule


def decide(review: AfterActionReview, command: Command) -> list[e.ReviewFact]:
    """The facts a command leads to; empty when it changes nothing. Raises NotNow in a state that does not allow it."""
    match command:
        case Begin(by=by, at=at):
            return _begun(review, by, at)
        case Join(by=by, who=who, at=at):
            return [*_begun(review, by, at), *_joined(review, who, at)]
        case Find(finding=finding):
            begun = _begun(review, finding.by, finding.at)
            return [*begun, *_joined(review, finding.by, finding.at), e.Found(finding=finding)]
        case Close():
            _must_reach(review, R.CLOSED, "closed")
            _none_standing(command.actions)
            return [e.Closed(by=command.by, at=command.at, narrative_id=command.narrative_id)]
        case Withdraw():
            _must_reach(review, R.WITHDRAWN, "withdrawn")
            if review.causes != ("person",):
                raise NotNow(
                    "This review is demanded by rule; it is held and closed, never withdrawn.",
                    state=review.state,
                )
            _none_standing(command.actions)
            return [e.Withdrawn(by=command.by, at=command.at)]
        case FireRule():
            return [RuleFired(**msgspec.structs.asdict(command))]
        case _:
            assert_never(command)


def _begun(review: AfterActionReview, by: str, at: int) -> list[e.ReviewFact]:
    if review.state is R.OPEN:
        return []
    _must_reach(review, R.OPEN, "worked on")
    return [e.Begun(by=by, at=at)]


def _joined(review: AfterActionReview, who: str, at: int) -> list[e.ReviewFact]:
    return [] if who in review.participants else [e.Joined(who=who, at=at)]


def _none_standing(actions: Iterable[ReviewAction]) -> None:
    left = standing(actions)
    if left:
        raise NotNow(
            f"{len(left)} of its actions have not ended; they are verified or dropped first.",
            open=[str(action.id) for action in left],
        )


def _must_reach(review: AfterActionReview, state: ReviewState, said: str) -> None:
    if state not in TRANSITIONS[review.state]:
        raise NotNow(f"This review is {review.state}; in that state it cannot be {said}.", state=review.state)


def evolve(review: AfterActionReview | None, review_id: UUID, fact: e.ReviewFact) -> AfterActionReview:
    """The review after one more fact; its version rises by one. Only `Opened` may start from None."""
    if isinstance(fact, e.Opened):
        if review is not None:
            raise ValueError(f"after-action review {review_id} is opened twice")
        begun = {R.OPEN.value: fact.at} if fact.begun else {}
        return AfterActionReview(
            id=review_id, version=1, state=R.OPEN if fact.begun else R.WAITING, incident_id=fact.incident_id,
            room_id=fact.room_id, causes=fact.causes, opened_by=fact.by,
            participants=(fact.by,) if fact.begun else (), times={"opened": fact.at, **begun},
        )  # fmt: skip
    if review is None:
        raise ValueError(f"the history of after-action review {review_id} does not start with its opening")
    return msgspec.structs.replace(review, version=review.version + 1, **_changes(review, fact))


def _changes(
    review: AfterActionReview, fact: e.Begun | e.Joined | e.Found | e.Closed | e.Withdrawn | RuleFired
) -> dict[str, Any]:
    match fact:
        case RuleFired():
            return {}
        case e.Begun(at=at):
            return {"state": R.OPEN, "times": review.times | {R.OPEN.value: at}}
        case e.Joined(who=who):
            return {"participants": (*review.participants, who)}
        case e.Found(finding=finding):
            return {"findings": (*review.findings, finding)}
        case e.Closed(by=by, at=at, narrative_id=text):
            times = review.times | {R.CLOSED.value: at}
            return {"state": R.CLOSED, "conclusion_id": text, "signed_by": by, "times": times}
        case e.Withdrawn(at=at):
            return {"state": R.WITHDRAWN, "times": review.times | {R.WITHDRAWN.value: at}}
        case _:
            assert_never(fact)
