"""What is said beside orders, in PostgreSQL: lamps of notes, messages, emergencies, backup, roll-calls.

Rows are whole structs as in `incidents.store`. Locks are taken by the desk in its order: incidents, units, then these.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.talk.model import Backup, Emergency, Message, NoteLamp, RollAnswer, RollCall

_LAMP = "id, note_id, unit_id, sent_at, read_at, version"
_MESSAGE = "id, unit_id, direction, incident_id, narrative_id, by, sent_at, read_at, read_by, version"
_EMERGENCY = (
    "id, unit_id, incident_id, assignment_id, raised_at, pressed_at, presses, by, lon, lat, fix_at, crew, talk_group, "
    "narrative_id, rooms, nearest, reset_at, reset_by, version"
)
_BACKUP = (
    "id, incident_id, assignment_id, unit_id, wanted, skills, sent, recommendation_id, narrative_id, asked_at, "
    "answered_at, answered_by, version"
)
_CALL = "id, room_id, by, asked, called_at, version"
_ANSWER = "id, roll_call_id, unit_id, via, answered_at, version"


def _excluded(columns: str) -> str:
    return ", ".join(f"excluded.{name.strip()}" for name in columns.split(","))


# Notes and their lamps

NOTES_STANDING = """
SELECT n.id, n.incident_id, n.narrative_id FROM note n WHERE n.incident_id = ANY($1::uuid[]) AND n.urgent ORDER BY n.recorded_at, n.id
"""
NOTE_INCIDENT = "SELECT incident_id FROM note WHERE id = $1"
LAMP_SAVE = f"""
INSERT INTO note_read ({_LAMP}) SELECT {_LAMP} FROM jsonb_populate_recordset(NULL::note_read, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_LAMP}) = ({_excluded(_LAMP)})
"""
LAMPS_LOCK = """
SELECT to_jsonb(r)::text FROM note_read r WHERE note_id = ANY($1::uuid[]) AND unit_id = ANY($2::uuid[])
ORDER BY id FOR UPDATE
"""
LAMPS_UNREAD = """
SELECT to_jsonb(r)::text, n.incident_id FROM note_read r JOIN note n ON n.id = r.note_id
WHERE r.unit_id = ANY($1::uuid[]) AND r.read_at IS NULL AND n.incident_id = ANY($2::uuid[])
ORDER BY r.id FOR UPDATE OF r
"""

LAMPS_READ = """
SELECT to_jsonb(r)::text, n.incident_id FROM note_read r JOIN note n ON n.id = r.note_id
WHERE r.id = ANY($1::uuid[]) ORDER BY r.id
"""

# Messages

MESSAGE_SAVE = f"""
INSERT INTO unit_message ({_MESSAGE})
SELECT {_MESSAGE} FROM jsonb_populate_recordset(NULL::unit_message, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_MESSAGE}) = ({_excluded(_MESSAGE)})
"""
MESSAGE_LOCK = "SELECT to_jsonb(m)::text FROM unit_message m WHERE id = $1 FOR UPDATE"
MESSAGES_READ = "SELECT to_jsonb(m)::text FROM unit_message m WHERE id = ANY($1::uuid[]) ORDER BY id"
MESSAGES_OF = """
SELECT to_jsonb(m)::text FROM unit_message m WHERE unit_id = $1 AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""
MESSAGES_UNREAD = """
SELECT m.id FROM unit_message m JOIN unit u ON u.id = m.unit_id
WHERE m.read_at IS NULL AND m.sent_at > $3
    AND (u.room_id = ANY($1::uuid[]) OR u.lent_to = ANY($1::uuid[]) OR u.id = $2)
ORDER BY m.id
"""

AUXILIARIES_TOLD = """
SELECT m.unit_id FROM unit_message m JOIN unit u ON u.id = m.unit_id
WHERE m.incident_id = $1 AND m.direction = 'to_unit' AND u.class = 'auxiliary'
"""

# Emergencies

