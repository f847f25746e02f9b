"""Closures at work: which pieces of road each covers, and the graph that is left.

Apart from what a closure is (`geo.closures`), so that who only reads and keeps them loads no road graph. Used by `geo.roads`.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, MultiPolygon

from geo.closures import Closure
from geo.extents import Extent
from geo.network import Network, Seconds, Travelled, arcs_changed
from geo.snapping import EVERY_PART, Snapper

SNAP_M = 12.0
"""A line or a point drawn by hand is that far from the middle of its road at most."""
_STEP_DEG = 2e-5  # some two metres
_LEAST_RUN_M = 10.0
_ALIKE_M = 0.05


def covered_by(snapper: Snapper, closure: Closure) -> NDArray[np.bool_]:
    """Which segments a closure covers, in force or not."""
    network = snapper.network
    covered: NDArray[np.bool_] = np.isin(network.ways, closure.ways) & (network.ways != 0)
    if closure.extent is not None:
        covered |= _under(snapper, closure.extent)
    return covered


def with_closures(network: Network, covered: Sequence[tuple[Closure, NDArray[np.bool_]]]) -> Network:
    """The network under these closures, each with the segments it covers; all else is shared."""
    if not covered:
        return network
    travelled = {name: _changed(network, name, one, covered) for name, one in network.travelled.items()}
    return msgspec.structs.replace(network, travelled=travelled)


def _changed(
    network: Network, profile: str, one: Travelled, covered: Sequence[tuple[Closure, NDArray[np.bool_]]]
) -> Travelled:
    binding = [pair for pair in covered if not pair[0].profiles or profile in pair[0].profiles]
    if not binding:
        return one
    share = np.ones(network.segments)
    for closure, segments in binding:
        share[segments] = np.minimum(share[segments], closure.factor)
    slowed = np.where(share == 0, 1.0, share)
    along, against = _slower(one.along, slowed), _slower(one.against, slowed)
    shut = share == 0
    passed = np.where(shut, np.float32(np.inf), along), np.where(shut, np.float32(np.inf), against)
    arcs = arcs_changed(
        one.arcs, (network.starts, network.ends), passed, one.delay, np.flatnonzero(share < 1)
    )
    return Travelled(along, against, one.delay, one.component, arcs)


def _slower(seconds: Seconds, share: NDArray[np.float64]) -> Seconds:
    slower: Seconds = (seconds / share).astype(np.float32)
    slower.flags.writeable = False
    return slower


def _under(snapper: Snapper, extent: Extent) -> NDArray[np.bool_]:
    """Which segments it covers: all that touch an area, those a line runs along, the nearest to a point (all, at a crossing)."""
    if isinstance(extent, MultiPolygon):
        return snapper.inside(extent)
    if isinstance(extent, MultiPoint):
        return _beneath(snapper, shapely.get_coordinates(extent), 0.0)
    covered = np.zeros(snapper.network.segments, np.bool_)
    for line in extent.geoms:
        covered |= _beneath(
            snapper, shapely.get_coordinates(shapely.segmentize(line, _STEP_DEG)), _LEAST_RUN_M
        )
    return covered


def _beneath(snapper: Snapper, places: NDArray[np.float64], least_run_m: float) -> NDArray[np.bool_]:
    """The segments on which these places lie for so many metres, or for half of a short one."""
    network = snapper.network
    found = [snapper.snap(places[:, 0], places[:, 1], profile, EVERY_PART) for profile in network.travelled]
    place = np.concatenate([one.places for one in found])
    segment = np.concatenate([one.segments for one in found])
    share = np.concatenate([one.shares for one in found])
    away_m = np.concatenate([one.away_m for one in found])
    nearest_m = np.full(len(places), np.inf)
    np.minimum.at(nearest_m, place, away_m)  # some roads are only for some
    kept = (away_m <= nearest_m[place] + _ALIKE_M) & (away_m <= SNAP_M)
    run_m = np.full(network.segments, -1.0)
    run_m[segment[kept]] = 0.0
    # What lies between two places that follow one another. Where a line passes a side street it stays at one place of it.
    order = np.lexsort((place[kept], segment[kept]))
    place, segment, share = place[kept][order], segment[kept][order], share[kept][order]
    follows = (np.diff(segment) == 0) & (np.diff(place) <= 1)
    np.add.at(run_m, segment[1:][follows], (np.abs(np.diff(share)) * network.metres[segment[1:]])[follows])
    return np.asarray(run_m >= np.minimum(least_run_m, 0.5 * network.metres * (least_run_m > 0)))
