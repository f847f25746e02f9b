"""Timers in PostgreSQL: rows that stand exactly as long as what they watch, and the versions of the rules.

Acts write here what their entities want from now on; the engine claims what is due and marks it fired, in the
transaction that does it. Rows are locked last of all, after the entity they belong to.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch import journal
from dispatch.journal import Connection
from dispatch.rules import CHANGED, CREATED, FOLLOWING, Rules, Wanted
from dispatch.seating.store import TURN
from dispatch.shown import TimerRow
from dispatch.standings import rules_of, shipped_rules, understood

# A wanted row that stands is left as it is, but for a rule whose time or effect was changed meanwhile. What a duty level has
# shortened stays so when the level falls: of two factors the smaller holds.
# What asks the engine to look at an entity stands until it has looked, whatever is done with the entity before. But an act that
# arms nothing takes the look after creation, which would make of it something that happens now; a look for newer rules counts from
# an entity's own moments and stands.
_LOOKS = ", ".join(f"'{kind}'" for kind in FOLLOWING)
_SYNCED = (
    """standing AS (
    SELECT coalesce((SELECT version FROM rule_set ORDER BY version DESC LIMIT 1), 0) = {0}::integer
        AND coalesce((SELECT number FROM duty_turn ORDER BY number DESC LIMIT 1), 0) = {12}::integer AS ours
), wanted AS (
    SELECT * FROM unnest({4}::text[], {5}::text[], {6}::text[], {7}::uuid[], {8}::uuid[], {9}::text[],
        {10}::timestamptz[], {11}::timestamptz[], {13}::float8[])
        AS w(key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, factor)
), gone AS (
    DELETE FROM timer t USING unnest({1}::text[], {2}::uuid[]) AS f(noun, entity_id)
    WHERE t.noun = f.noun AND t.entity_id = f.entity_id AND NOT t.key = ANY({4}::text[]) AND (SELECT ours FROM standing)
        AND NOT (t.kind IN ("""
    + _LOOKS
    + """) AND ({3}::boolean OR t.kind <> '"""
    + CREATED
    + """'))
), made AS (
    INSERT INTO timer (key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, rule_version, factor)
    SELECT key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, {0}, factor FROM wanted w
    WHERE (SELECT ours FROM standing) AND ({3}::boolean OR EXISTS (SELECT FROM timer t WHERE t.key = w.key))
    ORDER BY key
    ON CONFLICT (key) DO UPDATE SET (kind, incident_id, due_at, rule_version, factor) =
        (excluded.kind, excluded.incident_id, timer.armed_at + (excluded.due_at - excluded.armed_at)
            * (LEAST(timer.factor, excluded.factor) / excluded.factor), excluded.rule_version,
            LEAST(timer.factor, excluded.factor))
    WHERE timer.fired_at IS NULL AND (timer.kind, timer.incident_id, timer.due_at - timer.armed_at)
        IS DISTINCT FROM (excluded.kind, excluded.incident_id, (excluded.due_at - excluded.armed_at)
            * (LEAST(timer.factor, excluded.factor) / excluded.factor))
)
SELECT ours FROM standing"""
)
SYNC = "WITH " + _SYNCED.format(*(f"${n}" for n in range(1, 15)))
# The end of nearly every act: one round trip for its facts and its timers.
APPEND_AND_SYNC = f"WITH {journal.WRITTEN}, " + _SYNCED.format(*(f"${n}" for n in range(12, 26)))
DUE_SEEN = 2000
DUE_KINDS = f"""
SELECT kind, count(*) FROM (
    SELECT kind FROM timer WHERE fired_at IS NULL AND due_at <= (SELECT cad_now()) ORDER BY due_at LIMIT {DUE_SEEN}) due
GROUP BY kind
"""
DUE = """
SELECT DISTINCT noun, entity_id, incident_id FROM (
    SELECT noun, entity_id, incident_id FROM timer
    WHERE fired_at IS NULL AND due_at <= $1 AND kind = ANY($2::text[]) AND NOT id = ANY($4::bigint[])
    ORDER BY due_at, id LIMIT $3) due
"""
CLAIM = """
SELECT id, key, kind, noun, entity_id, incident_id, rule, armed_at, due_at FROM timer
WHERE fired_at IS NULL AND due_at <= $1 AND kind = ANY($2::text[]) AND NOT id = ANY($4::bigint[])
    AND (incident_id = ANY($5::uuid[]) OR (incident_id IS NULL AND entity_id = ANY($6::uuid[])))
ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
OF_ENTITIES = "SELECT to_jsonb(t)::text FROM timer t WHERE t.noun = $1 AND t.entity_id = ANY($2::uuid[])"
FIRED = "UPDATE timer SET fired_at = $2 WHERE id = ANY($1::bigint[])"
PUT_OFF = "UPDATE timer SET armed_at = armed_at + ($2 - due_at), due_at = $2 WHERE id = $1"
NOTICED = """
UPDATE timer SET noticed = noticed || jsonb_build_object($3::text, $4::bigint)
WHERE fired_at IS NOT NULL AND incident_id = ANY($1::uuid[]) AND NOT noticed ? $3
    AND ($2::text[] IS NULL OR rule || ':' || entity_id = ANY($2::text[]))
RETURNING rule, noun, entity_id
"""
NOTICED_OF = """
UPDATE timer SET noticed = noticed || jsonb_build_object($4::text, $5::bigint)
WHERE fired_at IS NOT NULL AND noun = $1 AND entity_id = $2 AND NOT noticed ? $4
    AND ($3::text[] IS NULL OR rule = ANY($3::text[]))
RETURNING rule
"""
DROP = "DELETE FROM timer WHERE id = ANY($1::bigint[])"

# What belongs to an entity is locked with it; what somebody else has under his hands is left for the next time.
FREE_INCIDENTS = """
SELECT id, merged_into FROM incident WHERE id = ANY($1::uuid[]) ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
FREE_UNITS = "SELECT id FROM unit WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_CALLS = "SELECT id FROM call WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_CALL_POINTS = "SELECT id FROM call_point WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"

FREE_SEATS = f"""
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock({TURN}) AS ours)
SELECT s.id FROM seat s, turn WHERE turn.ours AND s.id = ANY($1::uuid[]) ORDER BY s.id
FOR NO KEY UPDATE OF s SKIP LOCKED
"""
FREE_EMERGENCIES = "SELECT id FROM emergency WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_LEVELS = "SELECT id FROM duty_level WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_SHIFTS = "SELECT id FROM roster_shift WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_SHORTFALLS = "SELECT id FROM shortfall WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_SUPERVISION = "SELECT id FROM supervision WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_EVENTS = "SELECT id FROM planned_event WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_BROADCASTS = "SELECT id FROM broadcast WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
FREE_REVIEWS = (
    "SELECT id FROM after_action_review WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"
)
FREE_ACTIONS = "SELECT id FROM review_action WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"

FREE_HANDOVERS = "SELECT id FROM handover WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED"

RULES_READ = "SELECT version, body::text FROM rule_set ORDER BY version DESC LIMIT 1"
RULES_VERSION = "SELECT coalesce((SELECT version FROM rule_set ORDER BY version DESC LIMIT 1), 0)"
RULES_LOCK = "LOCK TABLE rule_set IN SHARE ROW EXCLUSIVE MODE"
RULES_ADD = "INSERT INTO rule_set (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"
RULES_UNMET = "SELECT id FROM unnest($1::text[]) AS asked (id) WHERE NOT EXISTS (SELECT FROM rule_shipped s WHERE s.id = asked.id)"
RULES_MEET = "INSERT INTO rule_shipped (id, met_at) SELECT id, $2 FROM unnest($1::text[]) id ON CONFLICT (id) DO NOTHING"
FOLLOW_ALL = f"""
INSERT INTO timer (key, kind, noun, entity_id, incident_id, rule, armed_at, due_at, rule_version)
SELECT '{CHANGED}:' || id, '{CHANGED}', noun, id, incident_id, 'rules', $1, $1, $2 FROM (
    SELECT 'incident' AS noun, id, id AS incident_id FROM incident
    WHERE state NOT IN ('closed', 'merged', 'void', 'advised', 'transferred')
    UNION ALL
    SELECT 'unit', id, NULL FROM unit WHERE duty <> 'off_duty' OR lent_to IS NOT NULL
    UNION ALL
    SELECT 'call', id, NULL FROM call
    WHERE state NOT IN ('released', 'abandoned')
        OR (state = 'abandoned' AND alarm_id IS NULL AND redialled_by IS NULL)
    UNION ALL
    SELECT 'call_point', id, NULL FROM call_point
    UNION ALL
    SELECT 'seat', id, NULL FROM seat WHERE answering_since IS NOT NULL
    UNION ALL
    SELECT 'supervision', id, NULL FROM supervision WHERE state IN ('given', 'answered', 'returned')
    UNION ALL
    SELECT 'handover', id, NULL FROM handover WHERE state IN ('drafted', 'offered') OR (state = 'abandoned' AND seen_by IS NULL)
    UNION ALL
    SELECT 'event', id, NULL FROM planned_event WHERE state NOT IN ('summed_up', 'cancelled')
    UNION ALL
    SELECT 'broadcast', id, NULL FROM broadcast WHERE state IN ('proposed', 'active')
    UNION ALL
    SELECT 'emergency', id, NULL FROM emergency WHERE reset_at IS NULL AND incident_id IS NULL
    UNION ALL
    SELECT 'after_action_review', id, NULL FROM after_action_review WHERE state IN ('waiting', 'open')
    UNION ALL
    SELECT 'review_action', id, NULL FROM review_action WHERE state IN ('open', 'done', 'returned')
    UNION ALL
    SELECT 'duty_level', id, NULL FROM duty_level WHERE state = 'holds'
    UNION ALL
    SELECT 'roster_shift', id, NULL FROM roster_shift WHERE state IN ('planned', 'attended')
    UNION ALL
    SELECT 'shortfall', id, NULL FROM shortfall WHERE state = 'stands'
) open
WHERE noun = ANY($3::text[])
ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at
"""


class Timer(msgspec.Struct, frozen=True):
    """One claimed row, under lock. armed_at: what its time was counted from; all UTC, by our clock."""

    id: int
    key: str
    kind: str
    noun: str
    entity_id: UUID
    incident_id: UUID | None
    rule: str
    armed_at: datetime
    due_at: datetime


class Followed(msgspec.Struct, frozen=True):
    """What should stand of some entities (noun, id), by the rules of this version and the duty levels of this turn.

    arm: whether new ones may be made.
    """

    entities: Sequence[tuple[str, UUID]]
    wanted: Sequence[Wanted]
    version: int
    turn: int
    arm: bool


async def sync(conn: Connection, followed: Followed, facts: Sequence[journal.JournalRow] = ()) -> bool:
    """Append the facts, and let exactly the wanted timers of these entities stand.

    False when newer rules hold, or other duty levels: then the facts are written, and no timer was touched.
    """
    rows = sorted(followed.wanted, key=lambda row: row.key)
    columns = (
        followed.version, [noun for noun, _ in followed.entities], [id_ for _, id_ in followed.entities], followed.arm,
        [r.key for r in rows], [r.kind for r in rows], [r.noun for r in rows], [r.entity_id for r in rows],
        [r.incident_id for r in rows], [r.rule for r in rows], [r.armed_at for r in rows], [r.due_at for r in rows],
        followed.turn, [r.factor for r in rows],
    )  # fmt: skip
    ours: bool
    if facts:
        ours = await conn.fetchval(APPEND_AND_SYNC, *journal.columns(facts), *columns)
    else:
        ours = await conn.fetchval(SYNC, *columns)
    return ours


async def due_kinds(conn: Connection) -> set[str] | None:
    """The kinds of what is due now; None when so much is due that any kind may be among it."""
    rows = await conn.fetch(DUE_KINDS)
    return None if sum(count for _, count in rows) >= DUE_SEEN else {kind for kind, _ in rows}


async def due(
    conn: Connection, now: datetime, kinds: Iterable[str], limit: int, besides: Iterable[int] = ()
) -> list[tuple[str, UUID, UUID | None]]:
    """Whose rows are due, the longest due first: (noun, entity, incident). Nothing is locked."""
    return [tuple(row) for row in await conn.fetch(DUE, now, list(kinds), limit, list(besides))]


async def claim(conn: Connection, now: datetime, which: "Which", limit: int) -> list[Timer]:
    """Lock due rows of entities that are locked already, the longest due first."""
    rows = await conn.fetch(
        CLAIM, now, list(which.kinds), limit, list(which.besides), list(which.incidents), list(which.entities)
    )
    return [Timer(*row) for row in rows]


class Which(msgspec.Struct, frozen=True):
    """Of these kinds and entities (those of no incident), besides single rows."""

    kinds: Iterable[str]
    incidents: Iterable[UUID]
    entities: Iterable[UUID]
    besides: Iterable[int] = ()


async def free_incidents(conn: Connection, ids: Iterable[UUID], limit: int) -> dict[UUID, UUID]:
    """Lock some of these incidents that are free: id -> itself, or the one it was merged into, locked as well."""
    rows = await conn.fetch(FREE_INCIDENTS, sorted(set(ids)), limit)
    merged = {row[0]: row[1] for row in rows if row[1] is not None}
    found: dict[UUID, UUID] = {row[0]: row[0] for row in rows if row[1] is None}
    if merged:
        survivors = await conn.fetch(FREE_INCIDENTS, sorted(set(merged.values()) - found.keys()), limit)
        free = found.keys() | {row[0] for row in survivors if row[1] is None}
        found |= {id_: into for id_, into in merged.items() if into in free}
    return found


_FREE = {
    "unit": FREE_UNITS, "call": FREE_CALLS, "call_point": FREE_CALL_POINTS, "seat": FREE_SEATS,
    "supervision": FREE_SUPERVISION, "handover": FREE_HANDOVERS, "event": FREE_EVENTS, "broadcast": FREE_BROADCASTS,
    "emergency": FREE_EMERGENCIES,
    "after_action_review": FREE_REVIEWS, "review_action": FREE_ACTIONS, "duty_level": FREE_LEVELS,
    "roster_shift": FREE_SHIFTS, "shortfall": FREE_SHORTFALLS,
}  # fmt: skip


async def free_entities(conn: Connection, noun: str, ids: Iterable[UUID]) -> set[UUID]:
    """Lock those of these entities that are free."""
    return {row[0] for row in await conn.fetch(_FREE[noun], sorted(set(ids)))}


async def mark_fired(conn: Connection, timers: Iterable[Timer], at: datetime) -> None:
    """They have fired and stand as alerts from now on."""
    await conn.execute(FIRED, [timer.id for timer in timers], at)


async def put_off(conn: Connection, timer: Timer, until: datetime) -> None:
    """It looked and found nothing; it looks again then."""
    await conn.execute(PUT_OFF, timer.id, until)


async def notice(
    conn: Connection, incident_ids: Iterable[UUID], which: Sequence[str] | None, who: str, at_ms: int
) -> list[tuple[str, str, UUID]]:
    """Somebody has seen alerts of these incidents (`rule:entity`, None: all that stand): (rule, noun, entity) of those new to them."""
    rows = await conn.fetch(NOTICED, list(incident_ids), which, who, at_ms)
    return sorted((row[0], row[1], row[2]) for row in rows)


async def notice_of(
    conn: Connection, entity: tuple[str, UUID], rules: Sequence[str] | None, who: str, at_ms: int
) -> list[str]:
    """The same of something that belongs to no incident (noun, id): the rules whose alerts are new to them."""
    return sorted(row[0] for row in await conn.fetch(NOTICED_OF, *entity, rules, who, at_ms))


async def drop(conn: Connection, timers: Iterable[Timer]) -> None:
    """They have done what they were for and leave no trace."""
    await conn.execute(DROP, [timer.id for timer in timers])


async def of_entities(conn: Connection, noun: str, ids: Iterable[UUID]) -> dict[UUID, list[TimerRow]]:
    """The timers of these entities, for views of what belongs to no incident."""
    found: dict[UUID, list[TimerRow]] = {}
    for (text,) in await conn.fetch(OF_ENTITIES, noun, list(ids)):
        row = msgspec.json.decode(text, type=TimerRow)
        found.setdefault(row.entity_id, []).append(row)
    return found


async def read_rules(conn: Connection) -> Rules:
    """The newest rules; the shipped ones while none were put in."""
    row = await conn.fetchrow(RULES_READ)
    return shipped_rules() if row is None else rules_of(understood(row[1]), row[0])


async def rules_version(conn: Connection) -> int:
    """Of the newest rules."""
    version: int = await conn.fetchval(RULES_VERSION)
    return version


async def lock_rules(conn: Connection) -> None:
    """Let nobody else change the rules until this act is over."""
    await conn.execute(RULES_LOCK)


async def add_rules(conn: Connection, rules: Rules, at: datetime, nouns: Iterable[str]) -> None:
    """Keep a new version, and have the engine look at everything that is open of these nouns."""
    body: Any = msgspec.json.encode(rules.file).decode()
    await conn.execute(RULES_ADD, rules.version, body, at)
    await look_anew(conn, rules.version, at, nouns)


async def look_anew(conn: Connection, version: int, at: datetime, nouns: Iterable[str]) -> None:
    """Have the engine look at everything that is open of these nouns, by the rules of this version."""
    await conn.execute(FOLLOW_ALL, at, version, list(nouns))


async def unmet(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Those of these shipped rules that have never come to this database."""
    return {row[0] for row in await conn.fetch(RULES_UNMET, list(ids))}


async def meet(conn: Connection, ids: Iterable[str], at: datetime) -> None:
    """They have come now, whatever becomes of them."""
    await conn.execute(RULES_MEET, sorted(ids), at)
