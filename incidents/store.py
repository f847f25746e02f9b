"""Alarms, incidents and what belongs to them, in PostgreSQL. State rows are whole structs; locks are taken here.

Saving sends the struct as JSON and lets PostgreSQL spread it over the columns; reading is the way back.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from incidents.model import Alarm, Incident

type Connection = asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]

INCIDENT_COLUMNS = (
    "id, number, state, version, round, base_state, base_primary_id, type_reported, type_verified, type_frozen, "
    "disposition, priority, lon, lat, place, cell15, room_id, proposed_room_id, command_room_id, command_seat, labels, "
    "exercise, merged_into, absorbed, primary_id, call_point_id, follows, times, external_refs, opened_at, "
    "press, surge, areas_number, raised, scene, source, pursuit"
)
ALARM_COLUMNS = (
    "id, incident_id, source, version, call_id, call_point_id, person_id, narrative_id, type, place, language, "
    "confidential, do_not_contact, exercise, scheduled_for, taken_by, claimed_at, recorded_at, flags, called_back, "
    "ring_backs, unreached"
)


def _excluded(columns: str) -> str:
    return ", ".join(f"excluded.{name.strip()}" for name in columns.split(","))


INCIDENT_SAVE = f"""
INSERT INTO incident ({INCIDENT_COLUMNS}) SELECT {INCIDENT_COLUMNS} FROM jsonb_populate_recordset(NULL::incident, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({INCIDENT_COLUMNS}) = ({_excluded(INCIDENT_COLUMNS)})
"""
INCIDENT_ADD = f"""
INSERT INTO incident ({INCIDENT_COLUMNS}) SELECT {INCIDENT_COLUMNS} FROM jsonb_populate_recordset(NULL::incident, $1::jsonb)
"""
INCIDENT_LOCK = """
SELECT to_jsonb(i)::text FROM incident i WHERE id = ANY($1::uuid[]) OR merged_into = ANY($1::uuid[])
ORDER BY id FOR UPDATE
"""
INCIDENT_READ = "SELECT to_jsonb(i)::text FROM incident i WHERE id = ANY($1::uuid[]) ORDER BY id"
INCIDENT_CHILDREN = "SELECT id FROM incident WHERE merged_into = ANY($1::uuid[]) ORDER BY id"
OPEN_IDS = """
SELECT id FROM incident WHERE state IN ('received', 'dispatched', 'accepted', 'en_route', 'on_scene') ORDER BY id
"""
# Found by their cells alone: by time everything of a busy night would be read, which a planner without figures prefers.
IN_CELLS = """
SELECT i.id, i.opened_at, i.type_reported, i.state, i.surge->>'since' IS NOT NULL
FROM unnest($1::bigint[], $2::bigint[]) AS c(lo, hi),
    LATERAL (SELECT i.* FROM incident i WHERE i.cell15 BETWEEN c.lo AND c.hi OFFSET 0) i
WHERE i.opened_at > $3 AND i.opened_at <= $4 AND i.id <> $5 AND i.exercise = $6
    AND i.state NOT IN ('merged', 'void')
LIMIT 1000
"""
# Counting ends at what is asked for: in a crowd it costs no more than beside a few. Where no codes are given any type counts.
ENOUGH_IN_CELLS = """
SELECT a.n - 1 FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::boolean[], $5::boolean[], $6::integer[],
        $7::integer[], $8::integer[], $9::integer[], $10::integer[]) WITH ORDINALITY
    AS a(id, since, until, exercise, surging, least, first_cell, last_cell, first_code, last_code, n),
    LATERAL (SELECT ($11::bigint[])[a.first_cell:a.last_cell] AS los, ($12::bigint[])[a.first_cell:a.last_cell] AS his,
        ($13::text[])[a.first_code:a.last_code] AS codes OFFSET 0) g
WHERE a.least <= (SELECT count(*) FROM (
    SELECT FROM unnest(g.los, g.his) AS c(lo, hi),
        LATERAL (SELECT i.* FROM incident i WHERE i.cell15 BETWEEN c.lo AND c.hi OFFSET 0) i
    WHERE i.opened_at > a.since AND i.opened_at <= a.until AND i.id <> a.id AND i.exercise = a.exercise AND i.state NOT IN ('merged', 'void')
        AND (a.last_code < a.first_code OR i.type_reported = ANY(g.codes))
        AND (NOT a.surging OR i.surge->>'since' IS NOT NULL)
    LIMIT a.least) found)
