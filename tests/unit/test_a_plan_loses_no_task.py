"""Plan promise, whatever is done in whatever order: no task is lost, none waits for ever, an ended incident leaves none standing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.plans import course
from dispatch.plans import events as e
from dispatch.plans.file import Plan, Step, shipped
from dispatch.plans.model import TASK_TRANSITIONS, IncidentPlan, P, T, Task
from dispatch.rooms import Room, Rooms, with_lineage
from dispatch.rules import Phrase
from incidents.model import ENDED, SETTLING, Incident
from incidents.model import IncidentState as S

CITY, DISTRICT, NORTH, SOUTH = (UUID(int=n) for n in range(1, 5))
TIERS = {CITY: "city", DISTRICT: "district", NORTH: "station", SOUTH: "station"}
ABOVE = {CITY: None, DISTRICT: CITY, NORTH: DISTRICT, SOUTH: CITY}
ROOMS = Rooms(
    with_lineage(
        Room(id=id_, code=f"r{id_.int}", name_zh="室", name_en="room", tier=tier, parent_id=ABOVE[id_])
        for id_, tier in TIERS.items()
    )
)
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
INCIDENT = Incident(
    id=UUID(int=100), number="J260501-0001", state=S.RECEIVED, version=1, priority=1, room_id=NORTH, command_room_id=NORTH,
    opened_at=START, times={"ringing": round(START.timestamp() * 1000)},
)  # fmt: skip
MOVES = st.one_of(
    st.tuples(st.just("do"), st.integers(0, 40)),
    st.tuples(st.just("skip"), st.integers(0, 40)),
    st.tuples(st.just("reopen"), st.integers(0, 40)),
    st.tuples(st.just("room"), st.sampled_from([CITY, DISTRICT, NORTH, SOUTH])),
    st.tuples(st.just("state"), st.sampled_from([S.RECEIVED, S.ON_SCENE, S.HANDLED, S.REVIEWED])),
    st.tuples(st.just("sent"), st.integers(0, 4)),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan whose steps come only after earlier ones, so that it has no circle."""
    count = draw(st.integers(1, 10))
    steps = []
    for n in range(count):
        kind = draw(st.sampled_from(["task", "task", "order", "report"]))
        stage = draw(st.sampled_from(["first", "progress", "final"])) if kind == "report" else None
        steps.append(
            Step(
                key=f"s{n}", title=Phrase("做", "do"), kind=kind, stage=stage, tier=draw(st.sampled_from(["station", "district", "city"])),
                after=tuple(f"s{m}" for m in draw(st.sets(st.integers(0, n - 1), max_size=3))) if n else (),
                opens=draw(st.sampled_from(["activated", "activated", "handled"])), due_s=draw(st.sampled_from([60.0, 3600.0])),
                every_s=600.0 if stage == "progress" else None, units=draw(st.integers(1, 3)) if kind == "order" else None,
            )
        )  # fmt: skip
    return Plan(code="any", name=Phrase("任", "any"), steps=tuple(steps))


