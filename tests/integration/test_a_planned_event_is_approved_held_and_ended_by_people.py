"""Event promise: approved by another than who asked, started once by its time, ended by a person; what is inside is its own."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.desk import describing, escalating, holding, manning_posts, noticing, preparing
from dispatch.desk.manning_posts import PostPlan
from dispatch.desk.noticing import Seen
from dispatch.desk.preparing import EventPlan
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Behind, Invalid, NotAllowed, NotFound, NotNow, UnitPromised
from dispatch.folds import FOLDS
from dispatch.planned_events import store
from dispatch.planned_events.model import PlannedEvent
from dispatch.planned_events.views import log_page, one_event
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.shown import AlertShown
from dispatch.verify import verify
from dispatch.work import Actor, work
from geo.errors import BadArea
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, keeper_of, rules_of
from tests.harness.town import CITY, N1, N2, NORTH, S1, SOUTH, Town, box, build

PLANTED = "泄露了的要求"
AREA = box(114.01, 22.53, 114.03, 22.55)
HOUR = timedelta(hours=1)
STARTED = "SELECT count(*) FROM journal WHERE noun = 'event' AND fact = 'started'"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
TOLD = "SELECT handle, body->>'text' AS text FROM radio_message WHERE kind = 'message' ORDER BY position"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def now_of(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


async def plan(town: Town, **more: Any) -> EventPlan:
    now = await now_of(town)
    usual: dict[str, Any] = {
        "name": "晚场足球赛", "kind": "sport", "area": AREA, "starts_at": now + HOUR, "ends_at": now + 4 * HOUR,
        "note": PLANTED, "contact": PLANTED, "crowd": 30_000,
    }  # fmt: skip
    return EventPlan(**usual | more)


def below(town: Town) -> Any:
    return town.somebody("dispatcher", "leader", room=NORTH)


async def drafted(town: Town, **more: Any) -> PlannedEvent:
    wanted = await plan(town, **more)
    return await town.do(below(town), lambda w: preparing.draft(w, wanted))


async def manned(town: Town, event: PlannedEvent, unit_id: UUID = N1, **more: Any) -> UUID:
    where: dict[str, Any] = {"name": "一号门", "lon": 114.02, "lat": 22.54} | more
    wanted = PostPlan(unit_id=unit_id, task=PLANTED, **where)
    who = town.somebody("dispatcher", "leader", name="of the city") if unit_id is S1 else below(town)
    return (await town.do(who, lambda w: manning_posts.dedicate(w, event.id, wanted)))[1]


async def approved(town: Town, event: PlannedEvent) -> PlannedEvent:
    await town.do(below(town), lambda w: preparing.submit(w, event.id))
    return await town.do(town.somebody("leader"), lambda w: preparing.approve(w, event.id))


async def running(town: Town, keeper: Timekeeper, clock: Clock, **more: Any) -> tuple[PlannedEvent, UUID]:
    event = await drafted(town, **more)
    post_id = await manned(town, event)
    await approved(town, event)
    await clock.forward(HOUR + timedelta(seconds=1))
    await all_due(keeper)
    return await as_it_is(town, event), post_id


async def as_it_is(town: Town, event: PlannedEvent) -> PlannedEvent:
    async with town.pool.acquire() as conn:
        return (await store.read(conn, [event.id]))[0]


async def reported(town: Town, lon: float = 114.02, **more: Any) -> UUID:
    place = PlaceIn(lon=lon, lat=22.54) if lon else None
    command = ReportAlarm(source="sms", type="500600", place=place, **more)
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval("SELECT count(*) FROM journal WHERE body::text ~ $1", PLANTED)
    assert found.sound, found.broken
    assert leaked == 0


async def test_it_is_approved_by_a_leader_above_and_never_by_who_submitted_it(town: Town) -> None:
    event = await drafted(town)
    both = town.somebody("dispatcher", "leader")
    await town.do(both, lambda w: preparing.submit(w, event.id))
    for nobody in (both, below(town), town.somebody("dispatcher")):
        with pytest.raises(NotAllowed):
            await town.do(nobody, lambda w: preparing.approve(w, event.id))
    boss = town.somebody("leader", name="another leader")
    assert (await town.do(boss, lambda w: preparing.approve(w, event.id))).state == "approved"
    await sound(town)


async def test_the_citys_own_is_approved_by_another_leader_of_the_city(town: Town) -> None:
    wanted, one = await plan(town), town.somebody("leader")
    event = await town.do(one, lambda w: preparing.draft(w, wanted))
    assert event.room_id == CITY
    await town.do(one, lambda w: preparing.submit(w, event.id))
    with pytest.raises(NotAllowed, match="Who submitted"):
        await town.do(one, lambda w: preparing.approve(w, event.id))
    other = town.somebody("leader", name="another leader")
    assert (await town.do(other, lambda w: preparing.approve(w, event.id))).approved_by == "another leader"


async def test_what_is_returned_is_written_anew_and_submitted_again(town: Town) -> None:
    event, boss = await drafted(town), town.somebody("leader")
    await town.do(below(town), lambda w: preparing.submit(w, event.id))
    back = await town.do(boss, lambda w: preparing.return_(w, event.id, PLANTED))
    better = await plan(town, name="晚场足球赛二稿")
    with pytest.raises(Behind):
        await town.do(below(town), lambda w: preparing.amend(w, event.id, better, 1))
    again = await town.do(below(town), lambda w: preparing.amend(w, event.id, better, back.version))
    assert (again.name, again.state) == ("晚场足球赛二稿", "returned")
    assert (await approved(town, again)).state == "approved"
    async with town.pool.acquire() as conn:
        rows = await log_page(conn, town.centre, boss, event.id, (None, 100))
    assert [row.fact for row in reversed(rows)] == [
        "drafted", "submitted", "returned", "amended", "submitted", "approved",
    ]  # fmt: skip
    assert next(row.text for row in rows if row.fact == "returned") == PLANTED
    await sound(town)


async def test_others_learn_of_it_only_once_it_is_approved_and_never_what_is_said_in_it(town: Town) -> None:
    event, south = await drafted(town), town.somebody("dispatcher", room=SOUTH)
    await manned(town, event)
    async with town.pool.acquire() as conn:
        with pytest.raises(NotFound):
            await one_event(conn, town.centre, south, event.id)
    await approved(town, event)
    async with town.pool.acquire() as conn:
        theirs = await one_event(conn, town.centre, south, event.id)
        ours = await one_event(conn, town.centre, below(town), event.id)
        its = await one_event(conn, town.centre, town.unit(N1), event.id)
        with pytest.raises(NotFound):
            await log_page(conn, town.centre, south, event.id, (None, 10))
        with pytest.raises(NotFound):
            await one_event(conn, town.centre, town.unit(N2), event.id)
    assert (theirs.name, theirs.note, theirs.contact, theirs.posts[0].task) == (
        "晚场足球赛",
        None,
        None,
        None,
    )
    assert (ours.note, ours.contact, ours.posts[0].task) == (PLANTED,) * 3
    assert (its.note, its.contact, its.posts[0].task) == (None, PLANTED, PLANTED)
    with pytest.raises(NotAllowed):
        await town.do(south, lambda w: holding.end(w, event.id))


async def test_it_starts_once_by_its_time_whichever_engine_looks(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event = await drafted(town)
    await approved(town, event)
    await all_due(keeper)
    assert (await as_it_is(town, event)).state == "approved"
    await clock.forward(HOUR + timedelta(seconds=1))  # while no engine is there
    await asyncio.gather(*(all_due(one) for one in (keeper, keeper_of(town), keeper_of(town))))
    await all_due(keeper)
    assert (await as_it_is(town, event)).state == "running"
    async with town.pool.acquire() as conn:
        assert await conn.fetchval(STARTED) == 1
    await sound(town)


async def test_an_engine_that_dies_while_it_starts_one_leaves_it_to_the_next(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await drafted(town)
    await approved(town, event)
    await clock.forward(HOUR + timedelta(seconds=1))

    async def dies(w: Any, timer: Any) -> None:
        await holding.start_event(w, timer)
        raise ConnectionResetError("killed")

    with monkeypatch.context() as patched:
        patched.setitem(escalating.EFFECTS, "start_event", dies)
        await keeper.fire_due()
    assert (await as_it_is(town, event)).state == "approved"
    await all_due(keeper_of(town))
    assert (await as_it_is(town, event)).state == "running"
    async with town.pool.acquire() as conn:
        assert await conn.fetchval(STARTED) == 1


async def test_its_end_is_told_to_the_commander_and_frees_nobody(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, post_id = await running(town, keeper, clock)
    await town.do(town.unit(N1), lambda w: manning_posts.check_in(w, event.id, post_id))
    await clock.forward(4 * HOUR)
    await all_due(keeper)
    past = await as_it_is(town, event)
    assert past.state == "running"
    assert past.units == {N1}
    assert "event_past_end" in await rules_of(town, fired=True)
    async with town.pool.acquire() as conn:
        await town.followers.commit_units(conn)
    assert town.centre.commitments.holds(N1, await now_of(town))
    later = await now_of(town) + HOUR
    longer = await town.do(below(town), lambda w: holding.extend(w, event.id, later))
    assert (longer.ends_at, longer.posts[0].ends_at) == (later, later)
    assert "event_past_end" not in await rules_of(town, fired=True)
    ended = await town.do(below(town), lambda w: holding.end(w, event.id))
    assert ended.state == "ended"
    async with town.pool.acquire() as conn:
        told = await conn.fetch(TOLD)
        await town.followers.commit_units(conn)
    assert told[-1]["handle"] == N1.int
    assert "you are free" in told[-1]["text"]
    assert not town.centre.commitments.holds(N1, await now_of(town))
    with pytest.raises(NotNow):
        await town.do(below(town), lambda w: holding.end(w, event.id))
    over = await town.do(below(town), lambda w: holding.sum_up(w, event.id, PLANTED))
    assert over.state == "summed_up"
    await sound(town)


async def test_a_unit_stands_in_one_place_at_one_time(town: Town) -> None:
    event, other = await drafted(town), await drafted(town, name="演唱会")
    post_id = await manned(town, event)
    with pytest.raises(UnitPromised, match=r"118 stands at 一号门 of 晚场足球赛"):
        await manned(town, other)
    with pytest.raises(UnitPromised):
        await manned(town, event, name="二号门")
    later = other.ends_at + HOUR
    await manned(town, other, starts_at=later, ends_at=later + HOUR)
    await town.do(below(town), lambda w: manning_posts.withdraw_unit(w, event.id, post_id))
    await manned(town, other)


async def test_it_is_not_extended_while_a_unit_that_would_stay_is_promised_elsewhere_then(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, _ = await running(town, keeper, clock)
    await manned(town, event, N2, name="票口", ends_at=event.ends_at - HOUR)
    other = await drafted(town, name="演唱会")
    late = event.ends_at + HOUR / 2
    for unit_id in (N1, N2):
        await manned(town, other, unit_id, name="后台", starts_at=late, ends_at=late + HOUR)
    with pytest.raises(
        UnitPromised, match=r"118 of 一号门 stands at 后台 of 演唱会 .* let it end earlier"
    ) as refused:
        await town.do(below(town), lambda w: holding.extend(w, event.id, late + HOUR))
    assert "票口" not in str(refused.value), "who leaves before its end is not kept longer"
    before = await as_it_is(town, event)
    assert (before.ends_at, before.posts[0].ends_at) == (event.ends_at, event.ends_at), "nothing was changed"
    longer = await town.do(below(town), lambda w: holding.extend(w, event.id, late))
    assert longer.posts[0].ends_at == late
    await sound(town)


async def test_a_unit_promised_elsewhere_and_kept_longer_at_once_is_in_one_place(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, _ = await running(town, keeper, clock)
    other = await drafted(town, name="演唱会")
    begins, late = event.ends_at + HOUR / 2, event.ends_at + HOUR
    plan = PostPlan(unit_id=N1, name="后台", lon=114.02, lat=22.54, starts_at=begins, ends_at=begins + HOUR)
    async with work(town.pool, town.centre, Actor(principal=below(town))) as w, town.pool.acquire() as conn:
        await manning_posts.dedicate(w, other.id, plan)
        longer = asyncio.create_task(town.do(below(town), lambda w: holding.extend(w, event.id, late)))
        while not longer.done() and not await conn.fetchval(WAITING):
            await asyncio.sleep(0)
    with pytest.raises(UnitPromised, match="118 of 一号门"):
        await longer
    await sound(town)


async def test_what_speaks_against_a_post_is_said_beside_it(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    from dispatch.desk import lending, shift
    from units.model import Duty

    event, _ = await running(town, keeper, clock)
    await manned(town, event, N2, name="二号门")
    until = await now_of(town) + HOUR
    await town.do(below(town), lambda w: lending.lend(w, N1, SOUTH, until))
    await town.do(below(town), lambda w: shift.change_duty(w, N2, Duty.OUT_OF_SERVICE, cause="vehicle"))
    await town.followers.load()
    async with town.pool.acquire() as conn:
        told = await one_event(conn, town.centre, below(town), event.id)
    assert [[one.key for one in post.conflicts] for post in told.posts] == [["post_lent"], ["post_off_duty"]]
    assert "南所" in told.posts[0].conflicts[0].zh


async def test_a_unit_checks_in_for_itself_alone_and_who_is_missing_is_told(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, post_id = await running(town, keeper, clock)
    second = await manned(town, event, N2, name="二号门", starts_at=await now_of(town))
    with pytest.raises(NotFound):
        await town.do(town.unit(N2), lambda w: manning_posts.check_in(w, event.id, post_id))
    await town.do(town.unit(N1), lambda w: manning_posts.check_in(w, event.id, post_id))
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper)
    assert "event_unmanned" in await rules_of(town, fired=True)
    await town.do(below(town), lambda w: manning_posts.check_in(w, event.id, second))
    assert "event_unmanned" not in await rules_of(town, fired=True)
    await sound(town)


async def test_an_incident_inside_is_linked_labelled_and_seen_by_its_rooms_once(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    before, apart = await reported(town), await reported(town, 114.04)
    lost, drill = await reported(town, 0), await reported(town, exercise=True)
    event, _ = await running(town, keeper, clock, command_room_id=SOUTH)
    during = await reported(town)
    await all_due(keeper)
    assert {one.incident_id for one in (await as_it_is(town, event)).inside} == {before, during}
    seat, here = town.somebody("dispatcher"), describing.Changes(place=PlaceIn(lon=114.02, lat=22.54))
    await town.do(seat, lambda w: describing.amend(w, lost, None, here))
    await all_due(keeper, keeper_of(town))
    assert {one.incident_id for one in (await as_it_is(town, event)).inside} == {before, during, lost}
    async with town.pool.acquire() as conn:
        seen = await conn.fetch("SELECT incident_id, room_id FROM audience WHERE why = 'event'")
        labelled = await conn.fetch("SELECT id FROM incident WHERE 'event' = ANY(labels)")
        told = await one_event(conn, town.centre, town.somebody("dispatcher", room=SOUTH), event.id)
        left = await conn.fetchval("SELECT count(*) FROM timer WHERE kind = 'events:placed'")
    assert {tuple(row) for row in seen} == {
        (id_, room) for id_ in (before, during, lost) for room in (NORTH, SOUTH)
    }
    labelled_ids = {row[0] for row in labelled}
    assert labelled_ids == {before, during, lost}
    assert {one.number is None for one in told.incidents} == {False}, "the commanding room sees them"
    assert left == 0
    assert not {apart, drill} & labelled_ids
    await town.do(below(town), lambda w: holding.end(w, event.id))
    await reported(town)
    await all_due(keeper)
    assert len((await as_it_is(town, event)).inside) == 3, "what comes after its end is none of its own"
    await sound(town)


async def test_its_units_are_all_spoken_to_and_its_log_only_grows(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, _ = await running(town, keeper, clock)
    await town.do(below(town), lambda w: holding.log(w, event.id, "decision", PLANTED))
    await town.do(below(town), lambda w: holding.message(w, event.id, "散场，加强二号门"))
    async with town.pool.acquire() as conn:
        rows = await log_page(conn, town.centre, below(town), event.id, (None, 2))
        messages = await conn.fetchval("SELECT count(*) FROM unit_message WHERE direction = 'to_unit'")
        assert [(row.kind, row.text, row.units) for row in rows] == [
            ("message", "散场，加强二号门", 1), ("decision", PLANTED, None),
        ]  # fmt: skip
        older = await log_page(conn, town.centre, below(town), event.id, (rows[-1].n, 100))
    assert messages == 1
    assert [row.n for row in older] == sorted((row.n for row in older), reverse=True)
    assert max(row.n for row in older) < rows[-1].n
    await sound(town)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "  "}, "name"), ({"ends_at": timedelta(minutes=30)}, "ends_at"), ({"ends_at": timedelta(days=20)}, "ends_at"),
        ({"starts_at": timedelta(days=400), "ends_at": timedelta(days=401)}, "starts_at"),
        ({"starts_at": timedelta(hours=-3), "ends_at": timedelta(hours=-1)}, "starts_at"),
    ],
)  # fmt: skip
async def test_a_plan_that_cannot_be_held_is_refused_by_name(
    town: Town, more: dict[str, Any], field: str
) -> None:
    now = await now_of(town)
    moved = {name: now + value if isinstance(value, timedelta) else value for name, value in more.items()}
    wanted = await plan(town, **moved)
    with pytest.raises(Invalid) as refused:
        await town.do(below(town), lambda w: preparing.draft(w, wanted))
    assert refused.value.details["field"] == field


async def test_an_area_of_points_is_refused(town: Town) -> None:
    wanted = await plan(town, area={"type": "Point", "coordinates": [114.02, 22.54]})
    with pytest.raises(BadArea):
        await town.do(below(town), lambda w: preparing.draft(w, wanted))


async def test_an_alert_is_quiet_for_whoever_has_seen_it_and_for_nobody_else(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event, _ = await running(town, keeper, clock)
    await clock.forward(HOUR)
    await all_due(keeper)

    async def told() -> dict[str, AlertShown]:
        async with town.pool.acquire() as conn:
            shown = await one_event(conn, town.centre, below(town), event.id)
        return {alert.rule: alert for alert in shown.alerts}

    alert = (await told())["event_unmanned"]
    assert alert.noticed_by == ()
    wang = town.somebody("dispatcher", name="wang", room=NORTH)
    seen = [Seen(alert.rule, alert.id)]
    noticed = await town.do(wang, lambda w: noticing.notice_event(w, event.id, seen))
    assert (await told())["event_unmanned"].noticed_by == ("wang",)
    again = await town.do(wang, lambda w: noticing.notice_event(w, event.id, seen))
    assert again.version == noticed.version, "once is enough"
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("call_taker"), lambda w: noticing.notice_event(w, event.id))
    async with town.pool.acquire() as conn:
        log = await log_page(conn, town.centre, below(town), event.id, (None, 100))
    assert "alert_noticed" not in [row.fact for row in log]
    await sound(town)
