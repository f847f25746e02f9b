"""Keys live a week, recommendations nobody followed a day: then the housekeeping drops them, and nothing else."""

from datetime import timedelta

import pytest

from dispatch.desk import ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.runtime.housekeeping import Housekeeping
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.town import N1

PLACE = PlaceIn(lon=114.02, lat=22.54)


async def counted(pool: Pool, table: str) -> int:
    async with pool.acquire() as conn:
        return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize(("days", "keys"), [(6, 1), (8, 0)])
async def test_a_key_is_kept_a_week(pool: Pool, clock: Clock, days: int, keys: int) -> None:
    town = await t.build(pool)
    boss = town.somebody("dispatcher")
    await town.report(boss, ReportAlarm(source="call", place=PLACE), route="POST /alarms", key="once")
    await clock.forward(timedelta(days=days))
    await Housekeeping(pool, Lease(pool, "relay", "test")).tidy()
    assert await counted(pool, "idempotency") == keys


async def test_what_an_order_was_chosen_from_is_kept(pool: Pool, clock: Clock) -> None:
    town = await t.build(pool)
    boss = town.somebody("dispatcher")
    made = await town.report(boss, ReportAlarm(source="call", place=PLACE))
    followed, ignored = [
        await town.do(boss, lambda w: ordering.recommend(w, made.incident_id)) for _ in range(2)
    ]
    await town.do(
        boss,
        lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)], recommendation_id=followed.id),
    )
    await clock.forward(timedelta(days=2))
    await Housekeeping(pool, Lease(pool, "relay", "test")).tidy()
    async with pool.acquire() as conn:
        assert [row[0] for row in await conn.fetch("SELECT id FROM recommendation")] == [followed.id]
    assert ignored.id != followed.id
