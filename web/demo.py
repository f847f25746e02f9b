"""`dispatch110 demo`: a whole centre on this machine, its small city, callers, patrols and a shift, until Ctrl-C.

Supervises everything as children: what dies is started again, what stops is stopped in order. While the centre is up,
DIR/demo.json tells other programs of the same user where everything is.
"""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import nkeys

from dispatch.runtime.children import Child
from dispatch.runtime.data_dir import default_data_dir
from dispatch.runtime.errors import RuntimeRefused
from dispatch.runtime.gateway import Station
from dispatch.seeds.city import City
from dispatch.seeds.patrolling import PatrolGround
from dispatch.seeds.reading import map_of, read_city
from dispatch.seeds.standing import kept_bay, kept_copy
from geo.atlas import MAP_FILE, ROADS_FOLDER
from units.simulator import Habits, Terminal
from web import store
from web.drive import Door, wait_ready, wall_clock
from web.evening import plan_evening
from web.premises import DEMO_FILE
from web.seats import real_ones
from web.staff import DemoPerson, staff
from web.standing import GATEWAY, Ground, Standing, standing_centre
from web.traffic import Traffic

POINTS, SWITCHBOARD = "demo-points", "demo-acd"
SIGN_IN_ROLES = ("call_taker", "dispatcher", "leader", "reviewer", "admin")
READY_WITHIN_S = 120.0
SILENT_S = 1.0
REPORTS_PER_HOUR = 110.0
# Radios as they are: orders that don't arrive, replies sent again or twice, crews that don't answer or can't go.
HABITS = Habits(
    order_loss=0.01,
    reply_loss=0.03,
    duplicates=0.02,
    silence=0.02,
    unable=0.03,
    late=0.1,
    backup=0.05,
    emergency=0.004,
    scene_s=(90.0, 600.0),
    outage_every_s=2_400.0,
)
CITY_FOLDER = "city"
TELLING = "building roads"

