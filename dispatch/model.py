"""The nouns of bringing the two together: the assignment, its feedback forms, the recommendation that was shown.

An assignment is one order to one unit, or to a room which then names its unit, with its own progress.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.forms.answers import Answer


class AssignmentState(StrEnum):
    """Where one order stands; the first seven in the order of its life."""

    STACKED = "stacked"
    ORDERED = "ordered"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"
    UNABLE = "unable"
    EXPIRED = "expired"
    RECALLED = "recalled"
    RELEASED = "released"
    PREEMPTED = "preempted"


A = AssignmentState
OPEN = frozenset({A.ORDERED, A.DELIVERED, A.ACCEPTED, A.EN_ROUTE, A.ON_SCENE, A.UNABLE, A.EXPIRED})
OVER = frozenset({A.CLEARED, A.RECALLED, A.RELEASED, A.PREEMPTED})

AUTOMATIC = "automatic"
"""Flag of an order that a rule has given by itself 自动派警."""
WATCHES = "watches"
"""Flag of an order to a video patrol: it looks through cameras, and never is on the way or on scene."""

Role = Literal["primary", "reinforcement"]
FeedbackKind = Literal["interim", "final"]
FeedbackState = Literal["submitted", "accepted", "returned", "replaced"]


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One order. Exactly one of unit_id and room_id is set; times: step -> ms since 1970, UTC.

    preempted_for: the more urgent incident its unit was taken for; proposal_id: the recommendation of others that was kept
    when its unit could not go.
    """

    id: UUID
    incident_id: UUID
    parent_id: UUID | None = None
    unit_id: UUID | None = None
    room_id: UUID | None = None
    role: Role = "reinforcement"
    state: AssignmentState
    version: int
    round: int
    recommendation_id: UUID | None = None
    ordered_by: UUID
    crew: tuple[str, ...] = ()
    promised_at: datetime | None = None
    times: dict[str, int] = {}
    result: str | None = None
    flags: tuple[str, ...] = ()
    preempted_for: UUID | None = None
    proposal_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def watches(self) -> bool:
        """Whether it asks a video patrol to look: nobody is sent by it, so that it says nothing of how far the incident is."""
        return WATCHES in self.flags

    @property
    def is_out_of_touch(self) -> bool:
        """Whether its unit is on scene, its position was lost, and neither that nor a word of it has come since."""
        lost = self.times.get("touch_lost")
        heard = max(self.times.get("touch_regained", 0), self.times.get("checked", 0))
        return self.state is A.ON_SCENE and lost is not None and lost > heard


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One form about one assignment. Texts and people lie sealed apart; people_count is how many.

    form_code, form_version: what was asked, None when it was told without a form; answers: what says nothing of a person;
    complete: all was answered that the form of its type asks, None: older than forms by type.
    """

    id: UUID
    assignment_id: UUID
    incident_id: UUID
    kind: FeedbackKind
    state: FeedbackState
    version: int
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
