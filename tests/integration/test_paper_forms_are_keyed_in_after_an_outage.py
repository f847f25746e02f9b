"""Promise: after an outage fifty paper forms go in with one act, each with its true times, twice as harmless as once."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from dispatch.verify import verify
from tests.harness import town
from tests.harness.doors import Doors

OF_FORMS = "JOIN paper_form f USING (incident_id)"
HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - 5 * HOUR


def at(minutes: int) -> str:
    return (BEGAN + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_series = count(1)


def series() -> str:
    """Forms of a test's own: the city goes on from one test to the next."""
    return f"Z{next(_series)}"


def whole(pad: str, number: int, **more: Any) -> dict[str, Any]:
    """A form with everything on it, from the call to the closing."""
    return {
        "form": f"{pad}-{number:04d}", "reported_at": at(number), "text": f"有人打架 {number}", "address": f"某路{number}号",
        "lon": 114.02, "lat": 22.54, "caller_number": f"138{number:08d}", "unit": "118", "dispatched_at": at(number + 1),
        "accepted_at": at(number + 2), "en_route_at": at(number + 3), "on_scene_at": at(number + 9), "cleared_at": at(number + 30),
        "result": "handled", "feedback": "双方和解", "people_count": 2, "fed_back_at": at(number + 40),
        "call_back": "satisfied", "closed_at": at(number + 60),
    } | more  # fmt: skip


async def keyed_in(doors: Doors, *forms: dict[str, Any], status: int = 201, **more: Any) -> Any:
    seat = await doors.seat("dispatcher")
    return await seat.made("/back-entries", {"forms": list(forms)} | more, status)


