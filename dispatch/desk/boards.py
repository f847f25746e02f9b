"""The plans and tasks of an incident and of those merged into it, held under its lock: what is told of them, and saved.

Settling lets them follow their incident: matching plans are pushed, automatic ones activated, tasks opened, moved, ended. Every
act that changes what plans look at ends with it (`Case.tell`), and so does the first look at a new incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import standings
from dispatch.acts import Principal
from dispatch.desk.sealed import keep_text
from dispatch.ends import OpenEnd, task_end
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.plans import course, matching, store
from dispatch.plans import events as pe
from dispatch.plans.file import Plan
from dispatch.plans.model import IncidentPlan, P, Task, standing
from dispatch.work import Actor, Work
from incidents import events as ie
from incidents.model import ENDED, OPEN, SETTLING

if TYPE_CHECKING:  # a case settles its board
    from dispatch.desk.case import Case

ITSELF = Actor(principal=Principal(id=course.ITSELF, roles=frozenset()), via="system")
LOOKED_AT = (
    ie.Amended, ie.FedBack, ie.Handled, ie.Ended, ie.Closed, ie.Reopened, ie.TookIn, ie.Unmerged, ie.Separated, ie.HandedOver,
    ie.RoundStarted,
)  # fmt: skip
"""Facts of an incident after which its plans may go on, beside its progress to `handled`."""
SENT = frozenset({A.ORDERED, A.DELIVERED, A.ACCEPTED, A.EN_ROUTE, A.ON_SCENE, A.CLEARED})


def concerns_plans(fact: ie.IncidentFact) -> bool:
    """Whether plans look at what a fact tells."""
    return isinstance(fact, LOOKED_AT) or (isinstance(fact, ie.Progressed) and fact.state in SETTLING)


class Board:
    """Of one case. `tell_*` apply facts and remember them for the journal; `save` writes what changed, timers included."""

    def __init__(self, w: Work, case: "Case", plans: Iterable[IncidentPlan], tasks: Iterable[Task]) -> None:
        self.w = w
        self.case = case
        self.plans = {plan.id: plan for plan in plans}
        self.tasks = {task.id: task for task in tasks}
        self._changed_plans: set[UUID] = set()
        self._changed_tasks: set[UUID] = set()

    @property
    def scene(self) -> course.Scene:
        """What the tasks depend on, as it is now."""
        units = self.w.centre.units
        sent = [a for a in self.case.assignments.values() if a.unit_id is not None and _counts(a)]
        skills = (units[a.unit_id].abilities for a in sent if a.unit_id in units)
        return course.Scene(self.case.incident, self.w.centre.reference.rooms, tuple(skills))

    @property
    def standing(self) -> list[Task]:
        """What is still to be done."""
        return standing(self.tasks.values())

    def tell_plan(self, id_: UUID, fact: pe.PlanFact) -> IncidentPlan:
        """The plan after one more fact."""
        changed = pe.evolve_plan(self.plans.get(id_), id_, fact)
        self.plans[id_] = changed
        self._changed_plans.add(id_)
        self.w.append("plan", id_, changed.version, changed.incident_id, fact)
        return changed

    def tell_task(self, id_: UUID, fact: pe.TaskFact) -> Task:
        """The task after one more fact."""
        changed = pe.evolve_task(self.tasks.get(id_), id_, fact)
        self.tasks[id_] = changed
        self._changed_tasks.add(id_)
        self.w.append("task", id_, changed.version, changed.incident_id, fact)
        return changed

    def activate(self, plan: Plan, row: IncidentPlan, *, automatic: bool) -> IncidentPlan:
        """Let a plan be in force: its steps become tasks, in the words it has now."""
        w = self.w
        fact = pe.Activated(
            set_version=w.centre.plans.version, name=plan.name, automatic=automatic, contacts=plan.contacts,
            resources=plan.resources, activated_at=w.now, activated_by=w.principal.id,
        )  # fmt: skip
        active = self.tell_plan(row.id, fact)
        for id_, added in course.begin(plan, active, self.scene, w.now, uuid7):
            self.tell_task(id_, added)
        return active

    def propose(self, plan: Plan) -> IncidentPlan:
        """Push a plan to the seats."""
        fact = pe.Proposed(
            incident_id=self.case.id, code=plan.code, set_version=self.w.centre.plans.version, name=plan.name,
            round=self.case.incident.round, proposed_at=self.w.now,
        )  # fmt: skip
        return self.tell_plan(uuid7(), fact)

    def go_on(self) -> None:
        """Let the tasks follow the incident and each other."""
        _, told = course.follow(self.tasks, self.scene, self.w.now)
        for id_, fact in told:
            self.tell_task(id_, fact)

    async def settle(self) -> None:
        """Push and withdraw, activate what does so by itself, open, move and end."""
        w, incident = self.w, self.case.incident
        if incident.state in ENDED:
            await self._end_with_incident()
        elif incident.state in OPEN:
            look = matching.look_of(incident, w.centre.reference, w.centre.local(w.now))
            found = matching.pushed(w.centre.plans, incident, self.plans.values(), look, push=w.arms_timers)
            with_actor, w.actor = w.actor, ITSELF
            for id_ in found.withdrawn:
                self.tell_plan(id_, pe.Withdrawn(ended_at=w.now))
            for plan in found.fresh:
                row = self.propose(plan)
                if plan.automatic:
                    self.activate(plan, row, automatic=True)
            w.actor = with_actor
            self.go_on()

    async def _end_with_incident(self) -> None:
        """An incident that ended leaves nothing standing; whoever ended it has said why."""
        w = self.w
        reason = (w.actor.reason or "").strip()
        for task in self.standing:
            said = await keep_text(w, task.incident_id, reason) if reason else None
            fact = pe.NotApplicable(
                done_at=w.now, done_by=w.principal.id, cause="incident_ended", narrative_id=said
            )
            self.tell_task(task.id, fact)
        for row in list(self.plans.values()):
            over = course.over(row, self.case.incident, w.now)
            if over is not None:
                self.tell_plan(row.id, over)

    def follow(self) -> None:
        """Say how everything that stands, or has changed, stands now."""
        incident = self.case.incident
        for plan in self.plans.values():
            if plan.state is P.PROPOSED or plan.id in self._changed_plans:
                self.w.follow(standings.plan(plan, incident))
        for task in self.tasks.values():
            if task.stands or task.id in self._changed_tasks:
                self.w.follow(standings.task(task, incident))

    def changed(self) -> tuple[list[IncidentPlan], list[Task]]:
        """The rows that are otherwise than they were read."""
        return [self.plans[i] for i in self._changed_plans], [self.tasks[i] for i in self._changed_tasks]

    async def save(self) -> None:
        """Write what changed; its timers follow."""
        await save(self.w, [self])


def _counts(a: Assignment) -> bool:
    return a.state in SENT


async def open_board(w: Work, case: "Case") -> Board:
    """The board of a case, which is locked."""
    return (await open_boards(w, {case.id: case}))[case.id]


async def open_boards(w: Work, cases: Mapping[UUID, "Case"]) -> dict[UUID, Board]:
    """The boards of locked cases, with one statement for all."""
    owner = {id_: case.id for case in cases.values() for id_ in case.family}
    version, plans, tasks = await store.of_incidents(w.conn, owner)
    if version != w.centre.plans.version:  # somebody has put in newer plans
        w.centre.plans = await store.read_set(w.conn)
    plans_of: dict[UUID, list[IncidentPlan]] = {}
    tasks_of: dict[UUID, list[Task]] = {}
    for plan in plans:
        plans_of.setdefault(owner[plan.incident_id], []).append(plan)
    for task in tasks:
        tasks_of.setdefault(owner[task.incident_id], []).append(task)
    return {id_: Board(w, case, plans_of.get(id_, ()), tasks_of.get(id_, ())) for id_, case in cases.items()}


async def open_ends(w: Work, case: "Case") -> list[OpenEnd]:
    """The tasks that keep an incident from being closed."""
    return [task_end(task.id, task.step.title) for task in (await open_board(w, case)).standing]


async def save(w: Work, boards: Sequence[Board]) -> None:
    """Write the changed rows of some boards: plans before the tasks that refer to them."""
    plans = [plan for board in boards for plan in board.changed()[0]]
    tasks = [task for board in boards for task in board.changed()[1]]
    if plans:
        await store.save_plans(w.conn, sorted(plans, key=lambda one: one.id))
    if tasks:
        await store.save_tasks(w.conn, sorted(tasks, key=lambda one: one.id))
    for board in boards:
        board.follow()


async def settle(w: Work, cases: Mapping[UUID, "Case"]) -> None:
    """Let the plans and tasks of these incidents go on; those merged into others do with them."""
    alone = {id_: case for id_, case in cases.items() if case.incident.merged_into is None}
    boards = list((await open_boards(w, alone)).values()) if alone else []
    for board in boards:
        await board.settle()
    await save(w, boards)
