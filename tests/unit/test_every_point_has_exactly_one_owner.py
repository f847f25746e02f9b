"""Jurisdictions: inside, on borders, in overlaps, holes, gaps and outside all, one owner, the same whoever asks."""

import itertools
import json
import math
import random
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, MultiPolygon, Point, box

from geo.areas import Area, Areas, Layer, NearbyRoom, Ownership
from geo.coordinates import destination, distance_m, distances_m
from geo.errors import BadPosition, NoArea

WEST, SOUTH, EAST, NORTH = 113.75, 22.45, 114.65, 22.85
CITY = box(WEST, SOUTH, EAST, NORTH)
TENTHS = [round(113.0 + i / 10, 1) for i in range(11)]


def room(number: int) -> UUID:
    return UUID(int=number)


def town(picture: str, layer: Layer = Layer.POLICE) -> Areas:
    """A town drawn in ASCII: each letter a block of 0.01 degrees of that room, rows from north, south-west corner at 114, 22."""
    rows = picture.split()
    areas = []
    for north, row in enumerate(rows):
        for east, letter in enumerate(row):
            if letter != ".":
                west, south = 114 + east / 100, 22 + (len(rows) - 1 - north) / 100
                block = MultiPolygon(
                    [box(west, south, 114 + (east + 1) / 100, 22 + (len(rows) - north) / 100)]
                )
                areas.append(Area(room(ord(letter)), layer, block))
    return Areas(areas)


def owner(areas: Areas, lon: float, lat: float) -> tuple[str, str]:
    found = areas.owner(lon, lat, Layer.POLICE)
    return chr(found.room_id.int), found.how


def sampled_m(area: MultiPolygon, lon: float, lat: float) -> float:
    """Distance to an area by brute force: its border walked in short steps, each measured by the geodesic."""
    if area.intersects(Point(lon, lat)):
        return 0.0
    walked = shapely.get_coordinates(shapely.segmentize(area.boundary, 0.0005))
    return float(distances_m(lon, lat, walked[:, 0], walked[:, 1]).min())


STEP_M = 60.0


TOWN = """
    AAABBB
    A.ABBB
    AAACCC
"""


def test_a_point_inside_belongs_to_its_polygon() -> None:
    assert owner(town(TOWN), 114.005, 22.025) == ("A", "inside")
    assert owner(town(TOWN), 114.045, 22.015) == ("B", "inside")
    assert owner(town(TOWN), 114.045, 22.005) == ("C", "inside")


def test_the_blocks_of_one_room_have_no_border_between_them() -> None:
    assert owner(town(TOWN), 114.02, 22.025) == ("A", "inside")


def test_on_a_shared_border_the_lowest_id_owns() -> None:
    assert owner(town(TOWN), 114.03, 22.015) == ("A", "border")
    assert owner(town(TOWN), 114.045, 22.01) == ("B", "border")
    assert owner(town(TOWN), 114.03, 22.01) == ("A", "border")


def test_on_the_outer_border_the_room_owns() -> None:
    assert owner(town(TOWN), 114.06, 22.005) == ("C", "border")


def test_in_a_hole_the_nearest_border_decides() -> None:
    found = town(TOWN).owner(114.0149, 22.015, Layer.POLICE)
    assert (chr(found.room_id.int), found.how) == ("A", "nearest")
    assert found.distance_m == pytest.approx(distance_m(114.0149, 22.015, 114.01, 22.015), abs=1e-3)


def test_outside_all_the_nearest_border_decides_however_far() -> None:
    assert owner(town(TOWN), 114.2, 22.004) == ("C", "nearest")
    assert owner(town(TOWN), -122.4, 37.8)[1] == "nearest"
    assert owner(town(TOWN), -66.0, -22.0)[1] == "nearest"


def test_equally_near_to_several_the_lowest_id_owns() -> None:
    # South-east of the corner that B and C share, then midway between two rooms.
    assert owner(town("B. CB"), 114.015, 22.015) == ("B", "nearest")
    assert owner(town("D.C"), 114.015, 22.005) == ("C", "nearest")


def test_nearest_is_meant_in_metres_not_in_degrees() -> None:
    # At 60 north a degree of longitude is half as long: 0.012 east is nearer than 0.008 north.
    east = Area(room(2), Layer.POLICE, MultiPolygon([box(20.012, 59.9, 20.1, 60.1)]))
    north = Area(room(1), Layer.POLICE, MultiPolygon([box(19.9, 60.008, 20.0, 60.1)]))
    assert Areas([east, north]).owner(20.0, 60.0, Layer.POLICE).room_id == room(2)


