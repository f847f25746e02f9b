"""What the live index answers: what became of a frame, who is near, and the newest fix of a unit with how far to trust it.

Small values without behaviour; dispatchers see them as rows of a ranking and as dots on the map.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import approx_distances_m
from units.doubts import Doubt
from units.positions import Verdict
from units.roll import Entry
from units.standing import Good


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a position is poor or lost; settings of the city."""

    poor_after_ms: int = 30_000  # age of the fix
    poor_accuracy_m: float = 100.0
    lost_after_ms: int = 120_000  # since anything was heard of the terminal
    pace: float = 1.0  # of simulated units: how many times as fast as life they may be


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """What became of the rows of one frame: `verdict` is a column of `Verdict`, in the order of the frame."""

    verdict: NDArray[np.uint8]

    def count(self, verdict: Verdict) -> int:
        """How many rows got this verdict."""
        return int(np.count_nonzero(self.verdict == verdict))

    @property
    def accepted(self) -> int:
        """Rows that were newer than what was known."""
        return self.count(Verdict.NEWEST)


class Near(NamedTuple):
    """One answer of a nearest search."""

    entry: Entry
    distance_m: float


@dataclass(frozen=True, slots=True)
class Fix:
    """The newest position of one unit; t_ms and age by its corrected clock, None where unknown.

    `quality` is one of `units.wire.QUALITY`, `doubt` why it is doubtful; then `good` is the last one that was not.
    """

    lon: float
    lat: float
    t_ms: int
    received_at_ms: int
    age_s: float
    speed_mps: float | None
    heading_deg: float | None
    accuracy_m: float | None
    quality: str
    clock_offset_ms: int
    doubt: Doubt = Doubt.NONE
    good: Good | None = None


@dataclass(frozen=True, eq=False)
class Around:
    """Units that have a fix, as columns by rising handle, seen from a place (lon, lat); kind: an index into `kinds`.

    How far each is costs half as much again as all the rest, and who goes by road is not asked: hence only when asked.
    """

    place: tuple[float, float]
    handles: NDArray[np.uint32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kind: NDArray[np.uint16]
    kinds: tuple[str, ...]

    @cached_property
    def metres(self) -> NDArray[np.float64]:
        """How far each is, straight, by the mid-latitude rule."""
        return approx_distances_m(*self.place, self.lon, self.lat)

    def metres_of(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The same of these rows only."""
        return approx_distances_m(*self.place, self.lon[rows], self.lat[rows])
