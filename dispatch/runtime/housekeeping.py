"""Forgetting in time: keys after a week, recommendations nobody followed after a day, radio messages and tracks later.

The lease holder does it now and then; what it drops no act and no verification asks for again.
"""

import asyncio
from datetime import timedelta

import structlog

from dispatch import store
from dispatch.bearers import store as outward
from dispatch.broadcasts import store as broadcasts
from dispatch.drafts import store as drafts
from dispatch.plans import store as plans
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived
from dispatch.seating import store as seats
from dispatch.standing_facts import store as standing_facts
from units.tracks import store as track_store

EVERY_S = 600.0
KEYS_KEPT = timedelta(days=7)
RECOMMENDATIONS_KEPT = timedelta(days=1)
RADIO_KEPT = timedelta(days=30)
TRACKS_KEPT = timedelta(days=30)
DRAFTS_KEPT = timedelta(days=7)
BROADCASTS_KEPT = timedelta(days=30)
FACTS_KEPT = timedelta(days=30)

log = structlog.get_logger(__name__)


class Housekeeping:
    """Drops what is past its time while the lease is held. pool: any; broadcasts_kept: their words, after they have ended."""

    def __init__(
        self,
        pool: Pool,
        lease: Lease,
        tracks_kept: timedelta = TRACKS_KEPT,
        broadcasts_kept: timedelta = BROADCASTS_KEPT,
    ) -> None:
        self._pool = pool
        self._lease = lease
        self._tracks_kept = tracks_kept
        self._broadcasts_kept = broadcasts_kept

    async def run(self) -> None:
        """Tidy now and then, until cancelled."""
        while True:
            await self._lease.wait_held()
            try:
                await self.tidy()
            except Exception as error:  # noqa: BLE001 - a task loop: it tries again the next time
                survived("housekeeping", error)
            await asyncio.sleep(EVERY_S)

    async def tidy(self) -> None:
        """Drop once what is past its time by the database's clock."""
        async with self._pool.acquire() as conn:
            now = await store.now(conn)
            await store.forget_keys(conn, now - KEYS_KEPT)
            await store.forget_recommendations(conn, now - RECOMMENDATIONS_KEPT)
            await plans.forget_cordons(conn, now - RECOMMENDATIONS_KEPT)
            await store.forget_radio(conn, now - RADIO_KEPT)
            await track_store.forget(conn, int((now - self._tracks_kept).timestamp()) // 60)
            await outward.forget(conn, now - RADIO_KEPT)
            await broadcasts.erase(conn, now - self._broadcasts_kept)
            await standing_facts.erase(conn, now - FACTS_KEPT)
            await drafts.forget_old(conn, now - DRAFTS_KEPT)
            await seats.forget_ears(conn, now - DRAFTS_KEPT)
