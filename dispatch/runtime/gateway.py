"""The reference gateway: a process of its own that carries orders to terminals and their replies and fixes to the centre.

`Line` is what every gateway needs, whatever its devices speak; `run` hangs simulated radios on it. To write another: turn
what a device sends into a `units.frames.Frame` (a codec in `units.gateways`) and into replies, and give `Line` to it.

    async with Line.open(station) as line:
        await line.fixes(frame)                      # where terminals are, up to 1,000 a frame
        await line.reply(handle, reply)              # kept by NATS when it returns True; else send it again
        await line.orders(heard)                     # heard(handle, message), acknowledged when it returns

    python -m dispatch.runtime.gateway STATION.json  # simulated radios, until SIGTERM
"""

import asyncio
import contextlib
import dataclasses
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Self

import msgspec
import nats
import numpy as np
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header
from nats.js.errors import Error as JetStreamError

from dispatch.runtime.nats_config import STREAM, gateway_consumer, gateway_inbox
from dispatch.runtime.streams import subject_with
from dispatch.runtime.trouble import NATS_TROUBLE
from units.driving import Ways
from units.frames import Frame
from units.gateways import packed
from units.simulator import Habits, Radios, Reply, Terminal

BATCH = 100
EXPIRES_S = 20
RETRY_S = 1.0
TICK_S = 0.2
FIX_EVERY_S = 1.0

type Heard = Callable[[int, dict[str, Any]], None]
"""Told of a message for a terminal: its handle, and the JSON of `cad.radio.order`."""

log = structlog.get_logger(__name__)


