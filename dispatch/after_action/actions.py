"""The life of an action as data and two pure functions: ordered, done, verified by somebody else, or returned, or dropped.

Only a verification or a drop ends it, whatever becomes of the incident or of who ordered it.
"""

from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from dispatch.after_action import events as e
from dispatch.after_action.model import ActionState, ReviewAction, Turn, X
from dispatch.errors import NotAllowed, NotNow
from dispatch.firings import FireRule, RuleFired

TRANSITIONS: dict[ActionState, frozenset[ActionState]] = {
    X.OPEN: frozenset({X.DONE, X.DROPPED}),
    X.DONE: frozenset({X.RETURNED, X.VERIFIED, X.DROPPED}),
    X.RETURNED: frozenset({X.DONE, X.DROPPED}),
    X.VERIFIED: frozenset(),
    X.DROPPED: frozenset(),
}


class Finish(msgspec.Struct, frozen=True):
    """The room says that it is done, and with what."""

    by: str
    at: int
    narrative_id: UUID


class Return(msgspec.Struct, frozen=True):
    """That will not do; due_at: a new time, None: the old one still lies ahead."""

    by: str
    at: int
    narrative_id: UUID
    due_at: datetime | None = None


class Verify(msgspec.Struct, frozen=True):
    """Somebody else has seen that it is done."""

    by: str
    at: int
    narrative_id: UUID | None = None


class Drop(msgspec.Struct, frozen=True):
    """It will not be done."""

    by: str
    at: int
    narrative_id: UUID


Command = Finish | Return | Verify | Drop | FireRule


def decide(action: ReviewAction, command: Command) -> e.ActionFact:
    """The fact a command leads to. Raises NotNow in a state that does not allow it, NotAllowed to who verifies own work."""
    match command:
        case Finish():
            _must_reach(action, X.DONE, "done")
            return e.Done(**msgspec.structs.asdict(command))
        case Return():
            _must_reach(action, X.RETURNED, "returned")
            return e.Returned(**msgspec.structs.asdict(command))
        case Verify():
            _must_reach(action, X.VERIFIED, "verified")
            if action.said_by("done") == command.by:
                raise NotAllowed(
                    "Who did it does not verify it; somebody else of the room does.", act="verify"
                )
            return e.Verified(**msgspec.structs.asdict(command))
        case Drop():
            _must_reach(action, X.DROPPED, "dropped")
            return e.Dropped(**msgspec.structs.asdict(command))
        case FireRule():
            return RuleFired(**msgspec.structs.asdict(command))
        case _:
            assert_never(command)


def _must_reach(action: ReviewAction, state: ActionState, said: str) -> None:
    if state not in TRANSITIONS[action.state]:
        raise NotNow(f"This action is {action.state}; in that state it cannot be {said}.", state=action.state)


def evolve(action: ReviewAction | None, action_id: UUID, fact: e.ActionFact) -> ReviewAction:
    """The action after one more fact; its version rises by one. Only `Ordered` may start from None."""
    if isinstance(fact, e.Ordered):
        if action is not None:
            raise ValueError(f"action {action_id} is ordered twice")
        values = msgspec.structs.asdict(fact)
        at = values.pop("at")
        return ReviewAction(id=action_id, version=1, state=X.OPEN, times={X.OPEN.value: at}, **values)
    if action is None:
        raise ValueError(f"the history of action {action_id} does not start with its order")
    return msgspec.structs.replace(action, version=action.version + 1, **_changes(action, fact))


type _Turning = e.Done | e.Returned | e.Verified | e.Dropped


def _changes(action: ReviewAction, fact: _Turning | RuleFired) -> dict[str, Any]:
    match fact:
        case RuleFired():
            return {}
        case e.Done():
            return _turned(action, X.DONE, "done", fact)
        case e.Returned(due_at=due_at):
            turned = _turned(action, X.RETURNED, "returned", fact)
            return turned if due_at is None else turned | {"due_at": due_at}
        case e.Verified():
            return _turned(action, X.VERIFIED, "verified", fact)
        case e.Dropped():
            return _turned(action, X.DROPPED, "dropped", fact)
        case _:
            assert_never(fact)


def _turned(
    action: ReviewAction,
    state: ActionState,
    kind: Literal["done", "returned", "verified", "dropped"],
    fact: _Turning,
) -> dict[str, Any]:
    return {
        "state": state,
        "times": action.times | {state.value: fact.at},
        "turns": (*action.turns, Turn(kind, fact.by, fact.at, fact.narrative_id)),
    }
