"""What has happened to disputes, in the past tense; folding a dispute's facts gives its row.

No fact holds a text.
"""

from uuid import UUID

import msgspec

from dispatch.disputes.model import Ground


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Raised(Fact, frozen=True, kw_only=True, tag="raised"):
    """A room says that duty is another's."""

    incident_id: UUID
    by_room_id: UUID
    other_room_id: UUID
    judge_room_id: UUID
    by: str
    at: int
    narrative_id: UUID


class Stated(Fact, frozen=True, kw_only=True, tag="stated"):
    """A room has said something to it."""

    room_id: UUID
    by: str
    at: int
    narrative_id: UUID


class Decided(Fact, frozen=True, kw_only=True, tag="decided"):
    """The room above both has said who has duty, on this ground."""

    owner_room_id: UUID
    by: str
    at: int
    narrative_id: UUID
    ground: Ground


class Conceded(Fact, frozen=True, kw_only=True, tag="conceded"):
    """The other room takes it."""

    owner_room_id: UUID
    by: str
    at: int


class Withdrawn(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """Whoever disputed it does so no longer."""

    by: str
    at: int


DisputeFact = Raised | Stated | Decided | Conceded | Withdrawn
