"""Keys live a week, recommendations nobody followed a day: then the housekeeping drops them, and nothing else, no count."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from dispatch.desk import checking, messaging, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.runtime.housekeeping import Housekeeping
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.recommending import recommend
from tests.harness.town import N1, N2

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
    followed, ignored = [await town.do(boss, lambda w: recommend(w, made.incident_id)) for _ in range(2)]
    await town.do(
        boss,
        lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)], recommendation_id=followed.id),
    )
    await clock.forward(timedelta(days=2))
    await Housekeeping(pool, Lease(pool, "relay", "test")).tidy()
    async with pool.acquire() as conn:
        assert [row[0] for row in await conn.fetch("SELECT id FROM recommendation")] == [followed.id]
    assert ignored.id != followed.id


NUMBERS = "SELECT n FROM radio_message WHERE handle = $1 AND assignment_id IS NULL ORDER BY position"


async def numbers(pool: Pool, unit: UUID) -> list[int]:
    async with pool.acquire() as conn:
        return [row[0] for row in await conn.fetch(NUMBERS, unit.int)]


async def test_numbers_said_to_a_unit_outside_any_job_rise_for_good(pool: Pool, clock: Clock) -> None:
    """A gateway drops what is below the last number it saw: a count that began anew would silence the terminal."""
    town = await t.build(pool)
    boss = town.somebody("dispatcher")

    async def say(unit: UUID) -> None:
        await town.do(boss, lambda w: messaging.message(w, unit, "回所"))

    for unit in (N1, N1, N2):
        await say(unit)
    await town.do(boss, checking.call_roll)
    assert (await numbers(pool, N1), await numbers(pool, N2)) == ([1, 2, 3], [1, 2])
    await pool.execute("UPDATE radio_message SET published_at = recorded_at")
    await clock.forward(timedelta(days=40))
    await Housekeeping(pool, Lease(pool, "relay", "test")).tidy()
    assert await counted(pool, "radio_message") == 0
    await say(N1)
    await town.do(boss, checking.call_roll)
    await say(N2)
    assert (await numbers(pool, N1), await numbers(pool, N2)) == ([4, 5], [3, 4])


async def test_no_number_is_said_twice_to_a_unit_by_acts_side_by_side(pool: Pool) -> None:
    town = await t.build(pool)
    boss = town.somebody("dispatcher")
    acts = [town.do(boss, lambda w: messaging.message(w, N1, "回所")) for _ in range(8)]
    rolls = [town.do(boss, checking.call_roll) for _ in range(4)]
    await asyncio.gather(*acts, *rolls)
    assert sorted(await numbers(pool, N1)) == list(range(1, 13))


async def test_a_replica_of_the_version_before_that_counts_by_what_stands_gets_no_number_twice(
    pool: Pool,
) -> None:
    town = await t.build(pool)
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: messaging.message(w, N1, "回所"))
    await pool.execute(
        "INSERT INTO radio_message (order_id, gateway, handle, n, kind, body, expires_at, recorded_at) "
        "SELECT gen_random_uuid(), gateway, handle, max(n) + 1, kind, '{}', max(expires_at), max(recorded_at) "
        "FROM radio_message GROUP BY gateway, handle, kind"
    )
    await town.do(boss, lambda w: messaging.message(w, N1, "回所"))
    assert await numbers(pool, N1) == [1, 2, 3]
