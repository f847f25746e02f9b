"""What somebody draws on the map closes the roads under it and no others: an area, a line along a street, a point."""

import math
from typing import Any
from uuid import UUID

import pytest
import shapely

from geo.closures import Closure
from geo.errors import BadArea
from geo.extents import extent_from_geojson, extent_to_geojson
from tests.harness.drawn_town import DrawnTown, Place

TOWN = """
    A   B   C
    |   |   |
    D   E   F
"""
STREETS: dict[str, dict[str, str]] = {"ABC": {"name": "北街"}, "DEF": {"name": "南街"}, "AD": {}, "BE": {"name": "中街"}, "CF": {}}  # fmt: skip


@pytest.fixture(scope="module")
def town() -> DrawnTown:
    return DrawnTown(TOWN, STREETS)


def covered(town: DrawnTown, geometry: dict[str, Any]) -> set[str]:
    """The corners of each covered piece of street, as two letters."""
    roads = town.roads
    network = roads.network
    mask = roads.covered_by(Closure(id=UUID(int=1), extent=extent_from_geojson(geometry)))
    letters = {(round(lon, 6), round(lat, 6)): letter for letter, (lon, lat) in town.at.items()}
    pieces = set()
    for segment in mask.nonzero()[0].tolist():
        ends = (network.starts[segment], network.ends[segment])
        pieces.add(
            "".join(
                sorted(
                    letters[round(float(network.lon[v]), 6), round(float(network.lat[v]), 6)] for v in ends
                )
            )
        )
    return pieces


def line(*places: Place) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(place) for place in places]}


def beside(place: Place, east_m: float, north_m: float) -> Place:
    lon, lat = place
    return lon + east_m / (111_320 * math.cos(math.radians(lat))), lat + north_m / 110_700


def test_a_line_beside_a_street_closes_it_and_not_the_streets_it_passes(town: DrawnTown) -> None:
    assert covered(town, line(town.at["A"], town.at["C"])) == {"AB", "BC"}
    drawn = line(beside(town.between("A", "B"), 0, 5), beside(town.between("B", "C"), 0, -5))
    assert covered(town, drawn) == {"AB", "BC"}
    assert covered(town, line(town.between("A", "B", 0.9), town.between("B", "C", 0.005))) == {"AB"}


def test_a_line_between_the_ends_of_a_bow_closes_the_string_only() -> None:
    town = DrawnTown("A     B\n\nC     D", {"AB": {"name": "直街"}, "ACDB": {"name": "环街"}})
    roads = town.roads
    extent = extent_from_geojson(line(town.at["A"], town.at["B"]))
    [segment] = roads.covered_by(Closure(id=UUID(int=1), extent=extent)).nonzero()[0].tolist()
    assert roads.network.name(segment) == "直街"


def test_a_line_across_the_streets_closes_none(town: DrawnTown) -> None:
    west, east = town.between("A", "D"), town.between("C", "F")
    assert covered(town, line(beside(west, 30, 0), beside(east, -30, 0))) == set()


def test_a_line_round_a_corner_closes_both_streets(town: DrawnTown) -> None:
    assert covered(town, line(town.between("D", "E"), town.at["E"], town.between("E", "B"))) == {"DE", "BE"}


def test_a_point_closes_its_street_and_at_a_crossing_all_of_them(town: DrawnTown) -> None:
    middle = beside(town.between("D", "E"), 0, 8)
    assert covered(town, {"type": "Point", "coordinates": list(middle)}) == {"DE"}
    assert covered(town, {"type": "Point", "coordinates": list(town.at["B"])}) == {"AB", "BC", "BE"}


def test_what_is_drawn_away_from_roads_closes_nothing(town: DrawnTown) -> None:
    off = beside(town.between("D", "E"), 0, 20)
    assert covered(town, {"type": "Point", "coordinates": list(off)}) == set()


def test_an_area_closes_every_street_it_touches(town: DrawnTown) -> None:
    lon, lat = town.at["E"]
    box = shapely.geometry.mapping(shapely.box(lon - 1e-4, lat - 1e-4, lon + 1e-4, lat + 1e-4))
    assert covered(town, box) == {"DE", "EF", "BE"}


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ("AB", "a GeoJSON geometry is expected, not str"),
        ({"type": "Circle"}, "not 'Circle'"),
        ({"type": "LineString", "coordinates": [[114, 22], [114, 22]]}, "two different positions"),
        ({"type": "LineString", "coordinates": [[114, 22], [115, 22]]}, "50 km long at most, these 103 km"),
        ({"type": "MultiPoint", "coordinates": []}, "1 to 200 points, not 0"),
        ({"type": "Point", "coordinates": [114]}, "not [longitude, latitude]"),
        ({"type": "Point", "coordinates": [114, 95]}, "no position"),
        ({"type": "MultiLineString", "coordinates": []}, "50 km long at most"),
    ],
)
def test_what_can_not_be_drawn_is_refused_in_one_sentence(geometry: Any, said: str) -> None:
    with pytest.raises(BadArea) as refused:
        extent_from_geojson(geometry)
    assert said in str(refused.value)


def test_an_extent_comes_back_as_it_was_drawn() -> None:
    for geometry in (
        {"type": "MultiPoint", "coordinates": ((114.0, 22.0),)},
        {"type": "MultiLineString", "coordinates": (((114.0, 22.0), (114.1, 22.0)),)},
    ):
        assert extent_to_geojson(extent_from_geojson({"type": "Feature", "geometry": geometry})) == geometry
