"""Who may knock, in PostgreSQL: API keys, one-time sign-in links and sessions. Only digests are kept, never what opens.

Read before every request; every time is the database's own or handed in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.journal import Connection

KEYS_READ = """
SELECT k.hash, k.id, k.roles, k.room_id, k.unit_id, k.gateway,
    ARRAY(SELECT r.id FROM room r WHERE k.room_id = ANY(r.lineage)) AS rooms
FROM api_key k WHERE k.hash = ANY($1::bytea[]) AND k.revoked_at IS NULL
"""
KEY_SAVE = """
INSERT INTO api_key (id, label, hash, roles, room_id, unit_id, gateway, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, cad_now())
ON CONFLICT (id) DO UPDATE SET (label, hash, roles, room_id, unit_id, gateway, revoked_at) =
    (excluded.label, excluded.hash, excluded.roles, excluded.room_id, excluded.unit_id, excluded.gateway, NULL)
"""
KEY_REVOKE = "UPDATE api_key SET revoked_at = cad_now() WHERE id = $1 AND revoked_at IS NULL RETURNING id"
LINK_ADD = """
INSERT INTO sign_in_link (hash, roles, room_id, principal, expires_at)
VALUES ($1, $2, $3, $4, cad_now() + make_interval(secs => $5))
"""
LINK_USE = """
UPDATE sign_in_link SET used_at = cad_now() WHERE hash = $1 AND used_at IS NULL AND expires_at > cad_now()
RETURNING principal, roles, room_id
"""
SESSION_ADD = """
INSERT INTO session (hash, id, principal, roles, room_id, csrf_hash, account_id, unit_id, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $8, $9, cad_now(), cad_now() + make_interval(secs => $7))
"""
# Who sits works in the seat's room with the roles taken there, and in the rooms of seats covered for while it answers.
SESSIONS_READ = """
SELECT s.hash, s.id, s.principal, s.roles AS allowed_roles, s.room_id AS home_room_id, s.csrf_hash, s.expires_at,
    s.account_id, s.unit_id, a.login, a.name, t.id AS seat_id,
    coalesce(t.roles, s.roles) AS roles, coalesce(t.room_id, s.room_id) AS room_id,
    ARRAY(SELECT r.id FROM room r WHERE coalesce(t.room_id, s.room_id) = ANY(r.lineage)) AS rooms,
    ARRAY(SELECT DISTINCT r.id FROM seat c JOIN room r ON c.room_id = ANY(r.lineage)
          WHERE t.answering_since IS NOT NULL AND c.covered_by IS NOT NULL
              AND c.covered_by->'roles' ?| ARRAY['dispatcher', 'leader'] AND t.roles && ARRAY['dispatcher', 'leader']
              AND (c.covered_by->>'seat_id' = t.id::text OR c.covered_by->>'room_id' = t.room_id::text)) AS covering
