"""Coarse squares over a city: through which of them its roads lead, and who stands near those that a search has reached.

A search along the roads costs next to nothing beside putting twenty thousand units onto them. So it goes first and tells of each square
how soon it comes there: who cannot be in time is never put on a road. Used by `geo.travel`, for `dispatch.driving`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geo.kernels import placed, spread, squares_of
from geo.network import Floats, Ints, Network

SIDE_M = 200.0

type Marks = NDArray[np.bool_]
type Flat = tuple[float, float, float, float]


class Squares:
    """Of one network whose shape's corners each have the segment that owns them.

    flat: the middle's lon and lat, and how many metres a degree has there. most_m: farther than that from every road nobody is on any. Columns are by square, row by row from the south west.
    """

    def __init__(self, network: Network, owner: Ints, flat: Flat, most_m: float) -> None:
        x, y = (network.shape_lon - flat[0]) * flat[2], (network.shape_lat - flat[1]) * flat[3]
        rim = most_m + SIDE_M
        west, south = float(x.min()) - rim, float(y.min()) - rim
        self._shape = int((y.max() + rim - south) // SIDE_M) + 1, int((x.max() + rim - west) // SIDE_M) + 1
        self._grid = np.array([west, south, SIDE_M, self._shape[1]])
        self._flat, self._most_m, self._owner = flat, most_m, owner
        self._corners = self.of(network.shape_lon, network.shape_lat)
        counts = np.zeros(network.segments, np.int32)
        squares_of(x, y, owner, self._grid, counts, np.empty(0, np.int32), True)
        first = _first(counts)
        squares = np.empty(int(first[-1]), np.int32)
        squares_of(x, y, owner, self._grid, first[:-1].copy(), squares, False)
        ends = np.concatenate((network.starts, network.ends))
        met = (np.argsort(ends, kind="stable") % network.segments).astype(np.int32)
        self.roads = _first(np.bincount(ends, minlength=len(network)).astype(np.int32)), met, first, squares
        """What a search asks (`kernels.settle`): by vertex the segments that meet there, by segment its squares."""

    def of(self, lons: Floats, lats: Floats) -> Ints:
        """The square of each place; -1 outside, where no road is near."""
        squares = np.empty(len(lons), np.int32)
        placed(lons, lats, self._flat, self._grid, self._shape[0], squares)
        return squares

    def begun(self, segments: Ints) -> Floats:
        """For a search to enter how soon it comes to a road through each square: at once for these segments, else not yet."""
        soonest, (_, _, crossed, squares) = self._all(np.inf), self.roads
        for segment in segments.tolist():
            soonest[squares[crossed[segment] : crossed[segment + 1]]] = 0.0
        return soonest

    def near(self, soonest: Floats, slow_mps: float, limit_s: float) -> Floats:
        """Sooner than that nobody is there by road from each square; inf: not within the limit, to which was searched.

        slow_mps: how fast one goes straight to one's road.
        """
        near = self._all(np.inf)
        reached = np.flatnonzero(soonest[:-1] < np.inf)
        spread(reached, soonest, self._grid, self._shape[0], self._most_m, slow_mps, limit_s, near)
        return near

    def _all(self, value: float) -> Floats:
        return np.full(self._shape[0] * self._shape[1] + 1, value)  # one more for who stands outside

    def bare(self, usable: Marks) -> Marks:
        """Where not every place is near a road that is usable; usable: by segment."""
        corners = np.zeros(self._shape[0] * self._shape[1] + 1)
        gap_m = self._all(np.inf)
        at = np.unique(self._corners[usable[self._owner]])
        spread(at, corners, self._grid, self._shape[0], self._most_m, 1.0, self._most_m, gap_m)
        # Two places are at most so much farther apart than their squares.
        near: Marks = np.less_equal(gap_m, self._most_m - 2 * math.sqrt(2) * SIDE_M)
        return np.logical_not(near)


def no_roads(vertices: int) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    """In place of `Squares.roads` and what `begun` gives, for a search that enters nothing."""
    nothing = np.zeros(1, np.int32)
    return np.zeros(vertices + 1, np.int32), nothing, nothing, nothing, np.zeros(1)


def _first(counts: Ints) -> Ints:
    first = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=first[1:])
    return first
