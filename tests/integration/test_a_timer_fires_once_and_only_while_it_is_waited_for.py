"""Timer promise: what is waited for has one row; it fires once when it falls due, and goes when what it watches is done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from dispatch import lifecycle  # noqa: F401
from dispatch.desk import going, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from tests.harness.clock import Clock
from tests.harness.town import N1, Town, build


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> AsyncIterator[Timekeeper]:
    yield Timekeeper(town.pool, town.centre, lambda: None)


async def all_due(*keepers: Timekeeper) -> None:
    """Until nothing is due."""
    for keeper in keepers:
        while await keeper.fire_due():
            pass


async def reported(town: Town, priority: str | None = None) -> UUID:
    command = ReportAlarm(source="sms", place=PlaceIn(lon=114.02, lat=22.54, address="北街1号"), text="help")
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def ordered(town: Town, incident_id: UUID, unit_id: UUID = N1) -> Assignment:
    boss = town.somebody("dispatcher")
    placed = await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=unit_id)]))
    return placed[0]


async def rules(town: Town, fired: bool) -> set[str]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT rule FROM timer WHERE (fired_at IS NOT NULL) = $1", fired)
    return {row[0] for row in rows}


async def firings(town: Town) -> list[str]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT body->>'rule' FROM journal WHERE fact = 'rule_fired' ORDER BY position"
        )
    return [row[0] for row in rows]


async def test_a_new_incident_waits_for_its_order(town: Town, keeper: Timekeeper) -> None:
    await reported(town)
    await all_due(keeper)
    assert await rules(town, fired=False) == {"not_dispatched"}


async def test_each_rung_of_the_ladder_fires_once(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    incident_id = await reported(town)
    await ordered(town, incident_id)
    await all_due(keeper)
    assert await firings(town) == []
    for seconds in (10, 20, 15, 15):
        await clock.forward(timedelta(seconds=seconds))
        await all_due(keeper, keeper)
    assert await firings(town) == ["second_bearer", "sms_or_phone", "voice_prompt", "not_accepted_unit"]


async def test_a_delivery_stops_the_ladder(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    incident_id = await reported(town)
    job = await ordered(town, incident_id)
    await clock.forward(timedelta(seconds=5))
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "deliver"))
    await clock.forward(timedelta(seconds=40))
    await all_due(keeper)
    assert await firings(town) == []
    assert await rules(town, fired=False) == {"not_accepted_unit"}