class Station(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One gateway: its name, where NATS is (without credentials), its nkey's seed, and the radios to simulate.

    answers False: no replies at all, and every terminal stands still. prefix: of the deployment's subjects. roads: the
    folder of a bundle's roads, which the radios drive along; None: they drive straight.
    """

    name: str
    url: str
    nkey_seed: str
    terminals: list[Terminal] = []
    habits: Habits = Habits()
    chance: int = 110
    answers: bool = True
    prefix: str = ""
    roads: str | None = None


class Line:
    """A gateway's connection to the centre, with the gateway's own credentials; it comes back by itself."""

    def __init__(self, client: Client, station: Station) -> None:
        self._client = client
        self._station = station

    @classmethod
    @asynccontextmanager
    async def open(cls, station: Station) -> AsyncIterator[Self]:
        """Connect, and again whenever the server comes back; closed at the end of the block."""

        async def told(error: Exception) -> None:
            log.info("nats_error", error=repr(error))

        client = await nats.connect(
            station.url,
            name=f"gateway {station.name}",
            nkeys_seed_str=station.nkey_seed,
            inbox_prefix=gateway_inbox(station.name).encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            error_cb=told,
        )
        try:
            yield cls(client, station)
        finally:
            await client.close()

    def _subject(self, subject: str) -> str:
        return subject_with(self._station.prefix, subject)

    async def fixes(self, frame: Frame) -> None:
        """Send a frame; one that can't be sent is forgotten, the next comes in a second."""
        with contextlib.suppress(*NATS_TROUBLE):
            await self._client.publish(self._subject(f"cad.fixb.{self._station.name}"), packed.encode(frame))

    async def reply(self, handle: int, payload: dict[str, Any]) -> bool:
        """Send a terminal's reply; whether NATS has kept it. The same `reply_id` again is the same reply."""
        subject = self._subject(f"cad.radio.reply.{self._station.name}.{handle}")
        headers = {Header.MSG_ID.value: payload["reply_id"]}
        try:
            await self._client.jetstream().publish(
                subject, msgspec.json.encode(payload), timeout=5, headers=headers
            )
        except (*NATS_TROUBLE, JetStreamError):
            return False
        return True

    async def orders(self, heard: Heard) -> None:
        """Pull messages for terminals from the gateway's mailbox, until cancelled."""
        came: asyncio.Queue[Msg] = asyncio.Queue()
        inbox = self._client.new_inbox()
        await self._client.subscribe(inbox, cb=came.put)
        while True:
            try:
                await self._ask(inbox)
                await self._take(came, heard)
            except NATS_TROUBLE as error:
                log.info("orders_interrupted", error=repr(error))
                await asyncio.sleep(RETRY_S)

    async def _ask(self, inbox: str) -> None:
        request = {"batch": BATCH, "expires": EXPIRES_S * 1_000_000_000}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{gateway_consumer(self._station.name)}"
        await self._client.publish(subject, msgspec.json.encode(request), reply=inbox)

    async def _take(self, came: "asyncio.Queue[Msg]", heard: Heard) -> None:
        """What one request brings; TimeoutError when the server has forgotten it."""
        for _ in range(BATCH):
            async with asyncio.timeout(EXPIRES_S + 5):
                msg = await came.get()
            if not msg.reply.startswith("$JS.ACK."):
                status = (msg.headers or {}).get(Header.STATUS.value)
                if status != "408":  # it merely expired; anything else (no mailbox yet) is worth a pause
                    await asyncio.sleep(RETRY_S)
                return
            with contextlib.suppress(msgspec.DecodeError, ValueError):
                heard(int(msg.subject.rpartition(".")[2]), msgspec.json.decode(msg.data))
            await msg.ack()


async def run(station: Station) -> None:
    """Simulated radios on a line: they hear, answer, drive and report where they are, until cancelled."""
    started_ms = _now_ms()
    chance = Random(station.chance)  # noqa: S311 - simulated
    radios = Radios(station.terminals, station.habits, chance, now_ms=started_ms, boot=started_ms)
    async with Line.open(station) as line, asyncio.TaskGroup() as tasks:
        tasks.create_task(_report_places(line, radios, still=not station.answers))
        if station.answers:
            if station.roads is not None:
                radios.know(await asyncio.to_thread(_ways, station.roads))
            said: asyncio.Queue[Reply] = asyncio.Queue()
            tasks.create_task(line.orders(lambda handle, message: radios.hear(handle, message, _now_ms())))
            tasks.create_task(_let_time_pass(radios, said))
            tasks.create_task(_bring_replies(line, said))


def _ways(path: str) -> Ways:
    """The ways of a city; loading takes a second, while the centre already waits for the first fixes."""
    from geo.roads import Roads

    return Roads.open(Path(path)).way


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _let_time_pass(radios: Radios, said: "asyncio.Queue[Reply]") -> None:
    while True:
        for reply in radios.step(_now_ms()):
            said.put_nowait(reply)
        await asyncio.sleep(TICK_S)


async def _bring_replies(line: Line, said: "asyncio.Queue[Reply]") -> None:
    """One after another, each until it is kept: a terminal's steps never overtake each other."""
    while True:
        reply = await said.get()
        while not await line.reply(reply.handle, reply.payload):  # noqa: ASYNC110 - it is asked anew
            await asyncio.sleep(RETRY_S)


async def _report_places(line: Line, radios: Radios, *, still: bool) -> None:
    """Every terminal's place each second. Terminals that stand still are put into frames once."""
    loop = asyncio.get_running_loop()
    frames, due_s = radios.frames(_now_ms()), loop.time()
    while True:
        now_ms = _now_ms()
        if still:
            frames = [dataclasses.replace(f, t_ms=np.full(len(f), now_ms, np.int64)) for f in frames]
        else:
            frames = radios.frames(now_ms)
        for frame in frames:
            if len(frame):
                await line.fixes(frame)
        due_s = max(due_s + FIX_EVERY_S, loop.time())
        await asyncio.sleep(due_s - loop.time())


async def _until_told(station: Station) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await run(station)


def main(path: Path) -> None:
    """Run the station of a file."""
    asyncio.run(_until_told(msgspec.json.decode(path.read_bytes(), type=Station)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
