"""Road closures in PostgreSQL: whole rows in and out; one is changed once, when somebody ends it.

Replicas read those that stand when they start and when a fact says so.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.closures.model import RoadClosure
from dispatch.journal import Connection

_COLUMNS = ", ".join(RoadClosure.__struct_fields__)
CLOSURE_ADD = f"""
INSERT INTO closure ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::closure, $1::jsonb)
"""
CLOSURE_END = "UPDATE closure SET ended_at = $2, version = $3 WHERE id = $1"
CLOSURE_LOCK = "SELECT to_jsonb(c)::text FROM closure c WHERE id = $1 FOR UPDATE"
CLOSURES_READ = "SELECT to_jsonb(c)::text FROM closure c WHERE id = ANY($1::uuid[]) ORDER BY id"
CLOSURES_STANDING = """
SELECT to_jsonb(c)::text FROM closure c WHERE ended_at IS NULL AND (until IS NULL OR until > cad_now()) ORDER BY id
"""
CLOSURES_PAGE = """
SELECT to_jsonb(c)::text FROM closure c
WHERE ($1::uuid IS NULL OR id < $1) AND ($3 OR (ended_at IS NULL AND (until IS NULL OR until > cad_now())))
ORDER BY id DESC LIMIT $2
"""

_closure = msgspec.json.Decoder(RoadClosure)


async def add(conn: Connection, closure: RoadClosure) -> None:
    """Write a new one."""
    await conn.execute(CLOSURE_ADD, msgspec.json.encode(closure).decode())


async def save_end(conn: Connection, id_: UUID, ended_at: datetime, version: int) -> None:
    """Write that it was ended."""
    await conn.execute(CLOSURE_END, id_, ended_at, version)


async def lock(conn: Connection, id_: UUID) -> RoadClosure | None:
    """One, held until this act is over."""
    text = await conn.fetchval(CLOSURE_LOCK, id_)
    return None if text is None else _closure.decode(text)


async def read(conn: Connection, ids: Iterable[UUID]) -> list[RoadClosure]:
    """These, whatever became of them."""
    return [_closure.decode(row[0]) for row in await conn.fetch(CLOSURES_READ, list(ids))]


async def standing(conn: Connection) -> list[RoadClosure]:
    """Those that are in force now or will be."""
    return [_closure.decode(row[0]) for row in await conn.fetch(CLOSURES_STANDING)]


async def page(conn: Connection, after: UUID | None, limit: int, past: bool) -> list[RoadClosure]:
    """The newest first; past: those that are over too."""
    return [_closure.decode(row[0]) for row in await conn.fetch(CLOSURES_PAGE, after, limit, past)]
