"""Planned events in PostgreSQL: whole rows in and out, locked after the incidents an act works on.

Replicas read those that run when they start and when a fact says so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.planned_events.model import PlannedEvent

_COLUMNS = ", ".join(PlannedEvent.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in PlannedEvent.__struct_fields__)
EVENT_SAVE = f"""
INSERT INTO planned_event ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::planned_event, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
EVENT_LOCK = "SELECT to_jsonb(p)::text FROM planned_event p WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
EVENT_READ = "SELECT to_jsonb(p)::text FROM planned_event p WHERE id = ANY($1::uuid[]) ORDER BY id"
EVENTS_RUNNING = "SELECT to_jsonb(p)::text FROM planned_event p WHERE state = 'running' ORDER BY id"
# Events that another one may meet: not over, and at the same time.
EVENTS_MEETING = """
SELECT to_jsonb(p)::text FROM planned_event p
WHERE state IN ('draft', 'submitted', 'returned', 'approved', 'running') AND posts @> ANY($1::jsonb[]) ORDER BY id
"""
# $1 rooms of the seat, $2 the unit that asks, $3 below this id, $4 states, $5 owned or commanded by one of these rooms
_SEEN = """
SELECT p.id FROM planned_event p
WHERE (p.times ? 'approved' OR p.room_id = ANY($1::uuid[]) OR p.command_room_id = ANY($1::uuid[]))
    AND ($2::uuid IS NULL OR (p.times ? 'approved' AND EXISTS (
        SELECT FROM jsonb_array_elements(p.posts) x
        WHERE x->>'unit_id' = $2::text AND NOT x ? 'withdrawn_at' AND NOT x ? 'relieved_at')))
    AND ($3::uuid IS NULL OR p.id < $3) AND ($4::text[] IS NULL OR p.state = ANY($4))
    AND ($5::uuid IS NULL OR p.room_id = $5 OR p.command_room_id = $5)
"""
EVENTS_PAGE = _SEEN + "ORDER BY p.id DESC LIMIT $6"
EVENTS_PAGE_OPEN = _SEEN + "AND p.state NOT IN ('summed_up', 'cancelled') ORDER BY p.id DESC LIMIT $6"
EVENT_LOG = """
SELECT j.version, j.fact, j.recorded_at, j.who, j.via, j.why, j.body::text FROM journal j
WHERE j.noun = 'event' AND j.id = $1 AND j.fact NOT IN ('rule_fired', 'alert_noticed') AND ($2::integer IS NULL OR j.version < $2)
ORDER BY j.version DESC LIMIT $3
"""
# Incidents whose place may lie inside what has begun to run: they are looked at by the engine, one by one.
LOOK_AT_OPEN = """
INSERT INTO timer (key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, rule_version)
SELECT 'events:placed:' || i.id, 'events:placed', 'placed', i.id, i.id, 'rules', $5, $5, 0 FROM incident i
WHERE i.lon BETWEEN $1 AND $3 AND i.lat BETWEEN $2 AND $4
    AND i.state NOT IN ('closed', 'merged', 'void', 'advised', 'transferred')
ON CONFLICT (key) DO NOTHING
"""
LOOK_AT_ONE = """
INSERT INTO timer (key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, rule_version)
VALUES ('events:placed:' || $1::uuid, 'events:placed', 'placed', $1, $1, 'rules', $2, $2, 0)
ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at
"""

_event = msgspec.json.Decoder(PlannedEvent)


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which events a list is about; None lets all pass."""

    open_only: bool = False
    states: list[str] | None = None
    room_id: UUID | None = None


class LogRow(msgspec.Struct, frozen=True):
    """A fact of an event as the journal keeps it."""

    version: int
    fact: str
    recorded_at: datetime
    who: str
    via: str
    why: str | None
    body: str


async def save(conn: Connection, events: Iterable[PlannedEvent]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(EVENT_SAVE, msgspec.json.encode(list(events)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, PlannedEvent]:
    """These, held until this act is over."""
    found = [_event.decode(row[0]) for row in await conn.fetch(EVENT_LOCK, sorted(set(ids)))]
    return {event.id: event for event in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[PlannedEvent]:
    """These, whatever became of them, by id."""
    return [_event.decode(row[0]) for row in await conn.fetch(EVENT_READ, list(ids))]


async def running(conn: Connection) -> list[PlannedEvent]:
    """Those that run."""
    return [_event.decode(row[0]) for row in await conn.fetch(EVENTS_RUNNING)]


async def of_units(conn: Connection, units: Iterable[UUID]) -> list[PlannedEvent]:
    """Those that are not over and have posts for one of these units, standing or not."""
    wanted = [f'[{{"unit_id": "{unit}"}}]' for unit in units]
    return [_event.decode(row[0]) for row in await conn.fetch(EVENTS_MEETING, wanted)] if wanted else []


async def seen(
    conn: Connection,
    rooms: Iterable[UUID],
    unit_id: UUID | None,
    which: Narrowed,
    page: tuple[UUID | None, int],
) -> Sequence[UUID]:
    """Ids of those a seat of these rooms may see, or this unit, the newest first."""
    sql = EVENTS_PAGE_OPEN if which.open_only else EVENTS_PAGE
    rows = await conn.fetch(sql, list(rooms), unit_id, page[0], which.states, which.room_id, page[1])
    return [row[0] for row in rows]


async def log_of(conn: Connection, event_id: UUID, before: int | None, limit: int) -> list[LogRow]:
    """What has happened to one, the newest first."""
    return [LogRow(*row) for row in await conn.fetch(EVENT_LOG, event_id, before, limit)]


async def look_at_open(conn: Connection, bounds: tuple[float, float, float, float], now: datetime) -> None:
    """Have the engine look at every open incident in these bounds (west, south, east, north)."""
    await conn.execute(LOOK_AT_OPEN, *bounds, now)


async def look_at(conn: Connection, incident_id: UUID, now: datetime) -> None:
    """Have the engine look at an incident whose place has changed."""
    await conn.execute(LOOK_AT_ONE, incident_id, now)
