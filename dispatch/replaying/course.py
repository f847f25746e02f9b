"""The course of an incident, whole: its times against targets, who knew what when, how it stood from moment to moment, what was chosen.

Assembled from the journal for whoever sees the incident. What people wrote is told only on request, to whom it is for, and that is logged.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from dispatch import journal, views
from dispatch import store as dispatch_store
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.instants import Instant, instant
from dispatch.journal import Connection, FeedRow
from dispatch.model import Assignment
from dispatch.plans import store as plan_store
from dispatch.plans.model import Task
from dispatch.replaying import store
from dispatch.replaying.frames import NOUNS, Frame, at_moment, frames, known
from dispatch.replaying.intervals import Interval, intervals
from dispatch.replaying.knowing import (
    Lamp,
    Learned,
    Party,
    Story,
    ToldUnit,
    Watching,
    learned,
    room_key,
    unit_key,
)
from dispatch.replaying.passed_over import Choice, choice
from dispatch.rules import Phrase
from dispatch.shown import IncidentShown
from dispatch.waiting import Spoken, room_said
from dispatch.work import ms
from incidents import store as incident_store
from incidents.model import Incident

log = structlog.get_logger(__name__)


class SaidInCourse(msgspec.Struct, frozen=True, kw_only=True):
    """A note, or a feedback form. text null: none, erased, or not asked for (`sealed` of the course)."""

    kind: str
    of: Literal["note", "feedback"]
    id: UUID
    assignment_id: UUID | None
    by: str
    at: Instant | None
    urgent: bool
    state: str | None
    text: str | None


class TaskInCourse(msgspec.Struct, frozen=True, kw_only=True):
    """What was to be done, until when, and when it was; late_s null: it had no time, or was done in time."""

    id: UUID
    title: Phrase
    room: UUID
    state: str
    opened_at: Instant | None
    due_at: Instant | None
    done_at: Instant | None
    late_s: float | None


class OrderInCourse(msgspec.Struct, frozen=True, kw_only=True):
    """One order. times: step -> when."""

    id: UUID
    unit_id: UUID | None
    room_id: UUID | None
    call_sign: str | None
    role: str
    state: str
    promised_at: Instant | None
    times: dict[str, Instant]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident went. from_at, to_at: its first sign and its end, or now; now: by our clock; running: it goes on.

    sealed: texts were not asked for, or are not for this seat; actors: principals that had a hand in it.
    """

    incident_id: UUID
    number: str
    state: str
    version: int
    priority: int
    type: str | None
    exercise: bool
    running: bool
    from_at: Instant
    to_at: Instant
    now: Instant
    sealed: bool
    parties: tuple[Party, ...]
    intervals: tuple[Interval, ...]
    knowledge: tuple[Learned, ...]
    frames: tuple[Frame, ...]
    orders: tuple[OrderInCourse, ...]
    tasks: tuple[TaskInCourse, ...]
    said: tuple[SaidInCourse, ...]
    choices: tuple[Choice, ...]
    actors: tuple[str, ...]


async def course(
    conn: Connection, centre: Centre, principal: Principal, incident_id: UUID, *, texts: bool = False
) -> Course:
    """How an incident went, or goes. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    authorise(principal, "incident", "read", ("sees",) if principal.rooms else ())
    if texts:
        authorise(principal, "incident", "open_texts", ("sees",))
    log.info("course_read", principal=principal.id, incident_id=str(incident_id), texts=texts)
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        read = await _read(conn, centre, incident_id)
        choices = await _choices(conn, read.orders, read.shown)
    knowledge, pictures = await asyncio.to_thread(_retold, read)
    incident, shown = read.incident, read.shown
    first, last = _span(incident, read.rows, ms(read.now))
    return Course(
        incident_id=incident_id, number=incident.number, state=incident.state, version=incident.version,
        priority=incident.priority, type=incident.type_verified or incident.type_reported,
        exercise=incident.exercise, running=incident.state in _RUNNING, from_at=instant(first), to_at=instant(last),
        now=instant(read.now), sealed=not texts, parties=_parties(centre, read.watching, read.orders, shown),
        intervals=intervals(incident, read.orders, read.now), knowledge=knowledge, frames=pictures,
        orders=_orders(read.orders, shown), tasks=tuple(_task(task, ms(read.now)) for task in read.tasks),
        said=_said(shown, texts=texts), choices=choices,
        actors=tuple(dict.fromkeys(row.who for row in read.rows if not row.who.startswith("system"))),
    )  # fmt: skip


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What stood in the tables at one moment."""

    incident: Incident
    family: list[UUID]
    rows: list[FeedRow]
    orders: list[Assignment]
    tasks: list[Task]
    watching: list[Watching]
    told: list[ToldUnit]
    lamps: list[Lamp]
    shown: IncidentShown
    now: datetime


async def _read(conn: Connection, centre: Centre, incident_id: UUID) -> _Read:
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    _, _, tasks = await plan_store.of_incidents(conn, family)
    [shown] = await views.incidents(conn, centre, [incident_id], views.ALL)
    return _Read(
        incident=(await incident_store.read_incidents(conn, [incident_id]))[incident_id], family=family,
        rows=await journal.of_mentioned(conn, family, (*NOUNS, "broadcast")), orders=await dispatch_store.assignments_of(conn, family),
        tasks=tasks, watching=await store.watching(conn, family), told=await store.told_units(conn, family), lamps=await store.lamps(conn, family), shown=shown,
        now=await dispatch_store.now(conn),
    )  # fmt: skip


