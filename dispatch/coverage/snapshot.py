"""One look at how the free units stand to where calls are expected: who is missed most where, and what the next call waits.

Of each cell only the nearest units are looked at (`cover.DEPTH`): a tree of places finds them among twenty thousand in no time, so
that everything can be said of everybody at once. Ranking and move-up ask here; pure, for a thread to do.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dispatch.cover import BUSY, DEPTH, Cover
from dispatch.coverage.between import Between
from dispatch.demand.model import Expected
from dispatch.plain_times import DETOUR, SPEED_MPS, speed_of
from geo.coordinates import approx_distances_m
from units.answers import Around

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]

LOOKED_AT = 2
"""So many times as many as are wanted are looked at by straight line, where ways by road may turn them round."""
M_PER_DEG = 111_320.0


class Missed(NamedTuple):
    """What is lost when one unit goes. city_s: how much longer the next call waits, wherever it comes, in the mean.

    room_id: whose ground becomes bare by it; there_s: how much longer the next call waits there.
    """

    city_s: float
    room_id: UUID | None
    there_s: float


NOT_MISSED = Missed(0.0, None, 0.0)


class CoverSnapshot:
    """How it stood at one moment.

    Args:
        units: who is free, stands where he is believed to and goes by road.
        expected: where calls are expected in this hour; owners: the room of each of its cells.
        between: ways by road between those cells; None: straight lines.
    """

    def __init__(
        self,
        units: Around,
        expected: Expected,
        owners: Sequence[UUID | None],
        between: Between | None,
        as_of_ms: int,
        version: str = "",
    ) -> None:
        self.units, self.expected, self.owners = units, expected, owners
        self.as_of_ms, self.version = as_of_ms, version
        self._between = between
        self._middle = KDTree(self._flat(expected.lon, expected.lat))
        self._speeds = np.array([speed_of(kind) for kind in units.kinds] or [1.0])
        nearest, who = self._nearest()
        self.cover = Cover(nearest, expected.share, BUSY)
        self._tell(self.cover.missed_each_s(), who)

    @cached_property
    def expected_s(self) -> float:
        """How long the next call waits for its first unit, in the mean."""
        return self.cover.expected_s()

    def seconds(self, rows: Rows) -> Floats:
        """From some of the units (rows of `units`) to all cells."""
        units = self.units
        return self.seconds_from(units.lon[rows], units.lat[rows], self._speeds[units.kind[rows]])

    def seconds_from(self, lon: Floats, lat: Floats, mps: Floats | float = SPEED_MPS["car"]) -> Floats:
        """From any places to all cells (rows x columns), at a plain speed."""
        expected = self.expected
        metres = approx_distances_m(lon[:, None], lat[:, None], expected.lon, expected.lat)
        straight_s = metres * DETOUR / np.reshape(mps, (-1, 1))
        if self._between is None:
            return np.asarray(straight_s)
        return np.asarray(straight_s * self._between.times[self._cell_of(lon, lat)])

    def seconds_to(self, rows: Rows, lon: Floats, lat: Floats) -> Floats:
        """From some of the units to any places (rows x places)."""
        units = self.units
        here_lon, here_lat = units.lon[rows], units.lat[rows]
        metres = approx_distances_m(here_lon[:, None], here_lat[:, None], lon, lat)
        straight_s = metres * DETOUR / np.reshape(self._speeds[units.kind[rows]], (-1, 1))
        if self._between is None:
            return np.asarray(straight_s)
        cells = np.ix_(self._cell_of(here_lon, here_lat), self._cell_of(lon, lat))
        return np.asarray(straight_s * self._between.times[cells])

    def missed(self, handle: int) -> Missed:
        """What is lost when this unit goes; nothing for one that was not free then."""
        row = int(np.searchsorted(self.units.handles, np.uint32(handle)))
        if row >= len(self.units.handles) or self.units.handles[row] != handle:
            return NOT_MISSED
        room = int(self._room[row])
        owner = self._rooms[room] if room >= 0 else None
        return Missed(float(self._city_s[row]), owner, float(self._there_s[row]))

    def _flat(self, lon: Floats, lat: Floats) -> Floats:
        """Metres on a plane, good for telling who is nearer."""
        north = float(self.expected.lat.mean())
        return np.column_stack((lon * M_PER_DEG * np.cos(np.radians(north)), lat * M_PER_DEG))

    def _cell_of(self, lon: Floats, lat: Floats) -> Rows:
        return np.asarray(self._middle.query(self._flat(lon, lat))[1])

    def _nearest(self) -> tuple[Floats, Rows]:
        """Of each cell (column) the seconds of its nearest units and their rows, nearest first."""
        units, count = self.units, len(self.expected.cells)
        found_s, found = [np.zeros((0, count))], [np.zeros((0, count), np.intp)]
        for kind in np.unique(units.kind).tolist():
            rows = np.flatnonzero(units.kind == kind)
            seconds, some = self._nearest_of(rows, float(self._speeds[kind]))
            found_s.append(seconds)
            found.append(rows[some])
        seconds, who = np.vstack(found_s), np.vstack(found)
        order = np.argsort(seconds, axis=0, kind="stable")[:DEPTH]
        return np.take_along_axis(seconds, order, axis=0), np.take_along_axis(who, order, axis=0)

    def _nearest_of(self, rows: Rows, mps: float) -> tuple[Floats, Rows]:
        """The same among units of one speed, the rows counted among these."""
        lon, lat = self.units.lon[rows], self.units.lat[rows]
        many = DEPTH if self._between is None else LOOKED_AT * DEPTH
        look = np.arange(1, min(many, len(rows)) + 1)
        tree = KDTree(self._flat(lon, lat))
        _, some = tree.query(self._flat(self.expected.lon, self.expected.lat), k=look)
        some = some.T
        metres = approx_distances_m(lon[some], lat[some], self.expected.lon, self.expected.lat)
        seconds = metres * DETOUR / mps
        if self._between is not None:
            cells = self._cell_of(lon, lat)
            seconds = seconds * self._between.times[cells[some], np.arange(len(self.expected.cells))]
        return seconds, some

    def _tell(self, each_s: Floats, who: Rows) -> None:
        """For every unit: what is lost in the whole city, where most of it, and how much longer a call waits there."""
        count, share = len(self.units.handles), self.expected.share
        lost = (each_s * share).ravel()
        self._city_s = np.bincount(who.ravel(), weights=lost, minlength=count)
        self._rooms = list(dict.fromkeys(owner for owner in self.owners if owner is not None))
        number = {room: n for n, room in enumerate(self._rooms)}
        room_of = np.array([number[owner] if owner is not None else -1 for owner in self.owners], np.intp)
        self._room, self._there_s = np.full(count, -1, np.intp), np.zeros(count)
        known = np.broadcast_to(room_of >= 0, who.shape).ravel()
        if not known.any():
            return
        keys = who.ravel() * len(self._rooms) + np.broadcast_to(room_of, who.shape).ravel()
        pairs, where = np.unique(keys[known], return_inverse=True)
        by_pair = np.bincount(where, weights=lost[known])
        own, room = np.divmod(pairs, len(self._rooms))
        best = np.lexsort((-room, by_pair, own))
        last = np.flatnonzero(np.append(own[best][1:] != own[best][:-1], True))
        rows = best[last]
        whole = np.bincount(room_of[room_of >= 0], weights=share[room_of >= 0], minlength=len(self._rooms))
        self._room[own[rows]] = room[rows]
        self._there_s[own[rows]] = by_pair[rows] / np.maximum(whole[room[rows]], 1e-12)
