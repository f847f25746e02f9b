"""Words promise: whatever a rule or plan may name has words in both languages, and what a file changes is said, nothing else."""

import re
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.conditions import To, When
from dispatch.desk.escalating import EFFECTS
from dispatch.plans.file import Plan, shipped
from dispatch.rooms import Reference, Room, Rooms
from dispatch.rules import Noun, Phrase, Rule
from dispatch.saying import words
from dispatch.saying.changes import plan_changes, rule_changes
from dispatch.saying.plans import meant
from dispatch.saying.rules import City, milestone, sentence, span
from dispatch.standings import NOUNS, shipped_rules
from geo.areas import Areas
from incidents.model import AlarmSource
from incidents.types import shipped_tree

ROOM = Room(id=msgspec.UNSET, code="north", name_zh="北所", name_en="North", tier="station")  # type: ignore[arg-type]
CITY = City(
    Reference(Rooms([ROOM]), Areas([]), {}, {}, shipped_tree()), {plan.code: plan.name for plan in shipped()}
)
HAN = re.compile(r"[\u4e00-\u9fff]")


def shipped_rule(id_: str) -> Rule:
    return shipped_rules().by_id[id_]


def said(id_: str, **changes: Any) -> Phrase:
    return sentence(msgspec.structs.replace(shipped_rule(id_), **changes), CITY)


def test_whatever_rules_may_name_has_words() -> None:
    assert set(get_args(Noun)) - words.NOUNS.keys() == set()
    for noun, known in NOUNS.items():
        assert known.states - words.STATES[noun].keys() == set(), noun
        assert known.flags - words.FLAGS.keys() == set(), noun
        assert known.moments - words.MOMENTS.keys() == set(), noun
    assert EFFECTS.keys() - words.EFFECTS.keys() == set()
    assert set(words.SOURCES) == set(
        get_args(AlarmSource.__value__ if hasattr(AlarmSource, "__value__") else AlarmSource)
    )


def test_every_shipped_rule_is_a_sentence_in_both_languages() -> None:
    for rule in shipped_rules().rules:
        phrase = sentence(rule, CITY)
        assert phrase.zh.endswith("。"), rule.id
        assert phrase.en.endswith("."), rule.id
        assert HAN.search(phrase.en) is None, phrase.en
        assert "{" not in phrase.zh + phrase.en, rule.id
        assert milestone(rule) in words.MILESTONES


def test_they_read_as_people_speak() -> None:
    assert said("not_accepted_above") == Phrase(
        "派警单未送达或未签收，下达后1级1分30秒、2级2分、其余3分：提醒上一级指挥室。",
        "While an order is not delivered or not accepted, 1 min 30 s (P1), 2 min (P2), 3 min (others) after it was given: "
        "tell the room above.",
    )
    assert said("supervision_due_soon").zh == "督办单待答复或被退回，到期前15分：提醒办理席位。"
    assert said("plan_hostage").en.endswith(
        "2 min after it was entered: take up the plan “Hostage-taking”. Only for the types “Kidnapping”, “Hijacking or "
        "hostage-taking” and those below."
    )
    assert said("room_must_answer").zh.endswith("：由发令的上级室督办，限1小时内答复。")


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        (When(priorities=(1, 2)), "仅限1、2级警情。", "Only for priority 1, 2."),
        (When(rooms=("north",), hazard=True), "仅限属于北所及其下级，且有凶器或现场危险。",
         "Only for the rooms North and those below and weapons or a danger on scene."),
        (When(sources=("sms",), alarms=3), "仅限来自短信，且报警3次以上。", "Only for reported by SMS and at least 3 reports."),
        (When(labels=("weapon",), without_labels=("exercise",)), "仅限标签含持械，且标签不含演练。",
         "Only for the labels “weapon” and without the labels “drill”."),
        (When(types=("nope",)), "仅限类别为nope及其下级。", "Only for the types “nope” and those below."),
    ],
)  # fmt: skip
def test_conditions_are_said(when: When, zh: str, en: str) -> None:
    phrase = said("serious", when=(when,))
    assert phrase.zh.endswith(zh), phrase.zh
    assert phrase.en.endswith(en) or "exercise" in when.without_labels, phrase.en


