"""A plan as it stands on an incident, and its tasks: rows with exactly the columns of their tables.

A plan is pushed (proposed), then activated or refused; an activated one keeps the words it was activated with, in its tasks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.plans.file import Contact, Point, Resource, Step
from dispatch.rules import Phrase


class PlanState(StrEnum):
    """Where a plan stands on its incident."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class TaskState(StrEnum):
    """Where a task stands: it waits for others, is to be done, was done, or need not be done for a reason."""

    PENDING = "pending"
    OPEN = "open"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


P, T = PlanState, TaskState
STANDING = frozenset({T.PENDING, T.OPEN})
"""While a task is in one of these its incident does not close."""

PLAN_TRANSITIONS: Mapping[PlanState, frozenset[PlanState]] = {
    P.PROPOSED: frozenset({P.ACTIVE, P.DISMISSED, P.WITHDRAWN}),
    P.ACTIVE: frozenset({P.ENDED}),
    P.DISMISSED: frozenset(),
    P.WITHDRAWN: frozenset(),
    P.ENDED: frozenset(),
}
TASK_TRANSITIONS: Mapping[TaskState, frozenset[TaskState]] = {
    T.PENDING: frozenset({T.OPEN, T.DONE, T.NOT_APPLICABLE}),
    T.OPEN: frozenset({T.DONE, T.NOT_APPLICABLE}),
    T.DONE: frozenset({T.OPEN}),
    T.NOT_APPLICABLE: frozenset({T.OPEN}),
}

Cause = Literal["said", "superseded", "plan_ended", "incident_ended"]
"""Why a task need not be done: somebody said so; the final report takes its place; its plan, or its incident, is over."""


class IncidentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan on an incident. set_version: of the plans it was taken from; round: of the incident, when it was pushed."""

    id: UUID
    incident_id: UUID
    code: str
    set_version: int
    name: Phrase
    state: PlanState
    automatic: bool = False
    round: int
    contacts: tuple[Contact, ...] = ()
    resources: tuple[Resource, ...] = ()
    proposed_at: datetime
    activated_at: datetime | None = None
    activated_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    version: int

    def holds(self, round_: int) -> bool:
        """Whether its code is not pushed again: it stands, or was settled in this round of the incident."""
        if self.state in (P.PROPOSED, P.ACTIVE):
            return True
        return self.state in (P.DISMISSED, P.ENDED) and self.round == round_


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. step: as its plan said it when it was activated; after: tasks that come before it.

    plan_id None: of no plan. parent_id: the cordon a checkpoint belongs to, the report a next one follows. place, unit_id:
    of a checkpoint, and the unit proposed for it. narrative_id, form_id: what was said and answered, sealed. moved: its room
    follows the incident's.
    """

    id: UUID
    incident_id: UUID
    plan_id: UUID | None = None
    parent_id: UUID | None = None
    step: Step
    after: tuple[UUID, ...] = ()
    room_id: UUID
    state: TaskState
    owner: str | None = None
    place: Point | None = None
    unit_id: UUID | None = None
    added_at: datetime
    opened_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    cause: Cause | None = None
    by_itself: bool = False
    reopened: int = 0
    narrative_id: UUID | None = None
    form_id: UUID | None = None
    version: int

    @property
    def stands(self) -> bool:
        """Whether it is still to be done."""
        return self.state in STANDING


def standing(tasks: Iterable[Task]) -> list[Task]:
    """Those still to be done."""
    return [task for task in tasks if task.stands]
