"""The road graph of a city as arrays: vertices where roads meet, segments between them, and how long each takes whom.

Made once from a map when a city's bundle is built, saved as plain array files, and opened memory-mapped by every replica.
`snapping` puts places onto it, `travel` searches in it; closures give a changed copy that shares all else.
"""

import itertools
import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo.coordinates import approx_distances_m
from geo.errors import BadMap
from geo.osm import Extract, Road
from geo.profiles import Profile, profiles

type Floats = NDArray[np.float64]
type Seconds = NDArray[np.float32]
type Ints = NDArray[np.int32]

FORMAT = 1
# Smaller parts of a graph are islands on which nobody is put: yards, car parks, ends cut off by the extract's border.
LEAST_SHARE, LEAST_VERTICES = 0.05, 500
NO_NAME = -1
MOST_RIM_M, RIM_SHARE = 500.0, 0.015
DEGREE_M = 111_195.0
_ALIKE = (
    "lon",
    "lat",
    "lit",
    "starts",
    "ends",
    "metres",
    "names",
    "ways",
    "shapes",
    "shape_lon",
    "shape_lat",
)


class Arcs(msgspec.Struct, frozen=True):
    """The directed graph of one profile, by head: arcs `first[v]` to `first[v + 1]` lead into vertex v.

    tails: where each comes from; seconds: to go along it and get over the crossing at its head; arcs: 2 x its segment, plus 1
    when it goes against the segment. Of parallel arcs only the quickest is here.
    """

    first: Ints
    tails: Ints
    seconds: Seconds
    arcs: Ints


class Travelled(msgspec.Struct, frozen=True, dict=True):
    """How one profile takes the segments: seconds along and against each (inf: not at all), waiting at each vertex.

    Under a closure these two still tell how who stands there leaves and who is called there enters; `arcs` lead nobody
    through. component: of each vertex, the part of the graph in which each reaches each, the largest first; -1: in none of use.
    """

    along: Seconds
    against: Seconds
    delay: Seconds
    component: Ints
    arcs: Arcs

    @cached_property
    def onward(self) -> Arcs:
        """The same graph by tail: arcs `first[v]` to `first[v + 1]` lead out of v, and `tails` say where to."""
        arcs = self.arcs
        heads = np.repeat(np.arange(len(self.delay), dtype=np.int32), np.diff(arcs.first))
        order = np.argsort(arcs.tails, kind="stable")
        first = np.searchsorted(arcs.tails[order], np.arange(len(self.delay) + 1)).astype(np.int32)
        turned = Arcs(first, heads[order], arcs.seconds[order], arcs.arcs[order])
        _freeze(*(getattr(turned, field) for field in Arcs.__struct_fields__))
        return turned


