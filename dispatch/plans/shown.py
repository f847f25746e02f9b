"""Plans and tasks as seats see them: with an incident in brief, and whole where they are asked for.

Everybody who works at a task sees its words as its plan had them when it was activated. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from dispatch.plans.file import Contact, Field, Plan, Point, Resource
from dispatch.plans.model import STANDING, Cause, IncidentPlan, PlanState, Task, TaskState
from dispatch.rules import Phrase


class PlanRow(msgspec.Struct, frozen=True):
    """What an incident's row tells of a plan that is proposed or active."""

    id: UUID
    code: str
    name: Phrase
    state: PlanState
    automatic: bool


class TaskBrief(msgspec.Struct, frozen=True):
    """What an incident's row needs of a task."""

    id: UUID
    plan_id: UUID | None
    name: Phrase
    room_id: UUID
    state: TaskState
    due_at: datetime | None


class PlanBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A plan proposed for an incident or active on it. due_at: when the next of its tasks is due."""

    id: UUID
    code: str
    name: Phrase
    state: PlanState
    automatic: bool
    tasks_standing: int
    tasks_total: int
    due_at: Instant | None


def plan_briefs(plans: Iterable[PlanRow], tasks: Sequence[TaskBrief]) -> tuple[PlanBrief, ...]:
    """The plans of an incident with how many of their tasks are still to be done."""
    return tuple(_brief(plan, [task for task in tasks if task.plan_id == plan.id]) for plan in plans)


def _brief(plan: PlanRow, tasks: Sequence[TaskBrief]) -> PlanBrief:
    left = [task for task in tasks if task.state in STANDING]
    return PlanBrief(
        **msgspec.structs.asdict(plan), tasks_standing=len(left), tasks_total=len(tasks),
        due_at=instant(min((task.due_at for task in left if task.due_at is not None), default=None)),
    )  # fmt: skip


class Draft(msgspec.Struct, frozen=True):
    """A report as the journal tells it, in both languages; whoever signs it corrects and completes it."""

    zh: str
    en: str


class TaskShown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. after: tasks it comes after; text, form: what was said and answered; reason: why it need not be done.

    draft: of a report that is still to be signed, where one task is read; contacts: whom a notification rings.
    """

    id: UUID
    incident_id: UUID
    plan_id: UUID | None
    parent_id: UUID | None
    key: str
    title: Phrase
    detail: Phrase | None
    kind: str
    tier: str
    role: str
    room: UUID
    state: TaskState
    after: tuple[UUID, ...]
    owner: str | None
    place: Point | None
    unit_id: UUID | None
    stage: str | None
    units: int | None
    skills: tuple[str, ...]
    minutes: float | None
    contacts: tuple[str, ...]
    fields: tuple[Field, ...]
    added_at: Instant
    opened_at: Instant | None
    due_at: Instant | None
    done_at: Instant | None
    done_by: str | None
    by_itself: bool
    cause: Cause | None
    reason: str | None
    text: str | None
    form: dict[str, str] | None
    version: int
    draft: Draft | None = None


class PlanShown(msgspec.Struct, frozen=True, kw_only=True):
    """A plan on an incident. tasks: those this seat may see, in the order of the plan."""

    id: UUID
    incident_id: UUID
    code: str
    set_version: int
    name: Phrase
    state: PlanState
    automatic: bool
    contacts: tuple[Contact, ...]
    resources: tuple[Resource, ...]
    proposed_at: Instant
    activated_at: Instant | None
    activated_by: str | None
    ended_at: Instant | None
    ended_by: str | None
    version: int
    tasks: tuple[TaskShown, ...] = ()


class PlanChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that matches an incident, as the plans say it now."""

    code: str
    name: Phrase
    purpose: Phrase | None
    automatic: bool
    steps: int


class PlansShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident calls for and what is at work on it. set_version: of the plans that were looked through.

    matching: what fits now; plans: all that were pushed or activated, the oldest first; tasks: those of no plan.
    """

    set_version: int
    matching: tuple[PlanChoice, ...]
    plans: tuple[PlanShown, ...]
    tasks: tuple[TaskShown, ...]


def plan_choice(plan: Plan) -> PlanChoice:
    """A template in brief."""
    return PlanChoice(
        code=plan.code, name=plan.name, purpose=plan.purpose, automatic=plan.automatic, steps=len(plan.steps)
    )


def plan_shown(plan: IncidentPlan, tasks: Iterable[TaskShown] = ()) -> PlanShown:
    """A plan with these of its tasks."""
    values: dict[str, Any] = msgspec.structs.asdict(plan)
    del values["round"]
    moments = {name: instant(values[name]) for name in ("proposed_at", "activated_at", "ended_at")}
    return PlanShown(**values | moments, tasks=tuple(tasks))


def task_shown(task: Task, texts: Mapping[UUID, str], draft: Draft | None = None) -> TaskShown:
    """A task with what was said of it, as far as that still stands."""
    step = task.step
    said = texts.get(task.narrative_id) if task.narrative_id else None
    answers = texts.get(task.form_id) if task.form_id else None
    return TaskShown(
        id=task.id, incident_id=task.incident_id, plan_id=task.plan_id, parent_id=task.parent_id, key=step.key,
        title=step.title, detail=step.detail, kind=step.kind, tier=step.tier, role=step.role, room=task.room_id,
        state=task.state, after=task.after, owner=task.owner, place=task.place, unit_id=task.unit_id, stage=step.stage,
        units=step.units, skills=step.skills, minutes=step.minutes, contacts=step.to, fields=step.form,
        added_at=instant(task.added_at), opened_at=instant(task.opened_at), due_at=instant(task.due_at),
        done_at=instant(task.done_at), done_by=task.done_by, by_itself=task.by_itself, cause=task.cause,
        reason=said if task.cause is not None else None, text=said if task.cause is None else None,
        form=None if answers is None else msgspec.json.decode(answers, type=dict[str, str]), version=task.version,
        draft=draft,
    )  # fmt: skip
