"""The road graph of a city: where a road is near, and the quickest way along the roads, one-ways and lights included.

Made from a map's roads; only corners that can be reached from each other both ways are used, so that there always is a way.
Simulated patrols drive along these courses.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo.coordinates import approx_distance_m, approx_distances_m, xyzs_m
from geo.courses import Course
from geo.osm import Extract, Road

# Free flow where the map names no limit, km/h; on foot one walks.
SPEEDS_KMH = {
    "motorway": 100.0, "motorway_link": 50.0, "trunk": 80.0, "trunk_link": 45.0, "primary": 60.0, "primary_link": 40.0,
    "secondary": 50.0, "secondary_link": 35.0, "tertiary": 40.0, "tertiary_link": 30.0, "unclassified": 30.0,
    "residential": 30.0, "road": 30.0, "living_street": 15.0, "service": 15.0, "pedestrian": 8.0,
}  # fmt: skip
_FLOW = 0.8  # of the limit, over a city's length
_FAR_FACTOR = (
    4.0  # a search gives up beyond so many times the time in a straight line, and then searches everywhere
)
_AT_LEAST_S = 120.0


class Roads:
    """The roads of one extract. Raises ValueError when no two corners of it can be reached from each other."""

    def __init__(self, extract: Extract) -> None:
        places: dict[int, tuple[float, float]] = {}
        for road in extract.roads:
            places.update(zip(road.nodes, road.line, strict=True))
        ids = list(places)
        index = {id_: n for n, id_ in enumerate(ids)}
        starts, ends, speeds = _edges(extract.roads, index)
        lonlat = np.array([places[id_] for id_ in ids])
        metres = approx_distances_m(lonlat[starts, 0], lonlat[starts, 1], lonlat[ends, 0], lonlat[ends, 1])
        strong = _largest(starts, ends, len(ids))
        kept = strong[starts] & strong[ends] & (metres > 0)
        if not kept.any():
            raise ValueError("the roads of this map lead nowhere")
        number = np.cumsum(strong) - 1
        self.corners: NDArray[np.float64] = lonlat[strong]
        lit = np.array([id_ in extract.lights for id_ in ids])
        self._lit: NDArray[np.bool_] = lit[strong]
        starts, ends, speeds, metres = number[starts[kept]], number[ends[kept]], speeds[kept], metres[kept]
        self._speed = _fastest(starts, ends, speeds)
        size = len(self.corners)
        seconds = _least(starts, ends, metres / speeds)
        pairs = np.array(list(seconds), np.int64)
        self._seconds: csr_matrix = csr_matrix(
            (np.array(list(seconds.values())), (pairs[:, 0], pairs[:, 1])), (size, size)
        )
        self._tree = cKDTree(xyzs_m(self.corners[:, 0], self.corners[:, 1]))

    def __len__(self) -> int:
        return len(self.corners)

    def nearest(self, lon: float, lat: float) -> int:
        """The number of the corner nearest to a place."""
        return int(self._tree.query(xyzs_m([lon], [lat])[0])[1])

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Course:
        """The quickest way between the corners nearest to two places (lon, lat), with straight ends to both."""
        one, other = self.nearest(*start), self.nearest(*end)
        line = self._line(one, other)
        speeds = [self._speed[pair] for pair in itertools.pairwise(line)]
        slow = min(speeds, default=SPEEDS_KMH["service"] / 3.6)
        corners = [tuple(self.corners[n].tolist()) for n in line]
        return Course(
            (start, *corners, end),
            (slow, *speeds, slow),
            (False, *(bool(self._lit[n]) for n in line), False),
        )

    def _line(self, start: int, end: int) -> list[int]:
        straight_s = approx_distance_m(*self.corners[start], *self.corners[end]) / 8.0
        before = self._searched(start, max(_AT_LEAST_S, straight_s * _FAR_FACTOR))
        if start != end and before[end] < 0:
            before = self._searched(start, np.inf)
        line = [end]
        while line[-1] != start:
            line.append(int(before[line[-1]]))
        return line[::-1]

    def _searched(self, start: int, limit_s: float) -> NDArray[np.int32]:
        """For each corner the one before it on the quickest way from `start`; negative where none is."""
        before: NDArray[np.int32] = dijkstra(
            self._seconds, indices=start, return_predecessors=True, limit=limit_s
        )[1]
        return before


def _edges(
    roads: Sequence[Road], index: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    starts: list[int] = []
    ends: list[int] = []
    speeds: list[float] = []
    for road in roads:
        mps = (road.max_kmh or SPEEDS_KMH.get(road.kind, 30.0)) * _FLOW / 3.6
        nodes = [index[id_] for id_ in road.nodes]
        for one, other in itertools.pairwise(nodes):
            if road.oneway >= 0:
                starts.append(one)
                ends.append(other)
                speeds.append(mps)
            if road.oneway <= 0:
                starts.append(other)
                ends.append(one)
                speeds.append(mps)
    return np.array(starts), np.array(ends), np.array(speeds)


def _largest(starts: NDArray[np.int64], ends: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """Which corners belong to the largest part in which each reaches each."""
    graph = csr_matrix((np.ones(len(starts)), (starts, ends)), (size, size))
    _, part = connected_components(graph, directed=True, connection="strong")
    mask: NDArray[np.bool_] = part == np.bincount(part).argmax()
    return mask


def _least(
    starts: NDArray[np.int64], ends: NDArray[np.int64], seconds: NDArray[np.float64]
) -> dict[tuple[int, int], float]:
    """One edge a pair: two ways between the same corners are one, the quicker."""
    least: dict[tuple[int, int], float] = {}
    for one, other, value in zip(starts.tolist(), ends.tolist(), seconds.tolist(), strict=True):
        least[one, other] = min(value, least.get((one, other), value))
    return least


def _fastest(
    starts: NDArray[np.int64], ends: NDArray[np.int64], speeds: NDArray[np.float64]
) -> dict[tuple[int, int], float]:
    fastest: dict[tuple[int, int], float] = {}
    for one, other, value in zip(starts.tolist(), ends.tolist(), speeds.tolist(), strict=True):
        fastest[one, other] = max(value, fastest.get((one, other), value))
    return fastest
