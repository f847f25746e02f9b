"""The roads of one city, ready to be asked: where somebody is on them, how long who takes to where, what is closed.

The one thing the rest of the house knows of the road graph. Immutable; what is closed makes another that shares all else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from geo.closing import covered_by, with_closures
from geo.closures import Closure
from geo.cordons import Cut, cut
from geo.courses import Course
from geo.network import NO_NAME, Floats, Ints, Network, network_of
from geo.osm import Extract
from geo.rings import Rings, Sampled, rings, sampled
from geo.snapping import EVERY_PART, Snapper
from geo.travel import WIDENING_S, Legs, Search, outward_s

SLOW_MPS = 15.0 / 3.6
"""Where no road leads: across a yard, from a door to the road."""

SET_UP_S = 30.0
"""A checkpoint is held so long after its unit has come."""

VARIANTS = 24
"""So many changed graphs are kept: one with all closures, and one for each set in which somebody stands or is called for."""

type Covering = tuple[Closure, NDArray[np.bool_]]
type Held = list[tuple[Sequence[Covering], NDArray[np.intp]]]
"""Which closures hold whom: rows of places."""


class Roads:
    """A network with what is closed on it now. Build with `of`, `open` or `closed_by`."""

    def __init__(self, snapper: Snapper, closures: Sequence[Covering] = ()) -> None:
        self.snapper = snapper
        self._closures = tuple(closures)
        self._variants: dict[frozenset[UUID], Network] = {}
        self._sampled: list[Sampled] = []  # at most one, shared by all that differ in closures only

    @classmethod
    def of(cls, extract: Extract) -> "Roads":
        """Of a map. Raises BadMap."""
        return cls(Snapper(network_of(extract)))

    @classmethod
    def open(cls, folder: Path) -> "Roads":
        """Of files that `Network.save` wrote. Raises BadMap."""
        return cls(Snapper(Network.open(folder)))

    @property
    def network(self) -> Network:
        """With nothing closed."""
        return self.snapper.network

    @property
    def closures(self) -> tuple[Closure, ...]:
        """What is closed or slow."""
        return tuple(closure for closure, _ in self._closures)

    def closed_by(self, closures: Iterable[Closure]) -> "Roads":
        """The same city with exactly these closures."""
        known = dict(self._closures)
        covered = [(one, known[one] if one in known else self.covered_by(one)) for one in closures]
        closed = Roads(self.snapper, covered)
        closed._sampled = self._sampled
        return closed

    def covered_by(self, closure: Closure) -> NDArray[np.bool_]:
        """Which segments a closure covers, in force or not."""
        return covered_by(self.snapper, closure)

    def prepare(self) -> None:
        """Do now what the first to ask would have to wait for."""
        self._under(self._closures)
        self._points()

    def search(self, profile: str, goal: tuple[float, float]) -> Search:
        """A search towards lon, lat. Closures in which the goal lies hold nobody who is called there."""
        return Search(self._under(self._beside(profile, goal)), self.snapper, profile, goal)

    def towards(self, profile: str, goal: tuple[float, float]) -> "Towards":
        """The searches towards lon, lat for whoever comes from anywhere."""
        beside = self._beside(profile, goal)
        return Towards(
            lambda lons, lats: self._held(profile, beside, lons, lats),
            lambda held: Search(self._under(held), self.snapper, profile, goal),
        )

    def way(self, start: tuple[float, float], end: tuple[float, float], profile: str = "car") -> Course:
        """The quickest way between two places (lon, lat) with straight ends to both; straight on where no road leads."""
        [(search, _)] = self.towards(profile, end).searches(np.array([start[0]]), np.array([start[1]]))
        for limit_s in WIDENING_S:
            search.widen(limit_s)
            legs = search.legs(*start)
            if legs is not None:
                return self._course(search, legs, start, end)
        return Course((start, end), (SLOW_MPS,), (False, False))

    def rings(
        self, places: Mapping[str, tuple[Floats, Floats]], minutes: Sequence[float] = (1.0, 3.0, 5.0)
    ) -> Rings:
        """How far units get; places: profile -> columns lon, lat."""
        groups = [
            (self._under(held), profile, self.snapper.snap(lons[rows], lats[rows], profile, EVERY_PART))
            for profile, (lons, lats) in places.items()
            for held, rows in self._held(profile, self._closures, lons, lats)
        ]
        return rings(self.snapper, self._points(), groups, minutes)

    def cut(
        self,
        profile: str,
        place: tuple[float, float],
        lead_s: float,
        ring_s: float,
        helpers: Mapping[str, tuple[Floats, Floats]],
    ) -> Cut | None:
        """The crossings that cut every way of a profile out of a ring around a place; see `geo.cordons`. None: no road is near.

        helpers: profile -> columns lon, lat of those who may hold a crossing, once they are there and set up.
        """
        part = self.snapper.part_of(*place, profile)
        if part is None:
            return None
        start = self.snapper.snap([place[0]], [place[1]], profile, part)
        if not len(start.segments):
            return None
        held_s = np.full(len(self.network), np.inf)
        for theirs, (lons, lats) in helpers.items():
            for held, rows in self._held(theirs, self._closures, lons, lats):
                snaps = self.snapper.snap(lons[rows], lats[rows], theirs, EVERY_PART)
                held_s = np.minimum(held_s, outward_s(self._under(held), theirs, snaps, ring_s) + SET_UP_S)
        return cut(self._under(self._beside(profile, place)), profile, start, lead_s, ring_s, held_s)

    def streets_at(self, vertex: int) -> tuple[str, ...]:
        """The names of the streets that meet at a vertex."""
        network = self.network
        meeting: Ints = np.flatnonzero((network.starts == vertex) | (network.ends == vertex)).astype(np.int32)
        names = (network.name(segment) for segment in meeting.tolist())
        return tuple(dict.fromkeys(name for name in names if name))

    def nearest_road(self, lon: float, lat: float) -> tuple[str | None, float] | None:
        """(name, metres away) of the nearest road for cars; None when none is near, and for the name when it has none."""
        snaps = self.snapper.snap([lon], [lat], "car", EVERY_PART)
        if not len(snaps.segments):
            return None
        names = [int(self.network.names[segment]) for segment in snaps.segments]
        name = next((self.network.street_names[n] for n in names if n != NO_NAME), None)
        return name, float(snaps.away_m.min())

    @cached_property
    def corners(self) -> Floats:
        """(lon, lat) rows of the vertices from which one gets anywhere by car and back."""
        main = self.network.travelled["car"].component == 0
        return np.column_stack((self.network.lon[main], self.network.lat[main]))

    def _points(self) -> Sampled:
        if not self._sampled:  # two threads may do it at once, and find the same
            self._sampled.append(sampled(self.snapper))
        return self._sampled[0]

    def _beside(self, profile: str, goal: tuple[float, float]) -> Sequence[Covering]:
        """The closures that hold those who come to a goal."""
        if not self._closures:
            return ()
        inside = self._inside(profile, self._closures, np.array([goal[0]]), np.array([goal[1]]))[0]
        return tuple(one for one, is_in in zip(self._closures, inside.tolist(), strict=True) if not is_in)

    def _held(self, profile: str, closures: Sequence[Covering], lons: Floats, lats: Floats) -> Held:
        """Which of these closures hold whom: all but those in which one stands."""
        if not closures or not len(lons):
            return [(closures, np.arange(len(lons)))]
        inside = self._inside(profile, closures, lons, lats)
        is_out = ~inside.any(axis=1)  # nearly everybody
        found: Held = []
        if is_out.any():
            found.append((closures, np.flatnonzero(is_out)))
        rows = np.flatnonzero(~is_out)
        patterns, group = np.unique(inside[rows], axis=0, return_inverse=True)
        for n, some in enumerate(patterns.tolist()):
            held = tuple(one for one, is_in in zip(closures, some, strict=True) if not is_in)
            found.append((held, rows[group.ravel() == n]))
        return found

    def _inside(
        self, profile: str, closures: Sequence[Covering], lons: Floats, lats: Floats
    ) -> NDArray[np.bool_]:
        """Row by place, column by closure: whether every road on which the place may lie is covered."""
        snaps = self.snapper.snap(lons, lats, profile, EVERY_PART)
        roads = np.bincount(snaps.places, minlength=len(lons))
        hits = [np.bincount(snaps.places, covered[snaps.segments], len(lons)) for _, covered in closures]
        inside: NDArray[np.bool_] = (np.column_stack(hits) == roads[:, None]) & (roads > 0)[:, None]
        return inside

    def _under(self, closures: Sequence[Covering]) -> Network:
        key = frozenset(closure.id for closure, _ in closures)
        found = self._variants.get(key)
        if found is None:
            if len(self._variants) >= VARIANTS:
                self._variants.pop(next(iter(self._variants), key), None)
            found = self._variants[key] = with_closures(self.network, closures)
        return found

    def _course(
        self, search: Search, legs: Legs, start: tuple[float, float], end: tuple[float, float]
    ) -> Course:
        network, one = self.network, self.network.travelled[search.profile]
        corners, speeds, lit = [start], [SLOW_MPS], [False]
        for leg in legs.pieces:
            seconds = (one.along if leg.start <= leg.end else one.against)[leg.segment]
            length = float(network.metres[leg.segment])
            mps = length / float(seconds) if length and seconds > 0 else SLOW_MPS
            line = search.corners(leg)
            corners += line
            speeds += [mps] * len(line)
            vertex = int((network.ends if leg.start <= leg.end else network.starts)[leg.segment])
            is_whole = leg.end in {0.0, 1.0}
            lit += [*([False] * (len(line) - 1)), bool(network.lit[vertex]) and is_whole]
        corners, speeds, lit = [*corners, end], [*speeds[:-1], SLOW_MPS, SLOW_MPS], [*lit, False]
        kept = [0, *(n for n, (one_, other) in enumerate(pairwise(corners), 1) if one_ != other)]
        if len(kept) == 1:
            return Course((start, end), (SLOW_MPS,), (False, False))
        return Course(
            tuple(corners[n] for n in kept),
            tuple(speeds[n - 1] for n in kept[1:]),
            tuple(lit[n] for n in kept),
        )


class Towards:
    """The searches of one profile towards one goal: closures in which somebody stands don't hold him, nor those around the goal.

    Most share one search; `searches` may be asked again with others.
    """

    def __init__(
        self,
        held: Callable[[Floats, Floats], Held],
        begin: Callable[[Sequence[Covering]], Search],
    ) -> None:
        self._held, self._begin = held, begin
        self._begun: dict[frozenset[UUID], Search] = {}

    def searches(self, lons: Floats, lats: Floats) -> list[tuple[Search, NDArray[np.intp]]]:
        """The search for each of these places, with their rows."""
        return [(self._search(closures), rows) for closures, rows in self._held(lons, lats)]

    @property
    def free(self) -> Search:
        """The search with all roads open: nobody comes more quickly than by that, closures or not."""
        return self._search(())

    def _search(self, closures: Sequence[Covering]) -> Search:
        key = frozenset(closure.id for closure, _ in closures)
        if key not in self._begun:
            self._begun[key] = self._begin(closures)
        return self._begun[key]
