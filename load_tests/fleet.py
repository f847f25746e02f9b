"""A city of thousands of units with real replicas, a real database, a real broker and gateways, each a process of its own.

Fixes come in through the gateways' own credentials; what each process costs is read from the system. Servers and replicas end
with this process, gateways with their pipe, also when it is killed.
"""

import re
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import msgspec
import nkeys
import psutil

from dispatch.runtime.embedded import Embedded, embedded
from dispatch.runtime.gateway import Station
from dispatch.runtime.migrate import migrate
from load_tests import grounds
from load_tests.patrolling import Beat, Order, Told
from load_tests.served import reachable
from load_tests.told import Process, process
from tests.harness.centre import Centre
from web import auth

GATEWAYS = 4
WATCHED = "import sys; from load_tests.watched import main; sys.exit(main())"
KEY_ROLES = ("call_taker", "dispatcher")
MB = 2**20


class Used(msgspec.Struct, frozen=True):
    """Processor seconds and resident bytes of each process, at a moment of the clock (s)."""

    at: float
    cpu_s: Mapping[str, float]
    memory: Mapping[str, int]

    def share(self, before: "Used", who: str) -> float:
        """Share of a core since then, in percent."""
        return 100 * (self.cpu_s[who] - before.cpu_s[who]) / (self.at - before.at)


class Fleet:
    """What stands inside the block of `fleet`.

    Args:
        centre: servers and replicas.
        radios: all gateways in one process.
        key: of a call-taker and dispatcher at the city room.
    """

    def __init__(self, centre: Centre, radios: Process[Told], key: str) -> None:
        self.centre = centre
        self.radios = radios
        self.key = key

    async def report(self, units: int, seconds: float = 0.0) -> Told:
        """The first so many units report for so long, 0: once, all at once."""
        return await self.radios.ask(Order(units, seconds))

    def used(self) -> Used:
        """What every process has used until now."""
        servers = self.centre.servers.pids()
        found: dict[str, tuple[int, ...]] = {
            f"replica {name}": (replica.pid,) for name, replica in self.centre.replicas.items()
        }
        found |= {"nats": (servers["nats"] or 0,), "postgres": tuple(_family(servers["postgres"] or 0))}
        found |= {"gateways": (self.radios.pid,)}
        cpu_s, memory = {}, {}
        for who, some in found.items():
            cpu_s[who], memory[who] = _used(some)
        return Used(time.monotonic(), cpu_s, memory)

    async def counted(self, name: str) -> "Counted":
        """What a replica counts now."""
        async with httpx.AsyncClient(timeout=60) as client:
            told = await client.get(f"{self.centre.replicas[name].url}/metrics")
        return Counted(told.raise_for_status().text)

    async def seq(self) -> int:
        """The newest row of the ledger once every fact has its place there."""
        await self.centre.settled()
        return int((await self.centre.query("SELECT coalesce(max(seq), 0) FROM ledger"))[0][0])


class Counted:
    """A page of `/metrics`, read."""

    def __init__(self, text: str) -> None:
        found = re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
        self._values = {name: float(value) for name, value in found}

    def value(self, name: str) -> float:
        """A sample by its name with labels; 0 where there is none."""
        return self._values.get(name, 0.0)

    def all_of(self, name: str) -> float:
        """The sum over all labels."""
        return sum(value for one, value in self._values.items() if one.startswith(name + "{"))

    def buckets(self, name: str) -> Iterator[tuple[float, float]]:
        """(upper bound, how many up to it) of a histogram."""
        for one, value in self._values.items():
            if bound := re.fullmatch(rf'{name}_bucket\{{le="([^"]+)"\}}', one):
                yield float(bound[1]), value


def percentiles(name: str, before: Counted, after: Counted, wanted: tuple[float, ...]) -> list[float]:
    """Percentiles of a histogram between two readings: the upper bound of the bucket in which each lies."""
    first = dict(before.buckets(name))
    counts = [(bound, value - first.get(bound, 0.0)) for bound, value in after.buckets(name)]
    total = counts[-1][1] if counts else 0.0
    finite = [bound for bound, _ in counts if bound < float("inf")]

    def at(percentile: float) -> float:
        bound = next(bound for bound, value in counts if value >= total * percentile / 100 - 1e-6)
        return min(bound, finite[-1])

    return [at(one) for one in wanted] if total else []


@asynccontextmanager
async def fleet(units: int, on_duty: int, replicas: int) -> AsyncIterator[Fleet]:
    """So many units in the city, the first of them on duty, and watched replicas `a`, `b` ... that take work."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dispatch110-load-"))
        servers = await stack.enter_async_context(embedded(reachable(folder) / "data"))
        key = await _founded(servers, units, on_duty)
        stations = [await _station(servers, f"load{n}") for n in range(GATEWAYS)]
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dispatch110-replicas-")))
        centre = Centre(servers, logs, {}, WATCHED)
        stack.push_async_callback(_stop, centre)
        for name in "abc"[:replicas]:
            await centre.start(name)
        await centre.settled()
        radios = await stack.enter_async_context(process("load_tests.patrolling", Told))
        await radios.ask(Beat(stations, units))
        yield Fleet(centre, radios, key)


async def _stop(centre: Centre) -> None:
    for replica in centre.replicas.values():
        await replica.child.stop()


async def _founded(servers: Embedded, units: int, on_duty: int) -> str:
    await migrate(servers.database_url)
    async with asyncpg.create_pool(
        servers.database_url, min_size=1, max_size=4, server_settings={"timezone": "UTC"}
    ) as pool:
        await grounds.found(pool, units, on_duty, GATEWAYS)
        async with pool.acquire() as conn:
            await conn.execute("ANALYZE")
            return (await auth.issue_key(conn, "load", KEY_ROLES, grounds.CITY)).secret


async def _station(servers: Embedded, name: str) -> Station:
    """A gateway that may come in, with a new nkey."""
    pair = nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER))
    await servers.add_gateway(name, pair.public_key.decode())
    address = servers.nats_url.rpartition("@")[2]
    return Station(name=name, url=f"nats://{address}", nkey_seed=pair.seed.decode())


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in psutil.Process(pid).children(recursive=True):
        yield child.pid


def _used(pids: tuple[int, ...]) -> tuple[float, int]:
    """Processor seconds and private memory of some processes together; who has ended meanwhile is left out."""
    cpu_s, memory = 0.0, 0
    for pid in pids:
        try:
            one = psutil.Process(pid)
            times, held = one.cpu_times(), one.memory_info()
        except psutil.NoSuchProcess:
            continue
        cpu_s += times.user + times.system
        memory += held.rss - getattr(held, "shared", 0)
    return cpu_s, memory
