"""What has happened to plans on incidents and to their tasks, in the past tense, and how the facts make the rows.

The tag is `journal.fact`. No fact holds what a person wrote: reasons, reports and answers lie sealed in `narrative`.
"""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import NotNow
from dispatch.plans.file import Contact, Point, Resource, Step
from dispatch.plans.model import (
    PLAN_TRANSITIONS,
    TASK_TRANSITIONS,
    Cause,
    IncidentPlan,
    P,
    T,
    Task,
    TaskState,
)
from dispatch.rules import Phrase


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Proposed(Fact, frozen=True, kw_only=True, tag="proposed"):
    """It matches and was pushed to the seats."""

    incident_id: UUID
    code: str
    set_version: int
    name: Phrase
    round: int
    proposed_at: datetime


class Activated(Fact, frozen=True, kw_only=True, tag="activated"):
    """It is in force, in the words of this version; automatic: by itself."""

    set_version: int
    name: Phrase
    automatic: bool
    contacts: tuple[Contact, ...] = ()
    resources: tuple[Resource, ...] = ()
    activated_at: datetime
    activated_by: str


class Dismissed(Fact, frozen=True, kw_only=True, tag="dismissed"):
    """Somebody has decided against it."""

    ended_at: datetime
    ended_by: str


class Withdrawn(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """It matches no more, and nobody had taken it up."""

    ended_at: datetime


class PlanEnded(Fact, frozen=True, kw_only=True, tag="ended"):
    """It is over, with its incident or before."""

    ended_at: datetime
    ended_by: str


class Added(Fact, frozen=True, kw_only=True, tag="added"):
    """A task is there, to be done now or after others."""

    incident_id: UUID
    plan_id: UUID | None = None
    parent_id: UUID | None = None
    step: Step
    after: tuple[UUID, ...] = ()
    room_id: UUID
    state: TaskState
    place: Point | None = None
    unit_id: UUID | None = None
    added_at: datetime
    opened_at: datetime | None = None
    due_at: datetime | None = None


class TaskOpened(Fact, frozen=True, kw_only=True, tag="opened"):
    """What came before is over."""

    opened_at: datetime
    due_at: datetime | None = None


class Taken(Fact, frozen=True, kw_only=True, tag="taken"):
    """Somebody has it in hand; None: nobody any more."""

    owner: str | None


class Rescheduled(Fact, frozen=True, kw_only=True, tag="rescheduled"):
    """It is due at another time."""

    due_at: datetime


class TaskMoved(Fact, frozen=True, kw_only=True, tag="moved"):
    """It follows its incident to another room."""

    room_id: UUID


class Done(Fact, frozen=True, kw_only=True, tag="done"):
    """It was done; a report was signed. by_itself: what it asked for was seen to have happened."""

    done_at: datetime
    done_by: str
    by_itself: bool = False
    narrative_id: UUID | None = None
    form_id: UUID | None = None


class NotApplicable(Fact, frozen=True, kw_only=True, tag="not_applicable"):
    """It need not be done; what was said of it lies sealed."""

    done_at: datetime
    done_by: str
    cause: Cause
    narrative_id: UUID | None = None


class TaskReopened(Fact, frozen=True, kw_only=True, tag="reopened"):
    """It is to be done after all, or again."""

    opened_at: datetime
    due_at: datetime | None = None


PlanFact = Proposed | Activated | Dismissed | Withdrawn | PlanEnded
TaskFact = Added | TaskOpened | Taken | Rescheduled | TaskMoved | Done | NotApplicable | TaskReopened


def evolve_plan(plan: IncidentPlan | None, id_: UUID, fact: PlanFact) -> IncidentPlan:
    """The plan after one more fact; only `Proposed` starts one. Raises NotNow for a state that cannot follow."""
    if plan is None or isinstance(fact, Proposed):
        if plan is not None or not isinstance(fact, Proposed):
            raise ValueError(f"the history of plan {id_} does not start with its proposal, or starts twice")
        return IncidentPlan(id=id_, state=P.PROPOSED, version=1, **msgspec.structs.asdict(fact))
    to = _PLAN_STATES[type(fact)]
    if to not in PLAN_TRANSITIONS[plan.state]:
        raise NotNow(f"The plan {plan.name.zh} is {plan.state}; it cannot become {to}.", state=plan.state)
    changes = msgspec.structs.asdict(fact) | {"state": to, "version": plan.version + 1}
    return msgspec.structs.replace(plan, **changes)


_PLAN_STATES = {Activated: P.ACTIVE, Dismissed: P.DISMISSED, Withdrawn: P.WITHDRAWN, PlanEnded: P.ENDED}


def evolve_task(task: Task | None, id_: UUID, fact: TaskFact) -> Task:
    """The task after one more fact; only `Added` starts one. Raises NotNow for a state that cannot follow."""
    if task is None or isinstance(fact, Added):
        if task is not None or not isinstance(fact, Added):
            raise ValueError(
                f"the history of task {id_} does not start with its being added, or starts twice"
            )
        return Task(id=id_, version=1, **msgspec.structs.asdict(fact))
    changes = msgspec.structs.asdict(fact) | _changes(task, fact) | {"version": task.version + 1}
    to = changes.get("state", task.state)
    if to is not task.state and to not in TASK_TRANSITIONS[task.state]:
        raise NotNow(
            f"The task {task.step.title.zh} is {task.state}; it cannot become {to}.", state=task.state
        )
    return msgspec.structs.replace(task, **changes)


def _changes(task: Task, fact: TaskFact) -> dict[str, Any]:
    match fact:
        case TaskOpened():
            return {"state": T.OPEN}
        case Done():
            return {"state": T.DONE, "cause": None}
        case NotApplicable():
            return {"state": T.NOT_APPLICABLE, "by_itself": False, "form_id": None}
        case TaskReopened():
            nothing = dict.fromkeys(("done_at", "done_by", "cause", "narrative_id", "form_id"))
            return nothing | {"state": T.OPEN, "by_itself": False, "reopened": task.reopened + 1}
        case Taken() | Rescheduled() | TaskMoved():
            return {}
        case Added():
            raise ValueError("a task is added once")
        case _:
            assert_never(fact)
