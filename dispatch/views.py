"""The read side: entities as a seat may see them, many at a time, with one statement a kind and no lock.

After every act the door answers from here, lists page through it, and the live feed takes from it what an entity looks
like now. What a principal may see is audience ∩ its rooms; a unit sees the incidents it was ordered to, and itself.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from dispatch import journal
from dispatch.acts import Principal, authorise
from dispatch.bearers import store as outward
from dispatch.bearers.store import Said
from dispatch.centre import Centre
from dispatch.devices import devices_now
from dispatch.disputes.shown import texts_of
from dispatch.errors import NotFound
from dispatch.journal import Connection
from dispatch.model import Assignment, Feedback
from dispatch.pursuits.shown import TRAIL
from dispatch.showing import (
    alarm_shown,
    assignment_shown,
    incident_shown,
    note_shown,
    timeline_row,
    unit_shown,
)
from dispatch.shown import (
    AlarmShown,
    AssignmentShown,
    Family,
    IncidentShown,
    NoteRow,
    NoteShown,
    Now,
    Opened,
    ReadRow,
    TimelineRow,
    UnitBrief,
    UnitRow,
    UnitShown,
)
from dispatch.standing_facts.shown import texts_of as texts_of_facts
from dispatch.telephone import calls_now
from dispatch.unsealing import open_sealed
from dispatch.waiting import Spoken
from incidents import store as incident_store
from incidents.model import Alarm

SPEAKING = frozenset({"message", "emergency", "backup", "agency_request", "dispute", "sighting"})
"""Nouns whose facts may refer to a text of their own. What rooms demand of each other is read there, not here."""
EMBEDDED_AT_MOST = 50
"""Alarms and notes that a list or an event carries with an incident; a single reading carries them all."""
ALL = 2**31 - 1

_OPEN_JOB = "('ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired')"
_DEMANDED = "('given', 'answered', 'returned')"
_ENDED = "('closed', 'merged', 'void', 'advised', 'transferred')"
_UNIT_BRIEF = """json_build_object('id', u.id, 'handle', u.handle, 'call_sign', u.call_sign, 'kind', u.kind,
    'class', u.class, 'room_id', u.room_id, 'gateway', u.gateway)"""
# $1 rooms of the seat, $2 the unit that asks. An incident is also seen through those merged into it.
_SEEN = """(
    EXISTS (SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($1::uuid[]))
    OR ($2::uuid IS NOT NULL AND EXISTS (
        SELECT FROM assignment v JOIN incident m ON m.id = v.incident_id
        WHERE v.unit_id = $2 AND (m.id = i.id OR m.merged_into = i.id))))"""

FAMILIES = f"""
SELECT json_build_object(
    'incident', row_to_json(i),
    'alarms', (SELECT coalesce(json_agg(x ORDER BY x.recorded_at, x.id), '[]') FROM (
        SELECT * FROM alarm a WHERE a.incident_id = ANY(f.ids) ORDER BY a.recorded_at DESC, a.id DESC LIMIT $2) x),
    'alarms_total', (SELECT count(*) FROM alarm a WHERE a.incident_id = ANY(f.ids)),
    'assignments', (SELECT coalesce(json_agg(s ORDER BY s.id), '[]') FROM assignment s
        WHERE s.incident_id = ANY(f.ids)),
    'forms', (SELECT coalesce(json_agg(b ORDER BY b.recorded_at, b.id), '[]') FROM feedback b
        WHERE b.incident_id = ANY(f.ids)),
    'notes', (SELECT coalesce(json_agg(x ORDER BY x.recorded_at, x.id), '[]') FROM (
        SELECT * FROM note n WHERE n.incident_id = ANY(f.ids) ORDER BY n.recorded_at DESC, n.id DESC LIMIT $2) x),
    'notes_total', (SELECT count(*) FROM note n WHERE n.incident_id = ANY(f.ids)),
    'reads', (SELECT coalesce(json_agg(r), '[]') FROM note n JOIN note_read r ON r.note_id = n.id
        WHERE n.incident_id = ANY(f.ids)),
    'units', (SELECT coalesce(json_agg({_UNIT_BRIEF}), '[]') FROM unit u WHERE u.id IN (
        SELECT s.unit_id FROM assignment s WHERE s.incident_id = ANY(f.ids))),
    'absorbed', (SELECT coalesce(json_agg(json_build_object('id', m.id, 'number', m.number) ORDER BY m.id), '[]')
        FROM incident m WHERE m.merged_into = i.id),
    'emergencies', (SELECT coalesce(json_agg(e ORDER BY e.id), '[]') FROM emergency e WHERE e.reset_at IS NULL
        AND (e.incident_id = ANY(f.ids) OR e.unit_id IN (
            SELECT s.unit_id FROM assignment s WHERE s.incident_id = ANY(f.ids) AND s.state IN {_OPEN_JOB}))),
    'backups', (SELECT coalesce(json_agg(b ORDER BY b.id), '[]') FROM backup b JOIN assignment s ON s.id = b.assignment_id
        WHERE b.incident_id = ANY(f.ids) AND b.answered_at IS NULL AND s.state IN {_OPEN_JOB}),
    'plans', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'code', p.code, 'name', p.name, 'state', p.state,
            'automatic', p.automatic) ORDER BY p.id), '[]') FROM incident_plan p
        WHERE p.incident_id = ANY(f.ids) AND p.state IN ('proposed', 'active')),
    'tasks', (SELECT coalesce(json_agg(json_build_object('id', t.id, 'plan_id', t.plan_id, 'name', t.step->'title',
            'room_id', t.room_id, 'state', t.state, 'due_at', t.due_at) ORDER BY t.id), '[]') FROM task t
        WHERE t.incident_id = ANY(f.ids)),
    'supervision', (SELECT coalesce(json_agg(d ORDER BY d.id), '[]') FROM supervision d
        WHERE d.incident_id = ANY(f.ids) AND d.state IN {_DEMANDED}),
    'requests', (SELECT coalesce(json_agg(q ORDER BY q.id), '[]') FROM agency_request q
        WHERE q.incident_id = ANY(f.ids)),
    'disputes', (SELECT coalesce(json_agg(d ORDER BY d.id), '[]') FROM dispute d WHERE d.incident_id = ANY(f.ids)),
    'sightings', (SELECT coalesce(json_agg(x), '[]') FROM (
        SELECT * FROM sighting s WHERE s.incident_id = ANY(f.ids) ORDER BY s.at DESC, s.lon DESC, s.lat DESC LIMIT {TRAIL}) x),
    'sightings_total', (SELECT count(*) FROM sighting s WHERE s.incident_id = ANY(f.ids)),
    'returned', i.state = 'fed_back' AND EXISTS (SELECT FROM journal j
        WHERE j.noun = 'incident' AND j.id = ANY(f.ids) AND j.fact = 'returned'),
    'rooms', (SELECT coalesce(json_agg(DISTINCT v.room_id), '[]') FROM audience v WHERE v.incident_id = i.id),
    'timers', (SELECT coalesce(json_agg(t), '[]') FROM (
        SELECT * FROM timer t WHERE t.incident_id = ANY(f.ids)
        UNION ALL
        SELECT t.* FROM supervision d JOIN timer t ON t.noun = 'supervision' AND t.entity_id = d.id
        WHERE d.incident_id = ANY(f.ids) AND d.state IN {_DEMANDED}) t)
)::text, cad_now()
FROM incident i CROSS JOIN LATERAL (
    SELECT array_prepend(i.id, ARRAY(SELECT m.id FROM incident m WHERE m.merged_into = i.id)) AS ids) f
