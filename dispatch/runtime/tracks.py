"""Tracks off the hot path: minutes that are over are packed in a thread, and the lease holder writes them.

Every replica records what it hears and keeps it until it stands in the table; a replica that is killed loses nothing that
another heard, and a centre of one replica at most its last 80 seconds. Two that write at once write the same thing once.
"""

import asyncio

import structlog

from dispatch import store
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import TASK_ERRORS, TRACK_FIXES, TRACK_ROWS_DROPPED
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import DATABASE_TROUBLE
from units.tracks import store as track_store
from units.tracks.packing import MINUTE_MS
from units.tracks.recording import GRACE_MS, Batch, Recorder

EVERY_S = 5.0
ROWS_AT_ONCE = 2_000  # a transaction of some ten milliseconds
LEAVE_S = 5.0


class Tracks:
    """Writes what one replica recorded while it holds the lease. pool: any."""

    def __init__(self, pool: Pool, lease: Lease, recorder: Recorder) -> None:
        self._pool = pool
        self._lease = lease
        self._recorder = recorder
        self._log = structlog.get_logger(__name__)

    async def run(self) -> None:
        """Cut and write now and then, until cancelled; who leaves in order writes what it has."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self._turn(now_ms())
        finally:
            if self._lease.held:
                await asyncio.wait_for(asyncio.shield(self._turn(now_ms(), leaving=True)), LEAVE_S)

    async def _turn(self, at_ms: int, leaving: bool = False) -> None:
        dropped = self._recorder.dropped
        await self.cut(at_ms, leaving)
        TRACK_ROWS_DROPPED.inc(self._recorder.dropped - dropped)
        try:
            await self.write() if self._lease.held else await self.forget()
        except DATABASE_TROUBLE as error:
            TASK_ERRORS.labels("tracks").inc()
            self._log.warning("tracks_not_written", error=repr(error), batches=len(self._recorder.batches))

    async def cut(self, at_ms: int, everything: bool = False) -> None:
        """Pack the minutes that are over by now, or everything."""
        heard = self._recorder.begin_cut()
        try:
            open_records, batch = await asyncio.to_thread(self._recorder.cut, heard, at_ms, everything)
        except BaseException:
            self._recorder.abandon_cut()
            raise
        self._recorder.end_cut(open_records, batch)

    async def write(self) -> int:
        """Write every closed minute that is not known to be written, oldest first; returns how many rows."""
        rows = 0
        for batch in list(self._recorder.batches):
            await self._write(batch)
            self._recorder.forget(batch.through)
            TRACK_FIXES.inc(sum(row.fixes for row in batch.rows))
            rows += len(batch.rows)
        return rows

    async def _write(self, batch: Batch) -> None:
        for start in range(0, len(batch.rows), ROWS_AT_ONCE):
            async with self._pool.acquire() as conn, conn.transaction():
                await track_store.add(conn, batch.rows[start : start + ROWS_AT_ONCE])
        async with self._pool.acquire() as conn:
            await track_store.say_written(conn, batch.through, await store.now(conn))

    async def forget(self) -> None:
        """Drop what the lease holder has written. The last minute it wrote stays: a late fix may be in ours alone."""
        if not self._recorder.batches:
            return
        async with self._pool.acquire() as conn:
            through = await track_store.written(conn)
        if through is not None:
            self._recorder.forget(through - 1)


def longest_loss_s() -> float:
    """What a centre of one replica may lose of its tracks when it is killed, in seconds."""
    return (MINUTE_MS + GRACE_MS) / 1000 + EVERY_S
