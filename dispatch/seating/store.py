"""Seats in PostgreSQL: whole rows in and out, their links, and which session sits where.

All acts on seats take turns under one lock of their own: who covers for whom can be said only of all of them together.
The engine takes that lock only when it is free.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.seating.model import Seat

DEAF_S = 8.0
"""A replica says each 2 s that it hears; after so long without a word it was deaf."""
_COLUMNS = ", ".join(Seat.__struct_fields__)
_EXCLUDED = ", ".join(f"excluded.{name}" for name in Seat.__struct_fields__)
TURN = "110, 15"
"""Key of the lock under which acts on seats take turns."""
SEATS_TURN = f"SELECT pg_advisory_xact_lock({TURN})"
# No key changes: whoever writes a row that only names a seat, as a draft does, never waits here with that row in its hands.
SEATS_LOCK = "SELECT to_jsonb(s)::text FROM seat s ORDER BY id FOR NO KEY UPDATE"
SEATS_ALL = "SELECT to_jsonb(s)::text FROM seat s ORDER BY room_id, code"
SEATS_READ = "SELECT to_jsonb(s)::text FROM seat s WHERE id = ANY($1::uuid[]) ORDER BY id"
SEATS_SAVE = f"""
INSERT INTO seat ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::seat, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED})
"""
LINKS_HEARD = """
INSERT INTO seat_link (seat_id, heard_at)
SELECT s.id, cad_now() - make_interval(secs => t.age_s)
FROM unnest($1::uuid[], $2::double precision[]) AS t(id, age_s) JOIN seat s ON s.id = t.id ORDER BY s.id
ON CONFLICT (seat_id) DO UPDATE SET heard_at = greatest(seat_link.heard_at, excluded.heard_at)
"""
LINKS_READ = "SELECT seat_id, heard_at FROM seat_link WHERE seat_id = ANY($1::uuid[])"
EAR_KEEP = """
INSERT INTO seat_ear AS e (replica, since, at) VALUES ($1, cad_now(), cad_now())
ON CONFLICT (replica) DO UPDATE SET (since, at) = (
    CASE WHEN excluded.at - e.at > make_interval(secs => $2) THEN excluded.since ELSE e.since END, excluded.at)
"""
EARS_LISTENING = "SELECT min(since) FROM seat_ear WHERE at > cad_now() - make_interval(secs => $1)"
EARS_OLD = "DELETE FROM seat_ear WHERE at < $1"
SESSION_READ = """
SELECT s.principal, s.roles, s.room_id, s.seat_id, ARRAY(SELECT r.id FROM room r WHERE s.room_id = ANY(r.lineage)) AS rooms
FROM session s WHERE s.id = $1 AND s.revoked_at IS NULL FOR UPDATE
"""
SEATS_IN_SESSION = """
SELECT seat_id FROM session WHERE seat_id = ANY($1::uuid[]) AND revoked_at IS NULL AND expires_at > cad_now()
"""
SIT_DOWN = "UPDATE session SET seat_id = $2 WHERE id = $1"
STAND_UP = "UPDATE session SET seat_id = NULL WHERE seat_id = $1"

_seat = msgspec.json.Decoder(Seat)


class Sitter(msgspec.Struct, frozen=True):
    """Whose session it is: all that this person may do and see, and the seat taken so far. rooms: home room and below."""

    principal: str
    roles: Sequence[str]
    room_id: UUID
    seat_id: UUID | None
    rooms: Sequence[UUID]


async def lock_all(conn: Connection) -> dict[UUID, Seat]:
    """Every seat, held until this act is over; acts on seats wait here for each other."""
    await conn.execute(SEATS_TURN)
    return _by_id(row[0] for row in await conn.fetch(SEATS_LOCK))


async def lock_turn(conn: Connection) -> None:
    """Wait for other acts on seats, and let none begin until this one is over."""
    await conn.execute(SEATS_TURN)


async def read_all(conn: Connection) -> list[Seat]:
    """Every seat, by room and code."""
    return [_seat.decode(row[0]) for row in await conn.fetch(SEATS_ALL)]


async def read(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Seat]:
    """These seats."""
    return _by_id(row[0] for row in await conn.fetch(SEATS_READ, list(ids)))


def _by_id(texts: Iterable[str]) -> dict[UUID, Seat]:
    return {seat.id: seat for seat in map(_seat.decode, texts)}


async def save(conn: Connection, seats: Iterable[Seat]) -> None:
    """Write rows, new or changed."""
    await conn.execute(SEATS_SAVE, msgspec.json.encode(list(seats)).decode())


async def hear(conn: Connection, heard: dict[UUID, float]) -> None:
    """Keep when these seats were last heard: so many seconds ago."""
    await conn.execute(LINKS_HEARD, list(heard), list(heard.values()))


async def listen(conn: Connection, replica: str) -> None:
    """This replica hears its seats; after a gap it has heard them only from now on."""
    await conn.execute(EAR_KEEP, replica, DEAF_S)


async def listening_since(conn: Connection) -> datetime | None:
    """Since when some replica has heard its seats without a gap; None while none does."""
    since: datetime | None = await conn.fetchval(EARS_LISTENING, DEAF_S)
    return since


async def forget_ears(conn: Connection, before: datetime) -> None:
    """Drop replicas that are long gone."""
    await conn.execute(EARS_OLD, before)


async def heard_at(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When these seats were last heard; one never heard is absent."""
    return dict(await conn.fetch(LINKS_READ, list(ids)))