WHERE i.id = ANY($1::uuid[])
"""
INCIDENTS_SEEN = f"SELECT i.id FROM incident i WHERE {_SEEN} AND i.id = ANY($3::uuid[])"
_INCIDENT_LIST = f"""
SELECT i.id FROM incident i
WHERE {_SEEN}
  AND ($3::uuid IS NULL OR i.id < $3)
  AND ($4::text[] IS NULL OR i.state = ANY($4))
  AND ($5::uuid[] IS NULL OR i.room_id = ANY($5))
  AND ($6::text[] IS NULL OR coalesce(i.type_verified, i.type_reported) = ANY($6))
  AND ($7::smallint[] IS NULL OR i.priority = ANY($7))
  AND ($8::bigint IS NULL OR i.cell15 BETWEEN $8 AND $9)
  AND ($10::timestamptz IS NULL OR i.opened_at >= $10)
  AND ($11::text IS NULL OR strpos(lower(i.number), $11) > 0 OR strpos(lower(i.place->>'address'), $11) > 0
       OR strpos(lower(i.place->>'code'), $11) > 0
       OR EXISTS (SELECT FROM alarm a JOIN person p ON p.id = a.person_id
                  WHERE a.incident_id = i.id AND p.number_hmac = $12::bytea))
"""
INCIDENT_LIST = _INCIDENT_LIST + "ORDER BY i.id DESC LIMIT $13"
INCIDENT_LIST_OPEN = _INCIDENT_LIST + f"AND i.state NOT IN {_ENDED} ORDER BY i.id DESC LIMIT $13"

PRESSING_FIRST = """
SELECT i.id FROM incident i WHERE i.id = ANY($1::uuid[])
ORDER BY EXISTS (SELECT FROM emergency e WHERE e.incident_id = i.id AND e.reset_at IS NULL) DESC,
    i.state = 'received' DESC, i.priority, i.id
