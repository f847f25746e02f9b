"""The ground of a planned event: polygons, or a route with a strip along it. Read from GeoJSON, checked once.

Asked of every incident with a place while the event runs.
"""

import math
from functools import lru_cache
from typing import Any

import msgspec
import shapely
from shapely import MultiPoint, MultiPolygon
from shapely.geometry import Point

from geo.coordinates import distance_m
from geo.errors import BadArea
from geo.extents import extent_from_geojson, extent_to_geojson

ALONG_M = 150.0
"""This far on both sides of a route counts as inside."""
METRES_A_DEGREE = 111_000.0


def checked(value: object) -> dict[str, Any]:
    """The area as it is kept. Raises BadArea: polygons or a route, no points."""
    extent = extent_from_geojson(value)
    if isinstance(extent, MultiPoint):
        raise BadArea("an event has an area or a route; draw a polygon or a line, not points")
    return extent_to_geojson(extent)


def holds(area: dict[str, Any], lon: float, lat: float) -> bool:
    """Whether a place lies inside, its border included, or along the route."""
    extent = _extent(msgspec.json.encode(area))
    place = Point(lon, lat)
    if isinstance(extent, MultiPolygon):
        return bool(extent.covers(place))
    nearest = shapely.shortest_line(extent, place)
    (from_lon, from_lat), _ = nearest.coords
    return distance_m(from_lon, from_lat, lon, lat) <= ALONG_M


def bounds(area: dict[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east and north of all that may lie inside."""
    west, south, east, north = (float(edge) for edge in _extent(msgspec.json.encode(area)).bounds)
    up = 2 * ALONG_M / METRES_A_DEGREE
    aside = up / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.01)
    return west - aside, south - up, east + aside, north + up


@lru_cache(maxsize=64)
def _extent(text: bytes) -> Any:
    extent = extent_from_geojson(msgspec.json.decode(text))
    shapely.prepare(extent)
    return extent
