"""What has happened to broadcasts and to their lamps, in the past tense; folding the facts gives the rows.

No fact holds what is said, a mark or a reason.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Audience, Kind, Party, Spotting
from dispatch.firings import RuleFired


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Written(Fact, frozen=True, kw_only=True, tag="written"):
    """It was written; sent in the same act, or a room above is asked to send it."""

    kind: Kind
    urgent: bool
    number: str
    revision: int
    room_id: UUID
    scope_room_id: UUID
    by: str
    incident_id: UUID | None = None
    narrative_id: UUID
    advice_id: UUID | None = None
    marks_id: UUID | None = None
    audience: Audience
    exercise: bool = False
    expires_at: datetime
    replaces: UUID | None = None
    at: int


class Sent(Fact, frozen=True, kw_only=True, tag="sent"):
    """It went to so many recipients."""

    recipients: int
    line_id: UUID
    by: str
    at: int


class Extended(Fact, frozen=True, kw_only=True, tag="extended"):
    """It holds longer."""

    expires_at: datetime
    at: int


class CalledAgain(Fact, frozen=True, kw_only=True, tag="called_again"):
    """It was said again to so many who had not read it."""

    recipients: int
    at: int


class Spotted(Fact, frozen=True, kw_only=True, tag="spotted"):
    """A mark of it was found in what was told of an incident, or a person has linked it."""

    spotting: Spotting


class Noticed(Fact, frozen=True, kw_only=True, tag="noticed"):
    """Whoever sent it has seen where it was found."""

    by: str
    at: int


class Ended(Fact, frozen=True, kw_only=True, tag="ended"):
    """It holds no longer: expired, cancelled, replaced by an update, or the room above would not send it."""

    state: Literal["expired", "cancelled", "superseded", "declined"]
    by: str | None = None
    outcome_id: UUID | None = None
    replaced_by: UUID | None = None
    at: int


class Added(Fact, frozen=True, kw_only=True, tag="added"):
    """One more recipient: it logged on, or came into the area, while the broadcast holds."""

    broadcast_id: UUID
    party_id: UUID
    party: Party
    why: Literal["logged_on", "entered"]
    added_at: datetime


class Delivered(Fact, frozen=True, kw_only=True, tag="delivered"):
    """The terminal has it."""

    broadcast_id: UUID
    party_id: UUID
    party: Party
    delivered_at: datetime


class Read(Fact, frozen=True, kw_only=True, tag="read"):
    """Somebody has read it 已阅."""

    broadcast_id: UUID
    party_id: UUID
    party: Party
    read_at: datetime
    read_by: str


class AlertNoticed(Fact, frozen=True, kw_only=True, tag="alert_noticed"):
    """Somebody has seen what fell due; for them alone it is quiet."""

    rule: str
    by: str
    at: int


BroadcastFact = Written | Sent | Extended | CalledAgain | Spotted | Noticed | Ended | RuleFired | AlertNoticed
LampFact = Added | Delivered | Read
