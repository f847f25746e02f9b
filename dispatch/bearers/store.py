"""Messages beside the radio in PostgreSQL, and all that was said of an order by whichever bearer.

A message is written in the transaction of the rule that wants it, and marked when the provider has taken it, when it was
tried often enough, or when what it was for is done.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.journal import Connection

Bearer = Literal["sms", "phone", "agency", "citizen"]
BEARERS: tuple[Bearer, ...] = ("sms", "phone", "agency", "citizen")
"""Each has its own line: a flood of messages to callers never holds up one to a crew."""
Kind = Literal["order", "request", "chase", "withdraw", "taken", "on_the_way", "closed"]
Told = Literal["taken", "on_the_way", "closed"]
TRIES = 5
PATIENCE = timedelta(seconds=5)
PAUSE_S = 5
"""After the first failure; each further pause is twice as long: five attempts within a minute and a half."""

OUTWARD_ADD = """
INSERT INTO outward_message
    (id, bearer, address, incident_id, assignment_id, unit_id, exercise, body, recorded_at, request_id, kind, narrative_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12)
"""
# The attempt is counted, and put off beyond the longest it may take, before it begins: who dies in it has made it. Wanted
# is a message while the timer stands that had it written, or the request it speaks of: it goes as soon as that is done.
OUTWARD_CLAIM = """
WITH due AS (
    SELECT id FROM outward_message
    WHERE sent_at IS NULL AND failure IS NULL AND bearer = $1 AND (next_at IS NULL OR next_at <= (SELECT cad_now()))
    ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE outward_message m
    SET attempts = attempts + 1, next_at = (SELECT cad_now()) + $3::interval * 2 + interval '1 second' * $4::integer
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.position, m.bearer, m.address, m.incident_id, m.assignment_id, m.unit_id, m.exercise, m.body,
        m.recorded_at, m.attempts, m.request_id, m.kind, m.narrative_id, m.alarm_id, m.person_id
)
SELECT to_jsonb(c)::text, c.attempts, CASE c.bearer
    WHEN 'agency' THEN c.kind = 'withdraw' OR EXISTS (
        SELECT FROM agency_request r WHERE r.id = c.request_id AND r.state IN ('sent', 'taken', 'arrived'))
    WHEN 'citizen' THEN EXISTS (
        SELECT FROM incident o JOIN incident i ON i.id = coalesce(o.merged_into, o.id)
        WHERE o.id = c.incident_id AND CASE c.kind WHEN 'closed' THEN i.state = 'closed'
            ELSE i.state IN ('dispatched', 'accepted', 'en_route', 'on_scene') END)
    ELSE EXISTS (
        SELECT FROM timer t WHERE t.noun = 'assignment' AND t.entity_id = c.assignment_id AND t.kind = c.bearer
            AND t.fired_at IS NOT NULL) END
FROM claimed c ORDER BY c.position
"""
# Who was silent or cut off, cannot talk or asked not to be contacted is not given away by a telephone that lights up.
CITIZENS_ADD = """
INSERT INTO outward_message
    (id, bearer, address, incident_id, alarm_id, person_id, kind, exercise, body, recorded_at)
SELECT gen_random_uuid(), 'citizen', '', a.incident_id, a.id, a.person_id, $2, a.exercise, $3::jsonb, $4
FROM alarm a JOIN person p ON p.id = a.person_id
WHERE a.incident_id = ANY($1::uuid[]) AND a.source IN ('call', 'sms', 'app', 'self_service')
    AND p.number_hmac IS NOT NULL AND NOT a.do_not_contact AND NOT a.confidential
    AND NOT a.flags && ARRAY['silent', 'abandoned', 'cannot_talk']
ORDER BY a.id
ON CONFLICT (alarm_id, kind) WHERE alarm_id IS NOT NULL DO NOTHING
"""
SAID_OF_ALARM = """
SELECT json_build_object('id', id, 'bearer', bearer, 'by', provider, 'kind', kind, 'n', NULL, 'body', body,
    'recorded_at', recorded_at, 'sent_at', sent_at, 'failure', failure)::text
