"""Promise: a name is found as it is typed, and coordinates, crossings and house numbers are read in every usual form."""

import pytest

from dispatch.errors import Invalid
from dispatch.gazetteer.asking import read
from dispatch.gazetteer.registry import read_registry
from geo.datums import Datum, from_wgs84
from geo.spelling import initials, spelling, spellings


@pytest.mark.parametrize(
    ("name", "typed", "short"),
    [
        ("车公庙", "chegongmiao", "cgm"),
        ("車公廟", "chegongmiao", "cgm"),
        ("银行", "yinhang", "yh"),
        ("重庆路", "chongqinglu", "cql"),
        ("地铁1号线", "ditie1haoxian", "dt1hx"),
        ("KTV 会所A口", "ktv huisuoakou", "khsak"),
        ("12 Main St.", "12 main street", "12ms"),
        ("St. Mary's Rd", "st marys road", "smr"),
        ("Zürich Straße", "zurich strasse", "zs"),
        ("ＡＢＣ　大厦", "abc dasha", "ads"),
        ("Ленина", "", ""),
        ("", "", ""),
    ],
)
def test_a_name_is_spelt_as_it_is_typed(name: str, typed: str, short: str) -> None:
    assert (spelling(name), initials(name)) == (typed, short)


def test_every_spelling_stands_between_bars() -> None:
    assert spellings(["车公庙", "Chegongmiao Stn", "车公苗"]) == "|chegongmiao|chegongmiao station|"
    assert spellings(["绿湖"]) == "|lvhu|luhu|"
    assert spellings(["ЖЖ"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "114.0265,22.5370",
        "114.0265 22.5370",
        "(114.0265，22.5370)",
        "22.5370N 114.0265E",
        "N22.5370 E114.0265",
        "22°32'13.2\"N 114°01'35.4\"E",
        "22°32′13.2″N, 114°01′35.4″E",
        "22 32.22N 114 1.59E",
        "22 32 13.2 N, 114 01 35.4 E",
        "北纬22.537 东经114.0265",
        "东经114度1分35.4秒，北纬22度32分13.2秒",
        "lat 22.537, lon 114.0265",
        "22.5370, 114.0265",
    ],
)
def test_coordinates_are_read_in_every_usual_form(text: str) -> None:
    (one,) = read(text).degrees
    assert (one.lon, one.lat) == pytest.approx((114.0265, 22.537), abs=1e-9)


def test_two_numbers_that_may_be_either_are_read_both_ways() -> None:
    assert [(one.lon, one.lat) for one in read("51.5007, 0.1246").degrees] == [
        (51.5007, 0.1246),
        (0.1246, 51.5007),
    ]
    assert [(one.lon, one.lat) for one in read("33.8688S 18.4E").degrees] == [(18.4, -33.8688)]


@pytest.mark.parametrize(
    ("named", "datum"), [("GCJ-02", "GCJ02"), ("gcj02", "GCJ02"), ("BD09", "BD09"), ("cgcs2000", "CGCS2000")]
)
def test_the_datum_may_stand_beside_them(named: str, datum: str) -> None:
    (one,) = read(f"114.0265,22.5370 {named}").degrees
    assert one.datum == Datum(datum)


@pytest.mark.parametrize(
    "text", ["12 34", "114,22", "22.5N 23.5N", "22 72.1N 114 1.59E", "214.5,122.5", "K12+300"]
)
def test_what_is_no_place_on_the_globe_is_not_taken_for_one(text: str) -> None:
    assert read(text).degrees == ()


@pytest.mark.parametrize(
    ("text", "streets"),
    [
        ("深南大道/香蜜湖路", ("深南大道", "香蜜湖路")),
        ("深南大道与香蜜湖路交叉口", ("深南大道", "香蜜湖路")),
        ("深南大道和香蜜湖路的交叉口", ("深南大道", "香蜜湖路")),
        ("深南大道香蜜湖路口", ("深南大道", "香蜜湖路")),
        ("深南大道与香蜜湖路路口", ("深南大道", "香蜜湖路")),
        ("Main St & 5th Ave", ("Main St", "5th Ave")),
        ("main and broadway", ("main", "broadway")),
        ("sn dadao / xmhl", ("sn dadao", "xmhl")),
    ],
)
def test_a_crossing_is_two_streets(text: str, streets: tuple[str, str]) -> None:
    assert read(text).crossing == streets


@pytest.mark.parametrize("text", ["和平路", "与民路", "香蜜湖路口", "Anderson"])
def test_one_street_is_no_crossing(text: str) -> None:
    assert read(text).crossing is None


@pytest.mark.parametrize(
    ("text", "street", "number"),
    [
        ("深南大道1003号", "深南大道", "1003"),
        ("深南大道 1003 號", "深南大道", "1003"),
        ("深南大道1003", "深南大道", "1003"),
        ("人民路88号院3栋502", "人民路", "88"),
        ("人民路88-2号", "人民路", "88-2"),
        ("12 Main St", "Main St", "12"),
        ("12a, Main Street", "Main Street", "12A"),
        ("Hauptstrasse 12b", "Hauptstrasse", "12B"),
    ],
)
def test_a_house_is_a_number_of_a_street(text: str, street: str, number: str) -> None:
    house = read(text).house
    assert house is not None
    assert (house.street, house.number) == (street, number)


@pytest.mark.parametrize("text", ["地铁1号线", "1号路", "车公庙", "LP-0031", "12"])
def test_not_every_number_is_a_house(text: str) -> None:
    assert read(text).house is None


def test_a_registry_says_of_each_line_what_became_of_it() -> None:
    lon, lat = from_wgs84(114.02, 22.54, Datum.GCJ02)
    rows = [
        "编码,类别,名称,经度,纬度,方向",
        f"LP-1,灯杆,,{lon},{lat},",
        "LP-1,灯杆,,114.02,22.54,",
        "LP-2,灯杆,,east,22.54,",
        "",
        "LP-3,灯杆,,114.02,122.54,",
        f"D-1,门牌,深南大道1003号,{lon},{lat},北",
        ",metro_exit,,114,22,",
        "X,é!,a,114,22,",
    ]
    read_ = read_registry("\r\n".join(rows).encode("gb18030"), Datum.GCJ02)
    pole, plate = read_.entries
    assert (pole.kind, pole.code, pole.name, pole.keys) == ("lamp_pole", "LP-1", "LP-1", "")
    assert (pole.lon, pole.lat) == pytest.approx((114.02, 22.54), abs=1e-7)
    assert (plate.kind, plate.street, plate.number, plate.direction) == (
        "door_plate",
        "深南大道",
        "1003",
        "北",
    )
    assert [one.line for one in read_.refused] == [3, 4, 6, 8, 9]
    assert read_.refused[0].said == "The code LP-1 of a lamp_pole stands in line 2 already."


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "lacks the column kind"),
        (b"code,kind,lon\nA,b,1", "lacks the column lat"),
        (b"kind,lon,lat\nb,1,2", "needs the column code"),
        (b"code,kind,lon,lat,colour\n", "'colour' is not known"),
        (b"code,kind,lon,lat,lon\n", "stands twice"),
    ],
)
def test_a_file_that_is_no_registry_is_refused_in_one_sentence(file: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_registry(file)
