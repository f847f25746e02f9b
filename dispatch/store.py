"""Assignments, feedback forms, audience, recommendations, radio messages and idempotency keys, in PostgreSQL.

Rows are whole structs as in `incidents.store`; incidents are always locked before anything here.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from dispatch import journal
from dispatch.journal import Connection
from dispatch.model import Assignment, Feedback
from incidents.model import Alarm, Incident
from incidents.store import ALARM_COLUMNS, INCIDENT_COLUMNS

_ASSIGNMENT = (
    "id, incident_id, parent_id, unit_id, room_id, role, state, version, round, recommendation_id, ordered_by, crew, "
    "promised_at, times, result, flags, preempted_for, proposal_id"
)
_FEEDBACK = (
    "id, assignment_id, incident_id, kind, state, version, result, type_verified, people_count, narrative_id, "
    "person_ids, photos, form_code, form_version, answers, texts_id, complete, by, claimed_at, recorded_at"
)


def _excluded(columns: str) -> str:
    return ", ".join(f"excluded.{name.strip()}" for name in columns.split(","))


NOW = "SELECT cad_now()"
KEY_TAKE = """
INSERT INTO idempotency (principal, route, key, body_hash, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING 1
"""
KEY_READ = "SELECT body_hash, ids::text FROM idempotency WHERE principal = $1 AND route = $2 AND key = $3"
KEY_KEEP = "UPDATE idempotency SET ids = $4::jsonb WHERE principal = $1 AND route = $2 AND key = $3"
KEYS_TAKE = """
INSERT INTO idempotency (principal, route, key, body_hash, ids, created_at)
SELECT p, r, k, h, i, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::jsonb[]) AS t(p, r, k, h, i)
ORDER BY p, r, k
ON CONFLICT DO NOTHING RETURNING principal, route, key
"""
KEYS_DROP = """
DELETE FROM idempotency i USING unnest($1::text[], $2::text[], $3::text[]) AS t(p, r, k)
WHERE (i.principal, i.route, i.key) = (t.p, t.r, t.k)
"""
KEYS_FORGET = "DELETE FROM idempotency WHERE created_at < $1"

ASSIGNMENT_SAVE = f"""
INSERT INTO assignment ({_ASSIGNMENT})
SELECT {_ASSIGNMENT} FROM jsonb_populate_recordset(NULL::assignment, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_ASSIGNMENT}) = ({_excluded(_ASSIGNMENT)})
"""
ASSIGNMENT_READ = "SELECT to_jsonb(a)::text FROM assignment a WHERE id = ANY($1::uuid[]) ORDER BY id"
ASSIGNMENT_LOCK = """
SELECT to_jsonb(a)::text FROM assignment a WHERE incident_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""
ASSIGNMENTS_OF = "SELECT to_jsonb(a)::text FROM assignment a WHERE incident_id = ANY($1::uuid[]) ORDER BY id"
ASSIGNMENT_INCIDENT = "SELECT incident_id FROM assignment WHERE id = $1"
HOLDERS = """
SELECT a.unit_id, a.id AS assignment_id, a.state, a.times, i.number, i.id AS incident_id, i.priority
FROM assignment a JOIN incident i ON i.id = a.incident_id
WHERE a.unit_id = ANY($1::uuid[])
  AND a.state IN ('ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired')
"""
JOBS_OF = """
SELECT a.unit_id, a.id AS assignment_id, a.state, i.number, coalesce(i.merged_into, i.id) AS incident_id
FROM assignment a JOIN incident i ON i.id = a.incident_id
WHERE a.unit_id = ANY($1::uuid[])
  AND a.state IN ('stacked', 'ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired')
ORDER BY a.state = 'stacked', i.priority, (a.times->>'stacked')::bigint, a.id
"""
OPEN_UNIT_JOBS = """
SELECT a.unit_id, a.id, a.state, a.incident_id FROM assignment a
WHERE a.unit_id IS NOT NULL
  AND a.state IN ('ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired')
"""
FEEDBACK_SAVE = f"""
INSERT INTO feedback ({_FEEDBACK}) SELECT {_FEEDBACK} FROM jsonb_populate_recordset(NULL::feedback, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_FEEDBACK}) = ({_excluded(_FEEDBACK)})
"""
FEEDBACK_OF = (
    "SELECT to_jsonb(f)::text FROM feedback f WHERE incident_id = ANY($1::uuid[]) ORDER BY recorded_at, id"
)
AUDIENCE_ADD = """
INSERT INTO audience (incident_id, room_id, why)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING
"""
AUDIENCE_OF = "SELECT incident_id, room_id, why FROM audience WHERE incident_id = ANY($1::uuid[])"
RECOMMENDATION_ADD = """
INSERT INTO recommendation (id, incident_id, computed_at, by, shown) VALUES ($1, $2, $3, $4, $5::jsonb)
"""
RECOMMENDATION_READ = """
SELECT incident_id, computed_at, shown::text FROM recommendation WHERE id = $1 AND computed_at > $2
"""
RECOMMENDATIONS_FORGET = """
DELETE FROM recommendation r WHERE computed_at < $1
    AND NOT EXISTS (SELECT FROM assignment a WHERE a.recommendation_id = r.id)
"""
RADIO_FORGET = (
    "DELETE FROM radio_message WHERE recorded_at < $1 AND published_at IS NOT NULL AND expires_at < $1"
)
# `n` rises within a job; outside any job it rises with the unit, by a count that outlives what was forgotten.
_COUNTED = """counted AS (
    INSERT INTO radio_count AS c (handle, n)
    SELECT $3::bigint, coalesce(max(n), 0) + 1 FROM radio_message
    WHERE handle = $3 AND assignment_id IS NULL AND $4::uuid IS NULL HAVING $4::uuid IS NULL
    ON CONFLICT (handle) DO UPDATE SET n = greatest(c.n + 1, excluded.n) RETURNING n
)"""
_NUMBER = """(
    SELECT n FROM counted UNION ALL
    SELECT coalesce(max(n), 0) + 1 FROM radio_message WHERE handle = $3 AND assignment_id = $4 HAVING $4::uuid IS NOT NULL)"""