"""

ALARMS = """
SELECT to_jsonb(a)::text, ARRAY(SELECT v.room_id FROM audience v WHERE v.incident_id = a.incident_id)
FROM alarm a WHERE a.id = ANY($1::uuid[])
"""
ASSIGNMENTS = f"""
SELECT json_build_object(
    'assignment', row_to_json(s),
    'forms', (SELECT coalesce(json_agg(b ORDER BY b.recorded_at, b.id), '[]') FROM feedback b
        WHERE b.assignment_id = s.id),
    'unit', (SELECT {_UNIT_BRIEF} FROM unit u WHERE u.id = s.unit_id),
    'rooms', (SELECT coalesce(json_agg(DISTINCT v.room_id), '[]') FROM audience v WHERE v.incident_id = s.incident_id)
)::text
FROM assignment s WHERE s.id = ANY($1::uuid[])
"""
FORM_ASSIGNMENTS = "SELECT id, assignment_id FROM feedback WHERE id = ANY($1::uuid[])"

_UNITS = f"""
SELECT json_build_object('unit', row_to_json(u),
    'job', (SELECT json_build_object('id', s.id, 'state', s.state, 'incident_id', s.incident_id) FROM assignment s
        WHERE s.unit_id = u.id AND s.state IN {_OPEN_JOB}),
    'emergency_id', (SELECT e.id FROM emergency e WHERE e.unit_id = u.id AND e.reset_at IS NULL),
    'kept', (SELECT coalesce(json_agg(json_build_object('assignment_id', s.id, 'incident_id', coalesce(i.merged_into, i.id),
        'number', i.number, 'priority', i.priority) ORDER BY i.priority, (s.times->>'stacked')::bigint, s.id), '[]')
        FROM assignment s JOIN incident i ON i.id = s.incident_id WHERE s.unit_id = u.id AND s.state = 'stacked'),
    'shift', coalesce((SELECT row_to_json(r) FROM roster_shift r WHERE r.id = u.shift_id),
        (SELECT row_to_json(r) FROM roster_shift r WHERE r.unit_id = u.id AND r.state = 'planned'
            AND r.ends_at > (SELECT cad_now()) ORDER BY r.begins_at LIMIT 1)),
    'timers', (SELECT coalesce(json_agg(t), '[]') FROM (
        SELECT 'unit' AS noun, u.id AS id
        UNION ALL SELECT 'roster_shift', r.id FROM roster_shift r WHERE r.unit_id = u.id AND r.state = 'planned'
            AND r.begins_at <= (SELECT cad_now())) of_it
        JOIN timer t ON t.noun = of_it.noun AND t.entity_id = of_it.id AND t.fired_at IS NOT NULL))::text
FROM unit u
"""
UNITS = f"{_UNITS} WHERE u.id = ANY($1::uuid[])"
UNIT_LIST = f"""
{_UNITS} LEFT JOIN assignment o ON o.unit_id = u.id AND o.state IN {_OPEN_JOB}
WHERE (u.room_id = ANY($1::uuid[]) OR u.lent_to = ANY($1::uuid[]) OR u.id = $2)
  AND ($3::bigint IS NULL OR u.handle > $3)
  AND ($4::uuid[] IS NULL OR u.room_id = ANY($4) OR u.lent_to = ANY($4))
  AND ($5::text[] IS NULL OR coalesce(o.state, u.duty) = ANY($5))
