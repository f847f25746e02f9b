"""Promise: a seat finds places and learns where a point lies; a registry comes in as a file, each line with what became of it."""

from uuid import uuid4

import pytest
import shapely

from dispatch.acts import Principal
from dispatch.cities.beats import Beat, Beats
from dispatch.gazetteer.search import Match
from dispatch.gazetteer.store import put_map
from dispatch.rooms import Reference, Rooms, with_lineage
from dispatch.work import Actor, work
from geo.areas import Area, Areas
from geo.cells import cell15, cell_text
from geo.polygons import polygon_from_geojson
from geo.roads import Roads
from incidents.types import shipped_tree
from tests.harness import bay, town
from tests.harness.doors import Doors
from web.routes.gazetteer import with_district

FILE = "编码,类别,名称,经度,纬度\nSN 0031,灯杆,深南大道灯杆31号,114.0301,22.5401\nSN 0032,灯杆,,114.0701,22.5401\nSN 0033,灯杆,,here,22.54\n"


async def imported(doors: Doors, registry: str, file: str, **more: object) -> tuple[int, dict[str, object]]:
    admin = await doors.seat("admin")
    told = await admin.post(
        "/admin/places/import", file.encode("gb18030"), params={"registry": registry, **more}, headers={"Content-Type": "text/csv"}
    )  # fmt: skip
    return told.status_code, told.json()


async def test_a_registry_is_replaced_by_its_file_and_each_line_is_answered(doors: Doors) -> None:
    status, told = await imported(doors, "lamps", FILE)
    assert (status, told["source"], told["entries"], told["refused"]) == (200, "lamps", 2, 1)
    assert told["items"] == [{"line": 4, "said": "The lon 'here' is no number in degrees, such as 114.0265."}]
    seat = await doors.seat("call_taker")
    found = (await seat.get("/places", q="sn0032", lon=114.03, lat=22.54)).json()["items"]
    assert [(one["code"], one["kind"], one["match"]) for one in found] == [("SN 0032", "lamp_pole", "exact")]
    assert 4_000 < found[0]["distance_m"] < 4_200
    status, told = await imported(doors, "lamps", FILE.replace("SN 0032", "SN 0040"))
    assert (await seat.get("/places", q="sn0032")).json()["items"] == []
    listed = (await seat.get("/admin/places")).json()["items"]
    assert [
        (one["source"], one["version"], one["entries"]) for one in listed if one["source"] == "lamps"
    ] == [("lamps", 2, 2)]


async def test_all_or_nothing_and_the_name_of_the_map_are_refused(doors: Doors) -> None:
    await imported(doors, "posts", FILE)
    status, told = await imported(doors, "posts", FILE, all_or_nothing="true")
    assert (status, told["code"]) == (400, "invalid")
    assert "line 4" in str(told["detail"])
    assert (await imported(doors, "posts", "code,kind\n"))[0] == 400
    assert (await imported(doors, "city", FILE))[1]["field"] == "registry"
    assert (await imported(doors, "posts", FILE, datum="MARS"))[1]["code"] == "unknown_datum"
    seat = await doors.seat("call_taker")
    refused = await seat.post("/admin/places/import", FILE.encode(), params={"registry": "x"})
    assert refused.status_code == 403


async def test_the_same_key_imports_once(doors: Doors) -> None:
    admin, key = await doors.seat("admin"), str(uuid4())
    answers = [
        (await admin.post("/admin/places/import", FILE.encode(), key, params={"registry": "once"})).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    listed = (await admin.get("/admin/places")).json()["items"]
    assert [one["version"] for one in listed if one["source"] == "once"] == [1]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"q": ""}, "q"),
        ({"q": "a", "lon": 114}, "lat"),
        ({"q": "a", "limit": 9}, None),
        ({"q": "a", "lng": 9}, "lng"),
        ({"q": "a", "lon": 1114, "lat": 22}, "lon"),
        ({"q": "a", "datum": "NAD27"}, "datum"),
        ({}, None),
    ],
)
async def test_a_question_that_is_none_is_answered_in_one_sentence(
    doors: Doors, asked: dict[str, object], field: str | None
) -> None:
    told = await (await doors.seat("call_taker")).get("/places", **asked)
    assert told.status_code == 400, told.text
    assert field is None or told.json()["field"] == field