def test_in_an_overlap_the_smaller_area_owns_then_the_lowest_id() -> None:
    district = Area(room(1), Layer.POLICE, MultiPolygon([box(114, 22, 115, 23)]))
    campus = Area(room(2), Layer.POLICE, MultiPolygon([box(114.4, 22.4, 114.5, 22.5)]))
    twin = Area(room(3), Layer.POLICE, MultiPolygon([box(114.4, 22.4, 114.5, 22.5)]))
    for order in itertools.permutations([district, campus, twin]):
        assert Areas(order).owner(114.45, 22.45, Layer.POLICE) == Ownership(room(2), "inside", 0.0)
        # On the border of the campus one is inside the district.
        assert Areas(order).owner(114.4, 22.45, Layer.POLICE) == Ownership(room(1), "inside", 0.0)


def test_each_trade_has_its_own_owner() -> None:
    areas = Areas(
        [
            Area(room(1), Layer.POLICE, MultiPolygon([box(114, 22, 115, 23)])),
            Area(room(2), Layer.TRAFFIC, MultiPolygon([box(113, 22, 115, 23)])),
        ]
    )
    assert areas.layers == {Layer.POLICE, Layer.TRAFFIC}
    assert areas.owner(114.5, 22.5, Layer.TRAFFIC).room_id == room(2)
    assert set(areas.rooms(Layer.POLICE)) == {room(1)}
    assert areas.rooms(Layer.METRO) == {}


def test_a_trade_without_jurisdictions_is_refused_with_the_remedy() -> None:
    for areas in (Areas([]), town(TOWN)):
        with pytest.raises(NoArea, match="no jurisdiction is loaded for metro; import") as refusal:
            areas.owner(114, 22, Layer.METRO)
        assert refusal.value.code == "no_area"
        with pytest.raises(NoArea):
            areas.rooms_within(114, 22, 100, Layer.METRO)


def test_a_position_off_the_globe_has_no_owner() -> None:
    for lon, lat in ((math.nan, 22), (114, 91), (math.inf, 0)):
        with pytest.raises(BadPosition):
            town(TOWN).owner(lon, lat, Layer.POLICE)
        with pytest.raises(BadPosition):
            town(TOWN).rooms_within(lon, lat, 1, Layer.POLICE)


def test_adjoining_rooms_are_found_within_metres() -> None:
    areas = town(TOWN)
    lon, lat = destination(114.03, 22.015, 270.0, 100.0)  # in A, 100 m west of B, 553 m north of C
    assert areas.rooms_within(lon, lat, 99, Layer.POLICE) == (NearbyRoom(room(ord("A")), 0.0),)
    a, b = areas.rooms_within(lon, lat, 101, Layer.POLICE)
    assert (a, chr(b.room_id.int)) == (NearbyRoom(room(ord("A")), 0.0), "B")
    assert b.distance_m == pytest.approx(100.0, abs=2e-3)
    assert [chr(r.room_id.int) for r in areas.rooms_within(lon, lat, 600, Layer.POLICE)] == ["A", "B", "C"]
    assert areas.rooms_within(120.0, 30.0, 1000, Layer.POLICE) == ()


def test_on_the_border_both_rooms_are_at_no_distance() -> None:
    at_border = town(TOWN).rooms_within(114.03, 22.015, 0, Layer.POLICE)
    assert [(chr(r.room_id.int), r.distance_m) for r in at_border] == [("A", 0.0), ("B", 0.0)]


def test_across_the_antimeridian_the_near_side_is_near() -> None:
    east = Area(room(1), Layer.POLICE, MultiPolygon([box(178.0, -18, 179.9, -16)]))
    west = Area(room(2), Layer.POLICE, MultiPolygon([box(-179.99, -18, -178.0, -16)]))
    found = Areas([east, west]).owner(179.99, -17.0, Layer.POLICE)
    assert (found.room_id, found.how) == (room(2), "nearest")
    assert found.distance_m == pytest.approx(distance_m(179.99, -17, -179.99, -17), abs=1e-3)


