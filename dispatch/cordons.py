"""The cordon 查控圈 around an incident: which crossings are to be held, and the nearest unit proposed for each, none twice.

Crossings of one junction are one checkpoint. Units are dealt out so that as many points as can be are held in time, and all as
soon as possible. Plain computing, for a thread to do.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.driving import URGENT, ByRoad, profile_of
from geo.coordinates import approx_distance_m
from geo.network import Floats
from geo.roads import SET_UP_S, Roads
from units.answers import Around

JUNCTION_M = 40.0
"""Crossings so near to each other are held by one unit: the two carriageways of one street."""
MOST_POINTS = 60
"""More are not dealt out: nobody could hold so many."""
BESIDE = 8
"""So many more units than points are looked at for each point, so that those dealt elsewhere are not missed."""
_LATE_COST, _NEVER_COST = 1e5, 1e7


class Asked(msgspec.Struct, frozen=True):
    """A cordon is asked for. place: lon, lat; profile: how he flees; lead_s: for how long already; ring_s: how far at most."""

    place: tuple[float, float]
    profile: str
    lead_s: float
    ring_s: float


class Checkpoint(msgspec.Struct, frozen=True):
    """One junction to hold. fugitive_s: from now until he may be there; eta_s: of the unit; in_time: it is set up before him.

    leaves_map: a road ends there with the map and goes on beyond it.
    """

    lon: float
    lat: float
    streets: tuple[str, ...]
    fugitive_s: float
    handle: int | None = None
    eta_s: float | None = None
    in_time: bool = False
    leaves_map: bool = False


def cordon_of(roads: Roads, asked: Asked, around: Around) -> list[Checkpoint] | None:
    """The checkpoints, those he reaches first before the others; empty when no way leads out. None: no road is near."""
    found = roads.cut(asked.profile, asked.place, asked.lead_s, asked.ring_s, _helpers(around))
    if found is None:
        return None
    leaves = set(found.vertices[found.leaves].tolist())
    points = _junctions(roads, found.vertices.tolist(), (found.at_s - asked.lead_s).tolist(), leaves)
    points.sort(key=lambda one: (one.fugitive_s, one.lon, one.lat))
    return _dealt(roads, points, around) if len(points) <= MOST_POINTS else points


def _helpers(around: Around) -> Mapping[str, tuple[Floats, Floats]]:
    profiles = np.array([profile_of(kind, URGENT) or "" for kind in around.kinds] or [""])[around.kind]
    return {
        str(name): (around.lon[profiles == name], around.lat[profiles == name])
        for name in np.unique(profiles).tolist()
        if name
    }


def _junctions(
    roads: Roads, vertices: Sequence[int], fugitive_s: Sequence[float], leaves: AbstractSet[int]
) -> list[Checkpoint]:
    """Crossings gathered into junctions: whatever is near to one of a junction belongs to it."""
    lon, lat = roads.network.lon, roads.network.lat
    groups: list[list[int]] = []
    for n, vertex in enumerate(vertices):
        place = float(lon[vertex]), float(lat[vertex])
        near = [
            group
            for group in groups
            if any(
                approx_distance_m(*place, float(lon[vertices[m]]), float(lat[vertices[m]])) <= JUNCTION_M
                for m in group
            )
        ]
        groups = [group for group in groups if group not in near]
        groups.append([n, *(m for group in near for m in group)])
    return [
        Checkpoint(
            lon=float(np.mean([lon[vertices[n]] for n in group])), lat=float(np.mean([lat[vertices[n]] for n in group])),
            streets=tuple(dict.fromkeys(name for n in sorted(group) for name in roads.streets_at(vertices[n]))),
            fugitive_s=min(fugitive_s[n] for n in group), leaves_map=any(vertices[n] in leaves for n in group),
        )
        for group in groups
    ]  # fmt: skip


def _dealt(roads: Roads, points: Sequence[Checkpoint], around: Around) -> list[Checkpoint]:
    """The points with their units: as many as can be in time, then the least time together (Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment  # spares a replica that comes back 0.1 s

    if not points or not len(around.handles):
        return list(points)
    eta_s = np.array([_times(roads, one, around, len(points)) for one in points])
    cost = np.where(np.isfinite(eta_s), eta_s, _NEVER_COST)
    late = eta_s + SET_UP_S > np.array([one.fugitive_s for one in points])[:, None]
    rows, columns = linear_sum_assignment(np.where(late & np.isfinite(eta_s), cost + _LATE_COST, cost))
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    dealt = []
    for n, one in enumerate(points):
        column = chosen.get(n)
        if column is not None and np.isfinite(eta_s[n, column]):
            seconds = float(eta_s[n, column])
            one = msgspec.structs.replace(  # noqa: PLW2901 - the same point with its unit
                one,
                handle=int(around.handles[column]),
                eta_s=seconds,
                in_time=seconds + SET_UP_S <= one.fugitive_s,
            )
        dealt.append(one)
    return dealt


def _times(roads: Roads, point: Checkpoint, around: Around, points: int) -> NDArray[np.float64]:
    """Of each unit to a point: seconds; inf where it does not come by road, or is farther than those looked at."""
    found = ByRoad(around).search(
        roads, (point.lon, point.lat), URGENT, min(points + BESIDE, len(around.handles))
    )
    return np.where(np.isnan(found.eta_s), np.inf, found.eta_s)
