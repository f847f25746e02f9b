"""Promise: a file of real calls played through the doors ends with every call closed, its times to the second, nothing twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from incidents.types import shipped_tree
from tests.harness.doors import Doors
from tests.harness.replay_town import row, town_calls, town_map
from web.drive import Door
from web.replay import Film, play
from web.replaying.calls import read_calls, read_header
from web.replaying.column_map import fitting_map
from web.replaying.errors import ReplayRefused
from web.replaying.plan import ESTIMATED
from web.replaying.report import Outcome, text
from web.replaying.synthetic_city import synthetic_city

SLICE_LINES = 250

# V1 is sent to call 8 while it is still on call 7; V3's row has no end; V4 is on scene before it drives; V5 comes to call
# 7 after a moment with nobody on it; nobody is ever on scene at call 9, whose type demands a call-back.
ROWS = (
    row("7", "V1", "12:00:00 12:01:00 12:01:30 12:02:00 12:05:00 12:30:00"),
    row("7", "V5", "12:00:00 12:40:00 12:40:30 12:41:00 12:50:00 12:58:00"),
    row("8", "V1", "12:10:00 12:11:00 12:11:30 12:12:00 12:15:00 12:20:00", area="B", place="-74.02,40.72"),
    row("8", "V3", "12:10:00 12:11:00 12:11:10 12:11:20 12:16:00 -", area="B", place="-74.02,40.72"),
    row("8", "M4", "12:10:00 12:11:00 12:16:46 12:16:46 12:16:00 12:44:00", area="B", place="-74.02,40.72"),
    row("9", "V2", "12:20:00 12:21:00 12:21:20 12:21:20 - 12:25:00", what="gas", end="other"),
)


def film(folder: Path, *rows: str) -> Film:
    calls = town_calls(folder, *rows)
    return Film(calls, synthetic_city(calls, town_map()), town_map())


async def door(doors: Doors, *roles: str) -> Door:
    seat = await doors.seat(*roles)
    return Door([seat.client], seat.secret, patience_s=10)


async def played(doors: Doors, what: Film) -> tuple[Outcome, list[str]]:
    said: list[str] = []
    outcome = await play(await door(doors, "replayer"), what, None, said.append)
    return outcome, [*said, *text(outcome)]


async def incidents_by_call(doors: Doors) -> dict[str, dict[str, Any]]:
    seat = await doors.seat("leader")
    found = (await seat.get("/incidents", limit=500)).json()["items"]
    return {one["alarms"][0]["call_id"]: one for one in found}


async def test_a_small_file_with_every_oddity_closes(doors: Doors, tmp_path: Path) -> None:
    outcome, said = await played(doors, film(tmp_path, *ROWS))
    assert outcome.closed == 3
    assert outcome.unclosed == []
    (refused,) = outcome.refused
    assert (refused.call, refused.unit, refused.act) == ("8", "V1", "order")
    assert "V1 is on_scene for incident" in refused.reason
    assert {line.differ for line in outcome.table.values()} == {0}
    assert outcome.table["whole"].ours == outcome.table["whole"].file
    assert outcome.table["response"].ours.n == 2
    assert any("call 8, unit V3" in line for line in said)
    assert any("unit M4: on scene is 46 s before en route" in line for line in said)

    incidents = await incidents_by_call(doors)
    assert {one["state"] for one in incidents.values()} == {"closed"}
    assert {one["priority"] for one in incidents.values()} == {1}
    assert [a["state"] for a in incidents["7"]["assignments"]] == ["cleared", "cleared"]
    assert incidents["7"]["times"]["ringing"] == "2026-03-10T16:00:00.000Z"
    assert incidents["7"]["times"]["handled"] == "2026-03-10T16:58:00.000Z"
    assert incidents["7"]["times"]["on_scene"] == "2026-03-10T16:05:00.000Z"
    assert incidents["9"]["disposition"] == "handled"
    assert incidents["9"]["alarms"][0]["called_back"]["outcome"] == "not_suitable"

    seat = await doors.seat("leader")
    timeline = (await seat.get(f"/incidents/{incidents['8']['id']}/timeline", limit=500)).json()["items"]
    assert {fact["why"] for fact in timeline} == {None, ESTIMATED}
    assert {fact["via"] for fact in timeline} == {"replay"}


async def test_its_rooms_stand_beside_what_was_there_and_own_their_calls(
    doors: Doors, tmp_path: Path
) -> None:
    await played(doors, film(tmp_path, *ROWS))
    seat = await doors.seat("admin", "leader")
    rooms = {room["code"]: room for room in (await seat.get("/admin/rooms")).json()["items"]}
    assert rooms["TN"]["parent_id"] == rooms["city"]["id"]
    assert rooms["TN-A"]["name_en"] == "Town station A (synthetic)"
    assert {"north", "south"} <= set(rooms)
    incidents = await incidents_by_call(doors)
    assert {incidents[call]["room"] for call in "79"} == {rooms["TN-A"]["id"]}
    assert incidents["8"]["room"] == rooms["TN-B"]["id"]
    layers = Counter(one["room_id"] for one in (await seat.get("/admin/jurisdictions")).json()["items"])
    assert {rooms[code]["id"] for code in ("north", "south", "TN-A", "TN-B")} == set(layers)


async def test_the_same_file_again_doubles_nothing(doors: Doors, tmp_path: Path) -> None:
    await played(doors, film(tmp_path, *ROWS))
    async with doors.runtime.pool.acquire() as conn:
        before = await conn.fetchval("SELECT count(*) FROM journal")
    outcome, _ = await played(doors, film(tmp_path, *ROWS))
    assert outcome.closed == 3
    assert [row.unit for row in outcome.refused] == ["V1"]
    async with doors.runtime.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM journal") == before


async def test_history_proves_what_the_tables_say_afterwards(doors: Doors, tmp_path: Path) -> None:
    await played(doors, film(tmp_path, *ROWS))
    async with doors.runtime.pool.acquire() as conn:
        report = await verify(conn, FOLDS, ())
    assert report.sound, report.broken


async def test_a_key_that_may_not_put_in_units_is_told_so(doors: Doors, tmp_path: Path) -> None:
    unknown = film(tmp_path, row("70", "X1", "12:00:00 12:01:00 - - - 12:30:00"))
    with pytest.raises(ReplayRefused, match="lacks 1 units of the file, and this key may not put them in"):
        await play(await door(doors, "leader"), unknown, None, lambda _: None)


async def test_a_type_the_centre_does_not_have_is_named(doors: Doors, tmp_path: Path) -> None:
    one = film(tmp_path, row("71", "X1", "12:00:00 12:01:00 - - - 12:30:00"))
    (call,) = one.calls
    foreign = Film([type(call)(**{**_fields(call), "type": "123456"})], one.city, one.column_map)
    with pytest.raises(ReplayRefused, match="has no type 123456"):
        await play(await door(doors, "replayer"), foreign, None, lambda _: None)


def _fields(call: Any) -> dict[str, Any]:
    return {name: getattr(call, name) for name in call.__struct_fields__}


@pytest.mark.real_data
@pytest.mark.slow
async def test_a_slice_of_a_real_week_closes(doors: Doors, shared_data: Path, tmp_path: Path) -> None:
    lines = (
        (shared_data / "sf_fire_calls_2017_week1.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    part = tmp_path / "slice.csv"
    part.write_text("".join(lines[: SLICE_LINES + 1]), encoding="utf-8")
    column_map = fitting_map(read_header(part), shipped_tree())
    calls = read_calls(part, column_map)
    outcome, _ = await played(doors, Film(calls, synthetic_city(calls, column_map), column_map))
    assert outcome.closed == len(calls)
    assert outcome.refused == []
    assert {line.differ for line in outcome.table.values()} == {0}
    assert outcome.real_s / outcome.took_s > 0
