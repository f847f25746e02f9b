"""Promise: in a trial a rule knows of crews what a seat knows, the last place that was heard and its age, and what they pay is noted."""

import numpy as np
import pytest

from dispatch.cover import Floats
from dispatch.ranking.weights import Weight
from load_tests.trials.choices import Compared, Decided
from load_tests.trials.crews import SHIFT_S, Crews, Spans, crews_of
from load_tests.trials.life import HANDLING_S, Week
from load_tests.trials.model import City, Lived, city_of
from load_tests.trials.rules import Ours
from load_tests.trials.ways import Way
from load_tests.trials.week import Call, Town

SPEED_MPS = 10.0
NEVER = Spans(np.empty(0), np.empty(0))
ALWAYS = {3, 4}


class Street:
    """Nine places a kilometre apart, each a station of its own."""

    lon = np.arange(9) / 111.32
    lat = np.zeros(9)

    def seconds(self, lon: Floats, lat: Floats, goal: int) -> Floats:  # noqa: ARG002
        return np.asarray(np.abs(lon - self.lon[goal]) * 111_320.0 / SPEED_MPS)

    def way(self, lon: float, lat: float, goal: int) -> Way:
        whole_s = float(self.seconds(np.array([lon]), np.array([lat]), goal)[0])
        ends = np.array([lon, self.lon[goal]])
        return Way(ends, np.zeros(2), np.array([0.0, whole_s]), whole_s * SPEED_MPS)


def street(posts: tuple[int, ...]) -> City:
    ways = Street()
    return city_of(ways, Town(ways.lon, ways.lat, np.full(9, 1 / 9), posts))


def span(begin_s: float, end_s: float) -> Spans:
    return Spans(np.array([begin_s]), np.array([end_s]))


def crews(
    ends_s: tuple[float, ...], errands: list[Spans] | None = None, silences: list[Spans] | None = None
) -> Crews:
    never = [NEVER] * len(ends_s)
    return Crews(np.array(ends_s), errands or never, silences or never)


def call(at_s: float, place: int, priority: int = 3, stay_s: float = 600.0) -> Call:
    return Call(at_s, place, priority, (stay_s,), 1.0)


def lived(posts: tuple[int, ...], known: Crews, calls: list[Call], **term: Weight) -> Lived:
    return Week(street(posts), len(posts), Ours(weights=term), crews=known).live(calls, 7_200.0)


def response_s(week: Lived, call: int = 0) -> float:
    answered = week.answers[call].response_s
    assert answered is not None
    return answered - HANDLING_S


FAR_OFF = (20_000.0, 20_000.0)


def test_who_is_of_another_station_goes_only_where_it_is_sooner_by_what_that_counts() -> None:
    counts = Weight(frozenset(ALWAYS), 150.0, 150.0)
    near = lived((3, 5), crews(FAR_OFF), [call(0.0, 4)])
    # neither is of place 4: both are abroad, the term decides nothing
    assert (near.noted.routine, near.noted.abroad) == (1, 1)
    home = lived((4, 5), crews(FAR_OFF), [call(0.0, 4, stay_s=3_000.0), call(10.0, 4)], neighbour=counts)
    assert (home.noted.routine, home.noted.abroad) == (2, 1)


def test_who_is_at_something_else_is_left_alone_for_what_can_wait_and_taken_for_what_cannot() -> None:
    errand = crews(FAR_OFF, errands=[span(0.0, 3_600.0), NEVER])
    routine = lived((4, 8), errand, [call(0.0, 4)])
    assert response_s(routine) == pytest.approx(400.0)
    assert routine.noted.interrupted == 0
    urgent = lived((4, 8), errand, [call(0.0, 4, priority=2)])
    assert response_s(urgent) == pytest.approx(0.0)
    assert urgent.noted.interrupted == 1
    spared = lived((4, 5), errand, [call(0.0, 4, priority=2)], busy=Weight(frozenset({2}), 150.0, 150.0))
    assert response_s(spared) == pytest.approx(100.0)


