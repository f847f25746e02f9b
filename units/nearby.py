"""Where every unit is, and the exact nearest of them: the question asked first for every incident that has a place.

Distances are geodesic. What rules a unit out is the chord through the earth, which is never longer than the geodesic
(`geo.coordinates`), so the answer is proven equal to looking at everybody, at any place on earth.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coordinates import distance_m, distances_m, longest_geodesic_m, xyz_m, xyzs_m

MAX_DRIFT_M = 200.0  # a unit further than this from where the tree has it is looked at on its own
ROUNDING_M = 1e-6  # more than all rounding of chords together

type Slots = NDArray[np.intp]
type Choice = Callable[[Slots], NDArray[np.bool_]]


class Places:
    """The position of each slot, as lon, lat in degrees and as earth-centred xyz in metres; NaN where there is none.

    A KD-tree holds where the units were when it was built. Until it is built again each unit in it has drifted by at
    most `drift_m`; those that drifted by more than MAX_DRIFT_M are *loose* and compared one by one. Hence the stop rule: when
    the n nearest of the tree are read, nobody unread is nearer than the distance of the n-th less the drift.
    """

    def __init__(self, capacity: int) -> None:
        self.lon = np.full(capacity, np.nan)
        self.lat = np.full(capacity, np.nan)
        self.xyz = np.full((capacity, 3), np.nan)
        self.drift_m = 0.0
        self._anchor = np.full((capacity, 3), np.nan)  # where the tree has it; NaN: not in the tree
        self._loose = np.zeros(capacity, np.bool_)
        self._loose_slots: Slots | None = np.empty(0, np.intp)  # the same as a list; None: changed since
        self._loose_count = 0
        self._tree: Any = None
        self._tree_slots: Slots = np.empty(0, np.intp)

    def grow(self, capacity: int) -> None:
        """Make room for more slots."""
        more = capacity - len(self.lon)
        self.lon = np.append(self.lon, np.full(more, np.nan))
        self.lat = np.append(self.lat, np.full(more, np.nan))
        self.xyz = np.concatenate((self.xyz, np.full((more, 3), np.nan)))
        self._anchor = np.concatenate((self._anchor, np.full((more, 3), np.nan)))
        self._loose = np.append(self._loose, np.zeros(more, np.bool_))

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
        if len(drift_2):
            self.drift_m = max(self.drift_m, float(drift_2.max()) ** 0.5)
        return xyz

    def _let_loose(self, slots: Slots) -> None:
        fresh = slots[~self._loose[slots]]
        if len(fresh):
            self._loose[fresh] = True
            self._loose_count += len(fresh)
            self._loose_slots = None

    def settle(self) -> None:
        """Build the tree where everybody is now (about 0.2 us a unit); queries do it themselves when it has become due."""
        placed = np.flatnonzero(~np.isnan(self.lon))
        self._tree_slots = placed
        self._anchor[placed] = self.xyz[placed]
        self._tree = (
            cKDTree(self.xyz[placed], balanced_tree=False, compact_nodes=False) if len(placed) else None
        )
        self._loose[:] = False
        self._loose_slots, self._loose_count = np.empty(0, np.intp), 0
        self.drift_m = 0.0

    def nearest(
        self, lon: float, lat: float, k: int, *, choice: Choice | None, order: NDArray[Any]
    ) -> tuple[Slots, NDArray[np.float64]]:
        """The k nearest placed slots that `choice` lets pass (fewer when there are fewer) and their distances in metres.

        `choice` maps slots to a mask; equal distances stand in the order of `order[slot]`.
        """
        if self._loose_count > 256 + len(self._tree_slots) // 64:
            self.settle()
        here = np.array(xyz_m(lon, lat))
        slots, chords = self._candidates(here, k, choice)
        if self._loose_count:
            loose, loose_chords = self._chords(self._loose_list(), here, choice)
            slots, chords = np.concatenate((slots, loose)), np.concatenate((chords, loose_chords))
        if len(slots) > k:
            within = chords <= longest_geodesic_m(_kth(chords, k)) + ROUNDING_M
            slots = slots[within]
        distances = self._distances_m(lon, lat, slots)
        ranked = np.lexsort((order[slots], distances))[:k]
        return slots[ranked], distances[ranked]

    def _candidates(
        self, here: NDArray[np.float64], k: int, choice: Choice | None
    ) -> tuple[Slots, NDArray[np.float64]]:
        """Slots of the tree, with their chords, among which all of its k nearest are."""
        size = len(self._tree_slots)
        count = k + 16
        while count < size // 4:
            far, rows = self._tree.query(here, count)
            slots, chords = self._chords(self._fast(self._tree_slots[rows]), here, choice)
            unread_m = far[-1] - self.drift_m - ROUNDING_M
            if len(slots) >= k:
                reach = longest_geodesic_m(_kth(chords, k))
                if reach < unread_m:
                    return slots, chords
                # people per area: so many more are expected within the reach of the k-th and the drift
                wider = (reach + self.drift_m) / max(float(far[-1]), 1.0)
                count = int(count * min(max(1.2 * wider * wider, 1.5), 16.0)) + 1
            else:
                count *= 4
        return self._chords(self._fast(self._tree_slots), here, choice)

    def _chords(
        self, slots: Slots, here: NDArray[np.float64], choice: Choice | None
    ) -> tuple[Slots, NDArray[np.float64]]:
        if choice is not None:
            slots = slots[choice(slots)]
        step = self.xyz[slots] - here
        return slots, np.sqrt(np.vecdot(step, step))

    def _distances_m(self, lon: float, lat: float, slots: Slots) -> NDArray[np.float64]:
        if len(slots) > 32:
            return distances_m(lon, lat, self.lon[slots], self.lat[slots])
        # A handful is cheaper one by one.
        pairs = zip(self.lon[slots].tolist(), self.lat[slots].tolist(), strict=True)
        return np.array([distance_m(lon, lat, *there) for there in pairs])

    def _fast(self, slots: Slots) -> Slots:
        """Without the loose ones."""
        return slots[~self._loose[slots]] if self._loose_count else slots

    def _loose_list(self) -> Slots:
        if self._loose_slots is None:
            self._loose_slots = np.flatnonzero(self._loose)
        return self._loose_slots


def _kth(chords: NDArray[np.float64], k: int) -> float:
    return float(np.partition(chords, k - 1)[k - 1])
