"""One fix against the last: which reports move a unit on the map, and why the others do not.

Every fix passes the same visible, ordered list of checks (`CHECKS`); the first that bites names it. The next check
that a bad night teaches us is one more function and one more line in that list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import are_positions

NEVER_MS = -(1 << 62)  # the time of a fix that never was
FUTURE_MS = 10_000  # further ahead of us than this, a time is a wrong clock

type Bools = NDArray[np.bool_]


class Verdict(IntEnum):
    """What became of one fix."""

    NEWEST = 0
    UNKNOWN_UNIT = 1
    FOREIGN = 2
    OUT_OF_RANGE = 3
    FUTURE = 4
    LATE = 5
    DUPLICATE = 6


REASONS: dict[Verdict, str] = {
    Verdict.UNKNOWN_UNIT: "no unit has this handle; register it first",
    Verdict.FOREIGN: "the unit belongs to another gateway",
    Verdict.OUT_OF_RANGE: "lon and lat are no place on earth",
    Verdict.FUTURE: f"the time lies more than {FUTURE_MS // 1000} s ahead of ours; the terminal's clock is wrong",
    Verdict.LATE: "a newer fix of this unit is already known",
    Verdict.DUPLICATE: "this fix is already known",
}


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Fixes beside what is known of their units; columns of equal length, one row a fix.

    t_ms is corrected by what is known of the terminal's clock; last_t_ms is the time of the unit's newest fix (very
    small when it has none).
    """

    known: Bools  # some unit has the handle
    foreign: Bools  # the unit is fed by another gateway than the one that sent this
    t_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    last_t_ms: NDArray[np.int64]
    received_at_ms: int | NDArray[np.int64]


def out_of_range(lon: NDArray[Any], lat: NDArray[Any]) -> Bools:
    """True where (lon, lat) is no place: not finite, or beyond 180 or 90 degrees."""
    return ~are_positions(lon, lat)


def _unknown(fixes: Beside) -> Bools:
    return ~fixes.known


def _foreign(fixes: Beside) -> Bools:
    return fixes.foreign


def _out_of_range(fixes: Beside) -> Bools:
    return out_of_range(fixes.lon, fixes.lat)


def _ahead_of_us(fixes: Beside) -> Bools:
    ahead_ms: NDArray[np.int64] = fixes.t_ms - fixes.received_at_ms
    return np.asarray(ahead_ms > FUTURE_MS)


def _older_than_the_last(fixes: Beside) -> Bools:
    return fixes.t_ms < fixes.last_t_ms


def _of_the_same_moment(fixes: Beside) -> Bools:
    return np.asarray(fixes.t_ms == fixes.last_t_ms)


# In this order; the first that bites names the fix. A fix that none bites is the unit's newest.
CHECKS: tuple[tuple[Verdict, Callable[[Beside], Bools]], ...] = (
    (Verdict.UNKNOWN_UNIT, _unknown),
    (Verdict.FOREIGN, _foreign),
    (Verdict.OUT_OF_RANGE, _out_of_range),
    (Verdict.FUTURE, _ahead_of_us),
    (Verdict.LATE, _older_than_the_last),
    (Verdict.DUPLICATE, _of_the_same_moment),
)


def judge(fixes: Beside) -> NDArray[np.uint8]:
    """The `Verdict` of every fix, as a column of u8."""
    verdict = np.zeros(len(fixes.t_ms), np.uint8)
    for name, check in CHECKS:
        bitten = check(fixes)
        if np.count_nonzero(bitten):
            verdict[bitten & (verdict == Verdict.NEWEST)] = name
    return verdict
