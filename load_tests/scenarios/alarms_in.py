"""Alarms in: the funnel with authorisation, journal and duplicates on, beside one transaction of three INSERTs an alarm.

In process both write to the same PostgreSQL with fsync on, by the same driver, from the same number of clients, in the same
run; program and database share the machine. Over HTTP a real replica answers another process, once with its database and
once with the same door before a list in memory. The flood offers 10,000 alarms in 10 s on a fixed schedule and counts
waiting from the due moment.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from dispatch.acts import Principal
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, prepare
from dispatch.runtime.bootstrap import Runtime, open_runtime
from dispatch.runtime.embedded import embedded
from dispatch.runtime.migrate import migrate
from dispatch.runtime.settings import Settings
from dispatch.work import Actor
from load_tests.knocking import Knocked
from load_tests.rows import Row, Size, spread_of
from load_tests.served import served
from tests.harness import town

NAME = "alarms_in"
PATH = "alarms in"
CLIENTS = 32
PEER_SCHEMA = """
CREATE TABLE peer_alarm (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident bigint, body jsonb);
CREATE TABLE peer_incident (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lon float8, lat float8, body jsonb);
CREATE TABLE peer_journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident bigint, body jsonb);
"""

type One = Callable[[int], Awaitable[object]]


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    alarms = 1_000 if size == "small" else 20_000
    durable = await _over_http("web.cli", alarms // 2)
    in_memory = await _over_http("load_tests.peers.in_memory", alarms // 2)
    async with replica() as (runtime, database_url):
        await _drive(_ours(runtime, "warm"), 500, CLIENTS)
        ours, _ = await _drive(_ours(runtime, "steady"), alarms, CLIENTS)
        async with asyncpg.create_pool(database_url, min_size=CLIENTS, max_size=CLIENTS) as pool:
            await pool.execute(PEER_SCHEMA)
            peer, _ = await _drive(_three_inserts(pool), max(alarms // 5, 500), CLIENTS)
        offered = 1_000 if size == "small" else 10_000
        waits, refused = await _flood(_ours(runtime, "flood"), offered, 10.0)
    rate, p99_s = ours, waits[int(len(waits) * 0.99)]
    return [
        Row(path=PATH, what=f"over HTTP, {CLIENTS} clients, authorised, journalled, compared", figure=durable.rate,
            unit="alarms/s", target=">= 3,000", met=durable.rate >= 3_000, key="alarms_http_s"),
        Row(path=PATH, what="over HTTP, durable beside in memory", figure=durable.rate, unit="alarms/s", target=">= 0.8 x",
            peer="in memory", peer_figure=in_memory.rate, ratio=durable.rate / in_memory.rate,
            met=durable.rate / in_memory.rate >= 0.8),
        Row(path=PATH, what=f"over HTTP, {CLIENTS} clients: p50 / p99", figure=durable.p50_ms, unit="ms",
            peer="p99", peer_figure=durable.p99_ms),
        Row(path=PATH, what=f"in process, {CLIENTS} clients, authorised, journalled, compared", figure=rate,
            unit="alarms/s", target=">= 3,000", met=rate >= 3_000),
        Row(path=PATH, what="in process, beside BEGIN + 3 INSERTs", figure=rate, unit="alarms/s", target=">= 4 x",
            peer="3 INSERTs", peer_figure=peer, ratio=rate / peer, met=rate / peer >= 4),
        Row(path=PATH, what=f"{offered:,} alarms offered in 10 s: p99", figure=p99_s * 1000, unit="ms",
            target="<= 2,000", met=p99_s <= 2.0, spread=spread_of(alarms=[wait * 1000 for wait in waits])),
        Row(path=PATH, what=f"{offered:,} alarms offered in 10 s: refused", figure=refused, unit="alarms",
            target="0", met=refused == 0),
    ]  # fmt: skip


async def _over_http(program: str, count: int) -> Knocked:
    """So many alarms through the door of a replica of its own, after some that warm it up."""
    said = b""
    async with served(program) as replica:
        for tag, some in (("warm", max(count // 20, 200)), ("steady", count)):
            sender = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "load_tests.knocking", str(replica.port), replica.key, str(CLIENTS), str(some), tag,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            said, _ = await sender.communicate()
    return msgspec.json.decode(said, type=Knocked)


@asynccontextmanager
async def replica() -> AsyncIterator[tuple[Runtime, str]]:
    """One replica on a database of its own with the small town in it."""
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as folder:
        async with embedded(Path(folder)) as servers:
            key = Path(folder) / "secrets" / "load.key"
            key.write_bytes(bytes(32))
            await migrate(servers.database_url)
            async with asyncpg.create_pool(
                servers.database_url, min_size=1, max_size=4, server_settings={"timezone": "UTC"}
            ) as pool:
                await town.build(pool)
            settings = Settings(
                database_url=servers.database_url, nats_url=servers.nats_url, master_key_file=key
            )
            async with open_runtime(settings) as runtime:
                yield runtime, servers.database_url


def _ours(runtime: Runtime, batch: str) -> One:
    chance = random.Random(110)
    rooms = runtime.centre.reference.rooms.subtree(town.CITY)
    taker = Principal(id="taker", roles=frozenset({"call_taker"}), room_id=town.CITY, rooms=rooms)

    async def one(i: int) -> object:
        command = ReportAlarm(
            source="call", type="200100", text=f"有人打架 {i}",
            place=PlaceIn(lon=114.0 + chance.random() / 10, lat=22.52 + chance.random() / 25, address=f"某路{i}号"),
            caller=CallerIn(number=f"138{i:08d}"),
        )  # fmt: skip
        actor = Actor(principal=taker, route="POST /alarms", key=f"{batch}-{i}", body_hash=b"load")
        return await runtime.intake.submit(prepare(runtime.centre, command, actor))

    return one


def _three_inserts(pool: "asyncpg.Pool[asyncpg.Record]") -> One:
    async def one(i: int) -> object:
        body = '{"text": "有人打架", "number": "13800000000"}'
        async with pool.acquire() as conn, conn.transaction():
            incident = await conn.fetchval(
                "INSERT INTO peer_incident (lon, lat, body) VALUES ($1, $2, $3) RETURNING id",
                114.0,
                22.5,
                body,
            )
            await conn.execute("INSERT INTO peer_alarm (incident, body) VALUES ($1, $2)", incident, body)
            await conn.execute("INSERT INTO peer_journal (incident, body) VALUES ($1, $2)", incident, body)
        return i

    return one


async def _drive(one: One, count: int, clients: int) -> tuple[float, list[float]]:
    """(per second, sorted seconds each took) of `count` calls by `clients` that each wait for their answer."""
    left, took = iter(range(count)), []

    async def client() -> None:
        for i in left:
            began = time.perf_counter()
            await one(i)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return count / (time.perf_counter() - began), sorted(took)


async def _flood(one: One, count: int, within_s: float) -> tuple[list[float], int]:
    """(sorted seconds from due to accepted, number refused) of an open-loop flood."""
    start = time.perf_counter()

    async def due(i: int) -> float:
        at = start + within_s * i / count
        await asyncio.sleep(max(at - time.perf_counter(), 0))
        await one(i)
        return time.perf_counter() - at

    answers = await asyncio.gather(*(due(i) for i in range(count)), return_exceptions=True)
    waits = sorted(answer for answer in answers if isinstance(answer, float))
    return waits, count - len(waits)
