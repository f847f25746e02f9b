"""Matcher promise: a condition holds exactly when everything it names holds; words are found as words and never kept."""

from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.conditions import MOST_ALARMS, Subject, To, When, holds
from dispatch.rules import Rules, Standing, timers_for
from dispatch.signs import Sign, is_word, labels_in
from dispatch.standings import shipped_rules
from geo.cells import cell15, cell_text, disk, parent

NOW_MS = 1_800_000_000_000
SHIPPED = shipped_rules()
STATION, DISTRICT, CITY = UUID(int=3), UUID(int=2), UUID(int=1)
LINE = {"station": STATION, "district": DISTRICT, "city": CITY}
TREE = {"100": (), "110": ("100",), "111": ("110", "100"), "200": ()}
LABELS = ("weapon", "hazard", "child", "drunk")


class Hills:
    """A ground of one line of three rooms and four types."""

    def is_kind(self, code: str, of: str) -> bool:
        return code == of or of in TREE.get(code, ())

    def lies_under(self, room_id: UUID, code: str) -> bool:
        line = [STATION, DISTRICT, CITY]
        return code in LINE and line.index(LINE[code]) >= line.index(room_id)

    def is_hazard(self, label: str) -> bool:
        return label in ("weapon", "hazard")

    def addressed(self, room_id: UUID, to: To) -> UUID | None:
        line = [STATION, DISTRICT, CITY]
        line = line[line.index(room_id) :]
        return line[to.above] if to.above is not None and to.above < len(line) else None

    def pace(self, rule: str, room_id: UUID) -> float:  # noqa: ARG002
        return 1.0


GROUND = Hills()
PLACE = cell15(114.02, 22.54)
codes = st.sampled_from(sorted(TREE))
subjects = st.builds(
    Subject,
    type=st.none() | codes,
    priority=st.integers(1, 4),
    labels=st.lists(st.sampled_from(LABELS), unique=True).map(tuple),
    source=st.none() | st.sampled_from(["call", "sms", "call_point"]),
    room_id=st.sampled_from([STATION, DISTRICT, CITY]),
    cell15=st.none() | st.just(PLACE),
    alarms=st.integers(1, MOST_ALARMS),
)
parts: dict[str, st.SearchStrategy[object]] = {
    "types": st.lists(codes, max_size=2).map(tuple),
    "priorities": st.lists(st.integers(1, 4), max_size=3).map(tuple),
    "labels": st.lists(st.sampled_from(LABELS), max_size=2).map(tuple),
    "without_labels": st.lists(st.sampled_from(LABELS), max_size=2).map(tuple),
    "signs": st.lists(st.sampled_from(LABELS), max_size=2).map(tuple),
    "sources": st.lists(st.sampled_from(["call", "sms"]), max_size=2).map(tuple),
    "rooms": st.lists(st.sampled_from(sorted(LINE)), max_size=2).map(tuple),
    "cells": st.lists(
        st.sampled_from([cell_text(parent(PLACE, 9)), cell_text(disk(parent(PLACE, 7), 1)[3])])
    ).map(tuple),
    "hazard": st.booleans(),
    "alarms": st.integers(0, MOST_ALARMS),
}
conditions = st.fixed_dictionaries({}, optional=parts).map(lambda given: When(**given))  # type: ignore[arg-type]


@settings(deadline=None)
@given(conditions, subjects)
def test_it_holds_exactly_when_each_part_alone_holds(when: When, subject: Subject) -> None:
    alone = [When(**{name: getattr(when, name)}) for name in When.__struct_fields__]
    assert holds(when, subject, GROUND) == all(holds(one, subject, GROUND) for one in alone)


@settings(deadline=None)
@given(subjects)
def test_what_names_nothing_means_every_incident(subject: Subject) -> None:
    assert When().is_everything
    assert When(priorities=(1, 2, 3, 4)).is_everything
    assert holds(When(), subject, GROUND)


