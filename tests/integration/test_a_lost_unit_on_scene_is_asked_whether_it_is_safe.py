"""Safety check: on scene and out of touch for two minutes a unit is asked, once; a fix or a word of it ends the alert."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.desk import checking, going, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.town import N1, Town
from units import store as unit_store


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    """The engine, turned by hand."""
    return Timekeeper(town.pool, town.centre, lambda: None)


async def wait(clock: Clock, keeper: Timekeeper, seconds: float) -> None:
    await clock.forward(timedelta(seconds=seconds))
    for _ in range(3):  # what is found leads to what fires
        while await keeper.fire_due():
            pass


async def fix(town: Town) -> None:
    """N1's position is received now."""
    async with town.pool.acquire() as conn:
        now_ms = await conn.fetchval("SELECT (extract(epoch FROM cad_now()) * 1000)::bigint")
        await unit_store.keep_fixes(
            conn, [[v] for v in (N1.int, now_ms, now_ms, 114.02, 22.54, 0.0, None, 5.0)]
        )


async def on_scene(town: Town, **how: Any) -> UUID:
    """N1 on scene of a brawl; its assignment."""
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    id_ = (await town.report(town.somebody("dispatcher"), command)).incident_id
    [a] = await town.do(town.somebody("dispatcher"), lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "on_scene"), **how)
    return a.id


async def alerts(town: Town) -> list[str]:
    """Rules about orders that have fired and still stand."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT rule FROM timer WHERE noun = 'assignment' AND fired_at IS NOT NULL ORDER BY rule"
        )
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
    return [row[0] for row in rows]


async def facts(town: Town, assignment_id: UUID) -> list[str]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT fact FROM journal WHERE id = $1 ORDER BY version", assignment_id)
    return [row[0] for row in rows if row[0] not in ("placed", "stepped", "role_changed")]


async def asked(town: Town) -> int:
    async with town.pool.acquire() as conn:
        count: int = await conn.fetchval("SELECT count(*) FROM radio_message WHERE kind = 'message'")
    return count


async def test_out_of_touch_for_two_minutes_it_is_asked_once_and_its_incident_says_so(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await fix(town)
    order = await on_scene(town)
    for _ in range(3):
        await wait(clock, keeper, 60)
        await fix(town)
    assert await alerts(town) == []
    assert await facts(town, order) == []
    await wait(clock, keeper, 131)
    assert await alerts(town) == ["safety_check"]
    assert await facts(town, order) == ["touch_lost", "check_asked"]
    await wait(clock, keeper, 30)
    await wait(clock, keeper, 30)
    assert await asked(town) == 1
    assert "safety_check" in await alerts(town)


async def test_a_fix_that_comes_again_ends_the_alert_by_itself_and_a_second_loss_starts_another(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await fix(town)
    order = await on_scene(town)
    await wait(clock, keeper, 131)
    await fix(town)
    await wait(clock, keeper, 11)
    assert await alerts(town) == []
    assert await facts(town, order) == ["touch_lost", "check_asked", "touch_regained"]
    await wait(clock, keeper, 132)
    assert "safety_check" in await alerts(town)
    assert (await facts(town, order)).count("touch_lost") == 2


async def test_a_word_of_the_unit_ends_it_too(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    await fix(town)
    await on_scene(town)
    await wait(clock, keeper, 131)
    await town.do(town.somebody("dispatcher"), lambda w: checking.check(w, N1), via="voice")
    await wait(clock, keeper, 1)
    assert await alerts(town) == []


async def test_clearing_ends_it_and_whoever_never_had_a_position_has_none_to_lose(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    order = await on_scene(town)
    await wait(clock, keeper, 200)
    assert await alerts(town) == []
    await fix(town)
    await wait(clock, keeper, 300)
    assert "safety_check" in await alerts(town)
    await town.do(town.unit(N1), lambda w: going.step(w, order, "clear", "handled"))
    await wait(clock, keeper, 1)
    assert await alerts(town) == []


async def test_a_scene_keyed_in_later_starts_no_check(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    await fix(town)
    order = await on_scene(town, back_entry=True)
    await wait(clock, keeper, 600)
    assert await facts(town, order) == []
