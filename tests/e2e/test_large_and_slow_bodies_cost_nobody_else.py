"""Whoever sends too much or too slowly is let go: the replica's memory stays what it was and everybody else is served."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.harness.centre import GUARD_S, Centre, open_centre
from tests.harness.reporters import Line, callers, insist

pytestmark = pytest.mark.slow

MB = 1_000_000
LARGE = 10 * MB
GROWTH_MAX = 60 * MB
"""Far below what 40 bodies of 10 MB would need, and above what a busy hour's caches do."""


@pytest.fixture(scope="module")
async def centre() -> AsyncIterator[Centre]:
    async with open_centre() as opened:
        yield opened


def head(centre: Centre, length: int, more: str = "") -> bytes:
    return (
        f"POST /api/v1/alarms HTTP/1.1\r\nHost: centre\r\nAuthorization: Bearer {centre.keys['call_taker']}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    ).encode()


async def send(centre: Centre, data: AsyncIterator[bytes]) -> int:
    """The status of the answer to a request written by hand; 0 when the line was cut without one."""
    host, port = centre.server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        with contextlib.suppress(OSError):
            async for piece in data:
                writer.write(piece)
                await writer.drain()
                if reader.at_eof():
                    break
        with contextlib.suppress(OSError):
            line = await reader.readline()
            return int(line.split()[1]) if line else 0
        return 0
    finally:
        writer.close()


async def large(centre: Centre) -> AsyncIterator[bytes]:
    yield head(centre, LARGE)
    for _ in range(LARGE // MB):
        yield b" " * MB


async def test_forty_bodies_of_ten_megabytes_are_refused_without_being_kept(centre: Centre) -> None:
    async with callers(centre.server.url, centre.keys["call_taker"]) as others:
        async with others.reporting(50):
            await others.more(50)
            before = centre.memory_bytes("a")
            async with asyncio.timeout(GUARD_S):
                for _ in range(5):
                    answers = await asyncio.gather(*(send(centre, large(centre)) for _ in range(8)))
                    assert set(answers) <= {413, 0}
            await others.more(50)
            gc.collect()
        assert centre.memory_bytes("a") - before < GROWTH_MAX
    assert sorted(others.acknowledged) == sorted(others.keys)


async def trickle(centre: Centre, over: asyncio.Event) -> AsyncIterator[bytes]:
    yield head(centre, 5_000)
    while not over.is_set():
        yield b" "
        await asyncio.sleep(0.2)


async def test_a_hundred_who_trickle_hold_up_nobody(centre: Centre) -> None:
    over = asyncio.Event()
    async with callers(centre.server.url, centre.keys["call_taker"]) as others:
        slow = [asyncio.create_task(send(centre, trickle(centre, over))) for _ in range(100)]
        async with others.reporting(50):
            await others.more(150)
        over.set()
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    assert sorted(others.acknowledged) == sorted(others.keys)


async def test_a_broken_request_line_costs_only_its_own_connection(centre: Centre) -> None:
    async def nonsense(data: bytes) -> AsyncIterator[bytes]:
        yield data

    for data in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/v1/alarms HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/alarms HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcde",
        b"POST /api/v1/alarms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: \xff\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ):
        async with asyncio.timeout(GUARD_S):
            assert await send(centre, nonsense(data)) < 500
    line = Line(centre.server.url, centre.keys["call_taker"])
    try:
        assert await insist(line, "/api/v1/alarms", str(uuid4()), b'{"source": "call"}')
    finally:
        line.close()
