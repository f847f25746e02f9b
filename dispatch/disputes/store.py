"""Disputes in PostgreSQL: whole rows in and out. Whoever changes one holds the lock of its incident.

A partial unique index stands behind the rule that an incident has one open dispute at a time.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from dispatch.disputes.model import Dispute
from dispatch.journal import Connection

_COLUMNS = ", ".join(Dispute.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in Dispute.__struct_fields__)
DISPUTE_SAVE = f"""
INSERT INTO dispute ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::dispute, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
DISPUTES_READ = "SELECT to_jsonb(d)::text FROM dispute d WHERE id = ANY($1::uuid[]) ORDER BY id"
DISPUTES_OF = "SELECT to_jsonb(d)::text FROM dispute d WHERE incident_id = ANY($1::uuid[]) ORDER BY id"

_dispute = msgspec.json.Decoder(Dispute)


async def save(conn: Connection, disputes: Iterable[Dispute]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(DISPUTE_SAVE, msgspec.json.encode(list(disputes)).decode())


async def read(conn: Connection, ids: Iterable[UUID]) -> list[Dispute]:
    """These, whatever became of them, by id."""
    return [_dispute.decode(row[0]) for row in await conn.fetch(DISPUTES_READ, list(ids))]


async def of_incidents(conn: Connection, incident_ids: Iterable[UUID]) -> list[Dispute]:
    """All about these incidents, in the order they were raised."""
    return [_dispute.decode(row[0]) for row in await conn.fetch(DISPUTES_OF, list(incident_ids))]
