"""What a retelling reads beside the journal: since when rooms saw an incident, what terminals were told, what was shown.

Nothing is written here, and what housekeeping has dropped is simply not there any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.replaying.knowing import Lamp, ToldUnit, Watching

_FROM_THE_FIRST = ["owner", "ancestor", "adjoining"]
WATCHING = """
SELECT room_id, since, why = ANY($2::text[]) FROM audience WHERE incident_id = ANY($1::uuid[]) ORDER BY room_id, since
"""
TOLD_UNITS = """
SELECT m.assignment_id, m.kind, m.recorded_at, m.published_at
FROM radio_message m JOIN assignment a ON a.id = m.assignment_id WHERE a.incident_id = ANY($1::uuid[]) ORDER BY m.position
"""
LAMPS = """
SELECT l.broadcast_id, l.party, l.party_id, l.delivered_at, l.read_at
FROM broadcast_lamp l JOIN broadcast b ON b.id = l.broadcast_id WHERE b.incident_id = ANY($1::uuid[]) ORDER BY l.id
"""
SHOWN_BEFORE = (
    "SELECT id, computed_at, shown::text FROM recommendation WHERE id = ANY($1::uuid[]) ORDER BY computed_at"
)


async def watching(conn: Connection, incident_ids: Sequence[UUID]) -> list[Watching]:
    """The rooms that see these incidents."""
    return [Watching(*row) for row in await conn.fetch(WATCHING, list(incident_ids), _FROM_THE_FIRST)]


async def told_units(conn: Connection, incident_ids: Sequence[UUID]) -> list[ToldUnit]:
    """Messages to terminals about the orders of these incidents, as long as they are kept."""
    return [ToldUnit(*row) for row in await conn.fetch(TOLD_UNITS, list(incident_ids))]


async def lamps(conn: Connection, incident_ids: Sequence[UUID]) -> list[Lamp]:
    """Whom broadcasts about these incidents reached."""
    return [Lamp(*row) for row in await conn.fetch(LAMPS, list(incident_ids))]


async def shown_before(conn: Connection, ids: Sequence[UUID]) -> list[tuple[UUID, datetime, dict[str, Any]]]:
    """These recommendations, as they were kept."""
    return [
        (row[0], row[1], msgspec.json.decode(row[2])) for row in await conn.fetch(SHOWN_BEFORE, list(ids))
    ]
