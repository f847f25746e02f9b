"""Whoever is there first by road is proposed first, whatever his kind; a straight line is told where there is no road, and said."""

import math
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.driving import ByRoad
from dispatch.ranking import Question, Ranking, asked_about, rank, seconds_of
from geo.roads import Roads
from incidents.types import shipped_tree
from tests.harness import patrols as p
from tests.harness.carded import requirement
from tests.harness.cities import bay_bundle
from tests.harness.drawn_town import DrawnTown, Place
from units.answers import Around
from units.live import LiveUnits
from units.model import Duty, Unit
from units.roll import Entry

TREE = shipped_tree()
HOME = p.ROOMS[0]

RIVER = """
    A           B
    c           d
    E           F           X
"""
BANKS: dict[str, dict[str, str]] = {"AcE": {}, "BdF": {}, "AB": {}, "FX": {}}


class Patrols:
    """Units on the streets of a drawn town, and an incident somewhere."""

    def __init__(self, roads: Roads) -> None:
        self.roads = roads
        self.live = LiveUnits(capacity=4)
        self.units: dict[UUID, Unit] = {}

    def add(self, n: int, place: Place, kind: str = "car", state: str = "available") -> None:
        given: dict[str, Any] = {
            "kind": kind,
            "unit_class": "regular",
            "duty": Duty.AVAILABLE,
            "room_id": HOME,
        }
        unit = Unit(id=UUID(int=n), handle=n, call_sign=str(n), version=1, **given)
        self.live.register(Entry(n, unit.id, kind, "regular", HOME, state=state))
        self.units[unit.id] = unit
        self.live.apply(p.frame([n], [place[0]], [place[1]], p.NOW_MS), p.NOW_MS)

    def question(self, place: Place, priority: int = 3, units: int = 1) -> Question:
        return Question(
            lon=place[0], lat=place[1], priority=priority, room_id=HOME, rooms=frozenset({HOME}), units=units, waves=1,
            needed=msgspec.structs.replace(requirement(TREE, "200100", priority), seats=()),
        )  # fmt: skip

    def rank(self, place: Place, enough: int = 100, **more: int) -> Ranking:
        question = self.question(place, **more)
        found = ByRoad(asked_about(self.live, question)).search(self.roads, place, question.priority, enough)
        return rank(TREE, self.live, self.units.get, question, p.NOW_MS, found)

    def full_s(self, place: Place, priority: int = 3) -> dict[int, float]:
        """Handle -> seconds of everybody, from a search of all there is."""
        question = self.question(place, priority)
        found = ByRoad(asked_about(self.live, question)).search(self.roads, place, priority, 10**9)
        seconds = seconds_of(found.around, found).tolist()
        return dict(zip(found.around.handles.tolist(), seconds, strict=True))


def signs(ranking: Ranking) -> list[str]:
    return [row.call_sign for wave in ranking.waves for row in wave]


def test_who_is_nearer_across_the_river_goes_after_who_is_there_first() -> None:
    town = DrawnTown(RIVER, BANKS)
    patrols = Patrols(town.roads)
    patrols.add(1, town.at["E"])
    patrols.add(2, town.at["X"])
    ranking = patrols.rank(town.at["F"])
    assert signs(ranking)[0] == "2"
    [first] = ranking.waves[0]
    assert first.road_m is not None
    assert first.road_m > 1_100
    assert first.reasons[0]["key"] == "by_road"
    assert first.warnings == ()


def test_a_motorcycle_goes_before_a_nearer_patrol_on_foot() -> None:
    town = DrawnTown(RIVER, BANKS)
    for roads in (town.roads, None):
        patrols = Patrols(town.roads)
        patrols.add(1, town.between("F", "X", 0.4), "foot")
        patrols.add(2, town.between("F", "X", 0.6), "motorcycle")
        if roads is None:
            ranking = rank(TREE, patrols.live, patrols.units.get, patrols.question(town.at["F"]), p.NOW_MS)
        else:
            ranking = patrols.rank(town.at["F"])
        assert signs(ranking)[0] == "2"


def test_a_drone_flies_straight_and_says_so_and_who_has_no_road_says_that() -> None:
    town = DrawnTown(RIVER, BANKS)
    patrols = Patrols(town.roads)
    patrols.add(1, town.at["E"], "drone")
    patrols.add(2, (114.3, 22.6), "car")
    ranking = patrols.rank(town.at["F"], units=2)
    said = {row.call_sign: [w["key"] for w in row.warnings] for wave in ranking.waves for row in wave}
    assert said == {"1": ["straight_line"], "2": ["off_road"]}
    assert all(row.road_m is None for wave in ranking.waves for row in wave)


def test_a_quicker_unit_that_is_not_free_is_named_with_its_time() -> None:
    town = DrawnTown(RIVER, BANKS)
    patrols = Patrols(town.roads)
    patrols.add(1, town.at["d"], state="on_scene")
    patrols.add(2, town.at["X"])
    [passed] = patrols.rank(town.at["F"]).passed_over
    assert (passed.call_sign, [why["key"] for why in passed.why_nots]) == ("1", ["not_free"])
    assert passed.eta_s is not None
    assert passed.eta_s < 200


BEND = """
    A     B



    E     F                 X
"""
BENT: dict[str, dict[str, str]] = {"AE": {}, "AB": {}, "BF": {}, "FX": {}}


