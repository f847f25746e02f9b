"""The time by road of every unit is that of the quickest way there is, found another way; and only of ways one may go."""

import math
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.closures import Closure
from geo.coordinates import distance_m
from geo.network import Floats, Network, Travelled, arcs_of
from geo.osm import Road
from geo.roads import Roads
from geo.snapping import EVERY_PART, Snaps
from geo.travel import WIDENING_S, Search
from tests.harness.drawn_town import DrawnTown, Place
from tests.harness.walked import walked_s

SQUARE = """
    A   B   C
    D   E   F
    G   H   I
"""
STREETS = {
    "ABC": {"name": "北街"},
    "DEF": {"name": "中街"},
    "GHI": {"name": "南街"},
    "ADG": {},
    "BEH": {},
    "CFI": {},
}
MPS = 36 * 0.8 / 3.6  # the limit, as far as an ordinary car makes use of it
JUNCTION_S = 2.0


def eta_s(roads: Roads, start: Place, goal: Place, profile: str = "car") -> float:
    search = roads.search(profile, goal)
    search.widen(math.inf)
    snaps = search.snaps(np.array([start[0]]), np.array([start[1]]))
    return float(search.times(snaps, 1).eta_s[0])


def test_a_way_costs_its_length_by_its_speed_and_its_crossings() -> None:
    town = DrawnTown(SQUARE, STREETS)
    seconds = eta_s(town.roads, town.between("A", "B"), town.between("B", "C"))
    assert seconds == pytest.approx(400 / MPS + JUNCTION_S, rel=1e-3)


def test_signals_cost_more_than_a_bare_crossing() -> None:
    lit = DrawnTown(SQUARE, STREETS, controls={"B": "traffic_signals"})
    seconds = eta_s(lit.roads, lit.between("A", "B"), lit.between("B", "C"))
    assert seconds == pytest.approx(400 / MPS + 12.0, rel=1e-3)


def test_on_one_street_one_goes_the_way_it_leads() -> None:
    town = DrawnTown("A       B\n\nC       D", {"AB": {"oneway": "yes"}, "BD": {}, "DC": {}, "CA": {}})
    roads = town.roads
    early, late = town.between("A", "B", 0.25), town.between("A", "B", 0.75)
    assert eta_s(roads, early, late) == pytest.approx(400 / MPS, rel=1e-3)
    around_m = 200 + 200 + 800 + 200 + 200
    assert eta_s(roads, late, early) == pytest.approx(around_m / MPS, rel=1e-3)


def test_who_drives_with_blue_light_may_go_against_a_one_way_street_slowly() -> None:
    town = DrawnTown("A       B\n\nC       D", {"AB": {"oneway": "yes"}, "BD": {}, "DC": {}, "CA": {}})
    late, early = town.between("A", "B", 0.75), town.between("A", "B", 0.25)
    assert eta_s(town.roads, late, early, "blue_light") == pytest.approx(400 / (20 / 3.6), rel=1e-3)
    assert eta_s(town.roads, late, early, "foot") == pytest.approx(400 / (5 / 3.6), rel=1e-3)


def test_nobody_goes_the_wrong_way_round_a_roundabout_or_down_a_motorway() -> None:
    for tags in ({"junction": "roundabout"}, {"highway": "motorway", "maxspeed": "100"}):
        town = DrawnTown(
            "A       B\n\nC       D", {"AB": {"oneway": "yes", **tags}, "BD": {}, "DC": {}, "CA": {}}
        )
        late, early = town.between("A", "B", 0.75), town.between("A", "B", 0.25)
        assert eta_s(town.roads, late, early, "blue_light") > 400 / (20 / 3.6)


def test_a_private_road_is_only_for_who_has_the_right() -> None:
    town = DrawnTown(
        "A   B   C\n\n\n\n\nD   E   F", {"ABC": {"access": "private"}, "DEF": {}, "AD": {}, "CF": {}}
    )
    roads = town.roads
    ordinary = eta_s(roads, town.at["D"], town.at["C"])
    assert ordinary == pytest.approx((800 + 500) / MPS, rel=0.05)
    assert eta_s(roads, town.at["A"], town.at["C"], "blue_light") < ordinary + 500 / MPS


def test_a_footpath_that_is_open_to_the_public_is_no_street() -> None:
    for opened, is_street in ((("access", "yes"), False), (("motor_vehicle", "yes"), True)):
        town = DrawnTown(
            "A   B   C\n\nD       F",
            {"AB": {}, "BC": {"highway": "footway", **dict([opened])}, "AD": {}, "DF": {}, "FC": {}},
        )
        seconds = eta_s(town.roads, town.at["B"], town.at["C"])
        assert (seconds < 400 / (10 / 3.6)) == is_street