type Say = Callable[[str], None]


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for; data None: the default directory."""

    port: int = 8110
    data: Path | None = None
    city: Path | None = None
    seed: int = 110
    speed: float = 1.0
    units: int = 200
    no_traffic: bool = False
    no_radios: bool = False
    exercise: bool = False
    tls: str | None = None


async def demo(options: DemoOptions, say: Say) -> None:
    """Stand until SIGINT or SIGTERM. Raises RuntimeRefused or ChildFailed in one sentence."""
    standing = asyncio.ensure_future(_stand(options, say))
    told = asyncio.Event()

    def stop() -> None:
        if not told.is_set():  # a second Ctrl-C must not interrupt the orderly end that the first one began
            told.set()
            standing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await standing
    except asyncio.CancelledError:
        if not told.is_set():
            raise
        say("stopped")


async def _stand(options: DemoOptions, say: Say) -> None:
    # What is refused is refused at once and stands alone on the screen; the rest takes its time, and says so.
    starting = asyncio.get_running_loop().call_later(
        SILENT_S, say, "starting PostgreSQL, nats-server and the centre ..."
    )
    try:
        await _supervise(options, say)
    finally:
        starting.cancel()


async def _supervise(options: DemoOptions, say: Say) -> None:
    data_dir = options.data or default_data_dir()
    ground = Ground(
        data_dir=data_dir,
        city=lambda: _city(data_dir.expanduser().resolve() / CITY_FOLDER, options, say),
        folder=CITY_FOLDER,
        port=options.port,
        waits=not options.no_radios,
        pace=max(options.speed, 1.0),
        tls=options.tls is not None,
    )
    async with (
        standing_centre(ground) as standing,
        _described(standing),
        _beside_nothing_real(standing, options),
        _companions(standing, options) as companions,
    ):
        await wait_ready(standing.url, READY_WITHIN_S, standing.ca)
        people, new = await staff(standing.servers.data, standing.servers.database_url)
        _describe(standing, people)
        if new and not options.no_traffic:
            await _plan(standing)
        await _tell(standing, say, people if new else [])
        await _until_one_gives_up(standing, companions)


def _city(folder: Path, options: DemoOptions, say: Say) -> City:
    """The city of this data directory: the bundle of the first start, ever after. Raises RuntimeRefused for another one."""

    def tell(what: str, _: float) -> None:
        if what == TELLING:
            say("drawing the city, which is done once ...")

    if options.city is None:
        kept_bay(folder, options.seed, tell)
    elif not kept_copy(folder, options.city.expanduser().resolve()):
        raise RuntimeRefused(
            f"{folder} holds another city than {options.city}; choose another directory with --data."
        )
    return read_city(folder, options.units, options.seed, GATEWAY)


@asynccontextmanager
async def _beside_nothing_real(standing: Standing, options: DemoOptions) -> AsyncIterator[None]:
    """Simulated callers are let loose only where nothing real is open. Raises RuntimeRefused."""
    if standing.map_folder is None and not options.no_traffic:
        async with Door.open(standing.url, standing.keys["leader"], ca=standing.ca) as door:
            real = await real_ones(door)
        if real:
            raise RuntimeRefused(
                f"Incidents that no demo made are open here ({len(real)}, {real[0]} among them): simulated callers don't go "
                "beside real ones; add --no-traffic, or choose another directory with --data."
            )
    yield


@asynccontextmanager
async def _described(standing: Standing) -> AsyncIterator[None]:
    """No file of an earlier run before this one is ready, and none after its end."""
    file = standing.servers.data.root / DEMO_FILE
    file.unlink(missing_ok=True)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _describe(standing: Standing, people: list[DemoPerson]) -> None:
    """Write demo.json, and again whenever a server came back with another process id."""
    said: dict[str, Any] = {
        "accounts": people,
        "http": standing.url,
        "nats": standing.servers.nats_url,
        "database": standing.servers.database_url,
        "keys": standing.keys,
    } | ({"ca": standing.ca} if standing.ca else {})

    def write(_: str = "", __: int = 0) -> None:
        text = msgspec.json.format(msgspec.json.encode({**said, "pids": standing.pids()})).decode() + "\n"
        standing.servers.data.write(standing.servers.data.root / DEMO_FILE, text)

    write()
    standing.servers.on_restart(write)
    standing.server.on_restart.append(write)


async def _plan(standing: Standing) -> None:
    """What is held in the city this evening; a demo without traffic stands still and has none."""
    async with (
        Door.open(standing.url, standing.keys["dispatcher"], ca=standing.ca) as desk,
        Door.open(standing.url, standing.keys["leader"], ca=standing.ca) as leader,
    ):
        await plan_evening(desk, leader, wall_clock())


async def _tell(standing: Standing, say: Say, people: list[DemoPerson]) -> None:
    address = await standing.sign_in_address(SIGN_IN_ROLES, "demo")
    root = standing.servers.data.root
    say(f"page     {address}  (opens once; a new one with every start)")
    say(f"doors    {standing.url}/api/v1, described at {standing.url}/schema/openapi.json")
    say(f"data     {root}, keys and addresses for programs in {root / DEMO_FILE}")
    if people:
        say(
            f"people   {', '.join(person.login for person in people)}; password of all, said once: {people[0].password}"
        )
    say("stop     Ctrl-C")


@asynccontextmanager
async def _companions(standing: Standing, options: DemoOptions) -> AsyncIterator[list[Child]]:
    """The gateway with its radios, and the callers with the shift, as long as the block."""
    seeds = {name: await _admit(standing, name) for name in (GATEWAY, POINTS, SWITCHBOARD)}
    children = [] if options.no_radios else [await _gateway(standing, options, seeds[GATEWAY])]
    if not options.no_traffic:
        children.append(_traffic(standing, options, seeds))
    started: list[Child] = []
    try:
        for child in children:
            await child.start()
            started.append(child)
        yield started
    finally:
        for child in reversed(started):
            await child.stop()


async def _admit(standing: Standing, name: str) -> str:
    """Let a gateway in with a new nkey; the key's seed."""
    pair = nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER))
    public = pair.public_key.decode()
    await standing.servers.add_gateway(name, public)
    connection = await asyncpg.connect(standing.servers.database_url)
    try:
        await store.save_gateway(connection, name, public)
    finally:
        await connection.close()
    return str(pair.seed.decode())


def _nats_address(standing: Standing) -> str:
    return f"nats://{standing.servers.nats_url.rpartition('@')[2]}"