FROM session s LEFT JOIN account a ON a.id = s.account_id LEFT JOIN seat t ON t.id = s.seat_id
WHERE s.hash = ANY($1::bytea[]) AND s.revoked_at IS NULL AND s.expires_at > cad_now() AND a.disabled IS NOT TRUE
"""
# One account's attempts take turns, so that no sixth slips through beside the fifth.
ATTEMPTS_TURN = "SELECT pg_advisory_xact_lock(111, hashtext(encode($1, 'hex')))"
ATTEMPTS_READ = """
SELECT at FROM login_attempt WHERE login = $1 AND at > cad_now() - make_interval(secs => $2) ORDER BY at DESC LIMIT $3
"""
ATTEMPT_ADD = "INSERT INTO login_attempt (login, at) VALUES ($1, cad_now())"
ATTEMPTS_FORGET = "DELETE FROM login_attempt WHERE login = $1"
ATTEMPTS_OLD = """
DELETE FROM login_attempt WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM login_attempt WHERE at < cad_now() - make_interval(secs => $1) LIMIT 100))
"""
SESSION_REVOKE = """
UPDATE session SET revoked_at = cad_now() WHERE id = $1 AND revoked_at IS NULL RETURNING id
"""
ROOM_BY_CODE = "SELECT id FROM room WHERE code = $1"
UNIT_ID_BY_HANDLE = "SELECT id FROM unit WHERE handle = $1"
UNIT_WITH_ROOM = "SELECT id, room_id FROM unit WHERE handle = $1"
GATEWAY_NAME = "SELECT name FROM gateway WHERE name = $1"
GATEWAY_SAVE = """
INSERT INTO gateway (name, nkey, created_at) VALUES ($1, $2, cad_now())
ON CONFLICT (name) DO UPDATE SET nkey = excluded.nkey
"""


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An API key that is good; exactly one of room_id, unit_id and gateway is set. rooms: the room and those below."""

    hash: bytes
    id: UUID
    roles: Sequence[str]
    room_id: UUID | None
    unit_id: UUID | None
    gateway: str | None
    rooms: Sequence[UUID]


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is good. roles, room_id, rooms: as they are exercised now; allowed_roles, home_room_id: all there is.

    rooms: the room and those below; covering: rooms of seats that this one covers for.
    """

    hash: bytes
    id: UUID
    principal: str
    allowed_roles: Sequence[str]
    home_room_id: UUID
    csrf_hash: bytes
    expires_at: datetime
    account_id: UUID | None
    unit_id: UUID | None
    login: str | None
    name: str | None
    seat_id: UUID | None
    roles: Sequence[str]
    room_id: UUID
    rooms: Sequence[UUID]
    covering: Sequence[UUID]


async def read_keys(conn: Connection, hashes: Sequence[bytes]) -> list[KeyRow]:
    """The keys with these digests, those that were revoked left out."""
    return [KeyRow(**dict(row)) for row in await conn.fetch(KEYS_READ, hashes)]


async def save_key(conn: Connection, columns: Sequence[Any]) -> None:
    """Write a key anew or over the one with its id: id, label, hash, roles, room_id, unit_id, gateway."""
    await conn.execute(KEY_SAVE, *columns)


async def revoke_key(conn: Connection, id_: UUID) -> bool:
    """End a key; False when it was not good any more."""
    return await conn.fetchval(KEY_REVOKE, id_) is not None


async def add_link(conn: Connection, columns: Sequence[Any]) -> None:
    """Write a one-time link: hash, roles, room_id, principal, seconds it lives."""
    await conn.execute(LINK_ADD, *columns)


async def use_link(conn: Connection, hash_: bytes) -> tuple[str, list[str], UUID] | None:
    """Spend a link: its principal, roles and room; None when it is unknown, spent or too old."""
    row = await conn.fetchrow(LINK_USE, hash_)
    return None if row is None else (row[0], row[1], row[2])


async def add_session(conn: Connection, columns: Sequence[Any]) -> None:
    """Write a session: hash, id, principal, roles, room_id, csrf_hash, seconds it lives, account_id, unit_id."""
    await conn.execute(SESSION_ADD, *columns)


async def read_sessions(conn: Connection, hashes: Sequence[bytes]) -> list[SessionRow]:
    """The sessions with these digests, those that have ended left out."""
    return [SessionRow(**dict(row)) for row in await conn.fetch(SESSIONS_READ, hashes)]


async def revoke_session(conn: Connection, id_: UUID) -> bool:
    """End a session; False when it had ended before."""
    return await conn.fetchval(SESSION_REVOKE, id_) is not None


async def room_by_code(conn: Connection, code: str) -> UUID | None:
    """The room people call by this code."""
    found: UUID | None = await conn.fetchval(ROOM_BY_CODE, code)
    return found


async def unit_by_handle(conn: Connection, handle: int) -> UUID | None:
    """The unit with this handle."""
    found: UUID | None = await conn.fetchval(UNIT_ID_BY_HANDLE, handle)
    return found


async def unit_with_room(conn: Connection, handle: int) -> tuple[UUID, UUID] | None:
    """The unit with this handle, and its room."""
    row = await conn.fetchrow(UNIT_WITH_ROOM, handle)
    return None if row is None else (row[0], row[1])


async def knows_gateway(conn: Connection, name: str) -> bool:
    """Whether a gateway of this name was created."""
    return await conn.fetchval(GATEWAY_NAME, name) is not None


async def save_gateway(conn: Connection, name: str, nkey: str) -> None:
    """Enter a gateway with its public nkey, or give it a new one."""
    await conn.execute(GATEWAY_SAVE, name, nkey)


async def try_login(conn: Connection, login: bytes, window_s: int, at_most: int) -> datetime | None:
    """Count an attempt under this digest; None: it may be made, else since when the oldest of the last ones counts.

    Call it in a transaction of its own.
    """
    await conn.execute(ATTEMPTS_TURN, login)
    recent = await conn.fetch(ATTEMPTS_READ, login, window_s, at_most)
    if len(recent) >= at_most:
        oldest: datetime = recent[-1][0]
        return oldest
    await conn.execute(ATTEMPT_ADD, login)
    await conn.execute(ATTEMPTS_OLD, window_s)
    return None


async def forget_attempts(conn: Connection, login: bytes) -> None:
    """It was who they said; what went before counts no more."""
    await conn.execute(ATTEMPTS_FORGET, login)