def test_a_call_that_waits_for_an_errand_is_served_when_it_ends() -> None:
    week = lived((4,), crews(FAR_OFF[:1], errands=[span(0.0, 900.0)]), [call(0.0, 4)])
    assert response_s(week) == pytest.approx(900.0 - HANDLING_S)


def test_work_past_the_end_of_a_shift_is_counted_and_whose_shift_ends_at_once_goes_last_but_for_p1() -> None:
    ending = crews((600.0, 20_000.0))
    routine = lived((4, 8), ending, [call(0.0, 4)])
    assert response_s(routine) == pytest.approx(400.0)
    assert routine.noted.late == 0
    urgent = lived((4, 8), ending, [call(0.0, 4, priority=1)])
    assert urgent.noted.late == 1
    assert urgent.noted.late_s == pytest.approx(HANDLING_S + 600.0 - 600.0)


def test_of_whom_nothing_is_heard_it_is_believed_that_it_is_where_it_was() -> None:
    # 0 works at place 8 and drives home from 1,460 s on; ordered at 1,620 s, when it is at 6.4 and was at 7.4 at 1,520 s
    calls = [call(0.0, 8, stay_s=600.0), call(1_560.0, 6)]
    errands = [NEVER, span(0.0, 1_000.0)]
    heard = lived((0, 5), crews(FAR_OFF, errands), calls)
    assert response_s(heard, 1) == pytest.approx(40.0)
    silent = lived((0, 5), crews(FAR_OFF, errands, [span(1_520.0, 1_700.0), NEVER]), calls)
    assert response_s(silent, 1) == pytest.approx(100.0), "the other goes, from place 5"


def test_who_has_not_been_heard_for_long_goes_last_and_truly_comes_from_where_it_is() -> None:
    calls = [call(0.0, 8, stay_s=600.0), call(1_560.0, 6)]
    lost = [span(1_480.0, 1_700.0), NEVER]
    week = lived((0, 0), crews(FAR_OFF, [NEVER, span(0.0, 1_000.0)], lost), calls)
    assert response_s(week, 1) == pytest.approx(600.0)
    alone = lived((0, 0), crews(FAR_OFF, [NEVER, span(0.0, 7_000.0)], lost), calls)
    assert response_s(alone, 1) == pytest.approx(40.0)


def test_what_a_term_decides_is_told_by_who_goes_instead() -> None:
    # at place 4 the nearest is at an errand (and its shift ends before it is done), the other a kilometre off
    term = {"busy": Weight(frozenset({2}), 150.0, 150.0)}
    rule = Compared(
        weights=term,
        others={"busy": Ours(weights={}), "same": Ours(weights=term)},
        decided={"busy": [], "same": []},
    )
    known = crews((1_500.0, 20_000.0), errands=[span(0.0, 3_600.0), NEVER])
    calls = [call(0.0, 4, priority=2, stay_s=2_000.0), call(100.0, 4, priority=3, stay_s=60.0)]
    Week(street((4, 5)), 2, rule, crews=known).live(calls, 7_200.0)
    [one] = rule.decided["busy"]
    left_s = 1_500.0 - HANDLING_S
    assert one == pytest.approx(Decided(100.0, 100.0, 1, -1, -(2_000.0 - left_s)))
    assert rule.decided["same"] == []


def test_crews_are_drawn_alike_for_every_rule_and_hand_over_three_times_a_day() -> None:
    one, again = crews_of(5, 3, 604_800.0), crews_of(5, 3, 604_800.0)
    for mine, other in zip([*one.errands, *one.silences], [*again.errands, *again.silences], strict=True):
        assert np.array_equal(mine.begin_s, other.begin_s)
        assert (mine.end_s[:-1] <= mine.begin_s[1:]).all()
    assert one.left_s(1, 0.0) == one.left_s(1, SHIFT_S) == one.left_s(1, 3 * SHIFT_S)
    assert max(spans.end_s[-1] for spans in one.errands) > 590_000.0
