"""The journal: every fact of every entity, appended in the transaction that made it true, never updated.

Life of a fact: an act appends it here together with its outbox position; after COMMIT the relay gives it its place
(`seq`) and its link (`hash`) in the ledger; replicas and consoles follow the ledger; `verify` recomputes it. This file
knows what a row is, how rows are written and read, and how they are chained. It never decides anything.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

type Connection = asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]

GENESIS = bytes(32)
"""The link before the first row of a ledger."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class JournalRow(msgspec.Struct, frozen=True):
    """One fact, before the database has given it a position.

    `version` is the entity's version after the fact; (noun, id, version) is unique. `body` is the fact's JSON without its
    tag. `claimed_at` is the time the actor says, `recorded_at` ours; both UTC.
    """

    noun: str
    id: UUID
    version: int
    incident_id: UUID | None
    fact: str
    who: str
    via: str
    why: str | None
    claimed_at: datetime | None
    recorded_at: datetime
    body: bytes | str


class FeedRow(msgspec.Struct, frozen=True, array_like=True):
    """One journal row with its place in the ledger; `seq` is None until the relay has passed it on.

    `body` is the JSON text as PostgreSQL keeps it, which is also what the hash covers. Travels as a msgpack array.
    """

    seq: int | None
    position: int
    noun: str
    id: UUID
    version: int
    incident_id: UUID | None
    fact: str
    who: str
    via: str
    why: str | None
    claimed_at: datetime | None
    recorded_at: datetime
    body: str

    def at(self, seq: int) -> "FeedRow":
        """The same row in its place."""
        return msgspec.structs.replace(self, seq=seq)


class Head(msgspec.Struct, frozen=True):
    """The newest link of the ledger; `Head(0, GENESIS)` when it is empty."""

    seq: int
    hash: bytes


# Ordered by the ordinality of the arrays: identity values are drawn above the sort, so positions follow the order given.
WRITTEN = """j AS (
    INSERT INTO journal
        (noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body)
    SELECT noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body::jsonb
    FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[], $10::timestamptz[], $11::text[]) WITH ORDINALITY
        AS r(noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body, n)
    ORDER BY n
    RETURNING position
), o AS (
    INSERT INTO outbox (position) SELECT position FROM j
)"""
"""The parts of a statement that writes facts, whose arrays are its first parameters (`columns`)."""
APPEND = f"WITH {WRITTEN} SELECT position FROM j"
HAS_FACT = "SELECT EXISTS (SELECT FROM journal WHERE noun = $1 AND id = ANY($2::uuid[]) AND fact = $3)"
HAS_FACT_OF = (
    "SELECT EXISTS (SELECT FROM journal WHERE noun = $1 AND incident_id = ANY($2::uuid[]) AND fact = $3)"
)
HAS_ACTED = "SELECT EXISTS (SELECT FROM journal WHERE incident_id = $1 AND who = $2)"
MOMENT_OF = """
SELECT (extract(epoch FROM coalesce(j.claimed_at, j.recorded_at)) * 1000)::bigint
FROM journal j LEFT JOIN incident i ON i.id = j.incident_id
WHERE j.position = $2 AND (j.incident_id = $1 OR i.merged_into = $1)
"""


async def append(conn: Connection, rows: Sequence[JournalRow]) -> list[int]:
    """Write facts and their outbox positions with one statement, in the order given; return their positions.

    Call it inside the transaction that changes the state tables, after the entity's lock was taken. Raises
    asyncpg.UniqueViolationError when (noun, id, version) is already written: two acts raced without the lock.
    """
    if not rows:
        return []
    written = await conn.fetch(APPEND, *columns(rows))
    return [position for (position,) in written]


async def has_fact(conn: Connection, noun: str, ids: Sequence[UUID], fact: str) -> bool:
    """Whether anything of this kind ever happened to one of these."""
    return bool(await conn.fetchval(HAS_FACT, noun, list(ids), fact))


async def has_fact_of(conn: Connection, noun: str, incident_ids: Sequence[UUID], fact: str) -> bool:
    """Whether anything of this kind ever happened to a thing of that noun that belongs to one of these incidents."""
    return bool(await conn.fetchval(HAS_FACT_OF, noun, list(incident_ids), fact))


async def has_acted(conn: Connection, incident_id: UUID, who: str) -> bool:
    """Whether this principal had a hand in the incident."""
    return bool(await conn.fetchval(HAS_ACTED, incident_id, who))


