"""Whatever is asked of an assignment in whatever order, it refuses by name or takes a legal step, and its facts tell it all."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import commands as c
from dispatch import events as e
from dispatch.errors import AssignmentOver, NotNow
from dispatch.lifecycle import STEPS, TRANSITIONS, decide, evolve
from dispatch.model import OPEN, OVER, Assignment
from dispatch.model import AssignmentState as A

ID, INCIDENT, UNIT, ROOM = (UUID(int=n) for n in range(1, 5))
START = 1_483_228_800_000

commands = st.one_of(
    st.builds(
        c.Step,
        step=st.sampled_from(STEPS[1:]),
        at=st.integers(START, START + 10_000),
        result=st.sampled_from([None, "handled"]),
        flags=st.sampled_from([(), ("claim_replaced",)]),
    ),
    st.builds(
        c.TakeExit,
        exit=st.sampled_from(["unable", "expired", "recalled", "released", "preempted"]),
        at=st.integers(START, START + 10_000),
    ),
    st.builds(
        c.Send, at=st.integers(START, START + 10_000), round=st.integers(1, 3), crew=st.just(("0110",))
    ),
    st.builds(c.ChangeRole, role=st.sampled_from(["primary", "reinforcement"])),
)


def placed(state: A = A.ORDERED) -> Assignment:
    return evolve(None, ID, opening(state))


def opening(state: A) -> e.Placed:
    return e.Placed(incident_id=INCIDENT, unit_id=UNIT, state=state, round=1, ordered_by=ROOM, at=START)


def told(assignment: Assignment, *said: c.Command) -> Assignment:
    for command in said:
        for fact in decide(assignment, command):
            assignment = evolve(assignment, ID, fact)
    return assignment


@given(st.sampled_from([A.ORDERED, A.STACKED, A.ON_SCENE]), st.lists(commands, max_size=12))
def test_any_sequence_refuses_by_name_or_takes_a_legal_step(start: A, asked: list[c.Command]) -> None:
    facts: list[e.AssignmentFact] = [opening(start)]
    assignment = evolve(None, ID, facts[0])
    for command in asked:
        before = assignment
        try:
            new = decide(before, command)
        except AssignmentOver:
            assert before.state in OVER
            continue
        except NotNow:
            assert before.state not in OVER
            continue
        for fact in new:
            assignment = evolve(assignment, ID, fact)
        facts += new
        check_step(before, assignment, command)
    folded = None
    for fact in facts:
        folded = evolve(folded, ID, fact)
    assert folded == assignment
    assert assignment.version == len(facts)


def check_step(before: Assignment, after: Assignment, command: c.Command) -> None:
    """What holds after every answer, whatever was asked."""
    assert after.version - before.version <= 1
    assert before.state == after.state or after.state in TRANSITIONS[before.state]
    assert before.times.items() <= after.times.items(), "a time that is known is never changed"
    if isinstance(command, c.ChangeRole):
        assert (after.state, after.role) == (before.state, command.role)
        return
    assert before.state not in OVER or after == before
    if before.state in STEPS and after.state in STEPS:
        assert STEPS.index(before.state) <= STEPS.index(after.state)
    if isinstance(command, c.Step):
        assert command.step in after.times, "a step that was not refused has its time"


@given(st.permutations(STEPS[1:5]), st.permutations([1, 2, 3, 4]))
def test_late_steps_fill_their_empty_times_and_nothing_moves_back(order: list[A], offsets: list[int]) -> None:
    """The same four steps in any order end on scene with every time known, none after the step that follows it."""
    said = [c.Step(step, START + at) for step, at in zip(order, offsets, strict=True)]
    assignment = told(placed(), *said)
    assert assignment.state is A.ON_SCENE
    assert set(assignment.times) == {"ordered", "delivered", "accepted", "en_route", "on_scene"}
    for command in said:
        assert assignment.times[command.step] <= command.at
    again = told(assignment, *said)
    assert again == assignment


def test_a_late_step_was_not_taken_after_the_one_that_follows_it() -> None:
    assignment = told(placed(), c.Step(A.ON_SCENE, START + 300), c.Step(A.EN_ROUTE, START + 400))
    assert assignment.times["en_route"] == START + 300
    assignment = told(assignment, c.Step(A.ACCEPTED, START + 50))
    assert assignment.times["accepted"] == START + 50


@pytest.mark.parametrize("over", sorted(OVER))
@pytest.mark.parametrize(
    "command",
    [
        *(c.Step(step, START) for step in STEPS[1:]),
        c.TakeExit("recalled", START),
        c.TakeExit("unable", START),
        c.Send(START, 1),
    ],
    ids=repr,
)
def test_over_is_over(over: A, command: c.Command) -> None:
    assignment = Assignment(
        id=ID, incident_id=INCIDENT, unit_id=UNIT, state=over, version=3, round=1, ordered_by=ROOM
    )
    with pytest.raises(AssignmentOver, match=f"already {over}"):
        decide(assignment, command)


def test_an_order_stands_until_the_ordering_room_releases_it() -> None:
    unable = told(placed(), c.Step(A.ACCEPTED, START + 1), c.TakeExit("unable", START + 2))
    assert unable.is_open
    with pytest.raises(NotNow):
        decide(unable, c.Step(A.EN_ROUTE, START + 3))
    assert told(unable, c.TakeExit("released", START + 3)).is_over
    with pytest.raises(NotNow, match="ordered cannot become released"):
        decide(placed(), c.TakeExit("released", START))


def test_an_expired_order_may_still_be_accepted() -> None:
    expired = told(placed(), c.TakeExit("expired", START + 30_000))
    assert expired.state in OPEN
    assert told(expired, c.Step(A.DELIVERED, START + 31_000)).state is A.EXPIRED
    assert told(expired, c.Step(A.ACCEPTED, START + 31_000)).state is A.ACCEPTED


def test_what_is_kept_for_later_goes_out_in_the_round_and_with_the_crew_of_then() -> None:
    kept = placed(A.STACKED)
    assert not kept.is_open
    assert not kept.is_over
    with pytest.raises(NotNow):
        decide(kept, c.Step(A.ACCEPTED, START))
    sent = told(kept, c.Send(START + 5, 2, ("0220",)))
    assert (sent.state, sent.round, sent.crew, sent.times["ordered"]) == (A.ORDERED, 2, ("0220",), START + 5)