# What is said at once tells everything a paced message (`due_at`) still waiting would: that one is marked and never sent.
RADIO_ADD = f"""
WITH {_COUNTED}, overtaken AS (
    UPDATE radio_message SET published_at = $9
    WHERE handle = $3 AND assignment_id IS NOT DISTINCT FROM $4 AND due_at > $9 AND published_at IS NULL
)
INSERT INTO radio_message
    (order_id, gateway, handle, assignment_id, n, kind, body, narrative_id, expires_at, recorded_at, prompt, about)
SELECT $1, $2, $3, $4, m.n, $5, $6::jsonb || jsonb_build_object('n', m.n), $7, $8, $9, $10, $11
FROM {_NUMBER} m
"""
# Not within a second of its time: it may be on its way, and what is written then would never be sent.
RADIO_RENEW = """
UPDATE radio_message
SET body = $4::jsonb || jsonb_build_object('n', n, 'order_id', order_id), narrative_id = $5, expires_at = $6
WHERE handle = $1 AND assignment_id IS NOT DISTINCT FROM $2 AND kind = $3 AND due_at > $7::timestamptz + interval '1 second'
  AND published_at IS NULL
RETURNING order_id
"""
RADIO_PACE = f"""
WITH {_COUNTED}, overtaken AS (
    UPDATE radio_message SET published_at = $9
    WHERE handle = $3 AND assignment_id IS NOT DISTINCT FROM $4 AND due_at IS NOT NULL AND published_at IS NULL
)
INSERT INTO radio_message
    (order_id, gateway, handle, assignment_id, n, kind, body, narrative_id, expires_at, recorded_at, prompt, about, due_at)
SELECT $1, $2, $3, $4, m.n, $5, $6::jsonb || jsonb_build_object('n', m.n), $7, $8, $9, $10, $11,
       greatest($9, (SELECT max(due_at) FROM radio_message WHERE handle = $3 AND assignment_id IS NOT DISTINCT FROM $4)
                    + $12::interval)
FROM {_NUMBER} m
"""
RADIO_ADD_MANY = """
WITH counted AS (
    INSERT INTO radio_count AS c (handle, n)
    SELECT t.handle, coalesce(max(r.n), 0) + 1 FROM (SELECT DISTINCT unnest($2::bigint[]) AS handle) t
    LEFT JOIN radio_message r ON r.handle = t.handle AND r.assignment_id IS NULL
    GROUP BY t.handle ORDER BY t.handle
    ON CONFLICT (handle) DO UPDATE SET n = greatest(c.n + 1, excluded.n) RETURNING handle, n
)
INSERT INTO radio_message (order_id, gateway, handle, n, kind, body, expires_at, recorded_at, prompt, about, narrative_id)
SELECT t.order_id, t.gateway, t.handle, m.n, $5, t.body || jsonb_build_object('n', m.n), $8, $9, $6, $7, $10
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::jsonb[]) AS t(gateway, handle, order_id, body)
JOIN counted m ON m.handle = t.handle
"""
RADIO_EXPECTED = """
SELECT handle, gateway, assignment_id, n, kind, expires_at, prompt, about FROM radio_message WHERE order_id = $1
"""

