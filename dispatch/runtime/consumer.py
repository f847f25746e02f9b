"""A durable pull consumer: messages of a stream taken by whichever replica has room, acknowledged after its commit.

The client library's own fetch waits until a batch is full, so the pull protocol is spoken here: requests for as many
messages as there is room for, answered as messages come. What the handler can't use is quarantined and never comes again;
what the database could not take just now comes again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, Header

from dispatch.runtime.bus import RETRY_S, Bus
from dispatch.runtime.errors import RuntimeFault
from dispatch.runtime.metrics import MESSAGES, TASK_ERRORS
from dispatch.runtime.streams import durable_name, msg_id_problem, senders
from dispatch.runtime.trouble import NATS_TROUBLE, passes, survived

EXPIRES_S = 30
HEARTBEAT_S = 5
SILENCE_S = 11.0
"""Two heartbeats missed: the server has forgotten the request."""
ACK_WAIT_S = 5.0
RETRY_FIRST_S = 0.2
RETRY_LAST_S = 10.0
FAILURES_MAX = 8
"""Deliveries after which a message whose handler fails for an unknown reason is put aside instead of tried again."""

log = structlog.get_logger(__name__)


class Poison(RuntimeFault):
    """This message can never be used."""

    code = "poison"


class Retry(RuntimeFault):
    """This message can't be used just now; it shall come again."""

    code = "retry"


class Message(msgspec.Struct, frozen=True):
    """A message of a stream. `subject` is without prefix; `deliveries` counts from 1."""

    subject: str
    data: bytes
    msg_id: str
    deliveries: int


type Handler = Callable[[Message], Awaitable[None]]
"""Returns after the commit; raises Poison, Retry, or whatever the database raises."""

type Refused = Callable[[Message, str], Awaitable[None]]
"""Told of a message that was put aside, and why."""


class ConsumerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of which stream (name and subject without prefix), under which durable name."""

    stream: str
    durable: str
    subject: str
    concurrency: int = 64
    in_order: bool = False
    """Messages of one subject one after another, in the order they came."""


class Consumer:
    """Takes the messages of one spec on this replica.

    Args:
        bus: the connection.
        spec: what to take.
        handle: called for each message, up to `spec.concurrency` at once.
        refused: told of every message that is put aside.
    """

    def __init__(self, bus: Bus, spec: ConsumerSpec, handle: Handler, refused: Refused | None = None) -> None:
        self._bus = bus
        self._spec = spec
        self._durable = durable_name(bus.prefix, spec.durable)
        self._handle = handle
        self._refused = refused
        self._asked = 0
        self._heard = asyncio.Event()
        bus.watch(self._heard.set)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Take messages whenever NATS is there, until cancelled; those in hand are finished first."""
        try:
            while True:
                await self._bus.wait_ready()
                try:
                    await self._pull(self._bus.client)
                except Exception as error:  # noqa: BLE001  # a task loop: it asks anew
                    survived(self._spec.durable, error)
                await asyncio.sleep(RETRY_S)
        finally:
            await self._finish()

    async def _finish(self) -> None:
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=ACK_WAIT_S)
            for task in late:
                task.cancel()

    async def _pull(self, client: Client) -> None:
        """Ask and receive on one connection; returns when it changed or fell silent."""
        generation = self._bus.generation
        await self._make()
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox, cb=self._received)
        self._asked = 0
        try:
            while self._bus.generation == generation and self._bus.ready:
                await self._ask(client, inbox)
                self._heard.clear()
                try:
                    async with asyncio.timeout(SILENCE_S):
                        await self._heard.wait()
                except TimeoutError:
                    if self._asked:
                        return
        finally:
            if client.is_connected:
                await subscription.unsubscribe()

    async def _make(self) -> None:
        await self._bus.jetstream.add_consumer(
            self._spec.stream,
            ConsumerConfig(
                durable_name=self._durable,
                filter_subject=self._bus.subject(self._spec.subject),
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_S,
                max_deliver=-1,
                max_ack_pending=10_000,
            ),
        )

    async def _ask(self, client: Client, inbox: str) -> None:
        room = self._spec.concurrency - len(self._in_hand) - self._asked
        if room <= 0 or (self._asked and room < self._spec.concurrency // 4):
            return
        second_ns = 1_000_000_000
        request = {"batch": room, "expires": EXPIRES_S * second_ns, "idle_heartbeat": HEARTBEAT_S * second_ns}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._spec.stream}.{self._durable}"
        await client.publish(subject, msgspec.json.encode(request), reply=inbox)
        self._asked += room

    async def _received(self, msg: Msg) -> None:
        if msg.reply.startswith("$JS.ACK."):
            self._asked = max(0, self._asked - 1)
            task = asyncio.create_task(self._take(msg))
            self._in_hand.add(task)
            task.add_done_callback(self._done)
        elif (msg.headers or {}).get(
            Header.STATUS
        ) != "100":  # no heartbeat: the end of a request: expired, completed, or the consumer is gone
            left = (msg.headers or {}).get("Nats-Pending-Messages")
            self._asked = max(0, self._asked - int(left)) if left is not None else 0
            if left is None:
                await asyncio.sleep(RETRY_S)  # not answered in the ordinary way: don't ask in a tight circle
        self._heard.set()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._heard.set()

    async def _take(self, msg: Msg) -> None:
        if not self._spec.in_order:
            await self._settle(msg)
            return
        lane = self._lanes.get(msg.subject)
        if lane is None:
            lane = self._lanes[msg.subject] = asyncio.Lock()
        async with lane:
            await self._settle(msg)

    async def _settle(self, msg: Msg) -> None:
        """Handle one message and tell the stream what became of it."""
        message = Message(
            self._bus.plain(msg.subject),
            msg.data,
            (msg.headers or {}).get(Header.MSG_ID, ""),
            msg.metadata.num_delivered,
        )
        outcome = await self._outcome(message)
        MESSAGES.labels(self._spec.durable, outcome).inc()
        try:
            if outcome == "accepted":
                await msg.ack()
            elif outcome == "quarantined":
                await msg.term()
            else:
                await msg.nak(delay=min(RETRY_LAST_S, RETRY_FIRST_S * 2 ** min(message.deliveries - 1, 10)))
        except NATS_TROUBLE as error:  # it comes again, and is recognised by its id
            log.info("not_acknowledged", subject=message.subject, msg_id=message.msg_id, error=repr(error))

    async def _outcome(self, message: Message) -> str:
        try:
            problem = msg_id_problem(message.msg_id, senders(message.subject))
            if problem is not None:
                raise Poison(problem)
            await self._handle(message)
        except Poison as poison:
            return await self._put_aside(message, str(poison))
        except Retry as retry:
            log.info("message_retried", subject=message.subject, msg_id=message.msg_id, reason=str(retry))
            return "retried"
        except Exception as error:  # noqa: BLE001  # the consumer's loop: one bad message never stops the next one
            return await self._failed(message, error)
        return "accepted"

    async def _failed(self, message: Message, error: Exception) -> str:
        if passes(error):
            log.warning("message_retried", subject=message.subject, msg_id=message.msg_id, error=repr(error))
            return "retried"
        TASK_ERRORS.labels(self._spec.durable).inc()
        log.error("handler_failed", subject=message.subject, msg_id=message.msg_id, exc_info=error)
        if message.deliveries < FAILURES_MAX:
            return "retried"
        return await self._put_aside(message, "The handler failed again and again; see the log.")

    async def _put_aside(self, message: Message, reason: str) -> str:
        await self._bus.quarantine(message.subject, message.data, reason)
        if self._refused is not None:
            await self._refused(message, reason)
        return "quarantined"
