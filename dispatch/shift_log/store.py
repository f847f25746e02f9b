"""Entries of logs in PostgreSQL, and out of the journal what else a room should know of a shift.

What the journal says is read each time and copied nowhere, so that there is one truth of it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.shift_log.model import LogEntry

_COLUMNS = ", ".join(LogEntry.__struct_fields__)
ENTRY_ADD = f"""
INSERT INTO log_entry ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::log_entry, $1::jsonb)
"""
ENTRIES_READ = "SELECT to_jsonb(e)::text FROM log_entry e WHERE id = ANY($1::uuid[]) ORDER BY id"
ENTRIES_BETWEEN = """
SELECT to_jsonb(e)::text FROM log_entry e
WHERE e.room_id = ANY($1::uuid[]) AND e.at > $2 AND e.at <= $3 ORDER BY e.at DESC LIMIT $4
"""
# $1 rooms; $2 after, $3 until when; $4 nouns and $5 facts, side by side; $6 at most. A priority is what it was when it was opened.
MOMENTS = """
SELECT json_build_object('position', j.position, 'noun', j.noun, 'id', j.id, 'fact', j.fact, 'who', j.who, 'at', j.recorded_at,
    'incident_id', j.incident_id, 'number', i.number, 'priority', i.priority, 'state', i.state, 'type',
    coalesce(i.type_verified, i.type_reported), 'room', coalesce(i.room_id, s.room_id, h.room_id, d.to_room_id, c.room_id),
    'code', s.code, 'urgent', j.body->>'priority' IN ('1'))::text
FROM journal j
JOIN unnest($4::text[], $5::text[]) AS k(noun, fact) ON k.noun = j.noun AND k.fact = j.fact
LEFT JOIN incident i ON i.id = j.incident_id
LEFT JOIN seat s ON j.noun = 'seat' AND s.id = j.id
LEFT JOIN handover h ON j.noun = 'handover' AND h.id = j.id
LEFT JOIN supervision d ON j.noun = 'supervision' AND d.id = j.id
LEFT JOIN closure c ON j.noun = 'closure' AND c.id = j.id
LEFT JOIN emergency e ON j.noun = 'emergency' AND e.id = j.id
WHERE j.recorded_at > $2 AND j.recorded_at <= $3
    AND (j.noun <> 'incident' OR j.fact <> 'opened' OR j.body->>'priority' = '1')
    AND CASE WHEN i.id IS NOT NULL THEN EXISTS (
            SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($1::uuid[]))
        WHEN e.id IS NOT NULL THEN e.rooms && $1::uuid[]
        ELSE s.room_id = ANY($1::uuid[]) OR h.room_id = ANY($1::uuid[]) OR c.room_id = ANY($1::uuid[])
            OR d.to_room_id = ANY($1::uuid[]) OR d.from_room_id = ANY($1::uuid[]) END
ORDER BY j.position DESC LIMIT $6
"""
# A sitting begins with being taken and ends by leaving, a break, a lost link, or somebody else who sits down there.
LAST_PRESENT = """
SELECT max(e.recorded_at) FROM journal t
CROSS JOIN LATERAL (SELECT min(n.version) AS version FROM journal n
    WHERE n.noun = 'seat' AND n.id = t.id AND n.fact = 'taken' AND n.version > t.version) next
JOIN journal e ON e.noun = 'seat' AND e.id = t.id AND e.version > t.version
    AND (next.version IS NULL OR e.version <= next.version)
WHERE t.noun = 'seat' AND t.fact = 'taken' AND t.body->>'holder' = $1
    AND (e.fact IN ('left', 'link_lost') OR (e.fact = 'state_changed' AND e.body->>'state' IN ('break', 'away'))
        OR (e.fact = 'taken' AND e.body->>'holder' <> $1))
"""

_entry = msgspec.json.Decoder(LogEntry)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something the journal knows of, with what became of its incident since. code: of a seat; urgent: it was opened as a P1."""

    position: int
    noun: str
    id: UUID
    fact: str
    who: str
    at: datetime
    incident_id: UUID | None = None
    number: str | None = None
    priority: int | None = None
    state: str | None = None
    type: str | None = None
    room: UUID | None = None
    code: str | None = None
    urgent: bool | None = None


async def add(conn: Connection, entry: LogEntry) -> None:
    """Write one."""
    await conn.execute(ENTRY_ADD, msgspec.json.encode([entry]).decode())


async def read(conn: Connection, ids: Iterable[UUID]) -> list[LogEntry]:
    """These, by id."""
    return [_entry.decode(row[0]) for row in await conn.fetch(ENTRIES_READ, list(ids))]


async def between(
    conn: Connection, rooms: Iterable[UUID], span: tuple[datetime, datetime], at_most: int
) -> list[LogEntry]:
    """What was written in these rooms, the newest first."""
    rows = await conn.fetch(ENTRIES_BETWEEN, list(rooms), *span, at_most)
    return [_entry.decode(row[0]) for row in rows]


async def moments(
    conn: Connection,
    rooms: Iterable[UUID],
    span: tuple[datetime, datetime],
    kinds: Sequence[tuple[str, str]],
    at_most: int,
) -> list[Moment]:
    """What the journal says of these rooms: facts of these kinds (noun, fact), of openings those of a P1, the newest first."""
    nouns, facts = [noun for noun, _ in kinds], [fact for _, fact in kinds]
    rows = await conn.fetch(MOMENTS, list(rooms), *span, nouns, facts, at_most)
    return [msgspec.json.decode(row[0], type=Moment) for row in rows]


async def last_present(conn: Connection, who: str) -> datetime | None:
    """When this person was last at a seat before, or broke off; None: never."""
    at: datetime | None = await conn.fetchval(LAST_PRESENT, who)
    return at