@st.composite
def voronoi_cities(draw: st.DrawFn) -> list[Area]:
    """The city box cut into random Voronoi cells, one or two a room, some cells left out or grown over their neighbours."""
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 14))
    chance = random.Random(seed)
    seeds = MultiPoint([(chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)) for _ in range(count + 1)])
    cells = [
        cell.intersection(CITY) for cell in shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=CITY))
    ]
    whole, left_out, grown = draw(st.sampled_from([(1.0, 0.0, 0.0), (0.6, 0.2, 0.2)]))
    areas: list[Area] = []
    for number, cell in enumerate(cells):
        fate = chance.choices(["whole", "left_out", "grown"], [whole, left_out, grown])[0]
        if fate == "left_out" and len(areas) > 0:
            continue
        shape = cell.buffer(0.01, quad_segs=2) if fate == "grown" else cell
        areas.append(Area(room(1 + number * 7 % 11), Layer.POLICE, MultiPolygon([shape])))
    return areas


POINTS = st.tuples(st.floats(WEST - 0.2, EAST + 0.2), st.floats(SOUTH - 0.2, NORTH + 0.2))


def brute_force_agrees(areas: Areas, lon: float, lat: float) -> None:
    found = areas.owner(lon, lat, Layer.POLICE)
    by_room = areas.rooms(Layer.POLICE)
    inside = {r for r, area in by_room.items() if area.contains(Point(lon, lat))}
    covering = {r for r, area in by_room.items() if area.intersects(Point(lon, lat))}
    if found.how == "nearest":
        assert not covering
        sampled = {r: sampled_m(area, lon, lat) for r, area in by_room.items()}
        assert found.distance_m <= min(sampled.values()) + 1e-3
        assert sampled[found.room_id] - STEP_M <= found.distance_m
    elif found.how == "border":
        assert not inside
        assert found.room_id == min(covering)
    else:
        assert found.room_id in inside
        assert by_room[found.room_id].area <= min(by_room[r].area for r in inside) * (1 + 1e-2)


@settings(max_examples=60, deadline=None)
@given(voronoi_cities(), st.lists(POINTS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_in_any_city_brute_force_agrees_whatever_the_loading_order(
    city: list[Area], points: list[tuple[float, float]], chance: random.Random
) -> None:
    areas = Areas(city)
    corners = [tuple(corner) for area in city for corner in shapely.get_coordinates(area.geometry).tolist()]
    chance.shuffle(city)
    shuffled = Areas(city)
    for lon, lat in (*points, *chance.sample(corners, min(3, len(corners)))):
        brute_force_agrees(areas, lon, lat)
        assert shuffled.owner(lon, lat, Layer.POLICE) == areas.owner(lon, lat, Layer.POLICE)


@settings(max_examples=60, deadline=None)
@given(voronoi_cities(), POINTS, st.randoms(use_true_random=False))
def test_what_is_known_of_a_cell_is_true_of_every_point_in_it(
    city: list[Area], point: tuple[float, float], chance: random.Random
) -> None:
    index = Areas(city)._index(Layer.POLICE)
    for _ in range(40):  # some two cells wide, so that most are asked about more than once
        lon, lat = (middle + chance.uniform(-0.004, 0.004) for middle in point)
        assert index.owner(lon, lat) == index.owner_exactly(lon, lat)


@given(voronoi_cities(), POINTS, st.floats(0, 30_000))
def test_rooms_within_are_those_that_brute_force_finds(
    city: list[Area], point: tuple[float, float], radius_m: float
) -> None:
    areas = Areas(city)
    found = areas.rooms_within(*point, radius_m, Layer.POLICE)
    assert list(found) == sorted(found, key=lambda nearby: (nearby.distance_m, nearby.room_id))
    by_room = {nearby.room_id: nearby.distance_m for nearby in found}
    for room_id, area in areas.rooms(Layer.POLICE).items():
        sampled = sampled_m(area, *point)
        if room_id in by_room:
            assert by_room[room_id] <= min(radius_m, sampled + 1e-3)
            assert sampled - STEP_M <= by_room[room_id]
        else:
            assert sampled > radius_m
    owned = areas.owner(*point, Layer.POLICE)
    assert (owned.room_id in by_room) == (owned.distance_m <= radius_m)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.0, 0.05]), st.sampled_from([0.0, 0.05]))
def test_in_a_grid_every_corner_edge_and_middle_has_one_owner(
    east: int, north: int, dx: float, dy: float
) -> None:
    lon, lat = TENTHS[east] + dx, TENTHS[north] - 91 + dy
    found = GRID.owner(lon, lat, Layer.POLICE)
    sharing = [r for r, area in GRID.rooms(Layer.POLICE).items() if area.intersects(Point(lon, lat))]
    edges = (dx == 0.0 and east > 0) + (dy == 0.0 and north > 0)
    assert len(sharing) == 2**edges
    assert found.room_id == min(sharing)
    assert found.how == ("inside" if dx and dy else "border")


