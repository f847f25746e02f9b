"""Shortfalls of free units in PostgreSQL: whole rows in and out; at most one stands a room, whoever saw it first.

Who tells takes the turn before, so that two replicas never tell the same.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.shortfalls.model import Shortfall

_COLUMNS = ", ".join(Shortfall.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in Shortfall.__struct_fields__)
SHORTFALLS_SAVE = f"""
INSERT INTO shortfall ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::shortfall, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
SHORTFALLS_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('shortfalls', 0))"
SHORTFALLS_LOCK = (
    "SELECT to_jsonb(s)::text FROM shortfall s WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
SHORTFALLS_READ = "SELECT to_jsonb(s)::text FROM shortfall s WHERE id = ANY($1::uuid[]) ORDER BY id"
SHORTFALLS_STANDING = "SELECT to_jsonb(s)::text FROM shortfall s WHERE state = 'stands' ORDER BY id"
STANDING_IDS = (
    "SELECT id FROM shortfall WHERE state = 'stands' AND room_id = ANY($1::uuid[]) ORDER BY id LIMIT $2"
)
SHORTFALLS_PAGE = """
SELECT to_jsonb(s)::text FROM shortfall s
WHERE room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR id < $2) AND (NOT $3 OR state = 'stands')
ORDER BY id DESC LIMIT $4
"""

_shortfall = msgspec.json.Decoder(Shortfall)


async def take_turn(conn: Connection) -> None:
    """Let nobody else say that a room is short, or has recovered, until this act is over."""
    await conn.execute(SHORTFALLS_TURN)


async def save(conn: Connection, shortfalls: Iterable[Shortfall]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(SHORTFALLS_SAVE, msgspec.json.encode(list(shortfalls)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Shortfall]:
    """These, held until this act is over."""
    found = [_shortfall.decode(row[0]) for row in await conn.fetch(SHORTFALLS_LOCK, sorted(set(ids)))]
    return {one.id: one for one in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[Shortfall]:
    """These, whatever became of them, by id."""
    return [_shortfall.decode(row[0]) for row in await conn.fetch(SHORTFALLS_READ, list(ids))]


async def standing(conn: Connection) -> dict[UUID, Shortfall]:
    """Those that stand, by room."""
    found = [_shortfall.decode(row[0]) for row in await conn.fetch(SHORTFALLS_STANDING)]
    return {one.room_id: one for one in found}


async def standing_ids(conn: Connection, rooms: Iterable[UUID], at_most: int) -> list[UUID]:
    """Of those that stand in these rooms, for the snapshot of the live feed."""
    return [row[0] for row in await conn.fetch(STANDING_IDS, list(rooms), at_most)]


async def page(
    conn: Connection, rooms: Iterable[UUID], standing_only: bool, page: tuple[UUID | None, int]
) -> Sequence[Shortfall]:
    """Those of these rooms, the newest first."""
    rows = await conn.fetch(SHORTFALLS_PAGE, list(rooms), page[0], standing_only, page[1])
    return [_shortfall.decode(row[0]) for row in rows]
