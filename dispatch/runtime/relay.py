"""The relay: gives committed facts their one order. Whoever holds the lease moves outbox rows into the ledger.

Life of a batch: read what is committed, by position; give dense `seq` and links; with one statement lock the lease's term,
write the ledger and empty the outbox; then tell everybody with one frame on `cad.feed`. A fact is never in both or neither of outbox and
ledger. Acts wake the relay after their commit: on the same replica directly, elsewhere by `cad.poke`, else it looks itself.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import structlog

from dispatch import journal
from dispatch.journal import Connection, FeedRow
from dispatch.runtime import store
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease, LeaseLost
from dispatch.runtime.metrics import RELAY_BATCHES, RELAYED_FACTS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived

LEASE_NAME = "relay"
BATCH_ROWS = 1000
POLL_S = 0.25
POKE_PAUSE_S = 0.002
PASS_PAUSE_S = 0.004
"""Between the beginnings of two batches, unless they are full: what comes alone waits for nothing, a flood shares batches."""
FRAME_BYTES = 900_000
"""Below the server's 1 MiB; a fact too large even for its own frame reaches the replicas through PostgreSQL."""
RETRY_S = 0.1

log = structlog.get_logger(__name__)


class Frame(msgspec.Struct, frozen=True):
    """Consecutive ledger rows as replicas tell them to each other (msgpack); `term` is the sender's lease."""

    term: int
    seq_first: int
    rows: Sequence[FeedRow]


class Relay:
    """The relay of one replica; works only while its lease is held.

    Args:
        pool: the engine's, so that a frozen holder blocks nobody.
        lease: the lease named LEASE_NAME; its `run` is a task of its own.
        bus: where frames go.
    """

    def __init__(self, pool: Pool, lease: Lease, bus: Bus) -> None:
        self.listeners: list[Callable[[Frame], None]] = []
        """Called on this replica with every frame after its commit, also while NATS is away."""
        self._pool = pool
        self._lease = lease
        self._bus = bus
        self._wake = asyncio.Event()
        self._poke = asyncio.Event()
        self._head: tuple[int, journal.Head] | None = None

    def wake(self) -> None:
        """Facts were committed by this replica. Never waits."""
        self._wake.set()
        if not self._lease.held:
            self._poke.set()

    async def run(self) -> None:
        """Pass facts on whenever the lease is held, until cancelled."""
        await self._bus.subscribe("cad.poke", lambda _subject, _data: self._wake.set())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pass_on_while_held())
            tasks.create_task(self._poke_the_holder())

    async def _pass_on_while_held(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            term = await self._lease.wait_held()
            try:
                async with self._pool.acquire() as conn:
                    rested_at = loop.time()
                    while self._lease.term == term:
                        self._wake.clear()
                        if await self.pass_on(conn, term) < BATCH_ROWS:
                            await self._wait_for_facts()
                            await asyncio.sleep(max(rested_at - loop.time(), 0))
                        rested_at = loop.time() + PASS_PAUSE_S
            except LeaseLost as lost:
                log.warning("relay_deposed", reason=str(lost))
            except Exception as error:  # noqa: BLE001  # a task loop: the next batch is tried
                survived("relay", error)
                await asyncio.sleep(RETRY_S)

    async def _wait_for_facts(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _poke_the_holder(self) -> None:
        """One poke for all commits of two milliseconds."""
        while True:
            await self._poke.wait()
            self._poke.clear()
            await self._bus.publish("cad.poke", b"")
            await asyncio.sleep(POKE_PAUSE_S)

    async def pass_on(self, conn: Connection, term: int) -> int:
        """Move one batch from the outbox to the ledger and tell everybody; the number of facts.

        Raises LeaseLost when the term is over, and then has written nothing.
        """
        waiting = await store.waiting(conn, BATCH_ROWS)
        if not waiting:
            return 0
        head = await self._last_link(conn, term)
        hashes = []
        link = head.hash
        for row in waiting:
            link = journal.chain(link, row)
            hashes.append(link)
        await self._move(conn, term, head.seq + 1, [row.position for row in waiting], hashes)
        self._head = term, journal.Head(head.seq + len(waiting), link)
        RELAYED_FACTS.inc(len(waiting))
        RELAY_BATCHES.inc()
        numbered = [row.at(seq) for seq, row in enumerate(waiting, head.seq + 1)]
        await self._tell(Frame(term, head.seq + 1, numbered))
        return len(waiting)

    async def _last_link(self, conn: Connection, term: int) -> journal.Head:
        """Where the ledger ends; within a term nobody but us makes it longer."""
        if self._head is not None and self._head[0] == term:
            return self._head[1]
        return await journal.head(conn)

    async def _move(
        self, conn: Connection, term: int, first_seq: int, positions: Sequence[int], hashes: Sequence[bytes]
    ) -> None:
        self._head = None  # whatever happens on the way, the next batch looks where the ledger ends
        lease = self._lease.name, self._lease.holder, term
        taken = await store.move(conn, lease, first_seq, positions, hashes)
        if taken is None:
            raise self._lease.deposed(term)
        if taken != len(positions):
            log.error("outbox_disturbed", seq=first_seq, waiting=len(positions), taken=taken)

    async def _tell(self, frame: Frame) -> None:
        for listener in self.listeners:
            listener(frame)
        for data in encoded(frame):
            await self._bus.publish("cad.feed", data)


def encoded(frame: Frame) -> list[bytes]:
    """A frame as one message, or as several when it is too large for one."""
    data = msgspec.msgpack.encode(frame)
    half = len(frame.rows) // 2
    if len(data) <= FRAME_BYTES or half == 0:
        return [data]
    first, second = frame.rows[:half], frame.rows[half:]
    return [
        *encoded(Frame(frame.term, frame.seq_first, first)),
        *encoded(Frame(frame.term, frame.seq_first + half, second)),
    ]
