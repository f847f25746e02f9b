"""Duty levels in PostgreSQL: versions of what they mean, which were ordered for which rooms, and the number of the last turn.

Running timers are shortened here, under the locks of the incidents they belong to.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.levels.board import Board
from dispatch.levels.file import LevelFile, LevelSet, shipped
from dispatch.levels.model import DutyLevel

_COLUMNS = ", ".join(DutyLevel.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in DutyLevel.__struct_fields__)
LEVELS_SAVE = f"""
INSERT INTO duty_level ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::duty_level, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
LEVELS_LOCK = "SELECT to_jsonb(d)::text FROM duty_level d WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
LEVELS_READ = "SELECT to_jsonb(d)::text FROM duty_level d WHERE id = ANY($1::uuid[]) ORDER BY id"
LEVELS_HOLDING = "SELECT to_jsonb(d)::text FROM duty_level d WHERE state = 'holds' ORDER BY id"
# $1 rooms; $2 below this id
LEVELS_PAGE = """
SELECT to_jsonb(d)::text FROM duty_level d
WHERE room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
LEVELS_OVERLAPPING = """
SELECT to_jsonb(d)::text FROM duty_level d WHERE ordered_at < $2 AND (ended_at IS NULL OR ended_at > $1) ORDER BY ordered_at, id
"""
# One statement, so that the number belongs to what is read beside it.
BOARD_READ = """
SELECT coalesce((SELECT number FROM duty_turn ORDER BY number DESC LIMIT 1), 0),
    (SELECT version FROM level_set ORDER BY version DESC LIMIT 1),
    (SELECT body::text FROM level_set ORDER BY version DESC LIMIT 1),
    (SELECT coalesce(jsonb_object_agg(room_id, level), '{}')::text FROM duty_level WHERE state = 'holds')
"""
SET_ADD = "INSERT INTO level_set (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"
TURN_LOCK = "LOCK TABLE duty_turn IN SHARE ROW EXCLUSIVE MODE"
TURN_ADD = "INSERT INTO duty_turn (number, recorded_at) VALUES ($1, $2)"
# $1 open incidents of these rooms
INCIDENTS_LOCK = """
SELECT id FROM incident WHERE room_id = ANY($1::uuid[])
    AND state NOT IN ('closed', 'merged', 'void', 'advised', 'transferred') ORDER BY id FOR UPDATE
"""
# $1 rules, $2 their factors, $3 in which rooms: what runs and would be shortened
SHORTER = """
SELECT t.id, t.rule, t.armed_at + (t.due_at - t.armed_at) * (f.factor / t.factor) AS due_at, f.factor,
    coalesce(i.merged_into, i.id) AS incident_id
FROM timer t JOIN unnest($1::text[], $2::float8[], $3::uuid[]) AS f(rule, factor, room_id) ON f.rule = t.rule
JOIN incident i ON i.id = t.incident_id AND i.room_id = f.room_id
WHERE t.fired_at IS NULL AND f.factor < t.factor
ORDER BY t.id
"""
SHORTEN = """
UPDATE timer t SET due_at = s.due_at, factor = s.factor
FROM unnest($1::bigint[], $2::timestamptz[], $3::float8[]) AS s(id, due_at, factor) WHERE t.id = s.id
"""

_level = msgspec.json.Decoder(DutyLevel)


class Shorter(msgspec.Struct, frozen=True):
    """A timer that runs and would be due sooner."""

    id: int
    rule: str
    due_at: datetime
    factor: float
    incident_id: UUID


async def read_board(conn: Connection) -> Board:
    """Which levels hold; the shipped ones while none were put in."""
    [(number, version, body, ordered)] = await conn.fetch(BOARD_READ)
    levels = shipped()
    if version is not None:
        file = msgspec.json.decode(body, type=LevelFile)
        levels = LevelSet(version, file.levels, file.beat_plans)
    return Board(number, levels, msgspec.json.decode(ordered, type=dict[UUID, str]))


async def lock_turn(conn: Connection) -> None:
    """Let nobody else order a level, or change what they mean, until this act is over."""
    await conn.execute(TURN_LOCK)


async def add_turn(conn: Connection, number: int, at: datetime) -> None:
    """From now on something else holds."""
    await conn.execute(TURN_ADD, number, at)


async def add_set(conn: Connection, levels: LevelSet, at: datetime) -> None:
    """Write them as the newest version."""
    await conn.execute(SET_ADD, levels.version, msgspec.json.encode(levels.file).decode(), at)


async def save(conn: Connection, levels: Iterable[DutyLevel]) -> None:
    """Write whole rows, new or changed, one after the other: one ends before the next takes its place."""
    for level in levels:
        await conn.execute(LEVELS_SAVE, msgspec.json.encode([level]).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, DutyLevel]:
    """These, held until this act is over."""
    rows = [_level.decode(row[0]) for row in await conn.fetch(LEVELS_LOCK, sorted(set(ids)))]
    return {one.id: one for one in rows}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[DutyLevel]:
    """These, by id."""
    return [_level.decode(row[0]) for row in await conn.fetch(LEVELS_READ, list(ids))]


async def holding(conn: Connection) -> dict[UUID, DutyLevel]:
    """What holds: room -> the order for it."""
    rows = [_level.decode(row[0]) for row in await conn.fetch(LEVELS_HOLDING)]
    return {one.room_id: one for one in rows}


async def overlapping(conn: Connection, since: datetime, until: datetime) -> list[DutyLevel]:
    """What held at some time in a window, in the order in which it was ordered."""
    return [_level.decode(row[0]) for row in await conn.fetch(LEVELS_OVERLAPPING, since, until)]


async def page(conn: Connection, rooms: Iterable[UUID], after: UUID | None, limit: int) -> list[DutyLevel]:
    """What was ordered for these rooms, the newest first."""
    return [_level.decode(row[0]) for row in await conn.fetch(LEVELS_PAGE, list(rooms), after, limit)]


async def lock_incidents(conn: Connection, rooms: Iterable[UUID]) -> None:
    """Hold the open incidents of these rooms: their timers are about to change."""
    await conn.fetch(INCIDENTS_LOCK, list(rooms))


async def shorter(conn: Connection, factors: Sequence[tuple[str, float, UUID]]) -> list[Shorter]:
    """The timers that would be due sooner by these factors (rule, factor, room that has duty)."""
    columns = [row[0] for row in factors], [row[1] for row in factors], [row[2] for row in factors]
    return [Shorter(*row) for row in await conn.fetch(SHORTER, *columns)]


async def shorten(conn: Connection, timers: Sequence[Shorter]) -> None:
    """Let them be due so."""
    await conn.execute(
        SHORTEN, [t.id for t in timers], [t.due_at for t in timers], [t.factor for t in timers]
    )
