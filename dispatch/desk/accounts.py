"""Who may sign in: accounts are entered and changed by an administrator, as whole rows, told in the journal without names.

Whoever's account was changed, closed or given another password is signed out everywhere in the same act.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch.accounts import store
from dispatch.accounts.bounds import check_touch
from dispatch.accounts.model import Account, AccountChanged, checked_roles
from dispatch.errors import Behind, Invalid
from dispatch.texts import check_texts
from dispatch.work import Work


async def put_accounts(w: Work, accounts: Sequence[Account], hashes: Mapping[UUID, str]) -> list[Account]:
    """Enter accounts, new or changed; those left out stay. hashes: of new passwords, by account. Raises Invalid.

    The caller holds `store.lock` and has asked whether this principal may.
    """
    return await _put(w, await _fresh(w, accounts, hashes), hashes)


async def administer(w: Work, accounts: Sequence[Account], hashes: Mapping[UUID, str]) -> list[Account]:
    """The same by an administrator, within the bounds of their role and room. Raises Invalid, NotAllowed."""
    fresh = await _fresh(w, accounts, hashes)
    standing = {one.id: one for one in await store.read_all(w.conn)}
    crewed = {
        one.unit_id for account in fresh for one in (account, standing.get(account.id)) if one and one.unit_id
    }
    unit_rooms = await store.unit_rooms(w.conn, crewed)
    for account in fresh:
        check_touch(w.principal, standing.get(account.id), account, unit_rooms)
    return await _put(w, fresh, hashes)


async def _fresh(w: Work, accounts: Sequence[Account], hashes: Mapping[UUID, str]) -> list[Account]:
    """Those that will be otherwise than they stand, as they will be."""
    standing = {one.id: one for one in await store.read_all(w.conn)}
    checked = [await _checked(w, one) for one in accounts]
    _check_logins({**standing, **{one.id: one for one in checked}})
    return [
        msgspec.structs.replace(one, version=standing[one.id].version + 1 if one.id in standing else 1)
        for one in checked
        if one.id in hashes or _differs(one, standing.get(one.id))
    ]


async def _put(w: Work, fresh: list[Account], hashes: Mapping[UUID, str]) -> list[Account]:
    await store.save(w.conn, fresh)
    for one in fresh:
        _tell(w, one, password_set=one.id in hashes)
    for id_, hash_ in hashes.items():
        await store.keep_secret(w.conn, id_, hash_, w.now)
    await store.end_sessions(w.conn, [one.id for one in fresh], w.now)
    return fresh


async def change_password(w: Work, proven: Account, hash_: str, session_id: UUID) -> None:
    """Somebody's own password; all other sessions of theirs end. proven: the account when the old one was compared.

    Raises Behind: what an administrator has set since then is never undone.
    """
    await store.lock(w.conn)
    if await store.by_login(w.conn, proven.login) != proven:
        raise Behind(
            "This account was changed meanwhile and your password was not; sign in again with the one that holds now."
        )
    changed = msgspec.structs.replace(proven, version=proven.version + 1)
    await store.save(w.conn, [changed])
    await store.keep_secret(w.conn, proven.id, hash_, w.now)
    await store.end_sessions(w.conn, [proven.id], w.now, but=session_id)
    _tell(w, changed, password_set=True)


def _tell(w: Work, account: Account, *, password_set: bool) -> None:
    fact = AccountChanged(
        version=account.version, roles=account.roles, room_id=account.room_id, unit_id=account.unit_id,
        disabled=account.disabled, password_set=password_set,
    )  # fmt: skip
    w.append("account", account.id, account.version, None, fact)


def _differs(new: Account, old: Account | None) -> bool:
    return old is None or msgspec.structs.replace(new, version=old.version) != old


async def _checked(w: Work, account: Account) -> Account:
    check_texts(account)
    login = account.login.strip().casefold()
    if not login or any(ch.isspace() or not ch.isprintable() for ch in login):
        raise Invalid("A login is one word without spaces.", field="login")
    if not account.name.strip():
        raise Invalid(f"{login} needs a name that others are shown.", field="name")
    roles = checked_roles(login, account.roles, account.unit_id)
    if account.room_id not in w.centre.reference.rooms.by_id:
        raise Invalid(f"{login} names a room that does not exist.", field="room_id")
    if account.unit_id is not None and not await store.unit_rooms(w.conn, [account.unit_id]):
        raise Invalid(f"{login} names a unit that does not exist.", field="unit_id")
    return msgspec.structs.replace(account, login=login, name=account.name.strip(), roles=roles)


def _check_logins(by_id: Mapping[UUID, Account]) -> None:
    seen: dict[str, UUID] = {}
    for account in by_id.values():
        if seen.setdefault(account.login, account.id) != account.id:
            raise Invalid(f"The login {account.login} is given twice.", field="login")
