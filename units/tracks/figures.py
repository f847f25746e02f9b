"""What a unit's way says in figures: metres driven, time known and unknown, where it stood and for how long, its speed by and by.

Told for any span of a way. Nothing is estimated: what is unknown is told as unknown, and doubtful fixes by their number.
"""

import itertools
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.coordinates import approx_distance_m, approx_distances_m
from units.tracks.ways import Floats, Span, Way

STOOD_WITHIN_M = 30.0
"""A unit stands as long as it stays this near to where it came to stand: fixes between high houses wander so far."""
STOOD_MS = 120_000
"""Shorter is a red light."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a span; known_s and unknown_s add up to it.

    driven_m: along fixes that are relied on; stood_s: known time within stops; left_out: doubtful fixes; breaks: how often the
    way breaks off and goes on; top_mps: the highest speed that a relied-on fix told of.
    """

    driven_m: float
    known_s: float
    unknown_s: float
    stood_s: float
    stops: int
    left_out: int
    breaks: int
    top_mps: float | None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit stood, and from when to when, ms since 1970; lon, lat: the middle of its fixes there."""

    from_ms: int
    to_ms: int
    lon: float
    lat: float


class Speed(msgspec.Struct, frozen=True):
    """Of one stretch of time: m/s over the time that is known, and the highest told; null where nothing is known."""

    from_ms: int
    mean_mps: float | None
    top_mps: float | None


def figures(way: Way, span: Span, stood: list[Stop]) -> Figures:
    """The figures of a span; stood: `stops` of the whole way."""
    known = way.over(way.known_ms, span)
    here = _within(way.t_ms, span)
    speeds = way.speed_mps[here]
    speeds = speeds[~np.isnan(speeds)]
    there = clipped(stood, span)
    return Figures(
        driven_m=way.over(way.driven_m, span), known_s=known / 1000, unknown_s=(span.to_ms - span.from_ms - known) / 1000,
        stood_s=sum(stop.to_ms - stop.from_ms for stop in there) / 1000, stops=len(there),
        left_out=int(np.count_nonzero(_within(way.left_out_ms, span))), breaks=max(len(np.unique(way.part[here])) - 1, 0),
        top_mps=float(speeds.max()) if len(speeds) else None,
    )  # fmt: skip


def stops(way: Way) -> list[Stop]:
    """Every stop of a way, oldest first; none reaches over a break, since nobody knows what was there."""
    if not len(way):
        return []
    ahead = np.minimum(np.searchsorted(way.t_ms, way.t_ms + STOOD_MS), len(way) - 1)
    far_m = approx_distances_m(way.lon, way.lat, way.lon[ahead], way.lat[ahead])
    # Only from here can it have stood: most fixes are those of a unit that moves.
    begins = np.flatnonzero(
        (way.t_ms[ahead] - way.t_ms >= STOOD_MS) & (way.part[ahead] == way.part) & (far_m <= STOOD_WITHIN_M)
    )
    found, free_from = [], 0
    for first in begins.tolist():
        if first < free_from:
            continue
        last = _stays_until(way, first)
        if way.t_ms[last] - way.t_ms[first] >= STOOD_MS:
            found.append(
                Stop(
                    from_ms=int(way.t_ms[first]),
                    to_ms=int(way.t_ms[last]),
                    lon=round(float(way.lon[first : last + 1].mean()), 6),
                    lat=round(float(way.lat[first : last + 1].mean()), 6),
                )
            )
            free_from = last + 1
    return found


def _stays_until(way: Way, first: int) -> int:
    """The last fix up to which it stays near to where it was at `first`."""
    lon, lat, part = float(way.lon[first]), float(way.lat[first]), way.part[first]
    n = first + 1
    while (
        n < len(way)
        and way.part[n] == part
        and approx_distance_m(lon, lat, float(way.lon[n]), float(way.lat[n])) <= STOOD_WITHIN_M
    ):
        n += 1
    return n - 1


def clipped(stood: list[Stop], span: Span) -> list[Stop]:
    """The stops of a span, each as far as it lies within."""
    return [
        msgspec.structs.replace(stop, from_ms=max(stop.from_ms, span.from_ms), to_ms=min(stop.to_ms, span.to_ms))
        for stop in stood
        if stop.from_ms < span.to_ms and stop.to_ms > span.from_ms
    ]  # fmt: skip


def profile(way: Way, span: Span, stretches: int) -> list[Speed]:
    """Speed over so many equal stretches of a span."""
    edges = np.linspace(span.from_ms, span.to_ms, stretches + 1)
    if not len(way):
        return [Speed(int(edge), None, None) for edge in edges[:-1]]
    metres, known = (np.diff(np.interp(edges, way.t_ms, sums)) for sums in (way.driven_m, way.known_ms))
    tops = _tops(way, edges)
    told = zip(edges.tolist(), metres.tolist(), known.tolist(), tops.tolist(), strict=False)
    return [
        Speed(int(edge), 1000 * far / ms if ms > 0 else None, None if math.isnan(top) else top)
        for edge, far, ms, top in told
    ]


def _tops(way: Way, edges: Floats) -> Floats:
    """The highest speed of each stretch, NaN where none was told."""
    speeds = np.where(np.isnan(way.speed_mps), -1.0, way.speed_mps)
    bounds = np.searchsorted(way.t_ms, edges)
    tops = [speeds[a:b].max(initial=-1.0) for a, b in itertools.pairwise(bounds.tolist())]
    return np.array([math.nan if top < 0 else top for top in tops])


def _within(t_ms: NDArray[np.int64], span: Span) -> NDArray[np.bool_]:
    return (t_ms >= span.from_ms) & (t_ms < span.to_ms)