class Course:
    """An incident with one active plan, and every fact so far."""

    def __init__(self, plan: Plan) -> None:
        self.incident = INCIDENT
        self.sent = 0
        self.now = START
        self.ids = (UUID(int=n) for n in range(1_000, 10_000))
        self.facts: list[tuple[UUID, e.TaskFact]] = []
        self.tasks: dict[UUID, Task] = {}
        row = IncidentPlan(
            id=UUID(int=200), incident_id=INCIDENT.id, code=plan.code, set_version=0, name=plan.name, state=P.ACTIVE, round=1,
            proposed_at=START, activated_at=START, activated_by="somebody", version=2,
        )  # fmt: skip
        for id_, fact in course.begin(plan, row, self.scene, self.now, lambda: next(self.ids)):
            self.tell(id_, fact)
        self.go_on()

    @property
    def scene(self) -> course.Scene:
        return course.Scene(self.incident, ROOMS, (frozenset[str](),) * self.sent)

    def tell(self, id_: UUID, fact: e.TaskFact) -> None:
        self.facts.append((id_, fact))
        self.tasks[id_] = e.evolve_task(self.tasks.get(id_), id_, fact)

    def go_on(self) -> None:
        known, told = course.follow(self.tasks, self.scene, self.now)
        self.facts += told
        self.tasks = known

    def move(self, what: str, how: Any) -> None:
        self.now += timedelta(minutes=1)
        task = list(self.tasks.values())[how % len(self.tasks)] if isinstance(how, int) else None
        if what == "room":
            self.incident = msgspec.structs.replace(self.incident, room_id=how)
        elif what == "state":
            self.incident = msgspec.structs.replace(self.incident, state=how)
        elif what == "sent":
            self.sent = how
        elif what == "reopen" and task is not None and not task.stands:
            self.tell(task.id, e.TaskReopened(opened_at=self.now, due_at=None))
        elif what == "do" and task is not None and task.state is T.OPEN:
            self.tell(task.id, e.Done(done_at=self.now, done_by="somebody"))
            again = course.again(self.tasks[task.id], self.scene, self.now)
            if again is not None:
                self.tell(next(self.ids), again)
        elif what == "skip" and task is not None and task.stands:
            self.tell(task.id, e.NotApplicable(done_at=self.now, done_by="somebody", cause="said"))
        self.go_on()


def check(one: Course) -> None:
    """What holds after every act."""
    for task in one.tasks.values():
        before = [one.tasks[id_] for id_ in task.after]
        ready = all(not other.stands for other in before) and (
            task.step.opens != "handled" or one.incident.state in SETTLING
        )
        if task.state is T.PENDING:
            assert not ready, f"{task.step.key} waits for nothing"
        if task.stands:
            assert task.room_id == course.room_for(task.step.tier, one.scene), "it stays behind"
        assert (task.state in (T.DONE, T.NOT_APPLICABLE)) == (task.done_at is not None)
        assert (task.state is T.NOT_APPLICABLE) == (task.cause is not None)


@given(plans(), st.lists(MOVES, max_size=25), st.sampled_from(sorted(ENDED)))
@settings(max_examples=300, deadline=None)
def test_no_sequence_of_acts_loses_a_task_or_leaves_one_standing(
    plan: Plan, moves: list[tuple[str, Any]], end: S
) -> None:
    one = Course(plan)
    seen = set(one.tasks)
    for what, how in moves:
        one.move(what, how)
        assert seen <= set(one.tasks), "a task was lost"
        seen = set(one.tasks)
        check(one)
    one.incident = msgspec.structs.replace(one.incident, state=end)
    one.go_on()
    assert not any(task.stands for task in one.tasks.values())
    assert seen == set(one.tasks)
    folded: dict[UUID, Task] = {}
    for id_, fact in one.facts:
        folded[id_] = e.evolve_task(folded.get(id_), id_, fact)
    assert folded == one.tasks


@given(plans())
@settings(max_examples=60, deadline=None)
def test_doing_whatever_is_open_finishes_every_plan(plan: Plan) -> None:
    one = Course(plan)
    one.move("state", S.HANDLED)
    for _ in range(3 * len(plan.steps)):
        for n, task in enumerate(list(one.tasks.values())):
            if task.state is T.OPEN:
                one.move("do", n)
    assert not any(task.stands for task in one.tasks.values())


def test_every_shipped_plan_can_be_finished() -> None:
    for plan in shipped():
        one = Course(plan)
        one.move("state", S.HANDLED)
        for _ in plan.steps:
            for n, task in enumerate(list(one.tasks.values())):
                if task.state is T.OPEN:
                    one.move("do", n)
        assert not any(task.stands for task in one.tasks.values()), plan.code


def test_a_task_leaves_every_state_it_can_come_into() -> None:
    assert set(TASK_TRANSITIONS) == set(T)
    assert all(targets for targets in TASK_TRANSITIONS.values())


def test_golden_hours_are_counted_from_the_report_not_from_the_activation() -> None:
    plan = shipped().by_code["missing_person"]
    late = START + timedelta(hours=5)
    step = next(step for step in plan.steps if step.key == "criminal")
    assert course.due(step, INCIDENT, late) == START + timedelta(hours=6)