async def moment_of(conn: Connection, incident_id: UUID, position: int) -> int | None:
    """When this fact of the incident, or of one merged into it, is said to have been (ms); None: it is none of its facts."""
    at: int | None = await conn.fetchval(MOMENT_OF, incident_id, position)
    return at


def columns(rows: Sequence[JournalRow]) -> list[list[Any]]:
    """The rows as the arrays that APPEND takes."""
    return [
        [r.noun for r in rows],
        [r.id for r in rows],
        [r.version for r in rows],
        [r.incident_id for r in rows],
        [r.fact for r in rows],
        [r.who for r in rows],
        [r.via for r in rows],
        [r.why for r in rows],
        [r.claimed_at for r in rows],
        [r.recorded_at for r in rows],
        [r.body if isinstance(r.body, str) else r.body.decode() for r in rows],
    ]


def _microseconds(time: datetime | None) -> int | None:
    if time is None:
        return None
    # PostgreSQL's infinity comes without a zone: one such row must stop neither the relay nor `verify`.
    return (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // _MICROSECOND


def canonical(row: FeedRow) -> bytes:
    """The bytes of a row that its hash covers: a JSON array of every column, times in µs since 1970 UTC, body as text."""
    return msgspec.json.encode(
        [
            row.position,
            row.noun,
            row.id,
            row.version,
            row.incident_id,
            row.fact,
            row.who,
            row.via,
            row.why,
            _microseconds(row.claimed_at),
            _microseconds(row.recorded_at),
            row.body,
        ]
    )


def chain(prev: bytes, row: FeedRow) -> bytes:
    """The link of a row: sha256 of the link before it followed by the row's canonical bytes."""
    return hashlib.sha256(prev + canonical(row)).digest()


def feed_rows(records: Iterable[Any]) -> list[FeedRow]:
    """Records of this file's SELECTs (columns in the order of FeedRow's fields) as FeedRows."""
    return [FeedRow(*record) for record in records]


LEDGER_AFTER = """
SELECT l.seq, j.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM ledger l JOIN journal j USING (position)
WHERE l.seq > $1 ORDER BY l.seq LIMIT $2
"""


async def ledger_after(conn: Connection, seq: int, limit: int) -> list[FeedRow]:
    """Ledger rows with a seq above `seq`, in order, at most `limit`."""
    return feed_rows(await conn.fetch(LEDGER_AFTER, seq, limit))


OF_INCIDENTS = """
SELECT l.seq, j.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM journal j LEFT JOIN ledger l USING (position)
WHERE j.incident_id = ANY($1::uuid[]) AND j.position > $2
ORDER BY j.position LIMIT $3
"""


async def of_incidents(
    conn: Connection, incident_ids: Sequence[UUID], after: int, limit: int
) -> list[FeedRow]:
    """The facts of these incidents with a position above `after`, in journal order; seq None until relayed."""
    return feed_rows(await conn.fetch(OF_INCIDENTS, list(incident_ids), after, limit))


OF_MENTIONED = """
SELECT NULL::bigint, j.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM (SELECT DISTINCT noun, id FROM journal WHERE incident_id = ANY($1::uuid[]) AND noun = ANY($2::text[])) m
JOIN journal j USING (noun, id) ORDER BY j.position
"""


async def of_mentioned(conn: Connection, incident_ids: Sequence[UUID], nouns: Sequence[str]) -> list[FeedRow]:
    """The whole histories of whatever of these nouns ever belonged to these incidents, in journal order."""
    return feed_rows(await conn.fetch(OF_MENTIONED, list(incident_ids), list(nouns)))


TOUCHED = """
SELECT noun, id FROM journal WHERE recorded_at >= $1 AND recorded_at < $2 AND noun = ANY($3::text[])
GROUP BY noun, id ORDER BY max(position) DESC LIMIT $4
"""


async def touched(
    conn: Connection, since: datetime, until: datetime, nouns: Sequence[str], limit: int
) -> list[tuple[str, UUID]]:
    """What of these nouns anything happened to after one time and before another, the last that it happened to first."""
    return [(row[0], row[1]) for row in await conn.fetch(TOUCHED, since, until, list(nouns), limit)]


OF_ENTITIES = """
SELECT NULL::bigint, position, noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body::text
FROM journal JOIN unnest($1::text[], $2::uuid[]) AS asked (noun, id) USING (noun, id) ORDER BY position
"""


async def of_entities(conn: Connection, entities: Sequence[tuple[str, UUID]]) -> list[FeedRow]:
    """The whole histories of these (noun, id), in journal order, without their place in the ledger."""
    nouns, ids = [noun for noun, _ in entities], [id_ for _, id_ in entities]
    return feed_rows(await conn.fetch(OF_ENTITIES, nouns, ids))


OF_ENTITY = """
SELECT l.seq, j.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM journal j LEFT JOIN ledger l USING (position)
WHERE j.noun = $1 AND j.id = $2 AND j.version > $3
ORDER BY j.version LIMIT $4
"""


async def of_entity(conn: Connection, noun: str, id_: UUID, after: int, limit: int) -> list[FeedRow]:
    """The facts of one entity with a version above `after`, by version; seq None until relayed."""
    return feed_rows(await conn.fetch(OF_ENTITY, noun, id_, after, limit))


HEAD = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"


async def head(conn: Connection) -> Head:
    """The newest link of the ledger."""
    record = await conn.fetchrow(HEAD)
    return Head(0, GENESIS) if record is None else Head(record["seq"], record["hash"])


# What `verify` reads: whole histories, streamed by cursors inside its snapshot.


class Link(msgspec.Struct, frozen=True):
    """One ledger row with the journal row it refers to; None when that is missing."""

    seq: int
    position: int
    hash: bytes
    row: FeedRow | None


LINKS = """
SELECT l.hash, l.seq, l.position, j.noun, j.id, j.version, j.incident_id, j.fact, j.who, j.via, j.why, j.claimed_at,
       j.recorded_at, j.body::text
FROM ledger l LEFT JOIN journal j USING (position) ORDER BY l.seq
"""


async def links(conn: Connection) -> AsyncIterator[Link]:
    """The ledger from its first row, each with its journal row."""
    async for hash_, *row in conn.cursor(LINKS, prefetch=1000):
        seq, position, noun = row[:3]
        yield Link(seq, position, hash_, None if noun is None else FeedRow(*row))


HASHES = "SELECT seq, hash FROM ledger WHERE seq = ANY($1::bigint[])"


async def hashes(conn: Connection, seqs: Sequence[int]) -> dict[int, bytes]:
    """The links of these ledger rows, as far as they exist."""
    return dict(await conn.fetch(HASHES, list(seqs)))


MISPLACED = """
SELECT position, noun, l.seq IS NOT NULL
FROM journal j FULL JOIN outbox o USING (position) LEFT JOIN ledger l USING (position)
WHERE j.position IS NULL OR (o.position IS NULL) = (l.position IS NULL)
ORDER BY position LIMIT 1
"""
OUTBOX_ROWS = "SELECT count(*) FROM outbox"


async def misplaced(conn: Connection) -> tuple[int, tuple[int, str | None, bool] | None]:
    """How many facts wait in the outbox; the first journal row not in exactly one of ledger and outbox.

    Of that row: position, noun (None when the outbox refers to a row that is missing), whether it is in the ledger.
    """
    found = await conn.fetchrow(MISPLACED)
    return await conn.fetchval(OUTBOX_ROWS), None if found is None else (found[0], found[1], found[2])


FACTS_OF = """
SELECT NULL::bigint, position, noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body::text
FROM journal WHERE noun = $1 ORDER BY id, version
"""


async def facts_of(conn: Connection, noun: str) -> AsyncIterator[FeedRow]:
    """All facts of a noun, by entity and version."""
    async for record in conn.cursor(FACTS_OF, noun, prefetch=1000):
        yield FeedRow(*record)


async def table_rows(conn: Connection, table: str) -> AsyncIterator[str]:
    """The rows of a state table as JSON, by id. `table` is a name of ours, never input."""
    async for (text,) in conn.cursor(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY id", prefetch=1000):
        yield text


LOST_ALARM = """
SELECT ids->>'alarm' FROM idempotency i
WHERE ids ? 'alarm' AND NOT EXISTS (SELECT FROM alarm a WHERE a.id::text = i.ids->>'alarm')
ORDER BY created_at LIMIT 1
"""


async def lost_alarm(conn: Connection) -> str | None:
    """The id of an alarm that a kept key names and the table has not; None when there is none."""
    lost: str | None = await conn.fetchval(LOST_ALARM)
    return lost
