"""Every point of the generated city has exactly one station, whatever the seed, and the same seed gives the same city."""

from random import Random

import msgspec
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.rooms import Rooms, with_lineage
from dispatch.seeds.lattice import Box, Lattice
from dispatch.seeds.small_city import BOX, point_inside, small_city
from geo.areas import Area, Areas, Layer
from incidents.types import shipped_tree

SEEDS = st.integers(0, 2**32)


def polygons(seed: int) -> list[shapely.Polygon]:
    return [shapely.Polygon(cell.ring) for cell in Lattice(BOX, 5, 3, Random(seed)).cells()]


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_cells_cover_the_box_and_never_overlap(seed: int) -> None:
    cells = polygons(seed)
    assert all(cell.is_valid and cell.exterior.is_ccw for cell in cells)
    union = shapely.union_all(cells)
    assert union.geom_type == "Polygon"
    assert not list(union.interiors)
    assert union.symmetric_difference(shapely.box(*msgspec.structs.astuple(BOX))).area == 0.0
    assert sum(cell.area for cell in cells) == pytest.approx(union.area, rel=1e-12)


@given(SEEDS, st.floats(BOX.west, BOX.east), st.floats(BOX.south, BOX.north))
@settings(max_examples=200, deadline=None)
def test_a_point_lies_inside_one_cell_or_on_borders(seed: int, lon: float, lat: float) -> None:
    point = shapely.Point(lon, lat)
    cells = polygons(seed)
    inside = [cell for cell in cells if cell.contains(point)]
    touching = [cell for cell in cells if cell.distance(point) < 1e-12]
    assert len(inside) == 1 or (not inside and touching)


def test_every_random_place_has_one_owner_and_no_hole_needs_the_nearest() -> None:
    city = small_city(110, 60)
    areas = Areas(Area.from_geojson(j.room_id, j.layer, j.geometry) for j in city.jurisdictions)
    rng = Random(1)
    for _ in range(2_000):
        lon, lat = rng.uniform(BOX.west, BOX.east), rng.uniform(BOX.south, BOX.north)
        assert areas.owner(lon, lat, Layer.POLICE).how in ("inside", "border")


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_point_inside_a_cell_is_inside(seed: int) -> None:
    rng = Random(seed)
    for cell in Lattice(Box(0.0, 0.0, 5.0, 3.0), 5, 3, rng).cells():
        ring = shapely.Polygon(cell.ring)
        assert all(ring.covers(shapely.Point(point_inside(cell, rng))) for _ in range(20))


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert msgspec.json.encode(small_city(110, 80)) == msgspec.json.encode(small_city(110, 80))
    assert msgspec.json.encode(small_city(110, 80)) != msgspec.json.encode(small_city(111, 80))


def test_the_rooms_are_one_tree_of_three_tiers() -> None:
    city = small_city(110, 0)
    tree = Rooms(with_lineage(city.rooms))
    assert tree.root == tree.by_id[city.root.id]
    assert [room.tier for room in city.rooms].count("station") >= 12
    assert tree.subtree(city.root.id) == {room.id for room in city.rooms}
    for room in city.rooms:
        assert all(room.id in tree.by_id[other].neighbours for other in room.neighbours)


@pytest.mark.parametrize("count", [1, 5, 60, 2_000])
def test_units_are_of_known_kinds_and_skills_and_nearly_all_positioned(count: int) -> None:
    tree = shipped_tree()
    units = small_city(110, count, "demo").units
    assert len({unit.call_sign for unit in units}) == len({unit.id for unit in units}) == count
    assert all(unit.kind in tree.kinds and set(unit.skills) <= set(tree.skills) for unit in units)
    positioned = [unit for unit in units if unit.lon is not None]
    assert len(positioned) * 5 >= count * 4
    assert all(unit.gateway == "demo" for unit in positioned)
    assert all(unit.crew for unit in units)


def test_a_city_of_sixty_units_has_every_sort_it_may_need() -> None:
    units = small_city(110, 60).units
    assert {"car", "motorcycle", "foot", "boat", "drone", "video"} <= {unit.kind for unit in units}
    assert {"firearms", "traffic", "water_rescue", "supervisor"} <= {s for unit in units for s in unit.skills}
    assert {unit.unit_class for unit in units} == {"regular", "auxiliary"}


def test_units_and_call_points_lie_in_the_area_of_their_station() -> None:
    city = small_city(7, 200)
    areas = Areas(Area.from_geojson(j.room_id, j.layer, j.geometry) for j in city.jurisdictions)
    for unit in city.units:
        if unit.lon is not None and unit.lat is not None:
            assert areas.owner(unit.lon, unit.lat, Layer.POLICE).room_id == unit.room_id
    stations = {room.code: room.id for room in city.rooms}
    for point in city.call_points:
        owner = areas.owner(point.lon, point.lat, Layer.POLICE)
        assert owner.room_id == stations[point.code.split("-")[0]]
