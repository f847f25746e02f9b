"""Unable promise: a unit that cannot go comes back to its dispatcher with others proposed, and is not left lying."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dispatch import store, views
from dispatch.acts import Principal
from dispatch.desk import going, joining, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.shown import IncidentShown
from dispatch.verify import verify
from tests.harness import patrols
from tests.harness.clock import Clock
from tests.harness.terminals import reply, told
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import CITY, N1, NORTH, S1, S2, Town, build

HERE = PlaceIn(lon=114.02, lat=22.54)


@pytest.fixture
async def town(pool: Pool) -> Town:
    """S1 is the nearest car after N1, then S2."""
    made = await build(pool)
    where = [114.021, 114.06, 114.09], [22.54] * 3
    made.centre.live.apply(patrols.frame([N1.int, S1.int, S2.int], *where, now_ms()), now_ms())
    return made


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


async def unable(town: Town, boss: Principal, *orders: Order) -> Assignment:
    """N1 was ordered and says it cannot go."""
    incident_id = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    jobs = await town.do(boss, lambda w: ordering.order(w, incident_id, list(orders) or [Order(unit_id=N1)]))
    [job] = [one for one in jobs if one.unit_id == N1]
    await town.followers.load()
    return await town.do(town.unit(N1), lambda w: going.unable(w, job.id))


async def row(town: Town, id_: UUID) -> IncidentShown:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [id_]))[0]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def test_it_is_an_alert_at_once_and_others_are_proposed(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    job = await unable(town, boss)
    await all_due(keeper)
    shown = await row(town, job.incident_id)
    [alert] = [one for one in shown.alerts if one.rule == "unable"]
    assert alert.said["zh"].what.startswith("118无法出警")
    [order] = shown.assignments
    assert (order.state, order.proposal_id is not None) == ("unable", True)
    assert order.proposal_id is not None
    async with town.pool.acquire() as conn:
        kept = await store.read_recommendation(conn, order.proposal_id, shown_since(job))
    assert kept is not None
    assert kept[0] == job.incident_id
    waves = json.loads(kept[2])["shown"]["waves"]
    assert [one["unit_id"] for wave in waves for one in wave] == [str(S1), str(S2)], "the nearest other first"
    await sound(town)


def shown_since(job: Assignment) -> datetime:
    return datetime.fromtimestamp(job.times["ordered"] / 1000, UTC)


async def test_the_row_says_on_whom_it_waits_and_it_is_raised_once_after_a_minute(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal
) -> None:
    job = await unable(town, boss)
    await all_due(keeper)
    waiting = (await row(town, job.incident_id)).waiting
    assert waiting is not None
    assert (waiting.what, waiting.on, waiting.said["zh"].what) == (
        "not_replaced",
        "市局",
        "等市局改派，118无法出警",
    )
    for _ in range(2):
        await clock.forward(timedelta(seconds=61))
        await all_due(keeper, keeper_of(town))
    assert await firings(town) == ["unable", "not_replaced"]
    await sound(town)


@pytest.mark.parametrize("ended_by", ["release", "recall"])
async def test_released_it_waits_for_another_order_like_any_other(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal, ended_by: str
) -> None:
    job = await unable(town, boss)
    await all_due(keeper)
    leave = going.release if ended_by == "release" else going.recall
    await town.do(boss, lambda w: leave(w, job.id))
    assert await rules_of(town, fired=True) == set()
    assert await rules_of(town, fired=False) == {"not_dispatched"}
    await sound(town)


async def test_a_proposal_can_be_ordered_as_it_was_shown(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    job = await unable(town, boss)
    await all_due(keeper)
    [order] = (await row(town, job.incident_id)).assignments
    await town.do(boss, lambda w: going.release(w, job.id))
    [sent] = await town.do(
        boss,
        lambda w: ordering.order(
            w, job.incident_id, [Order(unit_id=S1)], recommendation_id=order.proposal_id
        ),
    )
    assert (sent.unit_id, sent.recommendation_id) == (S1, order.proposal_id)


async def test_a_station_is_proposed_its_own_units_only(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    incident_id = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    station = town.somebody("dispatcher", room=NORTH)
    [job] = await town.do(station, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)]))
    await town.followers.load()
    assert job.ordered_by == NORTH != CITY
    await town.do(town.unit(N1), lambda w: going.unable(w, job.id))
    await all_due(keeper)
    [order] = (await row(town, incident_id)).assignments
    assert order.proposal_id is not None
    async with town.pool.acquire() as conn:
        kept = await store.read_recommendation(conn, order.proposal_id, shown_since(job))
    assert kept is not None
    assert str(S1) not in kept[2]
    assert json.loads(kept[2])["shown"]["shortfalls"], "it is said that nobody of the station is left"


async def test_merged_it_is_the_survivors_row_that_says_so(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    job = await unable(town, boss)
    other = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    await town.do(boss, lambda w: joining.merge(w, job.incident_id, other))
    await all_due(keeper)
    assert "unable" in [alert.rule for alert in (await row(town, other)).alerts]
    await sound(town)


async def test_what_is_keyed_in_later_asks_for_nobody(
    town: Town, keeper: Timekeeper, boss: Principal
) -> None:
    incident_id = (
        await town.report(boss, ReportAlarm(source="call", place=HERE), back_entry=True)
    ).incident_id
    [job] = await town.do(
        boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)]), back_entry=True
    )
    await town.do(boss, lambda w: going.unable(w, job.id), back_entry=True)
    await all_due(keeper)
    assert await firings(town) == []


@pytest.mark.parametrize("late_s", [0, 900])
async def test_said_where_nobody_could_hear_it_it_is_watched_once_it_is_heard(
    town: Town, keeper: Timekeeper, clock: Clock, boss: Principal, late_s: int
) -> None:
    incident_id = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)]))
    await clock.forward(timedelta(minutes=20))
    await reply(town, N1, "unable", late_s=late_s)
    await all_due(keeper)
    assert "unable" in await firings(town)
    assert "not_replaced" in await rules_of(town, fired=False), "it counts from when it was heard"


async def test_a_terminal_that_has_read_its_recall_is_not_refused(town: Town, boss: Principal) -> None:
    incident_id = (await town.report(boss, ReportAlarm(source="call", place=HERE))).incident_id
    [job] = await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: going.recall(w, job.id))
    recall = next(one for one in await told(town, N1, None) if one["kind"] == "recall")
    for act in ("read", "deliver"):
        assert await reply(town, N1, act, order_id=recall["order_id"]) == {"read": job.id}
    await sound(town)
