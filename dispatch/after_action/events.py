"""What has happened to after-action reviews and their actions, in the past tense; folding the facts gives the rows.

No fact holds a text.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.after_action.model import Cause, Finding
from dispatch.firings import RuleFired


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Opened(Fact, frozen=True, kw_only=True, tag="opened"):
    """An incident is to be looked back on; begun: by a person, who begins with it."""

    incident_id: UUID
    room_id: UUID
    causes: tuple[Cause, ...]
    by: str
    begun: bool
    at: int


class Begun(Fact, frozen=True, kw_only=True, tag="begun"):
    """Somebody has begun with it."""

    by: str
    at: int


class Joined(Fact, frozen=True, kw_only=True, tag="joined"):
    """Somebody takes part."""

    who: str
    at: int


class Found(Fact, frozen=True, kw_only=True, tag="found"):
    """Something was found."""

    finding: Finding


class Closed(Fact, frozen=True, kw_only=True, tag="closed"):
    """Its conclusion is signed."""

    by: str
    at: int
    narrative_id: UUID


class Withdrawn(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """It is not held after all."""

    by: str
    at: int


class Ordered(Fact, frozen=True, kw_only=True, tag="ordered"):
    """A room is to do something about what was found."""

    review_id: UUID
    incident_id: UUID
    finding_id: UUID | None = None
    from_room_id: UUID
    room_id: UUID
    role: str | None = None
    by: str
    narrative_id: UUID
    due_at: datetime
    at: int


class Done(Fact, frozen=True, kw_only=True, tag="done"):
    """The room says that it is done, and with what."""

    by: str
    at: int
    narrative_id: UUID


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    """That will not do; due_at: a new time, None: as before."""

    by: str
    at: int
    narrative_id: UUID
    due_at: datetime | None = None


class Verified(Fact, frozen=True, kw_only=True, tag="verified"):
    """Somebody else has seen that it is done."""

    by: str
    at: int
    narrative_id: UUID | None = None


class Dropped(Fact, frozen=True, kw_only=True, tag="dropped"):
    """It will not be done; the reason stands sealed."""

    by: str
    at: int
    narrative_id: UUID


ReviewFact = Opened | Begun | Joined | Found | Closed | Withdrawn | RuleFired
ActionFact = Ordered | Done | Returned | Verified | Dropped | RuleFired