async def shown(doors: Doors, item: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = (
        await (await doors.seat("leader")).get(f"/incidents/{item['incident_id']}")
    ).json()
    return told


async def counted(doors: Doors, sql: str) -> int:
    async with doors.runtime.pool.acquire() as conn:
        return int(await conn.fetchval(sql))


async def test_a_form_becomes_a_closed_incident_with_the_times_that_stand_on_it(doors: Doors) -> None:
    pad = series()
    report = await keyed_in(doors, whole(pad, 1))
    assert (report["entered"], report["already"], report["refused"]) == (1, 0, 0), report
    incident = await shown(doors, report["items"][0])
    assert (incident["state"], incident["number"]) == ("closed", report["items"][0]["number"])
    assert incident["external_refs"] == [{"agency": "paper", "reference": f"{pad}-0001"}]
    steps = ("ringing", "dispatched", "accepted", "en_route", "on_scene", "handled", "fed_back", "closed")
    said = {name: incident["times"][name] for name in steps}
    assert said == dict(zip(steps, map(at, (1, 2, 3, 4, 10, 31, 41, 61)), strict=True))
    assert incident["alarms"][0]["source"] == "paper"
    recorded = datetime.fromisoformat(incident["alarms"][0]["recorded_at"])
    assert incident["alarms"][0]["claimed_at"] == at(1)
    assert recorded - BEGAN > 4 * HOUR


async def test_fifty_forms_go_in_with_one_act_and_arm_no_timer(doors: Doors) -> None:
    pad = series()
    report = await keyed_in(doors, *(whole(pad, n) for n in range(50)))
    assert report["entered"] == 50, [item for item in report["items"] if item["outcome"] != "entered"][:3]
    numbers = {item["number"] for item in report["items"]}
    assert len(numbers) == 50
    assert await counted(doors, f"SELECT count(*) FROM timer t {OF_FORMS} WHERE f.number LIKE '{pad}-%'") == 0
    assert await counted(doors, "SELECT count(*) FROM radio_message") == 0
    async with doors.runtime.pool.acquire() as conn:
        assert (await verify(conn)).broken == ()


async def test_what_makes_no_sense_is_refused_alone_and_says_why(doors: Doors) -> None:
    pad = series()
    before = await counted(doors, "SELECT count(*) FROM incident")
    report = await keyed_in(
        doors,
        whole(pad, 1),
        whole(pad, 2, on_scene_at=at(1)),
        whole(pad, 3, unit="999"),
        whole(pad, 4, type="000001"),
        whole(pad, 5, lat=95.0),
        whole(pad, 6),
    )
    said = [(item["row"], item["outcome"], item["code"]) for item in report["items"]]
    assert said[0] == (1, "entered", None)
    assert said[5] == (6, "entered", None)
    assert [outcome for _, outcome, _ in said[1:5]] == ["refused"] * 4
    assert report["items"][1]["field"] == "on_scene_at"
    assert "999" in report["items"][2]["detail"]
    assert await counted(doors, "SELECT count(*) FROM incident") == before + 2
    assert await counted(doors, f"SELECT count(*) FROM alarm a {OF_FORMS} WHERE f.number LIKE '{pad}-%'") == 2
    async with doors.runtime.pool.acquire() as conn:
        assert (await verify(conn)).broken == ()


async def test_all_or_nothing_leaves_no_trace_of_any(doors: Doors) -> None:
    pad = series()
    before = await counted(doors, "SELECT count(*) FROM incident")
    problem = await keyed_in(doors, whole(pad, 1), whole(pad, 2, unit="999"), status=409, all_or_nothing=True)
    assert problem["code"] == "forms_refused"
    assert [one["row"] for one in problem["refused"]] == [2]
    assert await counted(doors, "SELECT count(*) FROM incident") == before
    assert (await keyed_in(doors, whole(pad, 1), whole(pad, 2), all_or_nothing=True))["entered"] == 2


async def test_sending_again_is_harmless_by_key_and_by_form(doors: Doors) -> None:
    pad = series()
    seat = await doors.seat("dispatcher")
    body = {"forms": [whole(pad, 1), whole(pad, 2)]}
    first = await seat.made("/back-entries", body, 201, key="one")
    assert await seat.made("/back-entries", body, 201, key="one") == first
    again = await seat.made("/back-entries", body, 201, key="another")
    assert (again["entered"], again["already"]) == (0, 2)
    assert [i["incident_id"] for i in again["items"]] == [i["incident_id"] for i in first["items"]]
    assert await counted(doors, f"SELECT count(*) FROM paper_form WHERE number LIKE '{pad}-%'") == 2


async def test_a_number_is_taken_once_for_ever(doors: Doors) -> None:
    pad = series()
    await keyed_in(doors, whole(pad, 1))
    report = await keyed_in(doors, whole(pad, 1, text="something else"), whole(pad, 2), whole(pad, 2))
    assert [item["outcome"] for item in report["items"]] == ["refused", "entered", "already"]
    assert report["items"][0]["code"] == "form_taken"


async def test_a_form_may_end_at_any_step(doors: Doors) -> None:
    bare = {"form": "A1", "reported_at": at(1), "text": "只有报警"}
    settled = {"form": "A2", "reported_at": at(1), "cleared_at": at(9), "result": "handled"}
    under_way = {
        "form": "A3",
        "reported_at": at(1),
        "unit": "118",
        "dispatched_at": at(2),
        "on_scene_at": at(9),
    }
    second = {"form": "A4", "reported_at": at(1), "unit": "118", "dispatched_at": at(3)}
    report = await keyed_in(doors, bare, settled, under_way, second)
    assert [item["state"] for item in report["items"]] == ["received", "fed_back", "on_scene", None]
    assert report["items"][3]["code"] == "unit_taken"


async def test_a_sheet_is_taken_as_an_office_program_wrote_it(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    empty = await seat.get("/back-entries/template")
    assert empty.headers["content-type"].startswith("text/csv")
    assert "表单编号" in empty.content.decode("utf-8-sig")
    evening = (BEGAN + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
    sheet = f"表单编号,报警时间,警情内容,处置完毕时间,处置结果\r\n甲1,{evening},漏水,{evening},handled\r\n甲2,昨天,,,\r\n"
    told = await seat.post(
        "/back-entries/sheet", sheet.encode("gb18030"), headers={"Content-Type": "text/csv"}
    )
    assert told.status_code == 201, told.text
    first, second = told.json()["items"]
    assert (first["row"], first["outcome"], first["state"]) == (2, "entered", "fed_back")
    assert (second["row"], second["outcome"], second["field"]) == (3, "refused", "reported_at")


async def test_only_who_takes_or_sends_may_key_in_and_only_for_its_own_units(doors: Doors) -> None:
    pad = series()
    reviewer = await doors.seat("reviewer")
    assert (await reviewer.post("/back-entries", {"forms": [whole(pad, 1)]})).status_code == 403
    north = await doors.seat("dispatcher", of=town.NORTH)
    report = await north.made("/back-entries", {"forms": [whole(pad, 1), whole(pad, 2, unit="218")]}, 201)
    assert [item["outcome"] for item in report["items"]] == ["entered", "refused"]
    assert report["items"][1]["code"] == "not_allowed"
