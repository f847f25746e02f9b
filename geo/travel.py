"""How long everybody takes to one place: a search backwards from there along the roads, exact for every unit at once.

Asked for each recommendation and each promised arrival. The search goes outward in time and can be widened where it
stopped, so that it costs what is near. Its kernels are compiled and hold no lock of the interpreter: call it in a thread.
"""

import math
import weakref

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.kernels import OPTIONS, begin, early, settle, times
from geo.network import Floats, Ints, Network
from geo.profiles import profiles
from geo.snapping import Snapper, Snaps
from geo.squares import Marks, no_roads

WIDENING_S = (
    20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 120.0, 150.0, 180.0, 220.0, 260.0, 320.0, 400.0, 600.0, 1_200.0, math.inf,
)  # fmt: skip
"""A search that must go on goes by so little that hardly anybody is looked at in vain."""
_NOWHERE = -1


def ends_mps(profile: str) -> float:
    """How fast this profile is between a place and its road; infinitely where nothing is told of it."""
    known = profiles()
    return known[profile].ends_mps if profile in known else math.inf


class Times(msgspec.Struct, frozen=True):
    """For each place: seconds to the goal (inf: not within what was searched) and metres along that way, ends included."""

    eta_s: Floats
    road_m: Floats


class Route(msgspec.Struct, frozen=True):
    """One way. line: (lon, lat) corners from the place to the goal; streets: their names in order, each once at a time."""

    line: tuple[tuple[float, float], ...]
    eta_s: float
    road_m: float
    streets: tuple[str, ...]


class Leg(msgspec.Struct, frozen=True):
    """A piece of a segment, from one share of its length to another; backwards when `end` is the smaller."""

    segment: int
    start: float
    end: float


class Legs(msgspec.Struct, frozen=True):
    """A way as pieces of road, with its seconds and metres, straight ends included."""

    pieces: tuple[Leg, ...]
    eta_s: float
    road_m: float


