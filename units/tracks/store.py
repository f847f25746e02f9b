"""Tracks in PostgreSQL: a row a unit and minute, in partitions of a day that are dropped whole when their time is over.

Writing a row again, or from another replica, joins its fixes with those that stand there; so nothing is ever doubled.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from units.tracks.packing import OPENING_BYTES, TrackRow, merged

type Connection = asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]

DAY_MINUTES = 1_440

TRACK_MAKE_ROOM = "SELECT track_make_room($1::integer)"
TRACK_FORGET = "SELECT track_forget($1::integer)"
TRACK_ADD = """
INSERT INTO track (handle, minute, fixes, data)
SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::bytea[])
ON CONFLICT (handle, minute) DO NOTHING
RETURNING handle, minute
"""
TRACK_LOCK = """
SELECT t.handle, t.minute, t.fixes, t.data
FROM track t JOIN unnest($1::bigint[], $2::integer[]) AS k (handle, minute) USING (handle, minute)
ORDER BY t.handle, t.minute FOR UPDATE OF t
"""
TRACK_REPLACE = """
UPDATE track t SET fixes = k.fixes, data = k.data
FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::bytea[]) AS k (handle, minute, fixes, data)
WHERE t.handle = k.handle AND t.minute = k.minute
"""
TRACK_READ = """
SELECT handle, minute, fixes, data FROM track
WHERE handle = $1::bigint AND minute BETWEEN $2::integer AND $3::integer ORDER BY minute
"""
TRACKS_READ = """
SELECT handle, minute, fixes, data FROM track
WHERE handle = ANY($1::bigint[]) AND minute BETWEEN $2::integer AND $3::integer ORDER BY handle, minute
"""
OPENINGS_READ = """
SELECT handle, minute, fixes, substring(data FROM 1 FOR $3::integer) FROM track
WHERE handle = ANY($1::bigint[]) AND minute = ANY($2::integer[]) ORDER BY handle, minute
"""
WRITTEN_SAY = """
INSERT INTO track_written (through, written_at) VALUES ($1::integer, $2) ON CONFLICT (through) DO NOTHING
"""
WRITTEN_READ = "SELECT max(through) FROM track_written"
WRITTEN_FORGET = "DELETE FROM track_written WHERE through < $1::integer"


async def add(conn: Connection, rows: Sequence[TrackRow]) -> None:
    """Write rows, each unit and minute named once, joined with what stands there; call it inside a transaction."""
    for day in sorted({row.minute // DAY_MINUTES for row in rows}):
        await conn.execute(TRACK_MAKE_ROOM, day)
    added = {(handle, minute) for handle, minute in await conn.fetch(TRACK_ADD, *_columns(rows))}
    there = [row for row in rows if (row.handle, row.minute) not in added]
    if there:
        handles, minutes, _, _ = _columns(there)
        known = [TrackRow(*row) for row in await conn.fetch(TRACK_LOCK, handles, minutes)]
        await conn.execute(TRACK_REPLACE, *_columns(merged([*known, *there])))


async def read(conn: Connection, handle: int, first_minute: int, last_minute: int) -> list[TrackRow]:
    """A unit's rows of these minutes, oldest first."""
    return [TrackRow(*row) for row in await conn.fetch(TRACK_READ, handle, first_minute, last_minute)]


async def read_many(
    conn: Connection, handles: Sequence[int], first_minute: int, last_minute: int
) -> list[TrackRow]:
    """The rows of several units, unit by unit, each oldest first."""
    return [TrackRow(*row) for row in await conn.fetch(TRACKS_READ, list(handles), first_minute, last_minute)]


async def read_openings(conn: Connection, handles: Sequence[int], minutes: Sequence[int]) -> list[TrackRow]:
    """Of these units in these minutes as much of each row as `packing.openings` reads."""
    rows = await conn.fetch(OPENINGS_READ, list(handles), list(minutes), OPENING_BYTES)
    return [TrackRow(*row) for row in rows]


async def say_written(conn: Connection, through: int, now: Any) -> None:
    """Everything closed up to this minute stands in the table."""
    await conn.execute(WRITTEN_SAY, through, now)


async def written(conn: Connection) -> int | None:
    """The minute up to which everything closed was written; None before the first writing."""
    through: int | None = await conn.fetchval(WRITTEN_READ)
    return through


async def forget(conn: Connection, before_minute: int) -> int:
    """Drop the days that lie wholly before this minute; returns how many."""
    await conn.execute(WRITTEN_FORGET, before_minute)
    dropped: int = await conn.fetchval(TRACK_FORGET, before_minute // DAY_MINUTES)
    return dropped


def _columns(rows: Sequence[TrackRow]) -> tuple[list[int], list[int], list[int], list[bytes]]:
    return (
        [row.handle for row in rows], [row.minute for row in rows],
        [row.fixes for row in rows], [row.data for row in rows],
    )  # fmt: skip
