"""What a seat or a unit is shown of a broadcast, its recipients and lamps.

Texts are opened before and handed in; whoever may not see a broadcast is shown none of these.
"""

from typing import Literal
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Audience, BroadcastState, Kind, Mark, MarkKind, Party, Source
from dispatch.broadcasts.store import Counts
from dispatch.instants import Instant
from dispatch.shown import AlertShown

Reached = Literal["read", "delivered", "sent", "waiting", "no_terminal"]
"""How far it has come at a recipient. waiting: on its way to the gateway, or to a seat; no_terminal: to be told by voice."""


class BroadcastTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When it was written, sent, last called, extended, ended."""

    written: Instant | None = None
    sent: Instant | None = None
    called: Instant | None = None
    extended: Instant | None = None
    ended: Instant | None = None


class SpottingShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mark was found. number: of the incident; noticed: the sender's seats have seen it."""

    id: UUID
    incident_id: UUID
    number: str | None
    source: Source
    mark: MarkKind | None
    at: Instant | None
    noticed: bool


class RoomLamp(msgspec.Struct, frozen=True):
    """A room it went to: since when it is read there, by whom."""

    room_id: UUID
    read_at: Instant | None
    read_by: str | None


class BroadcastShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to many 群呼, or whom to look out for 布控. text null: it was erased. advice: what to do.

    number: as people say it, with its revision; scope_room: the room over all whom it reaches; counts: of its lamps; rooms:
    those whose seats it went to.
    """

    id: UUID
    version: int
    kind: Kind
    urgent: bool
    number: str
    revision: int
    state: BroadcastState
    room: UUID
    scope_room: UUID
    by: str
    ended_by: str | None
    incident_id: UUID | None
    incident_number: str | None
    text: str | None
    advice: str | None
    marks: tuple[Mark, ...]
    outcome: str | None
    audience: Audience
    exercise: bool
    expires_at: Instant | None
    replaces: UUID | None
    replaced_by: UUID | None
    times: BroadcastTimes
    counts: Counts
    rooms: tuple[RoomLamp, ...]
    spottings: tuple[SpottingShown, ...]
    alerts: tuple[AlertShown, ...]


class BroadcastLampShown(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a broadcast at one recipient, with how far it has come in all."""

    id: UUID
    version: int
    broadcast_id: UUID
    party_id: UUID
    party: Party
    added_at: Instant | None
    delivered_at: Instant | None
    read_at: Instant | None
    read_by: str | None
    counts: Counts


class RecipientShown(msgspec.Struct, frozen=True, kw_only=True):
    """One of whom it went to. name: call sign, or the room's; room: the unit's own; later: it came to it after the sending."""

    party_id: UUID
    party: Party
    name: dict[Literal["zh", "en"], str]
    room: UUID | None
    terminal: bool
    reached: Reached
    later: bool
    sent_at: Instant | None
    delivered_at: Instant | None
    read_at: Instant | None
    read_by: str | None


class AddressedShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an audience reaches now, before anything is sent. terminals: how many of the units have one.

    scope_room: the room over all of them; asks: it is not the sender's to reach them, that room is asked to send it.
    """

    units: tuple[UUID, ...]
    rooms: tuple[UUID, ...]
    terminals: int
    scope_room: UUID
    asks: bool


class MatchShown(msgspec.Struct, frozen=True, kw_only=True):
    """A lookout of which a mark stands in what is being typed. at: in which of the texts, from 0."""

    broadcast: BroadcastShown
    mark: MarkKind
    at: int
