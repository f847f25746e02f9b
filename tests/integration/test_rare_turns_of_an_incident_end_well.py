"""Turns that come up once a month and must still end well: rounds, returns, jobs kept for later, partings, drills."""

from typing import Any
from uuid import UUID

import pytest

from dispatch import store
from dispatch.acts import Principal
from dispatch.desk import closing, describing, going, joining, ordering, viewing
from dispatch.desk.closing import Form
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.errors import Invalid, NotNow, UnitTaken
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.runtime.postgres import Pool
from dispatch.work import Work
from incidents.errors import MergeRefused, NotInThisState
from incidents.model import Incident
from incidents.model import IncidentState as S
from tests.harness import town as t
from tests.harness.invariants import check_world
from tests.harness.town import N1, N2, NORTH, S1, SOUTH, Town
from tests.harness.wandering import see


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    """One person on every seat of the city room."""
    return town.somebody("dispatcher", "leader", "reviewer", "call_taker")


def call(**more: Any) -> ReportAlarm:
    """A brawl in the north, reported by telephone."""
    return ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54), **more)


async def report(town: Town, boss: Principal, **more: Any) -> UUID:
    return (await town.report(boss, call(**more))).incident_id


async def order(town: Town, boss: Principal, id_: UUID, *units: UUID, **how: Any) -> list[Assignment]:
    orders = [Order(unit_id=unit) for unit in units]
    return await town.do(boss, lambda w: ordering.order(w, id_, orders, **how))


async def step(town: Town, boss: Principal, a: Assignment, *names: str) -> None:
    for name in names:
        result = "handled" if name == "clear" else None
        await town.do(boss, lambda w, n=name, r=result: going.step(w, a.id, n, r))  # type: ignore[misc]


async def final(town: Town, boss: Principal, a: Assignment, result: str = "handled") -> Incident:
    form = Form(kind="final", result=result, people_count=0)
    return (await town.do(boss, lambda w: closing.feed_back(w, a.id, form)))[0]


async def seen(town: Town, id_: UUID) -> Incident:
    """The incident as it stands; everything else is judged too."""
    async with town.pool.acquire() as conn:
        world = await see(conn)
    check_world(world, world)
    return world.incidents[id_]


