"""Calls and nuisance numbers in PostgreSQL. Rows are whole structs as in `incidents.store`; calls are locked here.

Calls are locked before incidents, several of them in order of id.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from incidents.store import Connection, encode_rows
from incidents.telephone.model import Call
from incidents.telephone.nuisance import NuisanceNumber

_CALL = (
    "id, acd, line, reference, nth, room_id, state, version, seat, recording_ref, person_id, place, times, stamps, flags, "
    "exercise, opened_at, alarm_id, ring_backs, redialled_by"
)
_NUISANCE = "id, person_id, standing, version, by, recorded_at"


def _excluded(columns: str) -> str:
    return ", ".join(f"excluded.{name.strip()}" for name in columns.split(","))


CALL_SAVE = f"""
INSERT INTO call ({_CALL}) SELECT {_CALL} FROM jsonb_populate_recordset(NULL::call, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_CALL}) = ({_excluded(_CALL)})
"""
CALL_LOCK_TOLD = """
SELECT to_jsonb(c)::text FROM call c WHERE acd = $1 AND reference = $2 ORDER BY nth DESC LIMIT 3 FOR UPDATE
"""
# Two switchboards may use one reference, and each of them many times: only calls that began lately are meant by it.
CALLS_LOCK = """
SELECT to_jsonb(c)::text FROM call c
WHERE id = ANY($1::uuid[]) OR (reference = ANY($2::text[]) AND opened_at >= $3)
ORDER BY id FOR UPDATE
"""
CALLS_NAMED = """
SELECT id FROM call WHERE id = $1 OR reference = $2
ORDER BY id = $1 DESC NULLS LAST, room_id = ANY($3::uuid[]) DESC, opened_at DESC, id DESC LIMIT 1
"""
CALLS_READ = "SELECT to_jsonb(c)::text FROM call c WHERE id = ANY($1::uuid[]) ORDER BY id"
OF_ALARMS = "SELECT to_jsonb(c)::text FROM call c WHERE alarm_id = ANY($1::uuid[]) ORDER BY id"
ALARM_OF_CALL = """
SELECT id FROM alarm a WHERE call_id = ANY($1::text[]) AND exercise = $2 AND recorded_at > $3::timestamptz - interval '1 day'
    AND NOT EXISTS (SELECT FROM call c WHERE c.alarm_id = a.id)
ORDER BY recorded_at, id LIMIT 1
"""
FIRST_ALARM = "SELECT id FROM alarm WHERE incident_id = $1 ORDER BY recorded_at, id LIMIT 1"
# Of one caller's calls one act writes that it was given up and another that they are spoken with: whichever is later must
# see the other. Many may give up at once and many wait for none; only who is spoken with waits, and is waited for.
CALLER_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(encode($1::bytea, 'hex'), 110))"
CALLER_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 110))"
CALLER_FREE = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended(encode($1::bytea, 'hex'), 110))"
# Of one caller around a moment: calls given up that nobody has spoken about. One that somebody else has under his hands
# is left: whoever dials a thousand times must not make a thousand acts wait for each other.
GIVEN_UP_LOCK = """
SELECT to_jsonb(c)::text FROM call c
WHERE c.id <> $1 AND c.exercise = $5 AND c.opened_at BETWEEN $3 AND $4
  AND c.state = 'abandoned' AND c.alarm_id IS NULL AND c.redialled_by IS NULL
  AND c.person_id IN (SELECT id FROM person WHERE number_hmac = $2)
ORDER BY c.id FOR UPDATE SKIP LOCKED
"""
SPOKEN_WITH = """
SELECT to_jsonb(c)::text FROM call c
WHERE c.id <> $1 AND c.exercise = $5 AND c.opened_at BETWEEN $3 AND $4
  AND c.times ?| ARRAY['answered', 'held', 'conferenced']
  AND c.person_id IN (SELECT id FROM person WHERE number_hmac = $2)
ORDER BY c.opened_at DESC LIMIT 20
"""
EARLIER = """
SELECT c.id, c.opened_at, c.state, a.incident_id, i.number
FROM person p JOIN call c ON c.person_id = p.id
LEFT JOIN alarm a ON a.id = c.alarm_id LEFT JOIN incident i ON i.id = a.incident_id
WHERE p.number_hmac = (SELECT number_hmac FROM person WHERE id = $1) AND c.id <> $2 AND c.opened_at <= $3
  AND c.exercise = $4
