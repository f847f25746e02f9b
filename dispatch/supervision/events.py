"""What has happened to supervision orders, in the past tense; folding an order's facts gives its row.

No fact holds a text.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired
from dispatch.supervision.model import Cause


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Given(Fact, frozen=True, kw_only=True, tag="given"):
    """A room demands an answer of one below it."""

    cause: Cause
    incident_id: UUID | None = None
    alarm_id: UUID | None = None
    from_room_id: UUID
    to_room_id: UUID
    by: str
    narrative_id: UUID
    due_at: datetime
    at: int


class Answered(Fact, frozen=True, kw_only=True, tag="answered"):
    """The room it was given to has answered."""

    by: str
    at: int
    narrative_id: UUID


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    """The answer will not do; due_at: when a better one is due, None: as before."""

    by: str
    at: int
    narrative_id: UUID
    due_at: datetime | None = None


class SignedOff(Fact, frozen=True, kw_only=True, tag="signed_off"):
    """The answer was accepted: it is over."""

    by: str
    at: int
    narrative_id: UUID | None = None


class Withdrawn(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """It is demanded no longer."""

    by: str
    at: int


SupervisionFact = Given | Answered | Returned | SignedOff | Withdrawn | RuleFired