async def told(town: Town, unit: UUID) -> list[tuple[str, UUID | None]]:
    """What its terminal was told: kind and assignment, in order."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT kind, assignment_id FROM radio_message WHERE handle = $1 ORDER BY position", unit.int
        )
    return [(row[0], row[1]) for row in rows]


async def test_a_station_names_two_units_for_one_order(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [room] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH)]))
    station = town.somebody("dispatcher", room=NORTH)
    both = [Order(unit_id=unit, parent_id=room.id) for unit in (N1, N2)]
    named = await town.do(station, lambda w: ordering.order(w, id_, both))
    assert [(a.unit_id, a.parent_id) for a in named] == [(N1, room.id), (N2, room.id)]
    assert (await seen(town, id_)).state is S.DISPATCHED


async def test_a_room_ordered_together_with_its_unit_sees_the_incident(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=SOUTH, unit_id=S1)]))
    south = town.somebody("dispatcher", room=SOUTH)
    await town.do(south, lambda w: describing.add_note(w, id_, "scene", "已安排", urgent=False))


@pytest.mark.parametrize("accepts", ["before", "after", "never"])
async def test_a_room_ordered_together_with_its_unit_keeps_no_incident_open(
    town: Town, boss: Principal, accepts: str
) -> None:
    """The unit is named already: the room has done its part by accepting, and nothing is left of it when the unit clears."""
    id_ = await report(town, boss)
    [unit] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH, unit_id=N1)]))
    assert unit.parent_id is not None
    room = (await orders(town, id_))[unit.parent_id]
    station = town.somebody("dispatcher", room=NORTH)
    if accepts == "before":
        await step(town, station, room, "accept")
        assert (await orders(town, id_))[room.id].state is A.CLEARED
    await step(town, boss, unit, "accept", "on_scene")
    if accepts == "after":
        await step(town, station, room, "accept")
    await step(town, boss, unit, "clear")
    assert (await seen(town, id_)).state is S.HANDLED
    ended = (await orders(town, id_))[room.id]
    assert (ended.state, "accepted" in ended.times) == (A.CLEARED, accepts != "never")


async def test_a_room_whose_unit_was_taken_back_names_another(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [unit] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH, unit_id=N1)]))
    assert unit.parent_id is not None
    await town.do(boss, lambda w: going.recall(w, unit.id))
    room = (await orders(town, id_))[unit.parent_id]
    station = town.somebody("dispatcher", room=NORTH)
    await step(town, station, room, "accept")
    assert (await orders(town, id_))[room.id].state is A.ACCEPTED, "it has nobody on the way"
    [other] = await town.do(station, lambda w: ordering.order(w, id_, [Order(unit_id=N2, parent_id=room.id)]))
    assert (await orders(town, id_))[room.id].state is A.CLEARED
    assert other.parent_id == room.id


async def test_a_seat_of_the_ordered_room_names_its_unit_by_ordering_it(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [room] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH)]))
    station = town.somebody("dispatcher", room=NORTH)
    both = await town.do(station, lambda w: ordering.order(w, id_, [Order(unit_id=N1), Order(unit_id=N2)]))
    assert [a.parent_id for a in both] == [room.id, room.id]
    ended = (await orders(town, id_))[room.id]
    assert (ended.state, "accepted" in ended.times) == (A.CLEARED, True)


async def test_a_room_above_that_orders_a_unit_itself_leaves_the_stations_order_standing(
    town: Town, boss: Principal
) -> None:
    id_ = await report(town, boss)
    [room] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH)]))
    [unit] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=S1)]))
    assert unit.parent_id is None
    assert (await orders(town, id_))[room.id].state is A.ORDERED


async def orders(town: Town, id_: UUID) -> dict[UUID, Assignment]:
    async with town.pool.acquire() as conn:
        return {a.id: a for a in (await see(conn)).orders(id_)}


async def test_a_room_is_not_itself_on_the_way(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [room] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH)]))
    for name in ("en_route", "on_scene", "clear"):
        with pytest.raises(NotNow, match="names a unit"):
            await step(town, boss, room, name)
    with pytest.raises(Invalid, match="kept for later"):
        await town.do(boss, lambda w: ordering.order(w, id_, [Order(room_id=NORTH)], "stack"))


async def test_a_job_kept_for_later_counts_in_the_round_it_goes_out(town: Town, boss: Principal) -> None:
    id_, other = await report(town, boss), await report(town, boss)
    await order(town, boss, other, N2)
    [kept] = await order(town, boss, id_, N2, kind="stack")
    [first] = await order(town, boss, id_, N1)
    await step(town, boss, first, "accept", "clear")
    assert (await seen(town, id_)).state is S.HANDLED
    with pytest.raises(UnitTaken):
        await order(town, boss, id_, N2)
    [held] = await held_by(town, N2)
    await town.do(boss, lambda w: going.recall(w, held))
    [sent] = await order(town, boss, id_, N2)
    assert (sent.id, sent.state, sent.round) == (kept.id, A.ORDERED, 2)
    assert (await seen(town, id_)).state is S.DISPATCHED


async def held_by(town: Town, unit: UUID) -> list[UUID]:
    async with town.pool.acquire() as conn:
        return [job["assignment_id"] for job in (await store.holders(conn, [unit])).values()]


async def test_what_ends_takes_its_kept_jobs_along(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [kept] = await order(town, boss, id_, N2, kind="stack")
    with pytest.raises(NotNow):
        await step(town, boss, kept, "accept")
    await town.do(boss, lambda w: closing.end(w, id_, "void"), reason="误报")
    assert (await seen(town, id_)).state is S.VOID
    with pytest.raises(NotNow):
        await order(town, boss, id_, N2)


async def test_orders_of_a_merged_incident_are_past_once_a_new_round_begins(
    town: Town, boss: Principal
) -> None:
    id_, merged = await report(town, boss), await report(town, boss)
    [a] = await order(town, boss, merged, N1)
    await town.do(boss, lambda w: joining.merge(w, merged, id_))
    await step(town, boss, a, "on_scene", "clear")
    assert (await seen(town, id_)).state is S.HANDLED
    await order(town, boss, id_, N2)
    assert (await seen(town, id_)).state is S.DISPATCHED, "the old unit on scene no longer counts"


async def test_a_parting_after_it_was_handled_leaves_each_what_is_its_own(
    town: Town, boss: Principal
) -> None:
    id_, merged = await report(town, boss), await report(town, boss)
    [a] = await order(town, boss, merged, N1)
    await town.do(boss, lambda w: joining.merge(w, merged, id_))
    await step(town, boss, a, "accept", "on_scene", "clear")
    await final(town, boss, a)
    assert (await seen(town, id_)).state is S.FED_BACK
    alive = await town.do(boss, lambda w: joining.unmerge(w, merged))
    assert (alive.state, alive.primary_id) == (S.FED_BACK, a.id)
    left = await seen(town, id_)
    assert (left.state, left.primary_id) == (S.RECEIVED, None)
    assert left.times.keys() == {"ringing", "entered"}, "nobody of its own ever went"


async def test_what_was_closed_by_anothers_unit_is_not_parted_behind_its_back(
    town: Town, boss: Principal
) -> None:
    id_, merged = await report(town, boss), await report(town, boss)
    [a] = await order(town, boss, merged, N1)
    await town.do(boss, lambda w: joining.merge(w, merged, id_))
    await step(town, boss, a, "accept", "clear")
    await final(town, boss, a)
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    await town.do(boss, lambda w: closing.close(w, id_))
    with pytest.raises(MergeRefused, match="reopen it before you part them"):
        await town.do(boss, lambda w: joining.unmerge(w, merged))
    await town.do(boss, lambda w: closing.reopen(w, id_, "received"), reason="另一起")
    alive = await town.do(boss, lambda w: joining.unmerge(w, merged))
    assert (alive.state, (await seen(town, id_)).state) == (S.FED_BACK, S.RECEIVED)


async def test_handled_without_unit_survives_merging_and_unmerging(town: Town, boss: Principal) -> None:
    id_, merged = await report(town, boss), await report(town, boss)
    await town.do(boss, lambda w: closing.handle(w, merged, "handled"))
    await town.do(boss, lambda w: joining.merge(w, merged, id_))
    alive = await town.do(boss, lambda w: joining.unmerge(w, merged))
    assert (alive.state, alive.disposition) == (S.FED_BACK, "handled")


async def test_units_on_the_way_learn_under_which_number_they_go_on(town: Town, boss: Principal) -> None:
    id_, merged = await report(town, boss), await report(town, boss)
    [a] = await order(town, boss, merged, N1)
    await town.do(boss, lambda w: joining.merge(w, merged, id_))
    await town.do(boss, lambda w: joining.unmerge(w, merged))
    assert await told(town, N1) == [("order", a.id), ("update", a.id), ("update", a.id)]


async def test_units_are_told_of_another_report_once(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [a] = await order(town, boss, id_, N1)
    await report(town, boss, attach_to=id_, text="现在有刀")
    assert await told(town, N1) == [("order", a.id), ("update", a.id)]


async def test_a_form_that_was_sent_back_holds_the_incident_until_it_is_corrected(
    town: Town, boss: Principal
) -> None:
    id_ = await report(town, boss)
    first, second = await order(town, boss, id_, N1, N2)
    await step(town, boss, first, "accept", "clear")
    await step(town, boss, second, "accept", "clear")
    await final(town, boss, second)
    assert (await final(town, boss, first)).state is S.FED_BACK
    await town.do(boss, lambda w: closing.review(w, id_, accept=False, assignment_id=second.id))
    note = Form(kind="interim", text="补充")
    incident, _ = await town.do(boss, lambda w: closing.feed_back(w, first.id, note))
    assert incident.state is S.HANDLED, "another unit's word does not correct it"
    assert (await final(town, boss, second)).state is S.FED_BACK


async def test_a_better_form_before_the_review_counts(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [a] = await order(town, boss, id_, N1)
    await step(town, boss, a, "accept", "clear")
    was = await final(town, boss, a)
    now = await final(town, boss, a, "mediated")
    assert (was.disposition, now.disposition) == ("handled", "mediated")
    assert now.times["fed_back"] == was.times["fed_back"]


async def test_what_a_unit_handled_waits_for_that_unit(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    [a] = await order(town, boss, id_, N1)
    await step(town, boss, a, "accept", "clear")
    with pytest.raises(NotInThisState, match="final form"):
        await town.do(boss, lambda w: closing.handle(w, id_, "handled"))


async def test_only_the_form_is_wrong(town: Town, boss: Principal) -> None:
    """Closed, reopened for its form: it waits for that form and nothing else brings it on."""
    made = await town.report(boss, call())
    id_ = made.incident_id
    [a] = await order(town, boss, id_, N1)
    await step(town, boss, a, "accept", "clear")
    await final(town, boss, a)
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    await town.do(boss, lambda w: closing.close(w, id_))
    with pytest.raises(NotNow, match="is closed"):
        await final(town, boss, a)
    again = await town.do(boss, lambda w: closing.reopen(w, id_, "handled"), reason="结果写错")
    assert (again.state, again.primary_id) == (S.HANDLED, a.id)
    assert (await final(town, boss, a, "mediated")).state is S.FED_BACK


async def test_a_unit_that_comes_upon_what_was_settled_starts_it_anew(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))

    async def come_upon(w: Work) -> Incident:
        command = ReportAlarm(source="officer", attach_to=id_)
        return (await viewing.on_view(w, N1, prepare(w.centre, command, w.actor)))[0]

    incident = await town.do(boss, come_upon)
    assert (incident.id, incident.state) == (id_, S.ON_SCENE)


async def test_a_drill_and_real_life_never_become_one(town: Town, boss: Principal) -> None:
    real, drill = await report(town, boss), await report(town, boss, exercise=True)
    for one, into in ((real, drill), (drill, real)):
        with pytest.raises(MergeRefused, match="is an exercise"):
            await town.do(boss, lambda w, o=one, i=into: joining.merge(w, o, i))  # type: ignore[misc]
    with pytest.raises(MergeRefused, match="is an exercise"):
        await report(town, boss, attach_to=drill)
    press: dict[str, Any] = {"source": "call_point", "call_point_id": "CP-N"}
    pressed = await town.report(boss, ReportAlarm(**press))
    drilled = await town.report(boss, ReportAlarm(**press, exercise=True))
    assert pressed.incident_id != drilled.incident_id


async def test_who_took_a_call_goes_on_seeing_its_incident(town: Town, boss: Principal) -> None:
    """A southern call-taker took a northern call; a second caller does not hide it again."""
    taker = town.somebody("call_taker", room=SOUTH)
    id_ = (await town.report(taker, call())).incident_id
    await report(town, boss, attach_to=id_)
    await town.do(taker, lambda w: describing.add_note(w, id_, "caller", "来电人又打来", urgent=False))


async def test_an_incident_keeps_at_least_one_alarm(town: Town, boss: Principal) -> None:
    first, second = await town.report(boss, call()), await town.report(boss, call())
    await town.do(boss, lambda w: joining.attach(w, first.incident_id, second.alarm.id))
    assert (await seen(town, second.incident_id)).state is S.MERGED
    with pytest.raises(MergeRefused, match="no alarm of its own"):
        await town.do(boss, lambda w: joining.unmerge(w, second.incident_id))
    third = await town.report(boss, call())
    await town.do(boss, lambda w: joining.merge(w, third.incident_id, first.incident_id))
    with pytest.raises(MergeRefused, match="unmerge that one first"):
        await town.do(boss, lambda w: joining.detach(w, first.incident_id, third.alarm.id))
