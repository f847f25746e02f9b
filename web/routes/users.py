"""Accounts at the door: people who may sign in, as a whole list in and out. Passwords go in and never out.

What GET gives, PUT takes back; an account that is changed is signed out everywhere.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, put
from litestar.params import JSONBody
from uuid_utils.compat import uuid7

from dispatch.accounts import store
from dispatch.accounts.model import Account
from dispatch.acts import authorise
from dispatch.desk.accounts import administer
from dispatch.work import Actor, Work
from web import auth
from web.acting import Asked, acts, address_of, runtime_of, version_read
from web.passwords import Passwords, check_password
from web.people import UserIn, UserShown
from web.routes.reference import LIST_BYTES, etag, no_twins, unchanged
from web.schemas import Items, Put

TAGS = ["reference"]


@get("/admin/users", opt=acts("account.read"), tags=TAGS)
async def read_users(request: Asked) -> Response[Items[UserShown]]:
    """Everybody who may sign in, by login."""
    authorise(request.user, "account", "read")
    return await _listed(request)


async def _listed(request: Asked) -> Response[Items[UserShown]]:
    async with runtime_of(request).pool.acquire() as conn:
        rows, able = await store.read_all(conn), await store.with_secret(conn)
    items = [
        UserShown(
            id=row.id, login=row.login, name=row.name, roles=row.roles, room_id=row.room_id, unit_id=row.unit_id,
            disabled=row.disabled, can_sign_in=row.id in able and not row.disabled, version=row.version,
        )
        for row in rows
    ]  # fmt: skip
    return Response(Items(items), headers={"ETag": f'"{etag(rows)}"'})


@put("/admin/users", opt=acts("account.administer"), tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_users(request: Asked, data: JSONBody[Put[UserIn]]) -> Response[Items[UserShown]]:
    """Enter people, new or changed; those left out stay, `disabled` shuts one out. `password` sets a new one.

    The accounts of administrators, security administrators and auditors are the security administrator's to change.
    """
    authorise(request.user, "account", "administer")
    read = version_read(request)
    passwords: Passwords = request.app.state.passwords
    with passwords.place(address_of(request)):
        hashes = {
            n: await passwords.hash(check_password(row.password, row.login.strip().casefold()))
            for n, row in enumerate(data.items)
            if row.password is not None
        }

    async def do(w: Work) -> dict[str, Any]:
        await store.lock(w.conn)
        standing = await store.read_all(w.conn)
        unchanged("users", read, standing)
        known = {row.login: row.id for row in standing}
        accounts = [_account(row, known) for row in data.items]
        no_twins([one.id for one in accounts], "user")
        await administer(w, accounts, {accounts[n].id: hash_ for n, hash_ in hashes.items()})
        return {}

    actor = Actor(
        principal=request.user, via=data.via, reason=data.reason
    )  # no key: nothing of a password is kept
    await runtime_of(request).acting.act(actor, do)
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    doorkeeper.forget()
    return await _listed(request)


def _account(row: UserIn, known: dict[str, UUID]) -> Account:
    return Account(
        id=row.id or known.get(row.login.strip().casefold()) or uuid7(), login=row.login, name=row.name,
        roles=tuple(row.roles), room_id=row.room_id, unit_id=row.unit_id, disabled=row.disabled,
    )  # fmt: skip


HANDLERS = (read_users, put_users)