def test_a_bollard_stops_a_car_and_not_a_patrol_on_foot() -> None:
    town = DrawnTown(
        "A   B   C\n\nD       F",
        {"ABC": {}, "AD": {}, "DF": {}, "FC": {}},
        barriers={"B": {"barrier": "bollard"}},
    )
    roads = town.roads
    one, other = town.between("A", "B"), town.between("B", "C")
    assert eta_s(roads, one, other) == pytest.approx((200 + 200 + 800 + 200 + 200) / MPS, rel=0.02)
    assert eta_s(roads, one, other, "foot") == pytest.approx(400 / (5 / 3.6), rel=0.02)


def test_of_two_streets_between_the_same_corners_the_quicker_is_taken() -> None:
    town = DrawnTown("A       B\n  c   d  ", {"AB": {"maxspeed": "10"}, "AcdB": {"maxspeed": "60"}})
    seconds = eta_s(town.roads, town.at["A"], town.at["B"])
    assert seconds < 800 / (10 * 0.8 / 3.6) / 3


def test_nobody_is_put_on_an_island_however_near() -> None:
    #  A — C and back by F and D; x — y stands alone, nearer to who is at its door
    town = DrawnTown("A       C\nD       F\n x  y", {"AC": {}, "CF": {}, "FD": {}, "DA": {}, "xy": {}})
    roads = town.roads
    assert math.isfinite(eta_s(roads, town.between("x", "y"), town.at["C"]))
    assert math.isfinite(eta_s(roads, town.at["C"], town.between("x", "y")))


def test_who_is_too_far_from_any_road_has_no_time() -> None:
    town = DrawnTown(SQUARE, STREETS)
    assert eta_s(town.roads, (115.0, 22.6), town.at["C"]) == math.inf
    assert eta_s(town.roads, town.at["C"], (115.0, 22.6)) == math.inf


def test_a_closed_street_is_gone_round_but_who_is_called_into_it_gets_in() -> None:
    town = DrawnTown(SQUARE, STREETS)
    west, goal = town.between("D", "E"), town.between("E", "F")
    lon, lat = town.at["E"]
    cordon = Closure(
        id=UUID(int=1),
        extent=shapely.MultiPolygon([shapely.box(lon - 1e-4, lat - 1e-4, lon + 1e-4, lat + 1e-4)]),
    )
    closed = town.roads.closed_by([cordon])
    assert eta_s(closed, west, town.at["I"]) >= eta_s(town.roads, west, town.at["I"])
    assert math.isfinite(eta_s(closed, west, goal)), "it lies in the cordon"
    search = closed.search("car", town.at["C"])
    search.widen(math.inf)
    route = search.route(*town.at["G"])
    assert route is not None
    assert all(distance_m(*corner, lon, lat) > 50 for corner in route.line)


def test_a_slow_street_takes_as_much_longer() -> None:
    town = DrawnTown("A       B", {"AB": {}})
    slow = town.roads.closed_by([Closure(id=UUID(int=1), ways=(1,), factor=0.5)])
    start, goal = town.between("A", "B", 0.1), town.between("A", "B", 0.9)
    assert eta_s(slow, start, goal) == pytest.approx(eta_s(town.roads, start, goal), rel=1e-6), (
        "it ends in it"
    )
    long_ = DrawnTown("A   B   C   D", {"AB": {}, "BC": {}, "CD": {}})
    slow = long_.roads.closed_by([Closure(id=UUID(int=1), ways=(2,), factor=0.5)])
    start, goal = long_.between("A", "B"), long_.between("C", "D")
    assert eta_s(slow, start, goal) == pytest.approx(eta_s(long_.roads, start, goal) + 400 / MPS, rel=1e-3)


# Random towns

NODES = 14


@st.composite
def tangles(draw: st.DrawFn) -> DrawnTown:
    """A few corners anywhere, and streets between any of them: one-ways, islands, parallels, dead ends."""
    town = DrawnTown("A   B", {"AB": {}})
    places = [
        (114.0 + draw(st.integers(0, 60)) * 1e-4, 22.6 + draw(st.integers(0, 60)) * 1e-4)
        for _ in range(NODES)
    ]
    roads = []
    for n in range(draw(st.integers(4, 30))):
        nodes = draw(st.lists(st.integers(0, NODES - 1), min_size=2, max_size=4, unique=True))
        roads.append(
            Road(
                id=n + 1, kind=draw(st.sampled_from(["residential", "primary", "service", "pedestrian"])), name=f"{n}路",
                oneway=draw(st.sampled_from([0, 0, 0, 1, -1])), max_kmh=draw(st.sampled_from([None, 20.0, 50.0])), bridge=False,
                nodes=tuple(nodes), line=tuple(places[node] for node in nodes),
            )
        )  # fmt: skip
    extract = town.extract
    assume(any(place != road.line[0] for road in roads for place in road.line))
    town.extract = type(extract)(
        bounds=extract.bounds, roads=tuple(roads), places=(), shores=(), waters=(), greens=(), rails=(), credit=None,
        lights=frozenset(draw(st.sets(st.integers(0, NODES - 1), max_size=3))),
    )  # fmt: skip
    return town


