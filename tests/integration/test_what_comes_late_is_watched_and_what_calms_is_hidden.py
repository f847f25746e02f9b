"""Device and surge promises: a live report is watched whatever its clock says, and a surge is seen by all only while it lasts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from dispatch import store
from dispatch.acts import Principal
from dispatch.desk import closing, going, ordering
from dispatch.desk.intake import Reported
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from incidents import store as incident_store
from incidents.model import Incident
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, keeper_of, rules_of
from tests.harness.town import CITY, N1, NORTH, SOUTH, Town

PLACE = PlaceIn(lon=114.02, lat=22.54, address="北门3号")


@pytest.fixture
async def town(pool: Pool) -> AsyncIterator[Town]:
    """The town with all units on duty; whatever is done, the journal folds to the tables."""
    built = await t.build(pool)
    yield built
    async with pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert not [broken for broken in report.broken if "outbox" not in broken]


@pytest.fixture
def panel() -> Principal:
    """A panel that reports by itself."""
    return Principal(id="device:panel.P1", roles=frozenset({"gateway"}), gateway="P1")


async def late(town: Town, who: Principal, by: timedelta) -> Incident:
    """What became of a report claimed so long ago."""
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    command = ReportAlarm(source="panel", place=PLACE, type="200100")
    made = await town.report(who, command, via="gateway", claimed_at=now - by)
    return await read(town, made.incident_id)


async def read(town: Town, id_: UUID) -> Incident:
    async with town.pool.acquire() as conn:
        return (await incident_store.read_incidents(conn, [id_]))[id_]


async def seen_by(town: Town, id_: UUID) -> set[UUID]:
    async with town.pool.acquire() as conn:
        return (await store.audience_of(conn, [id_]))[id_]


async def test_a_device_heard_late_after_an_outage_is_watched_like_any_other(
    town: Town, panel: Principal
) -> None:
    opened = await late(town, panel, timedelta(minutes=25))
    await all_due(keeper_of(town))
    assert "not_dispatched" in await rules_of(town, fired=False)
    assert opened.times["entered"] - opened.times["ringing"] <= timedelta(minutes=26) / timedelta(
        milliseconds=1
    )


async def test_what_a_person_keys_in_long_afterwards_arms_nothing(town: Town) -> None:
    await late(town, town.somebody("call_taker"), timedelta(minutes=25))
    await all_due(keeper_of(town))
    assert await rules_of(town, fired=False) == set()


@pytest.mark.parametrize("days", [0, 3])
async def test_what_is_replayed_keeps_its_time_and_arms_nothing_by_whichever_way_it_comes(
    town: Town, days: int
) -> None:
    """A replayer is treated as a device where claims are judged, but nothing it tells is of now."""
    who = Principal(
        id="replayer", roles=frozenset({"replayer"}), room_id=CITY, rooms=frozenset({CITY, NORTH, SOUTH})
    )
    ago = timedelta(days=days, hours=2)
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    made = await town.report(
        who, ReportAlarm(source="panel", place=PLACE, type="200100"), claimed_at=now - ago
    )
    assert (await read(town, made.incident_id)).times["ringing"] == round((now - ago).timestamp() * 1000)
    [job] = await town.do(
        who, lambda w: ordering.order(w, made.incident_id, [ordering.Order(unit_id=N1)]), claimed_at=now - ago
    )
    await town.do(who, lambda w: going.step(w, job.id, "accept"), claimed_at=now - ago + timedelta(minutes=1))
    await all_due(keeper_of(town))
    assert await rules_of(town, fired=False) | await rules_of(town, fired=True) == set()


async def test_a_stopped_clock_does_not_start_the_response_years_ago(town: Town, panel: Principal) -> None:
    opened = await late(town, panel, timedelta(days=10_000))
    assert opened.times["entered"] - opened.times["ringing"] < 1_000
    async with town.pool.acquire() as conn:
        (alarm,) = await incident_store.alarms_of(conn, [opened.id])
    assert "claim_replaced" in alarm.flags


async def surge(town: Town) -> Reported:
    """Five callers in a moment about one fire."""
    taker = town.somebody("call_taker")
    first = await town.report(taker, ReportAlarm(source="call", place=PLACE, type="200100"))
    for _ in range(4):
        await town.report(taker, ReportAlarm(source="call", attach_to=first.incident_id))
    assert SOUTH in await seen_by(town, first.incident_id)
    return first


async def test_a_surge_that_is_over_is_hidden_again_from_who_saw_it_for_that_alone(
    town: Town, clock: Clock
) -> None:
    made, keeper = await surge(town), keeper_of(town)
    await all_due(keeper)
    await clock.forward(timedelta(seconds=601))
    await all_due(keeper)
    assert SOUTH not in await seen_by(town, made.incident_id)
    assert NORTH in await seen_by(town, made.incident_id)


async def test_a_surge_ends_when_its_incident_is_handled(town: Town) -> None:
    made, boss = await surge(town), town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: closing.handle(w, made.incident_id, "handled"))
    handled = await read(town, made.incident_id)
    assert handled.surge is not None
    assert handled.surge.since is None
    assert SOUTH not in await seen_by(town, made.incident_id)


async def test_a_job_that_was_only_kept_does_not_start_the_wait_anew(town: Town, clock: Clock) -> None:
    boss, keeper = town.somebody("dispatcher", "leader"), keeper_of(town)
    made = await town.report(
        town.somebody("call_taker"), ReportAlarm(source="call", place=PLACE, type="200100")
    )
    await all_due(keeper)
    await clock.forward(timedelta(minutes=11))
    await all_due(keeper)
    assert "not_dispatched" in await rules_of(town, fired=True)
    kept = (
        await town.do(
            boss, lambda w: ordering.order(w, made.incident_id, [ordering.Order(unit_id=N1)], "stack")
        )
    )[0]

    await town.do(boss, lambda w: going.recall(w, kept.id))
    await all_due(keeper)
    assert "not_dispatched" in await rules_of(town, fired=True)
