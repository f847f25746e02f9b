"""An alarm's first priority is never lower than what is not yet known allows, and its labels say what is not known."""

from collections.abc import Mapping
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import UnknownType
from incidents.model import AlarmSource
from incidents.triage import LABELS, Circumstances, Triage, UnknownAnswer, assess, is_armed
from incidents.types import IncidentType, shipped_tree

TREE = shipped_tree()
CRASH, FIGHT, ROBBERY, LOST_PROPERTY, CRIME = "300100", "200100", "100200", "500200", "100000"
HOME = Circumstances(placed=True)
SPOKEN = Circumstances(placed=True, answered=True)


def assessed(
    kind: str | None,
    source: AlarmSource = "call",
    known: Circumstances = SPOKEN,
    answers: Mapping[str, str] | None = None,
) -> Triage:
    return assess(TREE, kind, answers or {}, source, known)


def test_an_unanswered_press_is_an_unverified_p2() -> None:
    assert assessed(None, "call_point", HOME) == Triage(2, ("unverified",))


def test_an_unanswered_press_of_a_bank_is_as_urgent_as_the_bank_says() -> None:
    assert assessed("100212", "call_point", HOME) == Triage(1, ("unverified", "sensitive"))


def test_an_unanswered_press_is_never_below_p2_whatever_its_point_is_for() -> None:
    assert assessed(LOST_PROPERTY, "call_point", HOME).priority == 2
    assert assessed(LOST_PROPERTY, "call_point", SPOKEN) == Triage(4, ())


def test_a_call_without_a_type_is_routine_until_known() -> None:
    assert assessed(None) == Triage(3, ())


@pytest.mark.parametrize("speechless", ["silent", "abandoned", "cannot_talk"])
def test_who_cannot_speak_is_urgent_and_labelled(speechless: str) -> None:
    triage = assessed(None, known=Circumstances(placed=True, answered=True, **{speechless: True}))
    assert triage == Triage(2, (speechless,))


def test_a_type_of_the_first_level_only_raises() -> None:
    assert assessed("700000").priority == 1
    assert assessed("950000").priority == 3
    assert assessed(CRIME, "panel", HOME).priority == 2


def test_the_types_own_priority_holds_until_an_answer_proposes_another() -> None:
    assert assessed(CRASH).priority == 2
    assert assessed(CRASH, answers={"crash_injured": "unknown"}).priority == 2
    assert assessed(CRASH, answers={"crash_injured": "yes"}) == Triage(1, ("injured",))
    assert assessed(CRASH, answers={"crash_injured": "no"}) == Triage(3, ())


def test_of_several_answers_the_most_urgent_counts() -> None:
    answers = {"blocking": "yes", "crash_injured": "no"}
    assert assessed(CRASH, answers=answers) == Triage(2, ("blocking",))


def test_no_answer_lowers_what_is_p1_by_its_type() -> None:
    assert assessed(ROBBERY, answers={"in_progress": "no"}).priority == 1


def test_an_answer_lowers_no_press_that_nobody_answered() -> None:
    assert assessed(CRASH, "call_point", HOME, {"crash_injured": "no"}).priority == 2


def test_labels_stand_in_one_order_and_once() -> None:
    known = Circumstances(placed=False, silent=True, exercise=True, nuisance=True)
    answers = {"weapon": "blade", "in_progress": "yes"}
    labels = ("exercise", "unverified", "no_place", "silent", "nuisance", "in_progress", "weapon")
    assert assessed(FIGHT, known=known, answers=answers).labels == labels


def test_a_nuisance_number_waits_no_longer_than_another() -> None:
    known = Circumstances(placed=True, answered=True, nuisance=True)
    for kind in TREE:
        assert assessed(kind.code, known=known).priority == assessed(kind.code).priority


def test_an_answer_to_a_question_that_was_not_asked_is_refused_by_name() -> None:
    with pytest.raises(UnknownAnswer, match="Type 300100 does not ask 'weapon'"):
        assessed(CRASH, answers={"weapon": "none"})
    with pytest.raises(UnknownAnswer, match="without a type does not ask 'weapon'"):
        assessed(None, answers={"weapon": "none"})


def test_an_answer_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownAnswer, match="choose one of none, blade, firearm, unknown"):
        assessed(FIGHT, answers={"weapon": "spoon"})


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType, match="123456"):
        assessed("123456")


def test_labels_of_weapons_are_known_as_such() -> None:
    assert is_armed(TREE, ["injured", "weapon"])
    assert is_armed(TREE, ["firearm"])
    assert not is_armed(TREE, ["injured", "unverified", "of another city"])


@st.composite
def alarms(draw: st.DrawFn) -> tuple[IncidentType, dict[str, str], AlarmSource, Circumstances]:
    kind = draw(st.sampled_from(list(TREE)))
    given_to = draw(st.sets(st.sampled_from(kind.questions))) if kind.questions else set()
    answers = {q.key: draw(st.sampled_from(q.answers)).code for q in given_to}
    known = Circumstances(
        placed=draw(st.booleans()),
        answered=draw(st.booleans()),
        silent=draw(st.booleans()),
        abandoned=draw(st.booleans()),
        cannot_talk=draw(st.booleans()),
        exercise=draw(st.booleans()),
    )
    return kind, answers, draw(st.sampled_from(get_args(AlarmSource))), known


@given(alarms())
def test_every_alarm_gets_a_priority_and_labels_people_can_read(
    alarm: tuple[IncidentType, dict[str, str], AlarmSource, Circumstances],
) -> None:
    kind, answers, source, known = alarm
    triage = assess(TREE, kind.code, answers, source, known)
    assert triage.priority in {1, 2, 3, 4}
    assert kind.priority > 1 or triage.priority == 1
    assert ("unverified" in triage.labels) <= (triage.priority <= 2)
    assert ("no_place" in triage.labels) == (not known.placed)
    assert all(label in LABELS or label in TREE.labels for label in triage.labels)
