"""Retelling promise: the journal folded to its end is the tables, up to any moment it is what was known then, and no more is told than may be."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch import journal
from dispatch.folds import FOLDS
from dispatch.replaying.frames import NOUNS, Frame, at_moment, folded, frames, known
from dispatch.runtime.positions import now_ms
from tests.harness import town as places
from tests.harness.databases import Databases
from tests.harness.doors import Doors
from tests.harness.patrols import frame as positions
from tests.harness.town import CITY, N1, NORTH, SOUTH, build
from tests.harness.wandering import Night

SECRET = "住在三单元的王女士"
ACTS_A_NIGHT = 120
TABLES = {fold.noun: fold for fold in FOLDS if fold.noun in NOUNS}
ITSELF = "SELECT to_jsonb(t)::text FROM {table} t WHERE id = ANY($1::uuid[])"
MERGED = "SELECT id FROM incident WHERE id = $1 OR merged_into = $1"


@pytest.fixture(scope="module")
async def lived(databases: Databases) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """One town for all nights; each wanders on where the one before has ended."""
    async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        await Night(await build(pool), 0).begin()
        yield pool


async def wander(pool: "asyncpg.Pool[Any]", seed: int) -> Night:
    town = places.Town(pool, places.centre_without_data())
    await town.followers.load()
    night = Night(town, seed)
    for _ in range(ACTS_A_NIGHT):
        await night.act()
    return night


def without_time(one: Frame) -> Frame:
    return msgspec.structs.replace(one, at="", t_ms=0, position=0)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 1))
async def test_all_of_it_is_the_tables_and_a_part_is_what_was_known_then(
    lived: "asyncpg.Pool[Any]", seed: int, cut: float
) -> None:
    night = await wander(lived, seed)
    async with lived.acquire() as conn:
        for id_ in list(night.world.incidents)[-12:]:
            family = [row[0] for row in await conn.fetch(MERGED, id_)]
            rows = await journal.of_mentioned(conn, family, NOUNS)
            world = folded(rows)
            for noun, fold in TABLES.items():
                ids = [key for kind, key in world if kind == noun]
                kept = await conn.fetch(ITSELF.format(table=fold.table), ids)
                assert {
                    one.id: one for one in (msgspec.json.decode(t, type=fold.state) for (t,) in kept)
                } == {key: world[noun, key] for key in ids}
            shown = frames(rows, id_, family)
            times = [one.t_ms for one in shown]
            assert times == sorted(set(times)), "no moment is told twice"
            moments = [one.at for one in known(rows)]
            moment = moments[int(cut * (len(moments) - 1))]
            then = at_moment(rows, id_, family, moment)
            told = [one for one in shown if one.t_ms <= moment]
            assert (then is None) == (not told)
            assert then is None or without_time(told[-1]) == without_time(then)
            assert folded(rows, moment) == folded([one.row for one in known(rows) if one.at <= moment])


async def on_scene(doors: Doors) -> tuple[dict[str, Any], dict[str, Any]]:
    """An incident with a note and a unit on scene; and its order."""
    seat = await doors.seat("dispatcher", "leader", "reviewer")
    await doors.runtime.followers.load()
    doors.runtime.centre.live.apply(
        positions([11, 12, 21], [114.021, 114.03, 114.08], [22.54] * 3, now_ms()), now_ms()
    )
    told = await doors.incident(type="500600", text=SECRET)
    proposal = (await seat.get(f"/incidents/{told['id']}/recommendation")).json()
    body = {"orders": [{"unit_id": str(N1)}], "recommendation_id": proposal["id"]}
    answer = await seat.post(f"/incidents/{told['id']}/assignments", body)
    if answer.status_code != 201:  # another was proposed: what is sent is not held against what was shown
        answer = await seat.post(f"/incidents/{told['id']}/assignments", {"orders": [{"unit_id": str(N1)}]})
    assert answer.status_code == 201, answer.text
    job = answer.json()["items"][0]
    await seat.made(f"/incidents/{told['id']}/notes", {"kind": "hazard", "text": SECRET, "urgent": True}, 201)
    for step in ("deliver", "accept", "en-route", "on-scene"):
        await seat.made(f"/assignments/{job['id']}/{step}")
    return told, job


async def test_a_course_says_who_knew_what_and_how_it_stood(doors: Doors) -> None:
    seat = await doors.seat("dispatcher", "leader", "reviewer")
    told, job = await on_scene(doors)
    course = (await seat.get(f"/incidents/{told['id']}/course")).json()
    assert course["running"] is True
    assert {"alarm_entered", "ordered", "urgent_note", "accepted", "on_scene"} <= {
        one["key"] for one in course["knowledge"]
    }
    states = [one["state"] for one in course["frames"]]
    assert states[0] == "received"
    assert states[-1] == "on_scene"
    assert {party["key"] for party in course["parties"]} >= {f"room:{NORTH}", f"room:{CITY}", f"unit:{N1}"}
    [ordered] = [one for one in course["knowledge"] if one["key"] == "ordered"]
    [cell] = [cell for cell in ordered["cells"] if cell["party"] == f"unit:{N1}"]
    assert (cell["seen_how"], cell["acknowledged_how"]) == ("delivered", "accepted")
    keys = [one["key"] for one in course["intervals"]]
    assert keys == [
        "answer",
        "processing",
        "acceptance",
        "turnout",
        *(["arrival"] if "arrival" in keys else []),
        "response",
        "feedback",
    ]
    assert course["frames"][-1]["orders"] == [
        {"id": job["id"], "unit_id": str(N1), "room_id": None, "state": "on_scene"}
    ]
    for choice in course["choices"]:
        assert all(one["why"] for one in choice["nearer"]), "whoever was nearer and not sent has a reason"
    await seat.made(f"/assignments/{job['id']}/clear", {"result": "handled"})


async def test_what_people_wrote_is_told_on_request_and_to_whom_it_is_for(doors: Doors) -> None:
    told, job = await on_scene(doors)
    path = f"/incidents/{told['id']}/course"
    for roles in (("dispatcher",), ("auditor",)):
        seat = await doors.seat(*roles)
        answer = await seat.get(path)
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert answer.json()["sealed"] is True
    opened = await (await doors.seat("dispatcher")).get(path, texts="true")
    assert SECRET in opened.text
    refused = await (await doors.seat("auditor")).get(path, texts="true")
    assert refused.status_code == 403
    assert (await (await doors.seat("dispatcher", of=SOUTH)).get(path)).status_code == 404
    assert (await (await doors.seat("unit", of=str(N1), kind="unit")).get(path)).status_code in (403, 404)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    await boss.made(f"/assignments/{job['id']}/clear", {"result": "handled"})


async def test_a_moment_before_anybody_knew_is_not_told(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    told = await doors.incident()
    opened = datetime.fromisoformat(told["opened_at"])
    before = await seat.get(
        f"/incidents/{told['id']}/as-known", at=(opened - timedelta(minutes=1)).isoformat()
    )
    assert before.status_code == 404
    later = await seat.get(
        f"/incidents/{told['id']}/as-known", at=(opened + timedelta(minutes=1)).isoformat()
    )
    assert later.json()["state"] == "received"
    for wrong in ("yesterday", "2026-05-01T08:00:00"):
        assert (await seat.get(f"/incidents/{told['id']}/as-known", at=wrong)).status_code == 400
    assert (await seat.get(f"/incidents/{uuid4()}/course")).status_code == 404


async def test_gaps_of_a_track_are_gaps_and_what_is_gone_is_said_to_be_gone(doors: Doors) -> None:
    seat = await doors.seat("dispatcher", "leader", "reviewer")
    told, job = await on_scene(doors)
    start = now_ms() - 110_000
    for t_ms in (start, start + 5_000, start + 90_000):
        doors.runtime.centre.live.apply(
            positions([11], [114.02 + (t_ms - start) * 1e-9], [22.54], t_ms), now_ms()
        )
    tracks = (await seat.get(f"/incidents/{told['id']}/course/tracks")).json()
    [one] = [track for track in tracks["items"] if track["unit_id"] == str(N1)]
    assert {start, start + 5_000, start + 90_000} <= set(one["t_ms"])
    assert {"from_ms": start + 5_000, "to_ms": start + 90_000} in one["gaps"]
    assert one["gone_before_ms"] is None
    assert tracks["kept_since"] is not None
    recorder = doors.runtime.centre.live.recorder
    assert recorder is not None
    kept, recorder.kept_ms = recorder.kept_ms, 1
    try:
        tracks = (await seat.get(f"/incidents/{told['id']}/course/tracks")).json()
    finally:
        recorder.kept_ms = kept
    [one] = [track for track in tracks["items"] if track["unit_id"] == str(N1)]
    assert one["gone_before_ms"] is not None
    assert start not in one["t_ms"]
    assert (
        await (await doors.seat("auditor")).get(f"/incidents/{told['id']}/course/tracks")
    ).status_code == 403
    span = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert (await seat.get(f"/incidents/{told['id']}/course/tracks", **span)).status_code == 400
    await seat.made(f"/assignments/{job['id']}/clear", {"result": "handled"})
