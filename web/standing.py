"""A whole centre on one machine: PostgreSQL, nats-server and one replica as children, with keys for whoever plays on it.

`demo` and `replay` stand on it. Whatever dies is started again; leaving the block leaves nothing running, and what a killed
predecessor left is ended first.
"""

import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from dispatch import places
from dispatch.runtime.children import Child, Program
from dispatch.runtime.embedded import Embedded, embedded
from dispatch.runtime.errors import RuntimeRefused
from dispatch.runtime.leftovers import end, recorded_process
from dispatch.runtime.migrate import migrate
from dispatch.runtime.ports import LOOPBACK, free_port, is_free
from dispatch.runtime.seeding import activate, plant
from dispatch.runtime.settings import read_settings
from dispatch.seeds.city import City, seeded_id
from units import store as unit_store
from web import auth, drive
from web.certificates import is_fresh, made_certificate

KEY_ROLES = ("call_taker", "dispatcher", "leader", "reviewer", "admin", "replayer")
GATEWAY = "demo"
STARTED = "import sys; from web.cli import main; sys.exit(main())"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. port: of the replica, None: any; city: for an empty database; waits: for a fix of each unit.

    pace: how many times as fast as life its simulated patrols drive. tls: https, by a certificate of its own.
    folder: where the bundle of that city lies, relative to data_dir; None: it has none.
    """

    data_dir: Path
    city: Callable[[], City]
    folder: str | None = None
    port: int | None = None
    waits: bool = False
    pace: float = 1.0
    tls: bool = False


class Standing:
    """What stands inside the block. new_city: the one that was just put in, None: the database held one.

    map_folder: the bundle of the city that the database holds; None: it holds another one, or one without a map.
    zone: its local time. certificate: its own, with the key; None: it speaks plain http.
    """

    def __init__(self, servers: Embedded, port: int, new_city: City | None, map_folder: Path | None) -> None:
        self.certificate: tuple[Path, Path] | None = None
        self.servers = servers
        self.port = port
        self.new_city = new_city
        self.map_folder = map_folder
        self.keys: dict[str, str] = {}
        self.zone = "UTC"
        self.server: Child

    @property
    def url(self) -> str:
        """Where the replica listens."""
        return f"{'https' if self.certificate else 'http'}://{LOOPBACK}:{self.port}"

    @property
    def ca(self) -> str | None:
        """The file that vouches for its certificate."""
        return str(self.certificate[0]) if self.certificate else None

    def pids(self) -> dict[str, int | None]:
        """Process ids of the three; None while one is being started again."""
        return {"server": self.server.pid, **self.servers.pids()}

    def child(self, name: str, argv: tuple[str, ...], **more: object) -> Child:
        """Another process of this centre: recorded, logged and ended like the servers."""
        return Child(_program(self.servers, name, argv, **more))

    async def sign_in_address(self, roles: tuple[str, ...], who: str) -> str:
        """A one-time address that opens a session at the city room."""
        connection = await asyncpg.connect(self.servers.database_url)
        try:
            root = (await places.load(connection)).rooms.root
            return self.url + await auth.issue_link(connection, who, roles, root.id)
        finally:
            await connection.close()


def _program(servers: Embedded, name: str, argv: tuple[str, ...], **more: object) -> Program:
    data = servers.data
    return Program(
        name=name,
        argv=(sys.executable, *argv),
        cwd=data.root,
        log=data.log / f"{name}.log",
        record=data.run / f"{name}.json",
        **more,  # type: ignore[arg-type]  # the other fields of Program, passed on as they are
    )


@asynccontextmanager
async def standing_centre(ground: Ground) -> AsyncIterator[Standing]:
    """The centre of a data directory, its replica answering /healthz inside the block.

    Raises RuntimeRefused (also DataBusy, DataRefused) in one sentence, and ChildFailed when a server does not start.
    """
    refuse_taken_port(ground)
    async with embedded(ground.data_dir) as servers:
        await _end_leftovers(servers)
        refuse_taken_port(ground, settled=True)
        await migrate(servers.database_url)
        city = ground.city()
        planted = await plant(read_settings(servers.environment()), city)
        at_home = ground.folder is not None and await _is_that_of(servers, city)
        map_folder = servers.data.root / ground.folder if ground.folder and at_home else None
        if map_folder is not None:
            await activate(servers.database_url, map_folder)
        standing = Standing(servers, ground.port or free_port(), city if planted else None, map_folder)
        standing.zone = city.zone
        standing.certificate = _own_certificate(servers) if ground.tls else None
        standing.keys = await _issue_keys(servers)
        awaited = await _to_wait_for(servers, standing.new_city) if ground.waits else 0
        standing.server = _replica(standing, city, awaited, ground.pace)
        await standing.server.start()
        try:
            yield standing
        finally:
            await standing.server.stop()


def refuse_taken_port(ground: Ground, *, settled: bool = False) -> None:
    """Raise RuntimeRefused when somebody else listens on the port; before `settled` our own leftover may."""
    leftover = recorded_process(ground.data_dir.expanduser().resolve() / "run" / "server.json")
    if ground.port is not None and not is_free(ground.port) and (settled or leftover is None):
        raise RuntimeRefused(
            f"Port {ground.port} is in use by another program; stop that or choose another with --port."
        )


async def _end_leftovers(servers: Embedded) -> None:
    """Children of a killed predecessor that the system did not end."""
    for record in sorted(servers.data.run.glob("*.json")):
        if record.stem not in ("postgres", "nats") and (process := recorded_process(record)) is not None:
            await end([process], signal.SIGTERM, 10.0)


async def _is_that_of(servers: Embedded, city: City) -> bool:
    """Whether the database holds this city: all of its rooms."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        standing = {room.id for room in await places.read_rooms(connection)}
    finally:
        await connection.close()
    return standing >= {room.id for room in city.rooms}


