"""The one connection of a replica to NATS. The centre starts, serves and keeps every alarm while it is absent.

`run` connects and reconnects for ever, makes the streams again after each connection and then calls itself ready. Core
messages sent while the connection is away are dropped (every receiver of ours fills gaps from PostgreSQL); stored messages
raise NotStored and stay where they came from. Subjects here are written without the deployment's prefix.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, Header, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import BadRequestError, NoStreamResponseError

from dispatch.runtime.errors import RuntimeFault
from dispatch.runtime.metrics import NATS_CONNECTED, QUARANTINED, TASK_ERRORS
from dispatch.runtime.streams import gateway_of, streams, subject_with
from dispatch.runtime.trouble import NATS_TROUBLE, survived

type Received = Callable[[str, bytes], Awaitable[None] | None]
"""Called with the subject (without prefix) and the payload of a core message."""

QUARANTINE_BYTES = 4096
RETRY_S = 0.5
STORE_TIMEOUT_S = 2.0

log = structlog.get_logger(__name__)


class NotStored(RuntimeFault):
    """NATS did not confirm the message."""

    code = "not_stored"


class Bus:
    """A replica's connection to NATS.

    Args:
        servers: addresses, with credentials if the server asks for them.
        prefix: of the deployment's subjects; empty or ending in a dot.
        name: of the connection, as the server's monitoring shows it.
    """

    def __init__(self, servers: Sequence[str], prefix: str = "", name: str = "dispatch110") -> None:
        self.prefix = prefix
        self.generation = 0
        """Rises with every connection; what was asked of the server in an earlier one is forgotten."""
        self._servers = list(servers)
        self._name = name
        self._client = Client()
        self._jetstream = self._client.jetstream(timeout=STORE_TIMEOUT_S)
        self._watchers: list[Callable[[], None]] = []
        self._consumers: dict[tuple[str, str], ConsumerConfig] = {}
        self._subscriptions: list[tuple[str, Received]] = []
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether NATS is reachable and its streams are there."""
        return self._ready.is_set() and self._client.is_connected

    @property
    def client(self) -> Client:
        """The present connection, for the pull consumers of this package."""
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream on the present connection."""
        return self._jetstream

    def watch(self, changed: Callable[[], None]) -> None:
        """Call this whenever the bus becomes ready or is lost."""
        self._watchers.append(changed)

    async def wait_ready(self) -> None:
        """Wait until NATS is reachable and its streams are there."""
        while not self.ready:
            self._ready.clear()
            await self._ready.wait()

    def subject(self, subject: str) -> str:
        """A subject as this deployment says it."""
        return subject_with(self.prefix, subject)

    def plain(self, subject: str) -> str:
        """A received subject without the deployment's prefix."""
        return subject.removeprefix(self.prefix)

    async def subscribe(self, subject: str, received: Received) -> None:
        """Receive core messages on a subject in the order they come, now and after every reconnection."""
        self._subscriptions.append((subject, received))
        if self._client.is_connected:
            await self._subscribe(self._client, subject, received)

    async def publish(self, subject: str, data: bytes, headers: dict[str, str] | None = None) -> bool:
        """Send a core message; False when it could not even be handed to the connection."""
        if not self._client.is_connected or len(data) > self._client.max_payload:
            return False
        try:
            await self._client.publish(self.subject(subject), data, headers=headers)
        except NATS_TROUBLE:
            return False
        return True

    async def store(self, subject: str, data: bytes, msg_id: str) -> None:
        """Publish to the subject's stream and wait for its confirmation. Raises NotStored; send it again then."""
        if not self.ready:
            raise NotStored("NATS is not reachable.")
        try:
            await self.jetstream.publish(self.subject(subject), data, headers={Header.MSG_ID: msg_id})
        except NoStreamResponseError as error:
            self._changed.set()
            raise NotStored(f"NATS has no stream for {subject}.") from error
        except NATS_TROUBLE as error:
            raise NotStored(f"NATS did not confirm a message on {subject}: {error!r}") from error

    async def quarantine(self, subject: str, data: bytes, reason: str) -> None:
        """Put a frame that can't be used aside, counted, with its first 4 KiB, where its sender's people find it."""
        QUARANTINED.labels(".".join(subject.split(".")[:2])).inc()
        log.warning("quarantined", subject=subject, reason=reason, size=len(data))
        headers = {"Dispatch-Subject": subject, "Dispatch-Reason": reason.encode("ascii", "replace").decode()}
        await self.publish(f"cad.quarantine.{gateway_of(subject)}", data[:QUARANTINE_BYTES], headers)

    async def run(self) -> None:
        """Keep the connection, until cancelled."""
        while True:
            self._client = Client()
            self._jetstream = self._client.jetstream(timeout=STORE_TIMEOUT_S)
            try:
                await self._connect(self._client)
                await self._keep_ready(self._client)
            except Exception as error:  # noqa: BLE001  # a task loop: it connects anew
                survived("bus", error)
            finally:
                self._lost()
                with contextlib.suppress(*NATS_TROUBLE):
                    await self._client.close()
            await asyncio.sleep(RETRY_S)

    async def _connect(self, client: Client) -> None:
        async def changed() -> None:
            self._lost()
            self._changed.set()

        async def failed(error: Exception) -> None:
            log.debug("nats_error", error=repr(error))

        await client.connect(
            self._servers,
            name=self._name,
            no_echo=True,  # what a replica says it knows already
            error_cb=failed,
            disconnected_cb=changed,
            reconnected_cb=changed,
            closed_cb=changed,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY_S,  # type: ignore[arg-type]  # the client sleeps it, a fraction is fine
            connect_timeout=2,
            ping_interval=2,
            max_outstanding_pings=2,
        )
        for subject, received in self._subscriptions:
            await self._subscribe(client, subject, received)
        self._changed.set()

    def _lost(self) -> None:
        self._ready.clear()
        NATS_CONNECTED.set(0)
        self._tell_watchers()

    def _tell_watchers(self) -> None:
        for changed in self._watchers:
            changed()

    async def _keep_ready(self, client: Client) -> None:
        """After each reconnection of this client make the streams; return when it is closed for good."""
        while not client.is_closed:
            await self._changed.wait()
            self._changed.clear()
            if not client.is_connected:
                continue
            try:
                await self._make_streams()
            except NATS_TROUBLE as error:
                log.warning("nats_streams_failed", error=repr(error))
                await asyncio.sleep(RETRY_S)
                self._changed.set()
                continue
            self.generation += 1
            self._ready.set()
            NATS_CONNECTED.set(1)
            self._tell_watchers()
            log.info("nats_ready", generation=self.generation)

    async def keep_consumer(self, stream: str, durable: str, subjects: Sequence[str]) -> None:
        """Make a durable pull consumer for somebody who may not (a gateway), now and after every reconnection."""
        config = ConsumerConfig(
            durable_name=durable,
            filter_subjects=[self.subject(subject) for subject in subjects],
            ack_policy=AckPolicy.EXPLICIT,
        )
        self._consumers[stream, durable] = config
        if self.ready:
            await self.jetstream.add_consumer(stream, config)

    async def _make_streams(self) -> None:
        for config in streams(self.prefix):
            try:
                await self.jetstream.add_stream(config)
            except BadRequestError:  # it exists with other settings
                await self._correct_stream(config)
        for (stream, _), consumer in list(self._consumers.items()):
            await self.jetstream.add_consumer(stream, consumer)

    async def _correct_stream(self, config: StreamConfig) -> None:
        """Bring a stream up to date; subjects under other prefixes (exercises) stay in it."""
        found = await self.jetstream.stream_info(config.name or "")
        subjects = {*(found.config.subjects or ()), *(config.subjects or ())}
        try:
            await self.jetstream.update_stream(config.evolve(subjects=sorted(subjects)))
        except BadRequestError:  # e.g. other storage, which only a person may change: it holds messages
            log.exception("nats_stream_differs", stream=config.name)

    async def _subscribe(self, client: Client, subject: str, received: Received) -> None:
        async def deliver(msg: Msg) -> None:
            try:
                answer = received(self.plain(msg.subject), msg.data)
                if answer is not None:
                    await answer
            except Exception:  # the subscription's loop: one bad frame never stops the next one
                TASK_ERRORS.labels("subscription").inc()
                log.exception("subscriber_failed", subject=msg.subject)

        await client.subscribe(self.subject(subject), cb=deliver)
