"""Cordon promise: the crossings of a cordon cut every way out, no smaller set does, and each gets a unit of its own."""

import itertools
import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.cordons import Asked, cordon_of
from geo.cordons import NEVER, _least_cut, cut
from geo.network import Network
from geo.roads import SET_UP_S, Roads
from geo.travel import outward_s
from tests.harness.drawn_town import DrawnTown
from units.answers import Around

GRID = """
A--B--C--D--E
|  |  |  |  |
F--G--H--I--J
|  |  |  |  |
K--L--M--N--O
|  |  |  |  |
P--Q--R--S--T
|  |  |  |  |
U--V--W--X--Y
"""
ROWS = ("ABCDE", "FGHIJ", "KLMNO", "PQRST", "UVWXY")
STREETS = {letters: {"name": f"{n + 1}横路"} for n, letters in enumerate(ROWS)} | {
    "".join(column): {"name": f"{n + 1}纵路"} for n, column in enumerate(zip(*ROWS, strict=True))
}


@pytest.fixture(scope="module")
def grid() -> DrawnTown:
    return DrawnTown(GRID, STREETS)


def nobody() -> Around:
    return units([])


def units(places: list[tuple[float, float]]) -> Around:
    columns = np.array(places, np.float64).reshape(-1, 2)
    return Around(
        places[0] if places else (0.0, 0.0), np.arange(1, len(places) + 1, dtype=np.uint32), columns[:, 0].copy(),
        columns[:, 1].copy(), np.zeros(len(places), np.uint16), ("car",),
    )  # fmt: skip


def separates(graph: "nx.DiGraph[object]", held: set[int], begun: set[int], edge: set[int]) -> bool:
    """Whether nobody comes from where he begins past the edge when these crossings are held."""
    left = graph.subgraph(set(graph) - held)
    ways = ((one, other) for one in begun - held for other in edge - held)
    return not any(nx.has_path(left, one, other) for one, other in ways)


@given(st.integers(0, 10**9))
@settings(max_examples=120, deadline=None)
def test_a_cut_is_as_light_as_the_lightest_there_is(seed: int) -> None:
    """Against every set of crossings of a small graph, one-way streets and crossings nobody can hold included."""
    rng = random.Random(seed)
    count = rng.randrange(4, 10)
    arcs = [(a, b) for a in range(count) for b in range(count) if a != b and rng.random() < 0.3]
    edge = {count - 1, count - 2}
    begun = {0, 1} - edge
    weights = np.array([rng.choice([1, 1, 1, 7]) for _ in range(count)], np.int32)
    for vertex in begun:
        weights[vertex] = rng.choice([1, NEVER])
    graph: nx.DiGraph[object] = nx.DiGraph(arcs)
    graph.add_nodes_from(range(count))
    tails, heads = np.array(arcs, np.int32).reshape(-1, 2).T
    found = _least_cut(
        (tails, heads), weights, np.array(sorted(begun), np.int32), np.array(sorted(edge), np.int32)
    )
    assert separates(graph, set(found.tolist()), begun, edge)
    lightest = min(
        int(weights[list(some)].sum())
        for size in range(count + 1)
        for some in itertools.combinations(range(count), size)
        if separates(graph, set(some), begun, edge)
    )
    assert int(weights[found].sum()) == lightest


def beyond(network: Network, roads: Roads, place: tuple[float, float], ring_s: float) -> set[int]:
    start = roads.snapper.snap([place[0]], [place[1]], "car", roads.snapper.part_of(*place, "car") or 0)
    at_s = outward_s(network, "car", start, ring_s)
    return set(np.flatnonzero(~np.isfinite(at_s)).tolist())


@pytest.mark.parametrize("ring_s", [15.0, 25.0, 35.0, 45.0])
@pytest.mark.parametrize("corner", ["M", "H", "B", "U"])
def test_in_the_grid_town_nobody_gets_out_past_the_points(
    grid: DrawnTown, corner: str, ring_s: float
) -> None:
    roads, place = grid.roads, grid.at[corner]
    found = roads.cut("car", place, 5.0, ring_s, {})
    assert found is not None
    network, outside = roads.network, beyond(roads.network, roads, place, ring_s)
    graph = nx.DiGraph(list(zip(network.starts.tolist(), network.ends.tolist(), strict=True)))
    graph.add_edges_from(list(zip(network.ends.tolist(), network.starts.tolist(), strict=True)))
    here = int(np.argmin(np.hypot(network.lon - place[0], network.lat - place[1])))
    held = set(found.vertices.tolist())
    assert separates(graph, held, {here}, outside)
    for vertex in held:  # none too many
        assert not separates(graph, held - {vertex}, {here}, outside)
    assert np.all(found.at_s > 5.0)