@given(seconds=st.integers(1, 604_800))
def test_a_span_can_be_read_back(seconds: int) -> None:
    sizes = {"天": 86_400, "小时": 3_600, "分": 60, "秒": 1}
    parts = re.findall(r"(\d+)(天|小时|分|秒)", span(seconds, "zh"))
    assert sum(int(count) * sizes[size] for count, size in parts) == seconds
    assert len(span(seconds, "en").split()) == 2 * len(parts)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule whose words are known, sound or not."""
    noun = draw(st.sampled_from(sorted(NOUNS)))
    known = NOUNS[noun]
    flags = draw(st.sets(st.sampled_from(sorted(known.flags)), max_size=3)) if known.flags else set()
    seconds = st.integers(-600, 600_000).map(float)
    return Rule(
        id=draw(st.sampled_from("abcd")), noun=noun,  # type: ignore[arg-type]
        states=tuple(draw(st.sets(st.sampled_from(sorted(known.states)), min_size=1))), flags=tuple(sorted(flags)),
        since=draw(st.sampled_from(sorted(known.moments))), effect=draw(st.sampled_from(sorted(EFFECTS))),
        after_s=draw(st.one_of(seconds, st.dictionaries(st.sampled_from(["1", "2", "3", "4", "other"]), seconds, min_size=1))),
        to=draw(st.sampled_from([None, To(above=0), To(above=1), To(above=5), To(tier="district"), To(tier="county")])),
        what=Phrase("事", "it"), then=Phrase("后", "then"),
    )  # fmt: skip


@given(rule=rules())
@settings(max_examples=300)
def test_no_rule_leaves_anybody_without_words(rule: Rule) -> None:
    phrase = sentence(rule, CITY)
    assert phrase.zh
    assert HAN.search(phrase.en) is None


@given(
    old=st.lists(rules(), max_size=4, unique_by=lambda r: r.id),
    new=st.lists(rules(), max_size=4, unique_by=lambda r: r.id),
)
@settings(max_examples=200)
def test_the_changes_lead_from_the_one_file_to_the_other(old: list[Rule], new: list[Rule]) -> None:
    before, after = {rule.id: rule for rule in old}, {rule.id: rule for rule in new}
    changes = {one.key: one for one in rule_changes(old, new, CITY)}
    for key in {*before, *after}:
        one = changes.get(key)
        if before.get(key) == after.get(key):
            assert one is None
            continue
        assert one is not None
        assert (one.before is not None, one.after is not None) == (key in before, key in after)
        differing = [
            n
            for n in Rule.__struct_fields__
            if key in before and key in after and getattr(before[key], n) != getattr(after[key], n)
        ]
        assert list(one.fields) == differing


def test_a_plan_says_for_whom_it_is_and_which_step_differs() -> None:
    plans = {plan.code: plan for plan in shipped()}
    assert meant(plans["domestic_violence"], CITY) == (
        Phrase(
            "类别为家庭暴力及其下级，且2级及以上",
            "of the types Domestic violence and those below and at least P2",
        ),
    )
    for plan in plans.values():
        assert meant(plan, CITY)
    old = plans["hostage"]
    first, second, *rest = old.steps
    moved = msgspec.structs.replace(first, due_s=1.0)
    new = msgspec.structs.replace(
        old, automatic=True, steps=(moved, *rest, msgspec.structs.replace(second, key="other"))
    )
    [change] = plan_changes([old], [new], CITY)
    assert change.fields == ("automatic", "+other", f"−{second.key}", first.key)
    assert change.before is not None
    assert change.after is not None
    assert "自动启用" in change.after.zh
    turned = msgspec.structs.replace(old, steps=old.steps[::-1])
    assert plan_changes([old], [turned], CITY)[0].fields == ("steps",)


def test_nothing_changed_is_nothing_said() -> None:
    assert rule_changes(shipped_rules().rules, shipped_rules().rules, CITY) == ()
    plans: list[Plan] = list(shipped())
    assert plan_changes(plans, plans, CITY) == ()
