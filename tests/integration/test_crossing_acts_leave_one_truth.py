"""Acts that cross each other on real connections: merges against merges, alarms and steps against both; one truth remains."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from dispatch.desk import closing, describing, giving_duty, going, joining, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from dispatch.work import Work
from incidents.model import IncidentState as S
from tests.harness import town as t
from tests.harness.invariants import check_world
from tests.harness.town import N1, N2, NORTH, SOUTH, Town
from tests.harness.wandering import REFUSALS, World, see


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


async def incident(town: Town) -> UUID:
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    return (await town.report(town.somebody("dispatcher"), command)).incident_id


async def at_once(town: Town, *acts: Callable[[Work], Awaitable[object]]) -> list[object]:
    """All acts at the same time, each by a dispatcher of its own; what they made or were refused with."""

    async def one(n: int, act: Callable[[Work], Awaitable[object]]) -> object:
        try:
            return await town.do(
                town.somebody("dispatcher", "leader", name=f"seat {n}"), act, reason="按规定"
            )
        except REFUSALS as refusal:
            return refusal

    return await asyncio.gather(*(one(n, act) for n, act in enumerate(acts)))


def merging(one: UUID, into: UUID) -> Callable[[Work], Awaitable[object]]:
    """The act of merging one into another."""
    return lambda w: joining.merge(w, one, into)


async def sound(town: Town) -> World:
    """The world, judged."""
    async with town.pool.acquire() as conn:
        world = await see(conn)
        check_world(world, world)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
    return world


async def test_two_merges_that_cross_leave_one_survivor(town: Town) -> None:
    for _ in range(20):
        a, b = await incident(town), await incident(town)
        outcomes = await at_once(town, merging(a, b), merging(b, a))
        assert [isinstance(o, REFUSALS) for o in outcomes].count(True) == 1
        world = await sound(town)
        assert sorted(world.incidents[i].state for i in (a, b)) == [S.MERGED, S.RECEIVED]


async def test_a_ring_of_merges_ends_flat_in_one_survivor(town: Town) -> None:
    for _ in range(3):
        ids = [await incident(town) for _ in range(5)]
        pairs = list(zip(ids, ids[1:] + ids[:1], strict=True))
        await at_once(town, *(merging(*pair) for pair in pairs))
        world = await sound(town)
        alive = [world.incidents[i] for i in ids if world.incidents[i].state is not S.MERGED]
        assert len(alive) == 1
        assert {a.id for a in alive[0].absorbed} == set(ids) - {alive[0].id}


async def test_alarms_attached_while_their_target_is_merged_land_at_its_survivor(town: Town) -> None:
    boss = town.somebody("dispatcher")
    for _ in range(10):
        target, survivor, source = [await incident(town) for _ in range(3)]
        more = await town.report(boss, ReportAlarm(source="call", attach_to=source))
        outcomes = await at_once(
            town,
            lambda w, i=target, j=survivor: joining.merge(w, i, j),  # type: ignore[misc]
            lambda w, i=target, a=more.alarm.id: joining.attach(w, i, a),  # type: ignore[misc]
            lambda w, i=target: describing.add_note(w, i, "scene", "着火了", urgent=True),  # type: ignore[misc]
        )
        assert not [o for o in outcomes if isinstance(o, REFUSALS)]
        world = await sound(town)
        landed = world.incidents[world.alarms[more.alarm.id].incident_id]
        assert survivor in (landed.id, landed.merged_into)


async def test_a_report_for_an_incident_that_is_just_merged_joins_its_survivor(town: Town) -> None:
    boss = town.somebody("dispatcher")
    for _ in range(10):
        target, survivor = await incident(town), await incident(town)
        _, made = await asyncio.gather(
            town.do(boss, lambda w, i=target, j=survivor: joining.merge(w, i, j)),  # type: ignore[misc]
            town.report(boss, ReportAlarm(source="call", attach_to=target)),
        )
        assert made.incident_id in (target, survivor)
        await sound(town)


async def test_steps_and_orders_cross_merging_and_unmerging(town: Town) -> None:
    boss = town.somebody("dispatcher")
    for _ in range(12):
        one, other = await incident(town), await incident(town)
        [a] = await town.do(boss, lambda w, i=one: ordering.order(w, i, [Order(unit_id=N1)]))  # type: ignore[misc]
        outcomes = await at_once(
            town,
            lambda w, i=one, j=other: joining.merge(w, i, j),  # type: ignore[misc]
            lambda w, a=a.id: going.step(w, a, "accept"),  # type: ignore[misc]
            lambda w, i=other: ordering.order(w, i, [Order(unit_id=N2)]),  # type: ignore[misc]
            lambda w, a=a.id: going.step(w, a, "on_scene"),  # type: ignore[misc]
        )
        assert not [o for o in outcomes if isinstance(o, REFUSALS)], outcomes
        world = await sound(town)
        assert world.incidents[other].state is S.ON_SCENE
        outcomes = await at_once(
            town,
            lambda w, i=one: joining.unmerge(w, i),  # type: ignore[misc]
            lambda w, a=a.id: going.step(w, a, "clear", "handled"),  # type: ignore[misc]
            lambda w, i=other: giving_duty.hand_over(w, i, SOUTH),  # type: ignore[misc]
        )
        assert not [o for o in outcomes if isinstance(o, REFUSALS)], outcomes
        world = await sound(town)
        assert (world.incidents[one].state, world.incidents[other].state) == (S.HANDLED, S.DISPATCHED)
        [other_order] = world.orders(other)
        await town.do(boss, lambda w, i=other_order.id: going.recall(w, i))  # type: ignore[misc]


async def test_a_crowd_at_one_incident_is_served_in_some_order(town: Town) -> None:
    """Thirty acts on one incident at once: every one is done or refused by name, none by a deadlock."""
    boss = town.somebody("dispatcher")
    one, other = await incident(town), await incident(town)
    [a] = await town.do(boss, lambda w: ordering.order(w, one, [Order(unit_id=N1)]))
    acts: list[Callable[[Work], Awaitable[object]]] = [
        lambda w: going.step(w, a.id, "accept"),
        lambda w: joining.merge(w, one, other),
        lambda w: joining.unmerge(w, one),
        lambda w: joining.merge(w, other, one),
        lambda w: describing.add_note(w, one, "scene", "有人受伤", urgent=True),
        lambda w: giving_duty.hand_over(w, one, NORTH),
        lambda w: going.unable(w, a.id),
        lambda w: ordering.order(w, one, [Order(unit_id=N2)]),
        lambda w: closing.end(w, one, "void"),
        lambda w: closing.reopen(w, one, "received"),
    ]
    for _ in range(4):
        await at_once(town, *(acts * 3))
        await sound(town)


async def test_an_act_waits_for_what_is_merged_into_its_incident_before_it_holds_any_other(
    town: Town,
) -> None:
    """Whoever parts the first from the second locks the first, then the second; merging the second on must not cross that."""
    first, second, third = [await incident(town) for _ in range(3)]
    assert first < second
    await at_once(town, merging(first, second))
    async with town.pool.acquire() as conn, town.pool.acquire() as looking:
        async with conn.transaction():
            await conn.execute(LOCK, first)
            on = asyncio.create_task(
                town.do(town.somebody("leader"), merging(second, third), reason="同一警情")
            )
            while not on.done() and not await looking.fetchval(WAITING):
                await asyncio.sleep(0.01)
            await conn.execute(f"{LOCK} NOWAIT", second)
        await on
    world = await sound(town)
    assert {world.incidents[id_].merged_into for id_ in (first, second)} == {third}


LOCK = "SELECT FROM incident WHERE id = $1 FOR UPDATE"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
