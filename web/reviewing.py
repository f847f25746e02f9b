"""What clients send of after-action reviews and of what follows from them.

Types of the doors in `web.routes.after_action`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.after_action.model import FindingKind
from web.schemas import Act, Moment, Short, Text, in_this_age

Said = Annotated[Text, msgspec.Meta(min_length=1)]


class JoinIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes part; left out: whoever asks."""

    participant: Short | None = None


class FindingIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found; position: of the fact in the journal of the incident that it speaks of."""

    kind: FindingKind
    text: Said
    position: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None


class ConclusionIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conclusion that is signed."""

    text: Said


class ReviewActionIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a room is to do until when; finding_id: what it follows from; role: whose work it is there."""

    room_id: UUID
    text: Said
    due_at: Moment
    finding_id: UUID | None = None
    role: Short | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("due_at", self.due_at)


class SaidIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With what it was done, or why it is not."""

    text: Said


class VerifiedIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody else has seen that it is done."""

    text: Text | None = None


class ActionReturnIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is missing; due_at: until when it is to be done, left out while the old time lies ahead."""

    text: Said
    due_at: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("due_at", self.due_at)