ORDER BY u.handle LIMIT $6
"""
UNIT_IDS = "SELECT id FROM unit WHERE room_id = ANY($1::uuid[]) OR lent_to = ANY($1::uuid[]) OR id = $2 ORDER BY handle"
NOW_MS = "SELECT (extract(epoch FROM cad_now()) * 1000)::bigint"
NOTES = "SELECT to_jsonb(n)::text FROM note n WHERE n.id = ANY($1::uuid[])"
READS = "SELECT to_jsonb(r)::text FROM note_read r WHERE r.note_id = ANY($1::uuid[])"
ROOM_ROWS = "SELECT id, version, to_jsonb(r)::text FROM room r WHERE id = ANY($1::uuid[])"
ROOM_IDS = "SELECT id FROM room"


class IncidentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents a list is about; None lets all pass. cells: (lo, hi) of stored cells; text: lower case."""

    open_only: bool = False
    states: list[str] | None = None
    rooms: list[UUID] | None = None
    types: list[str] | None = None
    priorities: list[int] | None = None
    cells: tuple[int, int] | None = None
    since: datetime | None = None
    text: str | None = None


class UnitFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which units a list is about; None lets all pass."""

    rooms: list[UUID] | None = None
    states: list[str] | None = None


class _AssignmentRow(msgspec.Struct, frozen=True):
    assignment: Assignment
    forms: list[Feedback]
    unit: UnitBrief | None
    rooms: list[UUID]


class _Words(msgspec.Struct, frozen=True):
    narrative_id: UUID | None = None
    outcome_id: UUID | None = None


_words = msgspec.json.Decoder(_Words)
_family = msgspec.json.Decoder(Family)
_alarm = msgspec.json.Decoder(Alarm)
_assignment = msgspec.json.Decoder(_AssignmentRow)
_unit = msgspec.json.Decoder(UnitRow)
_note = msgspec.json.Decoder(NoteRow)
_read = msgspec.json.Decoder(ReadRow)
_encode = msgspec.json.Encoder().encode


async def incidents(
    conn: Connection, centre: Centre, ids: Sequence[UUID], at_most: int = EMBEDDED_AT_MOST
) -> list[IncidentShown]:
    """These incidents in the order of `ids`, whoever asks; unknown ids are left out."""
    families = await _families(conn, centre, ids, at_most)
    opened = await _open_families(conn, centre, families.values())
    return [incident_shown(families[id_], opened, spoken(centre)) for id_ in ids if id_ in families]


def spoken(centre: Centre) -> Spoken:
    """What the words of alerts are made of."""
    return Spoken(centre.rules, centre.reference, centre.units, centre.seal.lot)


async def incident(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> IncidentShown:
    """One incident with all its alarms and notes. Raises NotFound, also when this seat may not see it."""
    await must_see(conn, principal, id_)
    return (await incidents(conn, centre, [id_], ALL))[0]


async def must_see(conn: Connection, principal: Principal, incident_id: UUID) -> None:
    """Pass silently, or raise NotFound or NotAllowed."""
    authorise(principal, "incident", "read", _read_relations(principal))
    if incident_id not in await seen(conn, principal, [incident_id]):
        raise NotFound(f"There is no incident {incident_id}.", noun="incident")


async def seen(conn: Connection, principal: Principal, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these incidents that the principal may see."""
    rows = await conn.fetch(INCIDENTS_SEEN, list(principal.rooms), principal.unit_id, list(ids))
    return {row[0] for row in rows}


def _read_relations(principal: Principal) -> tuple[str, ...]:
    return ("sees", "room") if principal.rooms else ("assigned", "unit")


async def incident_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: IncidentFilter,
    page: tuple[UUID | None, int],
) -> list[IncidentShown]:
    """The newest incidents below `page[0]`, at most `page[1]`, newest first."""
    authorise(principal, "incident", "read", _read_relations(principal))
    ids = await incident_ids(conn, centre, principal, which, page)
    return await incidents(conn, centre, ids)


