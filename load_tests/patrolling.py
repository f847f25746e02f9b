"""`python -m load_tests.patrolling`: gateways of a whole city in a process of its own, each with its own credentials.

Reads a `Beat` as its first line of JSON, then orders, one a line, and answers each with a `Told`. It ends with its standard
input, so that nothing is left of it when whoever started it is killed.
"""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.runtime.gateway import Line, Station
from load_tests.patrols import Patrols, digest

ROWS = 100
SLOTS = 20  # of a second
TURNS_S = 60.0
LINE_BYTES = 1 << 26


class Beat(msgspec.Struct, frozen=True):
    """The gateways, and how many units go round them by handle, from 1; or the units of a city that is there (handle, lon, lat)."""

    stations: list[Station]
    units: int
    places: list[tuple[int, float, float]] = []


class Order(msgspec.Struct, frozen=True):
    """The first so many units report once a second for so long, spread over the second as in life; 0: once, all at once."""

    units: int
    seconds: float = 0.0


class Told(msgspec.Struct, frozen=True):
    """Since the beginning: fixes sent, units that sent, a digest of everybody's newest, how late the sending was at worst."""

    sent: int
    units: int
    digest: float
    behind_s: float


class City:
    """Everybody's place, and what was last sent of it."""

    def __init__(self, beat: Beat, lines: list[Line]) -> None:
        self._lines = lines
        self._patrols = Patrols.of(beat.places, TURNS_S) if beat.places else Patrols(beat.units)
        self._gateway = self._patrols.handles % len(lines)
        self._t_ms = np.zeros(beat.units, np.int64)
        self._places = np.zeros((2, beat.units), np.int64)
        self._sent, self._behind_s = 0, 0.0

    async def report(self, order: Order) -> Told:
        """Do what is ordered."""
        parts = self._parts(order.units)
        if not order.seconds:
            for part in parts:
                await self._send(part)
        began = time.perf_counter()
        for turn in range(round(order.seconds * SLOTS)):
            if turn % SLOTS == 0:
                self._patrols.drive(1.0)
            wait_s = began + turn / SLOTS - time.perf_counter()
            self._behind_s = max(self._behind_s, -wait_s)
            await asyncio.sleep(max(wait_s, 0.0))
            for part in parts[turn % SLOTS :: SLOTS]:
                await self._send(part)
        return self.told()

    def _parts(self, units: int) -> list[NDArray[Any]]:
        """Rows of one frame each: of one gateway, ROWS at most."""
        whole = (np.flatnonzero(self._gateway[:units] == n) for n in range(len(self._lines)))
        return [rows[start : start + ROWS] for rows in whole for start in range(0, len(rows), ROWS)]

    async def _send(self, rows: NDArray[Any]) -> None:
        frame = self._patrols.frame(rows, time.time_ns() // 1_000_000)
        await self._lines[int(self._gateway[rows[0]])].fixes(frame)
        self._t_ms[rows] = frame.t_ms
        self._places[:, rows] = np.rint(np.stack((frame.lon, frame.lat)) * 1e7)
        self._sent += len(rows)

    def told(self) -> Told:
        """How far it is."""
        seen = np.flatnonzero(self._t_ms)
        found = digest(self._patrols.handles[seen], self._t_ms[seen], *self._places[:, seen])
        return Told(self._sent, len(seen), found, self._behind_s)


async def main() -> None:
    """Obey until the input ends, also in the middle of an order."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    beat = msgspec.json.decode(await reader.readline(), type=Beat)
    async with AsyncExitStack() as stack:
        city = City(beat, [await stack.enter_async_context(Line.open(station)) for station in beat.stations])
        _say(city.told())
        asked = asyncio.create_task(reader.readline())
        while text := await asked:
            doing = asyncio.create_task(city.report(msgspec.json.decode(text, type=Order)))
            asked = asyncio.create_task(reader.readline())
            await asyncio.wait((doing, asked), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():  # whoever asked is gone: no order comes before the last is answered
                doing.cancel()
                return
            _say(doing.result())


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())
