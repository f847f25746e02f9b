"""Story, by Hypothesis: plans, tasks, commands, duty and time in any order. No task is lost, one room commands, nothing ends unfinished."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.acts import Principal
from dispatch.desk import (
    closing,
    commanding,
    disputing,
    endangered,
    giving_duty,
    going,
    joining,
    ordering,
    planning,
    pursuing,
    requesting,
    supervising,
    tasking,
)
from dispatch.desk.ordering import Order
from dispatch.desk.pursuing import SeenIn
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.desk.supervising import Demand
from dispatch.folds import FOLDS
from dispatch.verify import verify
from dispatch.work import Work
from incidents.model import ENDED
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.invariants import check_ends, check_world
from tests.harness.timekeeping import all_due, check_timers, keeper_of
from tests.harness.wandering import REFUSALS, World, see

pytestmark = pytest.mark.slow

type Do = Callable[[Work], Awaitable[object]]

ACTS = (
    "order", "accept", "clear", "recall", "press", "reset", "share", "take_by_rule", "take", "hand_back", "follow", "let_go", "to_north",
    "to_south", "plan", "dismiss", "end_plan", "do_task", "skip_task", "open_task", "handle", "feed_back", "review", "close", "void", "reopen",
    "merge", "unmerge", "dispute", "rule", "concede", "seen_north", "seen_south", "chase_ends", "join", "ask_119", "has_result", "demand",
    "answer", "time", "time",
)  # fmt: skip


class Story:
    """The town, its clock, and two incidents."""

    def __init__(self, town: t.Town, clock: Clock) -> None:
        self.town = town
        self.clock = clock
        self.ids: list[UUID] = []
        self.world = World({}, {}, {})

    async def begin(self) -> None:
        """A missing person, whose plan activates itself, and a noise."""
        for unit in (t.N1, t.S1):  # who is still on the last example's job is free again
            await self._quietly(self.boss(), partial(endangered.reset, unit_id=unit, voice_contact=True))
        for job in (await self.look()).assignments.values():
            if job.is_open:
                await self._quietly(self.boss(), partial(going.recall, assignment_id=job.id))
        self.ids = [await self._reported(code) for code in ("500110", "200420")]
        await all_due(keeper_of(self.town))
        self.world = await self.look()

    async def _reported(self, code: str) -> UUID:
        command = ReportAlarm(source="sms", type=code, place=PlaceIn(lon=114.02, lat=22.54))
        return (await self.town.report(self.town.somebody("call_taker"), command)).incident_id

    async def look(self) -> World:
        async with self.town.pool.acquire() as conn:
            return await see(conn)

    def boss(self, room: UUID = t.CITY) -> Principal:
        return self.town.somebody("dispatcher", "leader", "reviewer", room=room)

    async def act(self, name: str, first: bool, room: UUID) -> None:
        """One more act, done or refused, and whether the world is still whole."""
        before = self.world
        if name == "time":
            await self.clock.forward(timedelta(seconds=400))
            await all_due(keeper_of(self.town))
        else:
            do = self.made(name, self.ids[0 if first else 1])
            if do is not None:
                await self._quietly(self.boss(room), do)
        self.world = await self.look()
        check_world(self.world, before)
        check_ends(self.world, before, excepted=False)
        self.check_command()

    async def _quietly(self, who: Principal, do: Do) -> None:
        try:
            await self.town.do(who, do, reason="按规定")
        except REFUSALS:
            return

    def check_command(self) -> None:
        """One room commands: the one that has duty or one above it; whoever commands from above was drawn in, and once."""
        rooms = self.town.centre.reference.rooms.by_id
        for incident in self.world.incidents.values():
            assert incident.command_room_id in rooms[incident.room_id].lineage, (
                f"{incident.number} is commanded from beside"
            )
            drawn = [one.room_id for one in incident.raised]
            assert len(drawn) == len(set(drawn)), f"{incident.number} was raised twice to one room: {drawn}"
            taken = [one for one in incident.raised if one.mode == "take"]
            assert len(taken) <= 1, f"two rooms command {incident.number}: {taken}"

    def made(self, name: str, id_: UUID) -> Do | None:
        return (
            self._orders(name, id_) or self._tasks(name, id_) or self._borders(name, id_)
            or self._asked(name, id_) or self._incident(name, id_)
        )  # fmt: skip

    def _orders(self, name: str, id_: UUID) -> Do | None:
        unit = t.N1 if id_ == self.ids[0] else t.S1
        job = next((a for a in self.world.orders(id_) if a.is_open), None)
        acts: dict[str, Do] = {
            "order": lambda w: ordering.order(w, id_, [Order(unit_id=unit)]),
            "press": lambda w: endangered.press(w, unit),
            "reset": lambda w: endangered.reset(w, unit, True),
        }
        if job is not None:
            acts |= {
                "accept": lambda w: going.step(w, job.id, "accept"),
                "clear": lambda w: going.step(w, job.id, "clear", "handled"),
                "recall": lambda w: going.recall(w, job.id),
            }
        return acts.get(name)

    def _tasks(self, name: str, id_: UUID) -> Do | None:
        family = {one.id for one in self.world.family(id_)}
        plan = next(
            (
                p
                for p in self.world.plans.values()
                if p.incident_id in family and p.state in ("proposed", "active")
            ),
            None,
        )
        tasks = [task for task in self.world.tasks.values() if task.incident_id in family]
        standing = next((task for task in tasks if task.state == "open"), None)
        over = next((task for task in tasks if not task.stands), None)
        acts: dict[str, Do] = {"plan": lambda w: planning.activate(w, id_, "flood")}
        if plan is not None:
            acts["dismiss"] = lambda w: planning.dismiss(w, plan.incident_id, plan.id)
            acts["end_plan"] = lambda w: planning.end(w, plan.incident_id, plan.id)
        if standing is not None:
            form = {field.key: "答" for field in standing.step.form}
            acts["do_task"] = lambda w: tasking.change(
                w, standing.id, None, tasking.Said(state="done", text="已办", form=form)
            )
            acts["skip_task"] = lambda w: tasking.change(
                w, standing.id, None, tasking.Said(state="not_applicable")
            )
        if over is not None:
            acts["open_task"] = lambda w: tasking.change(w, over.id, None, tasking.Said(state="open"))
        return acts.get(name)

    def _borders(self, name: str, id_: UUID) -> Do | None:
        own = self.world.incidents[id_].room_id
        other = t.SOUTH if own == t.NORTH else t.NORTH
        ids = {one.id for one in self.world.family(id_)}
        standing = next((d for d in self.world.disputes.values() if d.is_open and d.incident_id in ids), None)
        acts: dict[str, Do] = {
            "dispute": lambda w: disputing.dispute(w, id_, "不归我管", other),
            "seen_north": lambda w: pursuing.see(w, id_, SeenIn(lon=114.02, lat=22.54, heading=90.0)),
            "seen_south": lambda w: pursuing.see(w, id_, SeenIn(lon=114.08, lat=22.54)),
            "chase_ends": lambda w: pursuing.end(w, id_, "caught"),
            "join": lambda w: pursuing.join(w, id_),
        }
        if standing is not None:
            acts["rule"] = lambda w: disputing.decide(w, standing.id, other, "以中线为界")
            acts["concede"] = lambda w: disputing.concede(w, standing.id)
        return acts.get(name)

    def _asked(self, name: str, id_: UUID) -> Do | None:
        """What is asked of an agency and of a room, and what they say."""
        ids = {one.id for one in self.world.family(id_)}
        asked = next((r for r in self.world.requests.values() if r.is_open and r.incident_id in ids), None)
        owed = next((d for d in self.world.demands.values() if d.is_open and d.incident_id in ids), None)

        async def demand(w: Work) -> object:
            due_at = w.now + timedelta(hours=1)
            return await supervising.give(
                w, Demand(to_room_id=t.NORTH, text="说明", due_at=due_at, incident_id=id_)
            )

        acts: dict[str, Do] = {"ask_119": lambda w: requesting.request(w, id_, "119"), "demand": demand}
        if asked is not None:
            acts["has_result"] = lambda w: requesting.step(w, asked.id, "result")
        if owed is not None:
            acts["answer"] = lambda w: supervising.answer(w, owed.id, "已办")
        return acts.get(name)

    def _incident(self, name: str, id_: UUID) -> Do | None:
        other = self.ids[0] if id_ == self.ids[1] else self.ids[1]
        primary = self.world.incidents[id_].primary_id
        form = closing.Form(kind="final", result="handled", people_count=0)
        acts: dict[str, Do] = {
            "share": lambda w: commanding.raise_to(w, id_, t.CITY, "share"),
            "take_by_rule": lambda w: commanding.raise_to(w, id_, t.CITY, "take"),
            "take": lambda w: commanding.take(w, id_),
            "hand_back": lambda w: commanding.hand_back(w, id_),
            "follow": lambda w: commanding.follow(w, id_),
            "let_go": lambda w: commanding.let_go(w, id_),
            "to_north": lambda w: giving_duty.hand_over(w, id_, t.NORTH),
            "to_south": lambda w: giving_duty.hand_over(w, id_, t.SOUTH),
            "handle": lambda w: closing.handle(w, id_, "handled"),
            "review": lambda w: closing.review(w, id_, accept=True),
            "close": lambda w: closing.close(w, id_),
            "void": lambda w: closing.end(w, id_, "void"),
            "reopen": lambda w: closing.reopen(w, id_, "received"),
            "merge": lambda w: joining.merge(w, id_, other),
            "unmerge": lambda w: joining.unmerge(w, id_),
        }
        if primary is not None:
            acts["feed_back"] = lambda w: closing.feed_back(w, primary, form)
        return acts.get(name)


@asynccontextmanager
async def opened(databases: Databases) -> AsyncIterator[Story]:
    async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        yield Story(await t.build(pool), Clock(url))


@pytest.fixture(scope="module")
async def story(databases: Databases) -> AsyncIterator[Story]:
    """One town for all examples; each has two incidents of its own."""
    async with opened(databases) as one:
        yield one


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.booleans(), st.sampled_from([t.CITY, t.CITY, t.NORTH, t.SOUTH])),
        min_size=6,
        max_size=24,
    )
)
async def test_whatever_is_done_in_whatever_order(story: Story, acts: list[tuple[str, bool, UUID]]) -> None:
    await story.begin()
    for name, first, room in acts:
        await story.act(name, first, room)
    async with story.town.pool.acquire() as conn:
        await check_timers(conn)


async def test_the_facts_of_all_that_fold_to_the_tables(story: Story) -> None:
    async with story.town.pool.acquire() as conn:
        found = await verify(conn, FOLDS, ())
    assert found.sound, found.broken


async def test_with_everything_done_it_closes(databases: Databases) -> None:
    async with opened(databases) as story:
        await story.begin()
        for task in list(story.world.tasks.values()):
            if task.stands:
                await story.act("skip_task", True, t.CITY)
        for name in ("handle", "skip_task", "skip_task", "review", "close"):
            await story.act(name, True, t.CITY)
        assert story.world.incidents[story.ids[0]].state in ENDED
