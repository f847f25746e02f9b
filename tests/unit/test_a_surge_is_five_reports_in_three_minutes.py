"""Surge promise: five reports of one incident within three minutes, found in any order; and every new word is new."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import commands as c
from incidents import events as e
from incidents.lifecycle import decide, evolve
from incidents.model import Incident
from incidents.surges import MANY, WITHIN_MS, Surge, beginning, reported, says_more

MINUTE = 60_000
times = st.lists(st.integers(0, 30 * MINUTE), min_size=1, max_size=25)


def told(reports: Iterable[int]) -> Surge:
    """The surge after these reports, begun as soon as it is one."""
    surge = Surge()
    for at in reports:
        surge = reported(surge, (at,))
        found = beginning(surge)
        if found is not None:
            surge = Surge(surge.recent, *found)
    return surge


def is_crowd(reports: Iterable[int]) -> bool:
    """By definition: some five of them lie within three minutes of the last of the five."""
    ordered = sorted(reports)
    return any(ordered[n] - ordered[n - MANY + 1] <= WITHIN_MS for n in range(MANY - 1, len(ordered)))


@given(times)
def test_reports_in_order_surge_exactly_when_five_lie_within_three_minutes(reports: list[int]) -> None:
    assert (told(sorted(reports)).since is not None) == is_crowd(reports)


@given(times)
def test_all_at_once_is_judged_by_the_newest(reports: list[int]) -> None:
    """A merge brings them together; what is long over surges no more."""
    newest = max(reports)
    crowd = [at for at in sorted(reports)[-8:] if newest - at <= WITHIN_MS]
    assert (beginning(reported(None, reports)) is not None) == (len(crowd) >= MANY)


@given(st.integers(0, 40))
def test_it_counts_from_its_first_report(more: int) -> None:
    surge = told(range(0, (5 + more) * 1000, 1000))
    assert surge.since == 0
    assert surge.count == 5 + more


@given(times)
def test_what_is_kept_stays_small(reports: list[int]) -> None:
    surge = told(reports)
    assert len(surge.recent) <= 8
    assert list(surge.recent) == sorted(surge.recent)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("着火了", ["着火了"]),
        ("着火了！！", ["三楼 着火了，快来"]),
        ("ＦＩＲＥ", ["There is a fire."]),
        ("  。！", []),
    ],
)
def test_what_was_said_word_for_word_is_not_said_again(text: str, known: list[str]) -> None:
    assert not says_more(text, known)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("着火了，有2人被困", ["着火了，有3人被困"]),
        ("三楼着火，有孩子", ["三楼着火"]),
        ("着火了", []),
        ("ต้องการความช่วยเหลือ", ["help"]),
    ],
)
def test_a_digit_that_differs_may_be_a_life(text: str, known: list[str]) -> None:
    assert says_more(text, known)


def opened(surge: Surge) -> Incident:
    fact = e.Opened(
        number="1", type_reported=None, priority=3, lon=None, lat=None, place=None, cell15=None, room_id=UUID(int=1),
        times={"entered": 1}, opened_at=datetime(2026, 11, 30, tzinfo=UTC), alarm_id=UUID(int=9),
    )  # fmt: skip
    return msgspec.structs.replace(evolve(None, UUID(int=110), fact), surge=surge)


def test_reports_that_joined_before_a_rule_declared_it_are_among_its_count() -> None:
    """Of five, two were put together when the rule found the place crowded: four incidents, five reports, whoever joins later."""
    incident, others = opened(Surge(recent=(0, 1_000))), tuple(UUID(int=n) for n in (1, 2, 3))
    [declared] = decide(incident, c.DeclareSurge(since=0, others=others, at=5_000))
    after = evolve(incident, incident.id, declared).surge
    assert after is not None
    assert after.count == 5
    assert reported(after, [2_000, 3_000], others[:2]).count == 5, "they were counted already"
    assert reported(after, [2_000, 2_500], others[:1]).count == 6, "one of them had two reports"
    assert reported(after, [5_001], [UUID(int=4)]).count == 6
