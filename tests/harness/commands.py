"""`dispatch110` as a person runs it: a process with its own data directory, its output read, signals sent to it."""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

PROGRAM = "import sys; from web.cli import main; sys.exit(main())"
GUARD_S = 150.0


class Command:
    """One run of the command line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.errors = b""
        self._reading = asyncio.gather(self._read_lines(), self._read_errors())

    async def _read_lines(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip("\n"))

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = await self.process.stderr.read()

    async def says(self, word: str) -> str:
        """The first line that begins with this word, once it is there."""
        async with asyncio.timeout(GUARD_S):
            while True:
                found = [line for line in self.lines if line.startswith(word)]
                if found:
                    return found[0]
                assert self.process.returncode is None, self.errors.decode()
                await asyncio.sleep(0.05)

    async def ends(self, number: signal.Signals | None = None) -> int:
        """Its exit status; with a signal, after that was sent."""
        if number is not None:
            self.process.send_signal(number)
        async with asyncio.timeout(GUARD_S):
            status = await self.process.wait()
            await self._reading
        return status

    @property
    def sentence(self) -> str:
        """What it complained of: one line, no traceback."""
        said = self.errors.decode().strip()
        assert "\n" not in said, said
        return said


async def start(*words: object) -> Command:
    """Start `dispatch110 words...`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    return Command(process)


@asynccontextmanager
async def running(*words: object) -> AsyncIterator[Command]:
    """Started, and stopped at the end of the block if it still runs."""
    command = await start(*words)
    try:
        yield command
    finally:
        if command.process.returncode is None:
            await command.ends(signal.SIGTERM)


@asynccontextmanager
async def data_folder() -> AsyncIterator[Path]:
    """A directory that PostgreSQL's account can reach, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dispatch110-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def demo_file(folder: Path, command: Command) -> dict[str, Any]:
    """What demo.json says, once it is there."""
    async with asyncio.timeout(GUARD_S):
        while True:
            try:
                said: dict[str, Any] = msgspec.json.decode((folder / "demo.json").read_bytes())
            except FileNotFoundError:
                assert command.process.returncode is None, command.errors.decode()
                await asyncio.sleep(0.05)
            else:
                return said
