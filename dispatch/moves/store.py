"""What rooms did not want, for a while; and who has a job kept for later.

The statements of moves; where units stand by is a column of theirs.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dispatch.journal import Connection

DECLINE = """
INSERT INTO move_declined (room_id, unit_id, until) VALUES ($1, $2, $3)
ON CONFLICT (room_id, unit_id) DO UPDATE SET until = excluded.until
"""
DECLINED = "SELECT unit_id FROM move_declined WHERE room_id = $1 AND until > $2"
KEPT_FOR = "SELECT DISTINCT unit_id FROM assignment WHERE unit_id = ANY($1::uuid[]) AND state = 'stacked'"


async def decline(conn: Connection, room_id: UUID, unit_id: UUID, until: datetime) -> None:
    """Keep away from this room what it did not want."""
    await conn.execute(DECLINE, room_id, unit_id, until)


async def declined(conn: Connection, room_id: UUID, now: datetime) -> set[UUID]:
    """Units that this room does not want moved now."""
    return {row["unit_id"] for row in await conn.fetch(DECLINED, room_id, now)}


async def with_kept_jobs(conn: Connection, unit_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these that have a job kept for later: they know already where to go."""
    return {row["unit_id"] for row in await conn.fetch(KEPT_FOR, list(unit_ids))}
