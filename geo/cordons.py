"""The crossings that cut every way out 查控圈: a smallest set that whoever drives off must pass before he is beyond a ring.

A minimum vertex cut on the road graph (Menger 1927) between where he may be already and what lies beyond so many minutes.
Crossings that somebody can hold in time are taken before those nobody can, whatever their number. A road that ends at the edge of
the map goes on beyond it: it is a way out like any other, and its end can be held.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.kernels import saturate
from geo.network import Floats, Ints, Network, Travelled
from geo.snapping import Snaps
from geo.travel import outward_s

LATE = 1_000
"""One crossing that nobody reaches in time weighs as much as so many others."""
NEVER = 2**29
"""He may be there already, or beyond: no use to stand there."""


class Cut(msgspec.Struct, frozen=True):
    """The crossings to be held. vertices: of the network, rising; at_s: when he is at each at the earliest, from where he was.

    leaves: which of them are where a road leaves the map; gone: so many such ends he may have passed already.
    """

    vertices: Ints
    at_s: Floats
    leaves: NDArray[np.bool_]
    gone: int = 0


def cut(
    network: Network, profile: str, start: Snaps, lead_s: float, ring_s: float, held_s: Floats | None = None
) -> Cut:
    """Cut every way from a place (put on the roads) out of what is reached within ring_s.

    lead_s: he has driven for so long already; no crossing he may have passed counts. held_s: of each vertex, when somebody
    could hold it, from now; None: it does not matter. Where a road leads from nearer than lead_s straight beyond the ring, its
    first crossing out there is held.
    """
    one = network.travelled[profile]
    at_s = outward_s(network, profile, start, ring_s)
    tails, heads = _arcs(one)
    inside = np.isfinite(at_s)
    used = inside[tails]
    tails, heads = tails[used], heads[used]
    edge = np.unique(heads[~inside[heads]])
    known = np.concatenate((np.flatnonzero(inside), edge)).astype(np.int32)
    ends = ends_at_rim(network, one)
    passed = ends & (at_s <= lead_s)
    out = np.union1d(edge, np.flatnonzero(ends & inside & ~passed)).astype(np.int32)
    gone = int(np.count_nonzero(passed))
    if not len(out):  # no way leads out
        return Cut(np.empty(0, np.int32), np.empty(0), np.empty(0, np.bool_), gone)
    at_s = _with_edge(one, at_s, edge)
    number = np.full(len(network), -1, np.int32)
    number[known] = np.arange(len(known), dtype=np.int32)
    weight = _weights(at_s[known], held_s[known] if held_s is not None else None, lead_s)
    begun = number[_begun(network, one, start)]
    chosen = known[_least_cut((number[tails], number[heads]), weight, begun, number[out])]
    chosen.sort()
    return Cut(chosen.astype(np.int32), at_s[chosen], ends[chosen], gone)


def ends_at_rim(network: Network, one: Travelled) -> NDArray[np.bool_]:
    """Where a road leaves the map, vertex by vertex: it goes on to one neighbour only, and lies at the rim of all roads."""
    heads = np.repeat(np.arange(len(network), dtype=np.int64), np.diff(one.arcs.first))
    tails = one.arcs.tails.astype(np.int64)
    pairs = np.unique(np.minimum(heads, tails) * len(network) + np.maximum(heads, tails))
    beside = np.bincount(
        np.concatenate((pairs // len(network), pairs % len(network))), minlength=len(network)
    )
    return np.asarray((beside == 1) & network.rim)


def _arcs(one: Travelled) -> tuple[Ints, Ints]:
    onward = one.onward
    tails = np.repeat(np.arange(len(onward.first) - 1, dtype=np.int32), np.diff(onward.first))
    return tails, onward.tails


def _with_edge(one: Travelled, at_s: Floats, edge: Ints) -> Floats:
    """When he is at the first crossings beyond the ring."""
    at_s = at_s.copy()
    arcs = one.arcs
    for vertex in edge.tolist():
        into = slice(arcs.first[vertex], arcs.first[vertex + 1])
        at_s[vertex] = float(np.min(at_s[arcs.tails[into]] + arcs.seconds[into]))
    return at_s


def _weights(at_s: Floats, held_s: Floats | None, lead_s: float) -> NDArray[np.int32]:
    weight = np.ones(len(at_s), np.int32)
    if held_s is not None:
        weight[held_s > at_s - lead_s] = LATE
    weight[at_s <= lead_s] = NEVER
    return weight


def _begun(network: Network, one: Travelled, start: Snaps) -> Ints:
    """The crossings to which he comes first."""
    ends = network.ends[start.segments][np.isfinite(one.along[start.segments])]
    starts = network.starts[start.segments][np.isfinite(one.against[start.segments])]
    return np.unique(np.concatenate((ends, starts)))


def _least_cut(
    arcs: tuple[Ints, Ints], weight: NDArray[np.int32], begun: Ints, edge: Ints
) -> NDArray[np.intp]:
    """Vertices of least weight between those begun at and those of the edge, which may be among them.

    Each vertex is two, with an arc of its weight between them; all other arcs hold whatever comes.
    """
    count = len(weight)
    source, sink = 2 * count, 2 * count + 1
    own = np.arange(count, dtype=np.int32)
    begun, edge = begun[begun >= 0], edge.copy()
    tails = np.concatenate((2 * own, 2 * arcs[0] + 1, np.full(len(begun), source), 2 * edge + 1))
    heads = np.concatenate((2 * own + 1, 2 * arcs[1], 2 * begun, np.full(len(edge), sink)))
    room = np.full(len(tails), NEVER, np.int32)
    room[:count] = weight
    room[count + len(arcs[0]) :] = 2**30
    levels = _levels(tails.astype(np.int32), heads.astype(np.int32), room, (source, sink))
    return np.flatnonzero((levels[2 * own] >= 0) & (levels[2 * own + 1] < 0))


def _levels(tails: Ints, heads: Ints, room: NDArray[np.int32], ends: tuple[int, int]) -> NDArray[np.int32]:
    """The search run on arcs sorted by their tails, each with one that leads back."""
    count = len(tails)
    all_tails, all_heads = np.concatenate((tails, heads)), np.concatenate((heads, tails))
    order = np.argsort(all_tails, kind="stable")
    place = np.empty(2 * count, np.int32)
    place[order] = np.arange(2 * count, dtype=np.int32)
    back = place[(order + count) % (2 * count)]
    first = np.searchsorted(all_tails[order], np.arange(ends[1] + 2)).astype(np.int32)
    rooms = np.concatenate((room, np.zeros(count, np.int32))).astype(np.int64)[order]
    found: NDArray[np.int32] = saturate(first, all_heads[order].astype(np.int32), back, rooms, *ends)
    return found
