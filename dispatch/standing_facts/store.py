"""Standing facts in PostgreSQL: whole rows in and out, a page of a room's, those that wait for a leader, what replicas hold.

Whether one has run out is asked of the database's clock; no timer ends it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.standing_facts.ground import Held
from dispatch.standing_facts.model import StandingFact

_COLUMNS = ", ".join(StandingFact.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in StandingFact.__struct_fields__)
_HELD = """
SELECT json_build_object('id', f.id, 'version', f.version, 'kind', f.kind, 'severity', f.severity, 'personal', f.personal,
    'room_id', f.room_id, 'text_id', f.text_id, 'area', f.area, 'address', f.address, 'valid_from', f.valid_from,
    'until', f.until, 'review_at', f.review_at, 'doubted', f.doubt_id IS NOT NULL)::text
FROM standing_fact f WHERE f.state = 'stands'
"""
FACTS_SAVE = f"""
INSERT INTO standing_fact ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::standing_fact, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
FACTS_LOCK = "SELECT to_jsonb(f)::text FROM standing_fact f WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
FACTS_READ = "SELECT to_jsonb(f)::text FROM standing_fact f WHERE id = ANY($1::uuid[]) ORDER BY id"
FACTS_OF_LIST = """
SELECT to_jsonb(f)::text FROM standing_fact f
WHERE state = 'stands' AND source = $1 AND ref = ANY($2::text[]) ORDER BY id FOR UPDATE
"""
FACTS_CHANGED = """
SELECT EXISTS (SELECT FROM journal WHERE noun = 'standing_fact' AND id = $1 AND version > $2 AND fact <> 'revealed')
"""
FACTS_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('standing_facts', 0))"
FACTS_HELD = _HELD + "AND (f.until IS NULL OR f.until > cad_now()) ORDER BY f.id"
FACTS_HELD_OF = _HELD + "AND f.id = ANY($1::uuid[]) ORDER BY f.id"
# $1 rooms; $2 below this id; $3 how many; $4 only of this kind; $5 which
FACTS_PAGE = """
SELECT to_jsonb(f)::text FROM standing_fact f
WHERE room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR id < $2) AND ($4::text IS NULL OR kind = $4) AND CASE $5::text
    WHEN 'stands' THEN state = 'stands' AND (until IS NULL OR until > cad_now())
    WHEN 'due' THEN state = 'proposed' OR state = 'stands' AND (until IS NULL OR until > cad_now())
        AND (doubt_id IS NOT NULL OR review_at <= cad_now())
    ELSE true END
ORDER BY id DESC LIMIT $3
"""
# Words of what was said of persons and others, once it has been over for long; rows and times stay.
ERASE = """
WITH old AS (
    SELECT f.id FROM standing_fact f
    WHERE ((f.times->>'ended')::bigint < $1 OR f.until < to_timestamp($1 / 1000.0))
        AND EXISTS (SELECT FROM sealed_key k WHERE k.id = f.id)
), words AS (
    DELETE FROM narrative n USING old WHERE n.key_id = old.id
)
DELETE FROM sealed_key k USING old WHERE k.id = old.id
"""

Which = Literal["stands", "due", "all"]
"""stands: in force or planned; due: a leader must look at it; all: whatever became of them."""
_fact = msgspec.json.Decoder(StandingFact)
_held = msgspec.json.Decoder(Held)


async def save(conn: Connection, facts: Iterable[StandingFact]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(FACTS_SAVE, msgspec.json.encode(list(facts)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, StandingFact]:
    """These, held until this act is over."""
    found = [_fact.decode(row[0]) for row in await conn.fetch(FACTS_LOCK, sorted(set(ids)))]
    return {one.id: one for one in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[StandingFact]:
    """These, whatever became of them, by id."""
    return [_fact.decode(row[0]) for row in await conn.fetch(FACTS_READ, list(ids))]


async def changed_since(conn: Connection, id_: UUID, version: int) -> bool:
    """Whether more has become of one since this version than that its words were opened."""
    return bool(await conn.fetchval(FACTS_CHANGED, id_, version))


async def take_turn(conn: Connection) -> None:
    """Let nobody else put in a list until this act is over."""
    await conn.execute(FACTS_TURN)


async def of_list(conn: Connection, source: str, refs: Iterable[str]) -> dict[str, StandingFact]:
    """Those that stand of these entries of a list, by the name they have there, held until this act is over."""
    found = [_fact.decode(row[0]) for row in await conn.fetch(FACTS_OF_LIST, source, list(refs))]
    return {str(one.ref): one for one in found}


async def held(conn: Connection, ids: Sequence[UUID] | None = None) -> list[Held]:
    """What replicas hold of all that stand, or of these."""
    rows = await conn.fetch(FACTS_HELD) if ids is None else await conn.fetch(FACTS_HELD_OF, list(ids))
    return [_held.decode(row[0]) for row in rows]


async def page(
    conn: Connection, rooms: Iterable[UUID], which: tuple[Which, str | None], page: tuple[UUID | None, int]
) -> list[StandingFact]:
    """Those of these rooms, the newest first. which: what of them, and only of this kind."""
    rows = await conn.fetch(FACTS_PAGE, list(rooms), *page, which[1], which[0])
    return [_fact.decode(row[0]) for row in rows]


async def erase(conn: Connection, before: datetime) -> None:
    """Drop the keys and the words of those that were over before this."""
    await conn.execute(ERASE, round(before.timestamp() * 1000))
