"""Hand-overs in PostgreSQL: whole rows in and out; and with one statement all that stands in some rooms.

At most one is open a seat. Locks: the hand-over, then the incidents that change hands by name, then the seats.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.handovers.model import HandOver
from dispatch.handovers.picture import Item
from dispatch.journal import Connection

_COLUMNS = ", ".join(HandOver.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in HandOver.__struct_fields__)
HANDOVERS_SAVE = f"""
INSERT INTO handover ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::handover, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
HANDOVERS_LOCK = "SELECT to_jsonb(h)::text FROM handover h WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
HANDOVERS_READ = "SELECT to_jsonb(h)::text FROM handover h WHERE id = ANY($1::uuid[]) ORDER BY id"
HANDOVERS_OF_SEAT = (
    "SELECT to_jsonb(h)::text FROM handover h WHERE seat_id = $1 AND state IN ('drafted', 'offered')"
)
HANDOVERS_PAGE = """
SELECT id FROM handover WHERE room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR id < $2)
    AND (NOT $3 OR state IN ('drafted', 'offered') OR (state = 'abandoned' AND seen_by IS NULL))
ORDER BY id DESC LIMIT $4
"""
_ENDED = "('closed', 'merged', 'void', 'advised', 'transferred')"
# $1 rooms; $2 who leaves; $3 now; $4 kinds of timers that are no alerts. What is drilled stands beside what is real.
STANDING = f"""
WITH seen AS MATERIALIZED (
    SELECT i.*, EXISTS (SELECT FROM jsonb_array_elements(i.raised) r WHERE r->>'room_id' = ANY($1::uuid[]::text[])) AS up
    FROM incident i WHERE i.state NOT IN {_ENDED}
        AND EXISTS (SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($1::uuid[])))
SELECT 'emergency' AS section, 'emergency' AS noun, e.id, e.incident_id, NULL::text AS rule, true AS must,
    e.presses::text AS stamp, NULL::timestamptz AS due_at
FROM emergency e WHERE e.reset_at IS NULL AND e.rooms && $1::uuid[]
UNION ALL
SELECT CASE WHEN up THEN 'followed' ELSE 'incident' END, 'incident', id, id, NULL, up OR priority <= 2,
    concat_ws(' ', priority, CASE WHEN state = 'received' THEN 'waits' WHEN state IN ('handled', 'fed_back', 'reviewed') THEN 'settles'
        ELSE 'runs' END, command_room_id, (SELECT string_agg(concat_ws(' ', r->>'room_id', r->>'mode', r->>'owner'), ' ')
        FROM jsonb_array_elements(raised) r)), NULL FROM seen
UNION ALL
SELECT 'alert', t.noun, t.entity_id, t.incident_id, t.rule, true, to_char(t.fired_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS'), NULL
FROM timer t JOIN seen i ON i.id = t.incident_id
WHERE t.fired_at IS NOT NULL AND t.kind <> ALL($4::text[]) AND NOT t.noticed ? $2
UNION ALL
SELECT 'supervision', 'supervision', s.id, s.incident_id, NULL, true, concat_ws(' ', s.state, s.due_at AT TIME ZONE 'UTC'), s.due_at
FROM supervision s WHERE s.state IN ('given', 'answered', 'returned')
    AND (s.to_room_id = ANY($1::uuid[]) OR s.from_room_id = ANY($1::uuid[]))
UNION ALL
SELECT 'task', 'task', t.id, t.incident_id, NULL, t.step->>'kind' = 'report' OR coalesce(t.due_at < $3, false),
    concat_ws(' ', t.state, t.due_at AT TIME ZONE 'UTC'), t.due_at
FROM task t JOIN seen i ON i.id = t.incident_id WHERE t.state = 'open' AND t.room_id = ANY($1::uuid[])
UNION ALL
SELECT 'request', 'agency_request', q.id, q.incident_id, NULL, false, q.state, NULL
FROM agency_request q JOIN seen i ON i.id = q.incident_id WHERE q.state IN ('sent', 'taken', 'arrived')
UNION ALL
SELECT 'plan', 'plan', p.id, p.incident_id, NULL, false, p.state, NULL
FROM incident_plan p JOIN seen i ON i.id = p.incident_id WHERE p.state = 'active'
UNION ALL
SELECT 'kept', 'assignment', a.id, a.incident_id, NULL, false, a.state, NULL
FROM assignment a JOIN seen i ON i.id = a.incident_id WHERE a.state = 'stacked'
UNION ALL
SELECT 'closure', 'closure', c.id, NULL, NULL, false, coalesce((c.until AT TIME ZONE 'UTC')::text, ''), c.until
FROM closure c WHERE c.room_id = ANY($1::uuid[]) AND c.ended_at IS NULL AND (c.until IS NULL OR c.until > $3)
UNION ALL
SELECT 'event', 'event', e.id, NULL, NULL, e.state = 'running', concat_ws(' ', e.state, e.command_room_id, e.ends_at AT TIME ZONE 'UTC'),
    CASE WHEN e.state = 'running' THEN e.ends_at ELSE e.starts_at END
FROM planned_event e WHERE (e.state IN ('submitted', 'running') OR (e.state = 'approved' AND e.starts_at < $3 + interval '12 hours'))
    AND (e.room_id = ANY($1::uuid[]) OR e.command_room_id = ANY($1::uuid[]))
UNION ALL
SELECT 'broadcast', 'broadcast', b.id, b.incident_id, NULL, b.urgent OR b.state = 'proposed', concat_ws(' ', b.state, b.expires_at AT TIME ZONE 'UTC'),
    b.expires_at
FROM broadcast b WHERE b.state IN ('proposed', 'active') AND b.expires_at > $3 AND (b.room_id = ANY($1::uuid[])
    OR b.scope_room_id = ANY($1::uuid[]) OR (b.state = 'active' AND EXISTS (
        SELECT FROM broadcast_recipient r WHERE r.broadcast_id = b.id AND r.party_id = ANY($1::uuid[]))))
UNION ALL
SELECT 'draft', 'draft', d.id, NULL, NULL, false, '', NULL
FROM draft d WHERE d.room_id = ANY($1::uuid[]) AND d.ended IS NULL
"""
# $1 rooms; $2 these and the rooms above them, whose duty level holds here as well
KEPT_UP = """
SELECT 'level' AS section, 'duty_level' AS noun, d.id, true AS must, concat_ws(' ', d.level, d.until AT TIME ZONE 'UTC', d.returns) AS stamp,
    d.until AS due_at, d.level AS of, d.ordered_by AS by, d.ordered_at AS since
FROM duty_level d WHERE d.state = 'holds' AND d.room_id = ANY($2::uuid[])
UNION ALL
SELECT 'shortfall', 'shortfall', s.id, true, concat_ws(' ', s.free, s.wanted), NULL, s.room_id::text, NULL, s.began_at
FROM shortfall s WHERE s.state = 'stands' AND s.room_id = ANY($1::uuid[])
"""
NAMED_INCIDENTS = f"""
SELECT DISTINCT i.id FROM incident i WHERE i.state NOT IN {_ENDED} AND (
    EXISTS (SELECT FROM jsonb_array_elements(i.raised) r WHERE r->>'room_id' = $1::text AND r->>'owner' = $2)
    OR EXISTS (SELECT FROM task t WHERE t.incident_id = i.id AND t.owner = $2 AND t.state IN ('pending', 'open')
        AND t.room_id = ANY($3::uuid[])))
"""
# $1 rooms; $2 who asks; $3 after, $4 until when; $5 kinds of timers that are no alerts
FALLEN_BETWEEN = f"""
SELECT t.noun, t.entity_id, t.rule, t.fired_at, i.id, i.number, i.priority, i.state, coalesce(i.type_verified, i.type_reported)
FROM timer t JOIN incident i ON i.id = t.incident_id
WHERE t.fired_at > $3 AND t.fired_at <= $4 AND t.kind <> ALL($5::text[]) AND NOT t.noticed ? $2 AND i.state NOT IN {_ENDED}
    AND EXISTS (SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($1::uuid[]))
ORDER BY t.fired_at DESC
"""
NUMBERS = "SELECT id, number FROM incident WHERE id = ANY($1::uuid[])"