def test_whoever_is_nearer_in_a_straight_line_and_slower_by_road_is_told_why_not() -> None:
    town = DrawnTown(BEND, BENT)
    patrols = Patrols(town.roads)
    patrols.add(1, town.at["E"], state="on_scene")
    patrols.add(2, town.between("F", "X", 0.6))
    ranking = patrols.rank(town.at["F"])
    assert signs(ranking) == ["2"]
    [passed] = ranking.passed_over
    assert (passed.call_sign, [why["key"] for why in passed.why_nots]) == (
        "1",
        ["nearer_straight", "not_free"],
    )
    everybody = patrols.full_s(town.at["F"])
    longer_s = round(everybody[1] - everybody[2])
    assert longer_s > 0
    assert passed.why_nots[0]["zh"] == f"直线比2近，沿路多{longer_s}秒"
    assert passed.why_nots[0]["en"] == f"nearer than 2 in a straight line, {longer_s} s longer by road"


def test_the_three_nearest_of_those_are_told_and_nobody_who_is_farther_has_no_road_or_is_proposed() -> None:
    town = DrawnTown(BEND, BENT)
    patrols = Patrols(town.roads)
    patrols.add(9, town.between("F", "X", 0.5))
    for n in range(1, 6):
        patrols.add(n, town.between("E", "A", n / 10))
    patrols.add(6, town.at["E"], "drone", state="on_scene")
    patrols.add(7, town.at["X"])
    passed = patrols.rank(town.at["F"]).passed_over
    assert [one.call_sign for one in passed if one.call_sign != "6"] == ["1", "2", "3"]
    straight = rank(TREE, patrols.live, patrols.units.get, patrols.question(town.at["F"]), p.NOW_MS)
    assert "nearer_straight" not in {why["key"] for one in straight.passed_over for why in one.why_nots}


def test_the_way_that_is_drawn_begins_at_the_unit_and_ends_at_the_incident() -> None:
    town = DrawnTown(RIVER, {**BANKS, "FX": {"name": "东江路"}})
    patrols = Patrols(town.roads)
    patrols.add(2, town.at["X"])
    goal = town.between("B", "d")
    found = ByRoad(asked_about(patrols.live, patrols.question(goal))).search(town.roads, goal, 3, 1)
    line, streets = found.routes([2])[2]
    assert np.allclose([line[0], line[-1]], [town.at["X"], goal], atol=1e-6)
    assert streets == ("东江路",)
    assert found.routes([99]) == {}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_proposal_equals_that_of_the_full_search(data: st.DataObject) -> None:
    letters = "ABCDEFGHI"
    drawing = "A     B     C\n\n\nD     E     F\n\n\nG     H     I"
    pairs = data.draw(st.lists(st.sampled_from(["AB", "BC", "DE", "EF", "GH", "HI", "AD", "DG", "BE", "EH", "CF", "FI"]), min_size=4, unique=True))  # fmt: skip
    town = DrawnTown(
        drawing, {pair: {"oneway": data.draw(st.sampled_from(["no", "no", "yes", "-1"]))} for pair in pairs}
    )
    patrols = Patrols(town.roads)
    for n in range(1, data.draw(st.integers(1, 12)) + 1):
        pair = data.draw(st.sampled_from(pairs))
        kind = data.draw(st.sampled_from(["car", "motorcycle", "foot", "drone"]))
        patrols.add(n, town.between(pair[0], pair[1], data.draw(st.integers(0, 10)) / 10), kind)
    goal = town.at[data.draw(st.sampled_from(letters))]
    priority, enough = data.draw(st.sampled_from([1, 3])), data.draw(st.integers(1, 4))
    while not (ranking := patrols.rank(goal, enough, priority=priority, units=3)).sure:
        enough *= 4
    everybody = patrols.full_s(goal, priority)
    best = sorted(everybody, key=lambda handle: (everybody[handle], handle))
    proposed = [row.handle for wave in ranking.waves for row in wave]
    assert proposed == best[: len(proposed)]
    assert len(proposed) == min(len(best), max(3, patrols.question(goal, priority).needed.count))
    for wave in ranking.waves:
        for row in wave:
            assert math.isclose(row.eta_s, everybody[row.handle], abs_tol=0.051)
    for one in ranking.passed_over:
        assert one.why_nots
        assert one.eta_s is not None
        assert math.isclose(one.eta_s, everybody[one.unit_id.int], abs_tol=0.051)


@pytest.mark.parametrize("priority", [2, 3])
def test_who_is_left_out_of_the_search_is_never_among_the_first(priority: int) -> None:
    """In a whole city: the first of a search that ends early are those of one that looks at everybody, in the same order."""
    roads = Roads.open(bay_bundle(110) / "roads")
    chance, corners = np.random.default_rng(110), roads.corners
    kinds = ("car", "motorcycle", "foot", "drone", "other")
    for _ in range(30):
        places = corners[chance.choice(len(corners), 801)] + chance.normal(0, 5e-4, (801, 2))
        (lon, lat), spots = places[0], places[1:]
        around = Around(
            (float(lon), float(lat)), np.arange(1, 801, dtype=np.uint32), spots[:, 0].copy(), spots[:, 1].copy(),
            chance.integers(0, 5, 800).astype(np.uint16), kinds,
        )  # fmt: skip
        enough = int(chance.choice([1, 5, 25, 200]))
        some, everybody = (
            ByRoad(around).search(roads, (float(lon), float(lat)), priority, n) for n in (enough, 10**9)
        )
        assert everybody.reached_s == math.inf
        known = seconds_of(around, some) <= some.reached_s
        assert np.count_nonzero(known) >= enough
        assert np.array_equal(some.eta_s[known], everybody.eta_s[known], equal_nan=True)
        assert not (seconds_of(around, everybody)[~known] <= some.reached_s).any()
