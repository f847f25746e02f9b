"""Radio out: what an act wrote for terminals goes to the gateways, in order for each terminal.

Rows of `radio_message` are written in the act's transaction and published by the lease's holder; while NATS is away they
wait. A message that expires first is never sent: it is marked with a `published_at` at or after its `expires_at` and
logged; its assignment stands until the ordering room releases it. Publishing may repeat after a failure: gateways know a
message by its `order_id`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
import structlog

from dispatch.runtime import store
from dispatch.runtime.bus import Bus, NotStored
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import RADIO_EXPIRED, RADIO_PUBLISHED
from dispatch.runtime.postgres import Pool
from dispatch.runtime.store import RadioMessage
from dispatch.runtime.trouble import survived

type Unseal = Callable[[UUID], Awaitable[str | None]]
"""The text of a narrative; None when it was erased."""

IN_FLIGHT = 32
READ_ROWS = 256
POLL_S = 1.0
RETRY_S = 0.25

log = structlog.get_logger(__name__)


def payload(message: RadioMessage, text: str | None) -> bytes:
    """The message as a gateway gets it: its kept body, its identity, and its text unsealed."""
    expires_at = message.expires_at.astimezone(UTC).isoformat(timespec="milliseconds")
    said: dict[str, Any] = msgspec.json.decode(message.body)
    said |= {
        "order_id": message.order_id,
        "n": message.n,
        "kind": message.kind,
        "expires_at": expires_at.replace("+00:00", "Z"),
    }
    if message.assignment_id is not None:
        said["assignment_id"] = message.assignment_id
    if message.narrative_id is not None:
        said["text"] = text
    return msgspec.json.encode(said)


class Radio:
    """Publishes waiting radio messages while the lease is held.

    Args:
        pool: the engine's.
        lease: the relay's.
        bus: where they go.
        unseal: gives the text of a narrative at the last moment.
    """

    def __init__(self, pool: Pool, lease: Lease, bus: Bus, unseal: Unseal) -> None:
        self._pool = pool
        self._lease = lease
        self._bus = bus
        self._unseal = unseal
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(IN_FLIGHT)

    def wake(self) -> None:
        """There may be messages. Never waits."""
        self._wake.set()

    async def run(self) -> None:
        """Publish while the lease is held and NATS is there, until cancelled."""
        while True:
            await self._lease.wait_held()
            await self._bus.wait_ready()
            self._wake.clear()
            try:
                unsent = await self._send_some()
            except Exception as error:  # noqa: BLE001  # a task loop: what is not marked is tried again
                survived("radio", error)
                unsent = True
            if unsent:
                await asyncio.sleep(RETRY_S)
            elif not self._wake.is_set():
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send_some(self) -> bool:
        """Publish what waits, at most READ_ROWS; whether some of it could not be sent."""
        async with self._pool.acquire() as conn:
            messages = await store.radio_waiting(conn, READ_ROWS)
        if not messages:
            return False
        expired = [m for m in messages if m.expired]
        for m in expired:
            RADIO_EXPIRED.labels(m.kind).inc()
            log.warning(
                "radio_expired", order_id=str(m.order_id), assignment_id=str(m.assignment_id), handle=m.handle
            )
        lanes: dict[tuple[str, int], list[RadioMessage]] = {}
        for m in messages:
            if not m.expired:
                lanes.setdefault((m.gateway, m.handle), []).append(m)
        sent: list[UUID] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in lanes.values():
                    tasks.create_task(self._send_lane(lane, sent))
        finally:
            async with self._pool.acquire() as conn:
                await store.radio_done(conn, [m.order_id for m in expired] + sent)
        if len(messages) == READ_ROWS:
            self._wake.set()
        return len(sent) + len(expired) < len(messages)

    async def _send_lane(self, lane: Sequence[RadioMessage], sent: list[UUID]) -> None:
        """One terminal's messages one after another: a gateway drops what is below the last `n` it saw."""
        for message in lane:
            async with self._room:
                try:
                    text = None if message.narrative_id is None else await self._unseal(message.narrative_id)
                    if not self._lease.held:
                        return  # this replica stood still meanwhile: another one sends them
                    subject = f"cad.radio.order.{message.gateway}.{message.handle}"
                    await self._bus.store(subject, payload(message, text), str(message.order_id))
                except NotStored as error:
                    log.warning("radio_not_sent", order_id=str(message.order_id), error=str(error))
                    return
                except Exception as error:  # noqa: BLE001  # a lane of its own: the other terminals get theirs
                    survived("radio", error)
                    return
            sent.append(message.order_id)
            RADIO_PUBLISHED.labels(message.kind).inc()