# What a batch of alarms needs to know first: the time, the city's day, whether a key was used, places in the day's count.
REPORTS_BEGIN = """
SELECT t.now, t.day,
    EXISTS (SELECT FROM unnest($1::text[], $2::text[], $3::text[]) AS k(p, r, k), LATERAL (
        SELECT FROM idempotency i WHERE (i.principal, i.route, i.key) = (k.p, k.r, k.k) OFFSET 0) used),
    ARRAY(SELECT nextval('incident_number') - d.base FROM number_day d, generate_series(1, cardinality($1::text[]))
          WHERE d.day = t.day)
FROM (SELECT n.now, (n.now AT TIME ZONE $4::text)::date AS day FROM (SELECT cad_now() AS now OFFSET 0) n) t
"""
# A batch of alarms with all that belongs to it, in one statement: the round trips are what a batch of few would wait for.
REPORTS_WRITE = f"""
WITH i AS (
    INSERT INTO incident ({INCIDENT_COLUMNS})
    SELECT {INCIDENT_COLUMNS} FROM jsonb_populate_recordset(NULL::incident, $1::jsonb)
), au AS (
    INSERT INTO audience (incident_id, room_id, why) SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[])
), k AS (
    INSERT INTO sealed_key (id, salt) SELECT * FROM unnest($5::uuid[], $6::bytea[]) ON CONFLICT (id) DO NOTHING
), p AS (
    INSERT INTO person (id, key_id, number_hmac, body)
    SELECT * FROM unnest($7::uuid[], $8::uuid[], $9::bytea[], $10::bytea[])
), n AS (
    INSERT INTO narrative (id, key_id, body) SELECT * FROM unnest($11::uuid[], $12::uuid[], $13::bytea[])
), a AS (
    INSERT INTO alarm ({ALARM_COLUMNS})
    SELECT {ALARM_COLUMNS} FROM jsonb_populate_recordset(NULL::alarm, $14::jsonb)
), t AS (
    INSERT INTO timer (key, kind, noun, entity_id, incident_id, rule, armed_at, due_at)
    SELECT 'rules:created:' || id, 'rules:created', 'incident', id, id, 'rules', $27, $27 FROM unnest($26::uuid[]) AS f(id)
), j AS (
    INSERT INTO journal
        (noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body)
    SELECT noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body::jsonb
    FROM unnest($15::text[], $16::uuid[], $17::integer[], $18::uuid[], $19::text[], $20::text[], $21::text[],
                $22::text[], $23::timestamptz[], $24::timestamptz[], $25::text[]) WITH ORDINALITY
        AS r(noun, id, version, incident_id, fact, who, via, why, claimed_at, recorded_at, body, n)
    ORDER BY n
    RETURNING position
), taken AS (
    INSERT INTO idempotency (principal, route, key, body_hash, ids, created_at)
    SELECT p, r, k, h, i::jsonb, $27
    FROM unnest($28::text[], $29::text[], $30::text[], $31::bytea[], $32::text[]) AS u(p, r, k, h, i)
    ORDER BY p, r, k
)
INSERT INTO outbox (position) SELECT position FROM j
"""


class Job(NamedTuple):
    """An order that a unit has or that is kept for it; incident_id: of the incident that goes on, where it was merged."""

    unit_id: UUID
    assignment_id: UUID
    state: str
    number: str
    incident_id: UUID


_assignment = msgspec.json.Decoder(Assignment)
_feedback = msgspec.json.Decoder(Feedback)