def test_where_no_way_leads_out_there_is_nothing_to_hold(grid: DrawnTown) -> None:
    assert cordon_of(grid.roads, Asked(grid.at["M"], "car", 0.0, 3_600.0), nobody()) == []


def test_far_from_every_road_nobody_can_say(grid: DrawnTown) -> None:
    assert cordon_of(grid.roads, Asked((120.0, 30.0), "car", 0.0, 60.0), nobody()) is None


def test_a_bridge_is_held_rather_than_four_streets() -> None:
    town = DrawnTown(
        """
        A-B   G-H
        | |   | |
        C-D-E-F-I
        | |   | |
        J-K   L-M
        """,
        {
            "ABDC": {}, "CJKD": {}, "DEF": {"name": "大桥", "maxspeed": "36"}, "FGHI": {}, "FIML": {}, "FL": {}, "AC": {},
        },
    )  # fmt: skip
    [point] = cordon_of(town.roads, Asked(town.at["A"], "car", 15.0, 70.0), nobody()) or []
    assert "大桥" in point.streets
    assert (round(point.lon, 6), round(point.lat, 6)) in {
        (round(lon, 6), round(lat, 6)) for lon, lat in (town.at["D"], town.at["E"], town.at["F"])
    }


def test_each_point_gets_a_unit_and_no_unit_two(grid: DrawnTown) -> None:
    around = units([grid.at[letter] for letter in "AEUYMC"])
    points = cordon_of(grid.roads, Asked(grid.at["M"], "car", 5.0, 25.0), around)
    assert points
    dealt = [one.handle for one in points if one.handle is not None]
    assert len(dealt) == len(set(dealt)) == min(len(points), 6)
    for one in points:
        if one.handle is not None:
            assert one.eta_s is not None
            assert one.in_time is (one.eta_s + SET_UP_S <= one.fugitive_s)


def test_points_are_taken_where_somebody_is_in_time() -> None:
    """One long street: alone its first crossing would do; with somebody far out it is held where he is there in time."""
    town = DrawnTown(
        """
        p               q
          b c d e f
          A-B-C-D-E-F-G
        """,
        {"ABCDEFG": {"maxspeed": "18"}, "bB": {}, "cC": {}, "dD": {}, "eE": {}, "fF": {}, "pq": {}},
    )
    ring = Asked(town.at["A"], "car", 5.0, 230.0)
    [near] = cordon_of(town.roads, ring, nobody()) or []
    [far] = cordon_of(town.roads, ring, units([town.at["E"]])) or []
    assert far.in_time
    assert far.fugitive_s > near.fugitive_s
    assert far.lon > near.lon


EDGED = """
    n
    |
w-A-B-C-e
    |   |
    D---E
    |
    s
"""
ROADS = {"wABCe": {"name": "界路"}, "nB": {}, "BD": {}, "Ds": {}, "DE": {}, "eE": {}}


def test_a_road_that_leaves_the_map_is_a_way_out_that_is_held() -> None:
    town = DrawnTown(EDGED, ROADS)
    inside = Asked(town.at["B"], "car", 0.0, 600.0)  # all of the map lies within the ring
    points = cordon_of(town.roads, inside, nobody()) or []
    assert points, "the map's edge is no wall"
    assert all(point.fugitive_s >= 0 for point in points)
    closed = DrawnTown(GRID, STREETS)
    assert cordon_of(closed.roads, Asked(closed.at["M"], "car", 0.0, 3600.0), nobody()) == []


def test_who_may_have_left_the_map_already_is_counted_not_chased() -> None:
    town = DrawnTown(EDGED, ROADS)
    start = town.roads.snapper.snap([town.at["B"][0]], [town.at["B"][1]], "car", 0)
    found = cut(town.roads.network, "car", start, 3600.0, 7200.0)
    assert (len(found.vertices), found.gone) == (0, 3)
