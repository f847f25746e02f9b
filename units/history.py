"""The few fixes before each unit's newest one: what its newest is compared with.

Time is cut into pieces of PIECE_MS; kept is the newest fix of each of the last pieces that had one before the newest fix's
own. The newest of a piece and the last three pieces are the same in whatever order fixes come.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from units.positions import NEVER_MS

PIECE_MS = 5_000
KEPT = 3
DEGREE = 1e-7

# lon and lat in 1e-7 degree, so that the three of a unit fit one line of the processor's cache.
RECORD = np.dtype([("t_ms", "<i8"), ("lon", "<i4"), ("lat", "<i4"), ("speed_mps", "<f4")])

type Slots = NDArray[np.intp]
type Record = tuple[int, int, int, float]


class History:
    """By slot the KEPT fixes before the newest one's piece, newest first."""

    def __init__(self, capacity: int) -> None:
        self.records = _nothing(capacity)

    def grow(self, more: int) -> None:
        """Make room for more slots."""
        self.records = np.concatenate((self.records, _nothing(more)))

    def push(
        self,
        slots: Slots,
        t_ms: NDArray[np.int64],
        place: tuple[NDArray[Any], NDArray[Any]],
        speed: NDArray[Any],
    ) -> None:
        """These were the newest fixes of their slots (each named once) until one of a later piece came."""
        rows = self.records[slots]
        rows[:, 1:] = rows[:, :-1]
        rows["t_ms"][:, 0] = t_ms
        rows["lon"][:, 0] = np.rint(place[0] / DEGREE)
        rows["lat"][:, 0] = np.rint(place[1] / DEGREE)
        rows["speed_mps"][:, 0] = speed
        self.records[slots] = rows

    def put(self, slot: int, newest_t_ms: int, record: Record) -> bool:
        """A fix that came late (t, lon, lat in 1e-7 degree, speed), older than the newest; whether it is kept."""
        piece = record[0] // PIECE_MS
        if piece >= newest_t_ms // PIECE_MS:
            return False
        kept: list[Record] = [row for row in self.records[slot].tolist() if row[0] != NEVER_MS]
        same = next((row for row in kept if row[0] // PIECE_MS == piece), None)
        if same is not None:
            if _rank(same) >= _rank(record):
                return False
            kept.remove(same)
        kept = sorted([*kept, record], reverse=True)[:KEPT]
        self.records[slot, : len(kept)] = kept
        return record in kept


def record_of(t_ms: int, lon: float, lat: float, speed_mps: float) -> Record:
    """A fix as history keeps it."""
    return int(t_ms), round(lon / DEGREE), round(lat / DEGREE), float(speed_mps)


def _rank(record: Record) -> tuple[float, ...]:
    """NaN compares greatest, as everywhere."""
    speed = record[3]
    return (*record[:3], np.inf if np.isnan(speed) else speed)


def _nothing(count: int) -> NDArray[np.void]:
    rows = np.zeros((count, KEPT), RECORD)
    rows["t_ms"] = NEVER_MS
    return rows