def _rows(structs: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(list(structs)).decode()


async def now(conn: Connection) -> datetime:
    """The database's time, the first statement of every act."""
    at: datetime = await conn.fetchval(NOW)
    return at


async def take_key(conn: Connection, scope: tuple[str, str, str], body_hash: bytes, at: datetime) -> bool:
    """Reserve a key; waits for a twin in flight. False when it was used before."""
    return bool(await conn.fetchval(KEY_TAKE, *scope, body_hash, at))


async def read_key(conn: Connection, scope: tuple[str, str, str]) -> tuple[bytes, str] | None:
    """(body hash, ids as JSON) kept under a key."""
    row = await conn.fetchrow(KEY_READ, *scope)
    return None if row is None else (row[0], row[1])


async def keep_ids(conn: Connection, scope: tuple[str, str, str], ids: str) -> None:
    """Remember what the act under this key made."""
    await conn.execute(KEY_KEEP, *scope, ids)


async def take_keys(
    conn: Connection, columns: Sequence[Sequence[Any]], at: datetime
) -> set[tuple[str, str, str]]:
    """Reserve many keys with their ids (columns principal, route, key, body_hash, ids); those that were new."""
    return {(r[0], r[1], r[2]) for r in await conn.fetch(KEYS_TAKE, *columns, at)}


async def drop_keys(conn: Connection, scopes: Iterable[tuple[str, str, str]]) -> None:
    """Give back keys whose act was refused, so that they may be used again."""
    await conn.execute(KEYS_DROP, *map(list, zip(*scopes, strict=True)))


async def forget_keys(conn: Connection, before: datetime) -> None:
    """Drop keys older than their keeping time."""
    await conn.execute(KEYS_FORGET, before)


async def incident_of(conn: Connection, assignment_id: UUID) -> UUID | None:
    """The incident an assignment belongs to; it never changes, so it may be read before the lock."""
    found: UUID | None = await conn.fetchval(ASSIGNMENT_INCIDENT, assignment_id)
    return found


async def lock_assignments(conn: Connection, incident_ids: Iterable[UUID]) -> list[Assignment]:
    """Lock all assignments of these incidents, by id (incidents are locked before)."""
    rows = await conn.fetch(ASSIGNMENT_LOCK, list(incident_ids))
    return [_assignment.decode(row[0]) for row in rows]


async def assignments_of(conn: Connection, incident_ids: Iterable[UUID]) -> list[Assignment]:
    """All assignments of these incidents, by id."""
    return [_assignment.decode(row[0]) for row in await conn.fetch(ASSIGNMENTS_OF, list(incident_ids))]


async def read_assignments(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Assignment]:
    """These assignments."""
    rows = await conn.fetch(ASSIGNMENT_READ, list(ids))
    return {a.id: a for a in (_assignment.decode(row[0]) for row in rows)}


async def save_assignments(conn: Connection, assignments: Sequence[Assignment]) -> None:
    """Write their rows; raises UniqueViolationError when a unit would have two open ones."""
    await conn.execute(ASSIGNMENT_SAVE, _rows(assignments))


async def holders(conn: Connection, unit_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Who holds these units: unit → assignment_id, state, times (JSON), incident number, id and priority."""
    return {row["unit_id"]: dict(row) for row in await conn.fetch(HOLDERS, list(unit_ids))}


async def jobs_of(conn: Connection, unit_ids: Iterable[UUID]) -> list[Job]:
    """The open job of these units first, then those kept for later, the most urgent and oldest first."""
    return [Job(*row) for row in await conn.fetch(JOBS_OF, list(unit_ids))]


async def open_unit_jobs(conn: Connection) -> list[tuple[UUID, UUID, str, UUID]]:
    """(unit, assignment, state, incident) of every open job."""
    return [tuple(row) for row in await conn.fetch(OPEN_UNIT_JOBS)]


async def save_feedback(conn: Connection, forms: Sequence[Feedback]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(FEEDBACK_SAVE, _rows(forms))


async def feedback_of(conn: Connection, incident_ids: Iterable[UUID]) -> list[Feedback]:
    """The forms of these incidents, oldest first."""
    return [_feedback.decode(row[0]) for row in await conn.fetch(FEEDBACK_OF, list(incident_ids))]


async def add_audience(conn: Connection, rows: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Rows of (incident, room, why); one that stands already is left."""
    await conn.execute(AUDIENCE_ADD, *map(list, zip(*rows, strict=True)))


AUDIENCE_DROP_SURGE = "DELETE FROM audience WHERE incident_id = ANY($1::uuid[]) AND why = 'surge'"


async def drop_surge_audience(conn: Connection, incident_ids: Iterable[UUID]) -> None:
    """Rooms that saw these incidents only because many reported them see them no longer."""
    await conn.execute(AUDIENCE_DROP_SURGE, sorted(incident_ids))


async def audience_of(conn: Connection, incident_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """incident → rooms that may see it."""
    seen: dict[UUID, set[UUID]] = {}
    for row in await conn.fetch(AUDIENCE_OF, list(incident_ids)):
        seen.setdefault(row[0], set()).add(row[1])
    return seen


async def add_recommendation(
    conn: Connection, id_: UUID, incident_id: UUID, computed_at: datetime, by: str, shown: str
) -> None:
    """Keep what was shown (JSON)."""
    await conn.execute(RECOMMENDATION_ADD, id_, incident_id, computed_at, by, shown)


async def read_recommendation(
    conn: Connection, id_: UUID, newer_than: datetime
) -> tuple[UUID, datetime, str] | None:
    """(incident, computed_at, shown as JSON), or None when unknown or too old."""
    row = await conn.fetchrow(RECOMMENDATION_READ, id_, newer_than)
    return None if row is None else (row[0], row[1], row[2])


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one batch of alarms. salts: (key id, salt); persons and narratives as in incidents.store.

    followed: the new incidents that the engine shall look at, due `now`. keys: those not taken yet, with their ids as JSON.
    """

    incidents: Sequence[Incident]
    audience: Sequence[tuple[UUID, UUID, str]]
    salts: Sequence[tuple[UUID, bytes]]
    persons: Sequence[tuple[UUID, UUID, bytes | None, bytes]]
    narratives: Sequence[tuple[UUID, UUID, bytes]]
    alarms: Sequence[Alarm]
    facts: Sequence[journal.JournalRow]
    followed: Sequence[UUID]
    now: datetime
    keys: Sequence[tuple[str, str, str, bytes, str]] = ()


class Begun(NamedTuple):
    """What a batch of alarms starts from. places: in the count of the city's day, one for each."""

    now: datetime
    day: date
    places: list[int]


async def begin_reports(conn: Connection, scopes: Sequence[tuple[str, str, str]], zone: str) -> Begun | None:
    """The time and a number for each; None when one of the keys was used before, or nobody has opened the day yet."""
    columns = [[scope[i] for scope in scopes] for i in range(3)]
    ((now, day, used, places),) = await conn.fetch(REPORTS_BEGIN, *columns, zone)
    return None if used or not places else Begun(now, day, sorted(places))


async def write_reports(conn: Connection, batch: Reports) -> None:
    """Write new incidents and alarms, who sees them, people's sealed words, the facts and their outbox rows.

    Raises asyncpg.UniqueViolationError of the table idempotency when one of `keys` was used before.
    """
    await conn.execute(
        REPORTS_WRITE,
        _rows(batch.incidents),
        *_columns(batch.audience, 3),
        *_columns(batch.salts, 2),
        *_columns(batch.persons, 4),
        *_columns(batch.narratives, 3),
        _rows(batch.alarms),
        *journal.columns(batch.facts),
        list(batch.followed),
        batch.now,
        *_columns(batch.keys, 5),
    )


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(count)]


async def forget_recommendations(conn: Connection, before: datetime) -> None:
    """Drop what was shown and led to no order."""
    await conn.execute(RECOMMENDATIONS_FORGET, before)


async def forget_radio(conn: Connection, before: datetime) -> None:
    """Drop messages that were sent and can no longer be answered in time."""
    await conn.execute(RADIO_FORGET, before)


async def add_radio_message(conn: Connection, columns: Sequence[Any]) -> None:
    """One message to a terminal, in the column order of RADIO_ADD."""
    await conn.execute(RADIO_ADD, *columns)


async def add_paced_message(conn: Connection, columns: Sequence[Any], pace: timedelta) -> UUID:
    """The same for a message that may wait for its turn, or take the place of one that does; the order_id it goes by."""
    order_id, _, handle, assignment_id, kind, body, narrative_id, expires_at, now = columns[:9]
    waiting: UUID | None = await conn.fetchval(
        RADIO_RENEW, handle, assignment_id, kind, body, narrative_id, expires_at, now
    )
    if waiting is not None:
        return waiting
    await conn.execute(RADIO_PACE, *columns, pace)
    new: UUID = order_id
    return new


async def add_radio_messages(
    conn: Connection,
    gateways: Sequence[str | None],
    handles: Sequence[int],
    order_ids: Sequence[UUID],
    bodies: Sequence[str],
    same: tuple[Any, ...],
) -> None:
    """One message to each of these terminals, outside any job; `same`: kind, prompt, about, expires_at, recorded_at, narrative_id."""
    await conn.execute(RADIO_ADD_MANY, gateways, handles, order_ids, bodies, *same)


async def radio_message(conn: Connection, order_id: UUID) -> dict[str, Any] | None:
    """What a reply's order_id refers to."""
    row = await conn.fetchrow(RADIO_EXPECTED, order_id)
    return None if row is None else dict(row)
