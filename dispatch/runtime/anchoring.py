"""Writes the ledger's head outside the database every ten seconds while this replica holds the relay's lease.

Whoever then rewrites the whole ledger, or cuts its end, has to find and change this file too.
"""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from dispatch import journal
from dispatch.anchors import Anchor, line
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived

EVERY_S = 10.0


class Anchoring:
    """Appends anchors to a file.

    Args:
        pool: any pool.
        lease: the relay's.
        path: of the file; made when missing.
    """

    def __init__(self, pool: Pool, lease: Lease, path: Path) -> None:
        self._pool = pool
        self._lease = lease
        self._path = path
        self._last = journal.Head(0, journal.GENESIS)

    async def run(self) -> None:
        """Anchor the head now and then, until cancelled, and once more at the end."""
        try:
            while True:
                await self._lease.wait_held()
                await self._anchor()
                await asyncio.sleep(EVERY_S)
        finally:
            await self._anchor()

    async def _anchor(self) -> None:
        try:
            async with self._pool.acquire() as conn:
                head = await journal.head(conn)
            if head != self._last and head.seq > 0:
                await asyncio.to_thread(self._append, Anchor(head.seq, head.hash, datetime.now(UTC)))
                self._last = head
        except Exception as error:  # noqa: BLE001  # a task loop, which a full disk must not end
            survived("anchoring", error)

    def _append(self, anchor: Anchor) -> None:
        with self._path.open("a", encoding="ascii") as file:
            file.write(line(anchor))
            file.flush()
            os.fsync(file.fileno())
