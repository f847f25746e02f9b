"""Broadcasts in PostgreSQL: whole rows in and out, their recipients, lamps, and the digests by which marks are found.

Locks are taken in the desk's order: incidents, units, then broadcasts by id, then recipients.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Broadcast, Lamp, Party
from dispatch.journal import Connection
from units.model import Unit

NUMBERING = 110_010
"""Of the advisory lock under which numbers are drawn."""
_COLUMNS = ", ".join(Broadcast.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in Broadcast.__struct_fields__)
_LAMP = ", ".join(Lamp.__struct_fields__)
_LAMP_EXCLUDED = ", ".join(f"excluded.{name}" for name in Lamp.__struct_fields__)

BROADCAST_SAVE = f"""
INSERT INTO broadcast ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::broadcast, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
BROADCASTS_LOCK = (
    "SELECT to_jsonb(b)::text FROM broadcast b WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
BROADCASTS_READ = "SELECT to_jsonb(b)::text FROM broadcast b WHERE id = ANY($1::uuid[]) ORDER BY id"
# Shared, so that none of them ends while a unit is told of it.
BROADCASTS_ACTIVE = """
SELECT to_jsonb(b)::text FROM broadcast b WHERE state = 'active' AND expires_at > $1 ORDER BY id FOR SHARE
"""
NUMBER_DRAW = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({NUMBERING}))
SELECT (SELECT count(*) FROM broadcast WHERE revision = 1 AND number LIKE 'B' || $1::text || '-%') + 1 FROM turn
"""

# $1 these; $2 those of these rooms, their own or lent to them; $3 but for whom this one went to
UNITS_AROUND = """
SELECT to_jsonb(u)::text FROM unit u
WHERE u.duty <> 'off_duty' AND (u.id = ANY($1::uuid[]) OR u.room_id = ANY($2::uuid[]) OR u.lent_to = ANY($2::uuid[]))
    AND NOT EXISTS (SELECT FROM broadcast_recipient r WHERE r.broadcast_id = $3 AND r.party_id = u.id)
ORDER BY u.id
"""

# Recipients and lamps

RECIPIENTS_ADD = """
INSERT INTO broadcast_recipient (broadcast_id, party_id, party, sent_at)
SELECT $1, t.id, $2, $4 FROM unnest($3::uuid[]) AS t(id) ORDER BY t.id
ON CONFLICT (broadcast_id, party_id) DO NOTHING RETURNING party_id
"""
RECIPIENT_LOCK = """
SELECT party FROM broadcast_recipient WHERE broadcast_id = $1 AND party_id = $2 FOR UPDATE
"""
RECIPIENTS_OF = """
SELECT r.party_id, r.party, r.sent_at, l.added_at IS NOT NULL, l.delivered_at, l.read_at, l.read_by, (
    SELECT max(m.published_at) FROM radio_message m
    WHERE m.about = r.broadcast_id AND m.prompt = 'broadcast' AND m.published_at < m.expires_at
        AND m.handle = (SELECT u.handle FROM unit u WHERE u.id = r.party_id))
FROM broadcast_recipient r LEFT JOIN broadcast_lamp l USING (broadcast_id, party_id)
WHERE r.broadcast_id = $1 ORDER BY r.party_id
"""
UNREAD_OF = """
SELECT r.party_id, r.party, l.delivered_at IS NULL
FROM broadcast_recipient r LEFT JOIN broadcast_lamp l USING (broadcast_id, party_id)
WHERE r.broadcast_id = $1 AND l.read_at IS NULL ORDER BY r.party_id
"""
PARTIES = "SELECT broadcast_id, party_id, party FROM broadcast_recipient WHERE broadcast_id = ANY($1::uuid[])"
ROOM_LAMPS = """
SELECT r.broadcast_id, r.party_id, l.read_at, l.read_by
FROM broadcast_recipient r LEFT JOIN broadcast_lamp l USING (broadcast_id, party_id)
WHERE r.broadcast_id = ANY($1::uuid[]) AND r.party = 'room' ORDER BY r.party_id
"""
COUNTS = """
SELECT r.broadcast_id, count(*), count(l.delivered_at), count(l.read_at)
FROM broadcast_recipient r LEFT JOIN broadcast_lamp l USING (broadcast_id, party_id)
WHERE r.broadcast_id = ANY($1::uuid[]) GROUP BY r.broadcast_id
"""
LAMP_LOCK = (
    "SELECT to_jsonb(l)::text FROM broadcast_lamp l WHERE broadcast_id = $1 AND party_id = $2 FOR UPDATE"
)
LAMPS_SAVE = f"""
INSERT INTO broadcast_lamp ({_LAMP}) SELECT {_LAMP} FROM jsonb_populate_recordset(NULL::broadcast_lamp, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_LAMP}) = ({_LAMP_EXCLUDED})
"""
LAMPS_READ = "SELECT to_jsonb(l)::text FROM broadcast_lamp l WHERE id = ANY($1::uuid[]) ORDER BY id"
LAMPS_OF_UNIT = """
SELECT l.id FROM broadcast_lamp l JOIN broadcast b ON b.id = l.broadcast_id
WHERE l.party_id = $1 AND b.state = 'active' ORDER BY l.id
"""

# Seen: who sent it, who sends it for others, the rooms it went to or whose units it went to, and all above them.
# $1 rooms of the seat; $2 the unit that asks; $3 below this id; $4 how many; $5 those that are over too
BROADCASTS_SEEN = """
SELECT b.id FROM broadcast b
WHERE ($5::boolean OR b.state IN ('proposed', 'active')) AND ($3::uuid IS NULL OR b.id < $3)
    AND (b.room_id = ANY($1::uuid[]) OR b.scope_room_id = ANY($1::uuid[])
        OR b.state <> 'proposed' AND EXISTS (
            SELECT FROM broadcast_recipient r LEFT JOIN unit u ON u.id = r.party_id
            WHERE r.broadcast_id = b.id AND (r.party_id = ANY($1::uuid[]) OR r.party_id = $2 OR u.room_id = ANY($1::uuid[]))))
