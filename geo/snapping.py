"""Which road a place is on: the nearest one that leads there, how far along it, and how far away from it.

Between a fix or an incident and the road graph. A place goes to the nearest road of a part of the graph in which each
reaches each, never to an island; where several roads are equally near (at every crossing) all of them count.
"""

from functools import cached_property

import msgspec
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.coordinates import approx_distance_m
from geo.kernels import ALIKE_MOST, fill, nearest
from geo.network import Floats, Ints, Network
from geo.squares import Marks, Squares

MOST_AWAY_M = 1_000.0
"""Nobody is put on a road farther away than that; his time is told by a straight line."""
EVERY_PART = -1
_SQUARE_M = 100.0
_REFERENCE_DEG = 0.01

type Part = tuple[str, int]


class Snaps(msgspec.Struct, frozen=True):
    """Places on roads, as columns; a place has no row when no road is near, and several when roads are equally near.

    places: the index of the place, rising; segments: of the network; shares: of the segment's length from its start, 0 to 1;
    away_m: from the place to its road, straight.
    """

    places: Ints
    segments: Ints
    shares: Floats
    away_m: Floats

    def of(self, place: int) -> "Snaps":
        """The rows of one place, which becomes place 0."""
        rows = slice(*np.searchsorted(self.places, (place, place + 1)).tolist())
        none = np.zeros_like(self.places[rows])
        return Snaps(none, self.segments[rows], self.shares[rows], self.away_m[rows])

    def and_then(self, others: "Snaps", count: int) -> "Snaps":
        """These `count` places, followed by those."""
        return Snaps(
            np.concatenate((self.places, others.places + np.int32(count))),
            np.concatenate((self.segments, others.segments)),
            np.concatenate((self.shares, others.shares)),
            np.concatenate((self.away_m, others.away_m)),
        )


