"""Promise: what GET gives PUT takes back; a list is changed by who has seen its newest version, whole or not at all."""

import asyncio
from typing import Any

import pytest

from tests.harness import town
from tests.harness.doors import API, Doors
from tests.harness.waiting import GUARD_S

LISTS = ("rooms", "jurisdictions", "call-points", "units", "types", "plans")


async def read(doors: Doors, what: str) -> tuple[Any, str]:
    admin = await doors.seat("admin")
    told = await admin.get(f"/admin/{what}")
    assert told.status_code == 200, told.text
    return told.json(), told.headers["etag"]


@pytest.mark.parametrize("what", LISTS)
async def test_what_is_read_can_be_put_back(doors: Doors, what: str) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, what)
    told = await admin.put(f"/admin/{what}", body, etag)
    assert told.status_code == 200, told.text
    again, _ = await read(doors, what)
    assert again == body


@pytest.mark.parametrize("what", LISTS)
async def test_only_an_administrator_changes_it_and_only_what_was_read(doors: Doors, what: str) -> None:
    admin, leader = await doors.seat("admin"), await doors.seat("leader")
    body, etag = await read(doors, what)
    assert (await leader.get(f"/admin/{what}")).status_code == 200
    assert (await leader.put(f"/admin/{what}", body, etag)).status_code == 403
    assert (await admin.put(f"/admin/{what}", body)).status_code == 428
    behind = await admin.put(f"/admin/{what}", body, '"0123456789abcdef"')
    assert (behind.status_code, behind.json()["code"]) == (412, "behind")


async def test_a_new_station_with_its_area_answers_at_once(doors: Doors) -> None:
    admin = await doors.seat("admin")
    rooms, etag = await read(doors, "rooms")
    east = {
        "code": "east",
        "name_zh": "东所",
        "name_en": "East",
        "tier": "station",
        "parent_id": str(town.CITY),
    }
    told = await admin.put("/admin/rooms", {"items": rooms["items"] + [east]}, etag)
    assert told.status_code == 200, told.text
    (room,) = [one for one in told.json()["items"] if one["code"] == "east"]
    assert room["lineage"] == [room["id"], str(town.CITY)]
    areas, etag = await read(doors, "jurisdictions")
    area = {
        "layer": "police",
        "room_id": room["id"],
        "name": "东",
        "geometry": town.box(114.1, 22.52, 114.15, 22.56),
    }
    told = await admin.put("/admin/jurisdictions", {"items": areas["items"] + [area]}, etag)
    assert told.status_code == 200, told.text
    await settled(doors, "east")
    seat = await doors.seat("call_taker")
    alarm = {"source": "call", "place": {"lon": 114.12, "lat": 22.54}}
    assert (await seat.made("/alarms", alarm, 201))["incident"]["room"] == room["id"]


async def settled(doors: Doors, code: str) -> None:
    """Until this replica has heard of the room and of its area by the feed."""
    centre = doors.runtime.centre
    async with asyncio.timeout(GUARD_S):
        while (room := centre.reference.rooms.by_code.get(code)) is None or (
            centre.reference.owner(114.12, 22.54) != room.id
        ):
            await asyncio.sleep(0.02)


async def test_a_faulty_list_changes_nothing(doors: Doors) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, "rooms")
    orphan = {
        "code": "lost",
        "name_zh": "失",
        "name_en": "Lost",
        "tier": "station",
        "parent_id": str(town.N1),
    }
    for items in (body["items"][1:], body["items"] + [orphan], body["items"] + [body["items"][0]]):
        told = await admin.put("/admin/rooms", {"items": items}, etag)
        assert told.status_code == 400, told.text
    assert await read(doors, "rooms") == (body, etag)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [500, 0], [0, 1], [0, 0]]]},
        {},
    ],
)
async def test_a_broken_area_is_refused(doors: Doors, geometry: dict[str, Any]) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, "jurisdictions")
    area = {"layer": "police", "room_id": str(town.NORTH), "name": "坏", "geometry": geometry}
    told = await admin.put("/admin/jurisdictions", {"items": body["items"] + [area]}, etag)
    assert (told.status_code, told.json()["code"]) == (400, "bad_area")
    assert await read(doors, "jurisdictions") == (body, etag)


async def test_areas_travel_as_geojson(doors: Doors) -> None:
    admin = await doors.seat("admin")
    told = await admin.get("/admin/jurisdictions.geojson")
    assert told.headers["content-type"].startswith("application/geo+json")
    file = told.json()
    assert {f["properties"]["room"] for f in file["features"]} >= {"north", "south"}
    body, _ = await read(doors, "jurisdictions")
    for feature in file["features"]:
        del feature["id"]
        del feature["properties"]["room_id"]
    told = await admin.put("/admin/jurisdictions.geojson", file, told.headers["etag"])
    assert told.status_code == 200, told.text
    assert told.json() == body


async def test_units_come_in_with_and_without_handles(doors: Doors) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, "units")
    new = [
        {"call_sign": "301", "kind": "car", "room_id": str(town.NORTH), "handle": 5000},
        {
            "call_sign": "302",
            "kind": "drone",
            "class": "regular",
            "room_id": str(town.SOUTH),
            "skills": ["first_aid"],
        },
    ]
    told = await admin.put("/admin/units", {"items": new}, etag)
    assert told.status_code == 200, told.text
    by_sign = {unit["call_sign"]: unit for unit in told.json()["items"]}
    assert len(by_sign) == len(body["items"]) + 2
    assert by_sign["301"]["handle"] == 5000
    third = {"call_sign": "303", "kind": "foot", "room_id": str(town.SOUTH)}
    told = await admin.put("/admin/units", {"items": [third]}, told.headers["etag"])
    handles = {unit["call_sign"]: unit["handle"] for unit in told.json()["items"]}
    assert handles["303"] > 5000
    assert len(set(handles.values())) == len(handles)


@pytest.mark.parametrize(
    "items",
    [
        [{"call_sign": "118", "kind": "car", "room_id": str(town.NORTH), "handle": 77}],
        [{"call_sign": "401", "kind": "car", "room_id": str(town.NORTH), "handle": town.N1.int}],
        [{"call_sign": "401", "kind": "car", "room_id": str(town.NORTH)}] * 2,
        [{"call_sign": "401", "kind": "car", "room_id": str(town.N1)}],
        [{"call_sign": "401", "kind": "tank", "room_id": str(town.NORTH)}],
        [{"call_sign": "", "kind": "car", "room_id": str(town.NORTH)}],
    ],
)
async def test_a_faulty_unit_is_refused(doors: Doors, items: list[dict[str, Any]]) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, "units")
    told = await admin.put("/admin/units", {"items": items}, etag)
    assert told.status_code == 400, told.text
    assert await read(doors, "units") == (body, etag)


async def test_a_type_tree_is_refused_with_every_fault(doors: Doors) -> None:
    admin = await doors.seat("admin")
    body, etag = await read(doors, "types")
    broken = body | {
        "types": [*body["types"], {"code": "x y", "parent": None, "level": 9, "zh": "", "en": ""}]
    }
    told = await admin.put("/admin/types", broken, etag)
    assert (told.status_code, told.json()["code"]) == (400, "type_tree_refused")
    assert told.json()["problems"]
    nonsense = await admin.client.put(f"{API}/admin/types", content=b"[1]", headers={"If-Match": etag})
    assert nonsense.status_code == 400
    assert (await read(doors, "types"))[1] == etag
