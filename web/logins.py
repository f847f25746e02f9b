"""Signing in with name and password: five attempts a minute for each name, the same answer and the same time for any mistake.

Nobody's attempts ever hold up somebody else's; names are counted by digest, since people type passwords there, too.
"""

import hashlib
import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.accounts import store as accounts
from dispatch.accounts.model import Account
from dispatch.instants import instant
from dispatch.runtime.postgres import Pool
from dispatch.store import now as cad_now
from web import store
from web.auth import Person, open_session
from web.errors import TooManyLogins, WrongLogin
from web.passwords import Passwords

WINDOW_S = 60
AT_MOST = 5
NAME_LENGTH = 200


async def sign_in(pool: Pool, passwords: Passwords, login: str, password: str, zone: ZoneInfo) -> str:
    """Open a session; its secret, for the cookie. Raises WrongLogin, TooManyLogins."""
    name = login.strip().casefold()[:NAME_LENGTH]
    account = await _proven(pool, passwords, name, password, zone)
    person = Person(account.principal, account.roles, account.room_id, account.id, account.unit_id)
    async with pool.acquire() as conn, conn.transaction():
        # It may have been closed or changed while the password was compared; from here on that waits for this session.
        if await accounts.hold(conn, name) != account:
            raise WrongLogin
        return await open_session(conn, person)


async def prove(pool: Pool, passwords: Passwords, login: str, password: str, zone: ZoneInfo) -> Account:
    """The account that this password is for, as it stood then. Raises WrongLogin, TooManyLogins."""
    return await _proven(pool, passwords, login, password, zone)


async def _proven(pool: Pool, passwords: Passwords, name: str, password: str, zone: ZoneInfo) -> Account:
    digest = hashlib.sha256(name.encode(errors="replace")).digest()
    async with pool.acquire() as conn, conn.transaction():
        oldest = await store.try_login(conn, digest, WINDOW_S, AT_MOST)
        if oldest is not None:
            raise _too_many(oldest, await cad_now(conn), zone)
        account = await accounts.by_login(conn, name)
        hash_ = await accounts.secret_of(conn, account.id) if account and not account.disabled else None
    fits = await passwords.fits(password, hash_)
    if account is None or not fits:
        raise WrongLogin
    async with pool.acquire() as conn:
        await store.forget_attempts(conn, digest)
    return account


def _too_many(oldest: datetime, now: datetime, zone: ZoneInfo) -> TooManyLogins:
    again = oldest + timedelta(seconds=WINDOW_S)
    wait_s = max(1, math.ceil((again - now).total_seconds()))
    return TooManyLogins(
        f"{AT_MOST} attempts to sign in under this name within a minute; try again in {wait_s} s, at {again.astimezone(zone):%H:%M:%S}.",
        retry_after_s=wait_s, retry_at=instant(again),
    )  # fmt: skip