async def _issue_keys(servers: Embedded) -> dict[str, str]:
    """A key for each role at the city room, and one for the gateway; the same principals at every start."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        root = (await places.load(connection)).rooms.root
        keys = {
            role: await auth.issue_key(
                connection, f"demo {role}", [role], root.id, "room", seeded_id("key", role)
            )
            for role in KEY_ROLES
        }
        keys["gateway"] = await auth.issue_key(
            connection, "demo gateway", ["gateway"], GATEWAY, "gateway", seeded_id("key", "gateway")
        )
        return {role: issued.secret for role, issued in keys.items()}
    finally:
        await connection.close()


async def _to_wait_for(servers: Embedded, new_city: City | None) -> int:
    """How many units must have a fix before the replica is ready: a unit never positioned is not waited for."""
    if new_city is not None:
        return sum(1 for unit in new_city.units if unit.lon is not None)
    connection = await asyncpg.connect(servers.database_url)
    try:
        return len(await unit_store.last_fixes(connection))
    finally:
        await connection.close()


def _own_certificate(servers: Embedded) -> tuple[Path, Path]:
    """The certificate of this data directory and its key, made once and again when it runs out."""
    chain, key = servers.data.secrets / "tls-certificate.pem", servers.data.secrets / "tls-key.pem"
    if not is_fresh(chain) or not key.exists():
        made, secret = made_certificate()
        servers.data.write(key, secret)
        servers.data.write(chain, made)
    return chain, key


def _replica(standing: Standing, city: City, awaited: int, pace: float) -> Child:
    async def alive() -> bool:
        return await drive.is_ready(standing.url, "/healthz", standing.ca)

    environment = {
        **standing.servers.environment(),
        "DISPATCH_TIME_ZONE": city.zone,
        "DISPATCH_AWAIT_FIXES": str(awaited),
        "DISPATCH_PACE": str(pace),
        "DISPATCH_ANCHOR_FILE": str(standing.servers.data.root / "anchors.jsonl"),
    }
    if standing.map_folder is not None:
        environment["DISPATCH_CITY"] = str(standing.map_folder)
    tls = ("--tls", *map(str, standing.certificate)) if standing.certificate else ()
    argv = ("-c", STARTED, "serve", "--host", LOOPBACK, "--port", str(standing.port), *tls)
    return standing.child("server", argv, environment=environment, ready=alive, ready_within_s=120.0)
