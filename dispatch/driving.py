"""How long everybody takes to an incident: along the roads where a unit drives or walks them, straight for the rest.

Between the road graph and ranking. `Ways` is what acts lean on; where it is None, or answers None, one goes by straight lines
and says so. The search itself is plain computing, for a thread to do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.closures.model import RoadClosure
from geo.rings import Rings
from geo.roads import Roads, Towards
from geo.snapping import Snaps
from geo.travel import Search
from units.answers import Around

if TYPE_CHECKING:  # a cordon is made of searches of this module
    from dispatch.cordons import Asked, Checkpoint

CAR, BLUE_LIGHT = "car", "blue_light"
PROFILES: Mapping[str, str] = {"car": CAR, "motorcycle": "motorcycle", "foot": "foot", "other": CAR}
"""By kind of unit. Boats and drones go straight, a video patrol goes nowhere; both are told by straight lines."""
URGENT = 2
LEAST_TOP_MPS = 15.0
"""More than anybody is thought to make on a straight line: who is farther than that takes longer too, by road or without."""
HORIZONS_S = (60.0, 90.0, 120.0, 160.0, 220.0, 300.0, 400.0, 600.0, 1_200.0, np.inf)
"""How far the roads are searched, in turn, until enough can be told."""
CROWD = 4
"""So many times as many as are wanted are put on the roads first, those who could be soonest; mostly all that are wanted are among them."""
SLACK, SLACK_M = 1.02, 5.0  # between straight metres on the globe and those of the roads' flat map
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
        self._groups: list[_Group] = []

    def row(self, handle: int) -> int | None:
        """Where a unit is among these."""
        row = int(np.searchsorted(self.around.handles, handle))
        return row if row < len(self.around.handles) and self.around.handles[row] == handle else None

    def search(self, roads: Roads, goal: tuple[float, float], priority: int, enough: int) -> "ByRoad":
        """Search outward until at least so many units are reached, or all that can be."""
        groups = self._groups = [
            _Group(self, roads.towards(profile, goal), rows) for profile, rows in self._profiles(priority)
        ]
        for horizon_s in HORIZONS_S:
            early = [group.early(horizon_s) for group in groups]
            likely = np.concatenate([soonest_s for _, soonest_s in early]) if early else np.empty(0)
            if len(likely) < enough and horizon_s < np.inf:
                continue
            by_then_s = min(_nth(likely, CROWD * enough), horizon_s)
            for _ in range(
                2
            ):  # those who are likeliest to be first, then all who may be sooner than they are
                for group, (rows, soonest_s) in zip(groups, early, strict=True):
                    group.find(rows[soonest_s <= by_then_s], horizon_s)
                by_then_s = _nth(self.eta_s[self.eta_s <= horizon_s], enough)
                if by_then_s == np.inf:
                    break
            else:
                self.reached_s = by_then_s
                return self
        for group in groups:
            group.find(np.arange(len(group.rows)), np.inf)
        self.reached_s = np.inf
        return self

    def _profiles(self, priority: int) -> list[tuple[str, NDArray[np.intp]]]:
        """Who travels how; each profile once, by name."""
        around = self.around
        profiles = [profile_of(kind, priority) for kind in around.kinds]
        found = []
        for profile in sorted({one for one in profiles if one is not None}):
            rows = np.flatnonzero(np.array([one == profile for one in profiles])[around.kind])
            if len(rows):
                found.append((profile, rows))
        return found

    def routes(self, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """The ways of these units, drawn for a map, with the streets they take."""
        found = {}
        for handle in handles:
            row = self.row(handle)
            if row is None or not np.isfinite(self.eta_s[row]):
                continue
            place = float(self.around.lon[row]), float(self.around.lat[row])
            search = next(filter(None, (group.search_of(row) for group in self._groups)))
            route = search.route(*place)
            if route is not None and len(route.line) > 1:
                found[handle] = _drawn(route.line), route.streets
        return found


class _Group:
    """Those of `road.around` who travel alike, and what is searched for them.

    The roads themselves are searched first, which costs next to nothing and says how soon anybody could be here from where he
    stands: of twenty thousand less than a hundred are put on a road.
    """

    def __init__(self, road: ByRoad, towards: Towards, rows: NDArray[np.intp]) -> None:
        self.rows = rows
        self._road, self._towards = road, towards
        around, free = road.around, towards.free
        self._squares = free.squares(around.lon[rows], around.lat[rows])
        off, self._straight_s = free.bare[self._squares], np.empty(0)
        if off.any():  # who may be on no road goes straight
            self._straight_s = np.full(len(rows), np.inf)
            self._straight_s[off] = (around.metres_of(rows[off]) - SLACK_M) / (LEAST_TOP_MPS * SLACK)
        self._put = np.zeros(len(rows), np.bool_)
        self._found = np.empty(len(rows), np.int32), np.empty(len(rows))
        self._searched: dict[Search, tuple[NDArray[np.intp], Snaps]] = {}
        road.eta_s[rows] = np.inf

    def early(self, limit_s: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Who of these may be there within the limit, and how soon at best; good until the next question."""
        return self._towards.free.early(self._squares, self._straight_s, limit_s, self._found)

    def search_of(self, row: int) -> Search | None:
        """The search in which somebody was looked for."""
        return next((search for search, (rows, _) in self._searched.items() if row in rows), None)

    def find(self, wanted: NDArray[np.integer], limit_s: float) -> None:
        """Find the times of those wanted, and of all who were before, as far as the limit."""
        new = wanted[~self._put[wanted]]
        if len(new):
            self._put[new] = True
            self._put_on_roads(self.rows[new])
        for search, (rows, snaps) in self._searched.items():
            search.widen(limit_s)
            self._tell(search, rows, snaps)

    def _put_on_roads(self, new: NDArray[np.intp]) -> None:
        around = self._road.around
        for search, some in self._towards.searches(around.lon[new], around.lat[new]):
            own = new[some]
            snaps = search.snaps(around.lon[own], around.lat[own])
            if search in self._searched:
                rows, before = self._searched[search]
                own, snaps = np.concatenate((rows, own)), before.and_then(snaps, len(rows))
            self._searched[search] = own, snaps

    def _tell(self, search: Search, rows: NDArray[np.intp], snaps: Snaps) -> None:
        times, road = search.times(snaps, len(rows)), self._road
        by_road = np.zeros(len(rows), np.bool_)
        by_road[snaps.places] = True
        if search.is_over:  # who was not reached has no way by road
            by_road &= np.isfinite(times.eta_s)
        road.eta_s[rows] = np.where(by_road, times.eta_s, np.nan)
        road.road_m[rows] = np.where(by_road, times.road_m, np.nan)


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


def _nth(seconds: NDArray[np.float64], n: int) -> float:
    """The n-th smallest; inf where there are fewer."""
    return float(np.partition(seconds, n - 1)[n - 1]) if 0 < n <= len(seconds) else np.inf


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

    async def cordon(self, asked: "Asked", around: Around) -> "list[Checkpoint] | None":
        """The checkpoints of a cordon; None: no roads are known, or none is near, or it would take too long."""

    async def routes(self, found: ByRoad, handles: Sequence[int]) -> dict[int, tuple[Line, tuple[str, ...]]]:
        """The ways of some of them."""