GRID = Areas(
    Area(
        room(1 + (east * 7 + north * 3) % 10 + 10 * east),
        Layer.POLICE,
        MultiPolygon([box(TENTHS[east], TENTHS[north] - 91, TENTHS[east + 1], TENTHS[north + 1] - 91)]),
    )
    for east in range(10)
    for north in range(10)
)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-170, 170),
    st.floats(-80, 80),
    st.floats(0, 360),
    st.floats(0, 90_000),
    st.integers(0, 2**32 - 1),
)
@example(lon=0.0, lat=0.0, bearing=52.0, away_m=0.03125, seed=1423973529)
def test_the_nearest_border_is_right_to_a_millimetre_at_any_latitude(
    lon: float, lat: float, bearing: float, away_m: float, seed: int
) -> None:
    chance = random.Random(seed)
    start = destination(lon, lat, bearing, away_m)
    end = destination(*start, chance.uniform(0, 360), chance.uniform(100, 20_000))
    third = destination(*start, chance.uniform(0, 360), chance.uniform(100, 20_000))
    triangle = shapely.Polygon([start, end, third])
    if triangle.area < 1e-9 or triangle.bounds[2] - triangle.bounds[0] > 10:
        return
    found = Areas([Area(room(1), Layer.POLICE, MultiPolygon([triangle]))]).owner(lon, lat, Layer.POLICE)
    if found.how == "nearest":
        # Every edge walked in a thousand steps, then twice the neighbourhood of the best step in another thousand.
        best_m = math.inf
        for a, b in itertools.pairwise(shapely.get_coordinates(triangle.exterior)):
            shares = np.linspace(0, 1, 1001)
            for _ in range(3):  # 20 km to 0.1 mm; two rounds leave 4 cm, too coarse beside a border
                walked = a + shares[:, None] * (b - a)
                metres = distances_m(lon, lat, walked[:, 0], walked[:, 1])
                at = int(metres.argmin())
                shares = np.linspace(shares[max(at - 1, 0)], shares[min(at + 1, 1000)], 1001)
                best_m = min(best_m, float(metres.min()))
        assert found.distance_m == pytest.approx(best_m, abs=1e-3)


@pytest.fixture(scope="module")
def districts(shared_data: Path) -> list[tuple[str, Area]]:
    # The file starts with a byte-order mark.
    text = (shared_data / "shenzhen_districts_wgs84.json").read_text(encoding="utf-8-sig")
    features = json.loads(text)["features"]
    return [
        (feature["properties"]["qh"], Area.from_geojson(room(number), Layer.POLICE, feature))
        for number, feature in enumerate(features, start=1)
    ]


@pytest.mark.real_data
def test_the_districts_of_shenzhen_leave_no_point_without_one_owner(
    districts: list[tuple[str, Area]],
) -> None:
    areas = Areas(area for _, area in districts)
    reversed_order = Areas(area for _, area in reversed(districts))
    rng = np.random.default_rng(110)
    points = [(rng.uniform(113.7, 114.7), rng.uniform(22.4, 22.9)) for _ in range(400)]
    shared = [
        tuple(corner)
        for (_, a), (_, b) in itertools.combinations(districts, 2)
        for corner in shapely.get_coordinates(a.geometry.intersection(b.geometry)).tolist()[:10]
    ]
    assert len(shared) > 100
    hows = set()
    for lon, lat in points + shared:
        found = areas.owner(lon, lat, Layer.POLICE)
        assert found == reversed_order.owner(lon, lat, Layer.POLICE)
        hows.add(found.how)
    assert hows == {"inside", "border", "nearest"}
    for lon, lat in points[:60]:
        brute_force_agrees(areas, lon, lat)


@pytest.mark.real_data
def test_known_places_of_shenzhen_lie_in_their_districts(districts: list[tuple[str, Area]]) -> None:
    areas = Areas(area for _, area in districts)
    names = {area.room_id: name for name, area in districts}
    for lon, lat, name in (
        (114.0545, 22.5445, "福田"),  # civic centre
        (114.1120, 22.5320, "罗湖"),  # Luohu station
        (113.9340, 22.5330, "南山"),  # Shenzhen University
        (114.2370, 22.5560, "盐田"),  # Yantian
    ):
        assert names[areas.owner(lon, lat, Layer.POLICE).room_id] == name
