"""What keeps traffic off the roads, or slows it, while the city goes on: floods, cordons, works, jams.

A closure covers an area, roads beneath a line or a point, or single ways. It gives a changed graph for the next search; a place inside it can still be
reached and left, because whoever is called there must get in: a search towards it leaves that closure out.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.extents import Extent, segments_of
from geo.network import Network, Seconds, Travelled, arcs_changed
from geo.snapping import Snapper


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Roads that are closed or slow. extent: WGS-84, or None; ways: the map's numbers of single ways; factor: 0 closed, else of the speed.

    profiles: whom it holds; empty: everybody.
    """

    id: UUID
    extent: Extent | None = None
    ways: tuple[int, ...] = ()
    factor: float = 0.0
    profiles: tuple[str, ...] = ()

    def segments(self, snapper: Snapper) -> NDArray[np.bool_]:
        """Which segments it covers."""
        network = snapper.network
        covered: NDArray[np.bool_] = np.isin(network.ways, self.ways) & (network.ways != 0)
        if self.extent is not None:
            covered |= segments_of(snapper, self.extent)
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
