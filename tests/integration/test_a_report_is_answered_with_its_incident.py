"""Promise: whoever reports is told in one answer what became of it, and the same key never makes a second one."""

import asyncio
from uuid import uuid4

from tests.harness import town
from tests.harness.doors import Doors


async def test_a_call_opens_an_incident(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.post(
        "/alarms",
        {
            "source": "call",
            "place": {"lon": 114.02, "lat": 22.54, "address": "北门广场1号"},
            "caller": {"number": "13812341234", "name": "张三丰"},
            "text": "有人打架",
        },
    )
    assert told.status_code == 201, told.text
    body = told.json()
    incident, alarm = body["incident"], body["alarm"]
    assert incident["state"] == "received"
    assert incident["room"] == str(town.NORTH)
    assert incident["number"]
    assert [a["id"] for a in incident["alarms"]] == [alarm["id"]]
    assert alarm["incident_id"] == incident["id"]
    assert alarm["text"] == "有人打架"
    assert alarm["caller"]["number"] == "138****1234"
    assert alarm["caller"]["name"] == "张**"


async def test_what_was_answered_is_what_is_read_later(doors: Doors) -> None:
    seat = await doors.seat("call_taker", "dispatcher")
    body = await seat.made(
        "/alarms",
        {
            "source": "app",
            "place": {"lon": 114.02, "lat": 22.54},
            "caller": {"number": "13812341234"},
            "text": "x",
        },
        201,
    )
    read = await seat.get(f"/incidents/{body['incident']['id']}")
    assert read.status_code == 200
    assert read.json() == body["incident"]
    assert read.headers["etag"] == f'"{body["incident"]["version"]}"'


async def test_the_same_key_and_body_give_the_same_entities(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    key = str(uuid4())
    body = {"source": "call", "place": {"lon": 114.02, "lat": 22.54}, "text": "着火了"}
    first = await seat.made("/alarms", body, 201, key=key)
    again = await seat.made("/alarms", body, 201, key=key)
    assert again["alarm"] == first["alarm"]
    assert again["incident"] == first["incident"]


async def test_twins_in_flight_make_one_alarm(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    body = {"source": "call", "place": {"lon": 114.02, "lat": 22.54}}
    key = str(uuid4())
    answers = await asyncio.gather(*(seat.post("/alarms", body, key=key) for _ in range(8)))
    assert {told.status_code for told in answers} == {201}
    assert len({told.json()["alarm"]["id"] for told in answers}) == 1


async def test_the_same_key_with_another_body_is_refused(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    key = str(uuid4())
    await seat.made("/alarms", {"source": "call"}, 201, key=key)
    told = await seat.post("/alarms", {"source": "sms"}, key=key)
    assert (told.status_code, told.json()["code"]) == (409, "key_reused")


async def test_a_key_belongs_to_its_principal_and_route(doors: Doors) -> None:
    one, other = await doors.seat("call_taker"), await doors.seat("dispatcher")
    key = str(uuid4())
    first = await one.made("/alarms", {"source": "call"}, 201, key=key)
    second = await other.made("/alarms", {"source": "call"}, 201, key=key)
    assert first["alarm"]["id"] != second["alarm"]["id"]
    note = {"kind": "caller", "text": "同一键，另一处"}
    await one.made(f"/incidents/{first['incident']['id']}/notes", note, 201, key=key)


async def test_a_post_without_a_key_is_told_so(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.client.post("/api/v1/alarms", json={"source": "call"})
    assert (told.status_code, told.json()["code"]) == (400, "key_missing")


async def test_a_likely_duplicate_is_named_with_reasons(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    place = {"lon": 114.095, "lat": 22.525, "address": "梅林水库观景台"}
    first = await seat.made("/alarms", {"source": "call", "place": place}, 201)
    second = await seat.made("/alarms", {"source": "call", "place": place}, 201)
    (candidate,) = second["candidates"]
    assert candidate["incident_id"] == first["incident"]["id"]
    assert 0 < candidate["score"] <= 1
    assert candidate["reasons"][0]["zh"]


async def test_an_alarm_attached_joins_its_incident(doors: Doors) -> None:
    incident = await doors.incident()
    seat = await doors.seat("call_taker")
    told = await seat.made("/alarms", {"source": "call", "attach_to": incident["id"], "text": "还在烧"}, 201)
    assert told["incident"]["id"] == incident["id"]
    assert told["incident"]["alarms_total"] == 2
    assert told["incident"]["version"] > incident["version"]


async def test_presses_of_one_call_point_are_one_incident(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    body = {"source": "call_point", "call_point_id": "CP-N"}
    answers = [await seat.made("/alarms", body, 201) for _ in range(3)]
    assert len({told["incident"]["id"] for told in answers}) == 1
    assert answers[-1]["incident"]["alarms_total"] == 3
    assert answers[0]["incident"]["place"]["lon"] == 114.02
