"""Copies for integrators: every fact once more on `cad.event.<noun>.<id>.<fact>`, in order per noun and id.

They may lag and are never in the way: a task of the lease's holder reads the ledger behind everybody else and rests as long
as it works. A new holder goes on behind the last copy the stream holds, or, when it holds none, where the ledger stood
as the lease was taken. A copy may come twice after a failure; (noun, id, version) tells.
"""

import asyncio
import time
from collections.abc import Sequence

import msgspec
import structlog
from nats.js.api import Header
from nats.js.errors import NotFoundError

from dispatch import journal
from dispatch.journal import FeedRow
from dispatch.runtime.bus import Bus, NotStored
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import EVENTS_PUBLISHED
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived

WINDOW_ROWS = 200
POLL_S = 1.0
IDLE_SHARE = 9.0
"""For each second of copying so many seconds of rest while there is more: a flood belongs to the alarms."""
RETRY_S = 1.0

log = structlog.get_logger(__name__)


def subject(row: FeedRow) -> str:
    """Where the copy of a fact goes."""
    return f"cad.event.{row.noun}.{row.id}.{row.fact}"


def payload(row: FeedRow) -> bytes:
    """The fact without the people in it: neither who did it nor the reason they gave."""
    return msgspec.json.encode(
        {
            "seq": row.seq,
            "noun": row.noun,
            "id": row.id,
            "version": row.version,
            "incident_id": row.incident_id,
            "fact": row.fact,
            "via": row.via,
            "claimed_at": row.claimed_at,
            "recorded_at": row.recorded_at,
            "body": msgspec.Raw(row.body.encode()),
        }
    )


class Copies:
    """Publishes copies while the lease is held and NATS is there.

    Args:
        pool: any pool.
        lease: the relay's.
        bus: where they go.
    """

    def __init__(self, pool: Pool, lease: Lease, bus: Bus) -> None:
        self._pool = pool
        self._lease = lease
        self._bus = bus
        self._wake = asyncio.Event()
        self._term = 0
        self._cursor = 0

    def wake(self) -> None:
        """The ledger has grown. Never waits."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the ledger, until cancelled."""
        while True:
            term = await self._lease.wait_held()
            try:
                if term != self._term:
                    async with self._pool.acquire() as conn:
                        self._cursor = (await journal.head(conn)).seq
                    self._term = term
                await self._bus.wait_ready()
                await self._go_on_behind_the_last_copy()
                await self._follow(term)
            except NotStored as error:
                log.warning("copies_interrupted", error=str(error))
                await asyncio.sleep(RETRY_S)
            except Exception as error:  # noqa: BLE001  # a task loop: it goes on behind the last copy
                survived("copies", error)
                await asyncio.sleep(RETRY_S)

    async def _follow(self, term: int) -> None:
        while self._lease.term == term and self._bus.ready:
            self._wake.clear()
            async with self._pool.acquire() as conn:
                rows = await journal.ledger_after(conn, self._cursor, WINDOW_ROWS)
            if rows:
                began_at = time.monotonic()
                await self._publish(rows)
                self._cursor += len(rows)
                await asyncio.sleep(IDLE_SHARE * (time.monotonic() - began_at))
            else:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _go_on_behind_the_last_copy(self) -> None:
        try:
            last = await self._bus.jetstream.get_last_msg("EVENTS", self._bus.subject("cad.event.>"))
        except NotFoundError:  # the stream lies in memory: empty after a restart of NATS
            return
        async with self._pool.acquire() as conn:
            head = (await journal.head(conn)).seq
        # Not beyond the head: the stream may be older than this database.
        self._cursor = min(msgspec.json.decode(last.data or b"{}").get("seq", head), head)

    async def _publish(self, rows: Sequence[FeedRow]) -> None:
        """Send a window; its last message is confirmed and so, on one connection, are all before it."""
        generation = self._bus.generation
        copies = [(row, data) for row in rows if self._fits(row, data := payload(row))]
        for row, data in copies[:-1]:
            if not await self._bus.publish(subject(row), data, {Header.MSG_ID.value: _msg_id(row)}):
                raise NotStored(f"The copy of fact {row.seq} could not be sent.")
        for last, data in copies[-1:]:
            await self._bus.store(subject(last), data, _msg_id(last))
        if self._bus.generation != generation:
            raise NotStored("The connection changed within a window of copies.")
        EVENTS_PUBLISHED.inc(len(copies))

    def _fits(self, row: FeedRow, data: bytes) -> bool:
        """Whether NATS can carry it; a fact too large for a message must not hold back all that follow."""
        if len(data) <= self._bus.client.max_payload:
            return True
        log.error("copy_too_large", seq=row.seq, noun=row.noun, id=str(row.id), size=len(data))
        return False


def _msg_id(row: FeedRow) -> str:
    return f"{row.noun}:{row.id}:{row.version}"
