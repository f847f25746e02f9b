"""First look promise: an act that is quicker than the engine takes from no incident what is looked for when it comes, nor from newer rules."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dispatch import store
from dispatch.desk import disputing, escalating, going, ordering, planning, reports
from dispatch.runtime.postgres import Pool
from dispatch.standings import shipped_rules
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.town import N1, SOUTH, Town

PLANS = "SELECT code, state FROM incident_plan"
RULES_OF_INCIDENT = "SELECT rule FROM timer WHERE noun = 'incident' AND entity_id = $1"
RULES_OF_TASKS = "SELECT DISTINCT rule FROM timer WHERE noun = 'task'"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


async def reported(town: Town, boss: Any) -> Any:
    place = reports.PlaceIn(lon=114.02, lat=22.54)
    return (
        await town.report(boss, reports.ReportAlarm(source="call", type="500810", place=place))
    ).incident_id


async def test_its_plan_is_pushed_although_somebody_acts_on_it_before_the_engine_looks(town: Town) -> None:
    boss = town.somebody("dispatcher", "leader", "call_taker", name="boss")
    id_ = await reported(town, boss)
    await town.do(boss, lambda w: disputing.dispute(w, id_, "在河对岸", SOUTH))
    await all_due(keeper_of(town))
    async with town.pool.acquire() as conn:
        assert [tuple(row) for row in await conn.fetch(PLANS)] == [("suicide_threat", "proposed")]


async def test_newer_rules_watch_its_tasks_although_somebody_acts_on_it_before_the_engine_looks(
    town: Town,
) -> None:
    boss = town.somebody("dispatcher", "leader", "call_taker", name="boss")
    id_ = await reported(town, boss)
    await town.do(boss, lambda w: planning.activate(w, id_, "suicide_threat"))
    await all_due(keeper_of(town))
    shipped = shipped_rules()
    mine = msgspec.structs.replace(shipped.by_id["task_due"], id="mine")
    file = msgspec.structs.replace(shipped.file, rules=(*shipped.rules, mine))
    await town.do(town.somebody("admin"), lambda w: escalating.put_rules(w, file))
    await town.do(boss, lambda w: disputing.dispute(w, id_, "在河对岸", SOUTH))
    await all_due(keeper_of(town))
    async with town.pool.acquire() as conn:
        assert "mine" in {row[0] for row in await conn.fetch(RULES_OF_TASKS)}


async def test_newer_rules_watch_it_although_an_old_claim_comes_before_the_engine_looks(
    town: Town, clock: Clock
) -> None:
    boss = town.somebody("dispatcher", "leader", "call_taker", name="boss")
    id_ = await reported(town, boss)
    [job] = await town.do(boss, lambda w: ordering.order(w, id_, [ordering.Order(unit_id=N1)]))
    await clock.forward(timedelta(minutes=12))
    await all_due(keeper_of(town))  # what fires later would arm it as well
    shipped = shipped_rules()
    mine = msgspec.structs.replace(shipped.by_id["no_place"], id="mine", without=())
    file = msgspec.structs.replace(shipped.file, rules=(*shipped.rules, mine))
    await town.do(town.somebody("admin"), lambda w: escalating.put_rules(w, file))
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    await town.do(boss, lambda w: going.step(w, job.id, "accept"), claimed_at=now - timedelta(minutes=11))
    await all_due(keeper_of(town))
    async with town.pool.acquire() as conn:
        assert "mine" in {row[0] for row in await conn.fetch(RULES_OF_INCIDENT, id_)}
