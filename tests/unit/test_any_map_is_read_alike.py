"""An OpenStreetMap file, drawn here or a city's real extract, gives roads, places and shores; a damaged one a sentence."""

import gzip
from pathlib import Path

import msgspec
import pytest
import shapely

from geo.errors import BadMap
from geo.osm import Extract, Written, read_extract, write_extract
from geo.roads import Roads
from geo.sketch import sea_of, sketch
from tests.harness.shared_data import MISSING, shared_data_folder

#   land   4--3   node 5 is a lamp in the middle of the main street
#   ~~~~  /       a shore leads east with the land to its left (north)
#   sea  1--5--2
NODES = {1: (10.0, 50.0), 2: (10.02, 50.0), 3: (10.02, 50.01), 4: (10.0, 50.01), 5: (10.01, 50.0)}
SHORE = {11: (9.97, 49.995), 12: (10.01, 49.996), 13: (10.05, 49.995)}
ISLE = {21: (10.01, 49.99), 22: (10.012, 49.99), 23: (10.011, 49.992)}


def drawn(folder: Path, suffix: str = "osm") -> Extract:
    lamp = {"highway": "traffic_signals"}
    nodes = [(id_, *at, lamp if id_ == 5 else {}) for id_, at in (NODES | SHORE | ISLE).items()]
    nodes.append((31, 10.005, 50.002, {"amenity": "school", "name": "学校", "addr:full": "主街1号"}))
    nodes.append((32, 10.006, 50.002, {"emergency": "phone", "ref": "P1"}))
    nodes.append((33, 10.006, 50.003, {"amenity": "bench"}))
    ways = [
        (1, [1, 5, 2], {"highway": "primary", "name": "主街", "maxspeed": "30 mph"}),
        (2, [2, 3], {"highway": "residential", "oneway": "-1"}),
        (3, [3, 4], {"highway": "motorway", "bridge": "yes"}),
        (4, [4, 1], {"highway": "footway"}),
        (5, [11, 12, 13], {"natural": "coastline"}),
        (6, [21, 22, 23, 21], {"natural": "coastline"}),
        (7, [1, 2, 3, 1], {"leisure": "park", "name": "公园"}),
    ]  # fmt: skip
    path = folder / f"map.{suffix}"
    write_extract(path, Written(nodes, ways))
    return read_extract(path)


@pytest.mark.parametrize("suffix", ["osm", "osm.gz", "osm.pbf"])
def test_every_format_gives_the_same_map(tmp_path: Path, suffix: str) -> None:
    assert drawn(tmp_path, suffix) == drawn(tmp_path, "osm")


def test_roads_have_their_directions_limits_and_bridges(tmp_path: Path) -> None:
    extract = drawn(tmp_path)
    main, against, fast = extract.roads
    assert (main.name, main.oneway, main.nodes) == ("主街", 0, (1, 5, 2))
    assert main.max_kmh == pytest.approx(48.28, abs=0.01)
    assert (against.oneway, against.name, against.max_kmh) == (-1, None, None)
    assert (fast.oneway, fast.bridge) == (1, True)
    assert extract.lights == {5}
    assert extract.bounds == (10.0, 50.0, 10.02, 50.01)


def test_a_roundabout_leads_one_way_even_where_the_map_denies_it(tmp_path: Path) -> None:
    none: dict[str, str] = {}
    nodes = [(id_, *at, none) for id_, at in NODES.items()]
    said: tuple[dict[str, str], ...] = (
        {},
        {"oneway": "no"},
        {"oneway": "-1"},
        {"junction": "circular", "oneway": "no"},
        {"junction": "jughandle"},
    )
    ways = [
        (n, [1, 2, 3, 1], {"highway": "primary", "junction": "roundabout", **tags})
        for n, tags in enumerate(said, 1)
    ]
    write_extract(tmp_path / "round.osm", Written(nodes, ways))
    assert [road.oneway for road in read_extract(tmp_path / "round.osm").roads] == [1, 1, -1, 0, 0]


def test_places_are_named_things_and_emergency_telephones(tmp_path: Path) -> None:
    places = {place.kind: place for place in drawn(tmp_path).places}
    assert set(places) == {"school", "phone", "park"}
    assert (places["school"].name, places["school"].tags["addr:full"]) == ("学校", "主街1号")
    assert places["park"].lat == pytest.approx(50.0033, abs=1e-4)


def test_the_sea_lies_to_the_right_of_the_shore_and_islands_stand_in_it(tmp_path: Path) -> None:
    sea = shapely.union_all([shapely.Polygon(ring) for ring in sea_of(drawn(tmp_path))])
    assert shapely.intersects_xy(sea, 10.01, 49.985)
    assert not shapely.intersects_xy(sea, 10.01, 50.0)
    assert not shapely.intersects_xy(sea, 10.011, 49.9905)


def test_steps_of_a_drawing_lead_back_to_where_things_are(tmp_path: Path) -> None:
    drawing = sketch(drawn(tmp_path))
    main = next(street for street in drawing.streets if street.name == "主街")
    x, y = drawing.origin[0] + main.line[0] * drawing.unit, drawing.origin[1] + main.line[1] * drawing.unit
    assert x == pytest.approx(10.0, abs=1e-5)
    assert y == pytest.approx(50.0, abs=1e-5)
    assert sum(main.line[0::2]) * drawing.unit == pytest.approx(0.02, abs=2e-5)


def test_a_file_that_is_no_map_is_one_sentence(tmp_path: Path) -> None:
    torn, empty = tmp_path / "torn.osm.pbf", tmp_path / "empty.osm"
    torn.write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff")
    empty.write_text("<osm version='0.6'></osm>")
    for path in (torn, tmp_path / "missing.osm", empty):
        with pytest.raises(BadMap) as refused:
            read_extract(path)
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "roads", "places"), [("monaco.osm.pbf", 1_500, 300), ("baltimore.osm.pbf", 1_500, 50)]
)
def test_a_real_extract_takes_the_place_of_the_invented_city(name: str, roads: int, places: int) -> None:
    folder = shared_data_folder()
    if folder is None:
        pytest.skip(MISSING)
    extract = read_extract(folder / name)
    assert len(extract.roads) >= roads
    assert len(extract.places) >= places
    net = Roads.of(extract)
    assert len(net.corners) >= 0.6 * len(net.network), (
        "the rest are paths, yards and ends cut off by the border"
    )
    ends = [tuple(net.corners[n].tolist()) for n in (0, len(net.corners) - 1)]
    assert net.way(ends[0], ends[1]).length_m > 100
    drawing = sketch(extract)
    assert drawing.credit == "© OpenStreetMap contributors"
    assert len(gzip.compress(msgspec.json.encode(drawing))) < 300_000