def test_at_a_crossing_one_is_on_all_of_its_streets() -> None:
    roads = DrawnTown(SQUARE, STREETS).roads
    lon, lat = roads.network.lon, roads.network.lat
    middle = roads.snapper.snap([lon[4]], [lat[4]], "car", EVERY_PART)
    beside = roads.snapper.snap([lon[4] + 5e-4], [lat[4]], "car", EVERY_PART)
    assert (len(middle.segments), len(beside.segments)) == (4, 1)


@settings(max_examples=40, deadline=None)
@given(
    tangles(),
    st.sampled_from(["car", "blue_light", "foot"]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8),
)
def test_every_time_equals_that_of_another_search_to_the_millisecond(
    town: DrawnTown, profile: str, spots: list[tuple[int, int]]
) -> None:
    roads = town.roads
    (goal, *places) = [(114.0 + x * 1e-4, 22.6 + y * 1e-4) for x, y in spots]
    lons, lats = np.array([p[0] for p in places]), np.array([p[1] for p in places])
    search = roads.search(profile, goal)
    snaps = search.snaps(lons, lats)
    whole = _widened(search, math.inf)
    expected = walked_s(roads.network, profile, _ends(search, roads, profile, goal), snaps, len(places))
    found = whole.times(snaps, len(places))
    assert found.eta_s.tolist() == pytest.approx(expected, abs=1e-3)
    for limit_s in WIDENING_S[:2]:
        early = _widened(roads.search(profile, goal), limit_s)
        times = early.times(snaps, len(places))
        known = np.isfinite(times.eta_s)
        assert np.array_equal(times.eta_s[known], found.eta_s[known])
        assert (found.eta_s[~known] > limit_s).all()
    for place, seconds, metres in zip(places, found.eta_s.tolist(), found.road_m.tolist(), strict=True):
        route = whole.route(*place)
        assert (route is not None) == math.isfinite(seconds)
        if route is not None:
            assert (route.eta_s, route.road_m) == (seconds, metres)
            drawn_m = sum(
                distance_m(*one, *other) for one, other in zip(route.line, route.line[1:], strict=False)
            )
            assert drawn_m == pytest.approx(metres, rel=0.01, abs=1.0)


def _widened(search: Search, limit_s: float) -> Search:
    search.widen(limit_s)
    return search


def _ends(search: Search, roads: Roads, profile: str, goal: Place) -> Snaps:
    part = search.part if search.part is not None else -2
    return roads.snapper.snap([goal[0]], [goal[1]], profile, part)


@settings(max_examples=40, deadline=None)
@given(tangles(), st.lists(st.tuples(st.integers(-20, 80), st.integers(-20, 80)), min_size=1, max_size=20))
def test_the_nearest_road_is_the_nearest_of_all(town: DrawnTown, spots: list[tuple[int, int]]) -> None:
    roads = town.roads
    snapper, network = roads.snapper, roads.network
    lons = np.array([114.0 + x * 1e-4 for x, _ in spots])
    lats = np.array([22.6 + y * 1e-4 for _, y in spots])
    snaps = snapper.snap(lons, lats, "foot", EVERY_PART)
    one = network.travelled["foot"]
    starts, ends = one.component[network.starts], one.component[network.ends]
    goes = np.isfinite(one.along) | np.isfinite(one.against)
    usable = np.flatnonzero((starts == ends) & (starts >= 0) & goes & (network.ways != 0))
    lines = [_scaled(np.column_stack(network.shape(int(n)))) for n in usable]
    for place in range(len(spots)):
        point = shapely.Point(_scaled(np.array([[lons[place], lats[place]]]))[0])
        away = np.array([shapely.distance(shapely.LineString(line), point) for line in lines])
        own = snaps.of(place)
        if not len(away) or away.min() > 1_000:
            assert len(own.segments) == 0
            continue
        assert own.away_m.min() == pytest.approx(away.min(), abs=0.02, rel=2e-3)


def _scaled(corners: Floats) -> Floats:
    return np.column_stack(((corners[:, 0] - 114) * 102_900.0, (corners[:, 1] - 22.6) * 110_740.0))


