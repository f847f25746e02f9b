"""The way of one unit out of its fixes: which of them are relied on, where the way is unbroken, and how far it had come by each.

Whatever order fixes came in and however often, the way is the same. Doubtful fixes are left out and counted, never mended; over
a gap, a jump or time off duty nothing is known. Sums along the way are kept by fix, so that the parts of a span add up to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.coordinates import approx_distance_m, approx_distances_m
from units.doubts import ANY_TOP_MPS, SLACK_M, TOP_MPS, Bounds, Doubt, Recent, doubt
from units.positions import NEVER_MS
from units.tracks.packing import DEGREE, UNKNOWN, Records

GAP_MS = 60_000
"""Longer without a fix, and the live map draws a unit grey: nobody knows where it was meanwhile."""
MOVE_M = 15.0
"""Less than this from where it was last counted is the trembling of fixes, and no way."""
_BEFORE = 3  # fixes a doubt is judged by

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class Span(NamedTuple):
    """from_ms <= t < to_ms, ms since 1970, UTC."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Fixes relied on, oldest first, a moment once. All columns have shape (n,).

    t_ms i64; lon, lat f64 WGS-84 degrees; speed_mps f64, NaN unknown; part i64: fixes of one number hang together unbroken;
    known_ms, driven_m f64: time that is known of and metres driven, from the first fix to each. left_out_ms: when doubtful fixes
    were, of shape (m,).
    """

    t_ms: Integers
    lon: Floats
    lat: Floats
    speed_mps: Floats
    part: Integers
    known_ms: Floats
    driven_m: Floats
    left_out_ms: Integers

    def __len__(self) -> int:
        return len(self.t_ms)

    def count(self, span: Span) -> int:
        """How many fixes lie within a span."""
        first, last = np.searchsorted(self.t_ms, [span.from_ms, span.to_ms])
        return int(last - first)

    def over(self, sums: Floats, span: Span) -> float:
        """What a sum along the way rises by within a span."""
        if not len(self):
            return 0.0
        start, end = np.interp([span.from_ms, span.to_ms], self.t_ms, sums)
        return float(end - start)


def way_of(records: Records, kind: str, on_duty: Sequence[Span], city: Bounds | None) -> Way:
    """The way of a unit of a kind. Fixes outside the spans on duty are not looked at; city: where units may be at all."""
    records = _in_order(records)
    watch = _watch_of(records["t_ms"], on_duty)
    records, watch = records[watch >= 0], watch[watch >= 0]
    top_mps = TOP_MPS.get(kind, ANY_TOP_MPS)
    t_ms = records["t_ms"].astype(np.int64)
    lon, lat = records["lon"] * DEGREE, records["lat"] * DEGREE
    speed = np.where(records["speed"] == UNKNOWN, np.nan, records["speed"] / 10)
    accuracy = np.where(records["accuracy"] == UNKNOWN, np.nan, records["accuracy"].astype(np.float64))
    sound = doubt(_recent((t_ms, lon, lat, speed, accuracy), top_mps), city) == Doubt.NONE
    left_out = t_ms[~sound]
    t_ms, lon, lat, speed, watch = t_ms[sound], lon[sound], lat[sound], speed[sound], watch[sound]
    step_ms, step_m = np.diff(t_ms), approx_distances_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    reach_m = top_mps * step_ms / 1000 + 2 * SLACK_M
    whole = (step_ms <= GAP_MS) & (watch[1:] == watch[:-1]) & (step_m <= reach_m)
    rows = len(t_ms)
    part = _summed(~whole, rows).astype(np.int64)
    known_ms = _summed(np.where(whole, step_ms, 0), rows)
    return Way(t_ms, lon, lat, speed, part, known_ms, _driven(lon, lat, part), left_out)


def inside_ms(way: Way, area: BaseGeometry) -> Floats:
    """Time spent inside an area, from the first fix to each; a step over its border counts by the share of it that lies inside.

    area: a polygon or several in WGS-84 degrees; its border is inside.
    """
    if len(way) < 2:
        return np.zeros(len(way))
    shapely.prepare(area)
    lines = shapely.linestrings(
        np.stack((np.stack((way.lon[:-1], way.lat[:-1]), 1), np.stack((way.lon[1:], way.lat[1:]), 1)), 1)
    )
    share = shapely.covers(area, lines).astype(np.float64)
    length = shapely.length(lines)
    crossing = np.flatnonzero((share == 0) & (length > 0) & shapely.intersects(area, lines))
    share[crossing] = shapely.length(shapely.intersection(lines[crossing], area)) / length[crossing]
    still = length == 0
    share[still] = shapely.intersects_xy(area, way.lon[:-1][still], way.lat[:-1][still])
    return np.append(0.0, np.cumsum(share * np.diff(way.known_ms)))


def _in_order(records: Records) -> Records:
    """By time, a moment once: of two fixes of one moment the greater place, as when they are packed."""
    order = np.lexsort((records["lat"], records["lon"], records["t_ms"]))
    records = records[order]
    last: Records = records[np.append(records["t_ms"][1:] != records["t_ms"][:-1], True)[: len(records)]]
    return last


def _watch_of(t_ms: Integers, on_duty: Sequence[Span]) -> Integers:
    """Which span on duty each moment lies in; -1: none."""
    found = np.full(len(t_ms), -1, np.int64)
    for number, span in enumerate(on_duty):
        found[(t_ms >= span.from_ms) & (t_ms < span.to_ms)] = number
    return found


def _recent(columns: tuple[Integers, Floats, Floats, Floats, Floats], top_mps: float) -> Recent:
    """Every fix with those before it, as its doubt is judged."""
    t_ms, lon, lat, speed, accuracy = columns
    rows = len(t_ms)
    before = np.arange(rows)[:, np.newaxis] - np.arange(1, _BEFORE + 1)
    there, at = before >= 0, np.maximum(before, 0)
    return Recent(
        t_ms, lon, lat, speed.astype(np.float32), accuracy.astype(np.float32), np.full(rows, top_mps), np.zeros(rows, np.bool_),
        np.where(there, t_ms[at], NEVER_MS), lon[at], lat[at], np.where(there, speed[at], np.nan).astype(np.float32),
    )  # fmt: skip


def _summed(steps: NDArray[np.bool_] | Integers, rows: int) -> Floats:
    """Sums up to each of so many fixes, of what happens between it and the one before."""
    return np.append(0.0, np.cumsum(steps))[:rows].astype(np.float64)


def _driven(lon: Floats, lat: Floats, part: Integers) -> Floats:
    """Metres up to each fix: counted where it has come MOVE_M from where it was counted last, and at the end of every part."""
    lons, lats, parts = lon.tolist(), lat.tolist(), part.tolist()
    sums, total, counted = [0.0] * len(lons), 0.0, 0
    for n in range(1, len(lons)):
        if parts[n] != parts[n - 1]:
            counted = n
        else:
            metres = approx_distance_m(lons[counted], lats[counted], lons[n], lats[n])
            if metres >= MOVE_M or n + 1 == len(lons) or parts[n + 1] != parts[n]:
                total, counted = total + metres, n
        sums[n] = total
    return np.array(sums)
