"""How tasks follow from a plan and go on by themselves: a pure function of the incident and of what was done so far.

`begin` makes the tasks of an activated plan; `follow` opens what comes next, moves tasks with their incident, sees orders that
were given, and ends what an ended incident leaves. Nothing is ever dropped: what stands is done, or ended with a cause.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from dispatch.plans import events as e
from dispatch.plans.file import TIERS, Plan, Step
from dispatch.plans.model import IncidentPlan, P, T, Task
from dispatch.rooms import Rooms
from incidents.model import ENDED, RESPONDING, SETTLING, Incident

ITSELF = "system:plans"
"""Who does what nobody had to do."""
OWN = ""
"""The tier of a task that stays in its room wherever its incident goes: a checkpoint is held by those who were asked."""


class Scene(msgspec.Struct, frozen=True):
    """What the tasks of an incident depend on. ordered: of each unit that was sent and not taken off, its skills."""

    incident: Incident
    rooms: Rooms
    ordered: tuple[frozenset[str], ...] = ()


def room_for(tier: str, scene: Scene) -> UUID:
    """The room of that tier over the incident; where there is none the next above it, at the last the root.

    An incident whose own room stands above the tier keeps its tasks there.
    """
    lineage = scene.rooms.by_id[scene.incident.room_id].lineage or (scene.incident.room_id,)
    wanted = TIERS.index(tier)
    ranks = [_rank(scene.rooms.by_id[id_].tier) for id_ in lineage]
    return next((id_ for id_, rank in zip(lineage, ranks, strict=True) if rank >= wanted), lineage[-1])


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else 0


def begin(
    plan: Plan, row: IncidentPlan, scene: Scene, now: datetime, new_id: Callable[[], UUID]
) -> list[tuple[UUID, e.Added]]:
    """The tasks of a plan, in its order; those that come after others, or wait for the handling, are pending."""
    ids = {step.key: new_id() for step in plan.steps}
    return [
        (
            ids[step.key],
            added(
                step, scene, now, incident_id=row.incident_id, plan_id=row.id, after=tuple(ids[key] for key in step.after)
            ),
        )
        for step in plan.steps
    ]  # fmt: skip


def added(
    step: Step,
    scene: Scene,
    now: datetime,
    *,
    incident_id: UUID,
    plan_id: UUID | None,
    after: tuple[UUID, ...] = (),
) -> e.Added:
    """One task as a step asks for it."""
    opens = not after and _may_open(step, scene.incident)
    return e.Added(
        incident_id=incident_id, plan_id=plan_id, step=step, after=after, room_id=room_for(step.tier, scene),
        state=T.OPEN if opens else T.PENDING, place=step.place, added_at=now, opened_at=now if opens else None,
        due_at=due(step, scene.incident, now) if opens else None,
    )  # fmt: skip


def due(step: Step, incident: Incident, opened_at: datetime) -> datetime | None:
    """Until when a step that opens now is to be done."""
    if step.due_s is None:
        return None
    return _since(step, incident, opened_at) + timedelta(seconds=step.due_s)


def _since(step: Step, incident: Incident, opened_at: datetime) -> datetime:
    """The moment its time counts from. A clock from the first report goes on whatever becomes of the incident meanwhile."""
    if incident.clock is None or step.since == "opened":
        return opened_at
    began = datetime.fromtimestamp(incident.clock / 1000, UTC)
    return min(began, incident.opened_at) if step.since == "reported" else began


def again(task: Task, scene: Scene, now: datetime) -> e.Added | None:
    """The next progress report once one is signed; None when there is none, or the incident needs it no more."""
    every_s = task.step.every_s
    if every_s is None or scene.incident.state not in RESPONDING:
        return None
    step = msgspec.structs.replace(task.step, due_s=every_s, since="opened")
    fact = added(step, scene, now, incident_id=task.incident_id, plan_id=task.plan_id)
    return msgspec.structs.replace(fact, parent_id=task.id)


def follow(
    tasks: Mapping[UUID, Task], scene: Scene, now: datetime
) -> tuple[dict[UUID, Task], list[tuple[UUID, e.TaskFact]]]:
    """The tasks as they go on by themselves, and the facts that make them so; asked again it finds nothing."""
    known = dict(tasks)
    told: list[tuple[UUID, e.TaskFact]] = []
    while True:
        facts = [
            (id_, fact) for id_, task in known.items() if (fact := _next(task, known, scene, now)) is not None
        ]
        if not facts:
            return known, told
        known |= {id_: e.evolve_task(known[id_], id_, fact) for id_, fact in facts}
        told += facts


def _next(task: Task, known: Mapping[UUID, Task], scene: Scene, now: datetime) -> e.TaskFact | None:
    if not task.stands:
        return None
    if scene.incident.state in ENDED:
        return e.NotApplicable(done_at=now, done_by=ITSELF, cause="incident_ended")
    if task.step.tier != OWN and (room_id := room_for(task.step.tier, scene)) != task.room_id:
        return e.TaskMoved(room_id=room_id)
    if task.state is T.PENDING:
        if not _may_open(task.step, scene.incident) or any(
            known[id_].stands for id_ in task.after if id_ in known
        ):
            return None
        return e.TaskOpened(opened_at=now, due_at=due(task.step, scene.incident, now))
    if task.reopened:  # somebody wants it done by hand
        return None
    return _seen_done(task, known, scene, now)


def _may_open(step: Step, incident: Incident) -> bool:
    return step.opens != "handled" or incident.state in SETTLING


def _seen_done(task: Task, known: Mapping[UUID, Task], scene: Scene, now: datetime) -> e.TaskFact | None:
    """Units that were sent need not be told again; a final report takes the place of the next progress report."""
    step = task.step
    if step.kind == "order":
        sent = sum(1 for skills in scene.ordered if skills.issuperset(step.skills))
        if sent >= (step.units or 1):
            return e.Done(done_at=now, done_by=ITSELF, by_itself=True)
    if step.stage == "progress" and scene.incident.state in SETTLING and _final(task, known):
        return e.NotApplicable(done_at=now, done_by=ITSELF, cause="superseded")
    return None


def _final(task: Task, known: Mapping[UUID, Task]) -> bool:
    """Whether its plan has a final report that was not put off."""
    return any(
        one.plan_id == task.plan_id and one.step.stage == "final" and one.state is not T.NOT_APPLICABLE
        for one in known.values()
    )


def over(row: IncidentPlan, incident: Incident, now: datetime) -> e.PlanEnded | e.Withdrawn | None:
    """What becomes of a plan when its incident has ended; None while it goes on."""
    if incident.state not in ENDED:
        return None
    if row.state is P.ACTIVE:
        return e.PlanEnded(ended_at=now, ended_by=ITSELF)
    return e.Withdrawn(ended_at=now) if row.state is P.PROPOSED else None
