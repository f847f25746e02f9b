"""The H3 cells in which units are, as numbers of a small table: what the live picture is cut into.

Asking H3 costs more than all the rest of a fix. So each unit keeps a circle that lies in its cell; those that left it are
compared with the edges of the cell, a frame at a time; and H3 is asked only for those that left the cell.
"""

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from geo.cells import cell_at
from geo.coordinates import LEAST_CURVATURE_RADIUS_M

RESOLUTION = 7
MOST_EDGES = 10  # a cell that bends over an edge of the icosahedron has more than six
_MARGIN_M = (
    0.01  # more than the rounding of H3's boundaries, and than an arc of 2 km is longer than its chord
)

type Vector = NDArray[np.float64]
type Slots = NDArray[np.intp]


class CellTable:
    """For each slot its cell, as an index into `cell`; index 0 is nowhere, the cell of a unit without a fix.

    H3 takes latitudes as they are on a sphere, and there the edges of a cell are great circles; the angle to one of them
    times the least radius of curvature of WGS-84 is at most the distance on the ellipsoid.
    """

    def __init__(self, capacity: int) -> None:
        self.cell = np.zeros(64, np.uint64)
        self.index = np.zeros(capacity, np.int32)
        self._circle = _no_circles(capacity)
        self._edges = np.zeros((64, MOST_EDGES, 3))  # unit normals of their planes, towards the centre
        self._indices: dict[int, int] = {}

    def grow(self, capacity: int) -> None:
        """Make room for more slots."""
        more = capacity - len(self.index)
        self.index = np.append(self.index, np.zeros(more, np.int32))
        self._circle = np.concatenate((self._circle, _no_circles(more)))

    def move(self, slots: Slots, lon: Vector, lat: Vector, xyz: Vector) -> None:
        """These slots are now at (lon, lat), which is `xyz` of shape (n, 3) in metres."""
        circle = self._circle.take(slots, axis=0)
        step = xyz - circle[:, :3]
        left = np.vecdot(step, step) > circle[:, 3]
        if np.count_nonzero(left):
            self._draw_circles(slots[left], lon[left], lat[left], xyz[left])

    def _draw_circles(self, slots: Slots, lon: Vector, lat: Vector, xyz: Vector) -> None:
        towards = _directions(lon, lat)
        to_edge_m = self._to_edge_m(slots, towards)
        outside = np.flatnonzero(to_edge_m <= 0.0)
        if len(outside):
            places = zip(lon[outside].tolist(), lat[outside].tolist(), strict=True)
            self.index[slots[outside]] = [self._index_at(*place) for place in places]
            to_edge_m[outside] = self._to_edge_m(slots[outside], towards[outside])
        # On the very edge there is no circle: -1 holds nothing, and the unit is looked at again with its next fix.
        radius_2 = np.where(to_edge_m > 0.0, to_edge_m * to_edge_m, -1.0)
        self._circle[slots] = np.column_stack((xyz, radius_2))

    def _to_edge_m(self, slots: Slots, towards: Vector) -> Vector:
        """Metres to the nearest edge of the slot's cell, less a margin; below zero outside."""
        sines = np.matvec(self._edges[self.index[slots]], towards).min(axis=1)
        return np.asarray(LEAST_CURVATURE_RADIUS_M * np.arcsin(sines) - _MARGIN_M)

    def _index_at(self, lon: float, lat: float) -> int:
        cell = cell_at(lon, lat, RESOLUTION)
        index = self._indices.get(cell)
        if index is None:
            index = self._indices[cell] = len(self._indices) + 1
            if index == len(self.cell):
                self.cell = np.append(self.cell, np.zeros_like(self.cell))
                self._edges = np.concatenate((self._edges, np.zeros_like(self._edges)))
            self.cell[index] = cell
            self._edges[index] = _edges(cell)
        return index


def _edges(cell: int) -> Vector:
    """Unit normals of the planes of the cell's edges, on the side of its centre; the last repeated up to MOST_EDGES."""
    lat, lon = h3.cell_to_latlng(cell)
    centre = _directions(np.array(lon), np.array(lat))
    corners = np.array(h3.cell_to_boundary(cell))
    starts = _directions(corners[:, 1], corners[:, 0])
    normals = np.cross(starts, np.roll(starts, -1, axis=0))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) * np.sign(normals @ centre)[:, np.newaxis]
    return np.concatenate((normals, np.repeat(normals[-1:], MOST_EDGES - len(normals), axis=0)))


def _no_circles(count: int) -> Vector:
    """x, y, z, radius squared of circles that hold nothing."""
    return np.tile((0.0, 0.0, 0.0, -1.0), (count, 1))


def _directions(lon: Vector, lat: Vector) -> Vector:
    lam, phi = np.radians(lon), np.radians(lat)
    from_axis = np.cos(phi)
    return np.stack((from_axis * np.cos(lam), from_axis * np.sin(lam), np.sin(phi)), axis=-1)
