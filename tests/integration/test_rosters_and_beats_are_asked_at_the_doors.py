"""Rosters at the doors promise: a sheet is tried dry and goes in whole; every replica knows who should be there and what is covered."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.runtime.embedded import Embedded
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, open_doors, open_replica
from tests.harness.rostered import BEATS
from tests.harness.waiting import until
from web.live_source import StoredTruth

type Two = tuple[Doors, Doors]
ZONE = ZoneInfo("Asia/Shanghai")
HEAD = "警组,警号,车辆,巡段,巡逻方式,上勤时间,下勤时间\n"


@pytest.fixture
async def two(database_url: str, servers: Embedded, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        open_doors(database_url, servers.nats_url, tmp_path) as here,
        open_replica(database_url, servers.nats_url, tmp_path) as there,
    ):
        for doors in (here, there):
            doors.runtime.centre.beats = BEATS
        await (await here.seat("leader")).made(f"/units/{town.N1}/log-off")
        yield here, there
    await remove_streams(servers.nats_url)


async def now(doors: Doors) -> datetime:
    async with doors.runtime.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


def line(sign: str, begins: datetime, hours: int = 8, beat: str = "N-01") -> str:
    times = [f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" for at in (begins, begins + timedelta(hours=hours))]
    return f"{sign},0110 0120,京A{sign}警,{beat},步巡,{times[0]},{times[1]}\n"


async def reading(doors: Doors, path: str, **params: Any) -> Callable[[], Awaitable[Any]]:
    seat = await doors.seat("leader")

    async def look() -> Any:
        told = await seat.get(path, **params)
        assert told.status_code == 200, told.text
        return told.json()

    return look


async def test_a_sheet_is_tried_dry_then_goes_in_and_is_known_at_every_replica(two: Two) -> None:
    here, there = two
    admin, begins = await here.seat("admin"), await now(here)
    sheet = HEAD + line("118", begins) + line("119", begins, beat="X") + line("999", begins)
    dry = await admin.made("/admin/rosters/import?dry_run=true", sheet.encode("gb18030"))
    assert [(fault["row"], fault["field"]) for fault in dry["refused"]] == [(3, "beat"), (4, "unit")]
    assert (dry["planned"], dry["dry_run"]) == (1, True)
    refused = await admin.post("/admin/rosters/import", sheet.encode())
    assert (refused.status_code, refused.json()["code"]) == (409, "roster_refused")
    assert [fault["row"] for fault in refused.json()["refused"]] == [3, 4]
    put = await admin.made("/admin/rosters/import", (HEAD + line("118", begins)).encode())
    assert (put["planned"], put["refused"]) == (1, [])
    look = await reading(there, f"/units/{town.N1}")
    unit = await until(look, lambda one: one["shift"] is not None)
    assert unit["shift"]["crew"] == ["0110", "0120"]
    assert unit["shift"]["beat"] == {"code": "N-01", "name": "北一巡段"}
    crew = await there.seat("unit", of=town.N1, kind="unit")
    on = await crew.made(f"/units/{town.N1}/log-on", {"vehicle": "京B1"})
    assert (on["vehicle"], on["beat"]["name"], on["patrol"], on["crew"]) == (
        "京B1",
        "北一巡段",
        "foot",
        ["0110", "0120"],
    )
    presence = await until(await reading(here, "/rosters/presence"), lambda told: bool(told["attended"]))
    assert [one["unit"]["call_sign"] for one in presence["attended"]] == ["118"]
    assert {one["call_sign"] for one in presence["without"]} == {"119"}, "the south has no roster"
    listed = (await (await here.seat("leader")).get("/rosters", unit=str(town.N1))).json()
    assert [one["state"] for one in listed["items"]] == ["attended"]


async def test_a_roster_as_a_list_follows_the_idempotency_key_and_pages(two: Two) -> None:
    here, _ = two
    leader, begins = await here.seat("leader"), await now(here) + timedelta(hours=1)
    rows = [
        {"unit": sign, "begins_at": (begins + timedelta(hours=9 * n)).isoformat(), "ends_at": (begins + timedelta(hours=9 * n + 8)).isoformat()}
        for sign in ("118", "119") for n in range(2)
    ]  # fmt: skip
    first = await leader.made("/admin/rosters", {"rows": rows}, key="roster-1")
    again = await leader.made("/admin/rosters", {"rows": rows}, key="roster-1")
    assert first == again
    assert first["planned"] == 4
    page = (await leader.get("/rosters", limit=3)).json()
    rest = (await leader.get("/rosters", limit=3, after=page["next"])).json()
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]
    assert (await leader.get("/rosters", state="gone")).status_code == 400
    shift = page["items"][0]
    bare = await leader.post(f"/rosters/{shift['id']}/withdraw")
    assert bare.status_code == 400
    told = await leader.made(f"/rosters/{shift['id']}/withdraw", {"reason": "病假"})
    assert told["state"] == "withdrawn"


async def test_the_feed_tells_of_a_near_shift_with_its_unit_and_of_a_far_one_nothing(two: Two) -> None:
    here, _ = two
    admin, begins = await here.seat("admin"), await now(here)
    sheet = HEAD + line("118", begins) + line("118", begins + timedelta(days=9))
    await admin.made("/admin/rosters/import", sheet.encode())
    source = StoredTruth(here.runtime.pool, here.runtime.centre)

    async def told() -> list[Any]:
        return [row for row in await source.rows_after(0, 500) if row.noun == "roster_shift"]

    rows = await until(told, lambda found: len(found) == 2)
    near, far = sorted(await source.changes(rows), key=lambda change: change.entity is None)
    assert far.entity is None
    assert near.entity is not None
    assert town.NORTH in (near.entity.audience or ())
    assert town.SOUTH not in (near.entity.audience or ())
    unit = near.entities[("unit", town.N1)]
    assert unit is not None
    assert b'"shift":{' in unit.json


async def test_beats_are_covered_by_log_on_at_every_replica_when_their_schedule_says_so(
    two: Two, clock: Clock
) -> None:
    here, there = two
    admin = await here.seat("admin")
    every_day = [
        {"days": [1, 2, 3, 4, 5, 6, 7], "starts": "00:00", "ends": "12:00"},
        {"days": [1, 2, 3, 4, 5, 6, 7], "starts": "12:00", "ends": "00:00"},
    ]
    etag = (await admin.get("/admin/beat-schedules")).headers["etag"]
    wrong = await admin.put("/admin/beat-schedules", {"items": [{"code": "X", "hours": every_day}]}, etag)
    assert wrong.status_code == 400
    put = await admin.put(
        "/admin/beat-schedules",
        {
            "items": [
                {"code": "N-01", "hours": every_day},
                {"code": "S-01", "kinds": ["boat"], "hours": every_day},
            ]
        },
        etag,
    )
    assert put.status_code == 200, put.text
    look = await reading(there, "/beats")
    before = await until(look, lambda told: told["items"][0]["state"] == "uncovered")
    assert [one["state"] for one in before["items"]] == ["uncovered", "rests", "uncovered"]
    crew = await here.seat("unit", of=town.N1, kind="unit")
    names = (await crew.get("/beats/names")).json()["items"]
    assert [one["code"] for one in names] == ["N-01", "N-02", "S-01"]
    await crew.made(f"/units/{town.N1}/log-on", {"crew": ["1"], "beat": "N-01"})
    after = await until(look, lambda told: told["items"][0]["state"] == "covered")
    assert [one["call_sign"] for one in after["items"][0]["units"]] == ["118"]
    assert after["items"][0]["until"] is not None
    refused = await crew.post(f"/units/{town.N1}/log-on", {"beat": "X"})
    assert (refused.status_code, refused.json()["field"]) == (400, "beat")
    gone = await admin.put("/admin/beat-schedules", {"items": []}, put.headers["etag"])
    assert gone.json()["items"] == []
    await until(look, lambda told: told["items"][0]["state"] == "rests")
    stale = await admin.put("/admin/beat-schedules", {"items": []}, put.headers["etag"])
    assert stale.status_code == 412


async def test_a_room_sees_the_rosters_of_its_own_units_alone(two: Two) -> None:
    here, _ = two
    await (await here.seat("admin")).made(
        "/admin/rosters/import", (HEAD + line("118", await now(here))).encode()
    )
    south = await here.seat("leader", of=town.SOUTH)
    assert (await south.get("/rosters")).json()["items"] == []
    assert (await south.get("/rosters", room=str(town.NORTH))).status_code == 404
    assert [one["code"] for one in (await south.get("/beats")).json()["items"]] == ["S-01"]
    unit = await here.seat("unit", of=town.N1, kind="unit")
    assert (await unit.get("/rosters")).status_code == 403


async def test_the_beat_plan_of_a_level_is_in_force_at_every_replica_while_it_holds(two: Two) -> None:
    here, there = two
    look = await reading(there, "/beats")
    assert [one["state"] for one in (await look())["items"]] == ["rests"] * 3
    leader = await here.seat("leader", of=town.NORTH)
    await leader.made("/duty-level", {"level": "level_1", "reason": "搜捕"}, 201)
    told = await until(look, lambda told: told["items"][0]["state"] == "uncovered")
    assert [(one["state"], one["wanted"]) for one in told["items"]] == [
        ("uncovered", 2), ("uncovered", 2), ("rests", 0)
    ]  # fmt: skip
    assert [one["plan"] and one["plan"]["en"] for one in told["items"]] == [
        "two patrols a beat, day and night", "two patrols a beat, day and night", "one patrol a beat"
    ]  # fmt: skip
    now = (await leader.get("/duty-level")).json()
    assert [(one["code"], one["wanted"], one["present"]) for one in now["beats"]] == [
        ("N-01", 2, 0),
        ("N-02", 2, 0),
    ]
    south = await here.seat("unit", of=town.S1, kind="unit")
    names = (await south.get("/beats/names")).json()["items"]
    assert [one["code"] for one in names] == ["S-01", "N-01", "N-02"], "its own room goes first"
    await leader.made("/duty-level", {"level": "level_4", "reason": "结束"}, 201)
    await until(look, lambda told: told["items"][0]["state"] == "rests")
