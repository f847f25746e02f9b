"""The H3 cells in which units are, as numbers of a small table: what the live picture is cut into.

Asking H3 costs more than all the rest of a fix, so each unit keeps a circle that lies in its cell, and H3 is asked only
for those that left theirs; that is one comparison for a whole frame.
"""

import math

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from geo.cells import cell_at
from geo.coordinates import LEAST_CURVATURE_RADIUS_M, Xyz, xyz_m

RESOLUTION = 7
_MARGIN_M = (
    0.01  # more than the rounding of H3's boundaries, and than an arc of 2 km is longer than its chord
)

type Vector = NDArray[np.float64]


class _Cell:
    """One cell: its index, its centre, its inscribed circle, and the planes of the great circles that are its edges.

    H3 takes latitudes as they are on a sphere, and there the edges are great circles; the angle to one of them times the
    least radius of curvature of WGS-84 is at most the distance on the ellipsoid.
    """

    def __init__(self, cell: int, index: int) -> None:
        self.index = index
        lat, lon = h3.cell_to_latlng(cell)
        corners = [_direction(corner_lon, corner_lat) for corner_lat, corner_lon in h3.cell_to_boundary(cell)]
        normals = np.cross(corners, corners[1:] + corners[:1])
        self._normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        self._centre = xyz_m(lon, lat)
        self._radius_m = self._to_edge_m(lon, lat)

    def circle_around(self, lon: float, lat: float) -> tuple[Xyz, float]:
        """Centre (xyz in metres) and radius (a chord in metres) of a circle in the cell that holds this place of it."""
        here = xyz_m(lon, lat)
        if math.dist(here, self._centre) < self._radius_m:
            return self._centre, self._radius_m
        return here, self._to_edge_m(lon, lat)

    def _to_edge_m(self, lon: float, lat: float) -> float:
        sine = float(np.abs(self._normals @ _direction(lon, lat)).min())
        return max(LEAST_CURVATURE_RADIUS_M * math.asin(sine) - _MARGIN_M, 0.0)


class CellTable:
    """For each slot its cell, as an index into `cell`; index 0 is nowhere, the cell of a unit without a fix."""

    def __init__(self, capacity: int) -> None:
        self.cell = np.zeros(64, np.uint64)
        self.index = np.zeros(capacity, np.int32)
        self._centre = np.zeros((capacity, 3))
        self._radius_2 = np.full(capacity, -1.0)
        self._cells: dict[int, _Cell] = {}

    def grow(self, capacity: int) -> None:
        """Make room for more slots."""
        more = capacity - len(self.index)
        self.index = np.append(self.index, np.zeros(more, np.int32))
        self._centre = np.concatenate((self._centre, np.zeros((more, 3))))
        self._radius_2 = np.append(self._radius_2, np.full(more, -1.0))

    def move(self, slots: NDArray[np.intp], lon: Vector, lat: Vector, xyz: Vector) -> None:
        """These slots are now at (lon, lat), which is `xyz` of shape (n, 3) in metres."""
        step = xyz - self._centre[slots]
        left = np.vecdot(step, step) > self._radius_2[slots]
        if not np.count_nonzero(left):
            return
        for slot, x, y in zip(slots[left].tolist(), lon[left].tolist(), lat[left].tolist(), strict=True):
            cell = self._cell_at(x, y)
            self.index[slot] = cell.index
            self._centre[slot], radius_m = cell.circle_around(x, y)
            self._radius_2[slot] = radius_m * radius_m

    def _cell_at(self, lon: float, lat: float) -> _Cell:
        name = cell_at(lon, lat, RESOLUTION)
        found = self._cells.get(name)
        if found is None:
            index = len(self._cells) + 1
            if index == len(self.cell):
                self.cell = np.append(self.cell, np.zeros(index, np.uint64))
            self.cell[index] = name
            found = self._cells[name] = _Cell(name, index)
        return found


def _direction(lon: float, lat: float) -> Vector:
    lam, phi = math.radians(lon), math.radians(lat)
    return np.array((math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)))
