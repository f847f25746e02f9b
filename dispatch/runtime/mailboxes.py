"""A mailbox for every gateway: its durable consumer on RADIO, from which it pulls the orders of its terminals.

Gateways may not make consumers themselves (one could be told to deliver anywhere); so each replica sees that the mailbox
of every known gateway is there, and an order waits in it while its gateway is away.
"""

import asyncio

from nats.js.api import AckPolicy, ConsumerConfig

from dispatch.runtime import store
from dispatch.runtime.bus import Bus
from dispatch.runtime.nats_config import STREAM, gateway_consumer
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived

LOOK_S = 1.0
ACK_WAIT_S = 10.0
MAX_UNACKNOWLEDGED = 1_000


def mailbox(name: str, subject: str) -> ConsumerConfig:
    """The consumer of gateway `name`; `subject` is its orders', with the deployment's prefix."""
    return ConsumerConfig(
        durable_name=gateway_consumer(name),
        filter_subject=subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_S,
        max_deliver=-1,
        max_ack_pending=MAX_UNACKNOWLEDGED,
    )


class Mailboxes:
    """Makes what is missing, on every connection to NATS anew: making one that is there changes nothing."""

    def __init__(self, pool: Pool, bus: Bus) -> None:
        self._pool = pool
        self._bus = bus
        self._made: set[str] = set()
        self._generation = -1

    async def run(self) -> None:
        """Look for new gateways, until cancelled."""
        while True:
            await self._bus.wait_ready()
            try:
                await self.make()
            except Exception as error:  # noqa: BLE001  # a task loop: the next look may succeed
                survived("mailboxes", error)
            await asyncio.sleep(LOOK_S)

    async def make(self) -> None:
        """Make the mailbox of every gateway that has none on this connection yet."""
        if self._bus.generation != self._generation:
            self._made, self._generation = set(), self._bus.generation
        async with self._pool.acquire() as conn:
            names = await store.gateway_names(conn)
        for name in names:
            if name not in self._made:
                subject = self._bus.subject(f"cad.radio.order.{name}.>")
                await self._bus.jetstream.add_consumer(STREAM, mailbox(name, subject))
                self._made.add(name)
