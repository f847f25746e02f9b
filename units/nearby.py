"""Where every unit is, and the exact nearest of them: the question asked first for every incident that has a place.

Distances are geodesic. What rules a unit out is the chord through the earth, which is never longer than the geodesic
(`geo.coordinates`), so the answer is proven equal to looking at everybody, at any place on earth.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coordinates import distances_m, longest_geodesic_m, xyz_m, xyzs_m

MAX_DRIFT_M = 200.0  # a unit further than this from where the tree has it is looked at on its own
DUE_DRIFT_M = 60.0  # the tree is built again when somebody drifted this far and half of them moved
ROUNDING_M = 1e-6  # more than all rounding of chords together
NEAR_M = (
    10_000.0  # up to here the longest geodesic over a chord stands for the geodesic: 1.1 mm too long at most
)
MOST_GUESSES = 4_096

type Slots = NDArray[np.intp]
type Where = tuple[int, int, int, Choice | None]
type Choice = Callable[[Slots], NDArray[np.bool_]]


class Places:
    """The position of each slot, as lon, lat in degrees and as earth-centred xyz in metres; NaN where there is none.

    A KD-tree holds where the units were when it was built. Until it is built again each unit in it has drifted by at
    most `drift_m`; those that drifted by more than MAX_DRIFT_M are *loose* and compared one by one. Hence the stop rule: when
    everybody within a radius of the tree is read, nobody unread is nearer than that radius less the drift.
    """

    def __init__(self, capacity: int) -> None:
        self._take_rows(_no_places(capacity))
        self.drift_m = 0.0
        self._loose = np.zeros(capacity, np.bool_)
        self._loose_slots: Slots | None = np.empty(0, np.intp)  # the same as a list; None: changed since
        self._loose_count = 0
        self._tree: Any = None
        self._tree_slots: Slots = np.empty(0, np.intp)
        self._moves = 0  # since the tree was built
        self._guesses: dict[Where, float] = {}  # how far one had to look near here

    def grow(self, capacity: int) -> None:
        """Make room for more slots."""
        more = capacity - len(self.lon)
        self._take_rows(np.concatenate((self._rows, _no_places(more))))
        self._loose = np.append(self._loose, np.zeros(more, np.bool_))

    def _take_rows(self, rows: NDArray[np.void]) -> None:
        self._rows = rows
        self.lon, self.lat, self.xyz = rows["lon"], rows["lat"], rows["xyz"]
        self._anchor = rows["anchor"]  # where the tree has it; NaN: not in the tree

    def move(self, slots: Slots, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Set the positions of these slots (each named once); returns their xyz, shape (n, 3)."""
        xyz = xyzs_m(lon, lat)
        self.lon[slots] = lon
        self.lat[slots] = lat
        self.xyz[slots] = xyz
        step = xyz - self._anchor[slots]
        drift_2 = np.vecdot(step, step)
        near = drift_2 <= MAX_DRIFT_M**2  # false for NaN as well: not in the tree
        if np.count_nonzero(near) < len(near):
            self._let_loose(slots[~near])
            drift_2 = drift_2[near]
        self._moves += len(slots)
        if len(drift_2):
            self.drift_m = max(self.drift_m, float(drift_2.max()) ** 0.5)
        return xyz

    def _let_loose(self, slots: Slots) -> None:
        fresh = slots[~self._loose[slots]]
        if len(fresh):
            self._loose[fresh] = True
            self._loose_count += len(fresh)
            self._loose_slots = None

    def settle(self, due_drift_m: float = DUE_DRIFT_M) -> None:
        """Build the tree again where everybody is now (about 0.2 us a unit), if it has become worth it."""
        size = len(self._tree_slots)
        drifted = self.drift_m > due_drift_m and self._moves > size // 2
        if not drifted and self._loose_count <= 64 + size // 16:
            return
        placed = np.flatnonzero(~np.isnan(self.lon))
        self._tree_slots = placed
        self._anchor[placed] = self.xyz[placed]
        self._tree = cKDTree(self.xyz[placed], balanced_tree=False, compact_nodes=False)
        self._loose[:] = False
        self._loose_slots, self._loose_count = np.empty(0, np.intp), 0
        self.drift_m, self._moves = 0.0, 0

    def nearest(
        self, lon: float, lat: float, k: int, *, choice: Choice | None, order: NDArray[Any]
    ) -> tuple[list[int], list[float]]:
        """The k nearest placed slots that `choice` lets pass (fewer when there are fewer) and their distances in metres.

        `choice` maps slots to a mask; equal distances stand in the order of `order[slot]`. Their order is that of the
        exact geodesics; up to NEAR_M a distance itself may be 1.1 mm too long.
        """
        self.settle()
        here = np.array(xyz_m(lon, lat))
        slots, chords = self._candidates((lon, lat), here, k, choice)
        if self._loose_count:
            loose, loose_chords = self._chords(self._loose_list(), here, choice)
            slots, chords = np.concatenate((slots, loose)), np.concatenate((chords, loose_chords))
        ranked = chords.argsort()
        chords = chords[ranked]
        if len(chords) > k:
            # Whoever is nearer by the geodesic than the k-th by the chord is among these.
            count = int(chords.searchsorted(longest_geodesic_m(float(chords[k - 1])) + ROUNDING_M, "right"))
            ranked, chords = ranked[:count], chords[:count]
        if len(chords) and chords[-1] < NEAR_M:
            sure_m = longest_geodesic_m(float(chords[-1])) - chords[-1] + ROUNDING_M
            if not np.count_nonzero(chords[1:] - chords[:-1] <= sure_m):
                return slots[ranked[:k]].tolist(), [
                    longest_geodesic_m(chord) for chord in chords[:k].tolist()
                ]
        return self._by_geodesic((lon, lat), k, slots[ranked], order)

    def _by_geodesic(
        self, place: tuple[float, float], k: int, slots: Slots, order: NDArray[Any]
    ) -> tuple[list[int], list[float]]:
        """Ranked by the geodesics themselves: they are far away, or chords can't tell them apart."""
        distances = distances_m(*place, self.lon[slots], self.lat[slots])
        ranked = np.lexsort((order[slots], distances))[:k]
        return slots[ranked].tolist(), distances[ranked].tolist()

    def _candidates(
        self, place: tuple[float, float], here: NDArray[np.float64], k: int, choice: Choice | None
    ) -> tuple[Slots, NDArray[np.float64]]:
        """Slots of the tree, with their chords, among which all of its k nearest are."""
        size = len(self._tree_slots)
        key = (int(place[0] * 64), int(place[1] * 64), k, choice)
        guess_m = self._guesses.get(key)
        if guess_m is None:
            guess_m = float(self._tree.query(here, [k])[0][0]) if k < size // 8 else math.inf
        radius_m = 1.3 * guess_m + self.drift_m + 1.0
        while radius_m < math.inf:
            rows = self._tree.query_ball_point(here, radius_m)
            if len(rows) > size // 4:
                break
            slots, chords = self._chords(self._fast(self._tree_slots[rows]), here, choice)
            if len(slots) < k:
                radius_m *= 2
                continue
            reach_m = longest_geodesic_m(_kth(chords, k))
            enough_m = reach_m + self.drift_m + ROUNDING_M
            if enough_m < radius_m:
                self._remember(key, reach_m)
                return slots, chords
            radius_m = enough_m + 1.0
        self._remember(key, math.inf)
        return self._chords(self._fast(self._tree_slots), here, choice)

    def _remember(self, key: Where, reach_m: float) -> None:
        if len(self._guesses) >= MOST_GUESSES:
            self._guesses.clear()
        self._guesses[key] = reach_m

    def _chords(
        self, slots: Slots, here: NDArray[np.float64], choice: Choice | None
    ) -> tuple[Slots, NDArray[np.float64]]:
        if choice is not None:
            slots = slots[choice(slots)]
        step = self.xyz[slots] - here
        return slots, np.sqrt(np.vecdot(step, step))

    def _fast(self, slots: Slots) -> Slots:
        """Without the loose ones."""
        return slots[~self._loose[slots]] if self._loose_count else slots

    def _loose_list(self) -> Slots:
        if self._loose_slots is None:
            self._loose_slots = np.flatnonzero(self._loose)
        return self._loose_slots


def _no_places(count: int) -> NDArray[np.void]:
    # What belongs to one unit lies side by side in memory: one fix touches one place.
    rows = np.empty(count, [("lon", "f8"), ("lat", "f8"), ("xyz", "f8", 3), ("anchor", "f8", 3)])
    for name in ("lon", "lat", "xyz", "anchor"):
        rows[name] = np.nan
    return rows


def _kth(chords: NDArray[np.float64], k: int) -> float:
    return float(np.partition(chords, k - 1)[k - 1])