class Fallen(msgspec.Struct, frozen=True):
    """Something of an incident that fell due and still stands."""

    noun: str
    id: UUID
    rule: str
    at: datetime
    incident_id: UUID
    number: str
    priority: int
    state: str
    type: str | None


_handover = msgspec.json.Decoder(HandOver)


async def save(conn: Connection, handovers: Iterable[HandOver]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(HANDOVERS_SAVE, msgspec.json.encode(list(handovers)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, HandOver]:
    """These, held until this act is over."""
    found = [_handover.decode(row[0]) for row in await conn.fetch(HANDOVERS_LOCK, sorted(set(ids)))]
    return {handover.id: handover for handover in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[HandOver]:
    """These, by id."""
    return [_handover.decode(row[0]) for row in await conn.fetch(HANDOVERS_READ, list(ids))]


async def open_of_seat(conn: Connection, seat_id: UUID) -> HandOver | None:
    """The one that is open at a seat."""
    text = await conn.fetchval(HANDOVERS_OF_SEAT, seat_id)
    return None if text is None else _handover.decode(text)


async def page(
    conn: Connection, rooms: Iterable[UUID], open_only: bool, page: tuple[UUID | None, int]
) -> Sequence[UUID]:
    """Ids of those of these rooms, the newest first; open_only: with those that ran out and nobody has seen."""
    rows = await conn.fetch(HANDOVERS_PAGE, list(rooms), page[0], open_only, page[1])
    return [row[0] for row in rows]


async def standing(
    conn: Connection, rooms: Iterable[UUID], leaver: str, now: datetime, no_alerts: Sequence[str]
) -> list[Item]:
    """All that stands in these rooms, in no order. leaver: whose acknowledged alerts are left out."""
    rows = await conn.fetch(STANDING, list(rooms), leaver, now, list(no_alerts))
    return [Item(**dict(row)) for row in rows]


async def kept_up(conn: Connection, rooms: Iterable[UUID], around: Iterable[UUID]) -> list[Item]:
    """Duty levels that hold in these rooms or around them, and which of these are short of free units; in no order."""
    return [Item(**dict(row)) for row in await conn.fetch(KEPT_UP, list(rooms), list(around))]


async def fallen_between(
    conn: Connection,
    rooms: Iterable[UUID],
    who: str,
    span: tuple[datetime, datetime],
    no_alerts: Sequence[str],
) -> list[Fallen]:
    """What fell due in these rooms, still stands, and this person has not acknowledged; the newest first."""
    rows = await conn.fetch(FALLEN_BETWEEN, list(rooms), who, *span, list(no_alerts))
    return [Fallen(*row) for row in rows]


async def numbers(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What these incidents are called."""
    return dict(await conn.fetch(NUMBERS, list(ids)))


async def named(conn: Connection, room_id: UUID, who: str, rooms: Iterable[UUID]) -> list[UUID]:
    """Incidents that somebody follows by name for a room, or has a task of in hand in these rooms."""
    return [row[0] for row in await conn.fetch(NAMED_INCIDENTS, str(room_id), who, list(rooms))]
