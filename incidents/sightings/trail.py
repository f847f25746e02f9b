"""The trail of a moving incident: its points in the order of their claimed times, jumps named, and its motion from here on.

Pure, and the same whatever order the points came in. Dead reckoning is straight on along the heading at the speed last known:
nobody knows where he will turn, and after `STALE_S` nobody claims to.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from geo.coordinates import bearing_deg, destination, distance_m
from incidents.sightings.model import Sighting

FASTEST_MPS = 70.0
"""Nobody drives faster through a city (250 km/h): a step that would need more is a jump, kept and named."""
JUMP_M = 300.0
"""So far two witnesses may be apart about the same moment."""
STALE_S = 120.0
"""After so long without a sighting no prediction is made."""
TYPICAL_MPS = 14.0
"""A car in a city that somebody flees in (50 km/h), where neither a witness nor two points say how fast."""
SLOWEST_MPS, SHORTEST_M = 1.0, 30.0
"""Less tells no direction."""


class Motion(msgspec.Struct, frozen=True):
    """Where it was last, at (ms), and how it goes on from there: heading in degrees, speed in m/s."""

    lon: float
    lat: float
    at: int
    heading: float
    speed: float

    def place(self, at_ms: float) -> tuple[float, float]:
        """Where it is at a moment, straight on."""
        return destination(self.lon, self.lat, self.heading, self.speed * max(at_ms - self.at, 0.0) / 1000)


def in_order(points: Iterable[Sighting]) -> list[Sighting]:
    """The points as they were passed."""
    return sorted(points, key=lambda one: one.order)


def jumps(ordered: Sequence[Sighting]) -> frozenset[int]:
    """The places in the row that cannot have been reached from the last one that could."""
    found, last = set[int](), 0
    for n in range(1, len(ordered)):
        before, one = ordered[last], ordered[n]
        metres = distance_m(before.lon, before.lat, one.lon, one.lat)
        if metres > JUMP_M + FASTEST_MPS * (one.at - before.at) / 1000:
            found.add(n)
        else:
            last = n
    return frozenset(found)


def motion(ordered: Sequence[Sighting]) -> Motion | None:
    """How it goes on from the newest point; None where nothing tells its direction."""
    if not ordered:
        return None
    newest = ordered[-1]
    heading, speed = newest.heading, newest.speed
    for before, after in reversed(list(pairwise(ordered))):
        if heading is not None and speed is not None:
            break
        metres = distance_m(before.lon, before.lat, after.lon, after.lat)
        seconds = (after.at - before.at) / 1000
        if metres < SHORTEST_M or seconds <= 0 or metres / seconds > FASTEST_MPS:
            continue
        if heading is None:
            heading = bearing_deg(before.lon, before.lat, after.lon, after.lat)
        if speed is None:
            speed = metres / seconds
        break
    if heading is None:
        return None
    speed = TYPICAL_MPS if speed is None else speed
    return Motion(newest.lon, newest.lat, newest.at, heading, speed) if speed >= SLOWEST_MPS else None
