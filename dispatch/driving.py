"""How long everybody takes to an incident: along the roads where a unit drives or walks them, straight for the rest.

Between the road graph and ranking. `Ways` is what acts lean on; where it is None, or answers None, one goes by straight lines
and says so. The search itself is plain computing, for a thread to do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.closures.model import RoadClosure
from geo.rings import Rings
from geo.roads import Roads
from geo.snapping import Snaps
from geo.travel import WIDENING_S, Search
from units.answers import Around

CAR, BLUE_LIGHT = "car", "blue_light"
PROFILES: Mapping[str, str] = {"car": CAR, "motorcycle": "motorcycle", "foot": "foot", "other": CAR}
"""By kind of unit. Boats and drones go straight, a video patrol goes nowhere; both are told by straight lines."""
URGENT = 2
DRAWN_DEG = 3e-5  # a drawn way leaves the road by three metres at most
DIGITS = 6

type Line = tuple[tuple[float, float], ...]


def profile_of(kind: str, priority: int) -> str | None:
    """How a unit of a kind travels to an incident of this priority; None: not along roads. P1 and P2 are driven to with blue light."""
    profile = PROFILES.get(kind)
    return BLUE_LIGHT if profile == CAR and priority <= URGENT else profile


class ByRoad:
    """What a search found for the units of `around`, row by row.

    eta_s: seconds; nan: not by road, inf: longer than `reached_s`, up to which everything is known. road_m: metres.
    """

    def __init__(self, around: Around) -> None:
        self.around = around
        self.eta_s = np.full(len(around.handles), np.nan)
        self.road_m = np.full(len(around.handles), np.nan)
        self.reached_s = 0.0
        self._rows = {int(handle): row for row, handle in enumerate(around.handles.tolist())}
        self._searches: dict[int, Search] = {}  # by row

    def row(self, handle: int) -> int | None:
        """Where a unit is among these."""
        return self._rows.get(handle)

    def search(self, roads: Roads, goal: tuple[float, float], priority: int, enough: int) -> "ByRoad":
        """Search outward until at least so many units are reached, or all that can be."""
        groups = self._begin(roads, goal, priority)
        for limit_s in WIDENING_S:
            for search, rows, snaps in groups:
                search.widen(limit_s)
                times = search.times(snaps, len(rows))
                on_road = np.isin(np.arange(len(rows)), snaps.places)
                self.eta_s[rows] = np.where(on_road, times.eta_s, np.nan)
                self.road_m[rows] = np.where(on_road, times.road_m, np.nan)
            self.reached_s = limit_s
            if np.count_nonzero(self.eta_s <= limit_s) >= enough:
                break
        # Where the roads were searched to their ends, a unit that was not reached has no way by road.
        for search, rows, _ in groups:
            if search.is_over:
                self.eta_s[rows[np.isinf(self.eta_s[rows])]] = np.nan
        if all(search.is_over for search, _, _ in groups):
            self.reached_s = np.inf
        return self

    def _begin(
        self, roads: Roads, goal: tuple[float, float], priority: int
    ) -> list[tuple[Search, NDArray[np.intp], Snaps]]:
        around = self.around
        groups: list[tuple[Search, NDArray[np.intp], Snaps]] = []
        profiles = [profile_of(kind, priority) for kind in around.kinds]
        for profile in sorted({one for one in profiles if one is not None}):
            codes = [code for code, one in enumerate(profiles) if one == profile]
            rows = np.flatnonzero(np.isin(around.kind, codes))
            if not len(rows):
                continue
            for search, some in roads.searches(profile, goal, around.lon[rows], around.lat[rows]):
                own = rows[some]
                self._searches.update(dict.fromkeys(own.tolist(), search))
                groups.append((search, own, search.snaps(around.lon[own], around.lat[own])))
        return groups

    def routes(self, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """The ways of these units, drawn for a map, with the streets they take."""
        found = {}
        for handle in handles:
            row = self._rows.get(handle)
            if row is None or not np.isfinite(self.eta_s[row]):
                continue
            place = float(self.around.lon[row]), float(self.around.lat[row])
            route = self._searches[row].route(*place)
            if route is not None and len(route.line) > 1:
                found[handle] = _drawn(route.line), route.streets
        return found


class Covered(msgspec.Struct, frozen=True):
    """What a closure lies on: how many pieces of road, and the names of their streets."""

    segments: int
    streets: tuple[str, ...]


def covered_by(roads: Roads, closure: RoadClosure) -> Covered:
    """What a closure lies on. Raises BadArea."""
    network = roads.network
    segments = np.flatnonzero(roads.covered_by(closure.on_roads()))
    names = (network.name(segment) for segment in segments.tolist())
    return Covered(len(segments), tuple(dict.fromkeys(name for name in names if name)))


def rings_of(roads: Roads, around: Around, minutes: Sequence[float]) -> Rings:
    """How far those of these who drive or walk get along the roads, as if called to something urgent."""
    profiles = np.array([profile_of(kind, URGENT) or "" for kind in around.kinds] or [""])[around.kind]
    rows = {str(name): np.flatnonzero(profiles == name) for name in np.unique(profiles).tolist() if name}
    return roads.rings({name: (around.lon[some], around.lat[some]) for name, some in rows.items()}, minutes)


def _drawn(line: Sequence[tuple[float, float]]) -> Line:
    simple = shapely.get_coordinates(shapely.simplify(shapely.LineString(line), DRAWN_DEG))
    return tuple((round(lon, DIGITS), round(lat, DIGITS)) for lon, lat in simple.tolist())


class Ways(Protocol):
    """Who can be asked how long units take by road, and is told what is closed."""

    @property
    def are_known(self) -> bool:
        """Whether there are roads to go by."""

    def turn(self, now: datetime) -> None:
        """Time has passed: what is in force by now counts in the next search."""

    async def hold(self, closures: Sequence[RoadClosure]) -> None:
        """These, and no others, keep traffic off from now on, each in its time."""

    async def covered(self, closure: RoadClosure) -> Covered | None:
        """What a closure lies on; None: no roads are known, or they do not answer."""

    async def rings(self, around: Around, minutes: Sequence[float]) -> Rings | None:
        """How far these get, as if called to something urgent; None as before."""

    async def times(
        self, goal: tuple[float, float], priority: int, around: Around, enough: int
    ) -> ByRoad | None:
        """Known for at least so many units, or for all; None: no roads are known, or it would take too long."""

    async def routes(self, found: ByRoad, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """The ways of some of them."""