FROM outward_message WHERE alarm_id = $1 ORDER BY position
"""
OUTWARD_SENT = """
UPDATE outward_message SET sent_at = cad_now(), provider = $2, reference = $3 WHERE id = $1 AND sent_at IS NULL
"""
OUTWARD_FAILED = """
UPDATE outward_message
SET provider = $2, trouble = $3, next_at = cad_now() + interval '1 second' * $4::integer * (2 ^ (attempts - 1))
WHERE id = $1 AND sent_at IS NULL AND failure IS NULL
"""
OUTWARD_GIVE_UP = """
UPDATE outward_message SET provider = $2, failure = coalesce(trouble, 'no answer')
WHERE id = $1 AND sent_at IS NULL AND failure IS NULL RETURNING true
"""
OUTWARD_OVERTAKEN = """
UPDATE outward_message SET failure = 'overtaken' WHERE id = $1 AND sent_at IS NULL AND failure IS NULL
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
SAID_OF_REQUEST = """
SELECT json_build_object('id', id, 'bearer', bearer, 'by', provider, 'kind', kind, 'n', NULL, 'body', body,
    'recorded_at', recorded_at, 'sent_at', sent_at, 'failure', failure)::text
FROM outward_message WHERE request_id = $1 ORDER BY position
"""


class OutwardMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to a unit beside the radio, to an agency, or to a caller.

    body: the text by language; address: the unit's duty phone, or the agency's code, or the caller's number (person_id),
    which is opened for the provider alone; narrative_id, text: what the asking seat wrote, sealed, and opened likewise.

    A message of an exercise is never given to a real provider.
    """

    id: UUID
    bearer: Bearer
    address: str
    incident_id: UUID
    assignment_id: UUID | None = None
    unit_id: UUID | None = None
    exercise: bool
    body: Mapping[str, str]
    recorded_at: datetime
    request_id: UUID | None = None
    kind: Kind = "order"
    narrative_id: UUID | None = None
    text: str | None = None
    alarm_id: UUID | None = None
    person_id: UUID | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One try at a message. nth: which it is, from 1; wanted: whether what had it written still stands."""

    message: OutwardMessage
    nth: int
    wanted: bool


_message = msgspec.json.Decoder(OutwardMessage)


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
        OUTWARD_ADD, m.id, m.bearer, m.address, m.incident_id, m.assignment_id, m.unit_id, m.exercise, body, m.recorded_at,
        m.request_id, m.kind, m.narrative_id,
    )  # fmt: skip


async def tell_callers(
    conn: Connection, incident_ids: Iterable[UUID], kind: Told, body: Mapping[str, str], at: datetime
) -> None:
    """Write this to every caller of these incidents who may be told and was not told it before."""
    await conn.execute(CITIZENS_ADD, list(incident_ids), kind, msgspec.json.encode(body).decode(), at)


async def claim(conn: Connection, bearer: Bearer, limit: int) -> list["Attempt"]:
    """Begin an attempt at each message that is due, in the order they were written; nobody else will meanwhile."""
    rows = await conn.fetch(OUTWARD_CLAIM, bearer, limit, PATIENCE, PAUSE_S)
    return [Attempt(_message.decode(row[0]), row[1], row[2]) for row in rows]


async def sent(conn: Connection, id_: UUID, provider: str, reference: str) -> None:
    """The provider has taken it, and knows it by `reference`."""
    await conn.execute(OUTWARD_SENT, id_, provider, reference)


async def failed(conn: Connection, id_: UUID, provider: str, why: str) -> None:
    """It was not taken; it is tried again after a pause."""
    await conn.execute(OUTWARD_FAILED, id_, provider, why, PAUSE_S)


async def give_up(conn: Connection, id_: UUID, provider: str) -> bool:
    """It is not tried again; False when it was settled before."""
    return bool(await conn.fetchval(OUTWARD_GIVE_UP, id_, provider))


async def overtaken(conn: Connection, id_: UUID) -> None:
    """Nobody waits for it any more: it is not sent."""
    await conn.execute(OUTWARD_OVERTAKEN, id_)


async def forget(conn: Connection, before: datetime) -> None:
    """Drop what was settled long ago."""
    await conn.execute(OUTWARD_FORGET, before)


async def said_of(conn: Connection, assignment_id: UUID) -> list[Said]:
    """All messages about an order, in the order they were written."""
    return [msgspec.json.decode(row[0], type=Said) for row in await conn.fetch(SAID_OF, assignment_id)]


async def said_of_request(conn: Connection, request_id: UUID) -> list[Said]:
    """All that was told to an agency about a request, in the order it was written."""
    rows = await conn.fetch(SAID_OF_REQUEST, request_id)
    return [msgspec.json.decode(row[0], type=Said) for row in rows]


async def said_to_caller(conn: Connection, alarm_id: UUID) -> list[Said]:
    """All that was told to the caller of an alarm, in the order it was written."""
    return [msgspec.json.decode(row[0], type=Said) for row in await conn.fetch(SAID_OF_ALARM, alarm_id)]
