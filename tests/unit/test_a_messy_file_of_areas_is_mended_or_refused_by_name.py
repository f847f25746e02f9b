"""Promise: whatever a file of areas is like, each area is usable, mended with a word, or refused by name; faults are measured."""

import codecs
import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from geo.area_file import AreasRead, read_area_file
from geo.coverage import Covering, Survey, survey
from geo.datums import Datum
from geo.errors import BadArea, UnknownDatum
from geo.mending import mended, square_metres
from tests.harness.messy import box, drawn_in, feature, messy, sound


def surveyed(read: AreasRead) -> Survey:
    return survey([Covering("police", a.name, a.name, a.geometry) for a in read.areas], read.outline)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_a_sound_file_is_taken_as_it_is_with_or_without_a_mark(mark: bytes) -> None:
    read = read_area_file(sound().file(mark))
    assert len(read.areas) == 25
    assert not any(area.mends for area in read.areas)
    assert [m.code for m in read.said] == (["byte_order_mark"] if mark else [])
    assert surveyed(read).seamless


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_every_fault_of_a_seeded_file_is_found_and_measured_and_no_other(seed: int) -> None:
    made = messy(seed)
    read = read_area_file(made.file())
    assert {a.name: {m.code for m in a.mends} for a in read.areas if a.mends} == made.mended
    assert {one.name for one in read.refused} == made.refused
    assert len(read.areas) + len(read.refused) == len(made.features)
    found = surveyed(read)
    assert {o.names for o in found.overlaps} == set(made.overlaps)
    for overlap in found.overlaps:
        assert overlap.square_m == pytest.approx(made.overlaps[overlap.names], rel=1e-3)
    holes = [g for g in found.gaps if not set(made.refused) & set(_around(g.lon, g.lat))]
    assert [g.square_m for g in holes] == pytest.approx(made.gaps, rel=1e-3)
    assert len(found.slivers) == made.slivers
    points = [(o.lon, o.lat, 2) for o in found.overlaps] + [(g.lon, g.lat, 0) for g in holes]
    for lon, lat, areas in points:
        assert sum(bool(shapely.contains_xy(a.geometry, lon, lat)) for a in read.areas) == areas


def _around(lon: float, lat: float) -> tuple[str, ...]:
    """The cell of the grid that a point lies in: where a refused area leaves its own gap."""
    return (f"{int((lon - 113.9) / 0.01)}{int((lat - 22.5) / 0.01)}",)


@pytest.mark.parametrize("datum", [Datum.CGCS2000, Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize("where", ["file", "feature", "caller"])
def test_an_area_lies_where_it_lies_whatever_datum_it_was_drawn_in(datum: Datum, where: str) -> None:
    made = sound()
    plain = {a.name: a.geometry for a in read_area_file(made.file()).areas}
    made.features = drawn_in(made.features, datum)
    if where == "feature":
        for one in made.features:
            one["properties"]["datum"] = datum.lower()
    read = read_area_file(
        made.file(datum=datum if where == "file" else None), datum if where == "caller" else None
    )
    for area in read.areas:
        assert area.datum is datum
        assert [m.code for m in area.mends] == ["datum"]
        corners = shapely.points(shapely.get_coordinates(plain[area.name]))
        assert shapely.distance(area.geometry.boundary, corners).max() * 111_320 < 0.001
    assert surveyed(read).seamless  # neighbours still share their borders


def test_an_edge_bent_by_its_datum_stays_within_centimetres() -> None:
    """A long edge that is straight as drawn: its middle is where the datum puts it, not on the line of its moved ends."""
    ring = box(113.9, 22.5, 114.4, 22.8)
    area = mended({"type": "Polygon", "coordinates": [ring]}, Datum.GCJ02).geometry
    fine = [[113.9 + i * 0.0001, 22.5] for i in range(5001)] + [[114.4, 22.8], [113.9, 22.8], [113.9, 22.5]]
    exact = mended({"type": "Polygon", "coordinates": [fine]}, Datum.GCJ02).geometry
    between = shapely.symmetric_difference(area, exact)
    assert (
        square_metres(MultiPolygon([p for p in shapely.get_parts(between) if isinstance(p, Polygon)]))
        < 50_000 * 0.03
    )


@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Datum.WGS84),
        ("EPSG:4326", Datum.WGS84),
        ("urn:ogc:def:crs:EPSG::4490", Datum.CGCS2000),
    ],
)
def test_the_legacy_member_crs_is_respected(crs: str, datum: Datum) -> None:
    file = sound().file(crs={"type": "name", "properties": {"name": crs}})
    assert {a.datum for a in read_area_file(file).areas} == {datum}


