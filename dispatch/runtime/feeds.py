"""The feed: the ledger as one replica follows it, in order and without a gap, for whoever on it must know every fact.

Frames come from `cad.feed` or straight from this replica's relay; what they leave out is read from PostgreSQL, which is
also asked once a second in case the last frame of all was lost. So replicas converge whatever NATS does.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dispatch import journal
from dispatch.journal import FeedRow
from dispatch.runtime.bus import Bus
from dispatch.runtime.metrics import FEED_DROPPED, FEED_FILLED, FEED_SEQ
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import Frame
from dispatch.runtime.trouble import passes, survived

POLL_S = 1.0
AGAIN_S = 0.2
FILL_ROWS = 1000
FRAMES_MAX = 1000
"""Frames kept while a subscriber is slow; more are dropped and read from PostgreSQL later."""

type Subscriber = Callable[[Sequence[FeedRow]], Awaitable[None] | None]
"""Called with one or more consecutive rows, one call after another; `wait_for` counts a row as applied after it.

When the database fails it meanwhile it is called again with the same rows, before anything later.
"""


class Feed:
    """Ledger rows for the subscribers of one replica.

    Args:
        pool: any pool; used for gaps.
        bus: where frames come from.
    """

    def __init__(self, pool: Pool, bus: Bus) -> None:
        self._pool = pool
        self._bus = bus
        self._seq = 0
        self._term = 0
        self._subscribers: list[Subscriber] = []
        self._frames: deque[Frame] = deque()
        self._arrived = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._decoder = msgspec.msgpack.Decoder(Frame)

    @property
    def seq(self) -> int:
        """The last seq every subscriber has applied."""
        return self._seq

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call this with all rows from now on, before anybody who subscribed later."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop calling this."""
        self._subscribers.remove(subscriber)

    def offer(self, frame: Frame) -> None:
        """Take a frame of this replica's own relay; the same frame from NATS is dropped later."""
        if len(self._frames) >= FRAMES_MAX:
            FEED_DROPPED.labels("full").inc(len(self._frames))
            self._frames.clear()
        self._frames.append(frame)
        self._arrived.set()

    async def wait_for(self, seq: int) -> None:
        """Wait until every subscriber has applied `seq`."""
        if self._seq < seq:
            applied: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((seq, applied))
            await applied

    async def start(self, seq: int | None = None) -> int:
        """Subscribe to the frames, then begin after `seq`, or at the ledger's head; returns where it begins.

        What the caller loads from the tables after this call may be newer than `seq`, never older.
        """
        await self._bus.subscribe("cad.feed", self._received)
        if seq is None:
            async with self._pool.acquire() as conn:
                seq = (await journal.head(conn)).seq
        self._seq = seq
        FEED_SEQ.set(seq)
        return seq

    async def run(self) -> None:
        """Apply rows as they come, until cancelled. Call `start` first."""
        while True:
            self._arrived.clear()
            try:
                if not self._frames:
                    await self._fill(None)
                while self._frames:
                    await self._apply_frame(self._frames.popleft())
            except Exception as error:  # noqa: BLE001  # a task loop: what was missed is read from PostgreSQL
                survived("feed", error)
            await self._wait_for_frames()

    async def _wait_for_frames(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._arrived.wait()
        except TimeoutError:
            pass

    def _received(self, _subject: str, data: bytes) -> None:
        try:
            frame = self._decoder.decode(data)
        except msgspec.MsgspecError:
            FEED_DROPPED.labels("unreadable").inc()
            return
        if frame.rows and frame.seq_first + len(frame.rows) > self._seq + 1:
            self.offer(frame)

    async def _apply_frame(self, frame: Frame) -> None:
        if frame.term < self._term:
            FEED_DROPPED.labels("old_term").inc()
            return
        self._term = frame.term
        if frame.seq_first > self._seq + 1:
            await self._fill(frame.seq_first - 1)
        if frame.seq_first > self._seq + 1:
            return  # PostgreSQL doesn't have them either: no frame of this ledger
        new = frame.rows[self._seq + 1 - frame.seq_first :]
        if new:
            await self._apply(new)

    async def _fill(self, last: int | None) -> None:
        """Read what is missing from PostgreSQL, up to `last` or to the ledger's end."""
        while last is None or self._seq < last:
            async with self._pool.acquire() as conn:
                rows = await journal.ledger_after(conn, self._seq, FILL_ROWS)
            if rows:
                FEED_FILLED.inc(len(rows))
                await self._apply(rows)
            if len(rows) < FILL_ROWS:
                return

    async def _apply(self, rows: Sequence[FeedRow]) -> None:
        for subscriber in tuple(self._subscribers):
            await self._tell(subscriber, rows)
        self._seq += len(rows)
        FEED_SEQ.set(self._seq)
        self._release()

    async def _tell(self, subscriber: Subscriber, rows: Sequence[FeedRow]) -> None:
        """Until it has them. While the database is away it is told again: nobody ever tells it these rows later."""
        while True:
            try:
                answer = subscriber(rows)
                if answer is not None:
                    await answer
            except Exception as error:  # noqa: BLE001  # the feed's loop: one subscriber's own fault never stops the others
                survived("feed_subscriber", error)
                if not passes(error):
                    return
            else:
                return
            await asyncio.sleep(AGAIN_S)

    def _release(self) -> None:
        still = []
        for seq, applied in self._waiting:
            if seq > self._seq:
                still.append((seq, applied))
            elif not applied.done():
                applied.set_result(None)
        self._waiting = still
