"""Drafts in PostgreSQL: whole rows in and out, and beside them what stands in each, sealed and saved over and over.

A draft that has ended keeps who saw it, and nothing of what it said.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from dispatch.drafts.model import Draft
from dispatch.journal import Connection

_COLUMNS = ", ".join(Draft.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in Draft.__struct_fields__)
DRAFT_LOCK = "SELECT to_jsonb(d)::text FROM draft d WHERE id = $1 FOR UPDATE"
DRAFTS_OF_SEATS_LOCK = """
SELECT to_jsonb(d)::text FROM draft d
WHERE ended IS NULL AND (seat_id = ANY($1::uuid[]) OR home_seat_id = ANY($1::uuid[])) ORDER BY id FOR UPDATE
"""
DRAFTS_SAVE = f"""
INSERT INTO draft ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::draft, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
TEXT_SAVE = """
INSERT INTO draft_text (draft_id, call_id, answering_room_id, rooms, salt, sealed, saves, saved_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
ON CONFLICT (draft_id) DO UPDATE SET (call_id, answering_room_id, rooms, salt, sealed, saves, saved_at) =
    (excluded.call_id, excluded.answering_room_id, excluded.rooms, excluded.salt, excluded.sealed, draft_text.saves + 1,
     excluded.saved_at)
"""
TEXT_SHOW = """
UPDATE draft_text t SET rooms = ARRAY(
    SELECT unnest($2::uuid[]) UNION SELECT unnest(r.lineage) FROM room r WHERE r.id = t.answering_room_id
    UNION SELECT unnest(t.rooms) WHERE $3::boolean ORDER BY 1)
WHERE t.draft_id = $1
"""
TEXT_ERASE = "UPDATE draft_text SET (salt, sealed, saves) = ('', '', saves + 1) WHERE draft_id = $1"
SAVES_READ = "SELECT saves FROM draft_text WHERE draft_id = $1"
_WHOLE = """
SELECT to_jsonb(d)::text, t.call_id, t.answering_room_id, t.rooms, t.salt, t.sealed, t.saves, t.saved_at
FROM draft d JOIN draft_text t ON t.draft_id = d.id
"""
DRAFTS_READ = f"{_WHOLE} WHERE d.id = ANY($1::uuid[]) ORDER BY d.id"
DRAFTS_OPEN = f"""
{_WHOLE} WHERE d.ended IS NULL AND t.rooms && $1::uuid[] ORDER BY d.id DESC LIMIT $2
"""
DRAFTS_SAVED_SINCE = "SELECT draft_id FROM draft_text WHERE saved_at > $1 AND sealed <> '' ORDER BY draft_id"
DRAFTS_OLD = "DELETE FROM draft_text WHERE sealed = '' AND saved_at < $1"

_draft = msgspec.json.Decoder(Draft)


class Kept(NamedTuple):
    """A draft with what stands in it, sealed; saves: how often it was saved."""

    draft: Draft
    call_id: UUID | None
    answering_room_id: UUID
    rooms: Sequence[UUID]
    salt: bytes
    sealed: bytes
    saves: int
    saved_at: datetime

    @property
    def version(self) -> int:
        """Rises with every fact and every save."""
        return self.draft.version + self.saves


class Text(NamedTuple):
    """What is saved of a form."""

    call_id: UUID | None
    answering_room_id: UUID
    rooms: Sequence[UUID]
    salt: bytes
    sealed: bytes


async def lock(conn: Connection, id_: UUID) -> Draft | None:
    """One, held until this act is over."""
    text = await conn.fetchval(DRAFT_LOCK, id_)
    return None if text is None else _draft.decode(text)


async def lock_of_seats(conn: Connection, seat_ids: Iterable[UUID]) -> list[Draft]:
    """The open ones that are, or were begun, at these seats."""
    return [_draft.decode(row[0]) for row in await conn.fetch(DRAFTS_OF_SEATS_LOCK, list(seat_ids))]


async def save(conn: Connection, drafts: Sequence[Draft]) -> None:
    """Write rows, new or changed."""
    await conn.execute(DRAFTS_SAVE, msgspec.json.encode(drafts).decode())


async def save_text(conn: Connection, id_: UUID, text: Text, at: datetime) -> None:
    """Write what stands in it."""
    await conn.execute(TEXT_SAVE, id_, *text, at)


async def show_to(conn: Connection, id_: UUID, rooms: Iterable[UUID], *, also: bool) -> None:
    """Let these rooms see it, and those that will answer; also: with whoever sees it now."""
    await conn.execute(TEXT_SHOW, id_, list(rooms), also)


async def erase_text(conn: Connection, id_: UUID) -> None:
    """Keep nothing of what stood in it."""
    await conn.execute(TEXT_ERASE, id_)


async def saves(conn: Connection, id_: UUID) -> int:
    """How often it was saved."""
    found: int | None = await conn.fetchval(SAVES_READ, id_)
    return found or 0


async def read(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """These, whatever became of them."""
    return {kept.draft.id: kept for kept in map(_kept, await conn.fetch(DRAFTS_READ, list(ids)))}


async def open_ones(conn: Connection, rooms: Iterable[UUID], limit: int) -> list[Kept]:
    """Those not ended that these rooms see, the newest first."""
    return [_kept(row) for row in await conn.fetch(DRAFTS_OPEN, list(rooms), limit)]


async def saved_since(conn: Connection, at: datetime) -> list[UUID]:
    """Those that were typed in after this time."""
    return [row[0] for row in await conn.fetch(DRAFTS_SAVED_SINCE, at)]


async def forget_old(conn: Connection, before: datetime) -> None:
    """Drop what is left of drafts that ended and were last typed in before this time."""
    await conn.execute(DRAFTS_OLD, before)


def _kept(row: Sequence[object]) -> Kept:
    return Kept(_draft.decode(row[0]), *row[1:])  # type: ignore[arg-type]  # as the statement gives them
