"""An after-action review, its findings, and the actions that follow. Frozen values with exactly the columns of their tables.

A review stands until its conclusion is signed, which needs every action to have ended; texts lie sealed apart.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

Cause = Literal["sensitive", "major", "sample", "person"]
"""Why it was opened: a sensitive type, a major incident, drawn at random, or because somebody wants to know."""
FindingKind = Literal["well", "not_well", "cause"]
"""What went well, what did not, why."""
TurnKind = Literal["done", "returned", "verified", "dropped"]


class ReviewState(StrEnum):
    """Where a review stands. Waiting: opened by rule, and nobody has begun it."""

    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ActionState(StrEnum):
    """Where an action stands; done is not its end, somebody else looks at it first."""

    OPEN = "open"
    DONE = "done"
    RETURNED = "returned"
    VERIFIED = "verified"
    DROPPED = "dropped"


R = ReviewState
X = ActionState
STANDING = frozenset({R.WAITING, R.OPEN})
ENDED = frozenset({R.CLOSED, R.WITHDRAWN})
ACTION_STANDING = frozenset({X.OPEN, X.DONE, X.RETURNED})
ACTION_ENDED = frozenset({X.VERIFIED, X.DROPPED})


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing found. at: ms since 1970, UTC; position: of the fact in the journal that it speaks of; moment: when that was, ms."""

    id: UUID
    kind: FindingKind
    by: str
    at: int
    narrative_id: UUID
    position: int | None = None
    moment: int | None = None


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """An action was done, returned, verified or dropped. at: ms since 1970, UTC."""

    kind: TurnKind
    by: str
    at: int
    narrative_id: UUID | None = None


class AfterActionReview(msgspec.Struct, frozen=True, kw_only=True):
    """The review of one incident. causes: why it was opened; participants: principals; times: state -> ms since 1970.

    room_id: the room that has duty of the incident, whose review it is; conclusion_id: what was concluded, sealed.
    """

    id: UUID
    version: int
    state: ReviewState
    incident_id: UUID
    room_id: UUID
    causes: tuple[Cause, ...]
    opened_by: str
    participants: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    conclusion_id: UUID | None = None
    signed_by: str | None = None
    times: dict[str, int]

    @property
    def stands(self) -> bool:
        return self.state in STANDING


class ReviewAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a room is to do about what was found. from_room_id: whose review it is; finding_id: what it follows from.

    role: whose work it is there, if somebody's in particular; times: state -> ms since 1970 when it was last reached.
    """

    id: UUID
    version: int
    state: ActionState
    review_id: UUID
    incident_id: UUID
    finding_id: UUID | None = None
    from_room_id: UUID
    room_id: UUID
    role: str | None = None
    by: str
    narrative_id: UUID
    due_at: datetime
    times: dict[str, int]
    turns: tuple[Turn, ...] = ()

    @property
    def stands(self) -> bool:
        return self.state in ACTION_STANDING

    def said_by(self, kind: TurnKind) -> str | None:
        """Who said the last of that kind."""
        return next((turn.by for turn in reversed(self.turns) if turn.kind == kind), None)


def standing(actions: Iterable[ReviewAction]) -> list[ReviewAction]:
    """Those that have not ended."""
    return [action for action in actions if action.stands]
