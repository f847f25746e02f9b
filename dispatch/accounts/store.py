"""Accounts in PostgreSQL: whole rows in and out, their secrets apart, and the end of sessions that no longer hold.

An account that is changed in any way is signed out everywhere in the same transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.accounts.model import Account
from dispatch.journal import Connection

_COLUMNS = ", ".join(Account.__struct_fields__)
ACCOUNTS_LOCK = "LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE"
ACCOUNTS_READ = "SELECT to_jsonb(a)::text FROM account a ORDER BY login"
ACCOUNT_BY_LOGIN = "SELECT to_jsonb(a)::text FROM account a WHERE login = $1"
ACCOUNT_HELD = f"{ACCOUNT_BY_LOGIN} FOR SHARE"
ACCOUNTS_SAVE = f"""
INSERT INTO account ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::account, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (login, name, roles, room_id, unit_id, disabled, version) =
    (excluded.login, excluded.name, excluded.roles, excluded.room_id, excluded.unit_id, excluded.disabled,
     excluded.version)
"""
PROOF_SAVE = """
INSERT INTO account_secret (account_id, hash, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (account_id) DO UPDATE SET (hash, changed_at) = (excluded.hash, excluded.changed_at)
"""
PROOF_READ = "SELECT hash FROM account_secret WHERE account_id = $1"
PROOFS_HELD = "SELECT account_id FROM account_secret"
SESSIONS_END = """
UPDATE session SET revoked_at = $3
WHERE account_id = ANY($1::uuid[]) AND revoked_at IS NULL AND id IS DISTINCT FROM $2
"""
NAMES = "SELECT 'user:' || id, name, room_id FROM account ORDER BY name, id"
NAMES_OF = "SELECT 'user:' || id, name FROM account WHERE 'user:' || id = ANY($1::text[])"
UNIT_ROOMS = "SELECT id, room_id FROM unit WHERE id = ANY($1::uuid[])"

_account = msgspec.json.Decoder(Account)


async def lock(conn: Connection) -> None:
    """Let nobody else change accounts until this act is over."""
    await conn.execute(ACCOUNTS_LOCK)


async def read_all(conn: Connection) -> list[Account]:
    """Every account, by login."""
    return [_account.decode(row[0]) for row in await conn.fetch(ACCOUNTS_READ)]


async def by_login(conn: Connection, login: str) -> Account | None:
    """The account of this login."""
    text = await conn.fetchval(ACCOUNT_BY_LOGIN, login)
    return None if text is None else _account.decode(text)


async def hold(conn: Connection, login: str) -> Account | None:
    """The account of this login as it stands now, which nobody changes until this act is over."""
    text = await conn.fetchval(ACCOUNT_HELD, login)
    return None if text is None else _account.decode(text)


async def save(conn: Connection, accounts: Sequence[Account]) -> None:
    """Write rows, new or changed."""
    await conn.execute(ACCOUNTS_SAVE, msgspec.json.encode(accounts).decode())


async def keep_secret(conn: Connection, account_id: UUID, hash_: str, at: datetime) -> None:
    """Write what proves who this is."""
    await conn.execute(PROOF_SAVE, account_id, hash_, at)


async def secret_of(conn: Connection, account_id: UUID) -> str | None:
    """What proves who this is; None when nothing was set."""
    found: str | None = await conn.fetchval(PROOF_READ, account_id)
    return found


async def with_secret(conn: Connection) -> set[UUID]:
    """The accounts that can sign in by password."""
    return {row[0] for row in await conn.fetch(PROOFS_HELD)}


async def end_sessions(conn: Connection, ids: Iterable[UUID], at: datetime, but: UUID | None = None) -> None:
    """Sign these people out everywhere; but: the session that stays."""
    await conn.execute(SESSIONS_END, list(ids), but, at)


async def names(conn: Connection) -> list[tuple[str, str, UUID]]:
    """Principal, name and home room of everybody."""
    return [tuple(row) for row in await conn.fetch(NAMES)]


async def names_of(conn: Connection, principals: Iterable[str]) -> dict[str, str]:
    """principal -> name, of those who have an account."""
    return dict(await conn.fetch(NAMES_OF, list(principals)))


async def unit_rooms(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Unit -> its room, of those of these that exist."""
    return dict(await conn.fetch(UNIT_ROOMS, list(ids)))
