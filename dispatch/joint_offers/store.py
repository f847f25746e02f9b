"""Which incidents wait, and the offers that were shown: each kept as the recommendations of its calls.

The statements of the joint offer.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dispatch.journal import Connection

# In the order of the queue: the most urgent first, then the one that began first.
WAITING = """
SELECT i.id FROM incident i
WHERE (i.room_id = ANY($1::uuid[]) OR i.command_room_id = ANY($1::uuid[]))
  AND i.state IN ('received', 'dispatched', 'accepted', 'en_route') AND i.lon IS NOT NULL
ORDER BY i.priority, coalesce(i.times->>'ringing', i.times->>'entered')::bigint, i.id
LIMIT $2
"""
# An offer has the same ids wherever it is made: whoever comes second reads what the first one kept.
OFFER_KEEP = """
INSERT INTO recommendation (id, incident_id, computed_at, by, shown)
SELECT r.id, r.incident_id, $3, $4, r.shown::jsonb FROM unnest($1::uuid[], $2::uuid[], $5::text[]) AS r(id, incident_id, shown)
ON CONFLICT (id) DO NOTHING
"""
OFFER_READ = "SELECT (shown->'together')::text FROM recommendation WHERE id = $1"
OFFER_OF = """
SELECT (shown->'together')::text FROM recommendation
WHERE incident_id = $1 AND computed_at > $2 AND shown ? 'together' ORDER BY computed_at DESC LIMIT 1
"""


async def waiting(conn: Connection, rooms: Iterable[UUID], most: int) -> list[UUID]:
    """Incidents with a place that these rooms own or command and for which somebody may still have to be sent, as they queue."""
    return [row["id"] for row in await conn.fetch(WAITING, list(rooms), most)]


async def keep(
    conn: Connection, of: list[tuple[UUID, UUID, str]], computed_at: datetime, by: str
) -> str | None:
    """Keep an offer, as (recommendation, incident, what was shown) each; the offer as it was kept first."""
    ids, incidents, shown = map(list, zip(*of, strict=True))
    await conn.execute(OFFER_KEEP, ids, incidents, computed_at, by, shown)
    kept: str | None = await conn.fetchval(OFFER_READ, ids[0])
    return kept


async def offered_to(conn: Connection, incident_id: UUID, since: datetime) -> str | None:
    """The last joint offer that an incident was part of since then, as it was shown (JSON)."""
    found: str | None = await conn.fetchval(OFFER_OF, incident_id, since)
    return found