@settings(max_examples=60, deadline=None)
@given(
    tangles(),
    st.sampled_from(["car", "blue_light", "foot"]),
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 30), min_size=1, max_size=4), st.sampled_from([0.0, 0.0, 0.3, 0.9])
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8),
)
def test_under_closures_every_time_equals_that_in_a_graph_made_anew(
    town: DrawnTown, profile: str, shut: list[tuple[list[int], float]], spots: list[tuple[int, int]]
) -> None:
    roads = town.roads
    closures = [
        Closure(id=UUID(int=n), ways=tuple(ways), factor=factor) for n, (ways, factor) in enumerate(shut)
    ]
    covered = {one.id: roads.covered_by(one) for one in closures}
    (goal, *places) = [(114.0 + x * 1e-4, 22.6 + y * 1e-4) for x, y in spots]
    found = np.full(len(places), np.nan)
    for search, rows in roads.closed_by(closures).towards(profile, goal).searches(*np.array(places).T):
        search.widen(math.inf)
        found[rows] = search.times(search.snaps(*np.array(places)[rows].T), len(rows)).eta_s
    for place, seconds in zip(places, found.tolist(), strict=True):
        holding = [
            one
            for one in closures
            if not any(_is_in(roads, profile, covered[one.id], p) for p in (goal, place))
        ]
        network = _made_anew(roads, profile, [(one, covered[one.id]) for one in holding])
        search = Search(network, roads.snapper, profile, goal)
        search.widen(math.inf)
        expected = search.times(search.snaps(np.array([place[0]]), np.array([place[1]])), 1).eta_s[0]
        assert seconds == pytest.approx(float(expected), abs=1e-3)


def _is_in(roads: Roads, profile: str, covered: Any, place: Place) -> bool:
    own = roads.snapper.snap([place[0]], [place[1]], profile, EVERY_PART).segments
    return bool(len(own)) and bool(covered[own].all())


def _made_anew(roads: Roads, profile: str, holding: list[tuple[Closure, Any]]) -> Network:
    """The graph with all arcs made from the times, instead of those of a few changed."""
    network, one = roads.network, roads.network.travelled[profile]
    share = np.ones(network.segments)
    for closure, covered in holding:
        share[covered] = np.minimum(share[covered], closure.factor)
    slowed = np.where(share == 0, 1.0, share)
    along, against = ((times / slowed).astype(np.float32) for times in (one.along, one.against))
    there, back = (np.where(share == 0, np.float32(np.inf), times) for times in (along, against))
    arcs = arcs_of(network.starts, network.ends, there, back, one.delay)
    for times in (along, against):
        times.flags.writeable = False
    travelled = Travelled(along, against, one.delay, one.component, arcs)
    return msgspec.structs.replace(network, travelled={**network.travelled, profile: travelled})


def test_who_stands_in_a_closed_area_gets_out_of_it_and_others_go_round() -> None:
    town = DrawnTown("A   B   C   D   E\n\nF               G", {**{pair: {} for pair in ("AB", "BC", "CD", "DE")}, "AF": {}, "FG": {}, "GE": {}})  # fmt: skip
    (west, south), (east, north) = town.at["B"], town.at["D"]
    area = shapely.MultiPolygon([shapely.box(west + 2e-4, south - 2e-4, east - 2e-4, north + 2e-4)])
    closed = town.roads.closed_by([Closure(id=UUID(int=1), extent=area)])
    inside, outside, goal = town.between("B", "C"), town.between("A", "B"), town.at["G"]
    found = {}
    for search, rows in closed.towards("car", goal).searches(*np.array([inside, outside]).T):
        search.widen(math.inf)
        places = np.array([inside, outside])[rows]
        for row, seconds in zip(
            rows.tolist(), search.times(search.snaps(*places.T), len(rows)).eta_s, strict=True
        ):
            found[row] = float(seconds)
    assert found[0] == pytest.approx((200 + 400 + 400 + 200) / MPS, rel=0.02)
    assert found[1] == pytest.approx((200 + 200 + 1600) / MPS, rel=0.02)


def test_when_the_quicker_of_two_streets_between_the_same_corners_is_closed_the_other_is_taken() -> None:
    town = DrawnTown("X   A       B   Y\n      c   d  ", {"AB": {}, "AcdB": {}, "XA": {}, "BY": {}})
    start, goal = town.between("X", "A"), town.between("B", "Y")
    straight_s = eta_s(town.roads, start, goal)
    for factor in (0.0, 0.01):
        closed = town.roads.closed_by([Closure(id=UUID(int=1), ways=(1,), factor=factor)])
        round_s = eta_s(closed, start, goal)
        assert straight_s + 5 < round_s < 2 * straight_s
    slow = town.roads.closed_by([Closure(id=UUID(int=1), ways=(2,), factor=0.5)])
    assert eta_s(slow, start, goal) == straight_s
    both = town.roads.closed_by([Closure(id=UUID(int=n), ways=(n,)) for n in (1, 2)])
    assert eta_s(both, start, goal) == math.inf
