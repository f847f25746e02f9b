"""The invented city has no gap and no overlap, streets that lead everywhere, and everything stands on land; whatever the seed."""

import gzip
from functools import cache
from pathlib import Path

import msgspec
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.rooms import Rooms, with_lineage
from dispatch.seeds.bay.files import CALL_POINTS, write_bay
from dispatch.seeds.bay.shape import EAST, NORTH, SOUTH, WEST, Bay
from dispatch.seeds.looking import cameras_of, watched_at_first
from geo.areas import Area, Areas, Layer
from geo.polygons import polygon_from_geojson
from geo.roads import Roads
from geo.sketch import sketch
from incidents.types import shipped_tree
from tests.harness import bay

SEEDS = (110, 7, 20_260)
LONS, LATS = st.floats(WEST, EAST), st.floats(SOUTH, NORTH)
BOX = shapely.box(WEST, SOUTH, EAST, NORTH)


@cache
def shapes(seed: int, layer: Layer) -> list[shapely.MultiPolygon]:
    return [polygon_from_geojson(one.geometry) for one in bay.city(seed).jurisdictions if one.layer == layer]


@cache
def land(seed: int) -> shapely.Geometry:
    return Bay(seed).ground().land


def inside(seed: int, layer: Layer, lon: float, lat: float) -> tuple[int, int]:
    """In how many areas the point lies, and on how many borders besides."""
    touching = [shape for shape in shapes(seed, layer) if shapely.intersects_xy(shape, lon, lat)]
    strictly = sum(bool(shapely.contains_xy(shape, lon, lat)) for shape in touching)
    return strictly, len(touching) - strictly


@given(st.sampled_from(SEEDS), st.sampled_from((Layer.POLICE, Layer.TRAFFIC)), LONS, LATS)
@settings(max_examples=300, deadline=None)
def test_a_point_lies_in_one_station_of_a_trade_or_on_borders(
    seed: int, layer: Layer, lon: float, lat: float
) -> None:
    strictly, borders = inside(seed, layer, lon, lat)
    assert strictly == 1 or (strictly == 0 and borders >= 1)


@given(st.sampled_from(SEEDS), st.sampled_from(tuple(Layer)), LONS, LATS)
@settings(max_examples=300, deadline=None)
def test_no_point_lies_in_two_areas_of_one_trade(seed: int, layer: Layer, lon: float, lat: float) -> None:
    assert inside(seed, layer, lon, lat)[0] <= 1


@given(st.sampled_from(SEEDS), LONS, LATS)
@settings(max_examples=200, deadline=None)
def test_whatever_is_water_is_the_water_polices(seed: int, lon: float, lat: float) -> None:
    if not shapely.intersects_xy(land(seed), lon, lat):
        strictly, borders = inside(seed, Layer.WATER, lon, lat)
        assert strictly == 1 or borders >= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_areas_of_the_land_add_up_to_the_city_and_nothing_is_counted_twice(seed: int) -> None:
    for layer in (Layer.POLICE, Layer.TRAFFIC):
        areas = shapes(seed, layer)
        assert sum(area.area for area in areas) == pytest.approx(BOX.area, rel=1e-9)
        assert shapely.union_all(areas).symmetric_difference(BOX).area < 1e-12
    for layer in (Layer.METRO, Layer.WATER):
        areas = shapes(seed, layer)
        assert len(areas) >= 2
        assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_station_is_one_piece_and_lies_in_its_own_area(seed: int) -> None:
    city = bay.city(seed)
    areas = Areas(Area.from_geojson(j.room_id, j.layer, j.geometry) for j in city.jurisdictions)
    rooms = {room.id: room for room in city.rooms}
    for room_id, shape in areas.rooms(Layer.POLICE).items():
        room = rooms[room_id]
        assert len(shapely.get_parts(shape)) == 1, room.code
        assert room.lon is not None
        assert room.lat is not None
        assert areas.owner(room.lon, room.lat, Layer.POLICE).room_id == room_id


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rooms_are_one_tree_with_enough_stations_and_neighbours_know_each_other(seed: int) -> None:
    city = bay.city(seed)
    tree = Rooms(with_lineage(city.rooms))
    assert tree.root == tree.by_id[city.root.id]
    police = {one.room_id for one in city.jurisdictions if one.layer == Layer.POLICE}
    assert len(police) >= 12
    assert tree.subtree(city.root.id) == {room.id for room in city.rooms}
    for room in city.rooms:
        assert all(room.id in tree.by_id[other].neighbours for other in room.neighbours)
        assert room.id not in police or room.neighbours


@pytest.mark.parametrize("seed", SEEDS)
def test_the_streets_lead_everywhere_and_back(seed: int) -> None:
    extract = bay.extract(seed)
    roads = Roads.of(extract)
    assert len(roads.corners) >= 0.98 * len(roads.network)
    lons, lats = zip(*((place.lon, place.lat) for place in extract.places), strict=True)
    snaps = roads.snapper.snap(lons, lats, "car", 0)
    assert set(snaps.places.tolist()) == set(range(len(extract.places)))
    assert snaps.away_m.max() < 600


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_streets_of_every_class_with_names_bridges_and_one_ways(seed: int) -> None:
    roads = bay.extract(seed).roads
    assert {"trunk", "primary", "secondary", "tertiary", "residential", "living_street"} == {
        r.kind for r in roads
    }
    assert all(road.name and len(road.name) >= 3 and not road.name.isascii() for road in roads)
    assert sum(road.bridge for road in roads) >= 6
    assert sum(road.oneway != 0 for road in roads) >= 15
    assert len({road.name for road in roads}) > 300


