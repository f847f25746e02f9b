"""Simulation promise: whatever the bus loses, whenever a line breaks, nothing accepted is lost and everything can be ended.

Each night is its seed: a failure says with which command it is lived again.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack

import asyncpg
import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness.databases import Databases

NIGHTS = 2_000
LEAST = 40
"""So many break a line for certain."""
PROCESSES = 2
LANES = 2


@pytest.mark.slow
@pytest.mark.shared
async def test_two_thousand_nights(databases: Databases, share: Callable[[int], int]) -> None:
    await many_nights(databases, 0, max(LEAST, share(NIGHTS)))


@pytest.mark.soak
@pytest.mark.parametrize("ten_thousand", range(1, 6))
async def test_fifty_thousand_other_nights(
    databases: Databases, ten_thousand: int, share: Callable[[int], int]
) -> None:
    await many_nights(databases, ten_thousand * 10_000, share(5_000) * PROCESSES)


async def many_nights(databases: Databases, first: int, count: int) -> None:
    """Nights of these seeds on several databases at once; then the facts of all prove the tables."""
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(databases.copy()) for _ in range(PROCESSES * LANES)]
        each = count // PROCESSES
        broken = await asyncio.gather(
            *(_live(first + n * each, each, urls[n * LANES : (n + 1) * LANES]) for n in range(PROCESSES))
        )
        assert min(broken) > 0, "no line ever broke: the nights prove nothing"
        for url in urls:
            await _prove(url)


async def _live(first: int, count: int, urls: list[str]) -> int:
    """These nights in a process of their own; how many lines broke."""
    words = [sys.executable, "-m", "tests.harness.histories", str(first), str(first + count), *urls]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-6000:]
    return int(out)


async def _prove(url: str) -> None:
    """The facts of all these nights fold to the tables."""
    conn = await asyncpg.connect(url)
    try:
        found = await verify(conn, FOLDS)
    finally:
        await conn.close()
    assert found.sound, found.broken
