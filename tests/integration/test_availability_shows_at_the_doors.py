"""Through the public doors: breaks for minutes, causes, ends of shifts, posts, lending, relief, and units taken from a job."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.harness import town
from tests.harness.doors import Doors, Seat
from tests.harness.patrols import frame
from tests.harness.town import N1, N2, S1, S2, SOUTH


@pytest.fixture
async def city(doors: Doors) -> Seat:
    """A dispatcher and leader of the city room."""
    return await doors.seat("dispatcher", "leader")


async def shown(seat: Seat, unit: UUID) -> dict[str, Any]:
    told = await seat.get(f"/units/{unit}")
    assert told.status_code == 200, told.text
    body: dict[str, Any] = told.json()
    return body


def moment(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


async def test_a_break_is_granted_for_minutes(city: Seat) -> None:
    before = datetime.now(UTC)
    told = await city.made(f"/units/{N1}/duty", {"duty": "break", "minutes": 20})
    assert told["duty"] == "break"
    assert abs(moment(told["duty_until"]) - before - timedelta(minutes=20)) < timedelta(seconds=60)
    refused = await city.post(f"/units/{N1}/duty", {"duty": "busy", "minutes": 20})
    assert (refused.status_code, refused.json()["field"]) == (400, "until")
    back = await city.made(f"/units/{N1}/duty", {"duty": "available"})
    assert (back["duty"], back["duty_until"]) == ("available", None)


async def test_out_of_service_needs_a_cause_or_a_reason(city: Seat) -> None:
    refused = await city.post(f"/units/{N1}/duty", {"duty": "out_of_service"})
    assert (refused.status_code, refused.json()["field"]) == (400, "cause")
    told = await city.made(f"/units/{N1}/duty", {"duty": "out_of_service", "cause": "vehicle"})
    assert (told["duty"], told["duty_cause"]) == ("out_of_service", "vehicle")
    told = await city.made(f"/units/{N1}/duty", {"duty": "out_of_service", "reason": "洗车 car wash"})
    assert told["duty_cause"] == "other"
    assert (await city.made(f"/units/{N1}/duty", {"duty": "available"}))["duty_cause"] is None


async def test_a_log_on_says_when_the_shift_ends(city: Seat) -> None:
    ends_at = (datetime.now(UTC) + timedelta(hours=8)).isoformat(timespec="milliseconds")
    told = await city.made(f"/units/{S2}/log-on", {"crew": ["0110"], "shift_ends_at": ends_at})
    assert moment(told["shift_ends_at"]) == datetime.fromisoformat(ends_at)
    assert told["over_time"] is False
    late = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    refused = await city.post(f"/units/{S2}/log-on", {"crew": [], "shift_ends_at": late})
    assert (refused.status_code, refused.json()["field"]) == (400, "shift_ends_at")


async def test_fixed_positions_go_in_and_out_and_show_on_their_unit(doors: Doors, city: Seat) -> None:
    admin = await doors.seat("admin")
    turn = {"unit_id": str(N2), "days": [1, 2, 3, 4, 5, 6, 7], "starts": "00:00", "ends": "00:00"}
    school = {"code": "HXG-1", "name": "实验小学护学岗", "lon": 114.03, "lat": 22.54, "turns": [turn]}
    listed = await admin.get("/admin/fixed-positions")
    put = await admin.put("/admin/fixed-positions", {"items": [school]}, listed.headers["etag"])
    assert put.status_code == 200, put.text
    again = await admin.get("/admin/fixed-positions")
    assert again.json() == put.json()
    same = await admin.put("/admin/fixed-positions", again.json(), again.headers["etag"])
    assert (same.status_code, same.headers["etag"]) == (200, again.headers["etag"]), (
        "the same list is no change"
    )
    post = (await shown(city, N2))["post"]
    assert (post["code"], post["name"], post["lon"]) == ("HXG-1", "实验小学护学岗", 114.03)
    assert post["until"] is not None
    for field, wrong in (("starts", "7:10"), ("days", [8]), ("unit_id", str(UUID(int=404)))):
        bad = school | {"turns": [turn | {field: wrong}]}
        refused = await admin.put("/admin/fixed-positions", {"items": [bad]}, again.headers["etag"])
        assert refused.status_code == 400, (field, refused.text)
    behind = await admin.put("/admin/fixed-positions", {"items": []}, listed.headers["etag"])
    assert behind.status_code == 412
    gone = await admin.put("/admin/fixed-positions", {"items": []}, again.headers["etag"])
    assert gone.json()["items"] == []
    assert (await shown(city, N2))["post"] is None
    back = await admin.put("/admin/fixed-positions", again.json(), gone.headers["etag"])
    assert back.status_code == 200, "what ended may come back"
    cleared = await admin.put("/admin/fixed-positions", {"items": []}, back.headers["etag"])
    assert cleared.status_code == 200
    assert (await city.put("/admin/fixed-positions", {"items": []}, "*")).status_code == 403


async def test_a_unit_is_lent_for_minutes_and_given_back(doors: Doors, city: Seat) -> None:
    south = await doors.seat("dispatcher", of=SOUTH)
    assert (await south.get(f"/units/{N1}")).status_code == 404
    told = await city.made(f"/units/{N1}/lend", {"room_id": str(SOUTH), "minutes": 45, "reason": "支援"})
    assert (told["lent_to"], told["room"]) == (str(SOUTH), str(town.NORTH))
    assert (await shown(south, N1))["lent_until"] == told["lent_until"]
    listed = (await south.get("/units")).json()["items"]
    assert {unit["call_sign"] for unit in listed} == {"118", "218", "219"}
    assert (await city.post(f"/units/{N1}/lend", {"room_id": str(SOUTH)})).status_code == 400
    back = await south.made(f"/units/{N1}/give-back")
    assert (back["lent_to"], back["lent_until"]) == (None, None)


async def test_a_unit_is_taken_for_what_is_more_urgent_and_its_job_returns(doors: Doors, city: Seat) -> None:
    quarrel, stabbing = await doors.incident(), await doors.incident()
    for incident, priority in ((quarrel, 4), (stabbing, 1)):
        read = await city.get(f"/incidents/{incident['id']}")
        version = read.json()["version"]
        amended = await city.patch(f"/incidents/{incident['id']}", {"priority": priority}, version)
        assert amended.status_code == 200, amended.text
    path = f"/incidents/{stabbing['id']}/assignments"
    orders = {"orders": [{"unit_id": str(S1)}]}
    [old] = (await city.made(f"/incidents/{quarrel['id']}/assignments", orders, 201))["items"]
    plain = await city.post(path, orders)
    assert (plain.status_code, plain.json()["code"]) == (409, "unit_taken")
    unsaid = await city.post(path, orders | {"preempt": True})
    assert (unsaid.status_code, unsaid.json()["field"]) == (400, "reason")
    shown_there = (await city.get(f"/incidents/{stabbing['id']}/recommendation", units=4)).json()
    passed = {one["call_sign"]: [why["key"] for why in one["why_nots"]] for one in shown_there["passed_over"]}
    assert passed.get("218") in (None, ["held_by", "may_preempt"]), passed
    key = "take-218"
    [new] = (await city.made(path, orders | {"preempt": True, "reason": "持刀伤人"}, 201, key=key))["items"]
    again = await city.made(path, orders | {"preempt": True, "reason": "持刀伤人"}, 201, key=key)
    assert [one["id"] for one in again["items"]] == [new["id"]], "the same key takes it once"
    left = (await city.get(f"/incidents/{quarrel['id']}")).json()
    [gone] = left["assignments"]
    assert (left["state"], gone["id"], gone["state"]) == ("received", old["id"], "preempted")
    assert (gone["preempted_for"], gone["times"]["preempted"] is not None) == (stabbing["id"], True)
    timeline = (await city.get(f"/incidents/{quarrel['id']}/timeline")).json()["items"]
    assert "持刀伤人" in [row["why"] for row in timeline if row["fact"] == "ended"]
    back = await city.post(
        f"/incidents/{quarrel['id']}/assignments", orders | {"preempt": True, "reason": "反过来"}
    )
    assert (back.status_code, back.json()["code"]) == (409, "preemption_refused")


async def test_whoever_logs_off_with_a_job_names_its_relief(doors: Doors, city: Seat) -> None:
    incident = await doors.incident()
    orders = {"orders": [{"unit_id": str(N1)}]}
    await city.made(f"/incidents/{incident['id']}/assignments", orders, 201)
    refused = await city.post(f"/units/{N1}/log-off")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_has_open_job")
    assert "relieved_by" in refused.json()["detail"]
    told = await city.made(f"/units/{N1}/log-off", {"relieved_by": str(N2)})
    assert (told["duty"], told["assignment_id"], told["kept"]) == ("off_duty", None, [])
    assert (await shown(city, N2))["incident_id"] == incident["id"]


async def test_a_unit_whose_position_is_lost_stays_listed_as_a_ghost(doors: Doors, city: Seat) -> None:
    live = doors.runtime.centre.live
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    for unit, seconds in ((S1, 1), (S2, 600)):
        heard_ms = now_ms - seconds * 1000
        live.apply(frame([unit.int], [114.07], [22.54], heard_ms), heard_ms)
    listed = {unit["call_sign"]: unit for unit in (await city.get("/units")).json()["items"]}
    assert (listed["218"]["lost"], listed["218"]["ghost"]) == (False, False)
    ghost = listed["219"]
    assert (ghost["lost"], ghost["ghost"], ghost["duty"], ghost["fix"]["lon"]) == (
        True,
        True,
        "available",
        114.07,
    )
    assert ghost["fix"]["age_s"] >= 600
    never = listed["119"]
    assert (never["fix"], never["lost"], never["ghost"]) == (None, False, False)
    near = [unit["call_sign"] for unit in (await city.get("/units", near="114.07,22.54")).json()["items"]]
    assert near == ["218", "219"]
    assert len(live.positions(now_ms).handle) == 2, "both are drawn"
