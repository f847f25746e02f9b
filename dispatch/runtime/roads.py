"""The city's roads at work: searches run in a thread beside the event loop, and never longer than anybody may wait.

Recommendations, promised arrivals and coverage ask here; closures are in force from the first search after they are told. The compiled search holds no lock of the interpreter, so that alarms come in
meanwhile; what takes too long, or breaks, is answered with None, and whoever asked goes by straight lines.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import structlog

from dispatch.closures.model import RoadClosure, in_force
from dispatch.cordons import Asked, Checkpoint, cordon_of
from dispatch.driving import CAR, PROFILES, URGENT, ByRoad, Covered, Line, covered_by, rings_of
from dispatch.runtime.metrics import ROAD_SEARCHES, ROAD_SECONDS
from geo.errors import BadArea
from geo.rings import Rings
from geo.roads import Roads
from units.answers import Around

PATIENCE_S = 0.5
CHANGING_S = 5.0
"""For what is done once a closure, or waited for by a person at a map."""
THREADS = 2
WARM_CORDON_S = 30.0
NEVER = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


class RoadSearch:
    """Asks one city's roads, under the closures in force. `use` puts other roads in their place; None: there are none.

    Kept as long as the replica; `close` it at the end. patience_s: how long a search for a ranking may take.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._open: Roads | None = None  # with nothing closed
        self._closures: tuple[RoadClosure, ...] = ()
        self._now = NEVER
        self._made: tuple[Roads | None, tuple[RoadClosure, ...], Roads | None] = (None, (), None)
        self.patience_s = patience_s
        self._one_cordon = asyncio.Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="roads")

    @property
    def roads(self) -> Roads | None:
        """Those in use, with nothing closed."""
        return self._open

    @property
    def are_known(self) -> bool:
        """See `dispatch.driving.Ways`."""
        return self._open is not None

    async def use(self, roads: Roads | None) -> None:
        """Ask these from now on, closed as before.

        The first search compiles and closing takes a while, so both are done before anybody waits for them; the turn itself is
        the last step, so that whoever turns to a bundle turns its map in the same one.
        """
        if roads is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, _warm_up, roads)
            await self._close(roads)
        self._open = roads

    def turn(self, now: datetime) -> None:
        """See `dispatch.driving.Ways`."""
        self._now = max(self._now, now)

    async def hold(self, closures: Sequence[RoadClosure]) -> None:
        """See `dispatch.driving.Ways`."""
        self._closures = tuple(closures)
        await self.roads_now()

    async def roads_now(self) -> Roads | None:
        """The roads as they are now; made anew when a closure has begun or ended since. None: there are none, or it broke."""
        roads = self._open
        return None if roads is None else await self._close(roads)

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def times(
        self, goal: tuple[float, float], priority: int, around: Around, enough: int
    ) -> ByRoad | None:
        """See `dispatch.driving.Ways`."""
        roads = await self.roads_now()
        if roads is None:
            return None
        return await self._asked("times", lambda: ByRoad(around).search(roads, goal, priority, enough))

    async def routes(self, found: ByRoad, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """See `dispatch.driving.Ways`."""
        drawn = await self._asked("routes", lambda: found.routes(handles))
        return drawn or {}

    async def covered(self, closure: RoadClosure) -> Covered | None:
        """See `dispatch.driving.Ways`."""
        roads = self._open
        if roads is None:
            return None
        return await self._asked("covered", lambda: covered_by(roads, closure), CHANGING_S)

    async def rings(self, around: Around, minutes: Sequence[float]) -> Rings | None:
        """See `dispatch.driving.Ways`."""
        roads = await self.roads_now()
        if roads is None:
            return None
        return await self._asked("rings", lambda: rings_of(roads, around, minutes), CHANGING_S)

    async def cordon(self, asked: Asked, around: Around) -> list[Checkpoint] | None:
        """See `dispatch.driving.Ways`."""
        roads = await self.roads_now()
        if roads is None:
            return None
        async with self._one_cordon:  # the other thread is left for who must be sent
            return await self._asked("cordon", lambda: cordon_of(roads, asked, around), CHANGING_S)

    async def _close(self, roads: Roads) -> Roads | None:
        now = in_force(self._closures, self._now)
        known, known_now, made = self._made
        if roads is known and now == known_now:
            return made
        closed = await self._asked("close", lambda: _closed(roads, now), CHANGING_S)
        if closed is not None:
            self._made = (roads, now, closed)
        return closed

    async def _asked[T](
        self, what: str, search: Callable[[], T], patience_s: float | None = None
    ) -> T | None:
        patience_s = self.patience_s if patience_s is None else patience_s
        began = time.perf_counter()
        try:
            async with asyncio.timeout(patience_s):
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, search)
        except TimeoutError:
            ROAD_SEARCHES.labels(what, "too_slow").inc()
            log.warning("road_search_too_slow", what=what, patience_s=patience_s)
            return None
        except Exception:  # whatever breaks here, somebody must still be sent
            ROAD_SEARCHES.labels(what, "broken").inc()
            log.exception("road_search_broken", what=what)
            return None
        ROAD_SEARCHES.labels(what, "answered").inc()
        ROAD_SECONDS.labels(what).observe(time.perf_counter() - began)
        return answer


def _closed(roads: Roads, closures: Sequence[RoadClosure]) -> Roads:
    drawn = []
    for one in closures:
        try:
            drawn.append(one.on_roads())
        except BadArea:  # kept by another version: the others count all the same
            log.exception("closure_unreadable", closure_id=str(one.id))
    closed = roads.closed_by(drawn)
    closed.prepare()
    return closed


def _warm_up(roads: Roads) -> None:
    """One search of each kind, from a corner of the city to itself, as a ranking makes it."""
    network = roads.network
    place = float(network.lon[0]), float(network.lat[0])
    roads.prepare()
    handles, (lons, lats) = np.ones(1, np.uint32), np.array([[place[0]], [place[1]]])
    for kind in PROFILES:
        around = Around(place, handles, lons, lats, np.zeros(1, np.uint16), (kind,))
        for priority in (URGENT, URGENT + 1):
            found = ByRoad(around).search(roads, place, priority, 1)
            found.routes([1])
        cordon_of(roads, Asked(place, CAR, 0.0, WARM_CORDON_S), around)
