"""The port to SMS and telephone providers: what rules wrote for duty phones is handed over by the lease's holder.

A provider is plugged in by giving `Outward` an object with `name` and `send`. Until then the stand-in keeps what was sent
as the row it is: it can be read, nothing leaves the house. A message may be handed over twice after a failure; providers
know it by its id.
"""

import asyncio
from typing import Protocol

import structlog

from dispatch.bearers import store
from dispatch.bearers.store import OutwardMessage
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived

AT_ONCE = 50
POLL_S = 0.5
PATIENCE_S = 5.0

log = structlog.get_logger(__name__)


class NotTaken(Exception):
    """The provider did not take a message; its text says why."""


class Provider(Protocol):
    """Somebody who carries messages to telephones."""

    @property
    def name(self) -> str:
        """What it is called in the row of a message."""
        ...

    async def send(self, message: OutwardMessage) -> str:
        """Hand over one message; the reference by which the provider knows it. Raises NotTaken."""
        ...


class Recorded:
    """The stand-in: takes everything, sends nothing; the row of the message is the proof of it."""

    name = "recorded"

    async def send(self, message: OutwardMessage) -> str:
        return str(message.id)


class Outward:
    """Hands messages over while the lease is held.

    Args:
        pool: the engine's.
        lease: the relay's.
        provider: who carries them; exercises always go to the stand-in.
    """

    def __init__(self, pool: Pool, lease: Lease, provider: Provider | None = None) -> None:
        self._pool = pool
        self._lease = lease
        self._stand_in = Recorded()
        self._provider: Provider = provider or self._stand_in

    async def run(self) -> None:
        """Hand over what waits, until cancelled."""
        while True:
            await self._lease.wait_held()
            try:
                await self.hand_over()
            except Exception as error:  # noqa: BLE001  # a task loop: what is not marked is handed over the next time
                survived("outward", error)
            await asyncio.sleep(POLL_S)

    async def hand_over(self) -> int:
        """Hand over what waits now, at most AT_ONCE; how many were taken."""
        async with self._pool.acquire() as conn:
            messages = await store.waiting(conn, AT_ONCE)
        taken = 0
        for message in messages:
            provider = self._stand_in if message.exercise else self._provider
            try:
                async with asyncio.timeout(PATIENCE_S):
                    reference = await provider.send(message)
            except (NotTaken, TimeoutError) as why:
                log.warning(
                    "outward_not_taken", message=str(message.id), provider=provider.name, why=str(why)
                )
                async with self._pool.acquire() as conn:
                    await store.failed(conn, message.id, provider.name, str(why) or "no answer")
                continue
            async with self._pool.acquire() as conn:
                await store.sent(conn, message.id, provider.name, reference)
            taken += 1
        return taken
