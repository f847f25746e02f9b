"""What has happened to planned events, in the past tense; folding an event's facts gives its row.

No fact holds a text of a person: reasons, tasks, notes and the log are ids of sealed rows.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired
from dispatch.planned_events.model import Kind, Phase, PhaseChange, PostTimes

LogKind = Literal["note", "decision", "contact", "message"]


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class _Described(Fact, frozen=True, kw_only=True):
    """All that is said of an event before it is submitted."""

    name: str
    kind: Kind
    exercise: bool
    room_id: UUID
    command_room_id: UUID
    command_seat: str | None = None
    area: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    phases: tuple[Phase, ...] = ()
    crowd: int | None = None
    talk_group: str | None = None
    note_id: UUID | None = None
    contact_id: UUID | None = None
    by: str
    at: int


class Drafted(_Described, frozen=True, kw_only=True, tag="drafted"):
    """It was written down."""


class Amended(_Described, frozen=True, kw_only=True, tag="amended"):
    """It was written anew, before it is submitted or after it was returned. posts: those that follow a shifted phase."""

    posts: tuple[PostTimes, ...] = ()


class Submitted(Fact, frozen=True, kw_only=True, tag="submitted"):
    """The room above is asked to approve it."""

    by: str
    at: int


class Approved(Fact, frozen=True, kw_only=True, tag="approved"):
    """It will be held."""

    by: str
    at: int


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    """It will not do as it is; why lies sealed."""

    by: str
    at: int
    narrative_id: UUID


class Cancelled(Fact, frozen=True, kw_only=True, tag="cancelled"):
    """It is not held; why lies sealed."""

    by: str
    at: int
    narrative_id: UUID


class Started(Fact, frozen=True, kw_only=True, tag="started"):
    """Its time has come."""

    at: int


class Extended(Fact, frozen=True, kw_only=True, tag="extended"):
    """It lasts longer, and so do the posts that lasted to its end."""

    ends_at: datetime
    by: str
    at: int


class Rephased(Fact, frozen=True, kw_only=True, tag="rephased"):
    """Phases that lay ahead are other than was approved. posts: those that follow a shifted one."""

    changes: tuple[PhaseChange, ...]
    posts: tuple[PostTimes, ...] = ()
    by: str
    at: int


class Ended(Fact, frozen=True, kw_only=True, tag="ended"):
    """Somebody has ended it: its units are free."""

    by: str
    at: int


class SummedUp(Fact, frozen=True, kw_only=True, tag="summed_up"):
    """What is to be learnt of it was written down: it is closed."""

    by: str
    at: int
    narrative_id: UUID


class Dedicated(Fact, frozen=True, kw_only=True, tag="dedicated"):
    """A unit was given a post."""

    post_id: UUID
    unit_id: UUID
    name: str
    lon: float
    lat: float
    starts_at: datetime
    ends_at: datetime
    task_id: UUID | None = None
    relieves: UUID | None = None
    phase_id: UUID | None = None
    by: str
    at: int


class Withdrawn(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """The unit of a post belongs to the event no longer."""

    post_id: UUID
    by: str
    at: int


class CheckedIn(Fact, frozen=True, kw_only=True, tag="checked_in"):
    """The unit is at its post; whom it relieves is free."""

    post_id: UUID
    by: str
    at: int


class Linked(Fact, frozen=True, kw_only=True, tag="linked"):
    """An incident lies inside its area."""

    incident_id: UUID
    at: int


class Logged(Fact, frozen=True, kw_only=True, tag="logged"):
    """Something was written into its log, or said to all its units; units: to how many."""

    kind: LogKind
    narrative_id: UUID
    by: str
    at: int
    units: int | None = None


class AlertNoticed(Fact, frozen=True, kw_only=True, tag="alert_noticed"):
    """Somebody has seen what fell due; for them alone it is quiet."""

    rule: str
    by: str
    at: int


EventFact = (
    Drafted
    | Amended
    | Submitted
    | Approved
    | Returned
    | Cancelled
    | Started
    | Extended
    | Rephased
    | Ended
    | SummedUp
    | Dedicated
    | Withdrawn
    | CheckedIn
    | Linked
    | Logged
    | RuleFired
    | AlertNoticed
)