async def incident_ids(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: IncidentFilter,
    page: tuple[UUID | None, int],
) -> list[UUID]:
    """Ids of `incident_page`."""
    low, high = which.cells or (None, None)
    rows = await conn.fetch(
        INCIDENT_LIST_OPEN if which.open_only else INCIDENT_LIST,
        list(principal.rooms),
        principal.unit_id,
        page[0],
        which.states,
        which.rooms,
        which.types,
        which.priorities,
        low,
        high,
        which.since,
        which.text,
        centre.seal.number_index(which.text) if which.text else None,
        page[1],
    )
    return [row[0] for row in rows]


async def pressing_first(conn: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """These incidents as a queue has them: officers in danger, what nobody was sent to, by priority, the older first."""
    return [row[0] for row in await conn.fetch(PRESSING_FIRST, list(ids))]


async def alarms(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[AlarmShown]:
    """These alarms in the order of `ids`, whoever asks; unknown ids are left out."""
    found = {a.id: a for a in [_alarm.decode(row[0]) for row in await conn.fetch(ALARMS, list(ids))]}
    opened = await open_sealed(conn, centre, *_sealed_in_alarms(found.values()))
    return [alarm_shown(found[id_], opened) for id_ in ids if id_ in found]


async def told_to_caller(conn: Connection, principal: Principal, alarm_id: UUID) -> list[Said]:
    """All that was told to the caller of an alarm. Raises NotFound, also when this seat may not see it."""
    found = await incident_store.read_alarms(conn, [alarm_id])
    if not found:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    await must_see(conn, principal, found[alarm_id].incident_id)
    return await outward.said_to_caller(conn, alarm_id)


async def assignments(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[AssignmentShown]:
    """These assignments in the order of `ids`, whoever asks; unknown ids are left out."""
    rows = [_assignment.decode(row[0]) for row in await conn.fetch(ASSIGNMENTS, list(ids))]
    shown = await _show_assignments(conn, centre, rows)
    return [shown[id_] for id_ in ids if id_ in shown]


async def _show_assignments(
    conn: Connection, centre: Centre, rows: Sequence[_AssignmentRow]
) -> dict[UUID, AssignmentShown]:
    opened = await open_sealed(
        conn,
        centre,
        [id_ for row in rows for f in row.forms for id_ in (f.narrative_id, f.texts_id) if id_],
        [],
    )
    return {
        row.assignment.id: assignment_shown(
            row.assignment, row.forms, {row.unit.id: row.unit} if row.unit else {}, opened
        )
        for row in rows
    }


async def assignment(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> AssignmentShown:
    """One assignment. Raises NotFound, also when this seat may not see it."""
    authorise(principal, "incident", "read", _read_relations(principal))
    found = await assignments(conn, centre, [id_])
    if not found or not await seen(conn, principal, [found[0].incident_id]):
        raise NotFound(f"There is no assignment {id_}.", noun="assignment")
    return found[0]


async def notes(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[NoteShown]:
    """These notes with their read lamps, in the order of `ids`."""
    found, reads, opened = await _notes(conn, centre, ids)
    return [note_shown(found[id_], reads, opened) for id_ in ids if id_ in found]


async def _notes(
    conn: Connection, centre: Centre, ids: Sequence[UUID]
) -> tuple[dict[UUID, NoteRow], list[ReadRow], Opened]:
    if not ids:
        return {}, [], Opened()
    found = {n.id: n for n in [_note.decode(row[0]) for row in await conn.fetch(NOTES, list(ids))]}
    reads = [_read.decode(row[0]) for row in await conn.fetch(READS, list(ids))]
    return found, reads, await open_sealed(conn, centre, [n.narrative_id for n in found.values()], [])


async def timeline(
    conn: Connection, centre: Centre, principal: Principal, incident_id: UUID, page: tuple[int, int]
) -> list[TimelineRow]:
    """The journal of an incident and of those merged into it, after position `page[0]`, at most `page[1]` rows."""
    await must_see(conn, principal, incident_id)
    ids = [incident_id, *await incident_store.children(conn, [incident_id])]
    rows = await journal.of_incidents(conn, ids, *page)
    note_ids = {
        row.position: UUID(msgspec.json.decode(row.body)["note_id"])
        for row in rows
        if (row.noun, row.fact) == ("incident", "noted")
    }
    found, reads, opened = await _notes(conn, centre, list(note_ids.values()))
    spoken_of = {position: found[id_] for position, id_ in note_ids.items() if id_ in found}
    spoken_in = {row.position: _words.decode(row.body) for row in rows if row.noun in SPEAKING}
    words = {position: said.narrative_id or said.outcome_id for position, said in spoken_in.items()}
    said = await open_sealed(conn, centre, [id_ for id_ in words.values() if id_], [])
    return [
        timeline_row(row, spoken_of.get(row.position), reads, opened, said.text(words.get(row.position)))
        for row in rows
    ]


async def units(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[UnitShown]:
    """These units in the order of `ids`, whoever asks; unknown ids are left out."""
    now_ms: int = await conn.fetchval(NOW_MS)
    found = {shown.id: shown for shown in _shown_units(centre, await conn.fetch(UNITS, list(ids)), now_ms)}
    return [found[id_] for id_ in ids if id_ in found]


def _shown_units(centre: Centre, rows: Iterable[asyncpg.Record], now_ms: int) -> list[UnitShown]:
    found, words = [_unit.decode(row[0]) for row in rows], spoken(centre)
    fixes = centre.live.fixes([row.unit.handle for row in found], now_ms)
    return [unit_shown(centre, row, words, now_ms, fixes.get(row.unit.handle)) for row in found]


async def unit_ids(conn: Connection, principal: Principal) -> list[UUID]:
    """All units that this seat may see, by handle."""
    authorise(principal, "unit", "read", _read_relations(principal))
    return [row[0] for row in await conn.fetch(UNIT_IDS, list(principal.rooms), principal.unit_id)]


async def unit(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> UnitShown:
    """One unit. Raises NotFound, also when this seat may not see it."""
    authorise(principal, "unit", "read", _read_relations(principal))
    found = await units(conn, centre, [id_])
    if not found or not ({found[0].room, found[0].lent_to} & principal.rooms or id_ == principal.unit_id):
        raise NotFound(f"There is no unit {id_}.", noun="unit")
    return found[0]


async def unit_page(
    conn: Connection, centre: Centre, principal: Principal, which: UnitFilter, page: tuple[int | None, int]
) -> list[UnitShown]:
    """Units by handle above `page[0]`, at most `page[1]`."""
    authorise(principal, "unit", "read", _read_relations(principal))
    now_ms: int = await conn.fetchval(NOW_MS)
    rows = await conn.fetch(
        UNIT_LIST, list(principal.rooms), principal.unit_id, page[0], which.rooms, which.states, page[1]
    )
    return _shown_units(centre, rows, now_ms)


async def entities_now(conn: Connection, centre: Centre, noun: str, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these entities look like now and who may see them, for the live feed; unknown ones are absent.

    Nouns: incident, alarm, assignment, feedback (its assignment, under the form's id), unit, room, call, call_point_health.
    """
    if noun not in _NOW:
        return {}
    return await _NOW[noun](conn, centre, ids)


async def _incidents_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    families = await _families(conn, centre, ids, EMBEDDED_AT_MOST)
    opened = await _open_families(conn, centre, families.values())
    return {
        id_: Now(
            family.incident.version,
            frozenset(family.rooms),
            msgspec.Raw(_encode(incident_shown(family, opened, spoken(centre)))),
            frozenset(unit.id for unit in family.units),
        )
        for id_, family in families.items()
    }


async def _alarms_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    rows = [(_alarm.decode(row[0]), row[1]) for row in await conn.fetch(ALARMS, list(ids))]
    opened = await open_sealed(conn, centre, *_sealed_in_alarms(alarm for alarm, _ in rows))
    return {
        alarm.id: Now(alarm.version, frozenset(rooms), msgspec.Raw(_encode(alarm_shown(alarm, opened))))
        for alarm, rooms in rows
    }


async def _assignments_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    rows = [_assignment.decode(row[0]) for row in await conn.fetch(ASSIGNMENTS, list(ids))]
    shown = await _show_assignments(conn, centre, rows)
    return {
        row.assignment.id: Now(
            row.assignment.version,
            frozenset(row.rooms),
            msgspec.Raw(_encode(shown[row.assignment.id])),
            frozenset({row.unit.id} if row.unit else ()),
        )
        for row in rows
    }


async def _forms_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    owners = {row[0]: row[1] for row in await conn.fetch(FORM_ASSIGNMENTS, list(ids))}
    now = await _assignments_now(conn, centre, list(set(owners.values())))
    return {id_: now[owner] for id_, owner in owners.items() if owner in now}


async def _units_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    lineages: dict[UUID | None, frozenset[UUID]] = {
        id_: frozenset(room.lineage) for id_, room in centre.reference.rooms.by_id.items()
    }
    return {
        shown.id: Now(
            shown.version,
            lineages.get(shown.room, frozenset({shown.room})) | lineages.get(shown.lent_to, frozenset()),
            msgspec.Raw(_encode(shown)),
            frozenset({shown.id}),
        )
        for shown in await units(conn, centre, ids)
    }


async def _rooms_now(conn: Connection, _: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    everybody = frozenset(row[0] for row in await conn.fetch(ROOM_IDS))
    rows = await conn.fetch(ROOM_ROWS, list(ids))
    return {id_: Now(version, everybody, msgspec.Raw(text.encode())) for id_, version, text in rows}


async def _calls_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    return {
        id_: Now(one.shown.version, one.rooms, msgspec.Raw(_encode(one.shown)))
        for id_, one in (await calls_now(conn, centre, ids)).items()
    }


async def _devices_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    return {
        one.id: Now(one.version, rooms, msgspec.Raw(_encode(one)))
        for one, rooms in await devices_now(conn, centre, ids)
    }


_NOW: dict[str, Callable[[Connection, Centre, Sequence[UUID]], Awaitable[dict[UUID, Now]]]] = {
    "incident": _incidents_now,
    "alarm": _alarms_now,
    "assignment": _assignments_now,
    "feedback": _forms_now,
    "unit": _units_now,
    "room": _rooms_now,
    "call": _calls_now,
    "call_point_health": _devices_now,
}


async def _families(
    conn: Connection, centre: Centre, ids: Sequence[UUID], at_most: int
) -> dict[UUID, Family]:
    """With what is known of their places by the database's clock."""
    rows = await conn.fetch(FAMILIES, list(ids), at_most) if ids else []
    found = ((_family.decode(text), now) for text, now in rows)
    known = (msgspec.structs.replace(f, facts=centre.ground.at(f.incident.place, now)) for f, now in found)
    return {family.incident.id: family for family in known}


async def _open_families(conn: Connection, centre: Centre, families: Iterable[Family]) -> Opened:
    texts: list[UUID] = []
    persons: list[UUID] = []
    for family in families:
        alarm_texts, alarm_persons = _sealed_in_alarms(family.alarms)
        texts += alarm_texts
        persons += alarm_persons
        texts += [note.narrative_id for note in family.notes]
        texts += [id_ for form in family.forms for id_ in (form.narrative_id, form.texts_id) if id_]
        texts += [e.narrative_id for e in family.emergencies if e.narrative_id]
        texts += [b.narrative_id for b in family.backups if b.narrative_id]
        texts += [id_ for d in family.disputes for id_ in texts_of(d)]
        texts += [s.narrative_id for s in family.sightings if s.narrative_id]
        texts += texts_of_facts(family.facts)
        texts += [id_ for r in family.requests for id_ in (r.narrative_id, r.outcome_id) if id_]
    return await open_sealed(conn, centre, texts, persons)


def _sealed_in_alarms(found: Iterable[Alarm]) -> tuple[list[UUID], list[UUID]]:
    texts: list[UUID] = []
    persons: list[UUID] = []
    for alarm in found:
        texts += [alarm.narrative_id] if alarm.narrative_id else []
        texts += (
            [alarm.called_back.narrative_id] if alarm.called_back and alarm.called_back.narrative_id else []
        )
        texts += [one.narrative_id for one in alarm.ring_backs if one.narrative_id]
        texts += [one.narrative_id for one in alarm.unreached if one.narrative_id]
        persons += [alarm.person_id] if alarm.person_id else []
    return texts, persons
