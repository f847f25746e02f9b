"""Fixes in: from the bus into the live index, one fix a message and in frames, in microseconds of the processor a fix.

The sender is a process of its own and the broker another, so what is measured is what a replica spends: receiving, decoding,
judging, doubting, and moving units in the index, its trees included. One fix a message is done as simply as Python allows: unpack, compare times, keep.
"""

import asyncio
import math
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import h3.api.basic_int as h3
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from dispatch.runtime.ports import free_port, listens
from dispatch.runtime.programs import installed_programs
from load_tests.patrols import START_MS, Patrols
from load_tests.rows import Row, Size
from units.gateways import columns, packed
from units.gathering import Gathering
from units.live import LiveUnits

NAME = "fixes_in"
PATH = "fixes in"
SUBJECT = "cad.load"
FRAME_ROWS = (100, 500)
LEAST_A_SECOND = {"cad.fixb": 1_000_000, "cad.fix": 400_000}

_RECORD = struct.Struct("<IIqiiHHHH")

type Take = Callable[[bytes, int], Any]


async def run(size: Size) -> list[Row]:
    counts = (2_000,) if size == "small" else (20_000, 100_000)
    rows: list[Row] = []
    async with _broker() as url:
        for count in counts:
            rows += await _one_city(url, count)
    if len(counts) == 2:
        rows.append(_growth(rows, counts))
    return rows


async def _one_city(url: str, count: int) -> list[Row]:
    patrols = Patrols(count)
    single_us = await _measure(url, patrols, 1, packed.encode, _one_by_one())
    title = f"{count:,} units"
    rows = [Row(path=PATH, what=f"{title}: one fix a message", figure=single_us, unit="us")]
    for name, codec in (("cad.fixb", packed), ("cad.fix", columns)):
        for frame_rows in FRAME_ROWS:
            a_fix_us = await _measure(url, patrols, frame_rows, codec.encode, _Replica(patrols.index(), name))
            rows.append(
                Row(
                    path=PATH,
                    what=f"{title}: {name}, {frame_rows} a frame",
                    figure=a_fix_us,
                    unit="us",
                    target="one a message / 10" if name == "cad.fixb" else "",
                    peer="one a message",
                    peer_figure=single_us,
                    ratio=single_us / a_fix_us,
                    met=a_fix_us <= single_us / 10 if name == "cad.fixb" else None,
                )
            )
            a_second = 1e6 / a_fix_us
            least = LEAST_A_SECOND[name]
            what = f"{title}: {name}, {frame_rows} a frame, fixes a second and core"
            rows.append(
                Row(
                    path=PATH,
                    what=what,
                    figure=a_second,
                    unit="/s",
                    target=f">= {least:,}",
                    met=a_second >= least,
                )
            )
    return rows


def _growth(rows: list[Row], counts: tuple[int, ...]) -> Row:
    figures = {row.what: row.figure for row in rows if row.figure is not None}
    few, many = (figures[f"{count:,} units: cad.fixb, 500 a frame"] for count in counts)
    exponent = 1 + math.log(many / few) / math.log(counts[1] / counts[0])
    what = "growth of the whole load with the number of units, exponent"
    return Row(path=PATH, what=what, figure=exponent)


def _one_by_one() -> Take:
    """The plain way: a dict of newest fixes and the cell of each, one call a fix."""
    newest: dict[int, tuple[int, int, int]] = {}
    cells: dict[int, int] = {}

    def take(payload: bytes, _received_at_ms: int) -> None:
        handle, _, t_ms, lon, lat, *_ = _RECORD.unpack(payload)
        known = newest.get(handle)
        if known is None or t_ms > known[0]:
            newest[handle] = (t_ms, lon, lat)
            cells[handle] = h3.latlng_to_cell(lat * 1e-7, lon * 1e-7, 8)

    return take


class _Replica:
    """What a replica does with frames: gathers those of one turn of the loop, takes them in, judges all once a second."""

    def __init__(self, live: LiveUnits, kind: str) -> None:
        self._live = live
        self._gathering = Gathering(live)
        self._subject = f"{kind}.load"
        self._due = False

    def __call__(self, payload: bytes, received_at_ms: int) -> None:
        if self._gathering.add(self._subject, payload):
            self._take_in(received_at_ms)
        elif not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._take_in, received_at_ms)

    def _take_in(self, received_at_ms: int) -> None:
        self._due = False
        self._gathering.take_in(received_at_ms)

    def second(self, received_at_ms: int) -> None:
        """A second of everybody's fixes is in."""
        self._take_in(received_at_ms)
        self._live.refresh_quality(received_at_ms)
        self._live.settle()


async def _measure(
    url: str, patrols: Patrols, frame_rows: int, encode: Callable[[Any], bytes], take: Take
) -> float:
    """Processor time of this process in us a fix, over some seconds of everybody's fixes; the first is not counted."""
    seconds = 2 if frame_rows == 1 else 8
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "payloads"
        total = _write(file, patrols, frame_rows, encode, seconds)
        first = total // seconds
        used_s = await _receive(url, file, (total, first), take)
    return used_s * 1e6 / ((total - first) * min(frame_rows, patrols.count))


def _write(
    file: Path, patrols: Patrols, frame_rows: int, encode: Callable[[Any], bytes], seconds: int
) -> int:
    count = 0
    with file.open("wb") as out:
        for second in range(seconds):
            patrols.drive(1.0)
            for frame in patrols.frames(START_MS + second * 1_000, frame_rows):
                payload = encode(frame)
                out.write(struct.pack("<I", len(payload)) + payload)
                count += 1
    return count


async def _receive(url: str, file: Path, total_and_first: tuple[int, int], take: Take) -> float:
    total, first = total_and_first
    client: Client = await nats.connect(url, pending_size=1 << 26)
    done = asyncio.get_running_loop().create_future()
    received, started = 0, 0.0
    received_at_ms = START_MS + 10_000

    async def hear(message: Msg) -> None:
        nonlocal received, started
        take(message.data, received_at_ms)
        received += 1
        if received % first == 0 and isinstance(take, _Replica):
            take.second(received_at_ms)
        if received == first:
            started = time.process_time()
        elif received == total:
            done.set_result(time.process_time() - started)

    await client.subscribe(SUBJECT, cb=hear, pending_msgs_limit=1 << 22, pending_bytes_limit=1 << 30)
    await client.flush()
    sender = subprocess.Popen(  # noqa: S603, ASYNC220
        [sys.executable, "-m", "load_tests.sender", url, SUBJECT, str(file)], cwd=Path(__file__).parents[2]
    )
    try:
        async with asyncio.timeout(300):
            used_s: float = await done
    finally:
        sender.terminate()
        sender.wait()
        await client.close()
    return used_s


@asynccontextmanager
async def _broker() -> AsyncIterator[str]:
    port = free_port()
    program = installed_programs().nats_server
    server = subprocess.Popen(  # noqa: S603, ASYNC220
        [program, "-a", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"nats://127.0.0.1:{port}"
    try:
        for _ in range(100):
            if listens(port):
                break
            await asyncio.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()
