"""Plan promise: what matches is pushed, what is activated becomes tasks of every tier, and nothing closes with one left open."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from dispatch import places, views
from dispatch.desk import (
    boards,
    closing,
    describing,
    giving_duty,
    going,
    joining,
    ordering,
    planning,
    tasking,
)
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Behind, Invalid, NotAllowed, NotFound, NotNow, StillOpen
from dispatch.folds import FOLDS
from dispatch.plans import store
from dispatch.plans.file import Match, Plan, PlanFile, Step, shipped
from dispatch.plans.model import IncidentPlan, Task
from dispatch.rooms import Room
from dispatch.rules import Phrase
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from dispatch.work import Work
from incidents.model import IncidentState as S
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, firings, keeper_of

DISTRICT = UUID(int=5)
SUICIDE, PURSUIT, ASSAULT, HOSTAGE = "500810", "300300", "200310", "101110"
SEALED = "SELECT count(*) FROM journal WHERE noun IN ('task', 'plan') AND body::text LIKE $1"


async def built(pool: Pool) -> t.Town:
    """The town with a district between the city and its stations."""
    here = await t.build(pool)
    north, south = (
        msgspec.structs.replace(room, parent_id=DISTRICT) for room in t.ROOMS if room.id in (t.NORTH, t.SOUTH)
    )
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=t.CITY
    )

    async def put(w: Work) -> None:
        await places.put_rooms(w, [t.ROOMS[0], district, north, south])

    await here.do(here.somebody("admin"), put)
    await here.followers.load()
    return here


async def opened(here: t.Town, type_: str, **more: Any) -> UUID:
    """An incident in the north that the engine has looked at."""
    place = PlaceIn(lon=114.02, lat=22.54, address=more.pop("address", "北门3号"))
    command = ReportAlarm(source="call", type=type_, place=place, **more)
    id_ = (await here.report(here.somebody("call_taker"), command)).incident_id
    await all_due(keeper_of(here))
    return id_


async def board(here: t.Town, id_: UUID) -> tuple[list[IncidentPlan], dict[str, Task]]:
    async with here.pool.acquire() as conn:
        _, plans, tasks = await store.of_incidents(conn, [id_])
    return plans, {task.step.key: task for task in tasks}


async def proven(here: t.Town) -> None:
    async with here.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def done(here: t.Town, who: Any, task: Task, **said: Any) -> Task:
    form = {field.key: "说了" for field in task.step.form}
    text = "已报" if task.step.kind == "report" else None
    command = tasking.Said(state="done", form=form, text=text, **said)
    return await here.do(who, lambda w: tasking.change(w, task.id, None, command))


async def test_what_matches_is_pushed_and_what_fits_no_more_is_withdrawn(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, SUICIDE)
    plans, tasks = await board(here, id_)
    assert [(one.code, one.state) for one in plans] == [("suicide_threat", "proposed")]
    assert tasks == {}
    boss = here.somebody("dispatcher")
    await here.do(boss, lambda w: describing.amend(w, id_, None, describing.Changes(type=PURSUIT)))
    plans, _ = await board(here, id_)
    assert [(one.code, one.state) for one in plans] == [
        ("suicide_threat", "withdrawn"),
        ("pursuit", "proposed"),
    ]
    await proven(here)


async def test_a_plan_may_look_at_the_address_and_the_hour(pool: Pool) -> None:
    here = await built(pool)
    plans, _ = await board(here, await opened(here, "200130", address="阳光小学东门"))
    assert [one.code for one in plans] == ["school_incident"]
    plans, _ = await board(here, await opened(here, "200130"))
    assert plans == []


async def test_an_automatic_plan_activates_itself_as_the_system(pool: Pool) -> None:
    here = await built(pool)
    plans, tasks = await board(here, await opened(here, ASSAULT))
    assert [(one.state, one.automatic, one.activated_by) for one in plans] == [
        ("active", True, "system:plans")
    ]
    assert tasks["backup"].state == "open"
    await proven(here)


async def test_what_is_keyed_in_later_pushes_nothing(pool: Pool) -> None:
    here = await built(pool)
    command = ReportAlarm(source="paper", type=ASSAULT, place=PlaceIn(lon=114.02, lat=22.54))
    made = await here.report(here.somebody("dispatcher"), command, back_entry=True)
    await all_due(keeper_of(here))
    assert await board(here, made.incident_id) == ([], {})


async def test_steps_go_to_their_tiers_one_after_the_other(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, HOSTAGE)
    boss = here.somebody("dispatcher", "leader")
    await here.do(boss, lambda w: planning.activate(w, id_, "hostage"))
    _, tasks = await board(here, id_)
    assert (tasks["command"].room_id, tasks["medical"].room_id, tasks["units"].room_id) == (
        t.CITY,
        DISTRICT,
        t.NORTH,
    )
    assert tasks["evacuate"].state == "pending"
    assert tasks["final_report"].state == "pending"
    for unit in (t.N1, t.N2, t.S1):
        await here.do(boss, lambda w, u=unit: ordering.order(w, id_, [ordering.Order(unit_id=u)]))  # type: ignore[misc]
    _, tasks = await board(here, id_)
    assert (tasks["units"].state, tasks["units"].by_itself) == ("done", True)
    assert tasks["evacuate"].state == "open"
    assert tasks["evacuate"].due_at is not None
    await proven(here)


async def test_a_task_is_seen_and_done_by_its_role_in_its_room_or_above(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, HOSTAGE)
    await here.do(here.somebody("leader"), lambda w: planning.activate(w, id_, "hostage"))
    _, tasks = await board(here, id_)
    with pytest.raises(NotFound):
        await done(here, here.somebody("leader", room=t.NORTH), tasks["command"])
    with pytest.raises(NotAllowed, match="leader"):
        await done(here, here.somebody("dispatcher"), tasks["command"])
    with pytest.raises(NotFound):
        await done(here, here.somebody("leader", room=t.SOUTH), tasks["units"])
    assert (await done(here, here.somebody("dispatcher", room=DISTRICT), tasks["units"])).state == "done"
    with pytest.raises(NotNow, match="comes after"):
        await done(here, here.somebody("leader"), tasks["progress_report"])
    await proven(here)


async def test_a_form_is_answered_and_a_reason_is_given_and_both_lie_sealed(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, PURSUIT)
    boss = here.somebody("dispatcher", "leader", "call_taker")
    await here.do(boss, lambda w: planning.activate(w, id_, "pursuit"))
    _, tasks = await board(here, id_)
    bare = tasking.Said(state="done")
    with pytest.raises(Invalid, match="车牌"):
        await here.do(boss, lambda w: tasking.change(w, tasks["describe"].id, None, bare))
    await done(here, boss, tasks["describe"])
    skip = tasking.Said(state="not_applicable")
    with pytest.raises(Invalid, match="reason"):
        await here.do(boss, lambda w: tasking.change(w, tasks["neighbours"].id, None, skip))
    told = await here.do(
        boss, lambda w: tasking.change(w, tasks["neighbours"].id, None, skip), reason="车辆未出辖区"
    )
    assert (told.state, told.cause, told.narrative_id is not None) == ("not_applicable", "said", True)
    again = await here.do(boss, lambda w: tasking.change(w, told.id, None, tasking.Said(state="open")))
    assert (again.state, again.reopened, again.narrative_id) == ("open", 1, None)
    async with here.pool.acquire() as conn:
        assert await conn.fetchval(SEALED, "%说了%") == 0
        assert await conn.fetchval(SEALED, "%车辆未出辖区%") == 0
    await proven(here)


async def test_a_signed_progress_report_is_due_again_until_the_incident_is_handled(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, HOSTAGE)
    boss = here.somebody("dispatcher", "leader")
    await here.do(boss, lambda w: planning.activate(w, id_, "hostage"))
    _, tasks = await board(here, id_)
    unsigned = tasking.Said(state="done")
    with pytest.raises(Invalid, match="text"):
        await here.do(boss, lambda w: tasking.change(w, tasks["first_report"].id, None, unsigned))
    await done(here, boss, tasks["first_report"])
    _, tasks = await board(here, id_)
    await done(here, boss, tasks["progress_report"])
    async with pool.acquire() as conn:
        _, _, every = await store.of_incidents(conn, [id_])
    again = [one for one in every if one.step.stage == "progress"]
    assert sorted(one.state for one in again) == ["done", "open"]
    await here.do(boss, lambda w: closing.handle(w, id_, "handled"))
    async with pool.acquire() as conn:
        _, _, every = await store.of_incidents(conn, [id_])
    assert {one.step.stage: one.state for one in every if one.step.stage == "final"} == {"final": "open"}
    assert [one.cause for one in every if one.step.stage == "progress" and one.state != "done"] == [
        "superseded"
    ]
    await proven(here)


async def test_nothing_closes_with_a_task_left_but_by_a_leader_with_the_reason(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, PURSUIT)
    dispatcher, leader = here.somebody("dispatcher"), here.somebody("leader")
    await here.do(leader, lambda w: planning.activate(w, id_, "pursuit"))
    await here.do(dispatcher, lambda w: closing.handle(w, id_, "handled"))
    await here.do(dispatcher, lambda w: closing.review(w, id_, accept=True))
    with pytest.raises(StillOpen, match="Draw a cordon"):
        await here.do(dispatcher, lambda w: closing.close(w, id_))
    with pytest.raises(NotAllowed):
        await here.do(dispatcher, lambda w: closing.close(w, id_, despite_open=True), reason="误报")
    with pytest.raises(Invalid, match="reason"):
        await here.do(leader, lambda w: closing.close(w, id_, despite_open=True))
    closed = await here.do(
        leader, lambda w: closing.close(w, id_, despite_open=True), reason="车主已自行投案"
    )
    assert closed.state is S.CLOSED
    plans, tasks = await board(here, id_)
    assert [one.state for one in plans] == ["ended"]
    assert {one.state for one in tasks.values()} == {"not_applicable"}
    await proven(here)


async def test_an_incident_that_is_void_leaves_nothing_standing(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, ASSAULT)
    leader = here.somebody("leader")
    await here.do(leader, lambda w: closing.end(w, id_, "void"), reason="演示误报")
    plans, tasks = await board(here, id_)
    assert [one.state for one in plans] == ["ended"]
    assert {(one.state, one.cause) for one in tasks.values()} == {("not_applicable", "incident_ended")}
    async with pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE noun IN ('task', 'plan')") == 0
    await here.do(leader, lambda w: closing.reopen(w, id_, "received"), reason="核实属实")
    plans, _ = await board(here, id_)
    assert [one.state for one in plans] == ["ended", "active"]
    await proven(here)


async def test_tasks_follow_their_incident_to_another_room_and_into_another(pool: Pool) -> None:
    here = await built(pool)
    one, other = await opened(here, ASSAULT), await opened(here, SUICIDE)
    boss = here.somebody("dispatcher", "leader")
    await here.do(boss, lambda w: giving_duty.hand_over(w, other, t.SOUTH))
    await here.do(boss, lambda w: joining.merge(w, one, other))
    _, tasks = await board(here, one)
    assert {task.room_id for task in tasks.values() if task.step.tier == "station"} == {t.SOUTH}
    await done(here, here.somebody("dispatcher", room=t.SOUTH), tasks["contact"])
    await here.do(boss, lambda w: joining.unmerge(w, one))
    _, tasks = await board(here, one)
    assert {task.room_id for task in tasks.values() if task.step.tier == "station" and task.stands} == {
        t.NORTH
    }
    await proven(here)


async def test_a_plan_that_is_ended_takes_its_tasks_with_it(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, ASSAULT)
    leader = here.somebody("leader")
    plans, _ = await board(here, id_)
    with pytest.raises(Invalid, match="reason"):
        await here.do(leader, lambda w: planning.end(w, id_, plans[0].id))
    await here.do(leader, lambda w: planning.end(w, id_, plans[0].id), reason="民警无恙")
    plans, tasks = await board(here, id_)
    assert [one.state for one in plans] == ["ended"]
    assert {one.cause for one in tasks.values()} == {"plan_ended"}
    amend = describing.Changes(priority=2)
    await here.do(leader, lambda w: describing.amend(w, id_, None, amend))
    plans, _ = await board(here, id_)
    assert [one.state for one in plans] == ["ended"]  # not pushed again in this round
    await proven(here)


async def test_a_plan_that_was_refused_is_not_pushed_again(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, SUICIDE)
    boss = here.somebody("dispatcher")
    plans, _ = await board(here, id_)
    await here.do(boss, lambda w: planning.dismiss(w, id_, plans[0].id))
    await here.do(boss, lambda w: describing.amend(w, id_, None, describing.Changes(labels=("injured",))))
    plans, _ = await board(here, id_)
    assert [one.state for one in plans] == ["dismissed"]
    made = await here.do(boss, lambda w: planning.activate(w, id_, "suicide_threat"))
    assert made.state == "active"  # by hand it may be chosen all the same


async def test_an_active_plan_keeps_its_own_words_when_others_are_put_in(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, SUICIDE)
    boss, admin = here.somebody("dispatcher"), here.somebody("admin")
    await here.do(boss, lambda w: planning.activate(w, id_, "suicide_threat"))
    short = Plan(
        code="suicide_threat", name=Phrase("新", "new"), match=(Match(types=("500800",)),),
        steps=(Step(key="only", title=Phrase("只此一步", "only this")),),
    )  # fmt: skip
    await here.do(admin, lambda w: planning.put_plans(w, PlanFile((short,)), "0"))
    with pytest.raises(Behind):
        await here.do(admin, lambda w: planning.put_plans(w, PlanFile((short,)), "0"))
    plans, tasks = await board(here, id_)
    assert (plans[0].set_version, plans[0].name.zh) == (0, "轻生警情处置")
    assert "talk" in tasks
    other = await opened(here, SUICIDE)
    with pytest.raises(Behind):
        await here.do(boss, lambda w: planning.activate(w, other, "suicide_threat", 0))
    await here.do(boss, lambda w: planning.activate(w, other, "suicide_threat", 1))
    plans, tasks = await board(here, other)
    assert (plans[0].set_version, list(tasks)) == (1, ["only"])
    await proven(here)


async def test_a_task_that_is_due_is_said_and_one_that_is_late_is_said_above(
    pool: Pool, clock: Clock
) -> None:
    here = await built(pool)
    keeper = keeper_of(here)
    id_ = await opened(here, ASSAULT)
    leader = here.somebody("leader")
    _, tasks = await board(here, id_)
    await clock.forward(timedelta(seconds=70))
    await all_due(keeper)
    told = await firings(here)
    assert told.count("task_due") == 2  # backup and contact
    assert "task_overdue" not in told
    await done(here, leader, tasks["contact"])
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper)
    async with pool.acquire() as conn:
        [shown] = await views.incidents(conn, here.centre, [id_])
    said = {alert.rule: alert.said for alert in shown.alerts if alert.id == tasks["backup"].id}
    assert said["task_overdue"]["zh"].what == "北所逾期未完成「就近增援」"
    assert said["task_overdue"]["en"].what == "North is late with “Send the nearest as reinforcement”"
    late = [row for row in await overdue(here) if row == tasks["backup"].id]
    assert late == [tasks["backup"].id]
    assert tasks["contact"].id not in await overdue(here)
    later = tasking.Said(due_at=await now(here) + timedelta(hours=1))
    await here.do(leader, lambda w: tasking.change(w, tasks["backup"].id, None, later))
    assert tasks["backup"].id not in await overdue(here)
    await proven(here)


async def test_the_database_refuses_to_close_what_has_tasks_left(pool: Pool) -> None:
    """A program that knows of no tasks, such as the one before this, is held back by the schema."""
    here = await built(pool)
    id_ = await opened(here, ASSAULT)
    async with pool.acquire() as conn:
        for state in ("closed", "void", "advised", "transferred"):
            with pytest.raises(asyncpg.CheckViolationError, match="still to be done"):
                await conn.execute("UPDATE incident SET state = $2 WHERE id = $1", id_, state)
        await conn.execute("UPDATE incident SET state = 'on_scene' WHERE id = $1", id_)


async def overdue(here: t.Town) -> set[UUID]:
    async with here.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT entity_id FROM timer WHERE rule = 'task_overdue' AND fired_at IS NOT NULL"
        )
    return {row[0] for row in rows}


async def now(here: t.Town) -> Any:
    async with here.pool.acquire() as conn:
        return await conn.fetchval("SELECT cad_now()")


async def test_a_plan_nobody_takes_up_is_said(pool: Pool, clock: Clock) -> None:
    here = await built(pool)
    id_ = await opened(here, SUICIDE)
    await clock.forward(timedelta(minutes=1))
    await all_due(keeper_of(here))
    assert "plan_proposed" in await firings(here)
    await here.do(here.somebody("dispatcher"), lambda w: planning.activate(w, id_, "suicide_threat"))
    async with pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE rule = 'plan_proposed'") == 0


async def test_two_who_activate_at_once_make_one_plan(pool: Pool) -> None:
    import asyncio

    here = await built(pool)
    id_ = await opened(here, PURSUIT)
    seats = [here.somebody("dispatcher", name=f"d{n}") for n in range(4)]
    made = await asyncio.gather(
        *(here.do(seat, lambda w: planning.activate(w, id_, "pursuit")) for seat in seats)
    )
    assert len({one.id for one in made}) == 1
    async with pool.acquire() as conn:
        _, plans, tasks = await store.of_incidents(conn, [id_])
    assert len(plans) == 1
    assert len(tasks) == len(shipped().by_code["pursuit"].steps)


async def test_settling_again_finds_nothing_to_do(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, ASSAULT)
    leader = here.somebody("leader")

    async def again(w: Work) -> int:
        from dispatch.desk.case import open_case

        case = await open_case(w, id_)
        one = await boards.open_board(w, case)
        await one.settle()
        plans, tasks = one.changed()
        return len(plans) + len(tasks)

    assert await here.do(leader, again) == 0


async def test_units_that_leave_do_not_undo_what_was_done(pool: Pool) -> None:
    here = await built(pool)
    id_ = await opened(here, ASSAULT)
    boss = here.somebody("dispatcher", "leader")
    placed = await here.do(
        boss, lambda w: ordering.order(w, id_, [ordering.Order(unit_id=t.N1), ordering.Order(unit_id=t.N2)])
    )
    _, tasks = await board(here, id_)
    assert tasks["backup"].state == "done"
    await here.do(boss, lambda w: going.recall(w, placed[0].id), reason="改派")
    _, tasks = await board(here, id_)
    assert tasks["backup"].state == "done"
