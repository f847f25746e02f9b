"""Taking a unit from a less urgent job: allowed by rule and with a reason, told in order, and its old incident sounds again."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dispatch import store
from dispatch.acts import Principal
from dispatch.desk import describing, going, joining, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import AssignmentOver, Invalid, NotAllowed, PreemptionRefused, UnitTaken, UnitUnavailable
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from incidents.model import IncidentState as S
from tests.harness import town as t
from tests.harness.invariants import check_world
from tests.harness.town import N1, N2, NORTH, S1, Town
from tests.harness.wandering import World, see
from units.model import Duty

RACES = 200
WHY = "持刀伤人 stabbing nearby"


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    """A dispatcher of the city room."""
    return town.somebody("dispatcher")


async def incident(town: Town, priority: int, exercise: bool = False) -> UUID:
    """A fresh incident of this priority."""
    chief = town.somebody("dispatcher", "leader")
    place = PlaceIn(lon=114.02, lat=22.54)
    command = ReportAlarm(source="call", type="200100", place=place, exercise=exercise)
    id_ = (await town.report(chief, command)).incident_id
    await town.do(
        chief, lambda w: describing.amend(w, id_, None, describing.Changes(priority=priority)), reason="分级"
    )
    return id_


async def order(town: Town, who: Principal, id_: UUID, *units: UUID, **more: Any) -> list[Assignment]:
    how = {"reason": more.pop("reason")} if "reason" in more else {}
    orders = [Order(unit_id=unit) for unit in units]
    return await town.do(who, lambda w: ordering.order(w, id_, orders, **more), **how)


async def take(town: Town, who: Principal, id_: UUID, *units: UUID, reason: str = WHY) -> list[Assignment]:
    return await order(town, who, id_, *units, preempt=True, reason=reason)


async def sound(town: Town) -> World:
    """The world, judged, its journal too."""
    async with town.pool.acquire() as conn:
        world = await see(conn)
        check_world(world, world)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
    return world


async def said(town: Town, unit: UUID) -> list[tuple[str, UUID | None]]:
    """What its terminal was told, in order."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT kind, assignment_id FROM radio_message WHERE handle = $1 ORDER BY position", unit.int
        )
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("step", [None, "accept", "en_route", "on_scene"])
async def test_the_old_incident_returns_to_the_queue_and_the_terminal_hears_recall_then_order(
    town: Town, boss: Principal, step: Any
) -> None:
    quarrel, stabbing = await incident(town, 4), await incident(town, 1)
    [old] = await order(town, boss, quarrel, N1)
    if step:
        await town.do(town.unit(N1), lambda w: going.step(w, old.id, step))
    [new] = await take(town, boss, stabbing, N1)
    world = await sound(town)
    assert world.incidents[quarrel].state is S.RECEIVED
    assert world.incidents[stabbing].state is S.DISPATCHED
    gone = world.assignments[old.id]
    assert (gone.state, gone.preempted_for) == (A.PREEMPTED, stabbing)
    assert (await said(town, N1))[-2:] == [("recall", old.id), ("order", new.id)]
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT fact, why FROM journal WHERE incident_id = $1 ORDER BY position DESC LIMIT 3", quarrel
        )
    assert ("ended", WHY) in {(row[0], row[1]) for row in rows}, "the old incident's timeline says why"


async def test_an_incident_that_keeps_another_unit_goes_on_with_it(town: Town, boss: Principal) -> None:
    quarrel, stabbing = await incident(town, 3), await incident(town, 1)
    first, second = await order(town, boss, quarrel, N1, N2)
    await town.do(town.unit(N1), lambda w: going.step(w, first.id, "on_scene"))
    await town.do(town.unit(N2), lambda w: going.step(w, second.id, "accept"))
    await take(town, boss, stabbing, N1)
    world = await sound(town)
    assert (world.incidents[quarrel].state, world.incidents[quarrel].primary_id) == (S.ACCEPTED, second.id)


RULE = [
    (1, 4, "dispatcher"), (1, 3, "dispatcher"), (2, 4, "dispatcher"), (1, 2, "leader"), (2, 3, "leader"),
    (1, 1, None), (2, 2, None), (2, 1, None), (3, 4, None), (4, 3, None),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "given", "by"), RULE)
async def test_who_may_take_a_unit_from_what_is_one_rule(
    town: Town, boss: Principal, wanted: int, given: int, by: str | None
) -> None:
    held, urgent = await incident(town, given), await incident(town, wanted)
    await order(town, boss, held, N1)
    leader = town.somebody("leader")
    if by != "dispatcher":
        with pytest.raises(
            NotAllowed if by else PreemptionRefused, match="leader" if by else "does not take"
        ):
            await take(town, boss, urgent, N1)
    if by is None:
        with pytest.raises(PreemptionRefused, match=f"P{given}; a P{wanted}"):
            await take(town, leader, urgent, N1)
    else:
        await take(town, boss if by == "dispatcher" else leader, urgent, N1)
    world = await sound(town)
    [standing] = [a for a in world.assignments.values() if a.is_open]
    assert standing.incident_id == (held if by is None else urgent)


