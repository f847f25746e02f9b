"""How far a position lies from the borders of areas, in metres.

For an alarm that lies in no jurisdiction, or so near a border that the room beyond it should know. Borders are straight in
longitude and latitude, so neither degrees nor one projection measure them fairly: every piece of border is bounded in
space, what cannot be nearest is put aside, and along the few that remain the nearest point is narrowed down.
"""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo.coordinates import (
    GREATEST_CURVATURE_RADIUS_M,
    SEMI_MAJOR_M,
    Floats,
    distances_m,
    longest_geodesic_m,
    xyz_m,
    xyzs_m,
)

# Pieces are short enough for the distance along one to fall and then rise, and long enough to leave city borders uncut.
_PIECE_DEG = 0.25
_NARROW_TO_M = 1e-4
_SAMPLES = np.linspace(0.0, 1.0, 17)
# Room for rounding, and for borders so nearly as near that the caller may call it a tie.
_SLACK_M = 2e-3
# Above so many remaining pieces (a position far outside everything) one geodesic for each puts more aside.
_MANY = 500


class Borders:
    """The borders of a fixed list of areas, rings of holes included. `distances_m` is exact to 1 mm up to 100 km.

    Beyond that it is exact to 1e-5 of the distance, on the whole globe and across the antimeridian.
    """

    def __init__(self, areas: Sequence[MultiPolygon]) -> None:
        pieces = [_pieces(area) for area in areas]
        lengths = [len(ends) for ends in pieces]
        ends = np.concatenate(pieces)
        self._start, self._end = ends[:, 0], ends[:, 1]
        self._area_of = np.repeat(np.arange(len(areas)), lengths)
        self._first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        middle = (self._start + self._end) / 2
        self._middle = middle
        self._middle_xyz = xyzs_m(middle[:, 0], middle[:, 1])
        self._half_m = _half_lengths_m(self._start, self._end)

    def nearest_m(self, lon: float, lat: float) -> dict[int, float]:
        """Metres to the border of the nearest area by its place in the list, and of every area that might be as near."""
        return self._found(lon, lat, nearest_only=True)

    def within_m(self, lon: float, lat: float, radius_m: float) -> dict[int, float]:
        """Metres to the border of every area that has a border within the radius, by its place in the list."""
        found = self._found(lon, lat, radius_m=radius_m)
        return {area: metres for area, metres in found.items() if metres <= radius_m}

    def _found(
        self, lon: float, lat: float, *, radius_m: float = math.inf, nearest_only: bool = False
    ) -> dict[int, float]:
        """Exact metres by area, for all whose border might lie within the radius or be the nearest."""
        difference = self._middle_xyz - np.array(xyz_m(lon, lat))
        chords_m = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        # No point of a piece is nearer than the chord to its middle less half its length; no area is farther away than
        # the geodesic to its nearest middle.
        nearest_chords_m = np.minimum.reduceat(chords_m, self._first)
        reach_m = np.array([longest_geodesic_m(chord_m) for chord_m in nearest_chords_m.tolist()])
        limit_m = min(radius_m, float(np.min(reach_m))) if nearest_only else radius_m
        reach_m = np.minimum(reach_m, limit_m) + _SLACK_M
        rows = np.flatnonzero(chords_m - self._half_m <= reach_m[self._area_of])
        if len(rows) > _MANY:
            rows = self._fewer(lon, lat, rows, reach_m)
        best: dict[int, float] = {}
        metres = self._narrowed_m(lon, lat, rows).tolist()
        for area, area_m in zip(self._area_of[rows].tolist(), metres, strict=True):
            best[area] = min(area_m, best.get(area, math.inf))
        return best

    def _fewer(self, lon: float, lat: float, rows: NDArray[np.intp], reach_m: Floats) -> NDArray[np.intp]:
        """The same bounds with geodesics to the middles, where chords say too little."""
        middle_m = distances_m(lon, lat, self._middle[rows, 0], self._middle[rows, 1])
        nearest_m = reach_m.copy()
        np.minimum.at(nearest_m, self._area_of[rows], middle_m + _SLACK_M)
        return rows[middle_m - self._half_m[rows] <= nearest_m[self._area_of[rows]]]

    def _narrowed_m(self, lon: float, lat: float, rows: NDArray[np.intp]) -> Floats:
        """For each of these pieces the geodesic distance of its nearest point."""
        here = np.array(xyz_m(lon, lat))
        start, along = self._start[rows], self._end[rows] - self._start[rows]
        low, width = np.zeros(len(rows)), 1.0
        longest_m = 2 * float(np.max(self._half_m[rows], initial=0.0))
        nearest = low
        while True:
            shares = np.minimum(low[:, None] + width * _SAMPLES, 1.0)
            points = start[:, None, :] + shares[:, :, None] * along[:, None, :]
            chords = np.linalg.norm(xyzs_m(points[..., 0], points[..., 1]) - here, axis=-1)
            nearest = np.take_along_axis(shares, np.argmin(chords, axis=1)[:, None], axis=1)[:, 0]
            step = width * float(_SAMPLES[1])
            if step * longest_m < _NARROW_TO_M:
                break
            low, width = np.maximum(nearest - step, 0.0), 2 * step
        closest = start + nearest[:, None] * along
        return distances_m(lon, lat, closest[:, 0], closest[:, 1])


def _pieces(area: MultiPolygon) -> Floats:
    """The border of an area as pieces of at most a quarter of a degree: shape (n, 2 ends, lon and lat)."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(area))]
    start = np.concatenate([corners[:-1] for corners in rings])
    end = np.concatenate([corners[1:] for corners in rings])
    count = np.maximum(1, np.ceil(np.max(np.abs(end - start), axis=1) / _PIECE_DEG)).astype(np.intp)
    edge = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    along = (end - start)[edge] / count[edge, None]
    stops = start[edge] + (nth + 1)[:, None] * along
    # The last stop is the corner itself, not one rounding beside it: who shares the corner shares the distance.
    stops = np.where((nth + 1 == count[edge])[:, None], end[edge], stops)
    return np.stack((start[edge] + nth[:, None] * along, stops), axis=1)


def _half_lengths_m(start: Floats, end: Floats) -> Floats:
    """At least half the length of each piece: with the greatest radius north and the widest parallel it touches east."""
    lon_rad, lat_rad = np.radians(np.abs(end - start)).T
    crosses_equator = start[:, 1] * end[:, 1] <= 0.0
    nearest_to_equator = np.radians(np.minimum(np.abs(start[:, 1]), np.abs(end[:, 1])))
    # A parallel's radius on the ellipsoid is at most the greatest radius of curvature times the cosine of its latitude.
    parallel_m = np.where(
        crosses_equator, SEMI_MAJOR_M, GREATEST_CURVATURE_RADIUS_M * np.cos(nearest_to_equator)
    )
    half_m: Floats = 0.5 * np.hypot(lat_rad * GREATEST_CURVATURE_RADIUS_M, lon_rad * parallel_m)
    return half_m
