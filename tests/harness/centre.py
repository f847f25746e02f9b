"""A centre of real processes on the little town, to be killed and frozen: PostgreSQL, nats-server and replicas as children.

Each replica is `dispatch110 serve`, supervised as in a demo: what dies is started again, and a test only kills and waits.
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from dispatch.folds import FOLDS
from dispatch.runtime.children import Child, Program
from dispatch.runtime.embedded import Embedded, embedded
from dispatch.runtime.migrate import migrate
from dispatch.runtime.ports import LOOPBACK, free_port
from dispatch.verify import Report, verify
from tests.harness import town
from tests.harness.servers import QUICK, folder_of_servers
from web import auth, drive

GUARD_S = 150.0
ROLES = ("call_taker", "dispatcher", "leader", "reviewer", "admin")
SERVE = "import sys; from web.cli import main; sys.exit(main())"

figures = logging.getLogger("tests.figures")
"""Seconds that were seen; `pytest -o log_cli=true` shows them, no test asserts them."""


class Replica:
    """One `dispatch110 serve` with its supervisor.

    Args:
        child: keeps it alive.
        port: where it listens.
    """

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.url = f"http://{LOOPBACK}:{port}"
        self.live_url = f"ws://{LOOPBACK}:{port}/api/v1/live"

    @property
    def pid(self) -> int:
        pid = self.child.pid
        assert pid is not None, f"{self.child.program.name} is being started again"
        return pid

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def ready(self) -> None:
        await drive.wait_ready(self.url, GUARD_S)


class Centre:
    """The processes and the keys to their doors. serve: what a replica runs."""

    def __init__(self, servers: Embedded, folder: Path, keys: dict[str, str], serve: str = SERVE) -> None:
        self.servers = servers
        self.folder = folder
        self.keys = keys
        self._serve = serve
        self.replicas: dict[str, Replica] = {}

    @property
    def server(self) -> Replica:
        """The first replica."""
        return next(iter(self.replicas.values()))

    async def start(self, name: str) -> Replica:
        """One more replica, taking work when this returns."""
        port = free_port()
        replica = self.replicas[name] = Replica(Child(self._program(name, port)), port)
        await replica.child.start()
        await replica.ready()
        return replica

    async def stop(self, name: str) -> None:
        await self.replicas.pop(name).child.stop()

    def _program(self, name: str, port: int) -> Program:
        async def alive() -> bool:
            return await drive.is_ready(f"http://{LOOPBACK}:{port}", "/healthz")

        return Program(
            name=name,
            argv=(sys.executable, "-c", self._serve, "serve", "--host", LOOPBACK, "--port", str(port)),
            cwd=self.servers.data.root,
            log=self.folder / f"{name}.log",
            record=self.folder / f"{name}.json",
            ready=alive,
            ready_within_s=GUARD_S,
            environment={
                **self.servers.environment(),
                "DISPATCH_LOG_LEVEL": "warning",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
        )

    async def kill(self, who: str) -> None:
        """kill -9 of `postgres`, `nats` or a replica by its name, as soon as it runs."""
        async with asyncio.timeout(GUARD_S):
            while (pid := self.pid_of(who)) is None:
                await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGKILL)

    def pid_of(self, who: str) -> int | None:
        """None while it is being started again."""
        if who in self.replicas:
            return self.replicas[who].child.pid
        return self.servers.pids()[who]

    async def back(self, who: str, killed_pid: int) -> None:
        """Wait until it runs anew and every replica takes work again."""
        async with asyncio.timeout(GUARD_S):
            while self.pid_of(who) in (None, killed_pid):
                await asyncio.sleep(0.01)
        for replica in self.replicas.values():
            await replica.ready()

    def memory_bytes(self, who: str) -> int:
        """Resident memory."""
        return psutil.Process(self.pid_of(who)).memory_info().rss

    async def query(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows straight from the database."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.servers.database_url)
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    async def settled(self) -> None:
        """Wait until every fact has its place in the ledger."""
        await self.until(self._outbox_empty)

    async def _outbox_empty(self) -> bool:
        return not await self.query("SELECT FROM outbox LIMIT 1")

    @staticmethod
    async def until(holds: Callable[[], Awaitable[bool]]) -> None:
        """Look again until it holds."""
        async with asyncio.timeout(GUARD_S):
            while not await holds():
                await asyncio.sleep(0.05)

    async def proof(self) -> Report:
        """What `dispatch110 verify` says of the database as it stands."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self.servers.database_url, server_settings={"timezone": "UTC"}
        )
        try:
            return await verify(connection, FOLDS)
        finally:
            await connection.close()


async def _seeded(servers: Embedded) -> dict[str, str]:
    """The town, and a key at its city room for every role."""
    await migrate(servers.database_url)
    async with asyncpg.create_pool(
        servers.database_url, min_size=1, max_size=4, server_settings={"timezone": "UTC"}
    ) as pool:
        await town.build(pool)
        async with pool.acquire() as conn:
            return {role: (await auth.issue_key(conn, role, [role], town.CITY)).secret for role in ROLES}


@asynccontextmanager
async def open_centre(replicas: int = 1) -> AsyncIterator[Centre]:
    """A centre with its replicas `a`, `b`, ... taking work; nothing of it is left afterwards."""
    with folder_of_servers() as folder:
        async with embedded(folder, postgres_settings=QUICK) as servers:
            logs = Path(tempfile.mkdtemp(prefix="dispatch110-replicas-"))
            centre = Centre(servers, logs, await _seeded(servers))
            try:
                async with asyncio.TaskGroup() as starts:
                    for name in "abc"[:replicas]:
                        starts.create_task(centre.start(name))
                yield centre
            finally:
                for replica in centre.replicas.values():
                    await replica.child.stop()
                shutil.rmtree(logs)
