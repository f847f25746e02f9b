"""A replica as a process of its own on one port, to be killed and started again while browsers look at it.

It stands on the little town in a database of the session's servers; what it wrote to its log is told when it does not come up.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from dispatch.runtime.ports import LOOPBACK, free_port
from tests.harness import town
from tests.harness.browser import Person
from tests.harness.centre import GUARD_S, SERVE
from tests.harness.shared_data import ROOT
from web import auth, drive


class Mortal:
    """One `dispatch110 serve`.

    Args:
        environment: what it is told.
        port: where it listens in each of its lives.
    """

    def __init__(self, environment: dict[str, str], port: int, log: Path) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.database_url = environment["DISPATCH_DATABASE_URL"]
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Live, taking work when this returns."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", SERVE, "serve", "--host", LOOPBACK, "--port", str(self.port),
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        await drive.wait_ready(self.url, GUARD_S)

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def link(self, *roles: str, principal: str = "anna") -> str:
        """A one-time sign-in at the city room: its path."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.database_url)
        try:
            return await auth.issue_link(connection, principal, roles, town.CITY)
        finally:
            await connection.close()

    async def key(self, *roles: str) -> str:
        """The secret of a key at the city room."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.database_url)
        try:
            return (await auth.issue_key(connection, "+".join(roles), roles, town.CITY)).secret
        finally:
            await connection.close()

    async def sign_in(self, person: Person, *roles: str, at: str | None = None) -> None:
        """Give somebody a session. at: another way to this house."""
        page = await person.page((at or self.url) + await self.link(*roles))
        await page.close()


@asynccontextmanager
async def open_mortal(database_url: str, nats_url: str, folder: Path) -> AsyncIterator[Mortal]:
    """The little town in this empty database, served; dead afterwards."""
    async with asyncpg.create_pool(database_url, min_size=1, server_settings={"timezone": "UTC"}) as pool:
        await town.build(pool)
    (folder / "master.key").write_bytes(bytes(range(32)))
    environment = {
        "DISPATCH_DATABASE_URL": database_url,
        "DISPATCH_NATS_URL": nats_url,
        "DISPATCH_MASTER_KEY_FILE": str(folder / "master.key"),
        "DISPATCH_LOG_LEVEL": "warning",
        "PYTHONPATH": str(ROOT),
    }
    mortal = Mortal(environment, free_port(), folder / "replica.log")
    try:
        await mortal.start()
        yield mortal
    finally:
        await mortal.kill()