async def test_a_point_is_told_with_its_owner_and_what_is_near(doors: Doors) -> None:
    await imported(doors, "lamps", FILE)
    seat = await doors.seat("dispatcher")
    told = (await seat.get("/locate", lon=114.0301, lat=22.5402)).json()
    assert [room["code"] for room in told["rooms"]] == ["north", "city"]
    assert told["cell"] == cell_text(cell15(114.0301, 22.5402))
    assert told["mark"]["code"] == "SN 0031"
    assert told["mark"]["distance_m"] == pytest.approx(11.1, abs=0.2)
    assert (told["road"], told["crossing"], told["beat"]) == (None, None, None)
    south = (await seat.get("/locate", lon=114.0701, lat=22.5401)).json()
    assert south["rooms"][0]["id"] == str(town.SOUTH)
    shifted = (await seat.get("/locate", lon=114.0301, lat=22.5402, datum="GCJ02")).json()
    assert abs(shifted["lon"] - 114.0301) > 0.004
    gateway = await doors.seat("gateway", of="sim", kind="gateway")
    assert (await gateway.get("/locate", lon=114, lat=22)).status_code == 403


async def test_the_map_of_the_active_city_answers(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    city, runtime = bay.city(110), doors.runtime
    told = [(Beat(one.code, one.name, "x"), one.geometry) for one in city.beats]
    monkeypatch.setattr(runtime.atlases._centre, "beats", Beats(told))
    await runtime.roads.use(Roads.of(bay.extract(110)))
    admin = await doors.seat("admin")
    admin_of_all = Principal(
        id="key:admin", roles=frozenset({"admin"}), room_id=town.CITY, rooms=frozenset({town.CITY})
    )
    async with work(runtime.pool, runtime.centre, Actor(principal=admin_of_all)) as w:
        assert await put_map(w, city.places) == sum(one.kind != "call_point" for one in city.places)
    street = next(one for one in city.places if one.name == "丰岭路")
    found = (await admin.get("/places", q="fenglinglu", lon=street.lon, lat=street.lat)).json()["items"]
    assert (found[0]["name"], found[0]["match"], found[0]["source"]) == ("丰岭路", "exact", "city")
    where = (await admin.get("/locate", lon=street.lon, lat=street.lat)).json()
    assert where["road"]["name"] == "丰岭路"
    assert where["road"]["distance_m"] < 1
    assert where["crossing"] is not None
    assert where["house_number"] is not None
    beat = next(one for one in city.beats if one.code == where["beat"]["code"])
    assert polygon_from_geojson(beat.geometry).contains(shapely.Point(street.lon, street.lat))
    await runtime.roads.use(None)


def test_a_place_is_shown_with_its_district() -> None:
    city = bay.city(110)
    areas = Areas([Area.from_geojson(one.room_id, one.layer, one.geometry) for one in city.jurisdictions])
    reference = Reference(Rooms(with_lineage(city.rooms)), areas, {}, {}, shipped_tree())
    shown = [
        with_district(Match(kind=one.kind, name=one.name, lon=one.lon, lat=one.lat, match="exact"), reference)
        for one in city.places[::97]
    ]
    assert {one.district.code for one in shown if one.district} == {"RH1", "RH2", "RH3", "RH4"}
    assert all(one.district for one in shown)


async def test_a_call_point_is_found_where_it_is_now(doors: Doors) -> None:
    admin, seat = await doors.seat("admin"), await doors.seat("call_taker")
    read = await admin.get("/admin/call-points")
    items = read.json()["items"]
    for lon in (114.021, 114.023):
        items[0] |= {"code": "CP-N", "name": "北门岗亭", "lon": lon, "lat": 22.54}
        told = await admin.put("/admin/call-points", {"items": items}, "*")
        assert told.status_code == 200, told.text
        for q in ("cp-n", "beimen gangting", "北门广场"):
            found = (await seat.get("/places", q=q)).json()["items"]
            assert [(one["code"], one["lon"]) for one in found if one["kind"] == "call_point"] == [
                ("CP-N", lon)
            ]
