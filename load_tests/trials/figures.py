"""What came of many weeks, as figures with their uncertainty: percentiles of each week, means over weeks, 95 % intervals."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from load_tests.trials.model import Lived

TARGET_S = 300.0
URGENT = frozenset({1, 2})


class Figures(NamedTuple):
    """Of one week: seconds from the first ring (all, then P1-P2), shares within target, cover, kilometres, moves, busy share; means of all and of P1-P2."""

    p50_s: float
    p90_s: float
    within: float
    urgent_p50_s: float
    urgent_p90_s: float
    urgent_within: float
    cover: float
    road_km: float
    moves: float
    busy: float
    mean_s: float
    urgent_mean_s: float


class Told(NamedTuple):
    """A mean over weeks and half the width of its 95 % interval (Student's t)."""

    mean: float
    half: float


def figures(lived: Lived) -> Figures:
    """Of a week; who never came counts as endlessly late."""
    seconds = np.array([np.inf if one.response_s is None else one.response_s for one in lived.answers])
    urgent = seconds[[one.priority in URGENT for one in lived.answers]]
    return Figures(
        float(np.median(seconds)), _percentile(seconds, 90), float(np.mean(seconds <= TARGET_S)),
        float(np.median(urgent)), _percentile(urgent, 90), float(np.mean(urgent <= TARGET_S)),
        lived.cover, lived.road_m / 1_000, float(lived.moves), lived.busy, float(seconds.mean()), float(urgent.mean()),
    )  # fmt: skip


def _percentile(seconds: np.ndarray[tuple[int], np.dtype[np.float64]], percent: int) -> float:
    return float(np.percentile(seconds, percent, method="lower"))  # no mean of something and infinity


def told(values: list[float]) -> Told:
    """Of one figure over weeks; of differences of the same weeks under two rules it is the paired interval."""
    column = np.array(values)
    if len(column) < 2:  # of one week nothing is known about its spread
        return Told(float(column.mean()), float("nan"))
    half = student.ppf(0.975, len(column) - 1) * column.std(ddof=1) / np.sqrt(len(column))
    return Told(float(column.mean()), float(half))
