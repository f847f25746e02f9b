"""A run card asks for units by kind and skill; what is chosen is seated as well as can be, what lacks is said."""

from itertools import combinations, permutations
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.response import SENTENCES, Requirement, compose, shortfalls, suitable
from incidents.reasons import Reason, sentence
from incidents.types import Seat, shipped_tree
from tests.harness.carded import requirement

TREE = shipped_tree()
ROBBERY, FIRE, NOISE, COMPLAINT, SUICIDE = "100200", "400100", "200250", "950200", "500800"


class Unit(NamedTuple):
    kind: str = "car"
    skills: tuple[str, ...] = ()
    unit_class: str = "regular"

    @property
    def abilities(self) -> frozenset[str]:
        return frozenset(self.skills)


CAR, FOOT, ARMED, GUARD = (
    Unit(),
    Unit("foot"),
    Unit(skills=("firearms",)),
    Unit("foot", unit_class="auxiliary"),
)


def said(reasons: list[Reason] | tuple[Reason, ...], language: str = "en") -> list[str]:
    return [sentence(reason, SENTENCES, "zh" if language == "zh" else "en") for reason in reasons]


def test_a_robbery_at_p1_asks_for_more_than_the_same_at_p2() -> None:
    assert requirement(TREE, ROBBERY, 1).count == 3
    assert requirement(TREE, ROBBERY, 2).count == 2


def test_a_raised_response_level_asks_for_more() -> None:
    counts = [requirement(TREE, FIRE, 1, level).count for level in (1, 2, 3, 4)]
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2] == counts[3]


def test_a_complaint_asks_for_nobody_until_it_turns_urgent() -> None:
    assert requirement(TREE, COMPLAINT, 4).count == 0
    assert requirement(TREE, COMPLAINT, 2).count == 1


def test_what_is_not_yet_known_gets_a_patrol_and_two_when_lives_are_in_danger() -> None:
    assert requirement(TREE, None, 2).count == 1
    assert requirement(TREE, None, 1).count == 2
    assert shortfalls(TREE, requirement(TREE, None, 1), [CAR, FOOT]) == []


def test_a_unit_is_suitable_with_its_reasons() -> None:
    found = suitable(TREE, requirement(TREE, ROBBERY, 1), ARMED)
    assert found.fits
    assert said(found.reasons) == ["right kind of unit: car", "has firearms"]
    assert said(found.reasons, "zh") == ["警车可用", "具备持枪"]


def test_a_unit_that_does_not_fit_is_told_what_keeps_it_from_the_closest_seat() -> None:
    found = suitable(TREE, requirement(TREE, ROBBERY, 1), FOOT)
    assert not found.fits
    assert said(found.why_nots) == ["needs car or motorcycle, is foot patrol"]
    boat = suitable(
        TREE, Requirement((Seat(1, ("car",), ("negotiation", "firearms")),), auxiliary=False), Unit("boat")
    )
    assert said(boat.why_nots) == ["needs car, is boat", "lacks negotiation and firearms"]


def test_any_regular_unit_suits_what_asks_for_none() -> None:
    found = suitable(TREE, requirement(TREE, COMPLAINT, 4), FOOT)
    assert found.fits
    assert said(found.reasons) == ["this type asks for no unit"]


def test_auxiliaries_are_notified_and_never_ordered() -> None:
    found = suitable(TREE, requirement(TREE, NOISE, 4), GUARD)
    assert (found.fits, found.notify) == (False, True)
    assert said(found.why_nots) == ["auxiliary: is notified, not ordered"]


def test_auxiliaries_never_go_to_weapons_even_when_only_an_answer_speaks_of_them() -> None:
    assert not suitable(TREE, requirement(TREE, ROBBERY, 1), GUARD).notify
    assert not suitable(TREE, requirement(TREE, NOISE, 4, labels=["weapon"]), GUARD).notify


def test_auxiliaries_fill_no_seat_and_stand_nowhere_alone() -> None:
    short = shortfalls(TREE, requirement(TREE, NOISE, 4), [GUARD])
    assert said(short) == ["1 short: car or motorcycle or foot patrol", "auxiliaries may not be there alone"]
    assert shortfalls(TREE, requirement(TREE, NOISE, 4), [GUARD, FOOT]) == []
    excluded = shortfalls(TREE, requirement(TREE, ROBBERY, 2), [ARMED, CAR, GUARD])
    assert said(excluded) == ["auxiliaries may not go to this incident"]


def test_what_is_short_is_said_per_seat_in_both_languages() -> None:
    short = shortfalls(TREE, requirement(TREE, ROBBERY, 1), [CAR])
    assert said(short) == ["1 short: car with firearms", "1 short: car or motorcycle"]
    assert said(short, "zh") == ["缺1组警车（持枪）", "缺1组警车或摩托车"]
    assert short[0].params["skills"] == ("firearms",)


def test_nothing_is_short_when_a_unit_can_move_to_a_seat_only_it_fits() -> None:
    # The armed car comes first and would take the plain seat; the plain car could then not take the armed one.
    needed = Requirement((Seat(1, ("car",)), Seat(1, ("car",), ("firearms",))), auxiliary=False)
    assert shortfalls(TREE, needed, [ARMED, CAR]) == []


def test_the_first_wave_takes_the_nearest_that_fit_and_reaches_far_for_a_rare_skill() -> None:
    ranked = [CAR, FOOT, CAR, CAR, Unit("foot", ("negotiation",))]
    assert compose(requirement(TREE, SUICIDE, 1), ranked) == [0, 4]


def test_a_skill_the_tree_does_not_name_is_shown_as_it_is_written() -> None:
    needed = Requirement((Seat(1, ("car",), ("sled dogs",)),), auxiliary=False)
    assert said(shortfalls(TREE, needed, [])) == ["1 short: car with sled dogs"]


@pytest.mark.parametrize("key", SENTENCES)
def test_every_sentence_is_there_in_both_languages(key: str) -> None:
    zh, en = SENTENCES[key]
    assert zh
    assert en.isascii()


units = st.builds(
    Unit,
    st.sampled_from(["car", "foot"]),
    st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    st.sampled_from(["regular", "regular", "regular", "auxiliary"]),
)
seats = st.builds(
    Seat,
    st.integers(1, 2),
    st.sampled_from([("car",), ("foot",), ("car", "foot")]),
    st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
)


def can_all_sit(needed: Requirement, chosen: tuple[Unit, ...]) -> bool:
    chairs = [seat for seat in needed.seats for _ in range(seat.count)]
    return any(
        all(
            unit.unit_class == "regular"
            and unit.kind in chair.kinds
            and set(chair.skills) <= set(unit.skills)
            for unit, chair in zip(chosen, sitting, strict=True)
        )
        for sitting in permutations(chairs, len(chosen))
    )


@given(st.lists(seats, max_size=3), st.lists(units, max_size=5))
def test_no_other_set_of_units_fills_more_or_better_seats(asked: list[Seat], ranked: list[Unit]) -> None:
    needed = Requirement(tuple(asked), auxiliary=True)
    best: tuple[int, ...] = ()
    for size in range(1, min(len(ranked), needed.count) + 1):
        # combinations come in order of rank, so the first that can sit is the best of its size
        sets = (places for places in combinations(range(len(ranked)), size))
        best = next((p for p in sets if can_all_sit(needed, tuple(ranked[i] for i in p))), best)
    assert tuple(compose(needed, ranked)) == best
    missing = [
        reason.params["missing"] for reason in shortfalls(TREE, needed, ranked) if "missing" in reason.params
    ]
    assert sum(int(str(number)) for number in missing) == needed.count - len(best)
