"""One simulated journey: corners, speeds and waits in, the place at any later moment out.

Patrols of a demo move on these, along the roads of the city or straight over water; a journey is worked out once, when it
begins, so that asking where everybody is costs little.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from geo.coordinates import approx_distance_m, bearing_deg
from geo.courses import Course

type Place = tuple[float, float]
"""lon, lat in WGS-84 degrees."""
type Ways = Callable[[Place, Place], Course]
"""The way along the roads from one place to another."""


class Whereabouts(NamedTuple):
    """Where somebody is: WGS-84 degrees, speed in m/s, heading in degrees (NaN: unknown)."""

    lon: float
    lat: float
    speed_mps: float
    heading_deg: float


class Drive:
    """A journey that began at `started_ms`; every speed and wait is as it comes out at `pace` times real time.

    Args:
        corners: at least two places.
        speeds_mps: from each corner to the next.
        waits_s: at each corner before going on, 0 for none.
    """

    def __init__(
        self,
        corners: Sequence[Place],
        speeds_mps: Sequence[float],
        waits_s: Sequence[float],
        started_ms: int,
        pace: float,
    ) -> None:
        self._corners = corners
        self._leaves_ms: list[float] = []
        self._reaches_ms = [float(started_ms)]
        self._speeds = [speed * pace for speed in speeds_mps]
        for n, speed in enumerate(self._speeds):
            leaves = self._reaches_ms[-1] + waits_s[n] * 1000 / pace
            self._leaves_ms.append(leaves)
            self._reaches_ms.append(leaves + 1000 * approx_distance_m(*corners[n], *corners[n + 1]) / speed)
        self.arrives_ms = math.ceil(self._reaches_ms[-1])

    @property
    def end(self) -> Place:
        """Where it leads."""
        return self._corners[-1]

    def at(self, now_ms: int) -> Whereabouts:
        """Where the traveller is; the end from the moment of arrival."""
        leg = bisect_right(self._reaches_ms, now_ms) - 1
        if leg < 0:
            return Whereabouts(*self._corners[0], 0.0, math.nan)
        if leg >= len(self._speeds):
            return Whereabouts(*self.end, 0.0, self._heading(len(self._speeds) - 1))
        start, end = self._corners[leg], self._corners[leg + 1]
        if now_ms <= self._leaves_ms[leg]:
            return Whereabouts(*start, 0.0, self._heading(leg))
        took = self._reaches_ms[leg + 1] - self._leaves_ms[leg]
        share = (now_ms - self._leaves_ms[leg]) / took if took > 0 else 1.0
        lon, lat = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        return Whereabouts(lon, lat, self._speeds[leg], self._heading(leg))

    def _heading(self, leg: int) -> float:
        return bearing_deg(*self._corners[leg], *self._corners[leg + 1])


def straight(start: Place, end: Place, speed_mps: float) -> Course:
    """As the crow flies."""
    return Course((start, end), (speed_mps,), (False, False))
