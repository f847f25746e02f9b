"""How far units get in one, three or five minutes: the H3 cells with roads that somebody reaches in time, and the gaps.

One search outward from all units at once. Only cells in which there is a road to stand on count, so that a lake is no gap.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import h3.api.basic_int as h3
import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.network import Floats, Ints, Network, Travelled
from geo.snapping import Snapper, Snaps
from geo.travel import outward_s

CELL_RES = 9
"""Cells of about 200 m across the edge: a few streets."""
_STEP_M = 60.0


class Sampled(msgspec.Struct, frozen=True):
    """Points along every segment with the cell they are in. cells: H3 ids; of each point segment, share and place in `cells`."""

    cells: NDArray[np.uint64]
    segments: Ints
    shares: Floats
    cell: Ints


def _cells(lons: Floats, lats: Floats) -> NDArray[np.uint64]:
    pairs = zip(lats.tolist(), lons.tolist(), strict=True)
    return np.array([h3.latlng_to_cell(lat, lon, CELL_RES) for lat, lon in pairs], np.uint64)


class Rings(msgspec.Struct, frozen=True):
    """minutes, rising; covered: the cells within each but not within the one before; gaps: cells beyond the last."""

    minutes: tuple[float, ...]
    covered: tuple[tuple[int, ...], ...]
    gaps: tuple[int, ...]


def sampled(snapper: Snapper, profile: str = "car") -> Sampled:
    """Points of all segments that somebody of the profile may be on, some every 60 m; done once a city."""
    network = snapper.network
    one = network.travelled[profile]
    part = one.component
    usable = (part[network.starts] >= 0) & (part[network.starts] == part[network.ends]) & (network.ways != 0)
    usable &= np.isfinite(one.along) | np.isfinite(one.against)
    roads = np.flatnonzero(usable).astype(np.int32)
    counts = np.maximum(np.ceil(network.metres[roads] / _STEP_M), 1).astype(np.intp)
    segments = np.repeat(roads, counts)
    nth = np.arange(len(segments)) - np.repeat(np.cumsum(counts) - counts, counts)
    shares = (nth + 0.5) / np.repeat(counts, counts)
    unique, cell = np.unique(_cells(*snapper.places(segments, shares)), return_inverse=True)
    return Sampled(unique, segments, shares, cell.astype(np.int32))


def rings(
    snapper: Snapper,
    points: Sampled,
    groups: Sequence[tuple[Network, str, Snaps]],
    minutes: Sequence[float] = (1.0, 3.0, 5.0),
) -> Rings:
    """The rings of units, group by the roads and the profile by which they go; where a unit stands is covered at once."""
    best = np.full(len(points.cells), np.inf)
    for network, profile, snaps in groups:
        one = network.travelled[profile]
        reached_s = outward_s(network, profile, snaps, 60.0 * max(minutes))
        along = reached_s[network.starts[points.segments]] + one.along[points.segments] * points.shares
        back = reached_s[network.ends[points.segments]] + one.against[points.segments] * (1 - points.shares)
        seconds = np.fmin(along, back)
        _along_their_own(one, points, snaps, seconds)
        np.minimum.at(best, points.cell, seconds)
        stood_in = _cells(*snapper.places(snaps.segments, snaps.shares))
        best[np.isin(points.cells, stood_in)] = 0.0
    edges = [-math.inf, *(60.0 * m for m in minutes)]
    within = [(best > low) & (best <= high) for low, high in pairwise(edges)]
    return Rings(
        tuple(minutes),
        tuple(tuple(points.cells[one].tolist()) for one in within),
        tuple(points.cells[best > edges[-1]].tolist()),
    )


def _along_their_own(one: Travelled, points: Sampled, snaps: Snaps, seconds: Floats) -> None:
    """Those who stand on a segment get along it without going to its end first."""
    firsts = np.searchsorted(points.segments, snaps.segments, "left").tolist()
    lasts = np.searchsorted(points.segments, snaps.segments, "right").tolist()
    for first, last, share, segment in zip(firsts, lasts, snaps.shares, snaps.segments, strict=True):
        left = points.shares[first:last] - share
        whole = np.where(left >= 0, one.along[segment], one.against[segment])
        with np.errstate(invalid="ignore"):  # it stands there already, and may not go on
            seconds[first:last] = np.fmin(seconds[first:last], whole * np.abs(left))
