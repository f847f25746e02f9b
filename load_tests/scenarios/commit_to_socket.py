"""Commit → socket: how long after the commit of an alarm the consoles have it, over real websockets of a real replica.

Two hundred consoles follow the city room from another process; alarms are posted one at a time, so that each is alone on its
way. The clock starts when its answer, which is sent after the commit, has reached whoever posted it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from load_tests.rows import Row, Size, spread_of
from load_tests.served import Served, served
from tests.harness import town

NAME = "commit_to_socket"
PATH = "commit to socket"
CONSOLES = 200
PAUSE_S = 0.1
PATIENCE_S = 10.0


class _Event(msgspec.Struct):
    noun: str
    id: str
    fact: str


class _Message(msgspec.Struct):
    event: _Event | None = None


_decoder = msgspec.json.Decoder(_Message)


class _Arrivals:
    """When which console was told of an incident that was opened."""

    def __init__(self) -> None:
        self.at: dict[str, list[float]] = {}
        self.snapshots = 0

    async def listen(self, console: ClientConnection) -> None:
        async for text in console:
            at = time.perf_counter()
            if isinstance(text, bytes):
                continue
            if '"opened"' in text[:400]:
                event = _decoder.decode(text).event
                if event is not None and event.noun == "incident":
                    self.at.setdefault(event.id, []).append(at)
            elif text.startswith('{"snapshot"'):
                self.snapshots += 1


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    alarms, consoles = (20, 20) if size == "small" else (200, CONSOLES)
    async with served() as replica, _consoles(replica, consoles) as arrivals:
        answered = await _report(replica, alarms)
        async with asyncio.timeout(PATIENCE_S):
            while any(len(arrivals.at.get(id_, ())) < consoles for id_ in answered):  # noqa: ASYNC110 - told by the wire
                await asyncio.sleep(0.05)
    first = sorted(min(arrivals.at[id_]) - at for id_, at in answered.items())
    last = sorted(max(arrivals.at[id_]) - at for id_, at in answered.items())
    p50_ms, p99_ms = first[len(first) // 2] * 1000, last[int(len(last) * 0.99)] * 1000
    return [
        Row(path=PATH, what=f"answer to first of {consoles} consoles: p50", figure=p50_ms, unit="ms", target="<= 5",
            met=p50_ms <= 5),
        Row(path=PATH, what=f"answer to last of {consoles} consoles: p50", figure=last[len(last) // 2] * 1000, unit="ms"),
        Row(path=PATH, what=f"answer to last of {consoles} consoles: p99", figure=p99_ms, unit="ms", target="<= 250",
            met=p99_ms <= 250,
            spread=spread_of(first=[one * 1000 for one in first], last=[one * 1000 for one in last])),
    ]  # fmt: skip


@asynccontextmanager
async def _consoles(replica: Served, count: int) -> AsyncIterator[_Arrivals]:
    """So many sockets that follow the city room, each with its snapshot."""
    arrivals = _Arrivals()
    url = f"ws://127.0.0.1:{replica.port}/api/v1/live"
    headers = {"Authorization": f"Bearer {replica.key}"}
    async with AsyncExitStack() as stack:
        tasks = []
        for _ in range(count):
            console = await stack.enter_async_context(
                connect(url, additional_headers=headers, compression=None, max_size=None)
            )
            await console.send(f'{{"subscribe":{{"room":"{town.CITY}"}}}}')
            tasks.append(asyncio.create_task(arrivals.listen(console)))
        async with asyncio.timeout(PATIENCE_S):
            while arrivals.snapshots < count:  # noqa: ASYNC110 - told by the wire
                await asyncio.sleep(0.05)
        yield arrivals
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _report(replica: Served, count: int) -> dict[str, float]:
    """Post alarms one at a time: incident → when its answer was there."""
    answered: dict[str, float] = {}
    headers = {"Authorization": f"Bearer {replica.key}"}
    async with httpx.AsyncClient(base_url=replica.url, headers=headers) as client:
        for n in range(count):
            body = {"source": "call", "text": f"有人打架 {n}", "place": {"lon": 114.02, "lat": 22.54}}
            told = await client.post("/api/v1/alarms", json=body, headers={"Idempotency-Key": str(uuid4())})
            at = time.perf_counter()
            answered[told.raise_for_status().json()["incident"]["id"]] = at
            await asyncio.sleep(PAUSE_S)
    return answered
