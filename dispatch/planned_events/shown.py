"""Planned events as seats are shown them. Lists and the live feed hold no sealed words; a single reading opens them.

Times are UTC; what a post is at a moment follows from its times and is worked out where it is drawn.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from dispatch.planned_events.events import LogKind
from dispatch.planned_events.model import EventState, Kind, Phase, PhaseChange, PlannedEvent, Post
from dispatch.shown import AlertShown, Command, Waiting

Texts = Mapping[UUID, str]


class PhaseShown(msgspec.Struct, frozen=True, kw_only=True):
    """A part of it. id: null for one written before phases had ids."""

    id: UUID | None
    name: str
    starts_at: Instant
    ends_at: Instant


class ConflictShown(msgspec.Struct, frozen=True, kw_only=True):
    """Why a unit may not be where it is wanted: key and parameters, and both sentences."""

    key: str
    params: dict[str, Any]
    zh: str
    en: str


class EventPostShown(msgspec.Struct, frozen=True, kw_only=True):
    """One unit at one point. relieves: the post it takes over; phase_id: follows that phase; conflicts, task: in a single reading only."""

    id: UUID
    unit_id: UUID
    call_sign: str | None
    name: str
    lon: float
    lat: float
    starts_at: Instant
    ends_at: Instant
    relieves: UUID | None
    phase_id: UUID | None
    checked_in_at: Instant | None
    checked_in_by: str | None
    withdrawn_at: Instant | None
    relieved_at: Instant | None
    task: str | None = None
    conflicts: tuple[ConflictShown, ...] = ()


class InsideShown(msgspec.Struct, frozen=True, kw_only=True):
    """An incident inside the area; what it is, in a single reading and as far as this seat may see it."""

    id: UUID
    at: Instant
    number: str | None = None
    state: str | None = None
    priority: int | None = None
    type: str | None = None


class EventTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each state was last reached. rephased: since when its phases are others than its approver knows."""

    draft: Instant | None = None
    submitted: Instant | None = None
    returned: Instant | None = None
    approved: Instant | None = None
    running: Instant | None = None
    ended: Instant | None = None
    summed_up: Instant | None = None
    cancelled: Instant | None = None
    rephased: Instant | None = None


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """A planned event. room: who owns it; command: who commands it; crowd: people expected; logged: entries of its log.

    note, contact, summary and the tasks of posts are null in lists, in the feed, and for seats it does not concern.
    """

    id: UUID
    version: int
    state: EventState
    name: str
    kind: Kind
    exercise: bool
    room: UUID
    command: Command
    area: dict[str, Any]
    starts_at: Instant
    ends_at: Instant
    phases: tuple[PhaseShown, ...]
    crowd: int | None
    talk_group: str | None
    note: str | None = None
    contact: str | None = None
    summary: str | None = None
    drafted_by: str
    submitted_by: str | None
    approved_by: str | None
    posts: tuple[EventPostShown, ...]
    incidents: tuple[InsideShown, ...]
    logged: int
    times: EventTimes
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


EventLogFact = Literal[
    "drafted", "amended", "submitted", "approved", "returned", "cancelled", "started", "extended", "ended", "summed_up",
    "dedicated", "withdrawn", "checked_in", "linked", "logged", "rephased",
]  # fmt: skip


class PhaseChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A phase as it was and as it is instead; was null: it is new; now null: it was taken out."""

    was: PhaseShown | None
    now: PhaseShown | None


class EventLogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has happened to it, or that was written into its log. n: rises by one a fact, newest highest.

    phases: what of them was changed; posts: names of posts that followed.
    """

    n: int
    fact: EventLogFact
    at: Instant
    by: str
    via: str
    kind: LogKind | None = None
    text: str | None = None
    reason: str | None = None
    post: str | None = None
    unit_id: UUID | None = None
    units: int | None = None
    incident_id: UUID | None = None
    ends_at: Instant | None = None
    phases: tuple[PhaseChangeShown, ...] = ()
    posts: tuple[str, ...] = ()


def event_shown(
    p: PlannedEvent,
    waiting: Waiting | None = None,
    alerts: tuple[AlertShown, ...] = (),
    texts: Texts | None = None,
    signs: Mapping[UUID, str] | None = None,
) -> EventShown:
    """An event; texts: of its sealed rows, as far as they are to be shown; signs: call signs of its units."""
    opened = texts or {}

    def text(id_: UUID | None) -> str | None:
        return opened.get(id_) if id_ else None

    return EventShown(
        id=p.id, version=p.version, state=p.state, name=p.name, kind=p.kind, exercise=p.exercise, room=p.room_id,
        command=Command(p.command_room_id, p.command_seat), area=p.area, starts_at=instant(p.starts_at),
        ends_at=instant(p.ends_at), crowd=p.crowd, talk_group=p.talk_group, note=text(p.note_id),
        contact=text(p.contact_id), summary=text(p.summary_id), drafted_by=p.drafted_by, submitted_by=p.submitted_by,
        approved_by=p.approved_by, posts=tuple(_post(post, text(post.task_id), (signs or {}).get(post.unit_id)) for post in p.posts),
        phases=tuple(_phase(one) for one in p.phases),
        incidents=tuple(InsideShown(id=one.incident_id, at=instant(one.at)) for one in p.inside), logged=p.logged,
        times=EventTimes(**{state: instant(at) for state, at in p.times.items()}), waiting=waiting, alerts=alerts,
    )  # fmt: skip


def change_shown(change: PhaseChange) -> PhaseChangeShown:
    """What was and what is instead."""
    was, now = (None if one is None else _phase(one) for one in (change.was, change.now))
    return PhaseChangeShown(was=was, now=now)


def _phase(one: Phase) -> PhaseShown:
    return PhaseShown(
        id=one.id, name=one.name, starts_at=instant(one.starts_at), ends_at=instant(one.ends_at)
    )


def _post(post: Post, task: str | None, sign: str | None) -> EventPostShown:
    return EventPostShown(
        id=post.id, unit_id=post.unit_id, call_sign=sign, name=post.name, lon=post.lon, lat=post.lat, starts_at=instant(post.starts_at),
        ends_at=instant(post.ends_at), relieves=post.relieves, phase_id=post.phase_id, checked_in_at=instant(post.checked_in_at),
        checked_in_by=post.checked_in_by, withdrawn_at=instant(post.withdrawn_at),
        relieved_at=instant(post.relieved_at), task=task,
    )  # fmt: skip
