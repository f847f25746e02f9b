"""Callers over HTTP and panels over NATS who report at a rate and insist: each sends its one key until it is acknowledged.

They remember what they were told, so a test can ask afterwards whether the centre still knows it, and knows it once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from tests.harness.centre import GUARD_S

RESEND_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.3
AT_ONCE = 48
WAITING_MAX = 400
"""Who finds so many waiting does not call: a slow machine is given less to do, not an endless queue."""
NOT_JUST_NOW = 503


class Line:
    """One kept-alive HTTP connection; spoken by hand, because a full client costs more than the centre under test."""

    def __init__(self, url: str, api_key: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._head = (
            f"Host: {parts.netloc}\r\nAuthorization: Bearer {api_key}\r\nContent-Type: application/json"
        )
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, key: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError or IncompleteReadError when the line breaks."""
        try:
            if self._open is None:
                self._open = await asyncio.open_connection(*self._address)
            reader, writer = self._open
            writer.write(
                f"POST {path} HTTP/1.1\r\n{self._head}\r\nIdempotency-Key: {key}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].split("\r\n")[0])
            return int(head.split()[1]), await reader.readexactly(length)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


async def insist(line: Line, path: str, key: str, body: bytes) -> Any:
    """Send it until it is answered with 2xx; the answer."""
    pause_s = FIRST_PAUSE_S
    async with asyncio.timeout(GUARD_S):
        while True:
            with contextlib.suppress(OSError, EOFError):
                status, told = await line.post(path, key, body)
                if status != NOT_JUST_NOW:
                    assert 200 <= status < 300, (status, told)
                    return msgspec.json.decode(told)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


type Report = Callable[[str], Awaitable[tuple[str, str]]]
"""Sends one key until it is acknowledged; ids of its alarm and its incident."""


class Reporters:
    """People or devices who report with keys: `acknowledged` holds (alarm id, incident id) by key.

    Args:
        reports: one for each that can report at the same time.
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        self.keys: list[str] = []
        self.acknowledged: dict[str, tuple[str, str]] = {}
        self._reports = reports
        self._more = asyncio.Event()

    @asynccontextmanager
    async def reporting(self, a_second: float) -> AsyncIterator[None]:
        """Inside the block somebody new reports so many times a second; at its end everybody has been answered."""
        waiting: asyncio.Queue[str] = asyncio.Queue()
        calling = asyncio.create_task(self._call(waiting, a_second))
        answering = [asyncio.create_task(self._answer(waiting, report)) for report in self._reports]
        try:
            yield
            calling.cancel()
            async with asyncio.timeout(GUARD_S):
                await waiting.join()
        finally:
            for task in (calling, *answering):
                task.cancel()
            outcomes = await asyncio.gather(calling, *answering, return_exceptions=True)
            refused = [one for one in outcomes if not isinstance(one, asyncio.CancelledError)]
            assert not refused, f"somebody who reported was refused: {refused!r}"

    async def _call(self, waiting: asyncio.Queue[str], a_second: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if waiting.qsize() < WAITING_MAX:
                key = str(uuid4())
                self.keys.append(key)
                waiting.put_nowait(key)
            due += 1 / a_second
            await asyncio.sleep(due - loop.time())

    async def _answer(self, waiting: asyncio.Queue[str], report: Report) -> None:
        while True:
            key = await waiting.get()
            self.acknowledged[key] = await report(key)
            self._more.set()
            waiting.task_done()

    async def more(self, count: int) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + count
        async with asyncio.timeout(GUARD_S):
            while len(self.acknowledged) < wanted:
                self._more.clear()
                await self._more.wait()

    async def send_all_again(self) -> dict[str, tuple[str, str]]:
        """Every key once more; what is answered now."""
        again: dict[str, tuple[str, str]] = {}
        left = iter(self.keys)

        async def some(report: Report) -> None:
            for key in left:
                again[key] = await report(key)

        async with asyncio.TaskGroup() as tasks:
            for report in self._reports:
                tasks.create_task(some(report))
        return again


@asynccontextmanager
async def callers(url: str, api_key: str, at_once: int = AT_ONCE, **more: Any) -> AsyncIterator[Reporters]:
    """Call-takers at HTTP; the key of each report is its alarm's `call_id`."""
    lines = [Line(url, api_key) for _ in range(at_once)]

    def taker(line: Line) -> Report:
        async def report(key: str) -> tuple[str, str]:
            body = msgspec.json.encode({"source": "call", "call_id": key, "text": "有人打架"} | more)
            told = await insist(line, "/api/v1/alarms", key, body)
            return told["alarm"]["id"], told["incident"]["id"]

        return report

    try:
        yield Reporters([taker(line) for line in lines])
    finally:
        for line in lines:
            line.close()


class Panels:
    """Alarm panels on NATS: each message is sent again until its acknowledgement comes.

    Args:
        client: their connection.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def hear(self) -> None:
        await self._client.subscribe("cad.ack.*", cb=self._heard)

    async def _heard(self, msg: Msg) -> None:
        said: dict[str, Any] = msgspec.json.decode(msg.data)
        waiting = self._waiting.get(said["msg_id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(said)

    async def send(self, subject: str, alarm: Any, msg_id: str | None = None) -> dict[str, Any]:
        """Report until acknowledged; what the centre said."""
        msg_id = msg_id or str(uuid4())
        heard: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[msg_id] = heard
        data = alarm if isinstance(alarm, bytes) else msgspec.json.encode(alarm)
        try:
            async with asyncio.timeout(GUARD_S):
                while True:
                    with contextlib.suppress(NatsError, JetStreamError, OSError, TimeoutError):
                        await self._client.jetstream().publish(
                            subject, data, timeout=RESEND_S, headers={"Nats-Msg-Id": msg_id}
                        )
                    await asyncio.wait([heard], timeout=RESEND_S)
                    if heard.done():
                        return heard.result()
        finally:
            del self._waiting[msg_id]


@asynccontextmanager
async def nats_client(url: str) -> AsyncIterator[Client]:
    """A connection that comes back by itself and says nothing of what happens in between."""

    async def quiet(_: Exception) -> None:
        """Whoever sends is answered or sends again."""

    client = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0, error_cb=quiet)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def panels(url: str) -> AsyncIterator[Reporters]:
    """Panels as reporters: the Nats-Msg-Id of each message is its alarm's `call_id`."""
    async with nats_client(url) as client:
        sender = Panels(client)
        await sender.hear()

        async def report(key: str) -> tuple[str, str]:
            said = await sender.send(f"cad.alarm.panel.p{key[:4]}", {"call_id": key}, key)
            assert said.get("error") is None, said
            return said["alarm_id"], said["incident_id"]

        yield Reporters([report] * AT_ONCE)
