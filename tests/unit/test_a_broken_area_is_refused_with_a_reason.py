"""Areas from files: what can be read in one way only is repaired, everything else refused in one clear sentence."""

import math
from uuid import UUID

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from geo.areas import Area, Layer
from geo.errors import BadArea
from geo.polygons import (
    checked_polygon,
    polygon_from_geojson,
    polygon_from_wkb,
    polygon_to_geojson,
    polygon_to_wkb,
)

type Ring = list[list[float]]

SQUARE: Ring = [[114, 22], [115, 22], [115, 23], [114, 23], [114, 22]]
HOLE: Ring = [[114.2, 22.2], [114.2, 22.4], [114.4, 22.4], [114.4, 22.2], [114.2, 22.2]]


def geojson(*rings: Ring) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_polygon_with_a_hole_a_feature_and_a_multipolygon_are_read() -> None:
    with_hole = polygon_from_geojson(geojson(SQUARE, HOLE))
    assert with_hole.area == pytest.approx(0.96)
    assert (
        polygon_from_geojson({"type": "Feature", "properties": {}, "geometry": geojson(SQUARE)}).area == 1.0
    )
    far = [[116.0, 22.0], [117.0, 22.0], [117.0, 23.0]]
    two = polygon_from_geojson({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [far]]})
    assert len(two.geoms) == 2
    assert two.area == pytest.approx(1.46)


def test_heights_are_left_out() -> None:
    high = [[lon, lat, 12.5] for lon, lat in SQUARE]
    assert not polygon_from_geojson(geojson(high)).has_z
    assert not checked_polygon(Polygon([(lon, lat, 9.0) for lon, lat in SQUARE])).has_z


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(113, 115), st.floats(22, 23)), min_size=3, max_size=12, unique=True))
def test_what_is_written_is_read_back_the_same(corners: list[tuple[float, float]]) -> None:
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    if not isinstance(hull, Polygon) or hull.area < 1e-6:
        return
    area = checked_polygon(hull)
    assert polygon_from_geojson(polygon_to_geojson(area)).equals(area)
    assert polygon_from_wkb(polygon_to_wkb(area)).equals_exact(area)


def test_geojson_is_written_as_the_standard_wants_it() -> None:
    clockwise = polygon_from_geojson(geojson(SQUARE[::-1], HOLE[::-1]))
    written = polygon_to_geojson(clockwise)
    assert written["type"] == "MultiPolygon"
    shell, hole = written["coordinates"][0]
    assert shapely.LinearRing(shell).is_ccw
    assert not shapely.LinearRing(hole).is_ccw


def test_harmless_flaws_are_repaired_without_moving_the_border() -> None:
    repeated: Ring = [*SQUARE[:2], SQUARE[1], *SQUARE[2:]]
    spike: Ring = [
        [114, 22],
        [115, 22],
        [115, 23],
        [114.5, 23],
        [114.5, 23.5],
        [114.5, 23],
        [114, 23],
        [114, 22],
    ]
    touching: Ring = [[114, 22], [114.5, 22.5], [115, 22], [115, 23], [114.5, 22.5], [114, 23], [114, 22]]
    unclosed = SQUARE[:-1]
    for ring, square_degrees in ((repeated, 1.0), (spike, 1.0), (touching, 0.5), (unclosed, 1.0)):
        area = polygon_from_geojson(geojson(ring))
        assert area.is_valid
        assert area.area == pytest.approx(square_degrees)


def test_parts_that_touch_or_overlap_are_joined() -> None:
    neighbours = MultiPolygon([box(114, 22, 115, 23), box(115, 22, 116, 23)])
    assert checked_polygon(neighbours).equals(box(114, 22, 116, 23))
    overlapping = MultiPolygon([box(114, 22, 115, 23), box(114.5, 22, 116, 23)])
    assert checked_polygon(overlapping).equals(box(114, 22, 116, 23))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "a GeoJSON Polygon or MultiPolygon is expected, not NoneType"),
        ("POLYGON", "expected, not str"),
        ({}, "expected, not None"),
        ({"type": "Point", "coordinates": [114, 22]}, "expected, not 'Point'"),
        ({"type": "Feature", "geometry": None}, "expected, not NoneType"),
        ({"type": "Polygon"}, "must be a list of rings, not NoneType"),
        ({"type": "Polygon", "coordinates": []}, "the area is empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "the area is empty"),
        (geojson([]), "a ring of the area has 0 different points; three are needed"),
        (
            geojson([[114, 22], [115, 22], [114, 22]]),
            "a ring of the area has 2 different points; three are needed",
        ),
        (geojson([[114], [115, 22], [115, 23]]), r"is not \[longitude, latitude\]: \[114\]"),
        ({"type": "Polygon", "coordinates": [[["a", 1], [2, 3], [4, 5]]]}, r"is not \[longitude, latitude\]"),
        ({"type": "Polygon", "coordinates": [114, 22]}, "must be a list of positions, not int"),
        (geojson([[114, 22], [115, 22], [116, 22], [114, 22]]), "covers nothing: its points lie on one line"),
        (geojson([[114, 22], [115, math.nan], [115, 23]]), "latitude nan is not a number"),
        (geojson([[114, 22], [math.inf, 22], [115, 23]]), "longitude inf is not a number"),
        (geojson([[22, 114], [22, 115], [23, 115]]), "latitude 114 is not a number from -90 to 90"),
        (geojson([[114, 22], [10**400, 22], [115, 23]]), "is not a number from -180 to 180"),
        (geojson([[170, 0], [190, 0], [190, 1], [170, 1]]), "longitude 190 is not a number from -180 to 180"),
        (geojson([[179, 0], [-179, 0], [-179, 1], [179, 1]]), "across the antimeridian as two polygons"),
        (
            geojson([[114, 22], [115, 23], [115, 22], [114, 23], [114, 22]]),
            r"read in more than one way: Self-intersection\[114.5 22.5\]",
        ),
        (
            geojson(SQUARE, [[116, 22], [117, 22], [117, 23]]),
            "read in more than one way: Hole lies outside shell",
        ),
    ],
)
def test_what_cannot_be_an_area_is_refused_in_one_sentence(value: object, sentence: str) -> None:
    with pytest.raises(BadArea, match=sentence) as refusal:
        polygon_from_geojson(value)
    assert refusal.value.code == "bad_area"


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"not well-known", shapely.to_wkb(Point(114, 22)), shapely.to_wkb(Polygon())]
)
def test_bytes_that_are_no_area_are_refused(data: bytes) -> None:
    with pytest.raises(BadArea):
        polygon_from_wkb(data)


def test_an_area_keeps_its_room_and_layer() -> None:
    room_id = UUID(int=7)
    read = Area.from_geojson(room_id, Layer.WATER, geojson(SQUARE))
    again = Area.from_wkb(room_id, Layer.WATER, polygon_to_wkb(read.geometry))
    assert (again.room_id, again.layer) == (room_id, Layer.WATER)
    assert again.geometry.equals(read.geometry)
