"""SQL of the relay: the lease that says who may write the ledger, the outbox it empties, the radio messages it sends.

Every time in here is the database's own (`cad_now()`): replicas may disagree about the clock, the lease may not.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection, FeedRow, feed_rows

# An `until` far ahead of a lease's length comes from a clock that has jumped back since; it binds nobody.
LEASE_FREE = """
SELECT NOT EXISTS (
    SELECT FROM lease
    WHERE name = $1 AND until > cad_now() AND until < cad_now() + interval '2 seconds')
"""

LEASE_TAKE = """
INSERT INTO lease (name, holder, term, until) VALUES ($1, $2, 1, cad_now() + interval '1 second')
ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, term = lease.term + 1, until = cad_now() + interval '1 second'
    WHERE lease.until <= cad_now() OR lease.until >= cad_now() + interval '2 seconds'
RETURNING term
"""

LEASE_RENEW = """
UPDATE lease SET until = cad_now() + interval '1 second' WHERE name = $1 AND holder = $2 AND term = $3 RETURNING term
"""

LEASE_FREE_NOW = "UPDATE lease SET until = cad_now() WHERE name = $1 AND holder = $2 AND term = $3"


async def lease_take(conn: Connection, name: str, holder: str) -> int | None:
    """Take the lease if nobody holds it; the new term, or None. Doesn't touch the row while somebody holds it."""
    if not await conn.fetchval(LEASE_FREE, name):
        return None
    term: int | None = await conn.fetchval(LEASE_TAKE, name, holder)
    return term


async def lease_renew(conn: Connection, name: str, holder: str, term: int) -> bool:
    """Prolong the lease; False when somebody else has it."""
    return await conn.fetchval(LEASE_RENEW, name, holder, term) is not None


async def lease_free(conn: Connection, name: str, holder: str, term: int) -> None:
    """Give the lease up, so that the next one need not wait for its end."""
    await conn.execute(LEASE_FREE_NOW, name, holder, term)


# The array keeps the planner from reading the whole journal for a handful of rows while it has no figures of the outbox.
WAITING = """
SELECT NULL::bigint, j.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM journal j WHERE j.position = ANY(ARRAY(SELECT position FROM outbox ORDER BY position LIMIT $1))
ORDER BY j.position
"""


async def waiting(conn: Connection, limit: int) -> list[FeedRow]:
    """Committed facts that are not in the ledger yet, by position, at most `limit`."""
    return feed_rows(await conn.fetch(WAITING, limit))


# One statement and so one transaction of its own: no round trip in which a frozen holder could keep the lease's row.
MOVE = """
WITH held AS MATERIALIZED (
    SELECT term FROM lease WHERE name = $4 AND holder = $5 AND term = $6 FOR UPDATE
), taken AS (
    DELETE FROM outbox WHERE position = ANY($2::bigint[]) AND EXISTS (SELECT FROM held) RETURNING position
), linked AS (
    INSERT INTO ledger (seq, position, hash)
    SELECT seq, position, hash FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS r(seq, position, hash)
    WHERE EXISTS (SELECT FROM held)
)
SELECT CASE WHEN EXISTS (SELECT FROM held) THEN (SELECT count(*) FROM taken) END
"""


async def move(
    conn: Connection,
    lease: tuple[str, str, int],
    first_seq: int,
    positions: Sequence[int],
    hashes: Sequence[bytes],
) -> int | None:
    """Give these positions the next places in the ledger and take them from the outbox; how many were still there.

    `lease`: name, holder, term; nobody takes it meanwhile. None, and nothing written, when that term is over.
    """
    seqs = list(range(first_seq, first_seq + len(positions)))
    taken: int | None = await conn.fetchval(MOVE, seqs, list(positions), list(hashes), *lease)
    return taken


class RadioMessage(msgspec.Struct, frozen=True):
    """A radio message that is not on its way yet. `body` is JSON text; `expired` is the database's judgement."""

    order_id: UUID
    gateway: str
    handle: int
    assignment_id: UUID | None
    n: int
    kind: str
    body: str
    narrative_id: UUID | None
    expires_at: datetime
    expired: bool


RADIO_WAITING = """
SELECT order_id, gateway, handle, assignment_id, n, kind, body::text, narrative_id, expires_at, expires_at <= cad_now()
FROM radio_message WHERE published_at IS NULL AND (due_at IS NULL OR due_at <= cad_now()) ORDER BY position LIMIT $1
"""

RADIO_DONE = "UPDATE radio_message SET published_at = cad_now() WHERE order_id = ANY($1::uuid[])"


async def radio_waiting(conn: Connection, limit: int) -> list[RadioMessage]:
    """Radio messages whose time has come, in the order they were written, at most `limit`."""
    return [RadioMessage(*record) for record in await conn.fetch(RADIO_WAITING, limit)]


async def radio_done(conn: Connection, order_ids: Sequence[UUID]) -> None:
    """These are on their way, or expired: `published_at` at or after `expires_at` means it was never sent."""
    await conn.execute(RADIO_DONE, list(order_ids))


GATEWAYS = "SELECT name FROM gateway ORDER BY name"


async def gateway_names(conn: Connection) -> list[str]:
    """Every gateway that was created."""
    return [record[0] for record in await conn.fetch(GATEWAYS)]
