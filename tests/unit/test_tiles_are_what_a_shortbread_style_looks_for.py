"""The base map promise: whatever a style made for Shortbread 1.0 filters by, a tile has, under that name and with that value."""

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from dispatch.seeds.bundling import Commission, build
from geo import shortbread as sb
from geo.osm import Written, write_extract
from geo.tiles import Tiles
from geo.tiling import TILES_FILE
from tests.harness.cities import bay_bundle, middle_of, silent, tile_of
from tests.harness.vector_tiles import Decoded, attributes, decoded

WEST, SOUTH, STEP = 10.0, 50.0, 0.0004
LINES = (
    {"highway": "primary", "name": "Main Street", "name:en": "Main", "ref": "B 1;B 2"},
    {"highway": "primary_link", "name": "Ramp"},
    {"highway": "residential", "name": "Back Street", "oneway": "-1"},
    {"highway": "residential", "name": "Bridge Street", "bridge": "yes", "surface": "sett"},
    {"railway": "tram"},
    {"waterway": "river", "name": "Great River"},
    {"waterway": "drain"},
    {"man_made": "pier"},
    {"route": "ferry", "name": "Ferry"},
    {"boundary": "administrative", "admin_level": "2"},
    {"boundary": "administrative", "admin_level": "8"},
    {"aeroway": "runway"},
)
AREAS = (
    {"natural": "water", "water": "lake", "name": "Lake"},
    {"natural": "water", "water": "river"},
    {"landuse": "reservoir"},
    {"natural": "wood"},
    {"leisure": "park", "name": "Park"},
    {"building": "yes"},
    {"amenity": "hospital", "name": "Clinic", "addr:housenumber": "5"},
    {"highway": "pedestrian", "area": "yes", "name": "Square"},
)
POINTS = (
    {"place": "city", "capital": "yes", "name": "Capital"},
    {"place": "suburb", "name": "Suburb"},
    {"highway": "bus_stop", "name": "Stop"},
    {"amenity": "police", "name": "Police"},
    {"amenity": "bench"},
    {"addr:housenumber": "7"},
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A strip of ground on which everything stands once, side by side."""
    folder = tmp_path_factory.mktemp("tiles")
    nodes: list[tuple[int, float, float, dict[str, str]]] = []

    def node(column: int, row: int, tags: dict[str, str]) -> int:
        nodes.append((len(nodes) + 1, WEST + column * STEP, SOUTH + row * STEP, tags))
        return len(nodes)

    ways = [(n + 1, [node(n, 0, {}), node(n, 4, {})], tags) for n, tags in enumerate(LINES)]
    for n, tags in enumerate(AREAS):
        ring = [node(2 * n, 6, {}), node(2 * n + 1, 6, {}), node(2 * n + 1, 8, {}), node(2 * n, 8, {})]
        ways.append((100 + n, [*ring, ring[0]], tags))
    for n, tags in enumerate(POINTS):
        node(n, 10, tags)
    source = folder / "all.osm.pbf"
    write_extract(source, Written(nodes, ways), generator="a test")
    build(Commission(source=source, out=folder / "bundle"), silent)
    return folder / "bundle"


@pytest.fixture(scope="module")
def at(drawn: Path) -> Callable[[int], Decoded]:
    return lambda zoom: decoded(drawn, *tile_of(zoom, WEST + 7 * STEP, SOUTH + 5 * STEP))


def test_streets_have_kind_link_oneway_bridge_and_their_names_stand_apart(
    at: Callable[[int], Decoded],
) -> None:
    tile = at(14)
    streets = {(one["kind"], *sorted(key for key, value in one.items() if value is True)) for one in attributes(tile, "streets")}  # fmt: skip
    assert streets == {
        ("primary",), ("primary", "link"), ("residential", "oneway", "oneway_reverse"), ("residential", "bridge"),
        ("tram", "rail"), ("runway",),
    }  # fmt: skip
    assert not any("name" in one for one in attributes(tile, "streets"))
    labels = {one["name"]: one for one in attributes(tile, "street_labels")}
    assert set(labels) == {"Main Street", "Ramp", "Back Street", "Bridge Street"}
    assert (labels["Main Street"]["name_en"], labels["Main Street"]["ref"], labels["Main Street"]["ref_rows"]) == ("Main", "B 1\nB 2", 2)  # fmt: skip
    assert labels["Ramp"]["kind"] == "primary_link"


def test_water_land_and_sites_have_the_kinds_of_the_schema(at: Callable[[int], Decoded]) -> None:
    tile = at(14)
    waters = attributes(tile, "water_polygons")
    assert sorted(one["kind"] for one in waters) == ["reservoir", "river", "water"]
    # 28.6 m by 89 m, one and a half times as long on the Mercator map at 50 degrees north.
    assert all(one["way_area"] == pytest.approx(28.6 * 89 * 1.556**2, rel=0.03) for one in waters)
    [label] = attributes(tile, "water_polygons_labels")
    assert (label["name"], label["kind"], label["way_area"] > 0) == ("Lake", "water", True)
    assert sorted(one["kind"] for one in attributes(tile, "land")) == ["forest", "park"]
    assert [one["kind"] for one in attributes(tile, "sites")] == ["hospital"]
    assert [one["kind"] for one in attributes(tile, "street_polygons")] == ["pedestrian"]
    assert [one["name"] for one in attributes(tile, "streets_polygons_labels")] == ["Square"]
    assert len(attributes(tile, "buildings")) == 1
    assert sorted(one["kind"] for one in attributes(tile, "water_lines")) == ["ditch", "river"]
    assert [one["name"] for one in attributes(tile, "water_lines_labels")] == ["Great River"]
    assert [one["kind"] for one in attributes(tile, "pier_lines")] == ["pier"]
    assert [one["name"] for one in attributes(tile, "ferries")] == ["Ferry"]


def test_only_countries_and_states_have_boundaries(at: Callable[[int], Decoded]) -> None:
    assert [one["admin_level"] for one in attributes(at(14), "boundaries")] == [2]


def test_places_stops_pois_and_house_numbers(at: Callable[[int], Decoded]) -> None:
    tile = at(14)
    labels = {one["name"]: (one["kind"], one["population"]) for one in attributes(tile, "place_labels")}
    assert labels == {"Capital": ("capital", 100_000), "Suburb": ("suburb", 1_000)}
    assert [(one["kind"], one["name"]) for one in attributes(tile, "public_transport")] == [("bus_stop", "Stop")]  # fmt: skip
    pois = {one["name"]: one.get("amenity") or one.get("leisure") for one in attributes(tile, "pois")}
    assert pois == {"Police": "police", "Clinic": "hospital", "Park": "park"}
    assert [one["housenumber"] for one in attributes(tile, "addresses")] == ["7"], (
        "the clinic's stands with it"
    )


def test_what_is_small_comes_in_its_zoom(at: Callable[[int], Decoded]) -> None:
    assert [one["kind"] for one in attributes(at(8), "streets")] == ["primary"]
    assert {one["kind"] for one in attributes(at(10), "place_labels")} == {"capital", "suburb"}
    far, near = at(11), at(13)
    assert not {"buildings", "pois", "addresses", "sites"} & (set(far) | set(near))
    assert "street_labels" not in far
    assert {one["name"] for one in attributes(near, "street_labels")} == {"Main Street", "Ramp"}


def test_the_bay_city_lies_at_a_sea_and_says_its_streets() -> None:
    bundle = bay_bundle(110)
    lon, lat = middle_of(bundle)
    whole = decoded(bundle, *tile_of(10, lon, lat))
    assert _surface(whole, "ocean") > 0
    near = decoded(bundle, *tile_of(14, lon, lat))
    _is_sane(near, tile_of(14, lon, lat))
    names = {one.get("name") for one in attributes(near, "street_labels")}
    assert any(name and name.endswith(("路", "街", "大道")) for name in names)


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "layers"),
    [
        ("monaco.osm.pbf", {"ocean", "land", "buildings", "boundaries", "place_labels", "water_polygons"}),
        ("shenzhen_futian_osmnx.graphml", set[str]()),
    ],
)
def test_real_cities_decode_sanely(shared_data: Path, tmp_path: Path, file: str, layers: set[str]) -> None:
    build(Commission(source=shared_data / file, out=tmp_path / "bundle"), silent)
    bundle = tmp_path / "bundle"
    assert set(Tiles(bundle / TILES_FILE).layers) >= layers | {"streets", "street_labels"}
    lon, lat = middle_of(bundle)
    for zoom in (8, 10, 12, 14):
        tile = decoded(bundle, *tile_of(zoom, lon, lat))
        _is_sane(tile, tile_of(zoom, lon, lat))
        assert {one["kind"] for one in attributes(tile, "streets")} <= {*sb.STREETS, *sb.RAILS, *sb.RUNWAYS}
        assert all(one.get("name") or one.get("ref") for one in attributes(tile, "street_labels"))


def _surface(tile: Decoded, layer: str) -> float:
    return float(sum(shapely.geometry.shape(feature["geometry"]).area for feature in tile.get(layer, [])))


def _is_sane(tile: Decoded, at: tuple[int, int, int]) -> None:
    """Everything lies in its tile or just around it."""
    zoom, x, _ = at
    west, wide = x / (1 << zoom) * 360 - 180, 360 / (1 << zoom)
    assert tile["streets"]
    for features in tile.values():
        for feature in features:
            left, _, right, _ = shapely.geometry.shape(feature["geometry"]).bounds
            assert west - 0.1 * wide < left <= right < west + 1.1 * wide
