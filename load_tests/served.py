"""A real replica in a process of its own, on a database with the small town in it, for scenarios that knock at its doors.

What an alarm meets here is what it meets in service: uvicorn, uvloop, authorisation, journal, relay and feed.
"""

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from dispatch.runtime.accounts import launch_argv
from dispatch.runtime.embedded import embedded
from dispatch.runtime.migrate import migrate
from dispatch.runtime.ports import LOOPBACK, free_port
from tests.harness import town
from web import auth, drive

READY_WITHIN_S = 60.0


class Served(msgspec.Struct, frozen=True):
    """Where a replica listens, a call-taker's key of the city room, the database, the replica's process."""

    port: int
    key: str
    database_url: str
    pid: int

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


@asynccontextmanager
async def served(program: str = "web.cli") -> AsyncIterator[Served]:
    """One replica inside the block. `program`: the module whose `main` knows the command `serve`."""
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as folder:
        async with embedded(reachable(folder) / "data") as servers:
            await migrate(servers.database_url)
            async with asyncpg.create_pool(
                servers.database_url, min_size=1, max_size=4, server_settings={"timezone": "UTC"}
            ) as pool:
                await town.build(pool)
                async with pool.acquire() as conn:
                    issued = await auth.issue_key(conn, "load", ["call_taker", "dispatcher"], town.CITY)
            port = free_port()
            started = f"import sys; from {program} import main; sys.exit(main())"
            process = await asyncio.create_subprocess_exec(
                *launch_argv(None, signal.SIGTERM, (sys.executable, "-c", started, "serve", "--port", str(port))),
                env={**servers.environment(), "DISPATCH_LOG_LEVEL": "warning", "PYTHONPATH": str(Path(__file__).parents[1])},
            )  # fmt: skip
            try:
                await drive.wait_ready(f"http://{LOOPBACK}:{port}", READY_WITHIN_S)
                yield Served(port, issued.secret, servers.database_url, process.pid)
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.wait()


def reachable(folder: str) -> Path:
    """Root's PostgreSQL runs as another user, who must reach its data."""
    path = Path(folder)
    path.chmod(0o711)
    return path
