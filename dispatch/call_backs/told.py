"""What a seat is shown of a call-back: what the caller said, and each time nobody answered.

Beside the alarm it belongs to; whom to ask stands in `shown`.
"""

from uuid import UUID

import msgspec

from dispatch.instants import Instant
from incidents.model import CallBackOutcome, FollowUp


class CallBackShown(msgspec.Struct, frozen=True):
    """What the caller said when asked afterwards."""

    outcome: CallBackOutcome
    at: Instant | None
    text: str | None
    then: FollowUp | None = None
    supervision_id: UUID | None = None
    ended: bool = False


class UnreachedShown(msgspec.Struct, frozen=True):
    """A caller was called back and not reached."""

    at: Instant | None
    by: str
    text: str | None
