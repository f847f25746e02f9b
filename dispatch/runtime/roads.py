"""The city's roads at work: searches run in a thread beside the event loop, and never longer than anybody may wait.

Recommendations and promised arrivals ask here. The compiled search holds no lock of the interpreter, so that alarms come in
meanwhile; what takes too long, or breaks, is answered with None, and whoever asked goes by straight lines.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from dispatch.driving import ByRoad, Line
from dispatch.runtime.metrics import ROAD_SEARCHES, ROAD_SECONDS
from geo.roads import Roads
from geo.snapping import EVERY_PART
from units.answers import Around

PATIENCE_S = 0.5
THREADS = 2

log = structlog.get_logger(__name__)


class RoadSearch:
    """Asks one city's roads. `use` puts other ones in their place; None: there are none.

    Kept as long as the replica; `close` it at the end.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._roads: Roads | None = None
        self._patience_s = patience_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="roads")

    @property
    def roads(self) -> Roads | None:
        """Those in use."""
        return self._roads

    async def use(self, roads: Roads | None) -> None:
        """Ask these from now on. The first search compiles, so one is made before anybody waits for it."""
        if roads is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, _warm_up, roads)
        self._roads = roads

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def times(
        self, goal: tuple[float, float], priority: int, around: Around, enough: int
    ) -> ByRoad | None:
        """See `dispatch.driving.Ways`."""
        roads = self._roads
        if roads is None:
            return None
        return await self._asked("times", lambda: ByRoad(around).search(roads, goal, priority, enough))

    async def routes(self, found: ByRoad, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """See `dispatch.driving.Ways`."""
        drawn = await self._asked("routes", lambda: found.routes(handles))
        return drawn or {}

    async def _asked[T](self, what: str, search: Callable[[], T]) -> T | None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, search)
        except TimeoutError:
            ROAD_SEARCHES.labels(what, "too_slow").inc()
            log.warning("road_search_too_slow", what=what, patience_s=self._patience_s)
            return None
        except Exception:  # whatever breaks here, somebody must still be sent
            ROAD_SEARCHES.labels(what, "broken").inc()
            log.exception("road_search_broken", what=what)
            return None
        ROAD_SEARCHES.labels(what, "answered").inc()
        ROAD_SECONDS.labels(what).observe(time.perf_counter() - began)
        return answer


def _warm_up(roads: Roads) -> Any:
    """One search of each kind, from a corner of the city to itself."""
    network = roads.network
    place = float(network.lon[0]), float(network.lat[0])
    for profile in network.travelled:
        search = roads.search(profile, place)
        search.widen(1.0)
        search.route(*place)
        roads.snapper.snap([place[0]], [place[1]], profile, EVERY_PART)