ORDER BY c.opened_at DESC, c.id DESC LIMIT $5
"""
CALL_LIST = """
SELECT c.id FROM call c LEFT JOIN alarm a ON a.id = c.alarm_id
WHERE c.room_id = ANY($1::uuid[])
  AND ($2::uuid IS NULL OR c.id < $2)
  AND ($3::text[] IS NULL OR c.state = ANY($3))
  AND ($4::timestamptz IS NULL OR c.opened_at >= $4)
  AND ($5::uuid IS NULL OR a.incident_id = $5)
  AND ($6::bytea IS NULL OR c.person_id IN (SELECT id FROM person WHERE number_hmac = $6))
  AND (NOT $7::boolean OR (c.state = 'abandoned' AND c.alarm_id IS NULL AND c.redialled_by IS NULL
       AND NOT jsonb_path_exists(c.ring_backs, '$[*] ? (@.outcome != "needs_help")')))
ORDER BY c.id DESC LIMIT $8
"""
# What a room has before it: every call that lives, and of those given up in the last day the ones still owed a ring-back.
CALLS_OPEN = """
SELECT to_jsonb(c)::text FROM call c
WHERE c.room_id = ANY($1::uuid[])
  AND (c.state NOT IN ('released', 'abandoned')
       OR (c.state = 'abandoned' AND c.alarm_id IS NULL AND c.redialled_by IS NULL))
  AND c.opened_at > cad_now() - interval '1 day'
ORDER BY c.id
"""
WITH_ALARMS = """
SELECT to_jsonb(c)::text, a.incident_id, i.number,
    ARRAY(SELECT v.room_id FROM audience v WHERE v.incident_id = a.incident_id)
FROM call c LEFT JOIN alarm a ON a.id = c.alarm_id LEFT JOIN incident i ON i.id = a.incident_id
WHERE c.id = ANY($1::uuid[])
"""
# An unanswered call that has waited longer than the target was not answered in time either.
FIGURES = """
WITH counted AS (
    SELECT state, (times->>'answered')::bigint - (times->>'ringing')::bigint AS answer_ms,
        CASE WHEN times ? 'answered' OR times ? 'held' OR times ? 'conferenced' THEN NULL
             ELSE least((times->>'abandoned')::bigint, (times->>'released')::bigint,
                        (extract(epoch FROM cad_now()) * 1000)::bigint) - (times->>'ringing')::bigint END AS waited_ms
    FROM call WHERE opened_at >= $1 AND opened_at < $2 AND room_id = ANY($3::uuid[]) AND exercise = $4
)
SELECT count(*), count(*) FILTER (WHERE state = 'abandoned'), count(*) FILTER (WHERE answer_ms >= 0),
    percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY answer_ms) FILTER (WHERE answer_ms >= 0),
    ARRAY(SELECT (SELECT count(*) FROM counted WHERE answer_ms BETWEEN 0 AND t)
          FROM unnest($5::bigint[]) AS t ORDER BY t),
    ARRAY(SELECT (SELECT count(*) FROM counted WHERE waited_ms > t) FROM unnest($5::bigint[]) AS t ORDER BY t)
