"""Whatever is known of an incident, exactly one card is its card: the most specific that means it, at every level and hour."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.cards.faults import Known, covers, faults
from dispatch.cards.file import Card, CardSet, Wave, added, derived
from dispatch.cards.matching import Look, card_of, demand, means, specific
from dispatch.conditions import When
from dispatch.plans.file import Hours
from dispatch.rules import Phrase
from incidents.triage import LABELS
from incidents.types import Seat, shipped_tree
from tests.harness.carded import NOON, Plain, subject

TREE = shipped_tree()
CITY = Plain(TREE)
TYPES = [kind.code for kind in TREE]
ONE = Wave((Seat(1, ("car",)),))
LEVELS = ("level_4", "level_3", "level_2", "level_1")
KNOWN = Known(
    TREE, ("city", "north"), LEVELS, LABELS, {("car", frozenset({"firearms"})), ("foot", frozenset())}
)


def card(code: str, **more: Any) -> Card:
    return msgspec.structs.replace(Card(code=code, name=Phrase(code, code), waves=(ONE,)), **more)


def under(room: str, above: str) -> bool:
    return above in (room, "city")


ANY = card("any")
looks = st.builds(
    lambda type_, priority, labels, duty, response, hours: Look(
        subject=subject(type_, priority, labels), at=NOON + timedelta(hours=hours), duty=duty, response=response
    ),
    st.sampled_from([None, *TYPES[:60], "no such type"]), st.integers(1, 4),
    st.lists(st.sampled_from(["firearm", "weapon", "child"]), unique=True), st.sampled_from(LEVELS), st.integers(1, 4),
    st.integers(0, 167),
)  # fmt: skip
cards = st.lists(
    st.builds(
        lambda types, labels, duty, response, night: (
            When(types=tuple(types), labels=tuple(labels)), tuple(duty), tuple(response),
            Hours("22:00", "06:00") if night else None,
        ),
        st.lists(st.sampled_from(TYPES[:60]), max_size=3, unique=True), st.lists(st.sampled_from(["firearm", "child"]), unique=True),
        st.lists(st.sampled_from(LEVELS), max_size=2, unique=True), st.lists(st.integers(1, 4), max_size=2, unique=True),
        st.booleans(),
    ), max_size=12,
)  # fmt: skip


def file_of(parts: list[Any]) -> list[Card]:
    made = [
        card(f"c{n}", when=when, duty=duty, response=response, hours=hours)
        for n, (when, duty, response, hours) in enumerate(parts)
    ]
    return [*made, ANY]


def nearness(one: Card, look: Look) -> int:
    """How near the type of a card lies to that of the incident; 0: it names none."""
    type_ = look.subject.type
    lineage = TREE.get(type_).lineage if type_ is not None and type_ in TREE else ()
    return max((len(lineage) - lineage.index(code) for code in one.when.types if code in lineage), default=0)


@given(cards, looks)
def test_of_all_that_mean_it_none_is_more_specific_and_of_two_alike_the_first_counts(
    parts: list[Any], look: Look
) -> None:
    file = file_of(parts)
    found = card_of(CardSet(1, tuple(file)), look, CITY)
    meant = [one for one in file if means(one, look, CITY)]
    assert found in meant
    best = max((nearness(one, look), *specific(one)) for one in meant)
    assert found == next(one for one in meant if (nearness(one, look), *specific(one)) == best)


@given(looks)
def test_the_tree_s_own_cards_serve_every_incident_and_ask_for_somebody_where_it_is_urgent(
    look: Look,
) -> None:
    asked = demand(derived(TREE), look, CITY)
    assert len(asked.waves) == len(asked.afters) >= 1
    if look.subject.priority <= 2:
        assert asked.first.count >= 1


@given(looks, st.integers(1, 3))
def test_a_stronger_answer_never_asks_for_fewer(look: Look, response: int) -> None:
    weak, strong = (
        demand(derived(TREE), msgspec.structs.replace(look, response=r), CITY).first.count
        for r in (response, response + 1)
    )
    assert (
        strong >= weak or look.subject.priority == 1
    )  # what only lives in danger ask for is part of a stronger level


def test_the_tree_s_own_cards_can_be_used_as_they_are() -> None:
    found = faults(derived(TREE).cards, msgspec.structs.replace(KNOWN, units=()), under)
    assert found == []


def test_what_a_stronger_level_adds_is_counted_seat_by_seat() -> None:
    car, armed = Seat(2, ("car",)), Seat(1, ("car",), ("firearms",))
    assert added((Seat(1, ("car",)), armed), (car, armed, Seat(1, ("foot",)))) == (
        Seat(1, ("car",)),
        Seat(1, ("foot",)),
    )


FILES = {
    "Run card x: when.types names the type 'no', which is not in the type tree.": [card("x", when=When(types=("no",)))],
    "Run card x stands twice.": [card("x", when=When(types=("100000",))), card("x", when=When(types=("200000",)))],
    "Run card x: duty names the duty level 'nine', there is none of that code.": [card("x", duty=("nine",))],
    "Run card x: when.rooms names the room 'mars', which this city has not.": [card("x", when=When(rooms=("mars",)))],
    "Run card x: waves[0].seats[0] asks for car with bomb, and no unit of this city is one; take the skill out or enter "
    "such a unit.": [card("x", when=When(types=("100000",)), waves=(Wave((Seat(1, ("car",), ("bomb",)),)),))],
    "Run card x: waves[1].after is 'at_once'; the first wave goes at_once, those that follow unaccepted or asked.": [
        card("x", waves=(ONE, ONE))
    ],
    "Run card x: when can never be met, any comes before it for all that it means; take it out or ask for more.": [
        ANY,
        card("x"),
    ],
    "Run card x: hours begins and ends at the same time, so it would never hold.": [
        card("x", hours=Hours("08:00", "08:00"))
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", FILES)
def test_what_cannot_be_used_is_refused_in_one_sentence_that_names_card_and_field(said: str) -> None:
    file = FILES[said]
    assert said in faults(file if ANY in file else [*file, ANY], KNOWN, under)


def test_a_type_that_has_a_card_only_at_some_hours_is_a_gap() -> None:
    file = [card("night", when=When(types=("100000",)), hours=Hours("22:00", "06:00"))]
    found = faults(file, KNOWN, under)
    assert found[0].startswith("No run card is for incidents whose type is not known yet")
    assert any(one.startswith("Type 100000 ") for one in found)
    assert faults([*file, ANY], KNOWN, under) == []


@given(cards, looks)
def test_a_card_that_is_called_unreachable_is_never_the_one(parts: list[Any], look: Look) -> None:
    file = file_of(parts)
    hidden = {one.split()[2].rstrip(":") for one in faults(file, KNOWN, under) if "can never be met" in one}
    assert card_of(CardSet(1, tuple(file)), look, CITY).code not in hidden


@given(cards, looks)
def test_a_card_that_covers_another_means_all_that_it_means(parts: list[Any], look: Look) -> None:
    for one in file_of(parts):
        for other in file_of(parts):
            bare = msgspec.structs.replace(one, when=msgspec.structs.replace(one.when, types=()))
            if covers(one, other, under) and means(other, look, CITY):
                assert means(bare, look, CITY)
