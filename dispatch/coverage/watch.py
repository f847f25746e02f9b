"""The newest look at how the free units stand, taken again when it has become old and somebody asks.

One a replica. Nobody who waits for an answer waits long for it: who has none in time ranks without, and says so.
"""

import asyncio
import math
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import structlog

from dispatch.coverage.between import Between
from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.demand.model import Demand, Expected, hour_of_week
from dispatch.driving import URGENT, profile_of
from units.answers import Around
from units.roll import Filter

if TYPE_CHECKING:  # the centre holds this watch
    from dispatch.centre import Centre

FRESH_MS = 5_000
GOOD_MS = 15_000
"""Up to this age nobody waits for a newer one, which is being taken meanwhile."""
OLD_MS = 60_000
"""An older one is not told any more."""
PATIENCE_S = 0.1
PAUSE_S = 5.0
"""After a look that broke nobody looks again for so long: what broke it is most likely still there."""
FREE = Filter(states=frozenset({"available"}), classes=frozenset({"regular"}))

log = structlog.get_logger(__name__)


class CoverWatch:
    """Keeps the newest. between: ways by road among the cells of the ground, once they are known; broken: looks that failed.

    patience_s: for how long somebody waits who has none; pause_s: how long it rests after one that broke.
    """

    def __init__(self, patience_s: float = PATIENCE_S, pause_s: float = PAUSE_S) -> None:
        self.patience_s, self.pause_s = patience_s, pause_s
        self.broken = 0
        self.latest: CoverSnapshot | None = None
        self.between: Between | None = None
        self.was_asked = asyncio.Event()
        self._taking: asyncio.Task[None] | None = None
        self._rests_until_s = -math.inf  # of the clock of the loop, which nobody puts back
        self._of: tuple[Demand, int, Expected] | None = None

    async def now(self, centre: "Centre", now: datetime) -> CoverSnapshot | None:
        """Not older than five seconds, if that can be had at once; None: nothing is expected anywhere, or it takes too long."""
        self.was_asked.set()
        demand, now_ms = centre.demand, ms(now)
        expected = self._expected(demand, hour_of_week(centre.local(now))) if demand is not None else None
        if demand is None or expected is None:
            return None
        if not self._is_good(demand, now_ms, FRESH_MS):
            if self._may_take():
                self._taking = asyncio.create_task(self._take(centre, demand, expected, now))
            if self._taking is not None and not self._is_good(demand, now_ms, GOOD_MS):
                await asyncio.wait([self._taking], timeout=self.patience_s)
        return self.latest if self._is_good(demand, now_ms, OLD_MS) else None

    async def taken(self) -> None:
        """Wait for the one that is being taken."""
        if self._taking is not None:
            await self._taking

    def _may_take(self) -> bool:
        """Whether a new look may begin: none is being taken, and none broke just now."""
        is_idle = self._taking is None or self._taking.done()
        return is_idle and asyncio.get_running_loop().time() >= self._rests_until_s

    def _is_good(self, demand: Demand, now_ms: int, age_ms: int) -> bool:
        """Of what is expected now, and neither too old nor of a time to come (a clock that was put back)."""
        latest = self.latest
        return (
            latest is not None
            and latest.version == demand.version
            and abs(now_ms - latest.as_of_ms) <= age_ms
        )

    async def _take(self, centre: "Centre", demand: Demand, expected: Expected, now: datetime) -> None:
        units, between = free_units(centre, now), self.between
        if between is not None and not np.array_equal(between.cells, expected.cells):
            between = None
        try:
            self.latest = await asyncio.to_thread(
                CoverSnapshot, units, expected, demand.owners, between, ms(now), demand.version
            )
        except Exception:  # whatever breaks here, somebody must still be sent
            self.broken += 1
            self._rests_until_s = asyncio.get_running_loop().time() + self.pause_s
            log.exception("cover_broken", broken=self.broken, again_in_s=self.pause_s)

    def _expected(self, demand: Demand, hour: int) -> Expected | None:
        """What is expected in this hour, worked out once."""
        if self._of is None or self._of[0] is not demand or self._of[1] != hour:
            expected = demand.at(hour)
            self._of = None if expected is None else (demand, hour, expected)
        return None if self._of is None else self._of[2]


def ms(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return round(at.timestamp() * 1000)


def free_units(centre: "Centre", now: datetime) -> Around:
    """Free units that go by road, belong to no event and are where they are believed to be."""
    live, now_ms = centre.live, ms(now)
    units = live.around(0.0, 0.0, FREE)
    by_road = np.array([profile_of(kind, URGENT) is not None for kind in units.kinds] or [False])
    held = [centre.units[id_].handle for id_ in centre.commitments.held(now) if id_ in centre.units]
    keep = by_road[units.kind] & ~np.array(live.lost(units.handles, now_ms), np.bool_)
    keep &= ~np.isin(units.handles, held)
    return Around(
        units.place,
        units.handles[keep],
        units.lon[keep],
        units.lat[keep],
        units.kind[keep],
        units.kinds,
    )