class Network(msgspec.Struct, frozen=True, dict=True):
    """The graph. Vertices have lon, lat (WGS-84 degrees) and may be lit by signals; segments lead from starts to ends, metres long.

    Segment s is drawn by corners shapes[s] to shapes[s + 1] of shape_lon, shape_lat, both ends included. names: index into
    street_names or NO_NAME; ways: the map's number of the way it is a piece of, 0 for a passage through a barrier.
    """

    lon: Floats
    lat: Floats
    lit: NDArray[np.bool_]
    starts: Ints
    ends: Ints
    metres: Seconds
    names: Ints
    ways: NDArray[np.int64]
    shapes: Ints
    shape_lon: Floats
    shape_lat: Floats
    street_names: tuple[str, ...]
    travelled: Mapping[str, Travelled]

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def segments(self) -> int:
        """How many pieces of road."""
        return len(self.starts)

    @cached_property
    def rim(self) -> NDArray[np.bool_]:
        """Which vertices lie at the edge of the map: within RIM_SHARE of its size, MOST_RIM_M at most, of the hull of all roads."""
        hull = shapely.convex_hull(shapely.multipoints(np.column_stack((self.lon, self.lat))))
        if hull.geom_type != "Polygon":
            return np.ones(len(self), np.bool_)
        west, south, east, north = hull.bounds
        metres = float(approx_distances_m(west, south, east, north))
        inner = hull.buffer(-min(MOST_RIM_M, RIM_SHARE * metres) / DEGREE_M)
        return np.asarray(~shapely.contains_xy(inner, self.lon, self.lat))

    def shape(self, segment: int) -> tuple[Floats, Floats]:
        """(lon, lat) columns of a segment's corners, from its start to its end."""
        piece = slice(self.shapes[segment], self.shapes[segment + 1])
        return self.shape_lon[piece], self.shape_lat[piece]

    def name(self, segment: int) -> str | None:
        """The street's name, None where the map has none."""
        number = int(self.names[segment])
        return None if number == NO_NAME else self.street_names[number]

    def save(self, folder: Path) -> None:
        """Write the array files into an existing folder; the same graph gives the same bytes."""
        for field in _ALIKE:
            np.save(folder / f"{field}.npy", getattr(self, field))
        for profile, one in self.travelled.items():
            for field in ("along", "against", "delay", "component"):
                np.save(folder / f"{profile}.{field}.npy", getattr(one, field))
            for field in Arcs.__struct_fields__:
                np.save(folder / f"{profile}.arcs.{field}.npy", getattr(one.arcs, field))
        about = {"format": FORMAT, "profiles": list(self.travelled), "street_names": self.street_names}
        (folder / "roads.json").write_bytes(msgspec.json.encode(about))

    @classmethod
    def open(cls, folder: Path) -> "Network":
        """Open what `save` wrote, memory-mapped and read-only. Raises BadMap in one sentence."""
        try:
            about = msgspec.json.decode((folder / "roads.json").read_bytes(), type=_About)
            if about.format != FORMAT:
                raise BadMap(
                    f"The roads in {folder} are of format {about.format}, not {FORMAT}; build the city anew."
                )
            read = {field: _mapped(folder / f"{field}.npy") for field in _ALIKE}
            travelled = {name: _travelled(folder, name) for name in about.profiles}
        except (OSError, ValueError, msgspec.MsgspecError) as damaged:
            raise BadMap(f"The roads in {folder} are damaged ({damaged}); build the city anew.") from damaged
        return cls(**read, street_names=about.street_names, travelled=travelled)


class _About(msgspec.Struct, frozen=True):
    format: int
    profiles: tuple[str, ...]
    street_names: tuple[str, ...]


def _mapped(file: Path) -> NDArray[Any]:
    # An ordinary array over the mapped pages: compiled searches know no other kind.
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


def _travelled(folder: Path, profile: str) -> Travelled:
    own = {
        field: _mapped(folder / f"{profile}.{field}.npy")
        for field in ("along", "against", "delay", "component")
    }
    arcs = {field: _mapped(folder / f"{profile}.arcs.{field}.npy") for field in Arcs.__struct_fields__}
    return Travelled(**own, arcs=Arcs(**arcs))


def network_of(extract: Extract, of: Mapping[str, Profile] | None = None) -> Network:
    """The graph of a map's roads and paths. Raises BadMap when it holds none."""
    of = profiles() if of is None else of
    pieces = _Pieces(extract)
    if not pieces.starts:
        raise BadMap("This map holds no roads that lead anywhere; take an extract that does.")
    lon, lat = np.array(pieces.lon), np.array(pieces.lat)
    starts, ends = np.array(pieces.starts, np.int32), np.array(pieces.ends, np.int32)
    shapes = np.cumsum([0, *map(len, pieces.lines)], dtype=np.int32)
    corners = np.array(list(itertools.chain.from_iterable(pieces.lines)))
    shape_lon, shape_lat = np.ascontiguousarray(corners[:, 0]), np.ascontiguousarray(corners[:, 1])
    metres = _lengths(shapes, shape_lon, shape_lat)
    names, street_names = _numbered(pieces.roads)
    travelled = {name: _travel(profile, pieces, starts, ends, metres) for name, profile in of.items()}
    ways = np.array([0 if road is None else road.id for road in pieces.roads], np.int64)
    lit = np.zeros(len(lon), bool)
    lit[[vertex for vertex, control in pieces.controls.items() if control == "traffic_signals"]] = True
    whole = (lon, lat, lit, starts, ends, metres, names, ways, shapes, shape_lon, shape_lat)
    _freeze(*whole)
    return Network(*whole, street_names=street_names, travelled=travelled)


