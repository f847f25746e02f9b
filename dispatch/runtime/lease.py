"""The lease: which one of several replicas may pass facts on to the ledger. A row, renewed each 300 ms, valid for 1 s.

A holder that dies is followed within about 1.3 s. A holder that was frozen and thaws finds its term gone: `held` is
judged by this machine's monotonic clock, which went on while it was frozen, and the statement that counts checks
the term under the row's lock. A session advisory lock would let a frozen holder block the others.
"""

import asyncio
import contextlib
import time

import structlog

from dispatch.runtime import store
from dispatch.runtime.errors import RuntimeFault
from dispatch.runtime.metrics import LEASE_HELD, LEASE_TERM
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import DATABASE_TROUBLE, survived

RENEW_S = 0.3
VALID_S = 1.0

log = structlog.get_logger(__name__)


class LeaseLost(RuntimeFault):
    """Another replica holds the lease now."""

    code = "lease_lost"


class Lease:
    """One name's lease as this replica sees it.

    Args:
        pool: the engine's (`postgres.engine_pool`).
        name: what is leased.
        holder: this process, in words a person understands; must differ between processes.
    """

    def __init__(self, pool: Pool, name: str, holder: str) -> None:
        self.name = name
        self.holder = holder
        self._pool = pool
        self._term: int | None = None
        self._renewed_at = 0.0
        self._taken = asyncio.Event()

    @property
    def term(self) -> int | None:
        """The term in which this replica holds the lease; None when it doesn't."""
        return self._term if self.held else None

    @property
    def held(self) -> bool:
        """Whether this replica renewed the lease less than its length ago, by the monotonic clock."""
        return self._term is not None and time.monotonic() - self._renewed_at < VALID_S

    async def wait_held(self) -> int:
        """Wait until this replica holds the lease; the term."""
        while (term := self.term) is None:
            self._taken.clear()
            await self._taken.wait()
        return term

    def deposed(self, term: int) -> LeaseLost:
        """The database says that `term` is over: believe it, and what to raise."""
        self._lose()
        return LeaseLost(f"The lease {self.name} of term {term} is held by another replica now.")

    async def run(self) -> None:
        """Take the lease whenever it is free and keep it, until cancelled; then give it up."""
        try:
            while True:
                try:
                    await asyncio.wait_for(self._step(), VALID_S)
                except Exception as error:  # noqa: BLE001  # a task loop: without it nobody passes facts on
                    survived("lease", error)
                await asyncio.sleep(RENEW_S)
        finally:
            await self._free()

    async def _step(self) -> None:
        asked_at = time.monotonic()
        async with self._pool.acquire() as conn:
            if self._term is None:
                term = await store.lease_take(conn, self.name, self.holder)
                if term is not None:
                    self._win(term, asked_at)
            elif await store.lease_renew(conn, self.name, self.holder, self._term):
                self._renewed_at = asked_at
                self._taken.set()
            else:
                self._lose()

    def _win(self, term: int, asked_at: float) -> None:
        self._term, self._renewed_at = term, asked_at
        self._taken.set()
        LEASE_HELD.labels(self.name).set(1)
        LEASE_TERM.labels(self.name).set(term)
        log.info("lease_taken", lease=self.name, term=term)

    def _lose(self) -> None:
        if self._term is not None:
            log.warning("lease_lost", lease=self.name, term=self._term)
        self._term = None
        LEASE_HELD.labels(self.name).set(0)

    async def _free(self) -> None:
        term, self._term = self._term, None
        LEASE_HELD.labels(self.name).set(0)
        if term is None:
            return
        with contextlib.suppress(*DATABASE_TROUBLE):  # it ends by itself within a second
            async with asyncio.timeout(VALID_S), self._pool.acquire() as conn:
                await store.lease_free(conn, self.name, self.holder, term)
