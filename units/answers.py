"""What the live index answers: what became of a frame, who is near, and the newest fix of a unit with how far to trust it.

Small values without behaviour; dispatchers see them as rows of a ranking and as dots on the map.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """Units that have a fix, as columns by rising handle: where they are, how far from the place asked about, of which kind.

    metres: straight, by the mid-latitude rule; kind: an index into `kinds`.
    """

    handles: NDArray[np.uint32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    metres: NDArray[np.float64]
    kind: NDArray[np.uint16]
    kinds: tuple[str, ...]