FROM counted
"""
NUISANCE_SAVE = f"""
INSERT INTO nuisance_number ({_NUISANCE})
SELECT {_NUISANCE} FROM jsonb_populate_recordset(NULL::nuisance_number, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_NUISANCE}) = ({_excluded(_NUISANCE)})
"""
NUISANCE_LOCK = "SELECT to_jsonb(n)::text FROM nuisance_number n WHERE id = $1 FOR UPDATE"
NUISANCE_OF = """
SELECT to_jsonb(n)::text FROM nuisance_number n JOIN person p ON p.id = n.person_id
WHERE n.standing AND p.number_hmac = $1 ORDER BY n.id LIMIT 1
"""
NUISANCE_LIST = """
SELECT to_jsonb(n)::text FROM nuisance_number n
WHERE n.standing AND ($1::uuid IS NULL OR n.id < $1) ORDER BY n.id DESC LIMIT $2
"""
NUISANCE_READ = "SELECT to_jsonb(n)::text FROM nuisance_number n WHERE id = ANY($1::uuid[]) ORDER BY id"
NUISANCE_DIGESTS = """
SELECT DISTINCT p.number_hmac FROM nuisance_number n JOIN person p ON p.id = n.person_id
WHERE n.standing AND p.number_hmac IS NOT NULL
"""
DIGEST = "SELECT number_hmac FROM person WHERE id = $1"

_call = msgspec.json.Decoder(Call)
_nuisance = msgspec.json.Decoder(NuisanceNumber)


class Linked(msgspec.Struct, frozen=True):
    """A call with the incident its alarm belongs to now, and the rooms that see that incident."""

    call: Call
    incident_id: UUID | None
    number: str | None
    rooms: list[UUID]


class EarlierCall(msgspec.Struct, frozen=True):
    """A call of the same number before this one."""

    id: UUID
    opened_at: datetime
    state: str
    incident_id: UUID | None
    number: str | None


class Counts(msgspec.Struct, frozen=True):
    """Calls of a period. percentiles_ms: of the answer, at 0.5, 0.9, 0.95; within, late: per target, ascending.

    late: calls nobody has answered that waited longer than the target.
    """

    calls: int
    abandoned: int
    answered: int
    percentiles_ms: list[int] | None
    within: list[int]
    late: list[int]


async def save_calls(conn: Connection, calls: Sequence[Call]) -> None:
    """Write their rows, new or changed. Raises UniqueViolationError when two began one call at once."""
    if calls:
        await conn.execute(CALL_SAVE, encode_rows(calls))


async def lock_told(conn: Connection, acd: str, reference: str) -> list[Call]:
    """Lock the last calls a switchboard has given this name, the newest first."""
    return [_call.decode(row[0]) for row in await conn.fetch(CALL_LOCK_TOLD, acd, reference)]


async def lock_calls(
    conn: Connection, ids: Iterable[UUID], references: Iterable[str] = (), since: datetime | None = None
) -> list[Call]:
    """Lock calls by our ids, and by the switchboards' references those that began since then, in order of id."""
    rows = await conn.fetch(CALLS_LOCK, list(ids), list(references), since)
    return [_call.decode(row[0]) for row in rows]


type Span = tuple[datetime, datetime]


async def lock_given_up(conn: Connection, call: Call, digest: bytes, span: Span) -> list[Call]:
    """Lock the other calls of a number that began in a span of time, were given up and are unsettled, as far as free."""
    rows = await conn.fetch(GIVEN_UP_LOCK, call.id, digest, *span, call.exercise)
    return [_call.decode(row[0]) for row in rows]


async def spoken_with(conn: Connection, call: Call, digest: bytes, span: Span) -> list[Call]:
    """The other calls of a number that began in a span of time in which somebody spoke, newest first, at most 20."""
    rows = await conn.fetch(SPOKEN_WITH, call.id, digest, *span, call.exercise)
    return [_call.decode(row[0]) for row in rows]


async def read_calls(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Call]:
    """These calls, unlocked."""
    rows = await conn.fetch(CALLS_READ, list(ids))
    return {call.id: call for call in (_call.decode(row[0]) for row in rows)}


async def named(conn: Connection, name: str, rooms: Iterable[UUID]) -> UUID | None:
    """The call known under our id or a switchboard's reference; of several that of these rooms that began last."""
    found: UUID | None = await conn.fetchval(CALLS_NAMED, as_uuid(name), name, list(rooms))
    return found


def as_uuid(text: str) -> UUID | None:
    """The text as an id, None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def alarm_of(conn: Connection, call: Call) -> UUID | None:
    """The first alarm of its day that names this call, by our id or its reference, and no other call."""
    found: UUID | None = await conn.fetchval(
        ALARM_OF_CALL, [str(call.id), call.reference], call.exercise, call.opened_at
    )
    return found


async def of_alarms(conn: Connection, alarm_ids: Iterable[UUID]) -> list[Call]:
    """The calls these alarms were made of."""
    return [_call.decode(row[0]) for row in await conn.fetch(OF_ALARMS, list(alarm_ids))]


async def opened_by(conn: Connection, incident_id: UUID) -> UUID | None:
    """The first alarm of an incident."""
    found: UUID | None = await conn.fetchval(FIRST_ALARM, incident_id)
    return found


async def lock_caller(conn: Connection, digest: bytes, *, spoken: bool) -> None:
    """Keep acts apart until this one is over: those that find a caller spoken with, and those that find them cut off."""
    await conn.execute(CALLER_ALONE if spoken else CALLER_SHARED, digest)


async def caller_is_free(conn: Connection, digest: bytes) -> bool:
    """The same for who finds a caller cut off and may not wait; False: somebody speaks with them just now."""
    return bool(await conn.fetchval(CALLER_FREE, digest))


async def digest_of(conn: Connection, person_id: UUID) -> bytes | None:
    """The digest under which a person's number is found again."""
    found: bytes | None = await conn.fetchval(DIGEST, person_id)
    return found