class Search:
    """The search towards one goal for one profile; `reached_s`: every way shorter than that is known.

    Args:
        network, snapper: the roads.
        profile: how it is travelled.
        goal: lon, lat in degrees.
    """

    def __init__(self, network: Network, snapper: Snapper, profile: str, goal: tuple[float, float]) -> None:
        self._network = network
        self._snapper = snapper
        self._travelled = network.travelled[profile]
        self._goal = goal
        self._ends_mps = ends_mps(profile)
        self.profile = profile
        self.part = snapper.part_of(*goal, profile)
        self.reached_s = math.inf if self.part is None else 0.0
        self._part = self.part if self.part is not None else _NOWHERE - 1
        self._ends = snapper.snap([goal[0]], [goal[1]], profile, self._part)
        self._soonest = snapper.squares.begun(self._ends.segments)
        room = len(self._travelled.arcs.tails) + 2 * len(self._ends.segments) + 1
        desk = _desk(len(network), room)
        weakref.finalize(self, _leave, desk).atexit = False
        self._seconds, self._metres, self._next, self._heap = (
            desk.seconds,
            desk.metres,
            desk.following,
            desk.heap,
        )
        self._waiting = begin(
            network.starts, network.ends, network.metres, self._travelled.along, self._travelled.against,
            self._ends.segments, self._ends.shares, self._seconds, self._metres, self._next, *self._heap,
        )  # fmt: skip

    @property
    def is_over(self) -> bool:
        """Whether all there is has been searched."""
        return self.reached_s == math.inf

    def widen(self, limit_s: float) -> None:
        """Search on until every way of up to so many seconds is known; inf: all of them."""
        if limit_s <= self.reached_s:
            return
        arcs = self._travelled.arcs
        self._waiting = settle(
            arcs.first, arcs.tails, arcs.seconds, arcs.arcs, self._network.metres, float(limit_s),
            self._seconds, self._metres, self._next, *self._snapper.squares.roads, self._soonest, *self._heap, self._waiting,
        )  # fmt: skip
        self.reached_s = float(limit_s) if self._waiting else math.inf

    def early(
        self, squares: Ints, straight_s: Floats, limit_s: float, room: tuple[Ints, Floats]
    ) -> tuple[Ints, Floats]:
        """Who may be here within the limit, by row, and how soon at best; a limit to which it searches.

        squares: where they stand; straight_s: how soon those who may be on no road, inf for the others, or empty; room: for the answer.
        """
        self.widen(limit_s)
        near = self._snapper.squares.near(self._soonest, self._ends_mps, limit_s)
        count = early(squares, near, straight_s, limit_s, *room)
        return room[0][:count], room[1][:count]

    def squares(self, lons: Floats, lats: Floats) -> Ints:
        """In which squares places are."""
        return self._snapper.squares.of(lons, lats)

    @property
    def bare(self) -> Marks:
        """The squares in which somebody may stand who is on no road that leads here."""
        return self._snapper.bare(self.profile, self._part)

    def snaps(self, lons: Floats, lats: Floats) -> Snaps:
        """Places on the roads from which the goal is reached."""
        return self._snapper.snap(lons, lats, self.profile, self._part)

    def times(self, snaps: Snaps, count: int) -> Times:
        """Of `count` places that were put on the roads of this goal's part. Whoever has no row has inf."""
        eta_s, road_m = np.full(count, np.inf), np.full(count, np.inf)
        choice = np.full(count, _NOWHERE, np.int64)
        self._judge(snaps, eta_s, road_m, choice)
        return Times(eta_s, road_m)

    def _judge(self, snaps: Snaps, eta_s: Floats, road_m: Floats, choice: NDArray[np.int64]) -> None:
        network, one = self._network, self._travelled
        times(
            network.starts, network.ends, network.metres, one.along, one.against, one.delay,
            self._ends.segments, self._ends.shares, self._ends.away_m, snaps.places, snaps.segments, snaps.shares,
            snaps.away_m, self._seconds, self._metres, self.reached_s, self._ends_mps, eta_s, road_m, choice,
        )  # fmt: skip

    def route(self, lon: float, lat: float) -> Route | None:
        """The way from a place; None when it is not within what was searched, or on no road that leads there."""
        legs = self.legs(lon, lat)
        if legs is None:
            return None
        corners = [(lon, lat), *(corner for leg in legs.pieces for corner in self.corners(leg)), self._goal]
        line = [corner for n, corner in enumerate(corners) if not n or corner != corners[n - 1]]
        named = [
            name for leg in legs.pieces if leg.start != leg.end and (name := self._network.name(leg.segment))
        ]
        streets = tuple(name for n, name in enumerate(named) if not n or name != named[n - 1])
        return Route(tuple(line), legs.eta_s, legs.road_m, streets)

    def legs(self, lon: float, lat: float) -> Legs | None:
        """The pieces of road of that way, in order; None as with `route`."""
        snaps = self.snaps(np.array([lon]), np.array([lat]))
        eta_s, road_m, choice = np.full(1, np.inf), np.full(1, np.inf), np.full(1, _NOWHERE, np.int64)
        self._judge(snaps, eta_s, road_m, choice)
        if choice[0] == _NOWHERE:
            return None
        row, option = divmod(int(choice[0]), OPTIONS)
        segment, share = int(snaps.segments[row]), float(snaps.shares[row])
        if option >= _DIRECT:
            pieces = [Leg(segment, share, float(self._ends.shares[option - _DIRECT]))]
        else:
            network = self._network
            end = network.ends if option == _ALONG else network.starts
            first = Leg(segment, share, 1.0 if option == _ALONG else 0.0)
            pieces = [first, *self._onward(int(end[segment]))]
        return Legs(tuple(pieces), float(eta_s[0]), float(road_m[0]))

    def corners(self, leg: Leg) -> list[tuple[float, float]]:
        """The line of a leg, both ends included: lon, lat."""
        lon, lat = self._network.shape(leg.segment)
        at = self._snapper.shares(leg.segment)
        low, high = min(leg.start, leg.end), max(leg.start, leg.end)
        shares = np.concatenate(([low], at[(at > low) & (at < high)], [high]))
        line = list(
            zip(np.interp(shares, at, lon).tolist(), np.interp(shares, at, lat).tolist(), strict=True)
        )
        return line if leg.start <= leg.end else line[::-1]

    def _onward(self, vertex: int) -> list[Leg]:
        """From a vertex to the goal, as the search found it."""
        network, legs = self._network, []
        while (arc := int(self._next[vertex])) != _NOWHERE:
            segment, against = divmod(arc, 2)
            legs.append(Leg(segment, float(against), 1.0 - against))
            vertex = int((network.starts if against else network.ends)[segment])
        last: list[tuple[float, Leg]] = []
        for segment, share in zip(self._ends.segments.tolist(), self._ends.shares.tolist(), strict=True):
            along_s, against_s = self._travelled.along[segment], self._travelled.against[segment]
            if network.starts[segment] == vertex and along_s < math.inf:
                last.append((float(along_s * share), Leg(segment, 0.0, share)))
            if network.ends[segment] == vertex and against_s < math.inf:
                last.append((float(against_s * (1 - share)), Leg(segment, 1.0, share)))
        return [*legs, min(last, key=lambda one: one[0])[1]]