@pytest.mark.parametrize("seed", SEEDS)
def test_streets_stay_on_land_but_for_bridges(seed: int) -> None:
    ground = shapely.buffer(land(seed), 1e-6)  # streets along the city's edge lie on its border
    wet = [
        r.name
        for r in bay.extract(seed).roads
        if not r.bridge and not ground.covers(shapely.LineString(r.line))
    ]
    assert wet == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_call_point_has_a_name_cameras_and_a_talk_link_on_land_in_its_stations_area(seed: int) -> None:
    city = bay.city(seed)
    areas = Areas(Area.from_geojson(j.room_id, j.layer, j.geometry) for j in city.jurisdictions)
    stations = {room.code: room.id for room in city.rooms}
    points = city.call_points
    assert (
        len(points)
        == len({point.code for point in points})
        == len({point.name for point in points})
        == CALL_POINTS
    )
    for point in points:
        assert shapely.intersects_xy(land(seed), point.lon, point.lat), point.name
        assert areas.owner(point.lon, point.lat, Layer.POLICE).room_id == stations[point.code.split("-")[0]]
        assert point.name
        assert point.address
        assert point.cameras
        assert point.talk_link


@pytest.mark.parametrize("seed", SEEDS)
def test_places_have_names_of_their_own_and_school_gates_are_held_in_the_morning(seed: int) -> None:
    city = bay.city(seed)
    named = [place.name for place in bay.extract(seed).places]
    assert len(set(named)) == len(named)
    kinds = {place.kind for place in bay.extract(seed).places}
    assert {
        "school",
        "hospital",
        "mall",
        "square",
        "park",
        "station",
        "ferry_terminal",
        "bank",
        "police",
    } <= kinds
    gates = [post for post in city.positions if post.name.endswith("护学岗")]
    assert len(gates) >= 20
    assert all(shapely.intersects_xy(land(seed), post.lon, post.lat) for post in city.positions)
    units = {unit.id: unit for unit in city.units}
    turns = [(post, turn) for post in city.positions for turn in post.turns]
    assert any(turn.starts < "08:00" < turn.ends and turn.days == (1, 2, 3, 4, 5) for _, turn in turns)
    assert all(
        (units[turn.unit_id].lon, units[turn.unit_id].lat) == (post.lon, post.lat) for post, turn in turns
    )
    assert len(city.beats) > 100


def test_the_same_seed_is_the_same_to_the_last_byte_and_another_is_another(tmp_path: Path) -> None:
    files = {}
    for name, seed in (("one", 110), ("two", 110), ("other", 111)):
        folder = tmp_path / name
        folder.mkdir()
        write_bay(folder, seed)
        files[name] = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    assert files["one"] == files["two"]
    assert all(files["one"][name] != files["other"][name] for name in files["one"])
    assert msgspec.json.encode(bay.city(110)) == msgspec.json.encode(bay.city.__wrapped__(110))


@pytest.mark.parametrize("count", [1, 5, 60, 2_000])
def test_units_are_of_known_kinds_and_skills_and_nearly_all_positioned(count: int) -> None:
    tree, units = shipped_tree(), bay.city(110, count).units
    assert len({unit.call_sign for unit in units}) == len({unit.id for unit in units}) == count
    assert all(unit.kind in tree.kinds and set(unit.skills) <= set(tree.skills) for unit in units)
    positioned = [unit for unit in units if unit.lon is not None]
    assert len(positioned) * 5 >= count * 4
    assert all(unit.gateway == "demo" for unit in positioned)
    assert all(unit.crew for unit in units)


def test_every_station_has_named_cameras_and_a_video_patrol_watches_its_own() -> None:
    city = bay.city(110)
    cameras = cameras_of(city)
    assert cameras.keys() == {j.room_id for j in city.jurisdictions if j.layer is Layer.POLICE}
    known = {one.id: room for room, there in cameras.items() for one in there}
    assert len({one.code for there in cameras.values() for one in there}) == len(known)
    assert all(there[0].priority == 1 and len(there) <= 4 for there in cameras.values())
    patrols = {unit.id: unit for unit in city.units if unit.kind == "video"}
    watched = watched_at_first(city, cameras)
    assert watched.keys() <= patrols.keys()
    for id_, ids in watched.items():
        own = {one.id for one in cameras.get(patrols[id_].room_id, ())}
        assert own <= set(ids)
    assert known.keys() - {
        id_ for ids in watched.values() for id_ in ids
    }  # some are watched by nobody, as it is anywhere


def test_units_begin_in_their_own_area_boats_afloat_and_all_others_ashore() -> None:
    city = bay.city(110)
    shapes_of = {j.room_id: polygon_from_geojson(j.geometry) for j in city.jurisdictions}
    assert {"car", "motorcycle", "foot", "boat", "drone", "video"} <= {unit.kind for unit in city.units}
    for unit in city.units:
        if unit.lon is not None and unit.lat is not None:
            assert shapely.intersects_xy(shapes_of[unit.room_id], unit.lon, unit.lat), unit.call_sign
            ashore = bool(shapely.intersects_xy(land(110), unit.lon, unit.lat))
            assert ashore == (unit.kind != "boat"), unit.call_sign


@pytest.mark.parametrize("seed", SEEDS)
def test_its_ground_is_small_enough_to_send_once(seed: int) -> None:
    drawing = sketch(bay.extract(seed))
    assert len(gzip.compress(msgspec.json.encode(drawing))) < 100_000
    assert drawing.credit is None
    assert drawing.sea
    assert {street.rank for street in drawing.streets} == {1, 2, 3, 4, 5, 6}
