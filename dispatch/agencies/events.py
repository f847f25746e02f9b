"""What has happened to agency requests, in the past tense; folding a request's facts gives its row.

No fact holds what a person said; `reference` is the other agency's number.
"""

from uuid import UUID

import msgspec

from dispatch.agencies.model import Agency, RequestState


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Sent(Fact, frozen=True, kw_only=True, tag="sent"):
    """An agency was asked for help."""

    incident_id: UUID
    agency: Agency
    name: str | None = None
    room_id: UUID
    by: str
    narrative_id: UUID | None = None
    at: int


class Stepped(Fact, frozen=True, kw_only=True, tag="stepped"):
    """A step forward, or a late earlier step that fills its empty time (`state` then stays)."""

    state: RequestState
    step: RequestState
    at: int
    reference: str | None = None
    outcome_id: UUID | None = None


class Chased(Fact, frozen=True, kw_only=True, tag="chased"):
    """It was told to the agency again."""

    at: int


class Unreached(Fact, frozen=True, kw_only=True, tag="unreached"):
    """What was to be told to the agency was given up: no port took it."""

    at: int


RequestFact = Sent | Stepped | Chased | Unreached
