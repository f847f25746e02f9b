"""Looks every two seconds whether each room keeps the free units its duty level wants, while this replica holds the lease.

The holder passes all facts on, so that nobody knows sooner what its units do. Where no level wants any, nothing is counted.
"""

import asyncio
from collections.abc import Callable

from dispatch import store
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk import keeping_free
from dispatch.levels.counting import counted
from dispatch.levels.cover import asks
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived
from dispatch.shortfalls import store as shortfall_store
from dispatch.shortfalls.judging import Verdict, judged
from dispatch.work import Actor, work

EVERY_S = 2.0
WATCH = Actor(principal=Principal(id="system:cover", roles=frozenset()), via="system")


class KeepingFree:
    """The watch of one replica. committed: called after what it wrote."""

    def __init__(self, pool: Pool, lease: Lease, centre: Centre, committed: Callable[[], None]) -> None:
        self._pool, self._lease, self._centre, self._committed = pool, lease, centre, committed

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._lease.wait_held()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - a task loop: it looks again the next time
                survived("keeping_free", error)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> Verdict:
        """Say what has changed since somebody looked last; mostly nothing, and then nothing is written or locked."""
        async with self._pool.acquire() as conn:
            standing = await shortfall_store.standing(conn)
            now = await store.now(conn)
        if not standing and not asks(self._centre.reference):
            return Verdict((), ())
        verdict = judged(self._centre.reference, counted(self._centre, now), standing)
        if not verdict:
            return verdict
        async with work(self._pool, self._centre, WATCH) as w:
            verdict = await keeping_free.look(w)
        self._committed()
        return verdict
