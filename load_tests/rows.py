"""One measured line of a report: what was seen, beside what was promised, and what can be drawn of it."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

Size = Literal["small", "full"]  # small: does it run; full: the figures that count
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 98, 99, 99.9, 100)


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A figure at growing sizes, drawn on a double logarithmic plot. of: what grows; unit: of the figure."""

    of: str
    unit: str
    points: list[tuple[float, float]]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A figure. `target` is the promise in words; `met` None says that there was nothing to compare with.

    `peer` is the same figure of the named other way of doing it, in the same run on the same data; `ratio` is how many
    times better ours is. `key` is a name that stays, for those who reckon with the figure; `spread` the percentiles
    (`PERCENTILES`) of what `unit` counts, by who was measured.
    """

    path: str  # the hot path of the design
    what: str
    figure: float | None  # None: nothing was measured, `what` says why
    unit: str = ""
    target: str = ""
    peer: str = ""
    peer_figure: float | None = None
    ratio: float | None = None
    met: bool | None = None
    key: str = ""
    curve: Curve | None = None
    spread: dict[str, list[float]] | None = None


class Skipped(Exception):
    """A peer or a file is not here; the sentence says how to get it."""


def spread_of(**values: Sequence[float]) -> dict[str, list[float]]:
    """The percentiles of each, by name; empty ones are left out."""
    return {
        name: [float(one) for one in np.percentile(some, PERCENTILES)]
        for name, some in values.items()
        if len(some)
    }


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The power with which the second grows with the first, by least squares of logarithms: 1 is twice as much for twice as many.

    nan without two sizes that differ, or with a figure that has no logarithm.
    """
    if len({size for size, _ in points}) < 2 or any(size <= 0 or seen <= 0 for size, seen in points):
        return math.nan
    sizes, seen = (np.log([point[n] for point in points]) for n in (0, 1))
    return float(np.polyfit(sizes, seen, 1)[0])


def grown(path: str, what: str, curve: Curve) -> Row:
    """The row of a curve: its exponent, from the smallest size to the largest."""
    sizes = [size for size, _ in curve.points]
    told = f"{what}, {min(sizes):,.0f} to {max(sizes):,.0f} {curve.of}"
    found = exponent(curve.points)
    return Row(
        path=path, what=told, figure=None if math.isnan(found) else found, unit="exponent", curve=curve
    )
