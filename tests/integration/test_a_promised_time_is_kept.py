"""Scheduled promise: a report for a later time waits for that time, comes up before it, and is late only from then on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import views
from dispatch.acts import Principal
from dispatch.desk import closing, going, joining, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.shown import IncidentShown
from dispatch.verify import verify
from incidents import store as incident_store
from incidents.model import Incident
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import N1, Town

HERE = PlaceIn(lon=114.02, lat=22.54)
LATER = timedelta(hours=2)


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


async def now(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT date_trunc('milliseconds', cad_now())")
    return at


async def promised(
    town: Town, boss: Principal, within: timedelta = LATER, **more: Any
) -> tuple[UUID, datetime]:
    """A report of a matter for which somebody is promised at a time; its incident and that time."""
    how = {name: more.pop(name) for name in ("claimed_at", "back_entry", "via") if name in more}
    at = await now(town) + within
    command = ReportAlarm(source=more.pop("source", "call"), scheduled_for=at, **({"place": HERE} | more))
    return (await town.report(boss, command, **how)).incident_id, at


async def row(town: Town, id_: UUID) -> IncidentShown:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [id_]))[0]


async def incident(town: Town, id_: UUID) -> Incident:
    async with town.pool.acquire() as conn:
        return (await incident_store.read_incidents(conn, [id_]))[id_]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


def at_of(shown: Any) -> datetime:
    return datetime.fromisoformat(shown)


async def test_the_response_clock_starts_at_the_promised_time(town: Town, boss: Principal) -> None:
    id_, at = await promised(town, boss)
    found = await incident(town, id_)
    assert found.clock == round(at.timestamp() * 1000)
    shown = (await row(town, id_)).times
    assert at_of(shown.scheduled) == at
    assert at_of(shown.ringing) < at, "when it was reported stays known"


async def test_until_then_its_row_says_what_it_waits_for(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    id_, at = await promised(town, boss)
    for looked_at in (False, True):
        waiting = (await row(town, id_)).waiting
        assert waiting is not None
        assert (waiting.what, waiting.on, at_of(waiting.until)) == (
            "scheduled", "北所", at - timedelta(minutes=10),
        ), looked_at  # fmt: skip
        assert waiting.said["zh"].then == "约定时间前10分钟提醒派警席"
        await all_due(keeper)


async def test_it_comes_up_in_time_and_is_late_only_after_it(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal
) -> None:
    id_, _ = await promised(town, boss, place=None)
    await all_due(keeper)
    await clock.forward(timedelta(minutes=109))
    await all_due(keeper)
    assert await firings(town) == []
    await clock.forward(timedelta(minutes=2))
    await all_due(keeper)
    assert await firings(town) == ["scheduled"]
    assert [alert.rule for alert in (await row(town, id_)).alerts] == ["scheduled"]
    await clock.forward(timedelta(minutes=9, seconds=30))
    await all_due(keeper)
    assert await firings(town) == ["scheduled"], "nobody is late yet"
    await clock.forward(timedelta(minutes=3))
    await all_due(keeper)
    assert set(await firings(town)) == {"scheduled", "no_place", "not_dispatched"}
    await sound(town)


async def test_a_unit_may_be_sent_before_it_and_is_watched_as_ever(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal
) -> None:
    id_, _ = await promised(town, boss)
    await all_due(keeper)
    await clock.forward(timedelta(minutes=100))
    [job] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    assert await rules_of(town, fired=False) == {
        "second_bearer",
        "sms_or_phone",
        "voice_prompt",
        "not_accepted_unit",
    }
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "on_scene"))
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "clear", "handled"))
    assert (await incident(town, id_)).state == "handled"
    await sound(town)


async def test_taken_back_it_waits_for_its_time_again(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    id_, at = await promised(town, boss)
    await all_due(keeper)
    [job] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: going.recall(w, job.id))
    waiting = (await row(town, id_)).waiting
    assert waiting is not None
    assert (waiting.what, at_of(waiting.until)) == ("scheduled", at - timedelta(minutes=10))
    await sound(town)


async def test_promised_within_minutes_it_comes_up_at_once(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    await promised(town, boss, timedelta(minutes=4))
    await all_due(keeper)
    assert await firings(town) == ["scheduled"]


async def test_promised_for_what_is_past_it_is_as_if_reported_now(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    id_, _ = await promised(town, boss, timedelta(minutes=-4))
    await all_due(keeper)
    assert await rules_of(town, fired=False) == {"not_dispatched"}
    assert (await incident(town, id_)).promised is None


async def test_a_promise_is_kept_however_late_it_was_keyed_in(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    id_, at = await promised(town, boss, claimed_at=await now(town) - timedelta(minutes=40))
    await all_due(keeper)
    waiting = (await row(town, id_)).waiting
    assert waiting is not None
    assert at_of(waiting.until) == at - timedelta(minutes=10)


async def test_a_paper_form_of_a_promise_that_was_kept_long_ago_waits_for_nothing(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    rang = await now(town) - timedelta(hours=5)
    id_, at = await promised(town, boss, timedelta(hours=-2), claimed_at=rang, back_entry=True)
    await all_due(keeper)
    assert (await row(town, id_)).waiting is None
    assert (await incident(town, id_)).clock == round(at.timestamp() * 1000), "its response counts from then"


@pytest.mark.parametrize("urgent", [{"silent": True}, {"abandoned": True}, {"source": "panel"}])
async def test_who_needs_help_now_is_not_put_off_by_a_time(
    town: Town, keeper: Timekeeper, boss: Principal, urgent: dict[str, Any]
) -> None:
    id_, _ = await promised(town, boss, **urgent)
    await all_due(keeper)
    assert "not_dispatched" in await rules_of(town, fired=False)
    assert (await incident(town, id_)).promised is None


async def test_merged_with_what_is_urgent_now_it_is_urgent_now(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal
) -> None:
    later, _ = await promised(town, boss)
    live = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    await all_due(keeper)
    await town.do(boss, lambda w: joining.merge(w, live, later))
    assert "scheduled" not in await rules_of(town, fired=False)
    await clock.forward(timedelta(minutes=4))
    await all_due(keeper)
    assert await firings(town) == ["not_dispatched"]
    await sound(town)
    await town.do(boss, lambda w: joining.unmerge(w, live))
    assert "scheduled" in await rules_of(town, fired=False)
    await sound(town)


async def test_parted_from_the_others_it_waits_for_its_time_again(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    live = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    at = await now(town) + LATER
    command = ReportAlarm(source="call", place=HERE, attach_to=live, scheduled_for=at)
    alarm_id = (await town.report(boss, command)).alarm.id
    assert (await incident(town, live)).promised is None, "what it joined is going on now"
    alone = await town.do(boss, lambda w: joining.detach(w, live, alarm_id))
    assert alone.promised == round(at.timestamp() * 1000)
    await sound(town)


async def test_reopened_the_old_promise_is_over(town: Town, keeper: Timekeeper, boss: Principal) -> None:
    id_, _ = await promised(town, boss)
    await town.do(boss, lambda w: closing.end(w, id_, "advised"), reason="电话处理")
    await town.do(boss, lambda w: closing.reopen(w, id_, "received"), reason="又来电")
    assert await rules_of(town, fired=False) == {"not_dispatched"}
    await sound(town)


async def test_the_door_takes_it_and_answers_with_what_is_waited_for(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    async with doors.runtime.pool.acquire() as conn:
        at = await conn.fetchval("SELECT date_trunc('milliseconds', cad_now())") + LATER
    made = await dispatcher.made(
        "/alarms",
        {"source": "app", "scheduled_for": at.isoformat(), "place": {"lon": 114.02, "lat": 22.54}},
        201,
    )
    assert made["incident"]["waiting"]["what"] == "scheduled"
    assert datetime.fromisoformat(made["incident"]["times"]["scheduled"]) == at
