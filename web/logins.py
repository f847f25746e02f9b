"""Signing in with name and password: five attempts a minute for a name from one address, one answer for any mistake.

Attempts are counted by name and address together, so that nobody can shut somebody else out from elsewhere; by digest, since
people type passwords where a name belongs. An attempt counts only once it has a place in the line for comparing.
"""

import hashlib
import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

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


class Attempt(msgspec.Struct, frozen=True):
    """Who somebody says they are, and where that was said (`acting.address_of`)."""

    login: str
    password: str
    address: str

    def __repr__(self) -> str:
        return "Attempt(...)"

    @property
    def name(self) -> str:
        """The login as it is compared."""
        return self.login.strip().casefold()[:NAME_LENGTH]

    @property
    def digest(self) -> bytes:
        """Under which it is counted."""
        return hashlib.sha256(f"{self.address}\n{self.name}".encode(errors="replace")).digest()


async def sign_in(pool: Pool, passwords: Passwords, attempt: Attempt, zone: ZoneInfo) -> str:
    """Open a session; its secret, for the cookie. Raises WrongLogin, TooManyLogins, Unavailable."""
    account = await prove(pool, passwords, attempt, zone)
    person = Person(account.principal, account.roles, account.room_id, account.id, account.unit_id)
    async with pool.acquire() as conn, conn.transaction():
        # It may have been closed or changed while the password was compared; from here on that waits for this session.
        if await accounts.hold(conn, attempt.name) != account:
            raise WrongLogin
        return await open_session(conn, person)


async def prove(pool: Pool, passwords: Passwords, attempt: Attempt, zone: ZoneInfo) -> Account:
    """The account that this password is for, as it stood then. Raises WrongLogin, TooManyLogins, Unavailable."""
    with passwords.place(attempt.address):
        async with pool.acquire() as conn, conn.transaction():
            oldest = await store.try_login(conn, attempt.digest, WINDOW_S, AT_MOST)
            if oldest is not None:
                raise _too_many(oldest, await cad_now(conn), zone)
            account = await accounts.by_login(conn, attempt.name)
            hash_ = await accounts.secret_of(conn, account.id) if account and not account.disabled else None
        fits = await passwords.fits(attempt.password, hash_)
    if account is None or not fits:
        raise WrongLogin
    async with pool.acquire() as conn:
        await store.forget_attempts(conn, attempt.digest)
    return account


def _too_many(oldest: datetime, now: datetime, zone: ZoneInfo) -> TooManyLogins:
    again = oldest + timedelta(seconds=WINDOW_S)
    wait_s = max(1, math.ceil((again - now).total_seconds()))
    return TooManyLogins(
        f"{AT_MOST} attempts to sign in under this name from here within a minute; "
        f"try again in {wait_s} s, at {again.astimezone(zone):%H:%M:%S}.",
        retry_after_s=wait_s, retry_at=instant(again),
    )  # fmt: skip