async def test_a_drill_takes_no_unit_from_real_life_and_real_life_any_from_a_drill(
    town: Town, boss: Principal
) -> None:
    quarrel, drill = await incident(town, 4), await incident(town, 1, exercise=True)
    await order(town, boss, quarrel, N1)
    await order(town, boss, drill, N2)
    with pytest.raises(PreemptionRefused, match="a drill takes no unit"):
        await take(town, boss, drill, N1)
    await take(town, boss, quarrel, N2)
    await sound(town)


async def test_without_a_reason_or_unasked_nothing_is_taken(town: Town, boss: Principal) -> None:
    quarrel, stabbing = await incident(town, 4), await incident(town, 1)
    [old] = await order(town, boss, quarrel, N1)
    with pytest.raises(Invalid, match="why"):
        await take(town, boss, stabbing, N1, reason="")
    with pytest.raises(UnitTaken):
        await order(town, boss, stabbing, N1, reason=WHY)
    with pytest.raises(Invalid, match="kept for later"):
        await order(town, boss, stabbing, N1, preempt=True, kind="stack", reason=WHY)
    assert (await sound(town)).assignments[old.id].state is A.ORDERED


async def test_all_or_nothing_also_when_one_of_them_can_not_go(town: Town, boss: Principal) -> None:
    quarrel, stabbing = await incident(town, 4), await incident(town, 1)
    [old] = await order(town, boss, quarrel, N1)
    await town.do(boss, lambda w: shift.change_duty(w, S1, Duty.OUT_OF_SERVICE, cause="vehicle"))
    with pytest.raises(UnitUnavailable):
        await take(town, boss, stabbing, N1, S1)
    assert (await sound(town)).assignments[old.id].state is A.ORDERED
    assert await said(town, N1) == [("order", old.id)]


async def test_a_station_takes_no_unit_of_another_station(town: Town, boss: Principal) -> None:
    quarrel, stabbing = await incident(town, 4), await incident(town, 1)
    await order(town, boss, quarrel, S1)
    with pytest.raises(NotAllowed):
        await take(town, town.somebody("leader", room=NORTH), stabbing, S1)


async def test_a_unit_on_a_merged_incident_is_taken_from_its_survivor(town: Town, boss: Principal) -> None:
    one, other, stabbing = [await incident(town, priority) for priority in (4, 4, 1)]
    await order(town, boss, one, N1)
    await town.do(boss, lambda w: joining.merge(w, one, other))
    await take(town, boss, stabbing, N1)
    assert (await sound(town)).incidents[other].state is S.RECEIVED


async def test_two_hundred_races_for_a_unit_on_a_job_have_one_winner_each(
    town: Town, boss: Principal
) -> None:
    """Two dispatchers with a P1 each take the same unit from a P4, while its crew presses a step."""
    quarrel, left, right = await incident(town, 4), await incident(town, 1), await incident(town, 1)
    wins = {left: 0, right: 0}

    async def try_taking(name: str, id_: UUID) -> list[Assignment] | UnitTaken | PreemptionRefused:
        try:
            return await take(town, town.somebody("dispatcher", name=name), id_, N1)
        except (UnitTaken, PreemptionRefused) as refused:
            return refused

    async def press(id_: UUID) -> None:
        try:
            await town.do(town.unit(N1), lambda w: going.step(w, id_, "accept"))
        except AssignmentOver:
            pass  # taken away before the crew's finger came down

    for _ in range(RACES):
        [old] = await order(town, boss, quarrel, N1)
        one, other, _pressed = await asyncio.gather(
            try_taking("left", left), try_taking("right", right), press(old.id)
        )
        won, lost = (one, other) if isinstance(one, list) else (other, one)
        assert isinstance(won, list)
        assert isinstance(lost, UnitTaken | PreemptionRefused), "both took it"
        async with town.pool.acquire() as conn:
            held = await store.holders(conn, [N1])
        assert held[N1]["assignment_id"] == won[0].id
        wins[won[0].incident_id] += 1
        assert (await said(town, N1))[-2:] == [("recall", old.id), ("order", won[0].id)]
        await town.do(boss, lambda w, id_=won[0].id: going.recall(w, id_))  # type: ignore[misc]
    world = await sound(town)
    assert [a.state for a in world.assignments.values() if a.incident_id == quarrel] == [A.PREEMPTED] * RACES
    assert sum(wins.values()) == RACES
    assert min(wins.values()) > 0, "they never really raced"
