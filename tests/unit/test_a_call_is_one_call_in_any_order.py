"""Promise: a switchboard may tell of a call in any order, twice or late; it ends as the same call, in a state of the table."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model import Place, RingBack, RingBackOutcome
from incidents.telephone import lifecycle
from incidents.telephone.events import Registered
from incidents.telephone.lifecycle import TRANSITIONS, Hear
from incidents.telephone.model import ENDED, LIVE, Call, CallAct, CallState

ID, ROOM, SOMEBODY = UUID(int=7), UUID(int=1), UUID(int=8)
ACTS: tuple[CallAct, ...] = (
    "ringing",
    "answered",
    "held",
    "conferenced",
    "transferred",
    "released",
    "abandoned",
)

tellings = st.builds(
    Hear,
    act=st.sampled_from(ACTS),
    at=st.integers(0, 6),
    line=st.sampled_from(["1", "2"]),
    seat=st.sampled_from([None, "J1", "J2"]),
    recording_ref=st.sampled_from([None, "R1", "R2"]),
    person_id=st.sampled_from([None, SOMEBODY]),
    place=st.sampled_from([None, Place(lon=114.0, lat=22.5), Place(lon=114.1, lat=22.5, accuracy_m=50.0)]),
    flags=st.sampled_from([(), ("claim_replaced",)]),
)


def begun() -> Call:
    fact = Registered(
        acd="acd", line="1", reference="c-1", room_id=ROOM, opened_at=datetime(2017, 1, 1, tzinfo=UTC)
    )
    return lifecycle.evolve(None, ID, fact)


def told(call: Call, *said: Hear) -> Call:
    for one in said:
        for fact in lifecycle.hear(call, one):
            call = lifecycle.evolve(call, ID, fact)
    return call


def told_so(**acts_at: int) -> Call:
    return told(begun(), *(Hear(act=act, at=at) for act, at in acts_at.items()))  # type: ignore[arg-type]


def without_version(call: Call) -> Call:
    return msgspec.structs.replace(call, version=0)


@given(st.lists(tellings, max_size=9), st.randoms(use_true_random=False))
def test_any_order_and_repetition_ends_the_same(said: list[Hear], chance: random.Random) -> None:
    shuffled = said + [chance.choice(said) for _ in said]
    chance.shuffle(shuffled)
    assert without_version(told(begun(), *shuffled)) == without_version(told(begun(), *said))


@given(st.lists(tellings, max_size=9))
def test_what_was_told_before_adds_nothing_to_the_journal(said: list[Hear]) -> None:
    call = told(begun(), *said)
    assert [fact for one in said for fact in lifecycle.hear(call, one)] == []
    assert call.version <= 1 + len(said)


@given(st.lists(tellings, max_size=9))
def test_every_step_is_one_of_the_table_and_a_call_without_end_lives(said: list[Hear]) -> None:
    call = begun()
    for one in said:
        after = told(call, one)
        assert after.state == call.state or after.state in TRANSITIONS[call.state]
        call = after
    over = {one.act for one in said} & {"released", "abandoned"}
    assert call.state in (ENDED if over else LIVE)


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ({}, "ringing"),
        ({"ringing": 1}, "ringing"),
        ({"answered": 3, "ringing": 1}, "answered"),
        ({"ringing": 1, "answered": 3, "held": 5}, "held"),
        ({"ringing": 9, "transferred": 5}, "transferred"),
        ({"ringing": 1, "abandoned": 9}, "abandoned"),
        ({"ringing": 1, "abandoned": 9, "released": 9}, "abandoned"),
        ({"ringing": 1, "answered": 3, "abandoned": 9}, "released"),
        ({"ringing": 1, "released": 9}, "released"),
        ({"released": 9, "answered": 3, "held": 5, "ringing": 1}, "released"),
    ],
)
def test_the_state_follows_from_what_was_told(acts: dict[str, int], state: str) -> None:
    assert told_so(**acts).state == state


def test_a_call_taken_up_again_is_answered_again_and_keeps_its_first_answer() -> None:
    call = told(told_so(ringing=0, answered=4, held=9), Hear(act="answered", at=12, seat="J2"))
    assert (call.state, call.seat, call.answer_ms) == (CallState.ANSWERED, "J2", 4)


def test_a_late_ring_fills_its_time() -> None:
    call = told_so(answered=9_000)
    assert call.answer_ms is None
    assert told(call, Hear(act="ringing", at=2_000)).answer_ms == 7_000


def test_clocks_that_disagree_make_no_answer_interval() -> None:
    assert told_so(ringing=5, answered=3).answer_ms is None


def rung_back(*outcomes: RingBackOutcome) -> Call:
    call = told_so(ringing=1, abandoned=9)
    for outcome in outcomes:
        for fact in lifecycle.ring_back(RingBack(outcome, 20, "somebody")):
            call = lifecycle.evolve(call, ID, fact)
    return call


@pytest.mark.parametrize(
    ("outcomes", "owes"),
    [
        ((), True),
        (("no_answer",), False),
        (("spoken",), False),
        (("needs_help",), True),
        (("needs_help", "spoken"), False),
    ],
)
def test_a_call_given_up_is_owed_a_ring_back_and_whoever_needs_help_an_alarm(
    outcomes: Sequence[RingBackOutcome], owes: bool
) -> None:
    call = rung_back(*outcomes)
    assert call.owes_ring_back is owes
    for fact in lifecycle.report(call, SOMEBODY):
        assert not lifecycle.evolve(call, ID, fact).owes_ring_back


def later(**acts_at: int) -> Call:
    return msgspec.structs.replace(told_so(**acts_at), id=UUID(int=99))


def test_who_dials_again_and_is_spoken_with_is_owed_nothing_for_the_first_call() -> None:
    given_up = told_so(ringing=1, abandoned=9)
    [fact] = lifecycle.redial(given_up, later(ringing=20, answered=25))
    assert not lifecycle.evolve(given_up, ID, fact).owes_ring_back
    assert lifecycle.redial(given_up, later(ringing=20)) == [], "nobody has spoken with them yet"
    assert lifecycle.redial(later(ringing=20, abandoned=22), given_up) == [], "that was before"
    assert lifecycle.redial(told_so(ringing=1, answered=2, released=9), later(ringing=20, answered=25)) == []


HOUR, DAY = 3_600_000, 86_400_000


def test_a_switchboard_that_counts_anew_loses_no_call() -> None:
    old = told_so(ringing=0, answered=5_000, released=60_000)
    assert lifecycle.meant([], 0) is None
    assert lifecycle.meant([old], 61_000) == old, "told late, of the call that is over"
    assert lifecycle.meant([old], 60_000 + HOUR + 1) is None, "the same name long after is another call"
    new = msgspec.structs.replace(told_so(ringing=2 * DAY), nth=2)
    assert lifecycle.meant([new, old], 2 * DAY + 1_000) == new
    assert lifecycle.meant([new, old], 59_000) == old, (
        "and what is told late of the first is still the first's"
    )


def test_a_call_whose_end_was_never_told_is_not_taken_for_tomorrows() -> None:
    hanging = told_so(ringing=0, answered=5_000)
    assert lifecycle.meant([hanging], 2 * HOUR) == hanging, "people do talk for two hours"
    assert lifecycle.meant([hanging], 5_000 + DAY + 1) is None
