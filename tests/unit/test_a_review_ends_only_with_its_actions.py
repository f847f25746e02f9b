"""Follow-up promise: whatever is done in which order, a review closes only when all its actions have ended, each by somebody else's eyes."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.after_action import actions as life
from dispatch.after_action import events as e
from dispatch.after_action import lifecycle as reviews
from dispatch.after_action.model import (
    ACTION_ENDED,
    AfterActionReview,
    Cause,
    Finding,
    R,
    ReviewAction,
    X,
)
from dispatch.errors import NotAllowed, NotNow

REVIEW, INCIDENT, ROOM, TEXT = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
DUE = datetime(2026, 5, 1, tzinfo=UTC)
PEOPLE = ("zhao", "qian")


def opened(causes: tuple[Cause, ...] = ("sample",), begun: bool = False) -> AfterActionReview:
    fact = e.Opened(incident_id=INCIDENT, room_id=ROOM, causes=causes, by="rule", begun=begun, at=0)
    return reviews.evolve(None, REVIEW, fact)


def ordered(n: int) -> ReviewAction:
    fact = e.Ordered(
        review_id=REVIEW, incident_id=INCIDENT, from_room_id=ROOM, room_id=ROOM, by="zhao", narrative_id=TEXT,
        due_at=DUE, at=0,
    )  # fmt: skip
    return life.evolve(None, UUID(int=100 + n), fact)


def tell(review: AfterActionReview, command: reviews.Command) -> AfterActionReview:
    for fact in reviews.decide(review, command):
        review = reviews.evolve(review, review.id, fact)
    return review


def made(act: str, who: str, at: int) -> life.Command:
    match act:
        case "finish":
            return life.Finish(who, at, TEXT)
        case "return":
            return life.Return(who, at, TEXT)
        case "verify":
            return life.Verify(who, at)
        case _:
            return life.Drop(who, at, TEXT)


ACTS = ("close", "drop", "finish", "return", "verify")
STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTS), st.sampled_from(PEOPLE)), max_size=40)


@given(STEPS)
def test_no_order_of_acts_closes_a_review_with_an_action_that_stands(
    steps: list[tuple[int, str, str]],
) -> None:
    review, actions = opened(begun=True), [ordered(n) for n in range(3)]
    for at, (n, act, who) in enumerate(steps, 1):
        standing = [one for one in actions if one.state not in ACTION_ENDED]
        if act == "close":
            command = reviews.Close(who, at, TEXT, tuple(actions))
            if standing or review.state is R.CLOSED:
                with pytest.raises(NotNow):
                    reviews.decide(review, command)
            else:
                review = tell(review, command)
            continue
        try:
            fact = life.decide(actions[n], made(act, who, at))
        except (NotNow, NotAllowed):
            continue
        actions[n] = life.evolve(actions[n], actions[n].id, fact)
    for one in actions:
        done = [turn for turn in one.turns if turn.kind == "done"]
        assert one.state is not X.VERIFIED or done[-1].by != one.turns[-1].by, "nobody verifies own work"
        assert [turn.at for turn in one.turns] == sorted(turn.at for turn in one.turns)
        assert one.version == 1 + len(one.turns)


@given(STEPS)
def test_an_action_that_has_ended_stays_ended(steps: list[tuple[int, str, str]]) -> None:
    action = ordered(0)
    for at, (_, act, who) in enumerate(steps, 1):
        if act == "close":
            continue
        before = action
        try:
            action = life.evolve(action, action.id, life.decide(action, made(act, who, at)))
        except (NotNow, NotAllowed):
            continue
        assert before.stands


def test_a_finding_begins_a_waiting_review_and_its_finder_takes_part() -> None:
    finding = Finding(id=UUID(int=9), kind="well", by="zhao", at=5, narrative_id=TEXT)
    review = tell(opened(), reviews.Find(finding))
    assert (review.state, review.participants, review.findings) == (R.OPEN, ("zhao",), (finding,))
    again = tell(review, reviews.Find(finding))
    assert again.participants == ("zhao",), "nobody takes part twice"


def test_what_a_rule_demands_is_held_and_never_withdrawn() -> None:
    review = tell(opened(("sensitive", "major")), reviews.Begin("zhao", 1))
    with pytest.raises(NotNow, match="never withdrawn"):
        reviews.decide(review, reviews.Withdraw("zhao", 2))
    own = opened(("person",), begun=True)
    assert tell(own, reviews.Withdraw("zhao", 2)).state is R.WITHDRAWN


def test_a_review_that_nobody_has_begun_cannot_be_closed() -> None:
    with pytest.raises(NotNow):
        reviews.decide(opened(), reviews.Close("zhao", 1, TEXT))