class _Pieces:
    """A map's ways cut where they meet; at a barrier every way ends by itself, and passages lead through it."""

    def __init__(self, extract: Extract) -> None:
        self.lon: list[float] = []
        self.lat: list[float] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.lines: list[Sequence[tuple[float, float]]] = []
        self.roads: list[Road | None] = []  # None: a passage through a barrier
        self.barriers: dict[int, Mapping[str, str]] = {}  # of passages, by segment
        self.controls: dict[int, str] = {}
        self._of_node: dict[int, int] = {}
        self._extract = extract
        ways = (*extract.roads, *extract.paths)
        met = Counter(itertools.chain.from_iterable(road.nodes for road in ways))
        held = extract.barriers.keys() | extract.controls.keys() | extract.lights
        for road in ways:
            self._cut(road, met, held)

    def _cut(self, road: Road, met: Counter[int], held: Container[int]) -> None:
        last = len(road.nodes) - 1
        cuts = [n for n, node in enumerate(road.nodes) if n in (0, last) or met[node] > 1 or node in held]
        for one, other in itertools.pairwise(cuts):
            line = road.line[one : other + 1]
            if all(corner == line[0] for corner in line):
                continue
            start, end = self._vertex(road.nodes[one], line[0]), self._vertex(road.nodes[other], line[-1])
            self._add(start, end, line, road)

    def _vertex(self, node: int, place: tuple[float, float]) -> int:
        """The vertex of a map's node; at a barrier a new one each time, with a passage to its middle."""
        own = self._of_node.get(node)
        if own is None:
            own = self._of_node[node] = self._new(place)
            control = "traffic_signals" if node in self._extract.lights else self._extract.controls.get(node)
            if control is not None:
                self.controls[own] = control
        barrier = self._extract.barriers.get(node)
        if barrier is None:
            return own
        side = self._new(place)
        self.barriers[len(self.starts)] = barrier
        self._add(side, own, (place, place), None)
        return side

    def _new(self, place: tuple[float, float]) -> int:
        self.lon.append(place[0])
        self.lat.append(place[1])
        return len(self.lon) - 1

    def _add(self, start: int, end: int, line: Sequence[tuple[float, float]], road: Road | None) -> None:
        self.starts.append(start)
        self.ends.append(end)
        self.lines.append(line)
        self.roads.append(road)


def _lengths(shapes: Ints, lon: Floats, lat: Floats) -> Seconds:
    steps = approx_distances_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    steps[shapes[1:-1] - 1] = 0.0  # from the end of one segment to the start of the next
    whole: Floats = np.add.reduceat(np.append(steps, 0.0), shapes[:-1])
    return whole.astype(np.float32)


def _numbered(roads: Sequence[Road | None]) -> tuple[Ints, tuple[str, ...]]:
    numbers: dict[str, int] = {}
    names = [
        numbers.setdefault(road.name, len(numbers)) if road is not None and road.name else NO_NAME
        for road in roads
    ]
    return np.array(names, np.int32), tuple(numbers)


def _travel(profile: Profile, pieces: _Pieces, starts: Ints, ends: Ints, metres: Seconds) -> Travelled:
    speeds: dict[int, tuple[float, float]] = {}
    along, against = np.full(len(starts), np.inf), np.full(len(starts), np.inf)
    for segment, road in enumerate(pieces.roads):
        if road is None:
            # Half of it on each side of the middle.
            along[segment] = against[segment] = profile.passes_s(pieces.barriers[segment]) / 2
            continue
        pair = speeds.get(id(road))
        if pair is None:
            pair = speeds[id(road)] = profile.speeds_mps(road)
        length = float(metres[segment])
        along[segment] = length / pair[0] if pair[0] > 0 else math.inf
        against[segment] = length / pair[1] if pair[1] > 0 else math.inf
    usable = np.isfinite(along) | np.isfinite(against)
    meeting = np.bincount(np.concatenate((starts[usable], ends[usable])), minlength=len(pieces.lon))
    delay = np.array(
        [profile.delay_s(pieces.controls.get(v), ways) for v, ways in enumerate(meeting.tolist())], np.float32
    )
    return travelled_of(starts, ends, along.astype(np.float32), against.astype(np.float32), delay)


