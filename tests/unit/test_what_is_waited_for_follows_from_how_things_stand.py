"""Rules promise: which timers stand is a pure function of how an entity stands; a broken rules file is refused in a sentence."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import standings
from dispatch.desk.escalating import EFFECTS
from dispatch.errors import Invalid
from dispatch.rules import AHEAD_MS, RuleFile, Rules, Standing, timers_for
from dispatch.standings import NOUNS, shipped_file, shipped_rules

NOW_MS = 1_800_000_000_000
RULES = shipped_rules()


def rows(**changes: Any) -> dict[str, Any]:
    """A file of one sound rule, with changes."""
    rule: dict[str, Any] = {
        "id": "late", "noun": "incident", "states": ["received"], "since": "opened", "after_s": 60,
        "what": {"zh": "等{room}", "en": "for {room}"}, "then": {"zh": "{after}", "en": "{after}"},
    }  # fmt: skip
    return {"rules": [rule | changes]}


def checked(file: dict[str, Any]) -> Rules:
    return standings.checked(msgspec.convert(file, RuleFile), 1, EFFECTS)


def said_of(file: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as refused:
        checked(file)
    return str(refused.value)


def test_the_shipped_rules_can_be_used() -> None:
    assert checked(shipped_file()).rules == RULES.rules


def test_every_rule_speaks_both_languages_and_gives_a_time() -> None:
    for rule in RULES.rules:
        assert rule.what.zh.strip(), rule.id
        assert rule.what.en.strip(), rule.id
        assert rule.after(1) is not None, rule.id


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"states": ["recieved"]}, "the state 'recieved'"),
        ({"states": []}, "names no state"),
        ({"flags": ["plaice"]}, "the flag 'plaice'"),
        ({"without": ["plaice"]}, "the flag 'plaice'"),
        ({"since": "yesterday"}, "the moment 'yesterday'"),
        ({"effect": "explode"}, "the effect 'explode'"),
        ({"after_s": -1}, "outside 0 seconds to 31 days"),
        ({"since": "scheduled", "after_s": -2_700_000}, "up to 31 days before what was promised"),
        ({"after_s": {}}, "gives no time"),
        ({"after_s": {"5": 1}}, "a time for '5'"),
        ({"what": {"zh": "", "en": "x"}}, "empty phrase"),
        ({"then": {"zh": "{unit.__class__}", "en": "x"}}, "cannot be filled in"),
        ({"then": {"zh": "{", "en": "x"}}, "cannot be filled in"),
        ({"id": "no spaces, please"}, "no usable id"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(changes: dict[str, Any], named: str) -> None:
    said = said_of(rows(**changes))
    assert named in said
    assert said.endswith(".")


def test_before_a_promise_a_rule_counts_back_from_it() -> None:
    rules = checked(rows(since="scheduled", after_s=-600))
    promised = NOW_MS + 3_600_000
    standing = Standing(noun="incident", id=UUID(int=1), state="received", moments={"scheduled": promised})
    [timer] = timers_for(standing, rules, NOW_MS)
    assert timer.due_at.timestamp() * 1000 == promised - 600_000


def test_a_file_with_many_faults_names_the_first_and_counts_the_rest() -> None:
    file = rows(effect="explode", since="yesterday")
    file["rules"] *= 2
    said = said_of(file)
    assert "more faults in this file" in said


def test_a_rule_named_twice_is_refused() -> None:
    file = rows()
    file["rules"] *= 2
    assert said_of(file) == "Rule late stands twice."


@st.composite
def stood(draw: st.DrawFn) -> Standing:
    """Any entity in any condition that the vocabulary allows."""
    noun = draw(st.sampled_from(sorted(NOUNS)))
    words = NOUNS[noun]
    moments = draw(
        st.dictionaries(
            st.sampled_from(sorted(words.moments) or ["none"]), st.integers(NOW_MS - 10**7, NOW_MS + 10**7)
        )
    )
    return Standing(
        noun=noun,  # type: ignore[arg-type]
        id=UUID(int=draw(st.integers(1, 3))),
        state=draw(st.sampled_from(sorted(words.states))),
        flags=frozenset(draw(st.sets(st.sampled_from(sorted(words.flags) or ["none"])))),
        moments=moments,
        priority=draw(st.integers(1, 4)),
    )


@given(stood(), st.integers(NOW_MS - 10**6, NOW_MS))
def test_asking_again_later_wants_the_same_timers(standing: Standing, later_ms: int) -> None:
    first = {timer.key for timer in timers_for(standing, RULES, later_ms)}
    assert {timer.key for timer in timers_for(standing, RULES, NOW_MS)} == first
    assert {timer.key for timer in timers_for(standing, RULES, None)} == first


@given(stood())
def test_every_timer_is_wanted_by_a_rule_whose_condition_holds(standing: Standing) -> None:
    wanted = timers_for(standing, RULES, NOW_MS)
    assert len({timer.key for timer in wanted}) == len(wanted)
    for timer in wanted:
        rule = RULES.by_id[timer.rule]
        assert rule.noun == standing.noun
        assert standing.state in rule.states
        assert set(rule.flags) <= standing.flags
        assert not set(rule.without) & standing.flags
        assert timer.key == f"{rule.id}:{standing.id}:{standing.moments[rule.since]}"


@given(stood())
def test_a_timer_runs_from_the_act_whatever_was_claimed(standing: Standing) -> None:
    for timer in timers_for(standing, RULES, NOW_MS):
        rule = RULES.by_id[timer.rule]
        since = standing.moments[rule.since]
        counted = since if since > NOW_MS + AHEAD_MS else NOW_MS
        assert round(timer.armed_at.timestamp() * 1000) == counted
        assert timer.due_at - timer.armed_at == rule.after(standing.priority)


@pytest.mark.parametrize("state", ["closed", "merged", "void", "advised", "transferred"])
def test_an_ended_incident_waits_for_nothing(state: str) -> None:
    words = NOUNS["incident"]
    for flags in (frozenset[str](), words.flags):
        moments = dict.fromkeys(words.moments, NOW_MS)
        standing = Standing(noun="incident", id=UUID(int=1), state=state, flags=flags, moments=moments)
        assert timers_for(standing, RULES, NOW_MS) == []


@pytest.mark.parametrize("state", ["cleared", "recalled", "released", "preempted"])
def test_an_order_that_is_over_waits_for_nothing(state: str) -> None:
    words = NOUNS["assignment"]
    standing = Standing(
        noun="assignment", id=UUID(int=1), state=state, flags=words.flags, moments=dict.fromkeys(words.moments, NOW_MS)
    )  # fmt: skip
    assert timers_for(standing, RULES, NOW_MS) == []