async def sitter(conn: Connection, session_id: UUID) -> Sitter | None:
    """Whose session it is, held until this act is over; None when it has ended."""
    row = await conn.fetchrow(SESSION_READ, session_id)
    return None if row is None else Sitter(*row)


async def in_session(conn: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these seats where somebody is signed in."""
    return {row[0] for row in await conn.fetch(SEATS_IN_SESSION, list(ids))}


async def sit_down(conn: Connection, session_id: UUID, seat_id: UUID) -> None:
    """Let this session, and no other, sit there."""
    await conn.execute(STAND_UP, seat_id)
    await conn.execute(SIT_DOWN, session_id, seat_id)


async def stand_up(conn: Connection, seat_id: UUID) -> None:
    """Let nobody sit there."""
    await conn.execute(STAND_UP, seat_id)


# Who has an incident open just now: kept for a few seconds at a time, by every replica for its sockets, in no journal.
PRESENCE_KEEP = """
INSERT INTO presence AS p (line, incident_id, principal, seat_id, since, until)
SELECT t.line, t.incident_id, t.principal, t.seat_id, cad_now(), cad_now() + make_interval(secs => $5)
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[]) AS t(line, incident_id, principal, seat_id) ORDER BY t.line
ON CONFLICT (line) DO UPDATE SET (incident_id, principal, seat_id, since, until) =
    (excluded.incident_id, excluded.principal, excluded.seat_id,
     CASE WHEN p.incident_id = excluded.incident_id AND p.until > excluded.since THEN p.since ELSE excluded.since END,
     excluded.until)
"""
PRESENCE_END = "DELETE FROM presence WHERE line = ANY($1::text[]) OR until < cad_now() - interval '1 minute'"
PRESENCE_READ = """
SELECT p.incident_id, p.seat_id, s.code, s.room_id, p.principal, a.name, min(p.since)
FROM presence p LEFT JOIN seat s ON s.id = p.seat_id LEFT JOIN account a ON 'user:' || a.id = p.principal
WHERE p.until > cad_now()
GROUP BY p.incident_id, p.seat_id, s.code, s.room_id, p.principal, a.name ORDER BY p.incident_id, min(p.since), p.principal
"""


class Opened(msgspec.Struct, frozen=True):
    """A line (a socket, or who asked by HTTP) on which somebody has an incident open."""

    line: str
    incident_id: UUID
    principal: str
    seat_id: UUID | None


class Present(msgspec.Struct, frozen=True):
    """Somebody who has an incident open."""

    incident_id: UUID
    seat_id: UUID | None
    code: str | None
    room_id: UUID | None
    principal: str
    name: str | None
    since: datetime


async def keep_open(conn: Connection, opened: Sequence[Opened], for_s: float) -> None:
    """These have their incidents open for so long."""
    await conn.execute(
        PRESENCE_KEEP, [o.line for o in opened], [o.incident_id for o in opened], [o.principal for o in opened],
        [o.seat_id for o in opened], for_s,
    )  # fmt: skip


async def end_open(conn: Connection, lines: Iterable[str]) -> None:
    """On these lines nothing is open any more."""
    await conn.execute(PRESENCE_END, list(lines))


async def present(conn: Connection) -> list[Present]:
    """Who has what open, by incident, the longest there first."""
    return [Present(*row) for row in await conn.fetch(PRESENCE_READ)]
