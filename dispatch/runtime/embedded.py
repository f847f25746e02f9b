"""The servers of a centre on one machine: PostgreSQL and nats-server as children, started in order, stopped in reverse.

`async with embedded(DIR)` is all that `demo`, `replay` and the tests need to stand on; outside, `serve` is given addresses
instead. Leaving the block leaves nothing running, and a killed centre's servers are ended by the system or the next start.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from dispatch.runtime.data_dir import DataDir, default_data_dir, open_data
from dispatch.runtime.embedded_nats import EmbeddedNats
from dispatch.runtime.embedded_postgres import EmbeddedPostgres
from dispatch.runtime.programs import Programs, reachable_programs

__all__ = ["Embedded", "default_data_dir", "embedded"]


class Embedded:
    """What stands while the block is entered.

    Attributes:
        data: the layout of the data directory.
        database_url: the centre's database, as its owner.
        superuser_url: the maintenance database, for backups and tests.
        nats_url: NATS with the centre's credentials.
        master_key_file: 64 hexadecimal digits that wrap the key of every incident.
        programs: where postgres, pg_dump and nats-server lie.
    """

    def __init__(
        self, data: DataDir, programs: Programs, postgres: EmbeddedPostgres, nats: EmbeddedNats
    ) -> None:
        self.data = data
        self.programs = programs
        self.database_url = postgres.url
        self.superuser_url = postgres.superuser_url
        self.nats_url = nats.url
        self.master_key_file = data.master_key_file()
        self._postgres = postgres
        self._nats = nats

    def pids(self) -> dict[str, int | None]:
        """Process ids now; None while that server is being started again."""
        return {"postgres": self._postgres.child.pid, "nats": self._nats.child.pid}

    def on_restart(self, callback: Callable[[str, int], None]) -> None:
        """Call `callback(name, pid)` whenever a server had died and serves again, on the same port."""
        self._postgres.child.on_restart.append(callback)
        self._nats.child.on_restart.append(callback)

    async def gave_up(self) -> None:
        """Wait beside the work: raises ChildFailed when a server can't be kept alive.

        Raises:
            ChildFailed: the message names the server and its log.
        """
        waits = [asyncio.create_task(child.gave_up()) for child in (self._postgres.child, self._nats.child)]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_EXCEPTION)
            for wait in done:
                wait.result()
        finally:
            for wait in waits:
                wait.cancel()

    async def add_gateway(self, name: str, public_nkey: str) -> None:
        """Let a gateway in by its public nkey; see `nats_config.gateway_permissions` for what it may do.

        Raises:
            SettingsInvalid: the name or the key is none.
        """
        await self._nats.add_gateway(name, public_nkey)

    def environment(self) -> dict[str, str]:
        """The settings that let `dispatch110 serve` stand on these servers."""
        return {
            "DISPATCH_DATABASE_URL": self.database_url,
            "DISPATCH_NATS_URL": self.nats_url,
            "DISPATCH_MASTER_KEY_FILE": str(self.master_key_file),
        }


@asynccontextmanager
async def embedded(
    data_dir: Path, *, postgres_settings: Mapping[str, str] | None = None, prefixes: tuple[str, ...] = ("",)
) -> AsyncIterator[Embedded]:
    """PostgreSQL and nats-server on the data of `data_dir`, made there when it is new.

    Enter it from a thread that outlives the block: on Linux the servers end with the thread that started them.

    Args:
        data_dir: nothing is written outside it.
        postgres_settings: server settings that differ from ours (tests switch fsync off).
        prefixes: what stands before `cad` in subjects, each ending in a dot or empty.

    Raises:
        DataRefused: the directory can't be used, or another process uses it.
        ChildFailed: a server did not start.
    """
    async with AsyncExitStack() as stack:
        data = stack.enter_context(open_data(data_dir))
        programs = await asyncio.to_thread(reachable_programs, data.account, data.programs)
        postgres = EmbeddedPostgres(data, programs, postgres_settings)
        await postgres.start()
        stack.push_async_callback(postgres.child.stop)
        nats = EmbeddedNats(data, programs, prefixes)
        await nats.start()
        stack.push_async_callback(nats.child.stop)
        yield Embedded(data, programs, postgres, nats)
