"""Kept jobs are offered when a unit is free and never sent by themselves; whoever goes off duty hands its jobs on."""

from typing import Any
from uuid import UUID

import pytest

from dispatch import views
from dispatch.acts import Principal
from dispatch.desk import closing, describing, going, hearing, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed, UnitTaken, UnitUnavailable
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.shown import UnitShown
from dispatch.verify import verify
from dispatch.work import Work
from incidents.model import IncidentState as S
from tests.harness import patrols
from tests.harness import town as t
from tests.harness.invariants import check_world
from tests.harness.recommending import recommend
from tests.harness.town import N1, N2, S1, Town
from tests.harness.wandering import World, see
from units.errors import UnitHasOpenJob
from units.model import Duty


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    """Every seat of the city room in one person."""
    return town.somebody("dispatcher", "leader")


async def incident(town: Town, boss: Principal, priority: int = 3) -> UUID:
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    id_ = (await town.report(boss, command)).incident_id
    await town.do(boss, lambda w: describing.amend(w, id_, None, describing.Changes(priority=priority)))
    return id_


async def order(town: Town, boss: Principal, id_: UUID, unit: UUID = N1, kind: Any = "order") -> Assignment:
    [a] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=unit)], kind))
    return a


async def sound(town: Town) -> World:
    async with town.pool.acquire() as conn:
        world = await see(conn)
        check_world(world, world)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
    return world


async def offers(town: Town) -> list[tuple[UUID, UUID]]:
    """Which kept jobs were offered: (assignment, incident on whose timeline it stands), in order."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT (body->>'assignment_id')::uuid, incident_id FROM journal WHERE fact = 'job_offered' ORDER BY position"
        )
    return [(row[0], row[1]) for row in rows]


async def said(town: Town, unit: UUID) -> list[tuple[str, UUID | None]]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT kind, assignment_id FROM radio_message WHERE handle = $1 ORDER BY position", unit.int
        )
    return [(row[0], row[1]) for row in rows]


async def read(town: Town, assignment_id: UUID) -> None:
    """N1's terminal says that the last message about this was read."""
    async with town.pool.acquire() as conn:
        order_id = await conn.fetchval(
            "SELECT order_id FROM radio_message WHERE assignment_id = $1 ORDER BY position DESC",
            assignment_id,
        )

    async def do(w: Work) -> object:
        unit = await hearing.unit_of(w, N1.int)
        assert unit is not None
        return await hearing.hear(
            w, unit, hearing.Reply(reply_id="r", act="read", at=w.now, order_id=order_id)
        )

    await town.do(Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim"), do)


async def shown(town: Town, unit: UUID = N1) -> UnitShown:
    async with town.pool.acquire() as conn:
        return (await views.units(conn, town.centre, [unit]))[0]


async def test_when_a_unit_clears_the_most_urgent_kept_job_is_offered_and_not_sent(
    town: Town, boss: Principal
) -> None:
    now, later, urgent = [await incident(town, boss, priority) for priority in (3, 4, 2)]
    a = await order(town, boss, now)
    kept = [await order(town, boss, id_, kind="stack") for id_ in (later, urgent)]
    assert [job.assignment_id for job in (await shown(town)).kept] == [kept[1].id, kept[0].id]
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "clear", "handled"))
    assert await offers(town) == [(kept[1].id, urgent)]
    assert (await said(town, N1))[-1] == ("message", kept[1].id)
    await read(town, kept[1].id)
    world = await sound(town)
    assert [world.assignments[k.id].state for k in kept] == [A.STACKED, A.STACKED]
    assert world.incidents[urgent].state is S.RECEIVED, "it still waits for its dispatcher"
    sent = await order(town, boss, urgent)
    assert (sent.id, sent.state) == (kept[1].id, A.ORDERED)


async def test_recall_and_the_end_of_an_incident_free_a_unit_for_the_next_as_well(
    town: Town, boss: Principal
) -> None:
    first, second, later = [await incident(town, boss) for _ in range(3)]
    kept = await order(town, boss, later, kind="stack")
    a = await order(town, boss, first)
    await town.do(boss, lambda w: going.recall(w, a.id))
    await order(town, boss, second)
    await town.do(boss, lambda w: closing.end(w, second, "void"), reason="误报")
    assert await offers(town) == [(kept.id, later)] * 2
    await sound(town)