def _retold(read: _Read) -> tuple[tuple[Learned, ...], tuple[Frame, ...]]:
    """The long part, of thousands of facts where many reported the same: in a thread, so that nobody waits for it."""
    story = Story(
        facts=[one for one in known(read.rows) if one.row.incident_id in read.family], watching=read.watching,
        told=read.told, units={a.id: a.unit_id for a in read.orders if a.unit_id},
        rooms={a.id: a.room_id for a in read.orders if a.room_id}, lamps=read.lamps,
    )  # fmt: skip
    return tuple(learned(story)), tuple(frames(read.rows, read.incident.id, read.family))


_RUNNING = frozenset(
    {"received", "dispatched", "accepted", "en_route", "on_scene", "handled", "fed_back", "reviewed"}
)


async def as_known(conn: Connection, principal: Principal, incident_id: UUID, until: int) -> Frame | None:
    """The incident as it was known at a moment (ms since 1970). Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    authorise(principal, "incident", "read", ("sees",) if principal.rooms else ())
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    rows = await journal.of_mentioned(conn, family, NOUNS)
    return at_moment(rows, incident_id, family, until)


def _span(incident: Incident, rows: Sequence[FeedRow], now_ms: int) -> tuple[int, int]:
    """From its first sign to its last fact; what goes on goes on until now."""
    first = min([at for at in (incident.began, ms(rows[0].recorded_at) if rows else None) if at is not None])
    if incident.state in _RUNNING:
        return first, max(now_ms, first + 1)
    return first, max([first + 1, *(ms(row.recorded_at) for row in rows[-1:])])


def _said_of(spoken: Spoken, id_: UUID) -> dict[Literal["zh", "en"], str]:
    said = room_said(spoken, id_)
    return {"zh": said["zh"], "en": said["en"]}


def _parties(
    centre: Centre, watching: Sequence[Watching], orders: Sequence[Assignment], shown: IncidentShown
) -> tuple[Party, ...]:
    """The owning room first, then rooms above and beside, then units in the order they were sent."""
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    ids = sorted({one.room_id for one in watching}, key=lambda id_: (id_ != shown.room, str(id_)))
    rooms = [Party(key=room_key(id_), kind="room", id=id_, name=_said_of(spoken, id_)) for id_ in ids]
    signs = _signs(shown)
    sent = dict.fromkeys(a.unit_id for a in sorted(orders, key=lambda a: a.id) if a.unit_id)
    return (
        *rooms,
        *(
            Party(
                key=unit_key(id_),
                kind="unit",
                id=id_,
                name={"zh": signs.get(id_) or "?", "en": signs.get(id_) or "?"},
            )
            for id_ in sent
        ),
    )


def _signs(shown: IncidentShown) -> Mapping[UUID, str]:
    return {a.unit_id: a.unit.call_sign for a in shown.assignments if a.unit_id and a.unit}


def _orders(orders: Sequence[Assignment], shown: IncidentShown) -> tuple[OrderInCourse, ...]:
    signs = _signs(shown)
    return tuple(
        OrderInCourse(
            id=a.id, unit_id=a.unit_id, room_id=a.room_id, call_sign=signs.get(a.unit_id) if a.unit_id else None,
            role=a.role, state=a.state, promised_at=instant(a.promised_at),
            times={name: instant(at) for name, at in sorted(a.times.items(), key=lambda one: one[1])},
        )
        for a in orders
    )  # fmt: skip


def _task(task: Task, now_ms: int) -> TaskInCourse:
    late = None
    if task.due_at is not None:
        ended = ms(task.done_at) if task.done_at else now_ms
        late = max(0, ended - ms(task.due_at)) / 1000 or None
    return TaskInCourse(
        id=task.id, title=task.step.title, room=task.room_id, state=task.state, opened_at=instant(task.opened_at),
        due_at=instant(task.due_at), done_at=instant(task.done_at), late_s=late,
    )  # fmt: skip


def _said(shown: IncidentShown, *, texts: bool) -> tuple[SaidInCourse, ...]:
    notes = [
        SaidInCourse(
            kind=note.kind, of="note", id=note.id, assignment_id=None, by=note.by, at=note.recorded_at,
            urgent=note.urgent, state=None, text=note.text if texts else None,
        )
        for note in shown.notes
    ]  # fmt: skip
    forms = [
        SaidInCourse(
            kind=form.kind, of="feedback", id=form.id, assignment_id=form.assignment_id, by=form.by,
            at=form.recorded_at, urgent=False, state=form.state, text=form.text if texts else None,
        )
        for order in shown.assignments
        for form in order.feedback
    ]  # fmt: skip
    return tuple(sorted([*notes, *forms], key=lambda one: one.at or ""))


async def _choices(
    conn: Connection, orders: Sequence[Assignment], shown: IncidentShown
) -> tuple[Choice, ...]:
    signs = _signs(shown)
    sent: dict[UUID, dict[UUID, str | None]] = {}
    for a in orders:
        if a.recommendation_id is not None and a.unit_id is not None:
            sent.setdefault(a.recommendation_id, {})[a.unit_id] = signs.get(a.unit_id)
    kept = await store.shown_before(conn, list(sent))
    return tuple(choice(id_, computed_at, body, sent[id_]) for id_, computed_at, body in kept)
