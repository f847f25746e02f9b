"""Messages beside the radio in PostgreSQL, and all that was said of an order by whichever bearer.

A message is written in the transaction of the rule that wants it, and marked when the provider has taken it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.journal import Connection

Bearer = Literal["sms", "phone"]
TRIES = 5

OUTWARD_ADD = """
INSERT INTO outward_message
    (id, bearer, address, incident_id, assignment_id, unit_id, exercise, body, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)
"""
OUTWARD_WAITING = """
SELECT to_jsonb(m)::text FROM (
    SELECT id, bearer, address, incident_id, assignment_id, unit_id, exercise, body, recorded_at
    FROM outward_message WHERE sent_at IS NULL AND failure IS NULL ORDER BY position LIMIT $1) m
"""
OUTWARD_SENT = """
UPDATE outward_message SET sent_at = cad_now(), provider = $2, reference = $3, attempts = attempts + 1 WHERE id = $1
"""
OUTWARD_FAILED = f"""
UPDATE outward_message SET provider = $2, attempts = attempts + 1,
    failure = CASE WHEN attempts + 1 >= {TRIES} THEN $3 END WHERE id = $1
"""
OUTWARD_FORGET = (
    "DELETE FROM outward_message WHERE recorded_at < $1 AND (sent_at IS NOT NULL OR failure IS NOT NULL)"
)
SAID_OF = """
SELECT json_build_object('id', id, 'bearer', bearer, 'by', by, 'kind', kind, 'n', n, 'body', body,
    'recorded_at', recorded_at, 'sent_at', sent_at, 'failure', failure)::text
FROM (
    SELECT order_id AS id, 'radio' AS bearer, gateway AS by, kind, n, NULL::jsonb AS body, recorded_at,
        CASE WHEN published_at < expires_at THEN published_at END AS sent_at, CASE WHEN published_at >= expires_at THEN 'expired' END AS failure, 1 AS turn
    FROM radio_message WHERE assignment_id = $1
    UNION ALL
    SELECT id, bearer, provider, 'order', NULL, body, recorded_at, sent_at, failure, 2
    FROM outward_message WHERE assignment_id = $1
) said ORDER BY recorded_at, turn, n
"""


class OutwardMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to a unit beside the radio. body: the text by language; address: the unit's duty phone.

    A message of an exercise is never given to a real provider.
    """

    id: UUID
    bearer: Bearer
    address: str
    incident_id: UUID
    assignment_id: UUID
    unit_id: UUID
    exercise: bool
    body: Mapping[str, str]
    recorded_at: datetime


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message about an order. by: the gateway or provider; sent_at: None while it waits; failure: why it never went."""

    id: UUID
    bearer: str
    by: str | None
    kind: str
    n: int | None
    body: dict[str, str] | None
    recorded_at: datetime
    sent_at: datetime | None
    failure: str | None


async def add(conn: Connection, m: OutwardMessage) -> None:
    """Have it sent."""
    body = msgspec.json.encode(m.body).decode()
    await conn.execute(
        OUTWARD_ADD, m.id, m.bearer, m.address, m.incident_id, m.assignment_id, m.unit_id, m.exercise, body, m.recorded_at
    )  # fmt: skip


async def waiting(conn: Connection, limit: int) -> list[OutwardMessage]:
    """What is still to be sent, in the order it was written."""
    return [
        msgspec.json.decode(row[0], type=OutwardMessage) for row in await conn.fetch(OUTWARD_WAITING, limit)
    ]


async def sent(conn: Connection, id_: UUID, provider: str, reference: str) -> None:
    """The provider has taken it, and knows it by `reference`."""
    await conn.execute(OUTWARD_SENT, id_, provider, reference)


async def failed(conn: Connection, id_: UUID, provider: str, why: str) -> None:
    """It was not taken; after TRIES it is given up."""
    await conn.execute(OUTWARD_FAILED, id_, provider, why)


async def forget(conn: Connection, before: datetime) -> None:
    """Drop what was settled long ago."""
    await conn.execute(OUTWARD_FORGET, before)


async def said_of(conn: Connection, assignment_id: UUID) -> list[Said]:
    """All messages about an order, in the order they were written."""
    return [msgspec.json.decode(row[0], type=Said) for row in await conn.fetch(SAID_OF, assignment_id)]