EMERGENCY_SAVE = f"""
INSERT INTO emergency ({_EMERGENCY})
SELECT {_EMERGENCY} FROM jsonb_populate_recordset(NULL::emergency, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_EMERGENCY}) = ({_excluded(_EMERGENCY)})
"""
EMERGENCY_OF_UNIT = (
    "SELECT to_jsonb(e)::text FROM emergency e WHERE unit_id = $1 AND reset_at IS NULL FOR UPDATE"
)
EMERGENCIES_LOCK = (
    "SELECT to_jsonb(e)::text FROM emergency e WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
EMERGENCIES_READ = "SELECT to_jsonb(e)::text FROM emergency e WHERE id = ANY($1::uuid[]) ORDER BY id"
EMERGENCIES_OF_UNITS = """
SELECT e.id FROM emergency e WHERE e.unit_id = ANY($1::uuid[]) AND e.reset_at IS NULL ORDER BY e.id
"""
EMERGENCIES_OF_INCIDENTS = """
SELECT to_jsonb(e)::text FROM emergency e WHERE e.reset_at IS NULL AND e.incident_id = ANY($1::uuid[]) ORDER BY e.id
"""
EMERGENCIES_SEEN = """
SELECT e.id FROM emergency e
WHERE (e.rooms && $1::uuid[] OR e.unit_id = $2) AND ($3::uuid IS NULL OR e.id < $3)
ORDER BY e.id DESC LIMIT $4
"""
# A statement of its own: every snapshot asks, and whatever it is given it reads only the index of what stands.
EMERGENCIES_STANDING = """
SELECT e.id FROM emergency e
WHERE e.reset_at IS NULL AND (e.rooms && $1::uuid[] OR e.unit_id = $2) AND ($3::uuid IS NULL OR e.id < $3)
ORDER BY e.id DESC LIMIT $4
"""

# Backup

BACKUP_SAVE = f"""
INSERT INTO backup ({_BACKUP}) SELECT {_BACKUP} FROM jsonb_populate_recordset(NULL::backup, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_BACKUP}) = ({_excluded(_BACKUP)})
"""
BACKUP_LOCK = "SELECT to_jsonb(b)::text FROM backup b WHERE id = $1 FOR UPDATE"
BACKUP_READ = "SELECT to_jsonb(b)::text FROM backup b WHERE id = ANY($1::uuid[]) ORDER BY id"
BACKUP_STANDING = """
SELECT to_jsonb(b)::text FROM backup b WHERE incident_id = ANY($1::uuid[]) AND answered_at IS NULL ORDER BY id FOR UPDATE
"""

# Roll-calls

CALL_ADD = f"INSERT INTO roll_call ({_CALL}) SELECT {_CALL} FROM jsonb_populate_recordset(NULL::roll_call, $1::jsonb)"
ASKS_ADD = "INSERT INTO roll_call_ask (roll_call_id, unit_id) SELECT $1, u FROM unnest($2::uuid[]) AS t(u)"
ASKS_TAKE = """
UPDATE roll_call_ask k SET answered = true FROM roll_call c
WHERE k.unit_id = $1 AND NOT k.answered AND c.id = k.roll_call_id AND ($2::timestamptz IS NULL OR c.called_at <= $2)
RETURNING c.id
"""
ANSWERS_ADD = f"""
INSERT INTO roll_answer ({_ANSWER}) SELECT {_ANSWER} FROM jsonb_populate_recordset(NULL::roll_answer, $1::jsonb)
"""
CALLS_READ = "SELECT to_jsonb(c)::text FROM roll_call c WHERE id = ANY($1::uuid[]) ORDER BY id"
CALLS_OF_ROOMS = """
SELECT c.id FROM roll_call c WHERE c.room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR c.id < $2)
ORDER BY c.id DESC LIMIT $3
"""
CALL_COUNTS = """
SELECT roll_call_id, count(*) FROM roll_answer WHERE roll_call_id = ANY($1::uuid[]) GROUP BY roll_call_id
"""
CALL_UNITS = """
SELECT u.id, u.handle, u.call_sign, u.room_id, u.gateway IS NOT NULL, r.answered_at, r.via
FROM roll_call_ask k JOIN unit u ON u.id = k.unit_id
LEFT JOIN roll_answer r ON r.roll_call_id = k.roll_call_id AND r.unit_id = k.unit_id
WHERE k.roll_call_id = $1 ORDER BY r.answered_at NULLS FIRST, u.call_sign
"""
CALLS_ASK = "SELECT roll_call_id, unit_id FROM roll_call_ask WHERE roll_call_id = ANY($1::uuid[])"
ANSWERS_READ = """
SELECT a.id, a.version, a.roll_call_id, a.unit_id, u.call_sign, a.answered_at, a.via, c.room_id
FROM roll_answer a JOIN unit u ON u.id = a.unit_id JOIN roll_call c ON c.id = a.roll_call_id
WHERE a.id = ANY($1::uuid[])
"""
UNITS_ON_DUTY = """
SELECT id, handle, gateway, talk_group FROM unit
WHERE duty <> 'off_duty' AND (room_id = ANY($1::uuid[]) OR talk_group = $2) ORDER BY id
"""

_lamp = msgspec.json.Decoder(NoteLamp)
_message = msgspec.json.Decoder(Message)
_emergency = msgspec.json.Decoder(Emergency)
_backup = msgspec.json.Decoder(Backup)
_call = msgspec.json.Decoder(RollCall)


class UrgentNote(msgspec.Struct, frozen=True):
    """A note that every unit on its incident must read; its text lies sealed."""

    id: UUID
    incident_id: UUID
    narrative_id: UUID


class OnDuty(msgspec.Struct, frozen=True):
    """Enough of a unit to say something to its terminal."""

    id: UUID
    handle: int
    gateway: str | None
    talk_group: str | None


def _rows(structs: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(list(structs)).decode()


async def standing_notes(conn: Connection, incident_ids: Iterable[UUID]) -> list[UrgentNote]:
    """Urgent notes of these incidents, oldest first."""
    return [UrgentNote(*row) for row in await conn.fetch(NOTES_STANDING, list(incident_ids))]


async def incident_of_note(conn: Connection, note_id: UUID) -> UUID | None:
    """The incident a note was written on; it never changes."""
    found: UUID | None = await conn.fetchval(NOTE_INCIDENT, note_id)
    return found


async def save_lamps(conn: Connection, lamps: Sequence[NoteLamp]) -> None:
    """Write their rows, new or changed; raises UniqueViolationError when one was lit by another act meanwhile."""
    await conn.execute(LAMP_SAVE, _rows(lamps))


async def lock_lamps(conn: Connection, note_ids: Iterable[UUID], unit_ids: Iterable[UUID]) -> list[NoteLamp]:
    """Lock and read the lamps of these notes and units, as far as they were lit."""
    rows = await conn.fetch(LAMPS_LOCK, list(note_ids), list(unit_ids))
    return [_lamp.decode(row[0]) for row in rows]


async def unread_lamps(
    conn: Connection, unit_ids: Iterable[UUID], incident_ids: Iterable[UUID]
) -> list[tuple[NoteLamp, UUID]]:
    """Lock and read what these units were sent about these incidents and have not read, each with its incident."""
    rows = await conn.fetch(LAMPS_UNREAD, list(unit_ids), list(incident_ids))
    return [(_lamp.decode(row[0]), row[1]) for row in rows]


async def read_lamps(conn: Connection, ids: Iterable[UUID]) -> list[tuple[NoteLamp, UUID]]:
    """These lamps, each with the incident of its note."""
    return [(_lamp.decode(row[0]), row[1]) for row in await conn.fetch(LAMPS_READ, list(ids))]


async def save_message(conn: Connection, message: Message) -> None:
    """Write its row, new or changed."""
    await conn.execute(MESSAGE_SAVE, _rows([message]))


async def lock_message(conn: Connection, id_: UUID) -> Message | None:
    """Lock and read one message."""
    text = await conn.fetchval(MESSAGE_LOCK, id_)
    return None if text is None else _message.decode(text)


async def read_messages(conn: Connection, ids: Iterable[UUID]) -> list[Message]:
    """These messages, by id."""
    return [_message.decode(row[0]) for row in await conn.fetch(MESSAGES_READ, list(ids))]


async def messages_of(conn: Connection, unit_id: UUID, before: UUID | None, limit: int) -> list[Message]:
    """What was said between a unit and its dispatchers, newest first."""
    return [_message.decode(row[0]) for row in await conn.fetch(MESSAGES_OF, unit_id, before, limit)]


async def unread_messages(
    conn: Connection, rooms: Iterable[UUID], unit_id: UUID | None, since: datetime
) -> list[UUID]:
    """Messages of these rooms' units, or of this unit, that were not read yet."""
    return [row[0] for row in await conn.fetch(MESSAGES_UNREAD, list(rooms), unit_id, since)]


async def auxiliaries_told(conn: Connection, incident_id: UUID) -> set[UUID]:
    """The auxiliaries that were told of this incident."""
    return {row[0] for row in await conn.fetch(AUXILIARIES_TOLD, incident_id)}


async def save_emergency(conn: Connection, emergency: Emergency) -> None:
    """Write its row; raises UniqueViolationError when the unit would have two standing ones."""
    await conn.execute(EMERGENCY_SAVE, _rows([emergency]))


async def emergencies_on(conn: Connection, incident_ids: Iterable[UUID]) -> list[Emergency]:
    """Emergencies that stand and came up on these incidents."""
    rows = await conn.fetch(EMERGENCIES_OF_INCIDENTS, list(incident_ids))
    return [_emergency.decode(row[0]) for row in rows]


async def standing_emergency(conn: Connection, unit_id: UUID) -> Emergency | None:
    """Lock and read what stands of a unit."""
    text = await conn.fetchval(EMERGENCY_OF_UNIT, unit_id)
    return None if text is None else _emergency.decode(text)


async def lock_emergencies(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Emergency]:
    """These, held until this act is over."""
    found = [_emergency.decode(row[0]) for row in await conn.fetch(EMERGENCIES_LOCK, list(ids))]
    return {one.id: one for one in found}


async def read_emergencies(conn: Connection, ids: Iterable[UUID]) -> list[Emergency]:
    """These emergencies, by id."""
    return [_emergency.decode(row[0]) for row in await conn.fetch(EMERGENCIES_READ, list(ids))]


async def emergencies_of_units(conn: Connection, unit_ids: Iterable[UUID]) -> list[UUID]:
    """Standing emergencies of these units."""
    return [row[0] for row in await conn.fetch(EMERGENCIES_OF_UNITS, list(unit_ids))]


async def emergencies_seen(
    conn: Connection,
    rooms: Iterable[UUID],
    unit_id: UUID | None,
    standing: bool,
    page: tuple[UUID | None, int],
) -> list[UUID]:
    """Emergencies that sound in these rooms or are the unit's own, newest first."""
    statement = EMERGENCIES_STANDING if standing else EMERGENCIES_SEEN
    rows = await conn.fetch(statement, list(rooms), unit_id, *page)
    return [row[0] for row in rows]


async def save_backup(conn: Connection, backups: Sequence[Backup]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(BACKUP_SAVE, _rows(backups))


async def lock_backup(conn: Connection, id_: UUID) -> Backup | None:
    """Lock and read one request."""
    text = await conn.fetchval(BACKUP_LOCK, id_)
    return None if text is None else _backup.decode(text)


async def read_backups(conn: Connection, ids: Iterable[UUID]) -> list[Backup]:
    """These requests, by id."""
    return [_backup.decode(row[0]) for row in await conn.fetch(BACKUP_READ, list(ids))]


async def standing_backup(conn: Connection, incident_ids: Iterable[UUID]) -> list[Backup]:
    """Lock and read what stands on these incidents."""
    return [_backup.decode(row[0]) for row in await conn.fetch(BACKUP_STANDING, list(incident_ids))]


async def add_roll_call(conn: Connection, call: RollCall, unit_ids: Sequence[UUID]) -> None:
    """A roll-call and whom it asks."""
    await conn.execute(CALL_ADD, _rows([call]))
    await conn.execute(ASKS_ADD, call.id, list(unit_ids))


async def take_asks(conn: Connection, unit_id: UUID, called_until: datetime | None) -> list[UUID]:
    """Roll-calls (up to this moment) that waited for this unit; they do no longer."""
    return [row[0] for row in await conn.fetch(ASKS_TAKE, unit_id, called_until)]


async def add_answers(conn: Connection, answers: Sequence[RollAnswer]) -> None:
    """Write answers."""
    await conn.execute(ANSWERS_ADD, _rows(answers))


async def read_calls(conn: Connection, ids: Iterable[UUID]) -> list[tuple[RollCall, int]]:
    """These roll-calls, each with how many have answered."""
    wanted = list(ids)
    counts = {row[0]: row[1] for row in await conn.fetch(CALL_COUNTS, wanted)}
    calls = [_call.decode(row[0]) for row in await conn.fetch(CALLS_READ, wanted)]
    return [(call, counts.get(call.id, 0)) for call in calls]


async def calls_of_rooms(
    conn: Connection, rooms: Iterable[UUID], before: UUID | None, limit: int
) -> list[UUID]:
    """Roll-calls of these rooms, newest first."""
    return [row[0] for row in await conn.fetch(CALLS_OF_ROOMS, list(rooms), before, limit)]


async def units_of_call(conn: Connection, id_: UUID) -> list[tuple[Any, ...]]:
    """(id, handle, call sign, room, has a terminal, answered at, via) of everyone asked, the silent ones first."""
    return [tuple(row) for row in await conn.fetch(CALL_UNITS, id_)]


async def asked_by(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Whom each of these roll-calls asks."""
    asked: dict[UUID, list[UUID]] = {}
    for id_, unit_id in await conn.fetch(CALLS_ASK, list(ids)):
        asked.setdefault(id_, []).append(unit_id)
    return asked


async def answers_read(conn: Connection, ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """(id, version, roll-call, unit, call sign, answered at, via, room of the roll-call) of these answers."""
    return [tuple(row) for row in await conn.fetch(ANSWERS_READ, list(ids))]


async def units_on_duty(
    conn: Connection, rooms: Iterable[UUID], talk_group: str | None = None
) -> list[OnDuty]:
    """Units on duty of these rooms, or of a talk group whatever their room."""
    return [OnDuty(*row) for row in await conn.fetch(UNITS_ON_DUTY, list(rooms), talk_group)]
