"""A way along roads, corner by corner, as the road graph finds it and as whoever drives it follows.

Apart from the graph itself, so that a terminal which only drives needs no graph.
"""

from itertools import pairwise

import msgspec

from geo.coordinates import approx_distance_m


class Course(msgspec.Struct, frozen=True):
    """A way along roads: corners as (lon, lat), the speed to the next corner in m/s, and at which corners lights may stop it."""

    corners: tuple[tuple[float, float], ...]
    speeds_mps: tuple[float, ...]
    lit: tuple[bool, ...]

    @property
    def length_m(self) -> float:
        """Along all corners."""
        pairs = pairwise(self.corners)
        return sum(approx_distance_m(*one, *other) for one, other in pairs)
