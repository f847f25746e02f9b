"""Where every unit is, and the exact nearest of them: the question asked first for every incident that has a place.

Distances are geodesic. What rules a unit out is the chord through the earth, which is never longer than the geodesic
(`geo.coordinates`), so the answer is proven equal to looking at everybody, at any place on earth.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from operator import sub
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coordinates import distances_m, longest_geodesic_m, xyz_m, xyzs_m
from units.roll import Choice, Filter

MAX_DRIFT_M = 200.0  # a unit further than this from where the tree has it is looked at on its own
DUE_DRIFT_M = 60.0  # the tree is built again when somebody drifted this far and half of them moved
ROUNDING_M = 1e-6  # more than all rounding of chords together
NEAR_M = (
    10_000.0  # up to here the longest geodesic over a chord stands for the geodesic: 1.1 mm too long at most
)
SPARE = 1.35  # so much further than near here the last time, because reading somewhat more is cheaper than reading twice
MOST_GUESSES = 4_096
OFTEN = 3  # a filter asked for so often between two buildings gets a tree of its own ...
MOST_TREES = 4  # ... while there are fewer than this
MOST_QUESTIONS = 256

# What belongs to one unit lies side by side in memory, lon, lat, xyz, anchor: one fix touches one place.
XYZ, ANCHOR = slice(2, 5), slice(5, 8)

type Slots = NDArray[np.intp]
type Vector = NDArray[np.float64]
type Where = tuple[int, int, int]


class Places:
    """The position of each slot, as lon, lat in degrees and as earth-centred xyz in metres; NaN where there is none.

    KD-trees hold where the units were when they were built: one of everybody, and one for each filter that is asked for
    often. Until they are built again each unit in them has drifted by at most `drift_m`; those that drifted by more than
    MAX_DRIFT_M, or whose state changed, are *loose* and compared one by one. Hence the stop rule: when everybody within a
    radius of the tree is read, nobody unread is nearer than that radius less the drift.
    """

    def __init__(self, capacity: int, choice: Callable[[Filter], Choice]) -> None:
        self._choice = choice
        self._take_rows(_no_places(capacity))
        self.drift_m = 0.0
        self._loose = np.zeros(capacity, np.bool_)
        self._loose_slots: Slots | None = np.empty(0, np.intp)  # the same as a list; None: changed since
        self._loose_count = 0
        self._all = _Tree(np.empty(0, np.intp), np.empty((0, 3)))
        self._asked: dict[Filter, _Asked] = {}
        self._moves = 0  # since the trees were built

    def grow(self, capacity: int) -> None:
        """Make room for more slots."""
        more = capacity - len(self.lon)
        self._take_rows(np.concatenate((self._rows, _no_places(more))))
        self._loose = np.append(self._loose, np.zeros(more, np.bool_))

    def _take_rows(self, rows: Vector) -> None:
        self._rows = rows
        self.lon, self.lat, self.xyz = rows[:, 0], rows[:, 1], rows[:, XYZ]
        self._anchor = rows[:, ANCHOR]  # where the trees have it; NaN: not in the trees

    def move(self, slots: Slots, lon: Vector, lat: Vector) -> Vector:
        """Set the positions of these slots (each named once); returns their xyz, shape (n, 3)."""
        xyz = xyzs_m(lon, lat)
        rows = self._rows.take(slots, axis=0)
        rows[:, 0], rows[:, 1], rows[:, XYZ] = lon, lat, xyz
        self._rows[slots] = rows
        step = xyz - rows[:, ANCHOR]
        drift_2 = np.vecdot(step, step)
        near = drift_2 <= MAX_DRIFT_M**2  # false for NaN as well: not in the trees
        if np.count_nonzero(near) < len(near):
            self.let_loose(slots[~near])
            if np.isnan(drift_2).any():  # placed for the first time, though it may long have been on the list
                self._loose_slots = None
            drift_2 = drift_2[near]
        self._moves += len(slots)
        if len(drift_2):
            self.drift_m = max(self.drift_m, float(drift_2.max()) ** 0.5)
        return xyz

    def let_loose(self, slots: Slots) -> None:
        """What these slots may be chosen for has changed, or they are far from where the trees have them."""
        fresh = slots[~self._loose[slots]]
        if len(fresh):
            self._loose[fresh] = True
            self._loose_count += len(fresh)
            self._loose_slots = None

    def settle(self, due_drift_m: float = DUE_DRIFT_M, most_loose: int | None = None) -> None:
        """Build the trees again where everybody is now (about 0.2 us a unit), if it has become worth it."""
        size = len(self._all.slots)
        drifted = self.drift_m > due_drift_m and self._moves > size // 2
        if not drifted and self._loose_count <= (64 + size // 16 if most_loose is None else most_loose):
            return
        placed = np.flatnonzero(~np.isnan(self.lon))
        self._anchor[placed] = self.xyz[placed]
        self._loose[:] = False
        self._loose_slots, self._loose_count = np.empty(0, np.intp), 0
        self.drift_m, self._moves = 0.0, 0
        self._all = _Tree(placed, self.xyz[placed])
        # Questions that were not asked of late have to earn a tree of their own again.
        self._asked = {which: asked for which, asked in self._asked.items() if asked.times >= OFTEN}
        for which, asked in self._asked.items():
            asked.times = 0
            asked.tree = self._tree_of(which)

    def _tree_of(self, which: Filter) -> "_Tree":
        """A tree of only those who pass, where all trees have them."""
        slots = self._all.slots
        slots = slots[self._choice(which)(slots) & ~self._loose[slots]]
        return _Tree(slots, self._anchor[slots])

    def _ask(self, which: Filter) -> "_Asked":
        asked = self._asked.get(which)
        if asked is None:
            if len(self._asked) >= MOST_QUESTIONS:
                self._asked.clear()
            asked = self._asked[which] = _Asked()
        asked.times += 1
        if asked.tree is None and asked.times >= OFTEN:
            trees = sum(other.tree is not None for other in self._asked.values())
            asked.tree = self._tree_of(which) if trees < MOST_TREES else None
        return asked

    def nearest(
        self, lon: float, lat: float, k: int, *, which: Filter, order: NDArray[Any]
    ) -> tuple[list[int], list[float]]:
        """The k nearest placed slots that `which` lets pass (fewer when there are fewer) and their distances in metres.

        Equal distances stand in the order of `order[slot]`. Their order is that of the exact geodesics; up to NEAR_M a
        distance itself may be 1.1 mm too long.
        """
        self.settle()
        here = np.array(xyz_m(lon, lat))
        slots, squares, ranked = self._candidates(self._ask(which), (lon, lat), here, k, which)
        if self._loose_count:
            loose = self._loose_list()
            loose = loose[self._choice(which)(loose)]
            slots = np.concatenate((slots, loose))
            squares = np.concatenate((squares, self._squares(loose, here)))
            ranked = squares.argsort()
        chords = [square**0.5 for square in squares[ranked].tolist()]
        if len(chords) > k:
            # Whoever is nearer by the geodesic than the k-th by the chord is among these.
            del chords[bisect_right(chords, longest_geodesic_m(chords[k - 1]) + ROUNDING_M) :]
        if chords and chords[-1] < NEAR_M:
            sure_m = longest_geodesic_m(chords[-1]) - chords[-1] + ROUNDING_M
            if all(map(sure_m.__lt__, map(sub, chords[1:], chords))):
                return slots[ranked[:k]].tolist(), list(map(longest_geodesic_m, chords[:k]))
        return self._by_geodesic((lon, lat), k, slots[ranked[: len(chords)]], order)

    def _by_geodesic(
        self, place: tuple[float, float], k: int, slots: Slots, order: NDArray[Any]
    ) -> tuple[list[int], list[float]]:
        """Ranked by the geodesics themselves: they are far away, or chords can't tell them apart."""
        distances = distances_m(*place, self.lon[slots], self.lat[slots])
        ranked = np.lexsort((order[slots], distances))[:k]
        return slots[ranked].tolist(), distances[ranked].tolist()

    def _candidates(
        self, asked: "_Asked", place: tuple[float, float], here: Vector, k: int, which: Filter
    ) -> tuple[Slots, Vector, Slots]:
        """Slots of the tree among which all of its k nearest are, the squares of their chords, and the order of these."""
        tree = asked.tree or self._all
        choice = None if asked.tree else self._choice(which)
        size = len(tree.slots)
        key = (int(place[0] * 64), int(place[1] * 64), k)
        guess_m = asked.reach_m.get(key)
        if guess_m is None:
            guess_m = float(tree.kd.query(here, [k])[0][0]) if k < size // 8 else math.inf
        radius_m = SPARE * guess_m + self.drift_m + 1.0
        while radius_m < math.inf:
            rows = tree.kd.query_ball_point(here, radius_m)
            if len(rows) > 64 + size // 4:
                break
            if len(rows) >= k:
                slots = self._chosen(tree.slots[rows], choice)
                squares = self._squares(slots, here)
                if len(slots) >= k:
                    ranked = squares.argsort()
                    reach_m = longest_geodesic_m(float(squares[ranked[k - 1]]) ** 0.5)
                    enough_m = reach_m + self.drift_m + ROUNDING_M
                    if enough_m < radius_m:
                        asked.remember(key, reach_m)
                        return slots, squares, ranked
                    radius_m = enough_m + 1.0
                    continue
            radius_m *= 2 if len(rows) * 4 < k * 3 else 1.5
        asked.remember(key, math.inf)
        slots = self._chosen(tree.slots, choice)
        squares = self._squares(slots, here)
        return slots, squares, squares.argsort()

    def _chosen(self, slots: Slots, choice: Choice | None) -> Slots:
        """Without the loose ones, and without those whom the choice does not let pass."""
        if self._loose_count:
            slots = slots[~self._loose[slots]]
        return slots if choice is None else slots[choice(slots)]

    def _squares(self, slots: Slots, here: Vector) -> Vector:
        step = self.xyz[slots] - here
        squares: Vector = np.vecdot(step, step)
        return squares

    def _loose_list(self) -> Slots:
        if self._loose_slots is None:
            loose = np.flatnonzero(self._loose)
            self._loose_slots = loose[~np.isnan(self.lon[loose])]
        return self._loose_slots


class _Tree:
    """A KD-tree and the slots of its rows."""

    def __init__(self, slots: Slots, xyz: Vector) -> None:
        self.slots = slots
        self.kd: Any = cKDTree(xyz, leafsize=32, balanced_tree=False, compact_nodes=False)


class _Asked:
    """What was learned of one kind of question: how often it comes, how far one has to look near here."""

    __slots__ = ("reach_m", "times", "tree")

    def __init__(self) -> None:
        self.times = 0
        self.tree: _Tree | None = None
        self.reach_m: dict[Where, float] = {}

    def remember(self, key: Where, reach_m: float) -> None:
        if len(self.reach_m) >= MOST_GUESSES:
            self.reach_m.clear()
        self.reach_m[key] = reach_m


def _no_places(count: int) -> Vector:
    return np.full((count, 8), np.nan)
