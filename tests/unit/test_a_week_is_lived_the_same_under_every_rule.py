"""Promise: a trial week follows what queues are known to do, loses no call, and differs by nothing but the rule."""

import numpy as np
import pytest

from dispatch.ranking.weights import Weight
from load_tests.trials.life import HANDLING_S, Week
from load_tests.trials.model import City, city_of
from load_tests.trials.rules import ByRoad, Ours, StraightLine
from load_tests.trials.ways import Floats, Nowhere, Way
from load_tests.trials.week import Call, Town, draw_week, invented_week

ERLANG_B = 0.3462
"""Of three servers under a load of three (A. K. Erlang 1917): that share of calls finds nobody free."""
SPEED_MPS = 10.0
COVER = {"cover": Weight(frozenset({3, 4}), 10.0, 1e9)}


class Line:
    """A street along the equator, its places a kilometre apart; a river after the second, crossed by a long way round."""

    lon = np.arange(5) / 111.32
    lat = np.zeros(5)
    ROUND_S = 900.0

    def seconds(self, lon: Floats, lat: Floats, goal: int) -> Floats:  # noqa: ARG002
        across = (lon < 0.0135) != (self.lon[goal] < 0.0135)
        return np.asarray(np.abs(lon - self.lon[goal]) * 111_320.0 / SPEED_MPS + across * self.ROUND_S)

    def way(self, lon: float, lat: float, goal: int) -> Way:
        whole_s = float(self.seconds(np.array([lon]), np.array([lat]), goal)[0])
        return Way(
            np.array([lon, self.lon[goal]]), np.zeros(2), np.array([0.0, whole_s]), whole_s * SPEED_MPS
        )


def street(posts: tuple[int, ...]) -> City:
    ways = Line()
    return city_of(ways, Town(ways.lon, ways.lat, np.full(5, 0.2), posts))


def call(at_s: float, place: int, priority: int = 3, stay_s: float = 600.0) -> Call:
    return Call(at_s, place, priority, (stay_s,), 1.0)


def test_so_many_calls_find_nobody_free_as_erlang_says() -> None:
    lot = np.random.default_rng(110)
    times, stays = np.cumsum(lot.exponential(1.0, 100_000)), lot.exponential(3.0, 100_000)
    calls = [Call(float(t), 0, 3, (float(s),), 1.0) for t, s in zip(times, stays, strict=True)]
    nobody = Town(np.zeros(1), np.zeros(1), np.ones(1), (0,))
    lived = Week(city_of(Nowhere(), nobody), 3, ByRoad(), waits=False).live(calls, 0.0)
    lost = np.mean([answer.response_s is None for answer in lived.answers])
    assert lost == pytest.approx(ERLANG_B, abs=0.006)  # four standard errors of so many calls


def test_the_nearest_across_the_river_is_not_the_quickest() -> None:
    city = street((1, 4))  # from place 2 the one across is 1 km off, the one on this side 2 km
    by_line = Week(city, 2, StraightLine()).live([call(0.0, 2)], 3_600.0)
    by_road = Week(city, 2, ByRoad()).live([call(0.0, 2)], 3_600.0)
    assert by_line.answers[0].response_s == pytest.approx(HANDLING_S + 100.0 + Line.ROUND_S)
    assert by_road.answers[0].response_s == pytest.approx(HANDLING_S + 200.0)


def test_a_call_waits_until_somebody_is_done_and_the_urgent_go_first() -> None:
    calls = [call(0.0, 0, stay_s=1_000.0), call(10.0, 0, priority=4), call(20.0, 0, priority=1)]
    answers = Week(street((0,)), 1, ByRoad()).live(calls, 3_600.0).answers
    done_s = HANDLING_S + 1_000.0
    assert [answer.response_s for answer in answers] == pytest.approx(
        [HANDLING_S, done_s + 600.0 - 10.0, done_s - 20.0]
    )


def test_the_urgent_take_who_is_under_way_to_less_and_that_call_is_not_lost() -> None:
    calls = [call(0.0, 4, priority=4), call(100.0, 3, priority=1)]
    answers = Week(street((2,)), 1, Ours(weights={})).live(calls, 3_600.0).answers
    assert answers[1].response_s == pytest.approx(HANDLING_S)  # it was just passing
    assert answers[0].response_s == pytest.approx(160.0 + 600.0 + 100.0)


def test_where_the_last_one_would_be_missed_another_goes_to_what_can_wait() -> None:
    city = street((3, 4, 4))  # two stand at the end of the street, one alone in the middle
    spared = Week(city, 3, Ours(weights=COVER)).live([call(0.0, 3, priority=4)], 3_600.0)
    at_once = Week(city, 3, Ours(weights=COVER)).live([call(0.0, 3, priority=1)], 3_600.0)
    assert spared.answers[0].response_s == pytest.approx(HANDLING_S + 100.0)
    assert at_once.answers[0].response_s == pytest.approx(HANDLING_S)


def test_somebody_is_moved_to_where_nobody_is_left() -> None:
    calls = [call(0.0, 0, stay_s=3_000.0), call(600.0, 0)]
    city = street((0, 4))
    stayed = Week(city, 3, ByRoad()).live(calls, 3_600.0)  # posts 0, 4, 0
    moved = Week(city, 3, Ours(weights={}, moves_from_s=1.0)).live(
        [calls[0], call(5.0, 0, stay_s=3_000.0), calls[1]], 3_600.0
    )
    assert stayed.moves == 0
    assert moved.moves >= 1


def test_the_same_week_under_the_same_rule_is_the_same_again() -> None:
    city = street((0, 2, 4))
    calls = draw_week(7, invented_week(3, 400), city.town)
    rule = Ours(weights=COVER, moves_from_s=1.0)
    assert Week(city, 3, rule).live(calls, 604_800.0) == Week(city, 3, rule).live(calls, 604_800.0)
    assert (
        draw_week(7, invented_week(3, 400), city.town)
        == calls
        != draw_week(8, invented_week(3, 400), city.town)
    )


@pytest.mark.parametrize("rule", [StraightLine(), ByRoad(), Ours(weights=COVER, moves_from_s=1.0)])
def test_no_call_is_lost_and_nobody_comes_before_being_sent(rule: StraightLine) -> None:
    city = street((0, 2, 4))
    calls = draw_week(1, invented_week(3, 300), city.town)
    answers = Week(city, 2, rule).live(calls, 604_800.0).answers
    assert len(answers) == len(calls)
    assert all(answer.response_s is not None and answer.response_s >= HANDLING_S for answer in answers)
