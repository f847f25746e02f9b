"""A drawn outline made usable: what is plainly meant is mended and said, what could be meant in two ways is refused.

Between an imported file of jurisdictions and the polygons that own alarms: closes rings, drops repeated points and heights,
turns rings the right way, brings any datum to WGS-84. Nothing is changed without an entry that says so.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon

from geo.coordinates import Floats
from geo.datums import Datum, to_wgs84_columns
from geo.errors import BadArea
from geo.polygons import checked_polygon, listed, position

_GEOD = Geod(ellps="WGS84")
# GCJ-02 and BD-09 bend straight lines; the shortest wave is BD-09's, 0.12 degrees long and 38 m high. Between points so near
# to each other a moved edge lies within 2 cm of the truth.
_STEP_DEG = 0.001

type _Ring = list[tuple[float, float]]


class Mend(msgspec.Struct, frozen=True):
    """One thing that was put right. code: stable; said: a sentence with figures."""

    code: str
    said: str


class Mended(msgspec.Struct, frozen=True):
    """A usable area in WGS-84 degrees, and everything that had to be done to what was drawn."""

    geometry: MultiPolygon
    mends: tuple[Mend, ...]


class _Tally:
    """How often each thing was put right, over all rings of one area."""

    def __init__(self) -> None:
        self.closed = self.repeated = self.heights = self.turned = self.empty = 0

    def mends(self) -> Iterator[Mend]:
        said = {
            "closed": (self.closed, "{} whose last point was not its first closed"),
            "repeated_points": (self.repeated, "{} repeated in a row left out"),
            "heights": (self.heights, "the heights of {} left out"),
            "winding": (self.turned, "{} turned: outer rings run counter-clockwise, holes clockwise"),
            "empty_ring": (self.empty, "{} that enclose nothing left out"),
        }
        nouns = {"repeated_points": "point", "heights": "point"}
        for code, (count, sentence) in said.items():
            if count:
                noun = nouns.get(code, "ring")
                yield Mend(code, sentence.format(f"{count} {noun}{'' if count == 1 else 's'}"))


def mended(geometry: object, datum: Datum = Datum.WGS84) -> Mended:
    """The area of a decoded GeoJSON Polygon or MultiPolygon drawn in `datum`.

    Raises BadArea when it is none, has a position off the globe, crosses the antimeridian, covers nothing, or crosses itself
    so that its inside can be read in more than one way.
    """
    tally = _Tally()
    drawn = [part for rings in _parts(geometry) if (part := _part(rings, datum, tally)) is not None]
    if not drawn:
        raise BadArea("the area is empty: it has no ring with at least three different points")
    whole = checked_polygon(MultiPolygon(drawn))
    return Mended(whole, (*tally.mends(), *_moved(datum), *_repairs(drawn, whole)))


def square_metres(geometry: Polygon | MultiPolygon) -> float:
    """What an area covers, on the ellipsoid."""
    return abs(float(_GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0]))


def _parts(geometry: object) -> list[object]:
    if not isinstance(geometry, Mapping):
        raise BadArea(f"a GeoJSON Polygon or MultiPolygon is expected, not {type(geometry).__name__}")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        return [coordinates]
    if kind == "MultiPolygon":
        return listed(coordinates, "parts")
    raise BadArea(f"a GeoJSON Polygon or MultiPolygon is expected, not {kind!r}")


def _part(value: object, datum: Datum, tally: _Tally) -> Polygon | None:
    """One outer ring with its holes; None when its outer ring encloses nothing and so can be left out."""
    shells = []
    for n, raw in enumerate(listed(value, "rings")):
        ring = _ring(raw, tally)
        if len(set(ring)) < 3:
            tally.empty += 1
            if n == 0:
                return None
            continue
        ring_is_ccw = _signed_area(ring) > 0.0
        if ring_is_ccw != (n == 0) and _signed_area(ring) != 0.0:
            ring.reverse()
            tally.turned += 1
        shells.append(_in_wgs84(ring, datum))
    return Polygon(shells[0], shells[1:]) if shells else None


def _ring(value: object, tally: _Tally) -> _Ring:
    raw = listed(value, "positions")
    tally.heights += sum(isinstance(one, list | tuple) and len(one) > 2 for one in raw)
    points = [_position(one) for one in raw]
    ring = [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]
    tally.repeated += len(points) - len(ring)
    if len(ring) > 1 and ring[0] != ring[-1]:
        ring.append(ring[0])
        tally.closed += 1
    return ring


def _position(value: object) -> tuple[float, float]:
    try:
        return position(value)
    except BadArea as error:
        match value:
            case [(int() | float()) as first, (int() | float()) as second, *_] if (
                abs(first) <= 90 < abs(second) <= 180
            ):
                raise BadArea(
                    f"{error}; longitude stands before latitude, this file seems to have them the other way round"
                ) from error
        raise


def _signed_area(ring: _Ring) -> float:
    """Twice the area in square degrees, positive when counter-clockwise; from its first point, for the digits' sake."""
    points = np.array(ring) - ring[0]
    x, y = points[:, 0], points[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def _in_wgs84(ring: _Ring, datum: Datum) -> list[Any]:
    if datum is Datum.WGS84:
        return ring
    points = _stepped(np.array(ring)) if datum in (Datum.GCJ02, Datum.BD09) else np.array(ring)
    lon, lat = to_wgs84_columns(points[:, 0], points[:, 1], datum)
    lon[-1], lat[-1] = lon[0], lat[0]
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def _stepped(points: Floats) -> Floats:
    """The ring with points between those far apart, the same ones whichever way an edge is walked: neighbours share edges."""
    pieces = []
    for start, end in itertools.pairwise(points):
        low, high = sorted((tuple(start), tuple(end)))
        count = max(1, math.ceil(max(abs(high[0] - low[0]), abs(high[1] - low[1])) / _STEP_DEG))
        shares = (np.arange(count + 1) / count)[:, None]
        between = np.array(low) * (1 - shares) + np.array(high) * shares
        pieces.append((between if tuple(start) == low else between[::-1])[:-1])
    return np.concatenate([*pieces, points[-1:]])


def _moved(datum: Datum) -> Iterator[Mend]:
    if datum is not Datum.WGS84:
        yield Mend("datum", f"brought from {datum} to WGS-84")


def _repairs(drawn: list[Polygon], whole: MultiPolygon) -> Iterator[Mend]:
    """What `checked_polygon` did: rings that touch themselves taken apart, overlapping parts joined."""
    touching = [reason for part in drawn if not part.is_valid for reason in [shapely.is_valid_reason(part)]]
    if touching:
        share = abs(whole.area - sum(part.area for part in drawn)) / whole.area * square_metres(whole)
        yield Mend(
            "self_touching",
            f"an outline that touches itself redrawn ({touching[0]}), {share:.1f} m² different",
        )
    joined = len(drawn) - len(whole.geoms)
    if joined > 0 and not touching:
        yield Mend("parts_joined", f"{joined + 1} parts that touch or overlap joined")
