"""Alarms one at a time at a steady pace while something else is measured: how long each takes, and when it was answered."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import msgspec

from load_tests.patrols import EAST, NORTH, SOUTH, WEST


class Calls(msgspec.Struct):
    """ms each took; when (s since 1970) the answer to each was there, by incident; how many were refused."""

    ms: list[float] = []
    answered: dict[str, float] = {}
    refused: int = 0


@asynccontextmanager
async def calling(url: str, key: str, a_second: float) -> AsyncIterator[Calls]:
    """Somebody reports so many a second inside the block, each after the one before was answered."""
    calls = Calls()
    stop = asyncio.Event()

    async def report() -> None:
        chance, headers = random.Random(110), {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            due = time.perf_counter()
            while not stop.is_set():
                place = {"lon": chance.uniform(WEST, EAST), "lat": chance.uniform(SOUTH, NORTH)}
                body = {"source": "call", "text": f"有人打架 {len(calls.ms)}", "place": place}
                began = time.perf_counter()
                told = await client.post(
                    "/api/v1/alarms", json=body, headers={"Idempotency-Key": str(uuid4())}
                )
                at = time.time()
                calls.ms.append((time.perf_counter() - began) * 1e3)
                if told.status_code == 201:
                    calls.answered[told.json()["incident"]["id"]] = at
                else:
                    calls.refused += 1
                due = max(due + 1 / a_second, time.perf_counter() - 1 / a_second)
                await asyncio.sleep(max(due - time.perf_counter(), 0.0))

    task = asyncio.create_task(report())
    try:
        yield calls
    finally:
        stop.set()
        await task
