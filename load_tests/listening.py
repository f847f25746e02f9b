"""`python -m load_tests.listening`: hundreds of consoles in a process of their own, each with its own part of the map.

Reads orders as lines of JSON: how many consoles look where from now on, how many of them hang; answers with what they have seen
since the last answer. It ends with its standard input.
"""

import asyncio
import struct
import sys
import time

import msgspec
import numpy as np
import uvloop

from load_tests.patrols import EAST, NORTH, SOUTH, WEST
from load_tests.sockets import BINARY, Line

HEADER = struct.Struct("<BBHIQ")
SEAT_PAUSE_S = 0.005

type Bounds = tuple[float, float, float, float]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """So many consoles at this replica from now on, on the feed after `seq`; seconds: how long to watch until the answer.

    span: degrees of longitude that each sees somewhere in the city, 0: all of it; hang: so many of them read nothing.
    """

    port: int
    key: str
    room: str
    seq: int
    consoles: int
    span: float
    hang: int = 0
    seconds: float = 0.0


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, by the consoles that read.

    frames_s: position frames a console and second; units, bytes_: of a frame; last_ms: from each tick to its last console;
    opened: when the news of an opened incident came to each (s since 1970), by id; cut: lines that were.
    """

    frames_s: float
    units: float
    bytes_: float
    last_ms: list[float]
    opened: dict[str, list[float]]
    cut: int


class Room:
    """The consoles, and what they have seen."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._forget()

    def _forget(self) -> None:
        self._since = time.perf_counter()
        self._frames = self._units = self._bytes = 0
        self._ticks: dict[int, list[float]] = {}
        self._opened: dict[str, list[float]] = {}

    async def look(self, look: Look) -> Looked:
        """Sit down, watch, tell."""
        for line in self._lines[look.consoles :]:
            line.close()
        del self._lines[look.consoles :]
        boxes = outlooks(look.consoles, look.span)
        for line, box in zip(self._lines, boxes, strict=False):
            line.say(_view(box))
        for box in boxes[len(self._lines) :]:
            await self._sit(look, box)
            await asyncio.sleep(SEAT_PAUSE_S)
        for line in self._lines[: look.hang]:
            line.stop_reading()
        await asyncio.sleep(1.5)  # the first frames of the new views
        self._forget()
        await asyncio.sleep(look.seconds)
        return self._told(len(self._lines) - look.hang)

    async def _sit(self, look: Look, box: Bounds) -> None:
        first = (f'{{"subscribe":{{"room":"{look.room}","after":{look.seq}}}}}'.encode(), _view(box))
        host = f"127.0.0.1:{look.port}"
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(
            lambda: Line(host, look.key, first, self._seen), "127.0.0.1", look.port
        )
        await line.stands
        self._lines.append(line)

    def _seen(self, opcode: int, start: bytes, length: int) -> None:
        now = time.time()
        if opcode == BINARY:
            *_, count, tick_ms = HEADER.unpack_from(start)
            self._frames += 1
            self._units += count
            self._bytes += length
            tick = self._ticks.setdefault(tick_ms, [0.0, 0.0])
            tick[0] += 1
            tick[1] = now * 1e3 - tick_ms
        elif b'"fact":"opened"' in start and b'"noun":"incident"' in start:
            self._opened.setdefault(_incident(start), []).append(now)

    def _told(self, readers: int) -> Looked:
        seconds = time.perf_counter() - self._since
        whole = [last_ms for count, last_ms in self._ticks.values() if count > 0.5 * readers]
        frames = max(self._frames, 1)
        return Looked(
            frames_s=self._frames / max(readers, 1) / max(seconds, 1e-6), units=self._units / frames,
            bytes_=self._bytes / frames, last_ms=whole, opened=self._opened, cut=sum(line.cut for line in self._lines),
        )  # fmt: skip


def _incident(start: bytes) -> str:
    """The id of the event's own entity."""
    _, _, rest = start.partition(b'"id":"')
    return rest[:36].decode()


def _view(box: Bounds) -> bytes:
    return msgspec.json.encode({"view": {"bounds": [box]}})


def outlooks(count: int, span: float) -> list[Bounds]:
    """Where each console looks: rectangles of this width somewhere in the city; 0: everybody sees all."""
    if not span:
        return [(WEST - 1, SOUTH - 1, EAST + 1, NORTH + 1)] * count
    chance = np.random.default_rng(110)
    west, south = (chance.uniform(low, high - span, count) for low, high in ((WEST, EAST), (SOUTH, NORTH)))
    return [
        (float(w), float(s), float(w) + span, float(s) + span * 0.6) for w, s in zip(west, south, strict=True)
    ]


async def main() -> None:
    """Obey until the input ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    room = Room()
    asked = asyncio.create_task(reader.readline())
    while text := await asked:
        looking = asyncio.create_task(room.look(msgspec.json.decode(text, type=Look)))
        asked = asyncio.create_task(reader.readline())
        await asyncio.wait((looking, asked), return_when=asyncio.FIRST_COMPLETED)
        if not looking.done():  # whoever asked is gone: no order comes before the last is answered
            looking.cancel()
            return
        sys.stdout.buffer.write(msgspec.json.encode(looking.result()) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
