"""Plan file promise: a plan that could not be carried out is refused before it counts, in a sentence naming plan and step."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dispatch.plans.faults import faults
from dispatch.plans.file import Field, Hours, Match, Plan, Point, Step, shipped
from dispatch.plans.matching import Look, fits, within
from dispatch.rules import Phrase
from incidents.types import shipped_tree

TREE = shipped_tree()
WANTED = {
    "armed_person", "robbery_in_progress", "pursuit", "hostage", "suicide_threat", "suspected_explosive", "domestic_violence",
    "assault_on_officer", "missing_person", "major_traffic_accident", "fire_support", "flood", "crowd_crush", "school_incident",
}  # fmt: skip
DO = Phrase("做", "do")


def plan(*steps: Step, **more: Any) -> Plan:
    given: dict[str, Any] = {"code": "p", "name": DO, "match": (Match(types=("100200",)),), "steps": steps}
    return Plan(**(given | more))


def step(key: str = "s", **more: Any) -> Step:
    given: dict[str, Any] = {"key": key, "title": DO}
    return Step(**(given | more))


def test_the_shipped_plans_are_all_there_and_without_fault() -> None:
    assert {one.code for one in shipped()} == WANTED
    assert faults(shipped().plans, TREE, ()) == []


def test_every_shipped_plan_is_said_in_both_languages() -> None:
    for one in shipped():
        for phrase in (one.name, one.purpose, *(step.title for step in one.steps)):
            assert phrase is not None, one.code
            assert any("\u4e00" <= ch <= "\u9fff" for ch in phrase.zh), phrase
            assert not any("\u4e00" <= ch <= "\u9fff" for ch in phrase.en), phrase


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (plan(step(), step()), "Plan p has the step s twice"),
        (plan(step(tier="province")), "Plan p, step s names the tier 'province'"),
        (plan(step(role="king")), "Plan p, step s names the role 'king'"),
        (plan(step(kind="dance")), "Plan p, step s names the kind 'dance'"),
        (plan(step(after=("t",))), "Plan p, step s comes after 't'"),
        (plan(step("a", after=("b",)), step("b", after=("c",)), step("c", after=("a",))), "waits for itself: a after b after c after a"),
        (plan(step(), match=(Match(types=("000000",)),)), "Plan p matches the type '000000'"),
        (plan(step(), match=(Match(labels=("glitter",)),)), "Plan p matches the label 'glitter'"),
        (plan(step(), match=(Match(rooms=("moon",)),)), "Plan p matches the room 'moon'"),
        (plan(step(), match=(Match(),)), "names nothing"),
        (plan(step(), match=(Match(types=("100200",), hours=Hours("7:30", "24:00")),)), "the time '7:30'"),
        (plan(step(), automatic=True, match=()), "is automatic and matches nothing"),
        (plan(), "has 0 steps"),
        (plan(step(kind="report")), "report of no stage"),
        (plan(step(kind="report", stage="first")), "never due"),
        (plan(step(due_s=1.0)), "outside 30 seconds"),
        (plan(step(kind="cordon")), "no usable width"),
        (plan(step(kind="checkpoint", place=Point(999.0, 0.0, "x"))), "place on earth"),
        (plan(step(minutes=3.0)), "which only a cordon has"),
        (plan(step(kind="notification", to=("nobody",))), "rings 'nobody'"),
        (plan(step(kind="order", units=0)), "no number of units"),
        (plan(step(kind="order", skills=("magic",))), "needs the skill 'magic'"),
        (plan(step(title=Phrase("", "do"))), "lacks a language"),
        (plan(step(form=(Field("a", "甲", "A"), Field("a", "乙", "B")))), "asks for a twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_fault_is_one_sentence_with_its_place(broken: Plan, said: str) -> None:
    found = faults([broken], TREE, ("city",))
    assert any(said in one for one in found), found
    assert all(one.endswith(".") and "\n" not in one for one in found)


def test_a_plan_that_stands_twice_is_refused() -> None:
    assert faults([plan(step()), plan(step())], TREE, ()) == ["Plan p stands twice."]


LOOK = Look(
    ("100211", "100210", "100200", "100000"),
    1,
    ("weapon",),
    ("north", "city"),
    "阳光小学东门",
    datetime(2026, 5, 1, 8, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("match", "fitting"),
    [
        (Match(types=("100200",)), True),
        (Match(types=("200000",)), False),
        (Match(priority=2), True),
        (Match(priority=1), True),
        (Match(labels=("weapon",)), True),
        (Match(labels=("weapon", "child")), False),
        (Match(rooms=("city",)), True),
        (Match(rooms=("south",)), False),
        (Match(words=("小学",)), True),
        (Match(words=("医院",)), False),
        (Match(hours=Hours("08:00", "09:00", (5,))), True),
        (Match(hours=Hours("08:00", "09:00", (6, 7))), False),
        (Match(types=("100200",), words=("医院",)), False),
    ],
)
def test_a_match_counts_in_all_its_ways(match: Match, fitting: bool) -> None:
    assert fits(match, LOOK) is fitting


def test_less_urgent_does_not_match_what_asks_for_urgency() -> None:
    assert not fits(Match(priority=1), msgspec.structs.replace(LOOK, priority=2))


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (datetime(2026, 5, 1, 23, 0, tzinfo=UTC), True),  # Friday night
        (datetime(2026, 5, 2, 1, 0, tzinfo=UTC), True),  # the same night, though Saturday by the calendar
        (datetime(2026, 5, 2, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 5, 1, 1, 0, tzinfo=UTC), False),  # Thursday's night
        (datetime(2026, 5, 1, 12, 0, tzinfo=UTC), False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at: datetime, inside: bool) -> None:
    assert within(Hours("22:00", "02:00", (5,)), at) is inside
