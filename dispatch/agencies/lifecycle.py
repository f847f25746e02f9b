"""The life of an agency request as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

Steps only move forward and may be skipped; a late earlier step fills its empty time.
"""

from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.agencies import events as e
from dispatch.agencies.model import AgencyRequest, R, RequestState
from dispatch.errors import NotNow

STEPS = (R.SENT, R.TAKEN, R.ARRIVED, R.RESULT)
_RANK = {state: n for n, state in enumerate(STEPS)}
TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    R.SENT: frozenset({R.TAKEN, R.ARRIVED, R.RESULT, R.DECLINED, R.WITHDRAWN}),
    R.TAKEN: frozenset({R.ARRIVED, R.RESULT, R.DECLINED, R.WITHDRAWN}),
    R.ARRIVED: frozenset({R.RESULT, R.WITHDRAWN}),
    R.RESULT: frozenset(),
    R.DECLINED: frozenset(),
    R.WITHDRAWN: frozenset(),
}


class Step(msgspec.Struct, frozen=True):
    """The agency has gone a step further, declines, or is not asked any more."""

    step: RequestState
    at: int
    reference: str | None = None
    outcome_id: UUID | None = None


class Chase(msgspec.Struct, frozen=True):
    """Tell it again."""

    at: int


class MarkUnreached(msgspec.Struct, frozen=True):
    """No port took what was to be told."""

    at: int


Command = Step | Chase | MarkUnreached


def decide(request: AgencyRequest, command: Command) -> list[e.RequestFact]:
    """The facts a command leads to; empty when it changes nothing. Raises NotNow in a state that does not allow it."""
    match command:
        case Step():
            return _step(request, command)
        case Chase(at=at):
            if not request.is_open:
                raise NotNow(
                    f"This request is {request.state}; there is nothing to chase.", state=request.state
                )
            return [e.Chased(at=at)]
        case MarkUnreached(at=at):
            untold = request.state is R.SENT and "unreached" not in request.times
            return [e.Unreached(at=at)] if untold else []
        case _:
            assert_never(command)


def _step(request: AgencyRequest, command: Step) -> list[e.RequestFact]:
    step, rank = command.step, _RANK.get(command.step)
    at, state = command.at, command.step
    if request.is_open and rank is not None and rank <= _RANK[request.state]:
        if step.value in request.times:
            return []
        at = min([at, *(request.times[s] for s in STEPS[rank + 1 :] if s in request.times)])
        state = request.state
    elif step not in TRANSITIONS[request.state]:
        raise NotNow(f"A request that is {request.state} cannot become {step}.", state=request.state)
    return [
        e.Stepped(
            state=state, step=step, at=at, reference=command.reference, outcome_id=command.outcome_id
        )
    ]  # fmt: skip


def evolve(request: AgencyRequest | None, request_id: UUID, fact: e.RequestFact) -> AgencyRequest:
    """The request after one more fact; its version rises by one. Only `Sent` may start from None."""
    if isinstance(fact, e.Sent):
        if request is not None:
            raise ValueError(f"agency request {request_id} is sent twice")
        values = msgspec.structs.asdict(fact)
        at = values.pop("at")
        return AgencyRequest(id=request_id, version=1, state=R.SENT, times={R.SENT.value: at}, **values)
    if request is None:
        raise ValueError(f"the history of agency request {request_id} does not start with its sending")
    return msgspec.structs.replace(request, version=request.version + 1, **_changes(request, fact))


def _changes(request: AgencyRequest, fact: e.Stepped | e.Chased | e.Unreached) -> dict[str, Any]:
    match fact:
        case e.Stepped():
            return {
                "state": fact.state,
                "times": request.times | {fact.step.value: fact.at},
                "reference": fact.reference or request.reference,
                "outcome_id": fact.outcome_id or request.outcome_id,
            }
        case e.Chased(at=at):
            times = {name: when for name, when in request.times.items() if name != "unreached"}
            return {"chased": request.chased + 1, "times": times | {"chased": at}}
        case e.Unreached(at=at):
            return {"times": request.times | {"unreached": at}}
        case _:
            assert_never(fact)
