"""A file of jurisdictions is read whatever its form, each feature finds its room or is refused by name, and the report says all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.harness import town
from tests.harness.doors import Doors

PATH = "/admin/jurisdictions/import"


def area(name: str, west: float, east: float, **told: object) -> dict[str, Any]:
    """A rectangle of the little town between two meridians."""
    return {
        "type": "Feature",
        "properties": {"name": name, **told},
        "geometry": town.box(west, 22.52, east, 22.56),
    }


def file(*features: dict[str, Any], mark: bytes = b"", **more: object) -> bytes:
    return mark + msgspec.json.encode({"type": "FeatureCollection", "features": features, **more})


async def sent(doors: Doors, body: bytes, status: int = 200, **asked: object) -> dict[str, Any]:
    admin = await doors.seat("admin")
    told = await admin.post(PATH, body, params=asked, headers={"Content-Type": "application/geo+json"})
    assert told.status_code == status, told.text
    said: dict[str, Any] = told.json()
    return said


async def owner(doors: Doors, lon: float, lat: float = 22.54) -> str:
    """The code of the room that answers there."""
    seat = await doors.seat("dispatcher")
    rooms = (await seat.get("/locate", lon=lon, lat=lat)).json()["rooms"]
    return str(rooms[0]["code"])


async def test_a_dry_run_tells_everything_and_changes_nothing(doors: Doors) -> None:
    body = file(
        area("北", 114.0, 114.05, room="north"), area("南", 114.049, 114.08, room="south"),
        area("南站口", 114.09, 114.10, room="south"), area("火星", 115.0, 115.1), mark=b"\xef\xbb\xbf",
    )  # fmt: skip
    before = await owner(doors, 114.0495)
    told = await sent(doors, body, mode="dry_run")
    assert (told["dry_run"], told["number"]) == (True, None)
    assert [(one["name"], one["room"]) for one in told["taken"]] == [
        ("北", "north"),
        ("南", "south"),
        ("南站口", "south"),
    ]
    assert [(one["name"], one["code"]) for one in told["refused"]] == [("火星", "unknown_room")]
    assert [one["code"] for one in told["said"]] == ["byte_order_mark"]
    (overlap,) = told["overlaps"]
    assert set(overlap["names"]) == {"北", "南"}
    assert overlap["square_m"] > 100_000
    assert told["findings"] == len(told["overlaps"]) + len(told["gaps"]) + len(told["slivers"])
    assert await owner(doors, 114.0495) == before


async def test_one_refused_feature_holds_up_the_whole_file_unless_the_rest_is_asked_for(doors: Doors) -> None:
    body = file(area("北所", 114.0, 114.04), area("South", 114.04, 114.1), area("火星", 115.0, 115.1))
    told = await sent(doors, body, 400)
    assert "火星: no room is called 火星" in told["detail"]
    told = await sent(doors, body, mode="usable")
    assert (len(told["taken"]), len(told["refused"]), told["dry_run"]) == (2, 1, False)
    assert await owner(doors, 114.045) == "south"
    admin = await doors.seat("admin")
    sets = (await admin.get("/admin/jurisdictions/sets")).json()["items"]
    assert (sets[0]["number"], sets[0]["state"], sets[0]["areas"]) == (told["number"], "in_force", 2)


async def test_other_layers_stay_and_what_is_planned_takes_over_at_its_moment(doors: Doors) -> None:
    await sent(doors, file(area("北", 114.0, 114.05, room="north"), area("南", 114.05, 114.1, room="south")))
    await sent(doors, file(area("交", 114.0, 114.1, room="city")), layer="traffic")
    admin = await doors.seat("admin")
    rows = (await admin.get("/admin/jurisdictions")).json()["items"]
    assert sorted(row["layer"] for row in rows) == ["police", "police", "traffic"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    told = await sent(
        doors,
        file(area("北", 114.0, 114.09, room="north"), area("南", 114.09, 114.1, room="south")),
        valid_from=later,
    )
    assert await owner(doors, 114.07) == "south"
    doors.runtime.centre.turn(datetime.now(UTC) + timedelta(hours=2))
    assert await owner(doors, 114.07) == "north"
    sets = (await admin.get("/admin/jurisdictions/sets")).json()["items"]
    assert (sets[0]["number"], sets[0]["state"]) == (told["number"], "planned")


async def test_an_incident_keeps_the_set_it_was_opened_in(doors: Doors) -> None:
    first = await sent(
        doors, file(area("北", 114.0, 114.05, room="north"), area("南", 114.05, 114.1, room="south"))
    )
    incident = await doors.incident(place={"lon": 114.02, "lat": 22.54})
    second = await sent(
        doors, file(area("北", 114.0, 114.01, room="north"), area("南", 114.01, 114.1, room="south"))
    )
    assert second["number"] > first["number"]
    after = await doors.incident(place={"lon": 114.03, "lat": 22.55})
    assert [incident["room"], after["room"]] == [str(town.NORTH), str(town.SOUTH)]
    async with doors.runtime.pool.acquire() as conn:
        kept = [
            await conn.fetchval("SELECT areas_number FROM incident WHERE id = $1::uuid", one["id"])
            for one in (incident, after)
        ]
    assert kept == [first["number"], second["number"]]
    again = (await (await doors.seat("dispatcher")).get(f"/incidents/{incident['id']}")).json()
    assert again["room"] == str(town.NORTH)


async def test_a_file_in_another_datum_lies_where_it_was_meant(doors: Doors) -> None:
    body = file(
        area("北", 114.0, 114.05, room="north"), area("南", 114.05, 114.1, room="south"), datum="GCJ02"
    )
    await sent(doors, body)
    # The border drawn at 114.05 in GCJ-02 runs about 500 m further west in WGS-84.
    assert [await owner(doors, lon) for lon in (114.0440, 114.0475)] == ["north", "south"]
    told = await sent(doors, body, 400, datum="BD09")
    assert "GCJ02" in told["detail"]


@pytest.mark.parametrize(
    ("body", "asked", "said"),
    [
        (b"[]", {}, "FeatureCollection"),
        (b"{", {}, "not JSON"),
        (file(area("x", 114.0, 114.1, layer="moon")), {}, "there is no layer 'moon'"),
        (file(area("x", 114.0, 114.1, room="nowhere")), {}, "there is no room 'nowhere'"),
        (file(area("x", 114.0, 114.1, room="north")), {"layer": "moon"}, "There is no layer 'moon'"),
        (file(area("x", 114.0, 114.1, room="north")), {"datum": "MARS"}, "datum"),
        (file(area("x", 114.0, 114.1, room="north")), {"valid_from": "2001-01-01T00:00:00Z"}, "moment to come"),
        (file(area("x", 114.0, 114.1, room="north")), {"mode": "half"}, "mode"),
        (file(area("x", 114.0, 114.1, room="north")), {"colour": "red"}, "colour"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_one_sentence(
    doors: Doors, body: bytes, asked: dict[str, str], said: str
) -> None:
    told = await sent(doors, body, 400, **asked)
    assert said in told["detail"] + str(told.get("field", ""))


async def test_only_an_administrator_may(doors: Doors) -> None:
    leader = await doors.seat("leader")
    told = await leader.post(PATH, file(area("北", 114.0, 114.05, room="north")))
    assert told.status_code == 403
    assert (await leader.get("/admin/jurisdictions/sets")).status_code == 200


@pytest.mark.real_data
async def test_the_districts_of_shenzhen_find_rooms_by_their_short_names(
    doors: Doors, shared_data: Path
) -> None:
    admin = await doors.seat("admin")
    listed = await admin.get("/admin/rooms")
    names = {"罗湖": "LH", "福田": "FT", "南山": "NS"}
    more = [
        {
            "code": code,
            "name_zh": f"{zh}分局指挥中心",
            "name_en": code,
            "tier": "district",
            "parent_id": str(town.CITY),
        }
        for zh, code in names.items()
    ]
    put = await admin.put("/admin/rooms", {"items": listed.json()["items"] + more}, listed.headers["etag"])
    assert put.status_code == 200, put.text
    body = (shared_data / "shenzhen_districts_wgs84.json").read_bytes().removeprefix(b"\xef\xbb\xbf")
    bare = await sent(doors, body, mode="dry_run", called="qh")
    told = await sent(doors, b"\xef\xbb\xbf" + body, mode="dry_run", called="qh")
    assert told == {**bare, "said": told["said"]}
    assert {one["name"]: one["room"] for one in told["taken"]} == names
    assert {one["name"] for one in told["refused"]} == {
        "盐田",
        "宝安",
        "光明",
        "坪山",
        "龙华",
        "大鹏",
        "龙岗",
    }
    assert [one["code"] for one in told["said"]] == ["byte_order_mark"]