async def linked(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Linked]:
    """These calls with the incidents they led to."""
    rows = await conn.fetch(WITH_ALARMS, list(ids))
    found = (Linked(_call.decode(row[0]), row[1], row[2], row[3]) for row in rows)
    return {one.call.id: one for one in found}


async def earlier(conn: Connection, call: Call, at_most: int) -> list[EarlierCall]:
    """Calls of the same number before this one, newest first."""
    if call.person_id is None:
        return []
    rows = await conn.fetch(EARLIER, call.person_id, call.id, call.opened_at, call.exercise, at_most)
    return [EarlierCall(*row) for row in rows]


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls a list is about; None lets all pass. digest: of a whole number; owing: only those owed a ring-back."""

    rooms: list[UUID] | None = None
    states: list[str] | None = None
    since: datetime | None = None
    incident_id: UUID | None = None
    digest: bytes | None = None
    owing: bool = False


async def call_ids(
    conn: Connection, rooms: Sequence[UUID], which: CallFilter, page: tuple[UUID | None, int]
) -> list[UUID]:
    """The newest calls of these rooms below `page[0]`, at most `page[1]`, newest first."""
    rows = await conn.fetch(
        CALL_LIST,
        list(rooms),
        page[0],
        which.states,
        which.since,
        which.incident_id,
        which.digest,
        which.owing,
        page[1],
    )
    return [row[0] for row in rows]


async def open_calls(conn: Connection, rooms: Iterable[UUID]) -> list[Call]:
    """The calls that live in these rooms, and those given up that are still owed a ring-back."""
    calls = (_call.decode(row[0]) for row in await conn.fetch(CALLS_OPEN, list(rooms)))
    return [call for call in calls if call.state != "abandoned" or call.owes_ring_back]


async def figures(
    conn: Connection, span: Span, rooms: Sequence[UUID], exercise: bool,
    targets_ms: Sequence[int],
) -> Counts:  # fmt: skip
    """Count the calls that began in [span[0], span[1]); targets ascending."""
    row = await conn.fetchrow(FIGURES, *span, list(rooms), exercise, list(targets_ms))
    assert row is not None
    return Counts(*row)


async def save_nuisance(conn: Connection, number: NuisanceNumber) -> None:
    """Write its row, new or changed."""
    await conn.execute(NUISANCE_SAVE, encode_rows([number]))


async def lock_nuisance(conn: Connection, id_: UUID) -> NuisanceNumber | None:
    """Lock one entry."""
    text = await conn.fetchval(NUISANCE_LOCK, id_)
    return None if text is None else _nuisance.decode(text)


async def nuisance_of(conn: Connection, digest: bytes) -> NuisanceNumber | None:
    """The standing entry of a number."""
    text = await conn.fetchval(NUISANCE_OF, digest)
    return None if text is None else _nuisance.decode(text)


async def nuisance_page(conn: Connection, page: tuple[UUID | None, int]) -> list[NuisanceNumber]:
    """The standing entries, newest first."""
    return [_nuisance.decode(row[0]) for row in await conn.fetch(NUISANCE_LIST, *page)]


async def read_nuisance(conn: Connection, ids: Iterable[UUID]) -> list[NuisanceNumber]:
    """These entries, lifted ones too."""
    return [_nuisance.decode(row[0]) for row in await conn.fetch(NUISANCE_READ, list(ids))]


async def nuisance_digests(conn: Connection) -> frozenset[bytes]:
    """The digests of all numbers with a standing label."""
    return frozenset(row[0] for row in await conn.fetch(NUISANCE_DIGESTS))