"""
SURGE_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('surges', 0))"
OPENED_BETWEEN = """
SELECT id, number, coalesce(merged_into, id) FROM incident
WHERE opened_at >= $1 AND opened_at < $2 AND NOT exercise ORDER BY opened_at DESC, id LIMIT $3
"""
PLACED_BETWEEN = """
SELECT id, opened_at, cell15, type_reported FROM incident
WHERE opened_at > $1 AND opened_at < $2 AND NOT exercise AND cell15 IS NOT NULL AND state NOT IN ('merged', 'void')
ORDER BY opened_at DESC, id DESC LIMIT $3
"""
NUMBERS_OF = """
SELECT a.incident_id, p.number_hmac FROM alarm a JOIN person p ON p.id = a.person_id
WHERE a.incident_id = ANY($1::uuid[]) AND p.number_hmac IS NOT NULL
"""
ALARM_SAVE = f"""
INSERT INTO alarm ({ALARM_COLUMNS}) SELECT {ALARM_COLUMNS} FROM jsonb_populate_recordset(NULL::alarm, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({ALARM_COLUMNS}) = ({_excluded(ALARM_COLUMNS)})
"""
ALARM_READ = "SELECT to_jsonb(a)::text FROM alarm a WHERE id = ANY($1::uuid[]) ORDER BY id"
ALARMS_OF = (
    "SELECT to_jsonb(a)::text FROM alarm a WHERE incident_id = ANY($1::uuid[]) ORDER BY recorded_at, id"
)
SALT_ADD = """
INSERT INTO sealed_key (id, salt) SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT (id) DO NOTHING
"""
SALT_READ = "SELECT salt FROM sealed_key WHERE id = $1"
SALTS_READ = "SELECT id, salt FROM sealed_key WHERE id = ANY($1::uuid[])"
PERSON_ADD = """
INSERT INTO person (id, key_id, number_hmac, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
"""
NARRATIVE_ADD = """
INSERT INTO narrative (id, key_id, body) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
"""
NARRATIVES_READ = """
SELECT n.id, k.salt, n.body FROM narrative n JOIN sealed_key k ON k.id = n.key_id WHERE n.id = ANY($1::uuid[])
"""
PERSONS_READ = """
SELECT p.id, k.salt, p.body FROM person p JOIN sealed_key k ON k.id = p.key_id WHERE p.id = ANY($1::uuid[])
"""
NOTE_ADD = """
INSERT INTO note (id, incident_id, kind, urgent, narrative_id, by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
NOTES_OF = """
SELECT id, incident_id, kind, urgent, narrative_id, by, recorded_at FROM note
WHERE incident_id = ANY($1::uuid[]) ORDER BY recorded_at, id
"""
NUMBERS_DRAW = """
SELECT nextval('incident_number') - base FROM number_day, generate_series(1, $2::integer) WHERE day = $1
"""
DAY_OPEN = "INSERT INTO number_day (day, base) VALUES ($1, nextval('incident_number')) ON CONFLICT DO NOTHING"
TEXTS_OF = """
SELECT k.salt, n.body FROM (
    SELECT narrative_id, recorded_at FROM alarm WHERE incident_id = ANY($1::uuid[]) AND narrative_id IS NOT NULL
    UNION ALL
    SELECT narrative_id, recorded_at FROM note WHERE incident_id = ANY($1::uuid[])
    ORDER BY recorded_at DESC LIMIT $2
) t JOIN narrative n ON n.id = t.narrative_id JOIN sealed_key k ON k.id = n.key_id
"""

_incident = msgspec.json.Decoder(Incident)
_alarm = msgspec.json.Decoder(Alarm)


def encode_rows(rows: Iterable[msgspec.Struct]) -> str:
    """Structs as the JSON array that jsonb_populate_recordset takes."""
    return msgspec.json.encode(list(rows)).decode()


async def lock_incidents(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Incident]:
    """Lock these incidents and those merged into them, in order of id, and read them; an unknown id is absent."""
    rows = await conn.fetch(INCIDENT_LOCK, sorted(set(ids)))
    return {i.id: i for i in (_incident.decode(row[0]) for row in rows)}


async def read_incidents(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Incident]:
    """These incidents, unlocked."""
    rows = await conn.fetch(INCIDENT_READ, list(ids))
    return {i.id: i for i in (_incident.decode(row[0]) for row in rows)}


async def children(conn: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """The incidents merged into these, by id."""
    return [row[0] for row in await conn.fetch(INCIDENT_CHILDREN, list(ids))]


async def open_ids(conn: Connection) -> list[UUID]:
    """The incidents still being responded to, by id."""
    return [row[0] for row in await conn.fetch(OPEN_IDS)]


class Beside(msgspec.Struct, frozen=True):
    """Another incident in the same place; surges: it is a surge."""

    id: UUID
    opened_at: datetime
    type: str | None
    state: str
    surges: bool


async def others_in(
    conn: Connection, ranges: Sequence[tuple[int, int]], since: datetime, of: Incident
) -> list[Beside]:
    """Other incidents in these ranges of res-15 cells, opened since then and not after this one.

    What was merged away or void does not count, nor a drill for what is real.
    """
    lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
    rows = await conn.fetch(IN_CELLS, lows, highs, since, of.opened_at, of.id, of.exercise)
    return [Beside(*row) for row in rows]


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there are `least` others beside an incident, counted as in `others_in`.

    codes: only of these types, None: of any; surging: only surges.
    """

    of: Incident
    ranges: Sequence[tuple[int, int]]
    since: datetime
    least: int
    codes: tuple[str, ...] | None = None
    surging: bool = False


async def crowded(conn: Connection, crowds: Sequence[Crowd]) -> set[int]:
    """Places in the list of those crowds that there are, asked with one statement."""
    columns: list[tuple[object, ...]] = []
    ranges: list[tuple[int, int]] = []
    codes: list[str] = []
    where: dict[tuple[str, ...] | None, tuple[int, int]] = {None: (1, 0)}
    for crowd in crowds:
        of, first_cell = crowd.of, len(ranges) + 1
        ranges += crowd.ranges
        if crowd.codes not in where:
            where[crowd.codes] = len(codes) + 1, len(codes) + len(crowd.codes or ())
            codes += crowd.codes or ()
        columns.append(
            (of.id, crowd.since, of.opened_at, of.exercise, crowd.surging, crowd.least,
             first_cell, len(ranges), *where[crowd.codes])
        )  # fmt: skip
    los, his = [lo for lo, _ in ranges], [hi for _, hi in ranges]
    rows = await conn.fetch(ENOUGH_IN_CELLS, *map(list, zip(*columns, strict=True)), los, his, codes)
    return {row[0] for row in rows}


async def take_surge_turn(conn: Connection) -> None:
    """Let nobody else declare a surge by rule until this act is over."""
    await conn.execute(SURGE_TURN)


class Placed(msgspec.Struct, frozen=True):
    """When and where an incident came, and of which type."""

    id: UUID
    opened_at: datetime
    cell15: int
    type: str | None


async def placed_between(conn: Connection, since: datetime, until: datetime, limit: int) -> list[Placed]:
    """Real incidents with a place that came after one time and before another, by their time; of too many the newest."""
    return [Placed(*row) for row in reversed(await conn.fetch(PLACED_BETWEEN, since, until, limit))]


class Matter(msgspec.Struct, frozen=True):
    """An incident by name. root: itself, or the one it was merged into."""

    id: UUID
    number: str
    root: UUID


async def opened_between(conn: Connection, since: datetime, until: datetime, limit: int) -> list[Matter]:
    """Real incidents opened then, newest first."""
    return [Matter(*row) for row in await conn.fetch(OPENED_BETWEEN, since, until, limit)]


async def numbers_of(conn: Connection, incident_ids: Iterable[UUID]) -> dict[UUID, set[bytes]]:
    """Digests of the callers' numbers per incident."""
    found: dict[UUID, set[bytes]] = {}
    for row in await conn.fetch(NUMBERS_OF, list(incident_ids)):
        found.setdefault(row[0], set()).add(row[1])
    return found


async def save_incidents(conn: Connection, incidents: Sequence[Incident]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(INCIDENT_SAVE, encode_rows(incidents))


async def add_incidents(conn: Connection, incidents: Sequence[Incident]) -> None:
    """Write rows of new incidents."""
    await conn.execute(INCIDENT_ADD, encode_rows(incidents))


async def save_alarms(conn: Connection, alarms: Sequence[Alarm]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(ALARM_SAVE, encode_rows(alarms))


async def read_alarms(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Alarm]:
    """These alarms."""
    rows = await conn.fetch(ALARM_READ, list(ids))
    return {a.id: a for a in (_alarm.decode(row[0]) for row in rows)}


async def alarms_of(conn: Connection, incident_ids: Iterable[UUID]) -> list[Alarm]:
    """The alarms of these incidents, oldest first."""
    return [_alarm.decode(row[0]) for row in await conn.fetch(ALARMS_OF, list(incident_ids))]


async def add_salts(conn: Connection, salts: dict[UUID, bytes]) -> None:
    """Keep the salts of new incidents; one that exists is left as it is."""
    await conn.execute(SALT_ADD, list(salts), list(salts.values()))


async def read_salt(conn: Connection, key_id: UUID) -> bytes | None:
    """The salt of an incident's key; None once it was erased."""
    salt: bytes | None = await conn.fetchval(SALT_READ, key_id)
    return salt


async def read_salts(conn: Connection, key_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """The salts of several incidents' keys; erased and unused ones are absent."""
    return {row[0]: row[1] for row in await conn.fetch(SALTS_READ, list(key_ids))}


async def add_persons(conn: Connection, rows: Sequence[tuple[UUID, UUID, bytes | None, bytes]]) -> None:
    """Rows of (id, key_id, number_hmac, sealed body)."""
    if rows:
        await conn.execute(PERSON_ADD, *map(list, zip(*rows, strict=True)))


async def add_narratives(conn: Connection, rows: Sequence[tuple[UUID, UUID, bytes]]) -> None:
    """Rows of (id, key_id, sealed body)."""
    if rows:
        await conn.execute(NARRATIVE_ADD, *map(list, zip(*rows, strict=True)))


async def read_sealed(
    conn: Connection, narratives: Sequence[UUID] = (), persons: Sequence[UUID] = ()
) -> dict[UUID, tuple[bytes, bytes]]:
    """id → (salt, sealed body) of narratives and persons; erased ones are absent."""
    rows = await conn.fetch(NARRATIVES_READ, list(narratives)) if narratives else []
    rows += await conn.fetch(PERSONS_READ, list(persons)) if persons else []
    return {row[0]: (row[1], row[2]) for row in rows}


async def add_note(conn: Connection, note: dict[str, Any]) -> None:
    """One append-only note; its text is sealed in `narrative`."""
    names = ("id", "incident_id", "kind", "urgent", "narrative_id", "by", "recorded_at")
    await conn.execute(NOTE_ADD, *(note[name] for name in names))


async def notes_of(conn: Connection, incident_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """The notes of these incidents, oldest first."""
    return [dict(row) for row in await conn.fetch(NOTES_OF, list(incident_ids))]


async def draw_numbers(conn: Connection, day: date, count: int) -> list[int]:
    """Next places in the count of the city's day, which the first to ask opens."""
    drawn = await conn.fetch(NUMBERS_DRAW, day, count)
    if not drawn and count:
        await conn.execute(DAY_OPEN, day)
        drawn = await conn.fetch(NUMBERS_DRAW, day, count)
    return [row[0] for row in drawn]


async def texts_of(conn: Connection, incident_ids: Iterable[UUID], limit: int) -> list[tuple[bytes, bytes]]:
    """(salt, sealed body) of the newest texts said about these incidents, in alarms and notes."""
    return [(row[0], row[1]) for row in await conn.fetch(TEXTS_OF, list(incident_ids), limit)]
