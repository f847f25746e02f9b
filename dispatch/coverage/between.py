"""How far it is by road between any two places of a city, so roughly that it may be asked for everybody at once.

Each cell of expected calls stands for what lies in it. A river or a railway makes a way longer than its straight line; by how
much is the same for all who stand in one cell and go to another. Filled bit by bit, once for a city and its roads.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from dispatch.plain_times import DETOUR, SPEED_MPS
from geo.coordinates import approx_distances_m
from geo.roads import Roads
from geo.travel import Search

type Floats = NDArray[np.float64]

PROFILE = "car"
FAR_S = 1_500.0
"""Nobody from farther away is the next to come."""
LEAST, MOST = 0.5, 6.0
"""A way is taken to be no shorter and no longer than so many times what a straight line and a detour make of it."""
MOST_CELLS = 5_000
"""With more the table would not fit (100 MB); such a city is told by straight lines."""


class Between:
    """From each cell (row) to each cell (column): how many times as long by road as by straight line and a plain detour."""

    def __init__(self, roads: Roads, cells: NDArray[np.int64], lon: Floats, lat: Floats) -> None:
        self.cells, self._lon, self._lat, self._roads = cells, lon, lat, roads
        self.times = np.ones((len(cells), len(cells)), np.float32)
        self._next = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of it is known."""
        return self._next == len(self.cells)

    def is_of(self, roads: Roads, cells: NDArray[np.int64]) -> bool:
        """Whether it was made of these roads for these cells."""
        return roads is self._roads and np.array_equal(cells, self.cells)

    def fill(self, count: int) -> Self:
        """Search so many more columns; about 20 ms each in a large city, for a thread to do."""
        for column in range(self._next, min(self._next + count, len(self.cells))):
            self.times[:, column] = self._column(column)
            self._next = column + 1
        return self

    def _column(self, column: int) -> Floats:
        goal = float(self._lon[column]), float(self._lat[column])
        search = Search(self._roads.network, self._roads.snapper, PROFILE, goal)
        search.widen(FAR_S)
        by_road_s = search.times(search.snaps(self._lon, self._lat), len(self.cells)).eta_s
        plain_s = approx_distances_m(*goal, self._lon, self._lat) * DETOUR / SPEED_MPS[PROFILE]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = by_road_s / plain_s
        ratio[column] = 1.0
        return np.clip(np.nan_to_num(ratio, nan=1.0, posinf=MOST), LEAST, MOST)
