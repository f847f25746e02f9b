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

type Extent = MultiPolygon | MultiLineString | MultiPoint

MOST_LINE_M = 50_000.0
MOST_POINTS = 200


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
