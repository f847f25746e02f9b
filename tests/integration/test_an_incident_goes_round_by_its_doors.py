"""Promise: the whole life of an incident, from first ring to closing and again, through the public doors alone."""

from typing import Any

from tests.harness import town
from tests.harness.doors import Doors


async def test_from_report_to_closed(doors: Doors) -> None:
    dispatcher, reviewer = await doors.seat("dispatcher"), await doors.seat("reviewer")
    unit = await doors.seat("unit", of=town.N1, kind="unit")
    incident = await doors.incident(type="100100")
    path = f"/incidents/{incident['id']}"
    shown = (await dispatcher.get(f"{path}/recommendation")).json()
    assert shown["basis"] == "straight_line"
    order = {"orders": [{"unit_id": str(town.N1)}], "recommendation_id": shown["id"]}
    (assignment,) = (await dispatcher.made(f"{path}/assignments", order, 201))["items"]
    assert assignment["unit"]["call_sign"] == "118"
    assert assignment["crew"] == ["0110"]
    job = f"/assignments/{assignment['id']}"
    for step, state, times in (
        ("deliver", "delivered", "dispatched"),
        ("accept", "accepted", "accepted"),
        ("en-route", "en_route", "en_route"),
        ("on-scene", "on_scene", "on_scene"),
    ):
        told = await unit.made(f"{job}/{step}")
        assert told["state"] == state
        seen = (await dispatcher.get(path)).json()
        assert seen["state"] == times
    assert (await dispatcher.get(f"/units/{town.N1}")).json()["state"] == "on_scene"
    cleared = await unit.made(f"{job}/clear", {"result": "handled"})
    assert (cleared["state"], cleared["result"]) == ("cleared", "handled")
    assert (await dispatcher.get(path)).json()["state"] == "handled"
    form = {
        "kind": "final",
        "result": "handled",
        "text": "已调解",
        "people": [{"name": "李四", "number": "13800000000"}],
    }
    fed_back = await unit.made(f"{job}/feedback", form)
    assert fed_back["feedback"][0]["text"] == "已调解"
    assert fed_back["feedback"][0]["people_count"] == 1
    assert "李四" not in str(fed_back)
    seen = (await dispatcher.get(path)).json()
    assert seen["state"] == "fed_back"
    assert (await reviewer.made(f"{path}/review", {"accept": True}))["state"] == "reviewed"
    alarm = seen["alarms"][0]["id"]
    called = await reviewer.made(f"/alarms/{alarm}/call-back", {"outcome": "satisfied", "text": "很快"})
    assert called["called_back"]["outcome"] == "satisfied"
    closed = await reviewer.made(f"{path}/close")
    assert closed["state"] == "closed"
    times = closed["times"]
    order_of_life = (
        "ringing",
        "dispatched",
        "delivered",
        "accepted",
        "en_route",
        "on_scene",
        "handled",
        "fed_back",
        "closed",
    )
    assert [times[name] for name in order_of_life] == sorted(times[name] for name in order_of_life)
    assert closed["waiting"] is None
    assert closed["primary_id"] == assignment["id"]
    reopened = await dispatcher.made(f"{path}/reopen", {"to": "received", "reason": "报警人再次来电"})
    assert reopened["state"] == "received"


