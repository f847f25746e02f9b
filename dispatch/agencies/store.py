"""Agency requests in PostgreSQL: whole rows in and out. Whoever changes one holds the lock of its incident.

A partial unique index stands behind the rule that one agency is asked once for one incident at a time.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from dispatch.agencies.model import AgencyRequest
from dispatch.journal import Connection

_COLUMNS = ", ".join(AgencyRequest.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in AgencyRequest.__struct_fields__)
REQUEST_SAVE = f"""
INSERT INTO agency_request ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::agency_request, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
REQUESTS_READ = "SELECT to_jsonb(r)::text FROM agency_request r WHERE id = ANY($1::uuid[]) ORDER BY id"
REQUESTS_OF = "SELECT to_jsonb(r)::text FROM agency_request r WHERE incident_id = ANY($1::uuid[]) ORDER BY id"

_request = msgspec.json.Decoder(AgencyRequest)


async def save(conn: Connection, requests: Iterable[AgencyRequest]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(REQUEST_SAVE, msgspec.json.encode(list(requests)).decode())


async def read(conn: Connection, ids: Iterable[UUID]) -> list[AgencyRequest]:
    """These, whatever became of them, by id."""
    return [_request.decode(row[0]) for row in await conn.fetch(REQUESTS_READ, list(ids))]


async def of_incidents(conn: Connection, incident_ids: Iterable[UUID]) -> list[AgencyRequest]:
    """All that were sent for these incidents, in the order of their sending."""
    return [_request.decode(row[0]) for row in await conn.fetch(REQUESTS_OF, list(incident_ids))]
