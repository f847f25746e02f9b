"""Rostered shifts in PostgreSQL: whole rows in and out, locked before the unit they are of.

Shifts that stand of one unit never overlap in what a roster accepts; the schema holds that none begins twice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.rosters.model import RosterShift

_COLUMNS = ", ".join(RosterShift.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in RosterShift.__struct_fields__)
SHIFTS_SAVE = f"""
INSERT INTO roster_shift ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::roster_shift, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
SHIFTS_LOCK = "SELECT to_jsonb(r)::text FROM roster_shift r WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
SHIFTS_READ = "SELECT to_jsonb(r)::text FROM roster_shift r WHERE id = ANY($1::uuid[]) ORDER BY id"
# What stands of these units and touches this time; what is over counts too, so that nothing is planned twice.
SHIFTS_AROUND = """
SELECT to_jsonb(r)::text FROM roster_shift r
WHERE (unit_id = ANY($1::uuid[]) OR room_id = ANY($2::uuid[])) AND state <> 'withdrawn' AND begins_at < $4 AND ends_at > $3
ORDER BY id FOR UPDATE
"""
# Whom a log-on may be for: what is planned and near, and what the unit is on duty for.
SHIFTS_OF_UNITS = """
SELECT to_jsonb(r)::text FROM roster_shift r
WHERE unit_id = ANY($1::uuid[]) AND (state = 'attended' OR (state = 'planned' AND begins_at <= $2)) ORDER BY id FOR UPDATE
"""
ROSTERS_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('rosters', 0))"
SHIFTS_PAGE = """
SELECT to_jsonb(r)::text FROM roster_shift r
WHERE room_id = ANY($1::uuid[]) AND begins_at < $3 AND ends_at > $2 AND ($4::text[] IS NULL OR state = ANY($4))
    AND ($5::uuid IS NULL OR unit_id = $5)
    AND ($6::timestamptz IS NULL OR (begins_at, id) > ($6, $7::uuid))
ORDER BY begins_at, id LIMIT $8
"""
LOGGED_ON_WITHOUT = """
SELECT u.id FROM unit u WHERE u.room_id = ANY($1::uuid[]) AND u.duty <> 'off_duty' AND u.shift_id IS NULL
    AND EXISTS (SELECT FROM roster_shift r WHERE r.room_id = u.room_id AND r.state <> 'withdrawn'
        AND r.begins_at < $3 AND r.ends_at > $2)
ORDER BY u.handle
"""
BEATS_OF_UNIT = """
SELECT fact, coalesce(claimed_at, recorded_at), body->>'beat' FROM journal
WHERE noun = 'unit' AND id = $1 AND fact IN ('logged_on', 'logged_off') AND recorded_at < $2
ORDER BY version
"""

_shift = msgspec.json.Decoder(RosterShift)


async def save(conn: Connection, shifts: Iterable[RosterShift]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(SHIFTS_SAVE, msgspec.json.encode(list(shifts)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, RosterShift]:
    """These, held until this act is over."""
    found = [_shift.decode(row[0]) for row in await conn.fetch(SHIFTS_LOCK, sorted(set(ids)))]
    return {one.id: one for one in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[RosterShift]:
    """These, whatever became of them, by id."""
    return [_shift.decode(row[0]) for row in await conn.fetch(SHIFTS_READ, list(ids))]


async def take_turn(conn: Connection) -> None:
    """Let nobody else put in a roster until this act is over."""
    await conn.execute(ROSTERS_TURN)


async def lock_around(
    conn: Connection, units: Iterable[UUID], rooms: Iterable[UUID], window: tuple[datetime, datetime]
) -> list[RosterShift]:
    """What stands of these units, or in these rooms, and touches this time; held until this act is over."""
    rows = await conn.fetch(SHIFTS_AROUND, list(units), list(rooms), *window)
    return [_shift.decode(row[0]) for row in rows]


async def lock_of_units(conn: Connection, units: Iterable[UUID], before: datetime) -> list[RosterShift]:
    """What these units are on duty for, and what is planned for them to begin before then; held until this act is over."""
    return [_shift.decode(row[0]) for row in await conn.fetch(SHIFTS_OF_UNITS, list(units), before)]


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which shifts a list is about: those that touch a time; None lets all pass."""

    since: datetime
    until: datetime
    states: list[str] | None = None
    unit_id: UUID | None = None


async def page(
    conn: Connection, rooms: Iterable[UUID], which: Narrowed, after: tuple[datetime, UUID] | None, limit: int
) -> list[RosterShift]:
    """Shifts of these rooms by their beginning, beyond (begins_at, id)."""
    begins_at, id_ = after or (None, None)
    rows = await conn.fetch(
        SHIFTS_PAGE, list(rooms), which.since, which.until, which.states, which.unit_id, begins_at, id_, limit
    )
    return [_shift.decode(row[0]) for row in rows]


async def on_duty_without(
    conn: Connection, rooms: Iterable[UUID], window: tuple[datetime, datetime]
) -> Sequence[UUID]:
    """Units on duty that no roster says so of, in rooms that have one for this time."""
    return [row[0] for row in await conn.fetch(LOGGED_ON_WITHOUT, list(rooms), *window)]


async def log_ons(conn: Connection, unit_id: UUID, until: datetime) -> list[tuple[str, datetime, str | None]]:
    """The log-ons and log-offs of a unit before then, in their order: (fact, when it was, beat)."""
    return [tuple(row) for row in await conn.fetch(BEATS_OF_UNIT, unit_id, until)]
