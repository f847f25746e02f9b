"""Where a closure lies: an area, lines along roads, or single points on them, as people draw it on the map.

Read from GeoJSON and checked once; lines and points are put onto the roads that run under them, a few metres away at most.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiLineString, MultiPoint, MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo.coordinates import approx_distances_m
from geo.errors import BadArea
from geo.polygons import listed, polygon_from_geojson, position
from geo.snapping import EVERY_PART, Snapper

type Extent = MultiPolygon | MultiLineString | MultiPoint

SNAP_M = 12.0
"""A line or a point drawn by hand is that far from the middle of its road at most."""
MOST_LINE_M = 50_000.0
MOST_POINTS = 200
_STEP_DEG = 2e-5  # some two metres
_LEAST_RUN_M = 10.0
_ALIKE_M = 0.05


def extent_from_geojson(value: object) -> Extent:
    """A checked extent of a GeoJSON (Multi)Polygon, (Multi)LineString, (Multi)Point or Feature of one. Raises BadArea."""
    if isinstance(value, Mapping) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, Mapping):
        raise BadArea(f"a GeoJSON geometry is expected, not {type(value).__name__}")
    kind, coordinates = value.get("type"), value.get("coordinates")
    match kind:
        case "Polygon" | "MultiPolygon":
            return polygon_from_geojson(value)
        case "LineString":
            return _lines([coordinates])
        case "MultiLineString":
            return _lines(listed(coordinates, "lines"))
        case "Point":
            return _points([coordinates])
        case "MultiPoint":
            return _points(listed(coordinates, "positions"))
    raise BadArea(f"a GeoJSON polygon, line or point is expected, not {kind!r:.40}")


def extent_to_geojson(extent: Extent) -> dict[str, Any]:
    """The GeoJSON geometry, polygons as RFC 7946 wants them turned."""
    turned: BaseGeometry = shapely.orient_polygons(extent)
    geojson: dict[str, Any] = shapely.geometry.mapping(turned)
    return geojson


def segments_of(snapper: Snapper, extent: Extent) -> NDArray[np.bool_]:
    """Which segments it covers: all that touch an area, those a line runs along, the nearest to a point (all, at a crossing)."""
    if isinstance(extent, MultiPolygon):
        return snapper.inside(extent)
    if isinstance(extent, MultiPoint):
        return _beneath(snapper, shapely.get_coordinates(extent), 0.0)
    covered = np.zeros(snapper.network.segments, np.bool_)
    for line in extent.geoms:
        covered |= _beneath(
            snapper, shapely.get_coordinates(shapely.segmentize(line, _STEP_DEG)), _LEAST_RUN_M
        )
    return covered


def _beneath(snapper: Snapper, places: NDArray[np.float64], least_run_m: float) -> NDArray[np.bool_]:
    """The segments on which these places lie for so many metres, or for half of a short one."""
    network = snapper.network
    found = [snapper.snap(places[:, 0], places[:, 1], profile, EVERY_PART) for profile in network.travelled]
    place = np.concatenate([one.places for one in found])
    segment = np.concatenate([one.segments for one in found])
    share = np.concatenate([one.shares for one in found])
    away_m = np.concatenate([one.away_m for one in found])
    nearest_m = np.full(len(places), np.inf)
    np.minimum.at(nearest_m, place, away_m)  # some roads are only for some
    kept = (away_m <= nearest_m[place] + _ALIKE_M) & (away_m <= SNAP_M)
    run_m = np.full(network.segments, -1.0)
    run_m[segment[kept]] = 0.0
    # What lies between two places that follow one another. Where a line passes a side street it stays at one place of it.
    order = np.lexsort((place[kept], segment[kept]))
    place, segment, share = place[kept][order], segment[kept][order], share[kept][order]
    follows = (np.diff(segment) == 0) & (np.diff(place) <= 1)
    np.add.at(run_m, segment[1:][follows], (np.abs(np.diff(share)) * network.metres[segment[1:]])[follows])
    return np.asarray(run_m >= np.minimum(least_run_m, 0.5 * network.metres * (least_run_m > 0)))


def _lines(values: list[object]) -> MultiLineString:
    lines = [[position(one) for one in listed(value, "positions")] for value in values]
    for line in lines:
        if len(set(line)) < 2:
            raise BadArea("a line needs at least two different positions")
    metres = sum(float(approx_distances_m(*ends).sum()) for ends in map(_steps, lines))
    if not lines or metres > MOST_LINE_M:
        raise BadArea(f"lines are {MOST_LINE_M / 1000:.0f} km long at most, these {metres / 1000:.0f} km")
    return MultiLineString(lines)


def _steps(line: list[tuple[float, float]]) -> tuple[NDArray[np.float64], ...]:
    lon, lat = np.array(line).T
    return lon[:-1], lat[:-1], lon[1:], lat[1:]


def _points(values: list[object]) -> MultiPoint:
    if not 0 < len(values) <= MOST_POINTS:
        raise BadArea(f"give 1 to {MOST_POINTS} points, not {len(values)}")
    return MultiPoint([position(value) for value in values])