async def test_nothing_is_offered_to_who_has_another_job_or_none_kept(town: Town, boss: Principal) -> None:
    one, other = await incident(town, boss), await incident(town, boss)
    await order(town, boss, one)
    mine = await order(town, boss, other, N2)
    await order(town, boss, one, N2, "stack")
    await town.do(boss, lambda w: going.recall(w, mine.id))
    assert len(await offers(town)) == 1
    a = await order(town, boss, other, S1)
    await town.do(boss, lambda w: going.recall(w, a.id))
    assert len(await offers(town)) == 1


async def test_who_was_proposed_and_is_sent_elsewhere_meanwhile_is_kept_for_later_all_the_same(
    town: Town, boss: Principal
) -> None:
    here, elsewhere = await incident(town, boss), await incident(town, boss)
    town.centre.live.apply(patrols.frame([N1.int], [114.02], [22.541], now_ms()), now_ms())
    shown = await town.do(boss, lambda w: recommend(w, here))
    assert shown.waves[0][0].unit_id == N1
    await order(town, boss, elsewhere)
    orders = [Order(unit_id=N1)]
    with pytest.raises(UnitTaken):
        await town.do(boss, lambda w: ordering.order(w, here, orders, "order", shown.id))
    [kept] = await town.do(boss, lambda w: ordering.order(w, here, orders, "stack", shown.id))
    assert (kept.state, kept.recommendation_id) == (A.STACKED, shown.id)
    await sound(town)


async def log_off(town: Town, who: Principal, by: UUID | None = None, **how: Any) -> None:
    await town.do(who, lambda w: shift.log_off(w, N1, by), **how)


async def test_with_a_job_nobody_just_leaves(town: Town, boss: Principal) -> None:
    id_ = await incident(town, boss)
    kept = await order(town, boss, id_, kind="stack")
    with pytest.raises(UnitHasOpenJob, match="is kept for unit 118"):
        await log_off(town, town.unit(N1))
    await town.do(boss, lambda w: going.recall(w, kept.id))
    await order(town, boss, id_)
    with pytest.raises(UnitHasOpenJob, match="relieved_by"):
        await log_off(town, town.unit(N1))


async def test_relief_hands_everything_on_in_one_act(town: Town, boss: Principal) -> None:
    now, later = await incident(town, boss), await incident(town, boss)
    a = await order(town, boss, now)
    kept = await order(town, boss, later, kind="stack")
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "on_scene"))
    await log_off(town, boss, by=N2)
    world = await sound(town)
    assert (world.assignments[a.id].state, world.assignments[kept.id].state) == (A.RECALLED, A.RECALLED)
    theirs = {x.incident_id: x for x in world.assignments.values() if x.unit_id == N2}
    assert (theirs[now].state, theirs[later].state) == (A.ORDERED, A.STACKED)
    assert (await said(town, N1))[-1] == ("recall", a.id)
    assert (await said(town, N2)) == [("order", theirs[now].id)]
    assert (await shown(town)).duty is Duty.OFF_DUTY
    async with town.pool.acquire() as conn:
        why = await conn.fetchval(
            "SELECT why FROM journal WHERE id = $1 AND fact = 'ended' ORDER BY version DESC", a.id
        )
    assert why == "由119接替 relieved by 119"


async def test_relief_is_an_order_and_refused_like_one(town: Town, boss: Principal) -> None:
    now, other = await incident(town, boss), await incident(town, boss)
    await order(town, boss, now)
    for by, refusal in ((N1, Invalid), (S1, UnitTaken), (N2, UnitUnavailable)):
        if by == S1:
            await order(town, boss, other, S1)
        if by == N2:
            await town.do(boss, lambda w: shift.change_duty(w, N2, Duty.OUT_OF_SERVICE, cause="vehicle"))
        with pytest.raises(refusal):
            await log_off(town, boss, by=by)
    await town.do(boss, lambda w: shift.change_duty(w, N2, Duty.AVAILABLE))
    with pytest.raises(NotAllowed):
        await log_off(town, town.unit(N1), by=N2)
    world = await sound(town)
    assert [a.state for a in world.assignments.values() if a.unit_id == N1] == [A.ORDERED]
    assert (await shown(town)).duty is Duty.AVAILABLE
    await log_off(town, boss, by=N2, reason="下班")
    await sound(town)
