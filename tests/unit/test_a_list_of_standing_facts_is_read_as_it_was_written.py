"""List promise: standing facts of another system are read from a sheet or GeoJSON, each entry by itself, and what is wrong is said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dispatch.errors import Invalid
from dispatch.standing_facts.file import COLUMNS, read_facts, template
from geo.datums import Datum, to_wgs84

ZONE = ZoneInfo("Asia/Shanghai")


def read(text: str, datum: Datum = Datum.WGS84) -> tuple[list[object], list[tuple[int, str]]]:
    rows, faults = read_facts(text.encode(), "消防台账", datum, ZONE)
    return list(rows), [(fault.row, fault.said) for fault in faults]


def test_a_sheet_is_read_with_heads_in_either_language_and_days_of_the_city() -> None:
    rows, faults = read_facts(
        "编号;类别;内容;经度;纬度;半径;失效时间\nA1;恶犬;院内两只大型犬;114.02;22.54;40;2027/05/01\nA2;gas or hazardous store;液氨;114.03;22.55;;\n".encode("gb18030"),
        "消防台账", Datum.GCJ02, ZONE,
    )  # fmt: skip
    assert faults == []
    dog, gas = rows
    assert (dog.ref, dog.kind, dog.text, dog.radius_m, dog.why) == (
        "A1",
        "dog",
        "院内两只大型犬",
        40.0,
        "消防台账",
    )
    assert (dog.lon, dog.lat) == to_wgs84(114.02, 22.54, Datum.GCJ02)
    assert dog.until == datetime(2027, 5, 1, 15, 59, 59, tzinfo=UTC), "a day ends when the city's day does"
    assert (gas.kind, gas.severity, gas.until, gas.row) == ("hazmat", None, None, 3)


def test_geojson_brings_points_and_areas_by_their_ids() -> None:
    ring = [[114.0, 22.5], [114.01, 22.5], [114.01, 22.51], [114.0, 22.5]]
    features = [
        {"type": "Feature", "id": "S-1", "properties": {"kind": "school", "text": "1200 pupils", "severity": "warns"}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
        {"type": "Feature", "properties": {"编号": "H-7", "类别": "消火栓", "内容": "DN150"}, "geometry": {"type": "Point", "coordinates": [114.02, 22.54]}},
    ]  # fmt: skip
    rows, faults = read_facts(
        msgspec.json.encode({"type": "FeatureCollection", "features": features}), "gis", Datum.WGS84, ZONE
    )
    assert faults == []
    school, hydrant = rows
    assert (school.ref, school.kind, school.severity, school.lon) == ("S-1", "school", "warns", None)
    assert school.geometry is not None
    assert (hydrant.ref, hydrant.kind, hydrant.lon, hydrant.geometry) == ("H-7", "hydrant", 114.02, None)


def test_what_is_wrong_with_an_entry_is_said_and_the_others_are_read() -> None:
    rows, faults = read(
        "ref,kind,text,lon,lat,severity,until\n1,dog,a,114,22,,\n2,dragon,b,114,22,,\n3,dog,,114,22,,\n4,dog,d,114,,,\n1,dog,e,114,22,,\n"
        "6,dog,f,114,22,loud,\n7,dog,g,x,22,,\n8,dog,h,114,22,,soon\n9,dog,i,214,22,,\n"
    )
    assert len(rows) == 1
    assert [row for row, _ in faults] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "one of dog, violence" in faults[0][1]
    assert "stands in row 2 already" in faults[3][1]


@pytest.mark.parametrize(
    "text",
    [
        "ref,kind\n1,dog\n",
        "ref,kind,text,colour\n",
        "{",
        '{"type":"Feature"}',
        '{"type":"FeatureCollection","features":[]}',
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Invalid):
        read(text)


def test_the_template_is_what_is_read() -> None:
    for chinese in (True, False):
        heads = template(chinese).decode("utf-8-sig").strip().split(",")
        assert heads == list(COLUMNS.values() if chinese else COLUMNS)
        assert read_facts(template(chinese), "x", Datum.WGS84, ZONE) == ([], [])