@settings(deadline=None)
@given(conditions, subjects)
def test_only_what_means_everything_says_so(when: When, subject: Subject) -> None:
    assert not when.is_everything or holds(when, subject, GROUND)


@settings(deadline=None)
@given(subjects)
def test_a_subtree_is_the_type_and_all_below_it_and_nothing_else(subject: Subject) -> None:
    below = {code for code in TREE if code == "110" or "110" in TREE[code]}
    assert holds(When(types=("110",)), subject, GROUND) == (subject.type in below)


@settings(deadline=None)
@given(subjects)
def test_a_room_means_what_lies_below_it_too(subject: Subject) -> None:
    assert holds(When(rooms=("city",)), subject, GROUND)
    assert holds(When(rooms=("district",)), subject, GROUND) == (subject.room_id != CITY)


def test_a_cell_of_any_size_holds_what_lies_in_it() -> None:
    here = Subject(type=None, priority=3, labels=(), source=None, room_id=CITY, cell15=PLACE, alarms=1)
    for res in range(16):
        assert holds(When(cells=(cell_text(parent(PLACE, res)),)), here, GROUND)
    beside = cell_text(disk(parent(PLACE, 9), 1)[2])
    assert holds(When(cells=(beside,)), here, GROUND) == (beside == cell_text(parent(PLACE, 9)))


@settings(deadline=None)
@given(subjects, st.integers(0, 4))
def test_a_rule_that_speaks_to_a_room_that_is_not_there_does_not_apply(subject: Subject, above: int) -> None:
    rule = next(one for one in shipped_rules().rules if one.id == "not_dispatched_above")
    rule = type(rule)(
        **{name: getattr(rule, name) for name in rule.__struct_fields__} | {"to": To(above=above)}
    )
    standing = Standing(
        noun="incident", id=UUID(int=7), state="received", moments={"unassigned": NOW_MS}, of=subject,
        priority=subject.priority,
    )  # fmt: skip
    wanted = timers_for(standing, Rules(1, (rule,)), NOW_MS, GROUND)
    assert bool(wanted) == (GROUND.addressed(subject.room_id, To(above=above)) is not None)


@settings(deadline=None)
@given(st.lists(conditions, max_size=3), st.lists(subjects, min_size=1, max_size=6))
def test_a_rule_applies_exactly_when_one_of_its_conditions_holds_however_often_it_is_asked(
    when: list[When], asked: list[Subject]
) -> None:
    rules = Rules(1, (msgspec.structs.replace(SHIPPED.by_id["not_dispatched"], when=tuple(when)),))
    for subject in [*asked, *asked]:
        standing = Standing(
            noun="incident", id=UUID(int=7), state="received", moments={"unassigned": NOW_MS}, of=subject,
            priority=subject.priority,
        )  # fmt: skip
        meant = not when or any(holds(one, subject, GROUND) for one in when)
        assert bool(timers_for(standing, rules, NOW_MS, GROUND)) == meant


SIGNS = (Sign(label="weapon", words=("刀", "knife")), Sign(label="gun", words=("开枪", "shots fired")))


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_chinese_words_are_found_wherever_they_stand(before: str, after: str) -> None:
    assert "weapon" in labels_in(SIGNS, f"{before}刀{after}")


@settings(deadline=None)
@given(st.text("abcxyz ", max_size=10))
def test_a_word_in_letters_has_to_stand_by_itself(beside: str) -> None:
    assert ("weapon" in labels_in(SIGNS, f"{beside}knife")) == (not beside or beside.endswith(" "))


def test_width_case_and_line_breaks_do_not_hide_a_word() -> None:
    assert labels_in(SIGNS, "ＳＨＯＴＳ\n fired！", None) == ("gun",)
    assert labels_in(SIGNS, None, "") == ()


def test_what_says_too_little_is_no_word() -> None:
    assert [is_word(word) for word in ("刀", "knife", "", " ", "a", "at", "...")] == [True, True] + [
        False
    ] * 4 + [True]
