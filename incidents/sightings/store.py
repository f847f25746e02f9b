"""Sightings in PostgreSQL: rows are added and read, never changed.

Whoever adds one holds the lock of its incident.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from incidents.sightings.model import Sighting
from incidents.store import Connection

_COLUMNS = ", ".join(Sighting.__struct_fields__)
SIGHTING_ADD = f"""
INSERT INTO sighting ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::sighting, $1::jsonb)
"""
SIGHTINGS_NEWEST = """
SELECT to_jsonb(s)::text FROM sighting s WHERE s.incident_id = ANY($1::uuid[])
ORDER BY s.at DESC, s.lon DESC, s.lat DESC LIMIT $2
"""
SIGHTINGS_PAGE = """
SELECT to_jsonb(s)::text FROM sighting s
WHERE s.incident_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3
"""
SIGHTINGS_READ = "SELECT to_jsonb(s)::text FROM sighting s WHERE s.id = ANY($1::uuid[]) ORDER BY s.id"

_sighting = msgspec.json.Decoder(Sighting)


async def add(conn: Connection, sightings: Sequence[Sighting]) -> None:
    """Write new points."""
    await conn.execute(SIGHTING_ADD, msgspec.json.encode(sightings).decode())


async def newest(conn: Connection, incident_ids: Iterable[UUID], at_most: int) -> list[Sighting]:
    """The last points by claimed time, the newest first."""
    rows = await conn.fetch(SIGHTINGS_NEWEST, list(incident_ids), at_most)
    return [_sighting.decode(row[0]) for row in rows]


async def page(
    conn: Connection, incident_ids: Iterable[UUID], after: UUID | None, at_most: int
) -> list[Sighting]:
    """Points in the order they were told, after one of them."""
    rows = await conn.fetch(SIGHTINGS_PAGE, list(incident_ids), after, at_most)
    return [_sighting.decode(row[0]) for row in rows]


async def read(conn: Connection, ids: Iterable[UUID]) -> list[Sighting]:
    """These points by id."""
    return [_sighting.decode(row[0]) for row in await conn.fetch(SIGHTINGS_READ, list(ids))]
