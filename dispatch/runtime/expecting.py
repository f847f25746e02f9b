"""Where calls are expected, read at the start and every hour, anew when jurisdictions change; the ways among those places.

Nobody waits for any of it: without it units are ranked by their ways alone.
"""

import asyncio
import time
from datetime import timedelta

from dispatch import store
from dispatch.centre import Centre
from dispatch.coverage.between import MOST_CELLS, Between
from dispatch.demand.ground import ground_of
from dispatch.demand.model import WEEKS, Demand
from dispatch.demand.store import read_counts
from dispatch.runtime.metrics import COVER_BROKEN
from dispatch.runtime.postgres import Pool
from dispatch.runtime.roads import RoadSearch
from geo.areas import Areas
from geo.roads import Roads

EVERY_S = 3_600.0
LOOK_S = 5.0
"""So soon other jurisdictions, or another city, are noticed."""
AT_ONCE = 4
"""Columns of the ways among places that are searched in one go, and then it rests as long as they took."""


class Expecting:
    """Keeps `centre.demand`, and `centre.cover.between` once somebody has asked how units stand."""

    def __init__(self, pool: Pool, centre: Centre, roads: RoadSearch) -> None:
        self._pool, self._centre, self._roads = pool, centre, roads
        self._broken = 0
        self._ground_of: Areas | None = None
        self._read_at = -EVERY_S

    async def load(self) -> None:
        """Read what came before, and expect as much."""
        centre, areas = self._centre, self._centre.reference.areas
        ground = await asyncio.to_thread(ground_of, areas)
        self._ground_of, self._read_at = areas, time.monotonic()
        if not ground:
            centre.demand = None
            return
        async with self._pool.acquire() as conn:
            since = await store.now(conn) - timedelta(weeks=WEEKS)
            seen = await read_counts(conn, since, centre.zone)
        centre.demand = await asyncio.to_thread(Demand, ground, seen, WEEKS, ground)

    async def run(self) -> None:
        """Read again each hour, and when the ground is another; tell how often a look at the free units broke."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.count()
            other = self._centre.reference.areas is not self._ground_of
            if other or time.monotonic() - self._read_at >= EVERY_S:
                await self.load()

    def count(self) -> None:
        """Tell the metrics of the looks that broke since."""
        broken = self._centre.cover.broken
        COVER_BROKEN.inc(broken - self._broken)
        self._broken = broken

    async def learn_ways(self) -> None:
        """Search the ways among the places, while there is anything to search and somebody asks for it."""
        while True:
            await self._centre.cover.was_asked.wait()
            await asyncio.sleep(LOOK_S)
            roads, demand = self._roads.roads, self._centre.demand
            known = self._centre.cover.between
            if roads is None or demand is None or len(demand.cells) > MOST_CELLS:
                self._centre.cover.between = None
            elif known is None or not known.is_of(roads, demand.cells):
                self._centre.cover.between = await self._learned(roads, demand)

    async def _learned(self, roads: Roads, demand: Demand) -> Between | None:
        """All of them, little by little; None: the city turned meanwhile."""
        between = await asyncio.to_thread(Between, roads, demand.cells, demand.lon, demand.lat)
        while not between.is_whole:
            began = time.perf_counter()
            await asyncio.to_thread(between.fill, AT_ONCE)
            if self._roads.roads is not roads:
                return None
            await asyncio.sleep(time.perf_counter() - began)
        return between