ORDER BY b.id DESC LIMIT $4
"""

# Marks

MARKS_ADD = """
INSERT INTO broadcast_mark (digest, broadcast_id, kind, length)
SELECT t.digest, $1, t.kind, t.length FROM unnest($2::bytea[], $3::text[], $4::integer[]) AS t(digest, kind, length)
ON CONFLICT (digest, broadcast_id) DO NOTHING
"""
MARKS_DROP = "DELETE FROM broadcast_mark WHERE broadcast_id = $1"
MARKS_SOUGHT = """
SELECT m.digest, m.kind, m.length, m.broadcast_id, b.exercise
FROM broadcast_mark m JOIN broadcast b ON b.id = m.broadcast_id WHERE b.state = 'active'
"""
ERASE = """
WITH old AS (
    SELECT b.id FROM broadcast b WHERE (b.times->>'ended')::bigint < $1
        AND EXISTS (SELECT FROM sealed_key k WHERE k.id = b.id)
), words AS (
    DELETE FROM narrative n USING old WHERE n.key_id = old.id
)
DELETE FROM sealed_key k USING old WHERE k.id = old.id
"""

_broadcast = msgspec.json.Decoder(Broadcast)
_lamp = msgspec.json.Decoder(Lamp)
_unit = msgspec.json.Decoder(Unit)


class Counts(msgspec.Struct, frozen=True):
    """Of recipients: how many there are, how many have it, how many have read it."""

    recipients: int = 0
    delivered: int = 0
    read: int = 0


class Recipient(msgspec.Struct, frozen=True):
    """One of whom it was sent to. published_at: when a gateway was last given it; later: it came to it after the sending."""

    party_id: UUID
    party: Party
    sent_at: datetime
    later: bool
    delivered_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    published_at: datetime | None


class Unread(msgspec.Struct, frozen=True):
    """Who has not read it; undelivered: and does not even have it, as far as is known."""

    party_id: UUID
    party: Party
    undelivered: bool


class SoughtMark(msgspec.Struct, frozen=True):
    """A digest of an active lookout and the length of what it was made of."""

    digest: bytes
    kind: str
    length: int
    broadcast_id: UUID
    exercise: bool


async def save(conn: Connection, broadcast: Broadcast) -> None:
    """Write its row, new or changed."""
    await conn.execute(BROADCAST_SAVE, msgspec.json.encode(broadcast).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Broadcast]:
    """These, held until this act is over."""
    found = [_broadcast.decode(row[0]) for row in await conn.fetch(BROADCASTS_LOCK, sorted(set(ids)))]
    return {b.id: b for b in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[Broadcast]:
    """These, whatever became of them, by id."""
    return [_broadcast.decode(row[0]) for row in await conn.fetch(BROADCASTS_READ, list(ids))]


async def active(conn: Connection, now: datetime) -> list[Broadcast]:
    """Those that hold, kept from ending until this act is over."""
    return [_broadcast.decode(row[0]) for row in await conn.fetch(BROADCASTS_ACTIVE, now)]


async def draw_number(conn: Connection, day: date) -> str:
    """The next number of the city's day."""
    series = f"{day:%y%m%d}"
    return f"B{series}-{await conn.fetchval(NUMBER_DRAW, series):04d}"


