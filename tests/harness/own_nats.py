"""A nats-server of one test's own, to be stopped and started again on the same port with the same streams."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.runtime.ports import free_port, listens
from dispatch.runtime.programs import installed_programs
from tests.harness.waiting import GUARD_S


class OwnNats:
    """Not running until `start`.

    Args:
        folder: where its streams lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(installed_programs().nats_server),
            *("-a", "127.0.0.1", "-p", str(self._port), "-js", "-sd", str(self._folder / "streams")),
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(GUARD_S):
            while not await asyncio.to_thread(listens, self._port):
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def own_nats(folder: Path) -> AsyncIterator[OwnNats]:
    """A server that is surely gone afterwards."""
    server = OwnNats(folder)
    try:
        yield server
    finally:
        await server.kill()
