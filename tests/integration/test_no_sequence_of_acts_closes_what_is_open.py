"""Guard promise, by Hypothesis: no order of acts ends an incident with something open, unless a leader says so by name."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.desk import closing, disputing, joining, pursuing, requesting, supervising
from dispatch.desk.pursuing import SeenIn
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.desk.supervising import Demand
from dispatch.folds import FOLDS
from dispatch.verify import verify
from dispatch.work import Work
from incidents.model import ENDED, ExternalRef
from tests.harness import town as t
from tests.harness.databases import Databases
from tests.harness.invariants import check_ends
from tests.harness.timekeeping import check_timers
from tests.harness.wandering import REFUSALS, World, see

type Do = Callable[[Work], Awaitable[object]]

ACTS = (
    "demand", "answer", "sign_off", "return", "withdraw", "ask", "taken", "result", "decline", "chase", "take_back",
    "dispute", "rule_north", "rule_south", "concede", "give_up", "seen_here", "seen_there", "chase_ends",
    "handle", "accept", "send_back", "close", "void", "transfer", "reopen", "complain", "merge", "unmerge", "except",
)  # fmt: skip


@pytest.fixture(scope="module")
async def town(databases: Databases) -> AsyncIterator[t.Town]:
    """One town for all examples; each has two incidents of its own."""
    async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        yield await t.build(pool)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), min_size=5, max_size=25))
async def test_whatever_is_done_in_whatever_order(town: t.Town, acts: list[tuple[str, bool]]) -> None:
    ids = [await reported(town) for _ in range(2)]
    boss = town.somebody("dispatcher", "leader", "reviewer", "call_taker", name="boss")
    other = town.somebody("leader", "reviewer", name="other")
    world = await look(town)
    for name, first in acts:
        before, id_ = world, ids[0 if first else 1]
        do = made(name, world, id_, ids)
        if do is None:
            continue
        try:
            await town.do(other if name == "sign_off" else boss, do, reason="按规定")
        except REFUSALS:
            assert name != "except" or world.incidents[id_].state in ENDED | {"merged"}, (
                "the leader is refused"
            )
        world = await look(town)
        check_ends(world, before, excepted=name == "except")
        for incident in world.incidents.values():
            standing = [d for d in world.disputes.values() if d.incident_id == incident.id and d.is_open]
            assert len(standing) <= 1, f"the duty of {incident.number} is disputed twice"
    async with town.pool.acquire() as conn:
        await check_timers(conn)


async def test_the_facts_of_all_that_fold_to_the_tables(town: t.Town) -> None:
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def reported(town: t.Town) -> UUID:
    command = ReportAlarm(
        source="call",
        type="500600",
        place=PlaceIn(lon=114.02, lat=22.54),
        caller=CallerIn(number="13800001234"),
    )
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def look(town: t.Town) -> World:
    async with town.pool.acquire() as conn:
        return await see(conn)


def made(name: str, world: World, id_: UUID, ids: list[UUID]) -> Do | None:
    """The act on this incident, or on what stands of it."""
    return about(name, world, id_) or on_incident(name, world, id_, ids)


def about(name: str, world: World, id_: UUID) -> Do | None:
    order = next((d for d in world.demands.values() if d.incident_id == id_ and d.is_open), None)
    request = next((r for r in world.requests.values() if r.incident_id == id_ and r.is_open), None)
    dispute = next((d for d in world.disputes.values() if d.incident_id == id_ and d.is_open), None)
    acts: dict[str, Do] = {}
    if dispute is not None:
        acts |= {
            "rule_north": lambda w: disputing.decide(w, dispute.id, t.NORTH, "在北"),
            "rule_south": lambda w: disputing.decide(w, dispute.id, t.SOUTH, "在南"),
            "concede": lambda w: disputing.concede(w, dispute.id),
            "give_up": lambda w: disputing.withdraw(w, dispute.id),
        }
    if order is not None:
        acts |= {
            "answer": lambda w: supervising.answer(w, order.id, "答复"),
            "sign_off": lambda w: supervising.sign_off(w, order.id),
            "return": lambda w: supervising.return_(w, order.id, "再答"),
            "withdraw": lambda w: supervising.withdraw(w, order.id),
        }
    if request is not None:
        acts |= {
            "taken": lambda w: requesting.step(w, request.id, "taken"),
            "result": lambda w: requesting.step(w, request.id, "result"),
            "decline": lambda w: requesting.step(w, request.id, "decline"),
            "chase": lambda w: requesting.chase(w, request.id),
            "take_back": lambda w: requesting.withdraw(w, request.id),
        }
    return acts.get(name)


def on_incident(name: str, world: World, id_: UUID, ids: list[UUID]) -> Do | None:
    alarm = next(a.id for a in world.alarms.values() if a.incident_id == id_)
    other = ids[0] if id_ == ids[1] else ids[1]

    async def demand(w: Work) -> Any:
        due_at = w.now + timedelta(hours=1)
        return await supervising.give(
            w, Demand(to_room_id=t.NORTH, text="说明", due_at=due_at, incident_id=id_)
        )

    room = t.SOUTH if world.incidents[id_].room_id == t.NORTH else t.NORTH
    acts: dict[str, Do] = {
        "demand": demand,
        "dispute": lambda w: disputing.dispute(w, id_, "不归我管", room),
        "seen_here": lambda w: pursuing.see(w, id_, SeenIn(lon=114.02, lat=22.54, heading=90.0)),
        "seen_there": lambda w: pursuing.see(w, id_, SeenIn(lon=114.08, lat=22.54)),
        "chase_ends": lambda w: pursuing.end(w, id_, "lost"),
        "ask": lambda w: requesting.request(w, id_, "119"),
        "handle": lambda w: closing.handle(w, id_, "handled"),
        "accept": lambda w: closing.review(w, id_, accept=True),
        "send_back": lambda w: closing.review(w, id_, accept=False),
        "close": lambda w: closing.close(w, id_),
        "void": lambda w: closing.end(w, id_, "void"),
        "transfer": lambda w: closing.end(w, id_, "transferred", ExternalRef("120")),
        "reopen": lambda w: closing.reopen(w, id_, "received"),
        "complain": lambda w: closing.call_back(w, alarm, "dissatisfied"),
        "merge": lambda w: joining.merge(w, id_, other),
        "unmerge": lambda w: joining.unmerge(w, id_),
        "except": lambda w: closing.end(w, id_, "advised", despite_open=True),
    }
    return acts.get(name)
