"""Fixes from the terminals' gateways into the live index of this replica, and what other replicas need of it.

Every replica hears every frame. The last fix of each unit is kept in PostgreSQL each 10 s, and the lease holder
publishes the whole picture each 5 s, so that a replica that starts, or lost NATS, ends with the same index as the rest;
the holder, to whom nobody publishes, reads what the others kept.
"""

import asyncio
import time

from dispatch.centre import Centre
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import FIXES
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import DATABASE_TROUBLE, survived
from units import store as unit_store
from units.gathering import DECODERS, Gathering, Refused
from units.snapshots import SnapshotUnreadable

KEEP_S = 10.0
SNAPSHOT_S = 5.0
REFRESH_S = 1.0
LEARN_ROUNDS = 3
"""Keepings after a reconnection in which what was stored is read too: by then every other replica has stored once."""


def now_ms() -> int:
    """Our clock, ms since 1970: when a frame was received."""
    return time.time_ns() // 1_000_000


class Positions:
    """Feeds LiveUnits of one replica. `loaded` opens the gate: frames before it wait."""

    def __init__(self, pool: Pool, bus: Bus, lease: Lease, centre: Centre) -> None:
        self._pool = pool
        self._bus = bus
        self._lease = lease
        self._live = centre.live
        self._waiting: list[tuple[str, bytes, int]] | None = []
        self._kept_revision = -1
        self._gathering = Gathering(centre.live)
        self._due = False
        self._putting_aside: set[asyncio.Task[None]] = set()

    async def subscribe(self) -> None:
        """Hear every frame from now on."""
        for subject in DECODERS:
            await self._bus.subscribe(f"{subject}.*", self._received)
        await self._bus.subscribe("cad.live.snapshot.*", self._snapshot)

    async def load(self) -> None:
        """Take over the stored last fixes, then what has come meanwhile."""
        await self.learn()
        waiting, self._waiting = self._waiting or [], None
        for subject, data, received_at in waiting:
            self._gathering.add(subject, data)
            self._take_in(received_at)
        self._live.settle()

    async def learn(self) -> None:
        """Take over the stored last fixes where they are newer: what others heard while this replica could not."""
        async with self._pool.acquire() as conn:
            rows = await unit_store.last_fixes(conn)
        if rows:
            frame, received = unit_store.as_frame(rows)
            self._live.load_last_fixes(frame, received)

    def _received(self, subject: str, data: bytes) -> None:
        if self._waiting is not None:
            self._waiting.append((subject, data, now_ms()))
        elif self._gathering.add(subject, data):
            self._take_in()
        elif not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._take_in)  # after all that has arrived with it

    def _take_in(self, received_at: int | None = None) -> None:
        self._due = False
        taken = self._gathering.take_in(received_at or now_ms())
        for verdict, rows in taken.verdicts.items():
            FIXES.labels(verdict.name.lower()).inc(rows)
        if taken.rejected_rows:
            FIXES.labels("rejected_row").inc(taken.rejected_rows)
        if taken.refused:
            task = asyncio.get_running_loop().create_task(self._put_aside(taken.refused))
            self._putting_aside.add(task)
            task.add_done_callback(self._putting_aside.discard)

    async def _put_aside(self, refused: list[Refused]) -> None:
        for frame in refused:
            await self._bus.quarantine(frame.subject, frame.payload, frame.reason)

    async def _snapshot(self, subject: str, data: bytes) -> None:
        if self._waiting is not None:
            return
        try:
            self._live.load(data)
        except SnapshotUnreadable as error:
            await self._bus.quarantine(subject, data, str(error))

    async def run(self) -> None:
        """Keep, publish and let time pass, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_for_ever())
            tasks.create_task(self._publish_for_ever())
            tasks.create_task(self._refresh_for_ever())

    async def _keep_for_ever(self) -> None:
        generation, lessons = self._bus.generation, 0
        while True:
            await asyncio.sleep(KEEP_S)
            if generation != self._bus.generation:
                generation, lessons = self._bus.generation, LEARN_ROUNDS
            try:
                await self.keep()
                if lessons:
                    await self.learn()
                    lessons -= 1
            except DATABASE_TROUBLE as error:
                survived("positions", error)

    async def keep(self) -> None:
        """Store the last fixes that changed since the last time; newest wins, whichever replica writes."""
        revision = self._live.revision
        frame, received = self._live.last_fixes(self._kept_revision)
        if len(frame):
            async with self._pool.acquire() as conn:
                await unit_store.keep_fixes(conn, unit_store.as_columns(frame, received))
        self._kept_revision = revision

    async def _publish_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_S)
            if self._lease.held:
                for n, message in enumerate(self._live.snapshot()):
                    await self._bus.publish(f"cad.live.snapshot.{n}", message)

    async def _refresh_for_ever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            self._live.refresh_quality(now_ms())
            self._live.settle()  # the next search finds the tree ready
