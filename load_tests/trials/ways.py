"""How one gets about in a trial: along the roads of a real city, or through nothing at all where only queues are looked at."""

import math
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.roads import Roads
from geo.travel import Search

type Floats = NDArray[np.float64]
PROFILE = "car"
KEPT = 20_000
"""So many ways; between posts and places the same are gone again and again."""


class Way(NamedTuple):
    """A way as it is gone: corners in degrees, and the seconds after which one is at each; metres in all."""

    lon: Floats
    lat: Floats
    at_s: Floats
    road_m: float


class Ways(Protocol):
    """The places of a trial and how one gets from anywhere to one of them."""

    lon: Floats
    lat: Floats

    def seconds(self, lon: Floats, lat: Floats, goal: int) -> Floats:
        """From these places to that one."""
        ...

    def way(self, lon: float, lat: float, goal: int) -> Way:
        """How one goes from here to there."""
        ...


class Nowhere:
    """Everything is at one place: nobody travels."""

    lon = np.zeros(1)
    lat = np.zeros(1)

    def seconds(self, lon: Floats, lat: Floats, goal: int) -> Floats:  # noqa: ARG002
        """None at all."""
        return np.zeros(len(lon))

    def way(self, lon: float, lat: float, goal: int) -> Way:  # noqa: ARG002
        """One corner."""
        return Way(np.array([lon]), np.array([lat]), np.zeros(1), 0.0)


class OnRoads:
    """Along the roads of a city, by car, in the times that ranking itself goes by.

    Each place is searched once, to the end of the roads, and the search is kept (some 20 bytes a crossing).
    """

    def __init__(self, roads: Roads, lon: Floats, lat: Floats) -> None:
        self.lon, self.lat = lon, lat
        self._roads = roads
        self._searches: dict[int, Search] = {}
        self._kept = lru_cache(KEPT)(self._gone)

    def seconds(self, lon: Floats, lat: Floats, goal: int) -> Floats:
        """By road; inf where none leads."""
        search = self._search(goal)
        return search.times(search.snaps(lon, lat), len(lon)).eta_s

    def way(self, lon: float, lat: float, goal: int) -> Way:
        """Along the roads, each piece of it as fast as the whole."""
        return self._kept(lon, lat, goal)

    def _gone(self, lon: float, lat: float, goal: int) -> Way:
        route = self._search(goal).route(lon, lat)
        if route is None:  # the same place: no road between
            there = float(self.lon[goal]), float(self.lat[goal])
            return Way(np.array([lon, there[0]]), np.array([lat, there[1]]), np.zeros(2), 0.0)
        lons, lats = np.array(route.line).T
        steps = np.hypot(np.diff(lons) * math.cos(math.radians(lat)), np.diff(lats))
        gone = np.concatenate(([0.0], np.cumsum(steps)))
        share = gone / gone[-1] if gone[-1] else np.linspace(0.0, 1.0, len(gone))
        return Way(lons, lats, share * route.eta_s, route.road_m)

    def _search(self, goal: int) -> Search:
        if goal not in self._searches:
            place = float(self.lon[goal]), float(self.lat[goal])
            search = Search(self._roads.network, self._roads.snapper, PROFILE, place)
            search.widen(math.inf)
            self._searches[goal] = search
        return self._searches[goal]
