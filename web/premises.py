"""What an administrator does at a shell beside the running centre: keys, gateways, proof.

Works on the database of the environment, or on a demo's data directory, running or at rest.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import nkeys
from uuid_utils.compat import uuid7

from dispatch import anchors
from dispatch.accounts.model import Account
from dispatch.errors import Invalid, NotFound
from dispatch.folds import FOLDS
from dispatch.runtime import staffing
from dispatch.runtime.data_dir import data_in_use, default_data_dir
from dispatch.runtime.embedded import embedded
from dispatch.runtime.embedded_nats import admit_gateway
from dispatch.runtime.errors import DatabaseUnreachable, DataRefused, SettingsInvalid
from dispatch.runtime.nats_config import gateway_user
from dispatch.runtime.postgres import wait_for_database
from dispatch.runtime.settings import read_anchor_file, read_database_url
from dispatch.verify import Report, verify
from web import auth, store
from web.passwords import Passwords, check_password

PATIENCE_S = 3.0
DEMO_FILE = "demo.json"
ANCHOR_FILE = "anchors.jsonl"


class _DemoFile(msgspec.Struct):
    """What a running demo leaves for others."""

    database: str


class Owner:
    """Whom a key belongs to: exactly one of a room's code, a unit's handle, a gateway's name. Raises Invalid."""

    def __init__(self, room: str | None, unit: int | None, gateway: str | None) -> None:
        if sum(given is not None for given in (room, unit, gateway)) != 1:
            raise Invalid(
                "A key belongs to one room, unit or gateway: give one of --room, --unit, --gateway."
            )
        self.room, self.unit, self.gateway = room, unit, gateway

    def __str__(self) -> str:
        return str(self.room or self.unit or self.gateway)

    async def found(self, conn: "asyncpg.Connection[Any]") -> tuple[UUID | str, Any]:
        """Id or name, and which of the three. Raises NotFound."""
        if self.room is not None:
            return _must(await store.room_by_code(conn, self.room), f"room with the code {self.room}"), "room"
        if self.unit is not None:
            return _must(
                await store.unit_by_handle(conn, self.unit), f"unit with the handle {self.unit}"
            ), "unit"
        if not await store.knows_gateway(conn, self.gateway or ""):
            raise NotFound(
                f"There is no gateway {self.gateway}; make it with: dispatch110 gateway create {self.gateway}"
            )
        return self.gateway or "", "gateway"


def _must(found: UUID | None, what: str) -> UUID:
    if found is None:
        raise NotFound(f"There is no {what}.")
    return found


class MadeGateway(msgspec.Struct, frozen=True):
    """A gateway's nkey. admitted: the NATS server already knows it; user: its entry for the server's configuration."""

    public: str
    seed: str
    admitted: bool
    user: str


def demo_data(data: Path | None) -> Path | None:
    """The data directory that is meant: the one named, else that of a demo in its usual place, unless a database is set."""
    if data is not None:
        return data.expanduser()
    try:
        read_database_url()
    except SettingsInvalid:
        usual = default_data_dir()
        return usual if (usual / "run").is_dir() else None
    return None


def database_url(data: Path | None) -> str:
    """Where the database is: a demo's on that data directory, else the environment's. Raises SettingsInvalid, DataRefused."""
    folder = demo_data(data)
    if folder is None:
        return read_database_url()
    path = folder / DEMO_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_DemoFile).database
    except OSError as missing:
        raise DataRefused(
            f"No demo runs on {folder}: {path} can't be read; start it, or name another --data."
        ) from missing
    except msgspec.MsgspecError as damaged:
        raise DataRefused(f"The file {path} is damaged: {damaged}.") from damaged


@asynccontextmanager
async def _connected(url: str) -> "AsyncIterator[asyncpg.Connection[Any]]":
    await wait_for_database(url, PATIENCE_S)
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


async def make_key(data: Path | None, roles: Sequence[str], owner: Owner, label: str) -> auth.Issued:
    """An API key. Raises Invalid, NotFound, or that there is no database."""
    async with _connected(database_url(data)) as conn:
        of, kind = await owner.found(conn)
        return await auth.issue_key(conn, label, roles, of, kind)


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be entered. room: its code; unit: its handle, whose room is theirs then; name: as others are shown."""

    login: str
    name: str
    roles: tuple[str, ...]
    room: str | None = None
    unit: int | None = None


async def make_user(data: Path | None, user: NewUser, password: str) -> None:
    """Enter somebody who may sign in with this password. Raises Invalid, NotFound, WeakPassword."""
    url = database_url(data)
    if (user.room is None) == (user.unit is None):
        raise Invalid("Somebody belongs to one room or crews one unit: give one of --room, --unit.")
    login = user.login.strip().casefold()
    check_password(password, login)
    async with _connected(url) as conn:
        if user.unit is not None:
            place = await store.unit_with_room(conn, user.unit)
            if place is None:
                raise NotFound(f"There is no unit with the handle {user.unit}.")
            unit_id, room_id = place
        else:
            unit_id, room_id = (
                None,
                _must(await store.room_by_code(conn, user.room or ""), f"room with the code {user.room}"),
            )
    account = Account(
        id=uuid7(), login=login, name=user.name, roles=user.roles, room_id=room_id, unit_id=unit_id
    )
    await staffing.enter(url, account, await Passwords().hash(password))


async def change_password(data: Path | None, login: str, password: str) -> None:
    """Give somebody another password. Raises Invalid, WeakPassword."""
    check_password(password, login.strip().casefold())
    await staffing.set_password(database_url(data), login, await Passwords().hash(password))


async def make_unit_link(data: Path | None, handle: int) -> str:
    """A one-time sign-in for the crew of a unit: the path to open. Raises NotFound."""
    async with _connected(database_url(data)) as conn:
        found = await store.unit_with_room(conn, handle)
        if found is None:
            raise NotFound(f"There is no unit with the handle {handle}.")
        return await auth.issue_unit_link(conn, *found)


async def make_gateway(data: Path | None, name: str) -> MadeGateway:
    """An nkey for a gateway, entered where the centre looks for it. Raises SettingsInvalid for an unusable name."""
    pair = nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER))
    public, seed = pair.public_key.decode(), pair.seed.decode()
    user = msgspec.json.format(msgspec.json.encode(gateway_user(name, public)), indent=2).decode()
    folder = demo_data(data)
    async with _connected(database_url(data)) as conn:
        if folder is not None:
            await admit_gateway(data_in_use(folder), name, public)
        await store.save_gateway(conn, name, public)
    return MadeGateway(public, seed, folder is not None, user)


async def prove(data: Path | None) -> Report:
    """Verify the centre's history, beside a running centre or on its data alone."""
    folder = demo_data(data)
    if folder is None:
        return await _prove(read_database_url(), read_anchor_file())
    try:
        return await _prove(database_url(folder), folder / ANCHOR_FILE)
    except (DataRefused, DatabaseUnreachable):
        data_in_use(folder)
        async with embedded(folder) as servers:
            return await _prove(servers.database_url, folder / ANCHOR_FILE)


async def _prove(url: str, anchor_file: Path | None) -> Report:
    known = _written_down(anchor_file)
    async with _connected(url) as conn:
        return await verify(conn, FOLDS, known)


def _written_down(anchor_file: Path | None) -> Iterable[anchors.Anchor]:
    return anchors.read(anchor_file) if anchor_file is not None and anchor_file.exists() else ()
