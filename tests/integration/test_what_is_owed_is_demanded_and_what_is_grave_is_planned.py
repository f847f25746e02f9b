"""Rules that give work: a room that accepts nothing must answer for it, a plan nobody takes up is taken up, each exactly once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import places, standings
from dispatch.desk import closing, endangered, escalating, giving_duty, going, ordering, planning, supervising
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed
from dispatch.plans import store as plan_store
from dispatch.plans.file import PlanFile, shipped
from dispatch.plans.model import IncidentPlan, P
from dispatch.rooms import Room
from dispatch.rules import Rule
from dispatch.runtime.postgres import Pool
from dispatch.supervision import store as supervision_store
from dispatch.supervision.model import S, SupervisionOrder
from incidents import store as incident_store
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, firings, keeper_of
from tests.harness.town import CITY, N1, N2, NORTH, ROOMS, Town, build

HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")
DISTRICT = UUID(int=9)
THEFT, BOMB, MISSING = "100300", "100800", "500110"


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with a district between the city and its northern station."""
    town = await build(pool)
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=CITY
    )
    under = [msgspec.structs.replace(r, parent_id=DISTRICT) if r.id == NORTH else r for r in ROOMS]
    await town.do(town.somebody("admin"), lambda w: places.put_rooms(w, (*under, district)))
    await town.followers.load()
    return town


async def reported(town: Town, type_: str = THEFT) -> UUID:
    command = ReportAlarm(source="sms", place=HERE, text="help", type=type_)
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def later(town: Town, clock: Clock, **span: float) -> None:
    """Time goes by, and two engines do what is due."""
    await clock.forward(timedelta(**span))
    await asyncio.gather(all_due(keeper_of(town)), all_due(keeper_of(town)))
    await all_due(keeper_of(town))


async def demands(town: Town, incident_id: UUID) -> list[SupervisionOrder]:
    async with town.pool.acquire() as conn:
        return await supervision_store.open_of(conn, [incident_id])


async def plans(town: Town, incident_id: UUID) -> dict[str, IncidentPlan]:
    async with town.pool.acquire() as conn:
        _, rows, _ = await plan_store.of_incidents(conn, [incident_id])
    return {row.code: row for row in rows}


async def tasks_due(town: Town, incident_id: UUID, key: str) -> list[Any]:
    async with town.pool.acquire() as conn:
        _, _, tasks = await plan_store.of_incidents(conn, [incident_id])
    return [task.due_at for task in tasks if task.step.key == key]


def rule(**changes: Any) -> Rule:
    sound: dict[str, Any] = {
        "id": "ours", "noun": "incident", "states": ["received", "dispatched"], "since": "opened", "after_s": 60,
        "when": [{"types": [THEFT]}], "what": {"zh": "{to}问{number}", "en": "{to} asks about {number}"},
        "then": {"zh": "{after}", "en": "{after}"},
    }  # fmt: skip
    return msgspec.convert(sound | changes, Rule)


async def put(town: Town, *rules: Rule) -> None:
    file = standings.shipped_rules().file
    file = msgspec.structs.replace(file, rules=(*file.rules, *rules))

    async def do(w: Any) -> None:
        await escalating.put_rules(w, file)

    await town.do(town.somebody("admin"), do)
    await all_due(keeper_of(town))


# A demand


async def test_a_room_that_accepts_nothing_must_answer_to_who_ordered_it(town: Town, clock: Clock) -> None:
    incident_id = await reported(town, "100200")
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(room_id=NORTH)]))
    await later(town, clock, minutes=20)
    await later(town, clock, minutes=20)
    [one] = await demands(town, incident_id)
    assert (one.state, one.cause, one.given_by) == (S.GIVEN, "rule", "rule:room_must_answer")
    assert (one.from_room_id, one.to_room_id) == (DISTRICT, NORTH)
    async with town.pool.acquire() as conn:
        sealed = (await incident_store.read_sealed(conn, narratives=[one.narrative_id]))[one.narrative_id]
    said = (town.centre.seal.open_or_none(*sealed) or b"").decode()
    assert "内未签收，请说明原因和补救措施。" in said
    assert "was not accepted within" in said
    assert (await firings(town, upward=True)).count("room_must_answer") == 1


async def test_it_is_due_by_the_time_the_rule_says_and_nothing_closes_meanwhile(
    town: Town, clock: Clock
) -> None:
    await put(town, rule(effect="demand", args={"due_s": "600"}, to={"above": 1}))
    incident_id = await reported(town)
    await later(town, clock, seconds=61)
    [one] = await demands(town, incident_id)
    assert (one.from_room_id, one.to_room_id) == (DISTRICT, NORTH)
    assert one.due_at - timedelta(milliseconds=one.times["given"]) < one.due_at
    async with town.pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now()")
    assert timedelta(seconds=590) < one.due_at - now <= timedelta(seconds=600)
    leader = town.somebody("leader")
    await town.do(leader, lambda w: closing.handle(w, incident_id, "handled"))
    assert [one.id for one in await demands(town, incident_id)] == [one.id]
    north = town.somebody("leader", room=NORTH)
    await town.do(north, lambda w: supervising.answer(w, one.id, "两组均在他处"))
    with pytest.raises(NotAllowed):
        await town.do(north, lambda w: supervising.sign_off(w, one.id))
    await town.do(leader, lambda w: supervising.sign_off(w, one.id))
    assert await demands(town, incident_id) == []


