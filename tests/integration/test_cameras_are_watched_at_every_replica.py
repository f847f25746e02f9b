"""Camera promise at the doors: taken at one replica a camera is watched at all, live, and what a patrol sees is an incident once."""

import asyncio
from functools import partial
from typing import Any
from uuid import uuid4

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import video as v
from tests.harness.doors import Doors, Seat
from tests.harness.street import open_street
from tests.harness.town import N1, NORTH, SOUTH
from tests.harness.video import FAR, MARKET, NEAR, V1, V2
from tests.harness.waiting import until
from tests.integration.test_the_live_feed_over_a_real_socket import events_until, hear, subscribe

type Two = tuple[Doors, Doors]


async def cameras(seat: Seat, **asked: Any) -> dict[str, dict[str, Any]]:
    told = await seat.get("/cameras", **asked)
    assert told.status_code == 200, told.text
    return {one["id"]: one for one in told.json()["items"]}


async def both_know(two: Two, *on_duty: Any) -> None:
    """Put the patrols and cameras in at one replica, and wait until both have taken them over."""
    await v.put_at_doors(two[0], *on_duty)
    for doors in two:
        seat = await doors.seat("leader")
        units = doors.runtime.centre.units

        async def known(units: Any = units) -> bool:
            return all(id_ in units and units[id_].on_duty for id_ in on_duty)

        await until(partial(cameras, seat), lambda found: len(found) == 4)
        await until(known, bool)


async def test_two_patrols_that_take_cameras_at_two_replicas_at_once_both_watch_them(two: Two) -> None:
    await both_know(two, V1, V2)
    here, there = two
    seats = [await here.seat("unit", of=V1, kind="unit"), await there.seat("unit", of=V2, kind="unit")]
    body = {"take": [str(FAR), str(NEAR), str(MARKET)]}
    await asyncio.gather(
        *(seat.made(f"/units/{id_}/cameras", body) for seat, id_ in zip(seats, (V1, V2), strict=True))
    )
    for doors in two:
        room = await doors.seat("dispatcher", of=NORTH)
        look = partial(cameras, room)
        listed = await until(look, lambda found: len(found[str(NEAR)]["watchers"]) == 2)
        assert listed.keys() == {str(NEAR), str(MARKET), str(FAR)}
        assert {one["state"] for one in listed.values()} == {"watched"}
        southern = await cameras(await doors.seat("dispatcher", of=SOUTH))
        assert southern.keys() == {str(v.SOUTHERN)}
    async with here.runtime.pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).broken == ()


async def test_a_look_is_told_live_to_the_room_and_to_the_patrol_and_to_no_other_room(two: Two) -> None:
    await both_know(two, V1)
    here, there = two
    patrol = await here.seat("unit", of=V1, kind="unit")
    room = await there.seat("dispatcher", of=NORTH)
    async with open_street(there) as street, street.as_seat(room) as socket:
        await subscribe(socket, NORTH)
        await hear(socket, "snapshot")
        await patrol.made(f"/units/{V1}/cameras", {"take": [str(NEAR)]})
        await patrol.made(f"/units/{V1}/looks")
        *_, event = await events_until(socket, "looked", str(NEAR))
    assert (event["noun"], event["now"]["looked_by"]) == ("camera_watch", "视01")
    async with open_street(here) as street, street.as_seat(patrol) as socket:
        await socket.send('{"subscribe": {}}')
        await hear(socket, "snapshot")
        wrong = {"out_of_order": [{"camera_id": str(NEAR), "fault": "dark"}], "cameras": []}
        await patrol.made(f"/units/{V1}/looks", wrong)
        *_, event = await events_until(socket, "out_of_order", str(NEAR))
    assert event["now"]["state"] == "out_of_order"


async def test_what_a_patrol_sees_is_one_incident_however_often_it_is_sent_and_sounds_with_its_camera(
    two: Two,
) -> None:
    await both_know(two, V1)
    here, there = two
    seats = [await doors.seat("unit", of=V1, kind="unit") for doors in two]
    seats[1].client.headers["Authorization"] = seats[0].client.headers["Authorization"]
    key, body = str(uuid4()), {"camera_id": str(NEAR), "type": "200100", "text": "两人推搡"}
    told = await asyncio.gather(
        *(seat.post(f"/units/{V1}/seen-on-camera", body, key=key) for seat in (*seats, *seats))
    )
    assert [one.status_code for one in told] == [201] * 4, [one.text for one in told]
    [id_] = {one.json()["id"] for one in told}
    room = await there.seat("dispatcher", of=NORTH)
    found = (await room.get(f"/incidents/{id_}")).json()
    assert (found["state"], found["assignments"], found["alarms"][0]["source"]) == ("received", [], "officer")
    assert [(one["name"], one["link"]) for one in found["cameras"]] == [
        ("北门东侧", "https://video.example/1")
    ]
    ranked = await room.get(f"/incidents/{id_}/recommendation")
    assert ranked.status_code == 200, ranked.text
    near = (await room.get(f"/incidents/{id_}/cameras")).json()
    assert [one["camera"]["name"] for one in near["cameras"]] == ["北门东侧", "菜市场"]
    assert [(one["call_sign"], one["watches"]) for one in near["patrols"]] == [("视01", 0)]
    assert near["said"]["en"] == "look through: 北门东侧 0 m, 菜市场 103 m"
    await seats[0].made(f"/incidents/{id_}/notes", {"kind": "scene", "text": "往东走了"}, 201)
    assert [one["text"] for one in (await room.get(f"/incidents/{id_}")).json()["notes"]] == ["往东走了"]
    async with here.runtime.pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).broken == ()


async def test_what_cannot_be_is_said_in_one_sentence(two: Two) -> None:
    await both_know(two, V1)
    here, _ = two
    patrol = await here.seat("unit", of=V1, kind="unit")
    car = await here.seat("unit", of=N1, kind="unit")
    refused = await car.post(f"/units/{N1}/cameras", {"take": [str(NEAR)]})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_this_state")
    assert (await patrol.post(f"/units/{V2}/looks", {})).status_code == 403
    assert (await patrol.post(f"/units/{V1}/cameras", {"take": [str(v.SOUTHERN)]})).status_code == 404
    assert (await patrol.post(f"/units/{V1}/cameras", {"take": ["x"]})).status_code == 400
    admin = await here.seat("admin")
    read = await admin.get("/admin/cameras")
    row = read.json()["items"][0]
    twice = await admin.put(
        "/admin/cameras", {"items": [row, {**row, "id": str(uuid4())}]}, read.headers["etag"]
    )
    assert (twice.status_code, twice.json()["field"]) == (400, "code")
    beat = await admin.put("/admin/cameras", {"items": [{**row, "beat": "nowhere"}]}, read.headers["etag"])
    assert (beat.status_code, beat.json()["field"]) == (400, "beat")
    incident = await here.incident(place=None)
    nowhere = await (await here.seat("dispatcher")).get(f"/incidents/{incident['id']}/cameras")
    assert (nowhere.status_code, nowhere.json()["field"]) == (400, "place")
