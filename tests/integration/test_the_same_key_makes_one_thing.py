"""Sent again is not done again: one key, one entity, however many times and through however many replicas it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from dispatch.acts import Principal
from dispatch.desk import ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, prepare
from dispatch.errors import KeyReused, NotFound, UnitUnavailable
from dispatch.runtime.acting import Acting
from dispatch.runtime.intake import Accepted, Intake
from dispatch.runtime.postgres import Pool
from dispatch.work import Actor, Work, body_hash
from incidents.errors import IncidentError
from tests.harness import town as t
from tests.harness.replica import running
from tests.harness.town import N1, POINT_N, Town
from tests.harness.wandering import see

TIMES = 20


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@asynccontextmanager
async def funnels(town: Town, count: int) -> AsyncIterator[list[Intake]]:
    """The intake of several replicas on one database."""
    made = [Intake(town.pool, town.centre, lambda: None) for _ in range(count)]
    async with running(*(one.run() for one in made)):
        yield made


def keyed(who: Principal, key: str, body: bytes = b"{}", route: str = "POST /alarms") -> Actor:
    return Actor(principal=who, route=route, key=key, body_hash=body_hash(body))


def call(**more: Any) -> ReportAlarm:
    """A brawl in the north, reported by telephone."""
    return ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54), **more)


async def submitted(intake: Intake, town: Town, actor: Actor, command: ReportAlarm) -> Accepted | Exception:
    try:
        return await intake.submit(prepare(town.centre, command, actor))
    except (IncidentError, NotFound, KeyReused) as refusal:
        return refusal


async def test_an_alarm_sent_twenty_times_at_once_is_one_alarm(town: Town) -> None:
    taker = town.somebody("call_taker")
    async with funnels(town, 2) as intakes:
        answers = await asyncio.gather(
            *(submitted(intakes[n % 2], town, keyed(taker, "a"), call()) for n in range(TIMES))
        )
    made = {a.reported.alarm.id for a in answers if isinstance(a, Accepted)}
    assert len(answers) == TIMES
    assert len(made) == 1
    async with town.pool.acquire() as conn:
        world = await see(conn)
    assert set(world.alarms) == made
    assert len(world.incidents) == 1


async def test_another_body_under_the_same_key_is_refused(town: Town) -> None:
    taker = town.somebody("call_taker")
    async with funnels(town, 1) as [intake]:
        bodies = [b"one", b"two"] * 5
        answers = await asyncio.gather(
            *(submitted(intake, town, keyed(taker, "a", body), call()) for body in bodies)
        )
        again = await submitted(intake, town, keyed(taker, "a", b"three"), call())
    assert {type(a) for a in answers} == {Accepted, KeyReused}
    assert isinstance(again, KeyReused)
    async with town.pool.acquire() as conn:
        assert len((await see(conn)).alarms) == 1


async def test_a_refused_report_leaves_its_key_free(town: Town) -> None:
    taker = town.somebody("call_taker")
    async with funnels(town, 1) as [intake]:
        nowhere = call(attach_to=UUID(int=404))
        refused = await submitted(intake, town, keyed(taker, "a", b"bad"), nowhere)
        made = await submitted(intake, town, keyed(taker, "a", b"good"), call())
    assert isinstance(refused, NotFound)
    assert isinstance(made, Accepted)


async def test_an_order_sent_twenty_times_at_once_is_one_order(town: Town) -> None:
    boss = town.somebody("dispatcher")
    id_ = (await town.report(boss, call())).incident_id

    async def do(w: Work) -> dict[str, Any]:
        return {"items": [a.id for a in await ordering.order(w, id_, [Order(unit_id=N1)])]}

    replicas = [Acting(town.pool, town.centre, lambda: None) for _ in range(2)]
    actor = keyed(boss, "o", route="POST /assignments")
    answers = await asyncio.gather(*(replicas[n % 2].act(actor, do) for n in range(TIMES)))
    assert len({str(answer["items"]) for answer in map(str_ids, answers)}) == 1
    async with town.pool.acquire() as conn:
        assert len((await see(conn)).assignments) == 1
    with pytest.raises(KeyReused):
        await replicas[0].act(keyed(boss, "o", b"other", "POST /assignments"), do)


def str_ids(answer: dict[str, Any]) -> dict[str, Any]:
    """Ids as they come again out of the database."""
    return {name: [str(id_) for id_ in ids] for name, ids in answer.items()}


async def test_a_refused_act_leaves_no_trace_and_its_key_free(town: Town) -> None:
    boss = town.somebody("dispatcher")
    id_ = (await town.report(boss, call())).incident_id
    async with town.pool.acquire() as conn:
        facts = await conn.fetchval("SELECT count(*) FROM journal")

    def ordering_units(*units: UUID) -> Any:
        async def do(w: Work) -> dict[str, Any]:
            return {"items": [a.id for a in await ordering.order(w, id_, [Order(unit_id=u) for u in units])]}

        return do

    actor = keyed(boss, "o")
    with pytest.raises(NotFound):
        await town.acting.act(actor, ordering_units(N1, UUID(int=404)))
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM journal") == facts
        assert await conn.fetchval("SELECT count(*) FROM idempotency") == 0
    made = await town.acting.act(actor, ordering_units(N1))
    assert len(made["items"]) == 1


async def test_presses_through_two_replicas_at_once_are_one_incident(town: Town) -> None:
    gate = town.somebody("gateway")
    press = ReportAlarm(source="call_point", call_point_id="CP-N")
    async with funnels(town, 2) as intakes:
        answers = await asyncio.gather(
            *(submitted(intakes[n % 2], town, keyed(gate, f"press {n}"), press) for n in range(60))
        )
    assert all(isinstance(a, Accepted) for a in answers)
    async with town.pool.acquire() as conn:
        world = await see(conn)
        [pressed] = await conn.fetch("SELECT incident_id FROM call_point WHERE id = $1", POINT_N)
    [incident] = world.incidents.values()
    assert len(world.alarms) == 60
    assert {a.incident_id for a in world.alarms.values()} == {incident.id} == {pressed[0]}
    assert "repeated" in incident.labels


async def test_a_bad_report_never_spoils_its_batch(town: Town) -> None:
    """Good reports among unknown targets, reports from the future, foreign seats and used keys."""
    taker, stranger = town.somebody("call_taker"), town.somebody("auditor")
    open_ = (await town.report(taker, call())).incident_id
    used = keyed(taker, "used")
    ahead = Actor(principal=taker, claimed_at=await far_ahead(town))
    asked: list[tuple[Actor, ReportAlarm, bool]] = []
    for n in range(12):
        asked += [
            (keyed(taker, f"good {n}"), call(text=f"第{n}个", caller=CallerIn(number="13900000000")), True),
            (keyed(taker, f"nowhere {n}"), call(attach_to=UUID(int=404)), False),
            (keyed(taker, f"joins {n}"), call(attach_to=open_), True),
            (Actor(principal=stranger), call(), False),
            (ahead, call(), False),
            (used, call(), True),
        ]
    async with funnels(town, 1) as [intake]:
        answers = await asyncio.gather(
            *(outcome(intake, town, actor, command) for actor, command, _ in asked)
        )
    assert [isinstance(a, Accepted) for a in answers] == [good for _, _, good in asked]
    async with town.pool.acquire() as conn:
        world = await see(conn)
        rows = await conn.fetchval("SELECT count(*) FROM narrative")
    assert len(world.alarms) == 1 + 12 + 12 + 1
    assert rows == 12


async def far_ahead(town: Town) -> Any:
    async with town.pool.acquire() as conn:
        return await conn.fetchval("SELECT cad_now() + interval '1 hour'")


async def outcome(intake: Intake, town: Town, actor: Actor, command: ReportAlarm) -> object:
    """What a report became; refusals of every kind are outcomes too."""
    done = await asyncio.gather(intake.submit(prepare(town.centre, command, actor)), return_exceptions=True)
    assert not isinstance(done[0], UnitUnavailable)
    return done[0]
