"""Timer promise: what is waited for has one row; it fires once when it falls due, and goes when what it watches is done."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.bearers import store as outward
from dispatch.desk import closing, going, joining, ordering, shift
from dispatch.desk.escalating import EFFECTS
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.work import Work
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import N1, NORTH, S1, UNITS, Town, build
from units import commands as uc
from units.store import as_frame

HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def reported(town: Town, place: PlaceIn | None = HERE, **how: Any) -> UUID:
    command = ReportAlarm(source="sms", place=place, text="help")
    return (await town.report(town.somebody("call_taker"), command, **how)).incident_id


async def ordered(town: Town, incident_id: UUID, *orders: Order, **how: Any) -> list[Assignment]:
    boss = town.somebody("dispatcher", "leader")
    lines = list(orders) or [Order(unit_id=N1)]
    return await town.do(boss, lambda w: ordering.order(w, incident_id, lines), **how)


async def stepped(town: Town, job: Assignment, *steps: going.StepName, **how: Any) -> None:
    for name in steps:
        await town.do(town.unit(N1), lambda w, name=name: going.step(w, job.id, name), **how)  # type: ignore[misc]


async def reachable(town: Town, **more: Any) -> None:
    """Register N1 anew with other bearers."""
    sign, kind, room = UNITS[N1]
    entry = uc.Register(
        handle=N1.int, call_sign=sign, kind=kind, unit_class="regular", room_id=room, gateway="sim", **more
    )
    admin = town.somebody("admin")
    await town.do(admin, lambda w: shift.register(w, N1, entry))
    await town.followers.load()


async def messages(town: Town, job: Assignment) -> list[outward.Said]:
    async with town.pool.acquire() as conn:
        return await outward.said_of(conn, job.id)


async def test_a_new_incident_waits_for_its_order(town: Town, keeper: Timekeeper) -> None:
    await reported(town)
    await all_due(keeper)
    assert await rules_of(town, fired=False) == {"not_dispatched"}


async def test_an_incident_without_a_place_waits_for_one(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await reported(town, place=None)
    await all_due(keeper)
    assert await rules_of(town, fired=False) == {"not_dispatched", "no_place"}
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    assert "no_place" in await firings(town)


async def test_each_rung_of_the_ladder_fires_once(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    await ordered(town, await reported(town))
    await all_due(keeper)
    assert await firings(town) == []
    for seconds in (10, 20, 15, 15):
        await clock.forward(timedelta(seconds=seconds))
        await all_due(keeper, keeper_of(town))
    assert await firings(town) == ["second_bearer", "sms_or_phone", "voice_prompt", "not_accepted_unit"]


async def test_a_delivery_stops_the_ladder(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    job = (await ordered(town, await reported(town)))[0]
    await clock.forward(timedelta(seconds=5))
    await stepped(town, job, "deliver")
    await clock.forward(timedelta(seconds=40))
    await all_due(keeper)
    assert await firings(town) == []
    assert await rules_of(town, fired=False) == {"not_accepted_unit"}


async def test_an_acceptance_ends_what_was_already_an_alert(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    job = (await ordered(town, await reported(town)))[0]
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    assert await rules_of(town, fired=True) >= {"voice_prompt", "not_accepted_unit"}
    await stepped(town, job, "accept")
    assert await rules_of(town, fired=True) == set()
    assert await rules_of(town, fired=False) == {"not_en_route"}


async def test_a_room_has_thirty_seconds_and_a_patrol_a_minute(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await ordered(town, await reported(town), Order(room_id=NORTH, unit_id=N1))
    await clock.forward(timedelta(seconds=31))
    await all_due(keeper)
    assert "not_accepted_room" in await firings(town)
    assert "not_accepted_unit" not in await firings(town)


async def test_a_silent_terminal_is_reached_by_its_second_bearer_and_then_by_sms(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await reachable(town, second_gateway="vehicle", duty_phone="95110")
    job = (await ordered(town, await reported(town)))[0]
    await clock.forward(timedelta(seconds=10))
    await all_due(keeper)
    assert [(m.bearer, m.by, m.n) for m in await messages(town, job)] == [
        ("radio", "sim", 1),
        ("radio", "vehicle", 2),
    ]
    await clock.forward(timedelta(seconds=20))
    await all_due(keeper, keeper)
    written = (await messages(town, job))[2:]
    assert [(m.bearer, m.sent_at) for m in written] == [("sms", None)]
    assert written[0].body is not None
    assert "北街1号" in written[0].body["zh"]
    assert "help" not in str(written[0].body), "a caller's words left the house"


async def test_an_old_claim_arms_nothing_and_still_ends_what_was_waited_for(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    old = {"claimed_at": await now(town) - timedelta(minutes=11)}
    incident_id = await reported(town, **old)
    await all_due(keeper)
    assert await rules_of(town, fired=False) == set()
    await ordered(town, incident_id, **old)
    assert await rules_of(town, fired=False) == set()
    fresh = await reported(town)
    await all_due(keeper)
    assert await rules_of(town, fired=False) == {"not_dispatched"}
    await ordered(town, fresh, Order(unit_id=S1), back_entry=True)
    assert await rules_of(town, fired=False) == set()


async def test_a_timer_runs_from_when_the_act_was_recorded(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town, claimed_at=await now(town) - timedelta(minutes=6))
    await ordered(town, incident_id, claimed_at=await now(town) - timedelta(minutes=5))
    await all_due(keeper)
    assert await firings(town) == []
    await clock.forward(timedelta(seconds=11))
    await all_due(keeper)
    assert await firings(town) == ["second_bearer"]


async def test_what_fell_due_while_nobody_was_there_fires_once_at_the_start(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await reported(town)
    await clock.forward(timedelta(hours=2))
    await all_due(keeper, keeper_of(town), keeper)
    assert await firings(town) == ["not_dispatched"]


async def test_recalled_it_waits_for_another_order_from_then_on(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town)
    job = (await ordered(town, incident_id))[0]
    await clock.forward(timedelta(minutes=5))
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: going.recall(w, job.id))
    await all_due(keeper)
    assert await firings(town) == [], "the order was over before the engine looked"
    await clock.forward(timedelta(minutes=3, seconds=1))
    await all_due(keeper)
    assert await firings(town) == ["not_dispatched"]


async def test_a_merged_incidents_orders_are_waited_for_by_the_survivor(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    one, other = await reported(town), await reported(town)
    await ordered(town, one)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: joining.merge(w, one, other))
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    assert "not_accepted_unit" in await firings(town)
    async with town.pool.acquire() as conn:
        await check_timers(conn)


async def test_an_ended_incident_is_waited_for_by_nobody(town: Town, keeper: Timekeeper) -> None:
    incident_id = await reported(town)
    await ordered(town, incident_id)
    await all_due(keeper)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: closing.end(w, incident_id, "void"), reason="误报")
    assert await rules_of(town, fired=False) == set()


async def test_an_arrival_later_than_promised_is_told_before_it_is_missed(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await seen_at(town, 114.021, 22.54)
    job = (await ordered(town, await reported(town)))[0]
    assert job.promised_at is not None
    await stepped(town, job, "accept", "en_route")
    await clock.forward(timedelta(seconds=31))
    await seen_at(town, 114.021, 22.54)
    await all_due(keeper)
    assert "promise_slipping" not in await firings(town), "it is as near as it was"
    await clock.forward(timedelta(seconds=31))
    await seen_at(town, 114.027, 22.54)
    await all_due(keeper)
    assert "promise_slipping" in await firings(town)


async def seen_at(town: Town, lon: float, lat: float) -> None:
    at = round((await now(town)).timestamp() * 1000)
    town.centre.live.apply(as_frame([(N1.int, at, at, lon, lat, None, None, None)])[0], at)


async def now(town: Town) -> Any:
    async with town.pool.acquire() as conn:
        return await conn.fetchval("SELECT cad_now()")


async def test_a_broken_effect_holds_up_nothing_else(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(w: Work, timer: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(EFFECTS, "second_bearer", broken)
    await ordered(town, await reported(town))
    await ordered(town, await reported(town), Order(unit_id=S1))
    await clock.forward(timedelta(seconds=61))
    for _ in range(20):
        await keeper.fire_due()
    assert Counter(await firings(town)) == {"sms_or_phone": 2, "voice_prompt": 2, "not_accepted_unit": 2}


async def test_a_kept_job_promises_its_arrival_when_it_is_sent_and_is_watched_from_then_on(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await seen_at(town, 114.021, 22.54)
    incident_id, boss = await reported(town), town.somebody("dispatcher", "leader")
    [kept] = await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)], "stack"))
    assert (kept.state, kept.promised_at) == ("stacked", None)
    await clock.forward(timedelta(minutes=20))
    await all_due(keeper)
    assert await firings(town) == ["not_dispatched"], "what is kept is not watched, its incident is"
    await seen_at(town, 114.021, 22.54)
    [sent] = await ordered(town, incident_id)
    assert (sent.id, sent.promised_at is not None) == (kept.id, True)
    assert sent.promised_at is not None
    assert sent.promised_at > await now(town), "it counts from its sending"
    assert await rules_of(town, fired=False) == {
        "second_bearer", "sms_or_phone", "voice_prompt", "not_accepted_unit", "promise_broken",
    }  # fmt: skip
    await stepped(town, sent, "accept", "en_route")
    assert await rules_of(town, fired=False) == {"not_arrived", "promise_broken", "promise_slipping"}
    await clock.forward(sent.promised_at - await now(town) + timedelta(seconds=121))
    await all_due(keeper)
    assert "promise_broken" in await firings(town)


async def test_a_room_that_has_accepted_is_waited_for_until_it_names_its_unit(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town)
    [room] = await ordered(town, incident_id, Order(room_id=NORTH))
    station = town.somebody("dispatcher", room=NORTH)
    await town.do(station, lambda w: going.step(w, room.id, "accept"))
    assert await rules_of(town, fired=False) == {"not_named"}
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    assert await firings(town) == ["not_named"]
    await town.do(station, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)]))
    assert await rules_of(town, fired=True) == set()