async def test_a_step_after_the_end_is_refused_by_name(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    incident = await doors.incident()
    order = {"orders": [{"unit_id": str(town.N2)}]}
    (assignment,) = (await dispatcher.made(f"/incidents/{incident['id']}/assignments", order, 201))["items"]
    job = f"/assignments/{assignment['id']}"
    assert (await dispatcher.made(f"{job}/recall"))["state"] == "recalled"
    told = await dispatcher.post(f"{job}/accept")
    assert (told.status_code, told.json()["code"]) == (409, "assignment_over")


async def test_a_taken_unit_is_named_with_its_holder(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    first, second = await doors.incident(), await doors.incident()
    order = {"orders": [{"unit_id": str(town.S2)}]}
    (assignment,) = (await dispatcher.made(f"/incidents/{first['id']}/assignments", order, 201))["items"]
    told = await dispatcher.post(f"/incidents/{second['id']}/assignments", order)
    problem = told.json()
    assert (told.status_code, problem["code"]) == (409, "unit_taken")
    assert problem["held_by"] == first["number"]
    assert problem["call_sign"] == "219"
    assert problem["since"]
    await dispatcher.made(f"/assignments/{assignment['id']}/recall")


async def test_ways_out_and_back(doors: Doors) -> None:
    leader = await doors.seat("leader")

    async def take(course: str, body: dict[str, Any], state: str) -> dict[str, Any]:
        incident = await doors.incident()
        told: dict[str, Any] = await leader.made(f"/incidents/{incident['id']}/{course}", body)
        assert told["state"] == state
        assert told["id"] == incident["id"]
        return told

    await take("void", {"reason": "恶作剧"}, "void")
    await take("advise", {"reason": "电话告知"}, "advised")
    transferred = await take("transfer", {"agency": "119", "reference": "F-1"}, "transferred")
    assert transferred["external_refs"] == [{"agency": "119", "reference": "F-1"}]
    await take("handle", {"result": "handled"}, "fed_back")
    assert (await take("hand-over", {"room_id": str(town.SOUTH)}, "received"))["room"] == str(town.SOUTH)
    incident = await doors.incident()
    told = await leader.post(f"/incidents/{incident['id']}/void")
    assert (told.status_code, told.json()["field"]) == (400, "reason")


async def test_a_merge_shows_both_under_one_number(doors: Doors) -> None:
    leader = await doors.seat("leader")
    first, second = await doors.incident(text="一"), await doors.incident(text="二")
    ended = await leader.made(f"/incidents/{second['id']}/merge", {"into": first["id"]})
    assert (ended["state"], ended["merged_into"]) == ("merged", first["id"])
    survivor = (await leader.get(f"/incidents/{first['id']}")).json()
    assert [one["number"] for one in survivor["absorbed"]] == [second["number"]]
    assert {alarm["text"] for alarm in survivor["alarms"]} == {"一", "二"}
    rows = (await leader.get(f"/incidents/{first['id']}/timeline", limit=500)).json()["items"]
    assert {row["incident_id"] for row in rows} == {first["id"], second["id"]}
    again = await leader.made(f"/incidents/{second['id']}/unmerge")
    assert again["state"] == "received"
    survivor = (await leader.get(f"/incidents/{first['id']}")).json()
    assert survivor["absorbed"] == []
    assert survivor["alarms_total"] == 1


async def test_an_alarm_moves_and_moves_back(doors: Doors) -> None:
    leader = await doors.seat("leader")
    first, second = await doors.incident(), await doors.incident()
    alarm = second["alarms"][0]["id"]
    joined = await leader.made(f"/incidents/{first['id']}/attach", {"alarm_id": alarm})
    assert joined["alarms_total"] == 2
    assert (await leader.get(f"/incidents/{second['id']}")).json()["merged_into"] == first["id"]
    told = await leader.post(f"/incidents/{first['id']}/detach", {"alarm_id": alarm})
    assert told.status_code == 200, told.text
    assert told.json()["alarms_total"] == 1
    parted = (await leader.client.get(told.headers["location"])).json()
    assert [one["id"] for one in parted["alarms"]] == [alarm]


async def test_a_unit_comes_upon_something(doors: Doors) -> None:
    unit, dispatcher = await doors.seat("unit", of=town.S1, kind="unit"), await doors.seat("dispatcher")
    body = {"place": {"lon": 114.07, "lat": 22.54}, "text": "路遇打架"}
    told = await unit.made(f"/units/{town.S1}/on-view", body, 201)
    assert told["incident"]["state"] == "on_scene"
    assert told["assignment"]["state"] == "on_scene"
    assert told["assignment"]["unit_id"] == str(town.S1)
    await dispatcher.made(f"/assignments/{told['assignment']['id']}/clear", {"result": "handled"})


async def test_a_shift_begins_and_ends(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    path = f"/units/{town.N2}"
    busy = await dispatcher.made(f"{path}/duty", {"duty": "busy"})
    assert (busy["duty"], busy["state"]) == ("busy", "busy")
    off = await dispatcher.made(f"{path}/log-off")
    assert (off["duty"], off["crew"]) == ("off_duty", [])
    on = await dispatcher.made(f"{path}/log-on", {"crew": ["0111", "0112"]})
    assert (on["duty"], on["crew"]) == ("available", ["0111", "0112"])


async def test_an_order_to_a_room_is_named_a_unit_by_the_room(doors: Doors) -> None:
    city, north = await doors.seat("dispatcher"), await doors.seat("dispatcher", of=town.NORTH)
    incident = await doors.incident()
    path = f"/incidents/{incident['id']}/assignments"
    (room,) = (await city.made(path, {"orders": [{"room_id": str(town.NORTH)}]}, 201))["items"]
    assert (room["room_id"], room["unit_id"], room["unit"]) == (str(town.NORTH), None, None)
    (job,) = (await north.made(path, {"orders": [{"unit_id": str(town.N2), "parent_id": room["id"]}]}, 201))[
        "items"
    ]
    assert job["parent_id"] == room["id"]
    assert (await city.get(f"/assignments/{room['id']}")).json()["state"] == "cleared"
    await city.made(f"/assignments/{job['id']}/recall")