@pytest.mark.parametrize("crs", ["EPSG:3857", "urn:ogc:def:crs:EPSG::4547", "", None])
def test_an_unknown_coordinate_system_is_refused_in_one_sentence(crs: str | None) -> None:
    file = sound().file(crs={"type": "name", "properties": {"name": crs}})
    with pytest.raises(BadArea, match=r"coordinate system .* not known"):
        read_area_file(file)


def test_a_named_datum_is_believed_above_a_crs_that_programs_write_over_it_and_that_is_said() -> None:
    file = sound().file(datum="GCJ02", crs={"type": "name", "properties": {"name": "EPSG:4326"}})
    read = read_area_file(file)
    assert {a.datum for a in read.areas} == {Datum.GCJ02}
    assert [m.code for m in read.said] == ["crs"]


def test_two_different_datums_for_one_file_are_refused() -> None:
    with pytest.raises(UnknownDatum, match="the file says its datum is GCJ02, you say BD09"):
        read_area_file(sound().file(datum="GCJ02"), Datum.BD09)
    made = sound()
    made.features[3]["properties"]["datum"] = "TOKYO"
    (refused,) = read_area_file(made.file()).refused
    assert (refused.n, refused.name, refused.code) == (4, "30", "unknown_datum")


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "no geometry"),
        ({"type": "Point", "coordinates": [114, 22]}, "is expected, not 'Point'"),
        ({"type": "Polygon", "coordinates": [[[114, 22], [114, 22], [114, 22]]]}, "empty"),
        ({"type": "Polygon", "coordinates": [[[114, 22], [115, 23], [116, 24], [114, 22]]]}, "on one line"),
        ({"type": "Polygon", "coordinates": [box(22.5, 113.9, 22.6, 114.0)]}, "the other way round"),
        ({"type": "Polygon", "coordinates": [box(-179.5, 10, 179.5, 11)]}, "antimeridian"),
        ({"type": "Polygon", "coordinates": [[[179, 1], [181, 1], [181, 2], [179, 1]]]}, "longitude 181"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}, "more than one way"),
        ({"type": "Polygon", "coordinates": [[["a", 0], [2, 2], [2, 0]]]}, "not \\[longitude, latitude\\]"),
        ({"type": "Polygon", "coordinates": 7}, "must be a list"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_refused_by_name_and_the_rest_is_read(
    geometry: object, why: str
) -> None:
    good = feature("好", box(114, 22, 114.1, 22.1))
    bad = {"type": "Feature", "properties": {"name": "坏"}, "geometry": geometry}
    read = read_area_file(json.dumps({"type": "FeatureCollection", "features": [good, bad]}).encode())
    assert [a.name for a in read.areas] == ["好"]
    (refused,) = read.refused
    assert (refused.n, refused.name) == (2, "坏")
    with pytest.raises(BadArea, match=why):
        raise BadArea(refused.said)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}", "a GeoJSON FeatureCollection is expected"),
        (b"[1]", "a GeoJSON FeatureCollection is expected, not 'list'"),
        (b'{"type":"FeatureCollection","features":[]}', "no features"),
        (b"\x00\x01", "not JSON"),
        ("区".encode("gb18030"), "not text in UTF-8"),
        (b"[" * 3000, "not JSON"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_sentence(data: bytes, why: str) -> None:
    with pytest.raises(BadArea, match=why):
        read_area_file(data)


def test_features_of_another_kind_are_named_not_lost_and_the_city_gives_the_outline() -> None:
    made = sound()
    made.features.append(feature("全市", box(113.89, 22.49, 113.96, 22.56), kind="city"))
    made.features.append(feature("巡段1", box(113.9, 22.5, 113.91, 22.51), kind="beat"))
    read = read_area_file(made.file())
    assert [(one.name, one.kind) for one in read.left_out] == [("全市", "city"), ("巡段1", "beat")]
    found = surveyed(read)
    assert sum(gap.square_m for gap in found.gaps) == pytest.approx(
        square_metres(Polygon(box(113.89, 22.49, 113.96, 22.56)))
        - square_metres(Polygon(box(113.9, 22.5, 113.95, 22.55))),
        rel=1e-6,
    )


def test_a_touching_outline_is_redrawn_and_said() -> None:
    ring = [[0, 0], [2, 0], [2, 2], [1, 1], [1, 2], [1, 1], [0, 2], [0, 0]]
    one = mended({"type": "Polygon", "coordinates": [ring]})
    assert one.geometry.is_valid
    assert [m.code for m in one.mends] == ["self_touching"]
    with_spare = {"type": "MultiPolygon", "coordinates": [[box(0, 0, 1, 1)], [[[3, 3], [3, 3]]]]}
    assert [m.code for m in mended(with_spare).mends] == ["repeated_points", "empty_ring"]
    twice = {"type": "MultiPolygon", "coordinates": [[box(0, 0, 1, 1)], [box(1, 0, 2, 1)]]}
    assert [m.code for m in mended(twice).mends] == ["parts_joined"]


def test_a_crack_open_to_the_outside_is_a_gap_and_a_sharp_corner_is_none() -> None:
    areas = [
        Covering("police", "西", "西", _area(box(114.0, 22.5, 114.01, 22.52))),
        Covering("police", "东", "东", _area(box(114.01001, 22.5, 114.02, 22.52))),
        Covering(
            "metro",
            "站",
            "站",
            _area([[114.1, 22.5], [114.2, 22.5], [114.11, 22.505], [114.1, 22.6], [114.1, 22.5]]),
        ),
    ]
    found = survey(areas)
    (crack,) = found.slivers
    assert (crack.layer, crack.what, set(crack.names)) == ("police", "gap", {"东", "西"})
    assert crack.width_m == pytest.approx(1.03, rel=0.02)
    assert crack.square_m == pytest.approx(
        square_metres(Polygon(box(114.01, 22.5, 114.01001, 22.52))), rel=0.01
    )
    assert not found.overlaps
    assert not found.gaps


def _area(ring: list[list[float]]) -> MultiPolygon:
    return MultiPolygon([Polygon(ring)])


@pytest.mark.real_data
def test_shenzhens_districts_come_in_with_their_mark_and_their_real_gap(shared_data: Path) -> None:
    plain = (shared_data / "shenzhen_districts_wgs84.json").read_bytes().removeprefix(codecs.BOM_UTF8)
    read = read_area_file(codecs.BOM_UTF8 + plain, called="qh")
    assert read.areas == read_area_file(plain, called="qh").areas
    assert {a.name for a in read.areas} == {
        "罗湖",
        "福田",
        "盐田",
        "宝安",
        "光明",
        "坪山",
        "龙华",
        "南山",
        "大鹏",
        "龙岗",
    }
    assert read.refused == ()
    assert [m.code for m in read.said] == ["byte_order_mark"]
    found = surveyed(read)
    assert found.overlaps == ()
    (gap,) = found.gaps
    assert set(gap.names) == {"龙华", "龙岗"}
    assert gap.square_m == pytest.approx(69_117, rel=1e-3)
    brute = shapely.union_all([a.geometry for a in read.areas])
    holes = [Polygon(ring) for part in shapely.get_parts(brute) for ring in part.interiors]
    assert sum(map(square_metres, holes)) == pytest.approx(gap.square_m, rel=1e-6)
