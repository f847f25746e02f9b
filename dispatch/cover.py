"""How long the next call would wait, what it costs when one unit goes, what is won when one moves.

Each place is answered by its nearest unit that is free then; each is busy just then with probability q, so that the k-th nearest
answers with probability (1 - q) q^(k-1): the expected failure cost of L. Snyder and M. Daskin (2005, doi:10.1287/trsc.1040.0107).
Ranking asks who is missed least, move-up where somebody is missed most. All in seconds, so that they count beside a journey's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Seconds = NDArray[np.float64]
"""Units (or posts) x places: how soon who is where."""

FAR_S = 1_200.0
"""When none of the nearest is free, somebody comes from so far; nobody counts as farther."""
DEPTH = 8
"""So many nearest of each place are looked at: beyond them hardly anybody is ever needed."""
BUSY = 0.3
"""How likely somebody who is free now is not when the next call comes."""


SAME_S = 1e-3
"""Two times that are no farther apart are of the same unit."""


class Move(NamedTuple):
    """One unit to one post (rows); gain_s: by how much sooner the next call is answered, in the mean."""

    unit: int
    post: int
    gain_s: float


class Cover:
    """What the free units are to the places where calls are expected.

    The next call at a place waits for the whole time in which all who would be there are busy: the integral of q^n(t), where n(t)
    free units are there within t. One more there within t makes everything behind t less by (1 - q); one fewer, more by (1 - q) / q.

    Args:
        seconds: of the free units.
        share: of the expected calls that each place has, together 1.
    """

    def __init__(self, seconds: Seconds, share: Floats, busy: float = BUSY) -> None:
        self._share, self._busy = share, busy
        count = min(len(seconds), DEPTH)
        nearest = np.sort(np.partition(seconds, count - 1, axis=0)[:count], axis=0) if count else seconds[:0]
        begun = np.zeros((1, len(share)))
        self._steps = np.minimum(np.vstack([begun, nearest, begun + FAR_S]), FAR_S)

    def missed_each_s(self) -> Seconds:
        """At each place, by how much longer its next call waits when its nearest goes, its second nearest, and so on (rows).

        Of those looked at; who is farther from a place than all of them is hardly missed there.
        """
        return np.asarray((1 - self._busy) / self._busy * self._behind_steps()[1:])

    def expected_s(self) -> float:
        """How long the next call waits for its first unit, in the mean."""
        return float(self._share @ self._behind(np.zeros((1, len(self._share))))[0])

    def each_s(self) -> Seconds:
        """The same for each place by itself."""
        return np.asarray(self._behind(np.zeros((1, len(self._share))))[0])

    def soonest_s(self) -> Seconds:
        """How soon the nearest of the free units is at each place; FAR_S: nobody is nearer."""
        return np.asarray(self._steps[1])

    def joined(self, seconds: Seconds) -> "Cover":
        """The same with more units, such as those on their way to where they stand by."""
        return Cover(np.vstack([self._steps[1:-1], seconds]), self._share, self._busy)

    def without(self, seconds: Floats) -> "Cover":
        """The same without one of the free units; where it is none of the nearest, nothing changes."""
        known = self._steps[1:-1]
        row = np.minimum((known < seconds - SAME_S).sum(axis=0), len(known) - 1)
        column = np.arange(known.shape[1])
        left = known.copy()
        left[row, column] = np.where(
            np.abs(known[row, column] - seconds) <= SAME_S, FAR_S, known[row, column]
        )
        return Cover(left, self._share, self._busy)

    def of(self, places: NDArray[np.intp]) -> "Cover":
        """The same for some of the places only: their calls count together 1."""
        share = self._share[places]
        whole = share.sum()
        return Cover(
            self._steps[1:-1, places],
            share / whole if whole > 0 else np.full(len(places), 1.0 / len(places)),
            self._busy,
        )

    def missed_s(self, seconds: Seconds) -> Floats:
        """By how much longer the next call waits without each of these, who are among the free units."""
        return np.asarray((1 - self._busy) / self._busy * (self._behind(seconds) @ self._share))

    def won_s(self, seconds: Seconds) -> Floats:
        """By how much sooner the next call is answered with one more unit at each of these."""
        return np.asarray((1 - self._busy) * (self._behind(seconds) @ self._share))

    def best_move(
        self, seconds: Seconds, posts: Seconds, movable: NDArray[np.bool_], worth_s: float = 0.0
    ) -> Move | None:
        """The move of one of the free units to one post by which the next call waits least; None where none is worth it.

        Args:
            seconds: of all free units, as at the beginning.
            posts: from each post.
            movable: which units may be moved, or which of them to which post (units x posts).
            worth_s: it must win more.
        """
        may = np.broadcast_to(movable if movable.ndim == 2 else movable[:, None], (len(seconds), len(posts)))
        here, there = self._behind(seconds) * self._share, self._behind(posts) * self._share
        lost, won = here.sum(axis=1), there.sum(axis=1)
        best, least, behind = None, worth_s / (1 - self._busy), 1 / self._busy - 1
        for unit in np.argsort(lost, kind="stable").tolist():
            # What is missed where the post is farther only lessens the gain: pairs that win too little even without that are left out.
            tried = np.flatnonzero(may[unit] & (won - lost[unit] > least))
            if not len(tried):
                continue
            # Where the post is farther than it was itself, it is behind itself, where it is not any more.
            short = np.minimum(there[tried], here[unit]).sum(axis=1) - lost[unit]
            gains = won[tried] - lost[unit] + behind * short
            first = int(np.argmax(gains))
            if gains[first] > least:
                least = float(gains[first])
                best = Move(unit, int(tried[first]), (1 - self._busy) * least)
        return best

    def _behind(self, seconds: Seconds) -> Seconds:
        """For each: the time behind it in which all who would be there are busy.

        It falls ever less steeply, so that it is the highest of the straight lines it is made of.
        """
        found = np.zeros(seconds.shape)
        for known, (begin, behind) in enumerate(zip(self._steps, self._behind_steps(), strict=False)):
            odds = self._busy**known
            np.maximum(found, behind + odds * begin - odds * seconds, out=found)
        return found

    def _behind_steps(self) -> Seconds:
        """The same at each step but the last, behind which nothing is."""
        spans = np.diff(self._steps, axis=0) * self._busy ** np.arange(len(self._steps) - 1)[:, None]
        return np.asarray(np.cumsum(spans[::-1], axis=0)[::-1])
