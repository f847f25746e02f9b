"""What clients send of broadcasts: what is to be said to whom, marks, until when; and texts that are being typed.

Types of the doors in `web.routes.broadcasts`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Audience, Kind, Mark
from web.schemas import Act, Moment, in_this_age

Said = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Advice = Annotated[str, msgspec.Meta(max_length=500)]
Typed = Annotated[str, msgspec.Meta(max_length=10_000)]


class RecipientsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units and rooms exactly as they were shown."""

    units: tuple[UUID, ...] = ()
    rooms: tuple[UUID, ...] = ()


class AudienceIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a broadcast would reach now. through: a room above one's own that would be asked to send it."""

    audience: Audience
    through: UUID | None = None


class BroadcastIn(AudienceIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said to many 群呼 (`call`), or whom to look out for 布控 (`lookout`, which needs expires_at).

    advice: what to do; replaces: the broadcast it is an update of; recipients: those that were shown, else whoever the audience
    means when it is sent; exercise: a drill's, which finds only a drill's reports.
    """

    kind: Kind
    text: Said
    urgent: bool = False
    advice: Advice | None = None
    marks: Annotated[tuple[Mark, ...], msgspec.Meta(max_length=20)] = ()
    expires_at: Moment | None = None
    incident_id: UUID | None = None
    replaces: UUID | None = None
    recipients: RecipientsIn | None = None
    exercise: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("expires_at", self.expires_at)


class BroadcastExtendIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when it holds now."""

    expires_at: Moment

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("expires_at", self.expires_at)


class BroadcastEndIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it holds no longer, or is not sent; whoever was told of it is told that too."""

    text: Said


class BroadcastLinkIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The incident that is about what is looked out for."""

    incident_id: UUID


class MatchesIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts as they are being typed; nothing of them is kept."""

    texts: Annotated[tuple[Typed, ...], msgspec.Meta(max_length=10)]
    exercise: bool = False
