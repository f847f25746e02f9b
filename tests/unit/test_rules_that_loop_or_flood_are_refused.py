"""Validator promise: no file gets in that starts itself again or speaks at everything; what is refused is named in a sentence."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import standings
from dispatch.conditions import When
from dispatch.desk.escalating import EFFECTS
from dispatch.floods import TRAITS, floods, loop
from dispatch.plans.file import shipped
from dispatch.rules import Rule, RuleFile
from dispatch.soundness import Known, faults
from dispatch.standings import NOUNS, shipped_file, shipped_rules
from incidents.triage import LABELS
from incidents.types import shipped_tree

CITY = Known(shipped_tree(), {"city", "north"}, {"city", "district", "station"}, LABELS, shipped().by_code)


def rule(**changes: Any) -> dict[str, Any]:
    """A sound rule that raises what is P1, with changes."""
    sound: dict[str, Any] = {
        "id": "up", "noun": "incident", "states": ["received", "dispatched"], "since": "opened", "after_s": 0,
        "effect": "raise_monitor", "to": {"above": 1}, "when": [{"priorities": [1]}],
        "what": {"zh": "报{to}", "en": "{to} is told"}, "then": {"zh": "{after}", "en": "{after}"},
    }  # fmt: skip
    return sound | changes


def wrong(*rules: dict[str, Any], **more: Any) -> list[str]:
    file = msgspec.convert({"rules": list(rules), **more}, RuleFile)
    return faults(file, NOUNS, frozenset(EFFECTS), CITY)


def test_the_shipped_file_is_sound_in_a_city_of_its_own() -> None:
    assert faults(msgspec.convert(shipped_file(), RuleFile), NOUNS, frozenset(EFFECTS), CITY) == []
    assert wrong(rule()) == []


def test_every_trait_is_that_of_an_effect_there_is() -> None:
    assert set(TRAITS) <= set(EFFECTS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"when": []}, "Rule up would fire for every single incident within 10 s, a flood"),
        ({"when": [{"priorities": [1, 2, 3, 4]}]}, "for every single incident"),
        ({"when": [{"types": ["100000"]}, {}]}, "for every single incident"),
        ({"since": "reported", "flags": ["surge"]}, "would fire again with every new 'reported', a flood"),
        ({"since": "rang", "after_s": 30}, "would fire again with every new 'rang', a flood"),
        ({"since": "raised", "flags": ["raised"], "after_s": 60}, "Rule up starts itself again: up → up."),
        ({"effect": "next_wave", "noun": "assignment", "states": ["ordered"], "since": "ordered", "after_s": 90},
         "Rule up starts itself again: up → up."),
        ({"to": None}, "does not say to which room above"),
        ({"to": {"above": 0}}, "does not say to which room above"),
        ({"to": {}}, "by above or by tier"),
        ({"to": {"above": 1, "tier": "city"}}, "by above or by tier"),
        ({"to": {"above": 9}}, "a room 9 above"),
        ({"to": {"tier": "province"}}, "the tier 'province'; this city has city, district, station"),
        ({"when": [{"types": ["nope"]}]}, "names the type 'nope', which the type tree does not know"),
        ({"when": [{"rooms": ["nope"]}]}, "names the room 'nope', which this city has not"),
        ({"when": [{"labels": ["nope"]}]}, "names the label 'nope', which nothing gives to an incident"),
        ({"when": [{"signs": ["weapon"]}]}, "names the sign 'weapon', and this file has no sign"),
        ({"when": [{"cells": ["xyz"]}]}, "names a cell that is none"),
        ({"when": [{"priorities": [5]}]}, "names the priority 5"),
        ({"when": [{"alarms": 9}]}, "asks for 9 alarms"),
        ({"effect": "burn_down"}, "names the effect 'burn_down', which incident does not know"),
        ({"effect": "activate_plan"}, "has the effect 'activate_plan' and does not say plan; give it in args"),
        ({"effect": "activate_plan", "args": {"plan": "nope"}}, "activates the plan 'nope', which this city has not"),
        ({"effect": "activate_plan", "args": {"plan": "flood"}, "when": []}, "for every single incident within 10 s, a flood"),
        ({"effect": "activate_plan", "args": {"plan": "flood"}, "noun": "task", "states": ["open"], "since": "due"},
         "Rule up starts itself again: up → up."),
        ({"effect": "activate_plan", "args": {"plan": "flood"}, "noun": "unit", "states": ["break"], "since": "duty_until"},
         "works on agency_request, assignment, emergency, incident, plan, task only, not on unit"),
        ({"effect": "demand"}, "has the effect 'demand' and does not say due_s"),
        ({"effect": "demand", "args": {"due_s": "soon"}}, "says due_s 'soon'; a demand is due after whole seconds"),
        ({"effect": "demand", "args": {"due_s": "0"}}, "says due_s '0'"),
        ({"effect": "demand", "args": {"due_s": "604801"}}, "says due_s '604801'"),
        ({"effect": "declare_surge"}, "has the effect 'declare_surge' and does not say sign; give it in args"),
        ({"effect": "declare_surge", "args": {"sign": "weapon"}}, "this file has no sign of that label that counts repeats"),
        ({"effect": "declare_surge", "args": {"sign": "weapon"}, "when": []}, "for every single incident within 10 s, a flood"),
        ({"effect": "declare_surge", "args": {"sign": "weapon"}, "since": "reported", "after_s": 60}, "Rule up starts itself again: up → up."),
        ({"effect": "end_break"}, "works on unit only, not on incident"),
        ({"args": {"plan": "fire"}}, "says 'plan' in args, which the effect 'raise_monitor' does not know"),
        ({"noun": "unit", "states": ["break"], "since": "duty_until", "effect": "alert"}, "told without its incident"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_rule_that_is_wrong(changes: dict[str, Any], said: str) -> None:
    found = wrong(rule(**changes))
    assert any(said in one for one in found), found
    assert all(one.startswith("Rule up ") and one.endswith(".") for one in found)


def test_a_plan_whose_late_tasks_bring_a_plan_is_a_circle() -> None:
    late = rule(id="late", noun="task", states=["open"], since="due", after_s=60)
    plan = rule(
        id="plan",
        since="raised",
        flags=["raised"],
        after_s=60,
        effect="activate_plan",
        args={"plan": "flood"},
    )
    assert wrong(late, plan) == ["Rule late starts itself again: late → plan → late."]


def test_a_circle_over_two_rules_names_both() -> None:
    wave = rule(
        id="wave", effect="next_wave", states=["received"], since="raised", flags=["raised"], after_s=60
    )
    up = rule(id="up", noun="assignment", states=["ordered"], since="ordered", after_s=60)
    assert wrong(wave, up) == ["Rule wave starts itself again: wave → up → wave."]


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        ([{"label": "weapon"}], "names neither words nor repeats"),
        ([{"label": "weapon", "words": ["a"]}], "looks for 'a', which would be found everywhere, a flood"),
        ([{"label": "nobody_named", "words": ["刀"]}], "gives a label that has no name"),
        (
            [{"label": "weapon", "repeats": {"count": 1, "within_s": 60}}],
            "a flood: repeats need a count of 2 or more",
        ),
        ([{"label": "weapon", "repeats": {"count": 2, "within_s": 0}}], "up to 2.6784e+06 (31 days)"),
        (
            [{"label": "weapon", "repeats": {"count": 2, "within_s": 60, "resolution": 3}}],
            "7 to 11 are possible",
        ),
        ([{"label": "weapon", "repeats": {"count": 2, "within_s": 60, "rings": 9}}], "0 to 3 are possible"),
    ],
)
def test_a_sign_that_would_be_seen_everywhere_or_never_is_refused(signs: Any, said: str) -> None:
    [found] = wrong(signs=signs)
    assert found.startswith(f"The sign {signs[0]['label']} ")
    assert said in found


def test_automatic_dispatch_names_types_there_are() -> None:
    assert wrong(automatic=["100000"]) == []
    assert wrong(automatic=["nope"]) == [
        "automatic names the type 'nope', which the type tree does not know."
    ]


MOMENTS = {noun: sorted(NOUNS[noun].moments) for noun in ("incident", "assignment")}


@st.composite
def any_rules(draw: st.DrawFn) -> list[Rule]:
    """Rules with any effect on any moment, each under its own name."""
    made = []
    for n in range(draw(st.integers(1, 6))):
        noun = draw(st.sampled_from(sorted(MOMENTS)))
        row = rule(
            id=f"r{n}", noun=noun, states=["received" if noun == "incident" else "ordered"],
            since=draw(st.sampled_from(MOMENTS[noun])), after_s=draw(st.sampled_from([0, 5, 30, 90, 3600])),
            effect=draw(st.sampled_from(sorted(EFFECTS))),
            when=draw(st.sampled_from([[], [{}], [{"priorities": [1]}], [{"hazard": True}]])),
        )  # fmt: skip
        made.append(msgspec.convert(row, Rule))
    return made


@settings(deadline=None)
@given(any_rules())
def test_what_is_let_in_comes_to_rest(rules: list[Rule]) -> None:
    """Followed from effect to what it makes new and on, rules without a circle end; with one the circle is really there."""
    made = {
        r.id: {name for noun, name in TRAITS[r.effect].makes} if r.effect in TRAITS else set() for r in rules
    }
    circle = loop(rules)
    by_id = {r.id: r for r in rules}
    if circle:
        for one, following in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert by_id[following].since in made[one]
        return
    waiting = list(rules)
    while waiting:
        at_rest = [r for r in waiting if not any(o.since in made[r.id] and _same(r, o) for o in waiting)]
        assert at_rest, "rules that start each other were let in"
        waiting = [r for r in waiting if r not in at_rest]


def _same(one: Rule, other: Rule) -> bool:
    return any(noun == other.noun and name == other.since for noun, name in TRAITS[one.effect].makes)


@settings(deadline=None)
@given(any_rules())
def test_what_speaks_at_everything_at_once_is_never_let_in(rules: list[Rule]) -> None:
    for one in rules:
        means_all = not one.when or any(when == When() for when in one.when)
        speaks = one.to is not None
        if speaks and means_all and one.after_s == 0 and (one.noun, one.since) in {
            ("incident", "opened"), ("incident", "unassigned"), ("assignment", "ordered"),
        }:  # fmt: skip
            assert floods(one)


def test_no_shipped_rule_orders_a_unit_by_itself_as_the_house_comes() -> None:
    assert shipped_rules().automatic == ()
    assert standings.shipped_rules().file == msgspec.convert(shipped_file(), RuleFile)