def travelled_of(starts: Ints, ends: Ints, along: Seconds, against: Seconds, delay: Seconds) -> Travelled:
    """The graph of one profile from its times."""
    arcs = arcs_of(starts, ends, along, against, delay)
    heads = np.repeat(np.arange(len(delay), dtype=np.int32), np.diff(arcs.first))
    component = _components(arcs.tails, heads, len(delay))
    _freeze(along, against, delay, component)
    return Travelled(along, against, delay, component, arcs)


def arcs_of(starts: Ints, ends: Ints, along: Seconds, against: Seconds, delay: Seconds) -> Arcs:
    """The directed graph of these times, by head; segments that nobody takes are not in it."""
    tails, heads = np.concatenate((starts, ends)), np.concatenate((ends, starts))
    arcs = np.concatenate((2 * np.arange(len(starts)), 2 * np.arange(len(starts)) + 1)).astype(np.int32)
    seconds = np.concatenate((along, against)) + delay[heads]
    there = np.isfinite(seconds) & (tails != heads)
    order = np.flatnonzero(there)[np.lexsort((arcs[there], seconds[there], tails[there], heads[there]))]
    tails, heads = tails[order], heads[order]
    single = np.ones(len(order), bool)
    single[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    first = np.searchsorted(heads[single], np.arange(len(delay) + 1)).astype(np.int32)
    one = Arcs(
        first, tails[single].astype(np.int32), seconds[order][single].astype(np.float32), arcs[order][single]
    )
    _freeze(*(getattr(one, field) for field in Arcs.__struct_fields__))
    return one


def arcs_changed(
    known: Arcs,
    ends: tuple[Ints, Ints],
    times: tuple[Seconds, Seconds],
    delay: Seconds,
    segments: NDArray[np.intp],
) -> Arcs:
    """The same graph where only these segments take longer; who can't go between two vertices any more needs infinite seconds.

    ends: starts and ends; times: along and against, of all segments.
    """
    size = len(delay)
    low, high = np.minimum(*ends).astype(np.int64), np.maximum(*ends)
    between = low * size + high
    # The changed ones, and what runs parallel to them.
    beside = np.flatnonzero(_among(between, np.unique(between[segments])))
    tails = np.concatenate((ends[0][beside], ends[1][beside]))
    heads = np.concatenate((ends[1][beside], ends[0][beside])).astype(np.int64)
    arcs = np.concatenate((2 * beside, 2 * beside + 1)).astype(np.int32)
    seconds = np.concatenate((times[0][beside], times[1][beside])) + delay[heads]
    order = np.lexsort((arcs, seconds, tails, heads))
    keys, first = np.unique((heads * size + tails)[order], return_index=True)
    order = order[first]
    standing = np.repeat(np.arange(size, dtype=np.int64), np.diff(known.first)) * size + known.tails
    there = _among(keys, standing)
    rows, order = np.searchsorted(standing, keys[there]), order[there]
    one = Arcs(known.first, known.tails, known.seconds.copy(), known.arcs.copy())
    one.seconds[rows], one.arcs[rows] = seconds[order], arcs[order]
    _freeze(one.seconds, one.arcs)
    return one


def _among(values: NDArray[np.int64], rising: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values are among these."""
    if not len(rising):
        return np.zeros(len(values), np.bool_)
    rows = np.minimum(np.searchsorted(rising, values), len(rising) - 1)
    return np.asarray(rising[rows] == values)


def _freeze(*arrays: NDArray[Any]) -> None:
    """As they are when mapped from files: compiled searches are made for such arrays only."""
    for array in arrays:
        array.flags.writeable = False


def _components(tails: Ints, heads: Ints, size: int) -> Ints:
    """Parts in which each vertex reaches each, numbered from the largest; single vertices and small parts have -1."""
    graph = csr_matrix((np.ones(len(tails)), (tails, heads)), (size, size))
    _, label = connected_components(graph, directed=True, connection="strong")
    sizes = np.bincount(label)
    by_size = np.argsort(-sizes, kind="stable")
    number = np.full(len(sizes), -1, np.int32)
    least = max(min(LEAST_SHARE * size, LEAST_VERTICES), 2)
    kept = by_size[: max(int(np.count_nonzero(sizes >= least)), 1)]
    number[kept] = np.arange(len(kept), dtype=np.int32)
    return number[label]