class Snapper:
    """Puts places onto one network's roads. May be used from several threads."""

    def __init__(self, network: Network) -> None:
        self.network = network
        west, east = float(network.lon.min()), float(network.lon.max())
        south, north = float(network.lat.min()), float(network.lat.max())
        self._lon0, self._lat0 = (west + east) / 2, (south + north) / 2
        step = _REFERENCE_DEG
        self._per_lon = approx_distance_m(self._lon0, self._lat0, self._lon0 + step, self._lat0) / step
        self._per_lat = approx_distance_m(self._lon0, self._lat0, self._lon0, self._lat0 + step) / step
        self._x, self._y = self._metric(network.shape_lon, network.shape_lat)
        self._owner = np.repeat(np.arange(network.segments, dtype=np.int32), np.diff(network.shapes))
        self._at = _along(self._x, self._y, self._owner)
        self._grid = _gridded(self._x, self._y, self._owner)
        flat = float(self._lon0), float(self._lat0), float(self._per_lon), float(self._per_lat)
        self.squares = Squares(network, self._owner, flat, MOST_AWAY_M)
        self._usable: dict[Part, NDArray[np.bool_]] = {}
        self._bare: dict[Part, Marks] = {}

    def part_of(self, lon: float, lat: float, profile: str) -> int | None:
        """The part of the profile's graph that a place belongs to: that of the nearest road of any; None: none is near."""
        snaps = self.snap([lon], [lat], profile, EVERY_PART)
        if not len(snaps.segments):
            return None
        component = self.network.travelled[profile].component
        return int(component[self.network.starts[snaps.segments]].min())

    def snap(self, lons: ArrayLike, lats: ArrayLike, profile: str, part: int) -> Snaps:
        """Put places (degrees, columns of equal length) onto the nearest roads of a part of the profile's graph."""
        x, y = self._metric(np.asarray(lons, np.float64), np.asarray(lats, np.float64))
        room = len(x) * ALIKE_MOST
        places, corners = np.empty(room, np.int32), np.empty(room, np.int32)
        shares, away = np.empty(room), np.empty(room)
        rows = nearest(
            x, y, self._owner, self._marked((profile, part)), *self._grid, MOST_AWAY_M, places, corners, shares, away,
        )  # fmt: skip
        places, corners, shares, away = places[:rows], corners[:rows], shares[:rows], away[:rows]
        segments = self._owner[corners]
        one, other = self._at[corners], self._at[corners + 1]
        return _once(Snaps(places, segments, one + (other - one) * shares, away))

    def bare(self, profile: str, part: int) -> Marks:
        """The squares in which somebody may stand whom `snap` puts on no road of this part."""
        bare = self._bare.get((profile, part))
        if bare is None:  # two threads may do it at once, and find the same
            bare = self._bare[profile, part] = self.squares.bare(self._marked((profile, part)))
        return bare

    def places(self, segments: Ints, shares: Floats) -> tuple[Floats, Floats]:
        """(lon, lat) columns of places on segments."""
        wanted = 2 * segments + shares  # a number for each place on the roads, rising along them all
        lon: Floats = np.interp(wanted, self._numbers, self.network.shape_lon)
        lat: Floats = np.interp(wanted, self._numbers, self.network.shape_lat)
        return lon, lat

    def shares(self, segment: int) -> Floats:
        """How far along a segment each of its corners stands, 0 to 1."""
        return self._at[self.network.shapes[segment] : self.network.shapes[segment + 1]]

    def inside(self, area: shapely.MultiPolygon) -> NDArray[np.bool_]:
        """Which segments touch an area (WGS-84 degrees); passages through barriers never do."""
        shapely.prepare(area)
        touched: NDArray[np.bool_] = shapely.intersects(area, self._lines) & (self.network.ways != 0)
        return touched

    @cached_property
    def _numbers(self) -> Floats:
        return 2 * self._owner + self._at

    @cached_property
    def _lines(self) -> NDArray[np.object_]:
        network = self.network
        corners = np.column_stack((network.shape_lon, network.shape_lat))
        return np.asarray(shapely.linestrings(corners, indices=self._owner))

    def _metric(self, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of the middle; true to 1 % within 50 km of it in the latitudes people live in."""
        return (lons - self._lon0) * self._per_lon, (lats - self._lat0) * self._per_lat

    def _marked(self, part: Part) -> NDArray[np.bool_]:
        """Which segments somebody of this profile may be put on, in this part of the graph."""
        usable = self._usable.get(part)
        if usable is None:  # two threads may do it at once, and find the same
            profile, number = part
            network, one = self.network, self.network.travelled[profile]
            starts, ends = one.component[network.starts], one.component[network.ends]
            in_part = (starts == ends) & ((starts >= 0) if number == EVERY_PART else (starts == number))
            goes = np.isfinite(one.along) | np.isfinite(one.against)
            usable = self._usable[part] = in_part & goes & (network.ways != 0)
        return usable


def _along(x: Floats, y: Floats, owner: Ints) -> Floats:
    """How far along its segment each corner stands, 0 to 1."""
    steps = np.append(0.0, np.hypot(np.diff(x), np.diff(y)))
    is_first = np.append(True, owner[1:] != owner[:-1])
    steps[is_first] = 0.0
    run = np.cumsum(steps)
    begin = run[is_first][owner]
    whole = np.append(run[np.flatnonzero(is_first)[1:] - 1], run[-1])[owner] - begin
    return np.where(whole > 0, (run - begin) / np.where(whole > 0, whole, 1.0), 0.0)


def _once(snaps: Snaps) -> Snaps:
    """Each segment once a place: a place beside a bend is equally near to the pieces on both sides of it."""
    order = np.lexsort((snaps.shares, snaps.segments, snaps.places))
    places, segments = snaps.places[order], snaps.segments[order]
    new = np.ones(len(order), bool)
    new[1:] = (places[1:] != places[:-1]) | (segments[1:] != segments[:-1])
    return Snaps(places[new], segments[new], snaps.shares[order][new], snaps.away_m[order][new])


def _gridded(x: Floats, y: Floats, owner: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Squares over the city: the first entry of each, the pieces of line in them, their ends, the grid's measures (`kernels.nearest`)."""
    west, south = float(x.min()), float(y.min())
    across, up = int((x.max() - west) // _SQUARE_M) + 1, int((y.max() - south) // _SQUARE_M) + 1
    grid = np.array([west, south, _SQUARE_M, across, up])
    counts = np.zeros(across * up, np.int32)
    fill(x, y, owner, grid, counts, np.empty(0, np.int32), True)
    first = np.zeros(across * up + 1, np.int32)
    np.cumsum(counts, out=first[1:])
    pieces = np.empty(int(first[-1]), np.int32)
    fill(x, y, owner, grid, first[:-1].copy(), pieces, False)
    lines = np.column_stack((x[pieces], y[pieces], x[pieces + 1], y[pieces + 1]))
    return first, pieces, lines, grid
