"""A process beside the measured ones that is told things line by line: JSON in, JSON out, gone with whoever started it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

LINE_BYTES = 1 << 26
LEAVE_S = 10.0


class Process[T]:
    """A module of ours that reads one line of JSON an order, and answers each with one line.

    Args:
        process: with pipes at both ends.
        answer: the type of an answer.
    """

    def __init__(self, process: asyncio.subprocess.Process, answer: type[T]) -> None:
        self._process = process
        self._answer = msgspec.json.Decoder(answer)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, order: msgspec.Struct) -> T:
        """Tell it something, wait for its answer. Raises RuntimeError when it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"the process ended with status {await self._process.wait()} before it answered"
            )
        return self._answer.decode(line)


@asynccontextmanager
async def process[T](module: str, answer: type[T]) -> AsyncIterator[Process[T]]:
    """`python -m MODULE` inside the block."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_BYTES,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    try:
        yield Process(started, answer)
    finally:
        assert started.stdin is not None
        started.stdin.close()
        try:
            async with asyncio.timeout(LEAVE_S):
                await started.wait()
        except TimeoutError:
            started.kill()
            await started.wait()