async def _gateway(standing: Standing, options: DemoOptions, nkey_seed: str) -> Child:
    async with Door.open(standing.url, standing.keys["admin"], ca=standing.ca) as door:
        terminals = await _terminals(door, standing, options)
    station = Station(
        name=GATEWAY,
        url=_nats_address(standing),
        nkey_seed=nkey_seed,
        terminals=terminals,
        habits=Habits(**{**_as_dict(HABITS), "pace": options.speed}),
        chance=options.seed,
        answers=not options.no_traffic,
        roads=str(standing.map_folder / ROADS_FOLDER) if standing.map_folder else None,
    )
    file = _secret_file(standing, "station.json", station)
    return standing.child("gateway", ("-m", "dispatch.runtime.gateway", str(file)), ready=_at_once)


def _as_dict(habits: Habits) -> dict[str, Any]:
    return {name: getattr(habits, name) for name in Habits.__slots__}


async def _terminals(door: Door, standing: Standing, options: DemoOptions) -> list[Terminal]:
    """A radio for every unit of our gateway that has a place: where it was last, or where a new city put it."""
    start: dict[UUID, tuple[float, float]] = {}
    for unit in standing.new_city.units if standing.new_city else ():
        if unit.lon is not None and unit.lat is not None:
            start[unit.id] = (unit.lon, unit.lat)
    rooms = {room["id"]: room for room in (await door.get("/admin/rooms"))["items"]}
    ground = None if standing.map_folder is None or options.no_traffic else _patrol_ground(standing, options)
    terminals = []
    async for unit in door.each("/units"):
        if unit["gateway"] != GATEWAY:
            continue
        fix, room = unit["fix"], rooms[unit["room"]]
        lon, lat = start.get(UUID(unit["id"]), (room["lon"], room["lat"]))
        if fix is not None:
            lon, lat = fix["lon"], fix["lat"]
        if lon is not None:
            beat = ground.beat(unit["kind"], UUID(unit["room"]), (lon, lat)) if ground else ()
            terminals.append(Terminal(unit["handle"], unit["kind"], lon, lat, beat))
    return terminals


def _patrol_ground(standing: Standing, options: DemoOptions) -> PatrolGround:
    assert standing.map_folder is not None
    city = read_city(standing.map_folder, 0, options.seed)
    chance = Random(f"beats {options.seed}")  # noqa: S311 - simulated
    return PatrolGround(city, map_of(standing.map_folder), chance)


def _traffic(standing: Standing, options: DemoOptions, nkey_seeds: dict[str, str]) -> Child:
    traffic = Traffic(
        url=standing.url,
        keys={role: standing.keys[role] for role in ("call_taker", "dispatcher", "leader", "reviewer")},
        nats=_nats_address(standing),
        points=POINTS,
        points_nkey_seed=nkey_seeds[POINTS],
        switchboard=SWITCHBOARD,
        switchboard_nkey_seed=nkey_seeds[SWITCHBOARD],
        chance=options.seed,
        speed=options.speed,
        per_hour=REPORTS_PER_HOUR,
        map=str(standing.map_folder / MAP_FILE) if standing.map_folder else None,
        zone=standing.zone,
        exercise=options.exercise,
        ca=standing.ca,
    )
    file = _secret_file(standing, "traffic.json", traffic)
    program = "import sys; from web.traffic import main; main(sys.argv[1])"
    return standing.child("traffic", ("-c", program, str(file)), ready=_at_once)


def _secret_file(standing: Standing, name: str, content: msgspec.Struct) -> Path:
    """What a child is told, keys included: never in its argument list, for the owner only."""
    path = standing.servers.data.secrets / name
    standing.servers.data.write(path, msgspec.json.encode(content).decode())
    return path


async def _at_once() -> bool:
    return True


async def _until_one_gives_up(standing: Standing, companions: list[Child]) -> None:
    """Wait for ever; raises ChildFailed when one can't be kept alive."""
    waits = [asyncio.ensure_future(child.gave_up()) for child in (standing.server, *companions)]
    waits.append(asyncio.ensure_future(standing.servers.gave_up()))
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            wait.result()
    finally:
        for wait in waits:
            wait.cancel()
