"""A broadcast, whom it addresses, and the lamp of each recipient. Frozen values with exactly the columns of their tables.

What is said, what to do, the marks and every reason lie sealed apart, under a key of the broadcast's own.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import msgspec

from units.model import UnitClass, UnitKind

Kind = Literal["call", "lookout"]
"""call: something is said to many 群呼; lookout: whom or what to look out for 布控、协查."""
Party = Literal["unit", "room"]
MarkKind = Literal["plate", "vehicle", "name", "clothing", "person", "other"]
Source = Literal["alarm", "note", "feedback", "person", "message", "linked"]
"""What it was in that a mark was found: a report, a note, a form, somebody's name; linked: a person said that it is the one."""


class BroadcastState(StrEnum):
    """Where a broadcast stands; proposed: a room above is asked to send it."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    DECLINED = "declined"


B = BroadcastState
STANDING = frozenset({B.PROPOSED, B.ACTIVE})
OVER = frozenset({B.EXPIRED, B.CANCELLED, B.SUPERSEDED, B.DECLINED})


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to know them by, in words; only ever kept sealed."""

    kind: MarkKind
    text: str


class Area(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A polygon (GeoJSON, WGS-84), or a ring around a point: from inner_m to radius_m metres, degrees WGS-84."""

    geometry: dict[str, Any] | None = None
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    inner_m: float = 0.0


class Audience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom it is for. rooms: with everything below them; areas: whoever is inside; units: by name.

    kinds, classes: of the units of rooms and areas only these; empty: all. to_rooms: the seats of `rooms`; to_units: the
    units on duty there. auxiliaries: 群防群治 forces may receive it; they never do otherwise.
    """

    rooms: tuple[UUID, ...] = ()
    areas: tuple[Area, ...] = ()
    units: tuple[UUID, ...] = ()
    kinds: tuple[UnitKind, ...] = ()
    classes: tuple[UnitClass, ...] = ()
    to_rooms: bool = True
    to_units: bool = True
    auxiliaries: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it names nobody."""
        return not (self.rooms or self.areas or self.units)


class Spotting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mark was found in something of an incident. at: ms since 1970, UTC; noticed: the sender's seats have seen it."""

    id: UUID
    incident_id: UUID
    source: Source
    mark: MarkKind | None
    at: int
    noticed: bool = False


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to many. room_id: who sends it; scope_room_id: the room over all whom it reaches, which sends it for others.

    narrative_id: what is said; advice_id: what to do; marks_id: the marks; line_id: how it stands on a terminal;
    outcome_id: why it was cancelled or declined. replaces: the broadcast it is an update of; revision: which, from 1.
    recipients: how many it went to when it was sent; times: what happened -> ms since 1970, UTC.
    """

    id: UUID
    version: int
    kind: Kind
    urgent: bool
    number: str
    revision: int
    state: BroadcastState
    room_id: UUID
    scope_room_id: UUID
    by: str
    ended_by: str | None = None
    incident_id: UUID | None = None
    narrative_id: UUID
    advice_id: UUID | None = None
    marks_id: UUID | None = None
    line_id: UUID | None = None
    outcome_id: UUID | None = None
    audience: Audience
    exercise: bool = False
    expires_at: datetime
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    recipients: int = 0
    spottings: tuple[Spotting, ...] = ()
    times: Mapping[str, int]

    @property
    def called(self) -> str:
        """Its number as people say it; an update says which."""
        return self.number if self.revision == 1 else f"{self.number}/{self.revision}"

    def is_active(self, now: datetime) -> bool:
        """Whether it holds, also before the timer that ends it was fired."""
        return self.state is B.ACTIVE and now < self.expires_at


class Lamp(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a broadcast at one recipient, a unit or a room. Lamps only move forward; a read one was delivered."""

    id: UUID
    broadcast_id: UUID
    party_id: UUID
    party: Party
    added_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    read_by: str | None = None
    version: int
