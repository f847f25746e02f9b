"""What may be wrong with a unit's newest fix: the checks after those of `units.positions`, for fixes that were taken in.

A doubtful unit stays on the map and in every list, last, with the reason. Doubt is a pure function of the newest fix and the
few before it (`Recent`), never of the order in which they came: every replica doubts alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import approx_distances_m
from units.positions import NEVER_MS

type Bools = NDArray[np.bool_]
type Bounds = tuple[float, float, float, float]

TOP_MPS = {"car": 70.0, "motorcycle": 70.0, "foot": 30.0, "boat": 30.0, "drone": 40.0, "video": 1e9}
"""Beyond this nobody of the kind can have gone; a foot patrol may be given a lift."""
ANY_TOP_MPS = 100.0
SLACK_M = 100.0  # two sound fixes of one place may lie this far apart between high houses
MOST_ACCURACY_M = 500.0  # a fix less accurate than this says the district, not the street
MOVING_MPS = 3.0
FROZEN_M = 2.0
FROZEN_DEG = (
    2.5e-4  # by longitude and latitude together: more than FROZEN_M anywhere up to 85 degrees of latitude
)
MOST_M_A_DEGREE = 111_700.0  # no degree of longitude or latitude is longer
FROZEN_MS, FROZEN_WITHIN_MS = 10_000, 120_000


class Doubt(IntEnum):
    """Why a newest fix is not relied on; the first that bites names it."""

    NONE = 0
    OUTSIDE = 1
    DATUM = 2
    JUMP = 3
    STUCK = 4
    INACCURATE = 5


DOUBTS: dict[Doubt, tuple[str, str]] = {
    Doubt.OUTSIDE: ("定位在城市范围之外", "the fix lies far outside the city"),
    Doubt.DATUM: ("疑似坐标系错误，位置整体偏移", "steadily beside the truth by the shift of another datum; check its settings"),
    Doubt.JUMP: ("定位跳变，该类警力不可能到达", "jumped further than a unit of its kind can have gone"),
    Doubt.STUCK: ("定位不动但车速不为零", "the place stands still while the speed says moving"),
    Doubt.INACCURATE: ("定位精度差于500米", "accurate to worse than 500 m only"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """Newest fixes with up to three before each; one row a unit.

    The first columns have shape (n,), those that begin with `before` (n, 3), newest first, t_ms NEVER_MS where there is
    none. lon, lat f64 degrees, speed m/s and accuracy m f32 (NaN unknown); `top_mps` by kind; `suspected`: see
    `units.datum_watch`.
    """

    t_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed_mps: NDArray[np.float32]
    accuracy_m: NDArray[np.float32]
    top_mps: NDArray[np.float64]
    suspected: Bools
    before_t_ms: NDArray[np.int64]
    before_lon: NDArray[np.float64]
    before_lat: NDArray[np.float64]
    before_speed_mps: NDArray[np.float32]

    def rows(self, which: NDArray[Any]) -> Self:
        """Only these units."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the checks look at: the fixes, and how they lie to those before."""

    recent: Recent
    city: Bounds | None
    step_m: NDArray[np.float64]
    step_ms: NDArray[np.int64]
    known: Bools


def _outside(seen: _Seen) -> Bools:
    if seen.city is None:
        return np.zeros(len(seen.recent.t_ms), np.bool_)
    west, south, east, north = seen.city
    lon, lat = seen.recent.lon, seen.recent.lat
    return (lon < west) | (lon > east) | (lat < south) | (lat > north)


def _of_another_datum(seen: _Seen) -> Bools:
    return seen.recent.suspected


def _jumped(seen: _Seen) -> Bools:
    """Most of the fixes before can't be where it came from. So a spike is doubted, not the return; and a move is believed."""
    accuracy_m = np.nan_to_num(np.minimum(seen.recent.accuracy_m, MOST_ACCURACY_M), nan=0.0)
    reach_m = (
        seen.recent.top_mps[:, np.newaxis] * (seen.step_ms / 1000) + (SLACK_M + accuracy_m)[:, np.newaxis]
    )
    known = seen.known.sum(axis=1)
    agree = (seen.known & (seen.step_m <= reach_m)).sum(axis=1)
    return np.asarray(2 * agree < known)


def _stuck(seen: _Seen) -> Bools:
    recent = seen.recent
    moving = (recent.speed_mps >= MOVING_MPS) & (recent.before_speed_mps >= MOVING_MPS).all(axis=1)
    still = (seen.known & (seen.step_m <= FROZEN_M)).all(axis=1)
    span_ms = seen.step_ms.max(axis=1, initial=0)
    return moving & still & (span_ms >= FROZEN_MS) & (span_ms <= FROZEN_WITHIN_MS)


def _inaccurate(seen: _Seen) -> Bools:
    return np.asarray(seen.recent.accuracy_m > MOST_ACCURACY_M)


# In this order; the first that bites names the doubt.
CHECKS: tuple[tuple[Doubt, Callable[[_Seen], Bools]], ...] = (
    (Doubt.OUTSIDE, _outside),
    (Doubt.DATUM, _of_another_datum),
    (Doubt.JUMP, _jumped),
    (Doubt.STUCK, _stuck),
    (Doubt.INACCURATE, _inaccurate),
)


def doubt(recent: Recent, city: Bounds | None) -> NDArray[np.uint8]:
    """The `Doubt` of every newest fix, as a column of u8. `city`: west, south, east, north; None: nobody is outside."""
    doubts = np.zeros(len(recent.t_ms), np.uint8)
    rows = np.flatnonzero(~_plainly_sound(recent, city))
    if not len(rows):
        return doubts
    recent = recent.rows(rows)
    known = recent.before_t_ms != NEVER_MS
    step_m = approx_distances_m(
        recent.before_lon, recent.before_lat, recent.lon[:, np.newaxis], recent.lat[:, np.newaxis]
    )
    step_ms = np.where(known, recent.t_ms[:, np.newaxis] - recent.before_t_ms, 0)
    seen = _Seen(recent, city, step_m, step_ms, known)
    for name, check in CHECKS:
        bitten = rows[check(seen)]
        doubts[bitten[doubts[bitten] == Doubt.NONE]] = name
    return doubts


def _plainly_sound(recent: Recent, city: Bounds | None) -> Bools:
    """Those whom none of the checks can bite, told by a few cheap comparisons: nearly everybody."""
    sound = ~recent.suspected & ~(recent.accuracy_m > MOST_ACCURACY_M)
    if city is not None:
        west, south, east, north = city
        sound &= (recent.lon >= west) & (recent.lon <= east) & (recent.lat >= south) & (recent.lat <= north)
    frozen = recent.speed_mps >= MOVING_MPS
    for back in range(recent.before_t_ms.shape[1]):
        far_deg = np.abs(recent.lon - recent.before_lon[:, back]) + np.abs(
            recent.lat - recent.before_lat[:, back]
        )
        reach_m = recent.top_mps * ((recent.t_ms - recent.before_t_ms[:, back]) / 1000) + SLACK_M
        sound &= (far_deg * MOST_M_A_DEGREE <= reach_m) | (recent.before_t_ms[:, back] == NEVER_MS)
        frozen &= far_deg < FROZEN_DEG
    return sound & ~frozen
