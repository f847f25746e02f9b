"""People and seats entered from a shell or at the founding of a demo: the same acts as an administrator's at the door.

Beside a running centre: its replicas learn of it by the feed. Passwords come here as hashes only.
"""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch import places
from dispatch.accounts import store
from dispatch.accounts.model import Account
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk.accounts import put_accounts
from dispatch.desk.sitting import SeatEntry, put_seats
from dispatch.errors import Invalid
from dispatch.runtime.postgres import request_pool
from dispatch.seating import store as seats
from dispatch.work import Actor, Work, work
from incidents.sealing import Seal
from units.live import LiveUnits

PRINCIPAL = Principal(id="system:shell", roles=frozenset({"admin"}))


@asynccontextmanager
async def at_work(database_url: str) -> AsyncIterator[Work]:
    """One act of whoever has the shell. Nothing that people say is sealed in it, so that it needs no master key."""
    pool = await request_pool(database_url, 2)
    try:
        async with pool.acquire() as conn:
            reference = await places.load(conn)
        centre = Centre(reference, Seal(secrets.token_bytes(32)), LiveUnits(), ZoneInfo("UTC"))
        async with work(pool, centre, Actor(principal=PRINCIPAL, via="system")) as w:
            yield w
    finally:
        await pool.close()


async def enter(database_url: str, account: Account, hash_: str) -> None:
    """Enter somebody new. Raises Invalid, also when somebody of that login is there already."""
    async with at_work(database_url) as w:
        await store.lock(w.conn)
        if await store.by_login(w.conn, account.login) is not None:
            raise Invalid(
                f"There is somebody called {account.login} already; give them another password with: "
                f"dispatch110 user password {account.login}",
                field="login",
            )
        await put_accounts(w, [account], {account.id: hash_})


async def set_password(database_url: str, login: str, hash_: str) -> None:
    """Give somebody another password; they are signed out everywhere. Raises Invalid."""
    async with at_work(database_url) as w:
        await store.lock(w.conn)
        account = await store.by_login(w.conn, login.strip().casefold())
        if account is None:
            raise Invalid(f"There is nobody called {login}; make them with: dispatch110 user create {login}")
        await put_accounts(w, [account], {account.id: hash_})


async def found(
    database_url: str, accounts: Sequence[Account], hashes: Mapping[UUID, str], entries: Sequence[SeatEntry]
) -> bool:
    """The first people and seats of a centre that has none; False: it has some, and nothing was changed."""
    async with at_work(database_url) as w:
        await store.lock(w.conn)
        if await store.read_all(w.conn) or await seats.read_all(w.conn):
            return False
        await put_accounts(w, accounts, hashes)
        await put_seats(w, entries)
    return True
