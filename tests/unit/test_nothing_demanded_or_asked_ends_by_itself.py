"""Lifecycle promise: whatever is tried in whatever order, a demand ends only signed off or withdrawn, a request only by its ends."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.agencies import events as ae
from dispatch.agencies import lifecycle as agency
from dispatch.agencies.model import OPEN as REQUEST_OPEN
from dispatch.agencies.model import R
from dispatch.errors import NotNow
from dispatch.firings import FireRule
from dispatch.supervision import events as se
from dispatch.supervision import lifecycle as supervision
from dispatch.supervision.model import OPEN, S

ID, TEXT = UUID(int=1), UUID(int=2)
DUE = datetime(2026, 5, 1, 8, tzinfo=UTC)
GIVEN = se.Given(
    cause="leader", from_room_id=UUID(int=3), to_room_id=UUID(int=4), by="leader", narrative_id=TEXT, due_at=DUE, at=0
)  # fmt: skip
SENT = ae.Sent(incident_id=ID, agency="119", room_id=UUID(int=3), by="desk", at=0)

type Make = Any

demanded = st.lists(
    st.sampled_from(
        [
            lambda at: supervision.Answer("below", at, TEXT),
            lambda at: supervision.Return("above", at, TEXT),
            lambda at: supervision.Return("above", at, TEXT, datetime(2026, 5, 2, tzinfo=UTC)),
            lambda at: supervision.SignOff("above", at),
            lambda at: supervision.Withdraw("above", at),
            lambda at: FireRule("supervision_overdue", at, at),
        ]
    ),
    max_size=30,
)
asked = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(lambda at, step=step: agency.Step(step, at) for step in R),
                agency.Chase,
                agency.MarkUnreached,
            ]
        ),
        st.integers(0, 1000),
    ),
    max_size=30,
)


@given(demanded)
def test_a_demand_moves_only_as_its_table_says(commands: list[Make]) -> None:
    order = supervision.evolve(None, ID, GIVEN)
    for at, make in enumerate(commands, 1):
        before = order
        try:
            fact = supervision.decide(order, make(at))
        except NotNow:
            continue
        order = supervision.evolve(order, ID, fact)
        assert order.version == before.version + 1
        assert order.state == before.state or order.state in supervision.TRANSITIONS[before.state]
        assert before.is_open or order.state == before.state, "what is over goes on"
        assert order.state in order.times
        assert order.turns[: len(before.turns)] == before.turns
    kinds = [turn.kind for turn in order.turns]
    assert order.is_open == ({"signed_off", "withdrawn"}.isdisjoint(kinds))
    assert kinds.count("signed_off") + kinds.count("withdrawn") <= 1
    assert kinds.count("returned") <= kinds.count("answered")


@given(asked)
def test_a_request_moves_only_as_its_table_says_and_its_times_stay_in_order(
    commands: list[tuple[Make, int]],
) -> None:
    request = agency.evolve(None, ID, SENT)
    chased = 0
    for make, at in commands:
        before, command = request, make(at)
        try:
            facts = agency.decide(request, command)
        except NotNow:
            assert isinstance(command, agency.Chase) or command.step not in agency.TRANSITIONS[request.state]
            continue
        for fact in facts:
            request = agency.evolve(request, ID, fact)
            chased += isinstance(fact, ae.Chased)
        assert request.state == before.state or request.state in agency.TRANSITIONS[before.state]
        assert before.is_open or not facts or isinstance(command, agency.MarkUnreached) is False
        assert before.is_open or request.state == before.state
    assert request.chased == chased
    assert request.is_open == (request.state in REQUEST_OPEN)


def test_what_is_over_takes_no_step() -> None:
    request = agency.evolve(None, ID, SENT)
    [fact] = agency.decide(request, agency.Step(R.DECLINED, 5))
    over = agency.evolve(request, ID, fact)
    for step in R:
        with pytest.raises(NotNow):
            agency.decide(over, agency.Step(step, 6))
    assert agency.decide(over, agency.MarkUnreached(7)) == []


def test_a_late_step_is_never_after_the_one_that_followed_it() -> None:
    request = agency.evolve(None, ID, SENT)
    [fact] = agency.decide(request, agency.Step(R.ARRIVED, 50))
    there = agency.evolve(request, ID, fact)
    [late] = agency.decide(there, agency.Step(R.TAKEN, 90))
    known = agency.evolve(there, ID, late)
    assert (known.state, known.times) == (R.ARRIVED, {"sent": 0, "arrived": 50, "taken": 50})


def test_a_chase_lets_the_port_try_anew() -> None:
    request = agency.evolve(None, ID, SENT)
    [fact] = agency.decide(request, agency.MarkUnreached(5))
    unreached = agency.evolve(request, ID, fact)
    assert agency.decide(unreached, agency.MarkUnreached(6)) == []
    [fact] = agency.decide(unreached, agency.Chase(7))
    assert "unreached" not in agency.evolve(unreached, ID, fact).times


def test_histories_begin_with_their_beginning() -> None:
    with pytest.raises(ValueError, match="does not start"):
        supervision.evolve(None, ID, se.Withdrawn(by="above", at=1))
    with pytest.raises(ValueError, match="does not start"):
        agency.evolve(None, ID, ae.Chased(at=1))
    with pytest.raises(ValueError, match="given twice"):
        supervision.evolve(supervision.evolve(None, ID, GIVEN), ID, GIVEN)
    assert S.GIVEN in OPEN
