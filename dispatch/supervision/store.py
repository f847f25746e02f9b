"""Supervision orders in PostgreSQL: whole rows in and out, locked one by one after the incident they are about.

Whoever gives one about an incident holds that incident's lock, so that it cannot close meanwhile.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.supervision.model import SupervisionOrder

_COLUMNS = ", ".join(SupervisionOrder.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in SupervisionOrder.__struct_fields__)
SUPERVISION_SAVE = f"""
INSERT INTO supervision ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::supervision, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
SUPERVISION_LOCK = (
    "SELECT to_jsonb(s)::text FROM supervision s WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
SUPERVISION_READ = "SELECT to_jsonb(s)::text FROM supervision s WHERE id = ANY($1::uuid[]) ORDER BY id"
SUPERVISION_OPEN = """
SELECT to_jsonb(s)::text FROM supervision s
WHERE incident_id = ANY($1::uuid[]) AND state IN ('given', 'answered', 'returned') ORDER BY id
"""
# $1 rooms of the seat; $2 below this id; $3 states; $4 given to or by one of these rooms; $5 about this incident
_SEEN = """
SELECT s.id FROM supervision s
WHERE (s.to_room_id = ANY($1::uuid[]) OR s.from_room_id = ANY($1::uuid[])) AND ($2::uuid IS NULL OR s.id < $2)
    AND ($3::text[] IS NULL OR s.state = ANY($3))
    AND ($4::uuid[] IS NULL OR s.to_room_id = ANY($4) OR s.from_room_id = ANY($4))
    AND ($5::uuid IS NULL OR s.incident_id = $5)
"""
SUPERVISION_PAGE = _SEEN + "ORDER BY s.id DESC LIMIT $6"
SUPERVISION_PAGE_OPEN = _SEEN + "AND s.state IN ('given', 'answered', 'returned') ORDER BY s.id DESC LIMIT $6"

_order = msgspec.json.Decoder(SupervisionOrder)


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders a list is about; None lets all pass."""

    open_only: bool = False
    states: list[str] | None = None
    rooms: list[UUID] | None = None
    incident_id: UUID | None = None


async def save(conn: Connection, orders: Iterable[SupervisionOrder]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(SUPERVISION_SAVE, msgspec.json.encode(list(orders)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, SupervisionOrder]:
    """These, held until this act is over."""
    found = [_order.decode(row[0]) for row in await conn.fetch(SUPERVISION_LOCK, sorted(set(ids)))]
    return {order.id: order for order in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[SupervisionOrder]:
    """These, whatever became of them, by id."""
    return [_order.decode(row[0]) for row in await conn.fetch(SUPERVISION_READ, list(ids))]


async def open_of(conn: Connection, incident_ids: Iterable[UUID]) -> list[SupervisionOrder]:
    """Those about these incidents that stand."""
    return [_order.decode(row[0]) for row in await conn.fetch(SUPERVISION_OPEN, list(incident_ids))]


async def seen(
    conn: Connection, rooms: Iterable[UUID], which: Narrowed, page: tuple[UUID | None, int]
) -> Sequence[UUID]:
    """Ids of those given to or by these rooms, the newest first."""
    sql = SUPERVISION_PAGE_OPEN if which.open_only else SUPERVISION_PAGE
    rows = await conn.fetch(sql, list(rooms), page[0], which.states, which.rooms, which.incident_id, page[1])
    return [row[0] for row in rows]