def outward_s(network: Network, profile: str, snaps: Snaps, limit_s: float) -> Floats:
    """How soon the first of these places' units is at each vertex, seconds; inf beyond the limit."""
    one, onward = network.travelled[profile], network.travelled[profile].onward
    desk = _Desk(len(network), len(onward.tails) + 2 * len(snaps.segments) + 1)
    seconds, metres, following, heap = desk.seconds, desk.metres, desk.following, desk.heap
    # From where one stands the end of a segment is as far as, for a goal there, its start: the same with both changed over.
    waiting = begin(
        network.ends, network.starts, network.metres, one.along, one.against, snaps.segments, 1.0 - snaps.shares, seconds,
        metres, following, *heap,
    )  # fmt: skip
    settle(
        onward.first, onward.tails, onward.seconds, onward.arcs, network.metres, limit_s, seconds, metres, following,
        *no_roads(len(network)), *heap, waiting,
    )  # fmt: skip
    return np.where(seconds <= limit_s, seconds, np.inf)


class _Desk:
    """The arrays a search writes in: of each vertex seconds, and where those are finite metres and the next arc; a heap."""

    def __init__(self, size: int, room: int) -> None:
        self.seconds, self.metres = np.full(size, np.inf), np.empty(size)
        self.following = np.empty(size, np.int32)
        self.heap = np.empty(room), np.empty(room, np.int32)


def _desk(size: int, room: int) -> _Desk:
    """One that another search has left, else a new one: fresh memory costs more than most searches."""
    desk = next((one for one in tuple(_DESKS) if _taken(one, size, room)), None)
    if desk is None:
        return _Desk(size, room + SPARE)
    desk.seconds.fill(np.inf)
    return desk


def _leave(desk: _Desk) -> None:
    _DESKS.append(desk)
    del _DESKS[:-DESKS_KEPT]


def _taken(desk: _Desk, size: int, room: int) -> bool:
    """Whether a desk is large enough and nobody else has taken it: of several threads only one can remove it."""
    if len(desk.seconds) != size or len(desk.heap[0]) < room:
        return False
    try:
        _DESKS.remove(desk)
    except ValueError:
        return False
    return True


_DESKS: list[_Desk] = []  # each step on it is one step of the interpreter, so that it needs no lock
DESKS_KEPT = 8
SPARE = 64  # ends of the goal, more than another goal had

_ALONG, _AGAINST, _DIRECT = 0, 1, 2
