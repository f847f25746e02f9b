"""The life of a supervision order as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

Only a sign-off or a withdrawal ends it; nothing that happens to the incident does.
"""

from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import NotNow
from dispatch.firings import FireRule, RuleFired
from dispatch.supervision import events as e
from dispatch.supervision.model import S, SupervisionOrder, SupervisionState, Turn, TurnKind

TRANSITIONS: dict[SupervisionState, frozenset[SupervisionState]] = {
    S.GIVEN: frozenset({S.ANSWERED, S.WITHDRAWN}),
    S.ANSWERED: frozenset({S.RETURNED, S.SIGNED_OFF, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.ANSWERED, S.WITHDRAWN}),
    S.SIGNED_OFF: frozenset(),
    S.WITHDRAWN: frozenset(),
}


class Answer(msgspec.Struct, frozen=True):
    """The room it was given to answers."""

    by: str
    at: int
    narrative_id: UUID


class Return(msgspec.Struct, frozen=True):
    """The answer will not do; due_at: a new time, None: the old one still lies ahead."""

    by: str
    at: int
    narrative_id: UUID
    due_at: datetime | None = None


class SignOff(msgspec.Struct, frozen=True):
    """The answer is accepted."""

    by: str
    at: int
    narrative_id: UUID | None = None


class Withdraw(msgspec.Struct, frozen=True):
    """It is demanded no longer."""

    by: str
    at: int


Command = Answer | Return | SignOff | Withdraw | FireRule


def decide(order: SupervisionOrder, command: Command) -> e.SupervisionFact:
    """The fact a command leads to. Raises NotNow in a state that does not allow it."""
    match command:
        case Answer():
            _must_reach(order, S.ANSWERED, "answered")
            return e.Answered(**msgspec.structs.asdict(command))
        case Return():
            _must_reach(order, S.RETURNED, "returned")
            return e.Returned(**msgspec.structs.asdict(command))
        case SignOff():
            _must_reach(order, S.SIGNED_OFF, "signed off")
            return e.SignedOff(**msgspec.structs.asdict(command))
        case Withdraw():
            _must_reach(order, S.WITHDRAWN, "withdrawn")
            return e.Withdrawn(by=command.by, at=command.at)
        case FireRule():
            return RuleFired(**msgspec.structs.asdict(command))
        case _:
            assert_never(command)


def _must_reach(order: SupervisionOrder, state: SupervisionState, said: str) -> None:
    if state not in TRANSITIONS[order.state]:
        raise NotNow(
            f"This supervision order is {order.state}; in that state it cannot be {said}.", state=order.state
        )


def evolve(order: SupervisionOrder | None, order_id: UUID, fact: e.SupervisionFact) -> SupervisionOrder:
    """The order after one more fact; its version rises by one. Only `Given` may start from None."""
    if isinstance(fact, e.Given):
        if order is not None:
            raise ValueError(f"supervision order {order_id} is given twice")
        return SupervisionOrder(
            id=order_id, version=1, state=S.GIVEN, cause=fact.cause, incident_id=fact.incident_id,
            alarm_id=fact.alarm_id, from_room_id=fact.from_room_id, to_room_id=fact.to_room_id, given_by=fact.by,
            narrative_id=fact.narrative_id, due_at=fact.due_at, times={S.GIVEN.value: fact.at},
        )  # fmt: skip
    if order is None:
        raise ValueError(f"the history of supervision order {order_id} does not start with its giving")
    return msgspec.structs.replace(order, version=order.version + 1, **_changes(order, fact))


type _Turning = e.Answered | e.Returned | e.SignedOff | e.Withdrawn


def _changes(order: SupervisionOrder, fact: _Turning | RuleFired) -> dict[str, Any]:
    match fact:
        case RuleFired():
            return {}
        case e.Answered(narrative_id=text):
            return _turned(order, S.ANSWERED, "answered", fact, text)
        case e.Returned(narrative_id=text, due_at=due_at):
            turned = _turned(order, S.RETURNED, "returned", fact, text)
            return turned if due_at is None else turned | {"due_at": due_at}
        case e.SignedOff(narrative_id=text):
            return _turned(order, S.SIGNED_OFF, "signed_off", fact, text)
        case e.Withdrawn():
            return _turned(order, S.WITHDRAWN, "withdrawn", fact, None)
        case _:
            assert_never(fact)


def _turned(
    order: SupervisionOrder,
    state: Literal[S.ANSWERED, S.RETURNED, S.SIGNED_OFF, S.WITHDRAWN],
    kind: TurnKind,
    fact: _Turning,
    narrative_id: UUID | None,
) -> dict[str, Any]:
    return {
        "state": state,
        "times": order.times | {state.value: fact.at},
        "turns": (*order.turns, Turn(kind, fact.by, fact.at, narrative_id)),
    }