async def units_around(
    conn: Connection, ids: Iterable[UUID], rooms: Iterable[UUID], besides: UUID | None = None
) -> list[Unit]:
    """Units on duty: these, and those of these rooms. besides: but for whom this broadcast went to."""
    rows = await conn.fetch(UNITS_AROUND, list(ids), list(rooms), besides)
    return [_unit.decode(row[0]) for row in rows]


async def add_recipients(
    conn: Connection, id_: UUID, party: Party, ids: Iterable[UUID], at: datetime
) -> list[UUID]:
    """Have it go to these; those that are new."""
    return [row[0] for row in await conn.fetch(RECIPIENTS_ADD, id_, party, list(ids), at)]


async def lock_lamp(conn: Connection, id_: UUID, party_id: UUID) -> tuple[Party | None, Lamp | None]:
    """What this recipient is (None: it is none) and its lamp, held until this act is over."""
    party: Party | None = await conn.fetchval(RECIPIENT_LOCK, id_, party_id)
    text = await conn.fetchval(LAMP_LOCK, id_, party_id) if party else None
    return party, None if text is None else _lamp.decode(text)


async def save_lamps(conn: Connection, lamps: Sequence[Lamp]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(LAMPS_SAVE, msgspec.json.encode(list(lamps)).decode())


async def read_lamps(conn: Connection, ids: Iterable[UUID]) -> list[Lamp]:
    """These lamps."""
    return [_lamp.decode(row[0]) for row in await conn.fetch(LAMPS_READ, list(ids))]


async def lamps_of_unit(conn: Connection, unit_id: UUID) -> list[UUID]:
    """Lamps of a unit for broadcasts that hold."""
    return [row[0] for row in await conn.fetch(LAMPS_OF_UNIT, unit_id)]


async def recipients_of(conn: Connection, id_: UUID) -> list[Recipient]:
    """Everybody it was sent to, with what became of it there."""
    return [Recipient(*row) for row in await conn.fetch(RECIPIENTS_OF, id_)]


async def unread_of(conn: Connection, id_: UUID) -> list[Unread]:
    """Who has not read it."""
    return [Unread(*row) for row in await conn.fetch(UNREAD_OF, id_)]


async def parties(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, dict[Party, set[UUID]]]:
    """Whom each of these went to."""
    found: dict[UUID, dict[Party, set[UUID]]] = {}
    for broadcast_id, party_id, party in await conn.fetch(PARTIES, list(ids)):
        found.setdefault(broadcast_id, {}).setdefault(party, set()).add(party_id)
    return found


async def room_lamps(
    conn: Connection, ids: Iterable[UUID]
) -> Mapping[UUID, list[tuple[UUID, datetime | None, str | None]]]:
    """The rooms each of these went to: since when it is read there and by whom."""
    found: dict[UUID, list[tuple[UUID, datetime | None, str | None]]] = {}
    for broadcast_id, *lamp in await conn.fetch(ROOM_LAMPS, list(ids)):
        found.setdefault(broadcast_id, []).append((lamp[0], lamp[1], lamp[2]))
    return found


async def counts(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Counts]:
    """How far each of these has come; one that went to nobody is absent."""
    return {row[0]: Counts(*row[1:]) for row in await conn.fetch(COUNTS, list(ids))}


async def seen(
    conn: Connection, rooms: Iterable[UUID], unit_id: UUID | None, page: tuple[UUID | None, int], over: bool
) -> list[UUID]:
    """Ids of those that these rooms or this unit may see, the newest first; over: also what has ended."""
    return [row[0] for row in await conn.fetch(BROADCASTS_SEEN, list(rooms), unit_id, *page, over)]


async def add_marks(conn: Connection, id_: UUID, marks: Sequence[tuple[bytes, str, int]]) -> None:
    """Have these be found: digest, kind, length."""
    columns = [list(column) for column in zip(*marks, strict=True)] if marks else [[], [], []]
    await conn.execute(MARKS_ADD, id_, *columns)


async def drop_marks(conn: Connection, id_: UUID) -> None:
    """Nothing of it is found any more."""
    await conn.execute(MARKS_DROP, id_)


async def sought(conn: Connection) -> list[SoughtMark]:
    """What is looked out for now."""
    return [SoughtMark(*row) for row in await conn.fetch(MARKS_SOUGHT)]


async def erase(conn: Connection, before: datetime) -> None:
    """Drop the keys and the words of broadcasts that ended before this; numbers, times and lamps stay."""
    await conn.execute(ERASE, round(before.timestamp() * 1000))
