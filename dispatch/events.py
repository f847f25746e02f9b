"""What has happened to assignments and feedback forms, in the past tense: the facts that the journal keeps.

Folding an assignment's or a form's facts in order of version gives its row.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.forms.answers import Answer
from dispatch.leanings import Leaned
from dispatch.model import AssignmentState, FeedbackKind, Role
from dispatch.standing_facts.model import KnownFact


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Placed(Fact, frozen=True, kw_only=True, tag="placed"):
    """The order was written: sent at once (`ordered`) or kept for later (`stacked`).

    leaned: why its unit was proposed; known: standing facts of the place, as they stood before whoever sent it.
    """

    incident_id: UUID
    parent_id: UUID | None = None
    unit_id: UUID | None = None
    room_id: UUID | None = None
    state: AssignmentState
    round: int
    recommendation_id: UUID | None = None
    ordered_by: UUID
    crew: tuple[str, ...] = ()
    promised_at: datetime | None = None
    at: int
    flags: tuple[str, ...] = ()
    leaned: Leaned | None = None
    known: tuple[KnownFact, ...] = ()


class Sent(Fact, frozen=True, kw_only=True, tag="sent"):
    """A stacked order went out. known: as in `Placed`."""

    at: int
    round: int
    crew: tuple[str, ...]
    flags: tuple[str, ...] = ()
    promised_at: datetime | None = None
    known: tuple[KnownFact, ...] = ()


class Stepped(Fact, frozen=True, kw_only=True, tag="stepped"):
    """A step forward, or a late earlier step that fills its empty time (`state` then stays)."""

    state: AssignmentState
    step: AssignmentState
    at: int
    result: str | None = None
    flags: tuple[str, ...] = ()


class Ended(Fact, frozen=True, kw_only=True, tag="ended"):
    """Left by a side exit: unable, expired, recalled, released, preempted (for a more urgent incident)."""

    state: AssignmentState
    at: int
    flags: tuple[str, ...] = ()
    preempted_for: UUID | None = None


class RoleChanged(Fact, frozen=True, kw_only=True, tag="role_changed"):
    """Became primary, or reinforcement."""

    role: Role


class CheckAsked(Fact, frozen=True, kw_only=True, tag="check_asked"):
    """Its unit on scene was asked whether all is well."""

    at: int


class Checked(Fact, frozen=True, kw_only=True, tag="checked"):
    """Its unit on scene was heard, by radio or by voice."""

    at: int


class TouchLost(Fact, frozen=True, kw_only=True, tag="touch_lost"):
    """Its unit is on scene and nothing is received of its position any more."""

    at: int


class TouchRegained(Fact, frozen=True, kw_only=True, tag="touch_regained"):
    """The position of its unit is received again."""

    at: int


class Unreached(Fact, frozen=True, kw_only=True, tag="unreached"):
    """What was to be said to its unit's duty phone was given up: no port took it."""

    bearer: Literal["sms", "phone"]
    at: int


class OtherProposed(Fact, frozen=True, kw_only=True, tag="other_proposed"):
    """Its unit cannot go, and others were proposed; what was shown is kept under this id."""

    recommendation_id: UUID


class FormSubmitted(Fact, frozen=True, kw_only=True, tag="submitted"):
    """A feedback form came in."""

    assignment_id: UUID
    incident_id: UUID
    kind: FeedbackKind
    result: str | None = None
    type_verified: str | None = None
    people_count: int | None = None
    narrative_id: UUID | None = None
    person_ids: tuple[UUID, ...] = ()
    photos: tuple[str, ...] = ()
    form_code: str | None = None
    form_version: int | None = None
    answers: dict[str, Answer] | None = None
    texts_id: UUID | None = None
    complete: bool | None = None
    by: str
    claimed_at: datetime | None = None
    recorded_at: datetime


class FormAccepted(Fact, frozen=True, kw_only=True, tag="accepted"):
    """The review accepted it."""


class FormReturned(Fact, frozen=True, kw_only=True, tag="returned"):
    """The review sent it back for correction."""


class FormReplaced(Fact, frozen=True, kw_only=True, tag="replaced"):
    """A corrected form took its place."""


AssignmentFact = (
    Placed
    | Sent
    | Stepped
    | Ended
    | RoleChanged
    | CheckAsked
    | Checked
    | TouchLost
    | TouchRegained
    | Unreached
    | OtherProposed
)
FeedbackFact = FormSubmitted | FormAccepted | FormReturned | FormReplaced
