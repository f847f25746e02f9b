"""A planned event, its phases and its posts. Frozen values with exactly the columns of their table.

Names of events, phases and posts are public; whatever else is said in words lies sealed apart. A unit once at a post belongs
to the event until somebody withdraws or relieves it, or ends the event: no time frees it.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.rooms import Rooms

Kind = Literal["sport", "performance", "assembly", "festival", "exhibition", "examination", "escort", "other"]


class EventState(StrEnum):
    """Where a planned event stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    RUNNING = "running"
    ENDED = "ended"
    SUMMED_UP = "summed_up"
    CANCELLED = "cancelled"


S = EventState
WRITTEN = frozenset({S.DRAFT, S.RETURNED})
"""May be written anew."""
PREPARED = frozenset({S.DRAFT, S.SUBMITTED, S.RETURNED, S.APPROVED})
OVER = frozenset({S.SUMMED_UP, S.CANCELLED})


class Phase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of it with a name, such as 散场, from one time to another. id: None for those written before phases had one."""

    id: UUID | None = None
    name: str
    starts_at: datetime
    ends_at: datetime


class PhaseChange(msgspec.Struct, frozen=True, kw_only=True):
    """A phase as it was and as it is instead; was None: it is new; now None: it was taken out."""

    was: Phase | None
    now: Phase | None


class PostTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When a post is to be manned instead."""

    post_id: UUID
    starts_at: datetime
    ends_at: datetime


class Post(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One unit at one point for one time. lon, lat: WGS-84; task_id: what it has to do there, sealed; phase_id: follows that one.

    relieves: the post whose unit it takes over from; *_at: ms since 1970, UTC. Counts from starts_at, its report time.
    """

    id: UUID
    unit_id: UUID
    name: str
    lon: float
    lat: float
    starts_at: datetime
    ends_at: datetime
    task_id: UUID | None = None
    relieves: UUID | None = None
    phase_id: UUID | None = None
    checked_in_at: int | None = None
    checked_in_by: str | None = None
    withdrawn_at: int | None = None
    relieved_at: int | None = None

    @property
    def stands(self) -> bool:
        """Whether its unit still belongs to the event."""
        return self.withdrawn_at is None and self.relieved_at is None

    @property
    def is_awaited(self) -> bool:
        """Whether its unit has yet to check in."""
        return self.stands and self.checked_in_at is None

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether its time overlaps with another."""
        return self.starts_at < ends_at and starts_at < self.ends_at


class Inside(msgspec.Struct, frozen=True):
    """An incident inside the area while it ran. at: when that was noticed, ms since 1970, UTC."""

    incident_id: UUID
    at: int


class PlannedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An operation. area: GeoJSON, WGS-84, polygons or a route; crowd: people expected; talk_group: its channel.

    room_id: who owns it; command_room_id, command_seat: who commands it; note_id, contact_id: duty level note and priority
    contact, sealed; summary_id: what was summed up; times: state -> ms since 1970 when it was last reached, and `rephased`: since when its
    phases are others than its approver knows.
    """

    id: UUID
    version: int
    state: EventState
    name: str
    kind: Kind
    exercise: bool
    room_id: UUID
    command_room_id: UUID
    command_seat: str | None = None
    area: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    phases: tuple[Phase, ...] = ()
    crowd: int | None = None
    talk_group: str | None = None
    note_id: UUID | None = None
    contact_id: UUID | None = None
    summary_id: UUID | None = None
    drafted_by: str
    submitted_by: str | None = None
    approved_by: str | None = None
    posts: tuple[Post, ...] = ()
    inside: tuple[Inside, ...] = ()
    logged: int = 0
    times: dict[str, int]

    def post(self, post_id: UUID) -> Post | None:
        """One of its posts."""
        return next((post for post in self.posts if post.id == post_id), None)

    def phase(self, phase_id: UUID) -> Phase | None:
        """One of its phases."""
        return next((phase for phase in self.phases if phase.id == phase_id), None)

    @property
    def standing(self) -> Iterator[Post]:
        """Posts whose units belong to it, as far as it is not over."""
        return (post for post in self.posts if post.stands)

    @property
    def lasting(self) -> Iterator[Post]:
        """Posts that stand to its end, and longer when it lasts longer."""
        return (post for post in self.standing if post.ends_at >= self.ends_at)

    @property
    def units(self) -> frozenset[UUID]:
        """Whoever is at one of its posts, or was until it ended."""
        return frozenset(post.unit_id for post in self.standing)

    @property
    def unmanned_since(self) -> datetime | None:
        """The earliest report time of those who have not checked in."""
        return min((post.starts_at for post in self.standing if post.is_awaited), default=None)

    def knows(self, incident_id: UUID) -> bool:
        """Whether the incident was noticed already."""
        return any(one.incident_id == incident_id for one in self.inside)

    @property
    def is_public(self) -> bool:
        """Whether every seat sees it: what an approved event changes concerns whoever orders units."""
        return S.APPROVED.value in self.times

    def seen_by(self, rooms: Rooms) -> frozenset[UUID]:
        """Everybody from its approval on; before, its rooms and those above."""
        if self.is_public:
            return rooms.everything
        own = (rooms.by_id.get(self.room_id), rooms.by_id.get(self.command_room_id))
        return frozenset[UUID]().union(*(room.lineage for room in own if room is not None))
