"""Promise: a room with fewer free units than its duty level wants is told once, at whichever replica, until it has recovered."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID

from dispatch.folds import FOLDS
from dispatch.levels.counting import counted
from dispatch.runtime.positions import now_ms
from dispatch.verify import verify
from tests.harness import town
from tests.harness.doors import Doors
from tests.harness.waiting import until
from units.store import as_frame
from web.live_source import StoredTruth

FACTS = "SELECT fact FROM journal WHERE noun = 'shortfall' AND fact <> 'rule_fired' ORDER BY position"
type Two = tuple[Doors, Doors]


async def ordered(doors: Doors, level: str, of: UUID = town.CITY) -> Any:
    leader = await doors.seat("leader", of=of)
    return await leader.made("/duty-level", {"level": level, "reason": "大型活动"}, 201)


async def sent(doors: Doors, unit: UUID) -> str:
    """The unit gets a job; the order, so that it can be cleared."""
    incident = await doors.incident(type="200250", priority=3)
    orders = {"orders": [{"unit_id": str(unit)}]}
    told = await (await doors.seat("dispatcher")).made(
        f"/incidents/{incident['id']}/assignments", orders, 201
    )
    return str(told["items"][0]["id"])


async def back(doors: Doors, job: str) -> None:
    await (await doors.seat("dispatcher")).made(f"/assignments/{job}/recall")


async def seen(two: Two, free: int, room: UUID = town.NORTH) -> None:
    """Until every replica counts so many free ones there."""
    for doors in two:
        centre = doors.runtime.centre

        async def look(centre: Any = centre, doors: Doors = doors) -> int:
            async with doors.runtime.pool.acquire() as conn:
                now = await conn.fetchval("SELECT cad_now()")
            return counted(centre, now).of(room).free

        await until(look, lambda found: found == free)


async def looked(two: Two) -> list[str]:
    """Both replicas look at once, and again; what stands in the journal of shortfalls afterwards."""
    for _ in range(2):
        await asyncio.gather(*(doors.runtime.keeping_free.look() for doors in two))
    async with two[0].runtime.pool.acquire() as conn:
        return [row[0] for row in await conn.fetch(FACTS)]


async def standing(doors: Doors, of: UUID = town.CITY) -> list[dict[str, Any]]:
    seat = await doors.seat("leader", of=of)
    items: list[dict[str, Any]] = (await seat.get("/shortfalls", standing="true")).json()["items"]
    return items


async def test_it_is_told_once_and_not_again_until_the_room_has_recovered(two: Two) -> None:
    here, there = two
    await ordered(here, "level_1")
    for doors in two:
        await until(partial(_level, doors), lambda code: code == "level_1")
    first, second = await sent(here, town.N1), await sent(there, town.N2)
    await seen(two, 0)
    assert await looked(two) == ["fell_short"]
    [short] = await standing(there)
    assert (short["room"], short["free"], short["wanted"], short["on_duty"]) == (str(town.NORTH), 0, 1, 2)
    assert short["level"]["code"] == "level_1"
    await back(here, first)
    await seen(two, 1)
    assert await looked(two) == ["fell_short"], "as many as wanted are not yet a recovery"
    first = await sent(here, town.N1)
    await seen(two, 0)
    assert await looked(two) == ["fell_short"], "on the brink it is told once, not with every order"
    await back(here, first)
    await back(there, second)
    await seen(two, 2)
    assert await looked(two) == ["fell_short", "shortfall_over"]
    assert await standing(here) == []
    await sent(here, town.N1)
    await sent(here, town.N2)
    await seen(two, 0)
    assert await looked(two) == ["fell_short", "shortfall_over", "fell_short"]
    async with here.runtime.pool.acquire() as conn:
        report = await until(lambda: verify(conn, FOLDS), lambda report: not report.broken)
    assert report.entities > 0


async def _level(doors: Doors) -> str:
    return doors.runtime.centre.reference.level_of(town.NORTH).code


async def test_the_room_itself_hears_it_and_each_of_its_people_acknowledges_it_for_themselves(
    two: Two,
) -> None:
    here, there = two
    await ordered(here, "level_1", of=town.NORTH)
    await sent(here, town.N1)
    await sent(here, town.N2)

    async def told() -> Any:
        return await standing(there, of=town.NORTH)

    [short] = await until(told, lambda items: bool(items and items[0]["alerts"]))
    [alert] = short["alerts"]
    assert (alert["rule"], alert["room"], alert["noticed_by"]) == ("short_of_units", str(town.NORTH), [])
    assert alert["said"]["en"]["what"] == "North is short of free units: 0 free of 1 wanted"
    assert alert["said"]["zh"]["what"] == "北所空闲警力不足：空闲0组，应保留1组"
    source = StoredTruth(there.runtime.pool, there.runtime.centre)
    rows = [row for row in await source.rows_after(0, 500) if row.noun == "shortfall"]
    for change in await source.changes(rows):
        assert change.entity is not None
        assert change.entity.audience == frozenset({town.NORTH, town.CITY}), (
            "the room and those above it, live"
        )
    leader = await there.seat("leader", of=town.NORTH)
    noticed = await leader.made(f"/shortfalls/{short['id']}/notice")
    assert [one["noticed_by"] for one in noticed["alerts"]] == [[leader.principal]]
    elsewhere = await here.seat("leader", of=town.SOUTH)
    assert (await elsewhere.post(f"/shortfalls/{short['id']}/notice")).status_code == 404
    assert await standing(here, of=town.SOUTH) == []
    await ordered(here, "level_4", of=town.NORTH)
    await until(lambda: standing(here), lambda items: not items)
    [over] = (await leader.get("/shortfalls")).json()["items"]
    assert (over["state"], over["cause"]) == ("over", "not_asked")


async def test_a_ranking_says_what_would_be_left_and_hides_nobody(two: Two) -> None:
    here, _ = two
    at = now_ms()
    for n, unit in enumerate(town.UNITS):
        frame = as_frame([(unit.int, at, at, 114.03 + n / 100, 22.54, None, None, None)])[0]
        here.runtime.centre.live.apply(frame, at)
    seat = await here.seat("dispatcher")
    routine, urgent = await here.incident(priority=3), await here.incident(priority=2)

    async def ranked(incident: dict[str, Any]) -> list[dict[str, Any]]:
        shown = (await seat.get(f"/incidents/{incident['id']}/recommendation", units=4, waves=1)).json()
        return [row for wave in shown["waves"] for row in wave]

    before = await ranked(routine)
    assert len(before) == len(town.UNITS)
    assert not any(one["key"] == "thins_out" for row in before for one in row["warnings"])
    await ordered(here, "level_1")
    await until(lambda: _level(here), lambda code: code == "level_1")
    await sent(here, town.S1)
    await seen(two, 1, town.SOUTH)
    after = {row["unit_id"]: row for row in await ranked(routine)}
    assert after.keys() == {row["unit_id"] for row in before} - {str(town.S1)}
    [said] = [one for one in after[str(town.S2)]["warnings"] if one["key"] == "thins_out"]
    assert said["en"] == "sending it leaves South 0 free of 1 wanted"
    assert said["zh"] == "派出后南所仅余0组空闲，应保留1组"
    assert not any(one["key"] == "thins_out" for one in after[str(town.N1)]["warnings"])
    assert not any(one["key"] == "thins_out" for row in await ranked(urgent) for one in row["warnings"])


async def test_a_hand_over_lists_the_level_with_who_ordered_it_and_who_is_short(two: Two) -> None:
    here, there = two
    made = await ordered(here, "level_1")
    await sent(here, town.N1)
    await sent(here, town.N2)
    [short] = await until(lambda: standing(there), bool)
    leaver = await there.seat("leader", of=town.NORTH)
    drafted = await leaver.made("/hand-overs", {}, 201)
    assert drafted["level"]["code"] == "level_1"
    level = next(one for one in drafted["items"] if one["section"] == "level")
    order = made["duty_level"]
    assert (level["id"], level["of"], level["by"], level["must"]) == (
        order["id"],
        "level_1",
        order["ordered_by"],
        True,
    )
    assert (level["since"], level["due_at"]) == (order["ordered_at"], order["until"])
    lacking = next(one for one in drafted["items"] if one["section"] == "shortfall")
    assert (lacking["id"], lacking["of"], lacking["since"]) == (
        short["id"],
        str(town.NORTH),
        short["began_at"],
    )
    assert drafted["handover"]["counts"]["shortfall"] == 1