async def test_two_orders_nobody_accepts_are_one_question(town: Town, clock: Clock) -> None:
    await put(
        town,
        rule(noun="assignment", states=["ordered", "delivered"], since="ordered", effect="demand", args={"due_s": "600"}),
    )  # fmt: skip
    incident_id = await reported(town)
    boss = town.somebody("dispatcher")
    for _ in range(2):
        await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(room_id=NORTH)]))
    await later(town, clock, seconds=61)
    assert len([one for one in await demands(town, incident_id) if one.given_by == "rule:ours"]) == 1


async def test_the_top_owes_nobody_an_answer(town: Town, clock: Clock) -> None:
    await put(town, rule(effect="demand", args={"due_s": "600"}))
    command = ReportAlarm(source="sms", text="help", type=THEFT)
    incident_id = (await town.report(town.somebody("call_taker"), command)).incident_id
    await later(town, clock, seconds=61)
    assert await demands(town, incident_id) == []
    assert "ours" in await firings(town)


async def refused(town: Town, incident_id: UUID, unit_id: UUID) -> UUID:
    """A unit is ordered and cannot go; the order."""
    orders = [Order(unit_id=unit_id)]
    [job] = await town.do(town.somebody("dispatcher"), lambda w: ordering.order(w, incident_id, orders))
    await town.do(town.unit(unit_id), lambda w: going.unable(w, job.id), reason="车坏了")
    return job.id


async def test_an_order_that_stays_unable_is_told_above_until_it_is_released(
    town: Town, clock: Clock
) -> None:
    kept, let_go = await reported(town), await reported(town)
    jobs = [await refused(town, incident_id, unit_id) for incident_id, unit_id in ((kept, N1), (let_go, N2))]
    await town.do(town.somebody("dispatcher"), lambda w: going.release(w, jobs[1]))
    await later(town, clock, minutes=30)
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT incident_id FROM journal WHERE body->>'rule' = 'not_replaced_above'")
    assert [row[0] for row in rows] == [kept]


# A plan


async def test_a_grave_plan_nobody_takes_up_is_taken_up_once_as_the_system(town: Town, clock: Clock) -> None:
    incident_id = await reported(town, BOMB)
    await later(town, clock, seconds=1)
    assert (await plans(town, incident_id))["suspected_explosive"].state is P.PROPOSED
    await later(town, clock, seconds=120)
    await later(town, clock, hours=1)
    one = (await plans(town, incident_id))["suspected_explosive"]
    assert (one.state, one.automatic, one.activated_by) == (P.ACTIVE, True, "system:rules")
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT why FROM journal WHERE noun = 'plan' AND fact = 'activated' AND id = $1", one.id
        )
    assert [row[0] for row in rows] == ["规则 plan_explosive 启用预案 taken up by rule plan_explosive"]


async def test_what_people_have_decided_about_a_plan_stays(town: Town, clock: Clock) -> None:
    refused, taken = await reported(town, BOMB), await reported(town, BOMB)
    await later(town, clock, seconds=1)
    boss = town.somebody("dispatcher", "leader")
    for_refused = (await plans(town, refused))["suspected_explosive"].id
    await town.do(boss, lambda w: planning.dismiss(w, refused, for_refused))
    mine = await town.do(boss, lambda w: planning.activate(w, taken, "suspected_explosive"))
    await later(town, clock, hours=1)
    assert (await plans(town, refused))["suspected_explosive"].state is P.DISMISSED
    active = (await plans(town, taken))["suspected_explosive"]
    assert (active.id, active.automatic, active.version) == (mine.id, False, mine.version)


async def test_an_officer_in_danger_has_a_plan_unless_it_was_nothing(town: Town, clock: Clock) -> None:
    in_danger, by_mistake = await reported(town), await reported(town)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: ordering.order(w, in_danger, [Order(unit_id=N1)]))
    await town.do(town.unit(N1), lambda w: endangered.press(w, N1))
    await later(town, clock, seconds=61)
    assert (await plans(town, in_danger))["assault_on_officer"].state is P.ACTIVE
    assert await plans(town, by_mistake) == {}


async def test_a_rule_names_only_plans_there_are_and_those_stay(town: Town) -> None:
    with pytest.raises(Invalid, match="activates the plan 'nope', which this city has not"):
        await put(town, rule(effect="activate_plan", args={"plan": "nope"}))
    await put(town, rule(effect="activate_plan", args={"plan": "flood"}))
    fewer = PlanFile(tuple(plan for plan in shipped().plans if plan.code != "hostage"))
    with pytest.raises(
        Invalid, match="The rule plan_hostage activates the plan 'hostage', which this file lacks"
    ):
        await town.do(town.somebody("admin"), lambda w: planning.put_plans(w, fewer, "*"))


# The golden 24 hours


async def test_the_clock_of_a_missing_person_runs_from_the_first_report_whatever_becomes_of_it(
    town: Town, clock: Clock
) -> None:
    incident_id = await reported(town, MISSING)
    await later(town, clock, seconds=1)
    [until] = await tasks_due(town, incident_id, "review")
    await clock.forward(timedelta(hours=3))
    leader = town.somebody("leader", "dispatcher")
    south = next(room.id for room in ROOMS if room.code == "south")
    await town.do(leader, lambda w: giving_duty.hand_over(w, incident_id, south))
    assert await tasks_due(town, incident_id, "review") == [until]
    await town.do(
        leader, lambda w: closing.end(w, incident_id, "advised", despite_open=True), reason="家属称已找到"
    )
    await clock.forward(timedelta(hours=2))
    await town.do(leader, lambda w: closing.reopen(w, incident_id, "received"), reason="又走失")
    await later(town, clock, seconds=1)
    assert await tasks_due(town, incident_id, "review") == [until, until]
