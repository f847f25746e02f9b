"""The one client that plays simulators and replays through the public doors: HTTP with a key, NATS with credentials.

Every act carries an idempotency key and is sent again until it is answered, so a centre that is killed and comes back
gets each alarm exactly once.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import msgspec
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

BASE = "/api/v1"
PATIENCE_S = 120.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
PAGE = 500
POOLS = 12
TIMEOUT_S = 30.0
# Answers that say "not just now": the act was not accepted, or nobody knows; the same key makes it safe to ask again.
PASSING = frozenset({502, 503, 504})


class Refused(Exception):
    """The centre refused this; `code` is its stable code, the text its sentence."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", status))
        self.problem = dict(problem)
        super().__init__(str(problem.get("detail") or problem.get("title") or f"status {status}"))


class Unreachable(Exception):
    """The centre did not answer in time."""


class Door:
    """HTTP doors of a centre as seen by the holder of one API key; bodies and answers are JSON values.

    Args:
        clients: each with the base address of the centre; requests go round them.
        key: the API key.
        patience_s: how long an act is sent again while the centre is away.
    """

    def __init__(
        self, clients: Sequence[httpx.AsyncClient], key: str, patience_s: float = PATIENCE_S
    ) -> None:
        self._clients = clients
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._patience_s = patience_s
        self.requests = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, key: str, patience_s: float = PATIENCE_S, ca: str | None = None
    ) -> AsyncIterator[Self]:
        """A door to the centre at `url` (scheme, host and port), closed at the end. ca: file of its own certificate.

        Several small pools of connections: one large one looks through all of its connections for every request.
        """
        trust = httpx.create_ssl_context() if ca is None else ssl.create_default_context(cafile=ca)
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(
                    httpx.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT_S, verify=trust)
                )
                for _ in range(POOLS)
            ]
            yield cls(clients, key, patience_s)

    def with_key(self, key: str) -> "Door":
        """The same doors for another holder."""
        return Door(self._clients, key, self._patience_s)

    async def get(self, path: str, **params: Any) -> Any:
        """What stands at `path`. Raises Refused and Unreachable, as all below."""
        return (await self._send("GET", path, params=params))[0]

    async def get_with_etag(self, path: str) -> tuple[Any, str]:
        """What stands at `path`, with the version that `put` and `patch` want back."""
        return await self._send("GET", path)

    async def each(self, path: str, **params: Any) -> AsyncIterator[Any]:
        """Every item of a list, page by page."""
        after: str | None = None
        while True:
            page = await self.get(path, limit=PAGE, **params, **({} if after is None else {"after": after}))
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    async def post(self, path: str, key: str, body: Mapping[str, Any]) -> Any:
        """Do an act once, however often it must be sent; `key` names it for ever."""
        return (await self._send("POST", path, body, {"Idempotency-Key": key}))[0]

    async def put(self, path: str, body: Any, etag: str) -> Any:
        """Put a list of reference data in place of the version that was read."""
        return (await self._send("PUT", path, body, {"If-Match": etag}))[0]

    async def patch(self, path: str, body: Any, etag: str) -> Any:
        """Change an entity whose version was read."""
        return (await self._send("PATCH", path, body, {"If-Match": etag}))[0]

    async def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> tuple[Any, str]:
        content = None if body is None else msgspec.json.encode(body)
        deadline, pause_s = time.monotonic() + self._patience_s, FIRST_PAUSE_S
        while True:
            client = self._clients[self.requests % len(self._clients)]
            self.requests += 1
            try:
                answer = await client.request(
                    method,
                    BASE + path,
                    content=content,
                    params=params,
                    headers={**self._headers, **(headers or {})},
                )
                if answer.status_code not in PASSING:
                    return _read(answer), answer.headers.get("etag", "")
                trouble = f"status {answer.status_code}"
            except httpx.TransportError as error:
                trouble = type(error).__name__
            if time.monotonic() + pause_s > deadline:
                raise Unreachable(
                    f"{client.base_url} does not answer ({trouble}) since {self._patience_s:.0f} s."
                )
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _read(answer: httpx.Response) -> Any:
    try:
        value = msgspec.json.decode(answer.content) if answer.content else None
    except msgspec.DecodeError:
        value = {"detail": f"no JSON, but {answer.headers.get('content-type', 'nothing')}"}
    if answer.is_success:
        return value
    raise Refused(answer.status_code, value if isinstance(value, dict) else {})


def local_hour(zone: str, ahead_s: float = 0.0) -> int:
    """The hour of day in a time zone, so many seconds from now."""
    return datetime.fromtimestamp(time.time() + ahead_s, ZoneInfo(zone)).hour


def wall_clock() -> datetime:
    """Now, by the clock of this machine: when what is played is said to have happened."""
    return datetime.now(UTC)


async def is_ready(url: str, path: str = "/readyz", ca: str | None = None) -> bool:
    """Whether the centre at this address answers 200 there. Cheap enough to be asked many times a second.

    ca: file of the certificate that vouches for it, where no authority of this machine does.
    """
    address = urlsplit(url)
    trust = ssl.create_default_context(cafile=ca) if address.scheme == "https" else None
    port = address.port or (443 if trust else 80)
    try:
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection(address.hostname, port, ssl=trust)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode()
                )
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]


async def wait_ready(url: str, within_s: float, ca: str | None = None) -> None:
    """Wait until the centre may take work. Raises Unreachable."""
    deadline = time.monotonic() + within_s
    while not await is_ready(url, ca=ca):
        if time.monotonic() > deadline:
            raise Unreachable(f"{url} did not become ready within {within_s:.0f} s.")
        await asyncio.sleep(FIRST_PAUSE_S)


class Devices:
    """Devices that report by NATS: call points, a switchboard. Messages wait in JetStream, whatever state the centre is in."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, nkey_seed: str, inbox_prefix: str) -> AsyncIterator[Self]:
        """Connect with the credentials of a gateway, and again whenever the server comes back."""

        async def quiet(_: Exception) -> None:
            """Every publish is confirmed or tried again; errors in between are nobody's news."""

        client = await nats.connect(
            url,
            nkeys_seed_str=nkey_seed,
            inbox_prefix=inbox_prefix.encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            error_cb=quiet,
        )
        try:
            yield cls(client)
        finally:
            await client.close()

    async def report(self, source: str, device: str, msg_id: str, alarm: Mapping[str, Any]) -> bool:
        """Send one alarm; whether NATS has kept it. The same `msg_id` again is the same alarm."""
        return await self._publish(f"cad.alarm.{source}.{device}", msg_id, alarm)

    async def tell_call(self, acd: str, line: str, msg_id: str, event: Mapping[str, Any]) -> bool:
        """Tell what became of a telephone call; whether NATS has kept it. `acd` is the name of this gateway."""
        return await self._publish(f"cad.call.{acd}.{line}", msg_id, event)

    async def beat(self, device: str, heartbeat: Mapping[str, Any]) -> None:
        """A call point's device says that it is alive; nobody keeps that, and the next one comes soon."""
        if self._client.is_connected:
            await self._client.publish(f"cad.call_point.{device}.heartbeat", msgspec.json.encode(heartbeat))

    async def _publish(self, subject: str, msg_id: str, content: Mapping[str, Any]) -> bool:
        data, headers = msgspec.json.encode(content), {"Nats-Msg-Id": msg_id}
        try:
            await self._client.jetstream().publish(subject, data, timeout=5, headers=headers)
        except (NatsError, JetStreamError, OSError, TimeoutError):
            return False
        return True
