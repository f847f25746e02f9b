"""The shape of a jurisdiction: read from GeoJSON or WKB, checked once, and written back.

Whatever an administrator imports becomes a valid MultiPolygon in WGS-84 degrees or is refused with a sentence that says where
it is wrong, so that no alarm ever meets a broken border. Edges are straight lines in longitude and latitude, as in
RFC 7946, section 3.1.1.
"""

import math
from collections.abc import Mapping
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError

from geo.coordinates import check_position
from geo.errors import BadArea, BadPosition

# How much of its area a shape may change by being repaired. Above it the drawing crosses itself in earnest, and which
# side was meant is for its author to say.
_REPAIRED_SHARE = 1e-6

type _Position = tuple[float, float]


def polygon_from_geojson(value: object) -> MultiPolygon:
    """A checked MultiPolygon of a GeoJSON Polygon, MultiPolygon or Feature of one, as decoded from JSON; else BadArea."""
    if isinstance(value, Mapping) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, Mapping):
        raise BadArea(f"a GeoJSON Polygon or MultiPolygon is expected, not {type(value).__name__}")
    kind, coordinates = value.get("type"), value.get("coordinates")
    if kind == "Polygon":
        return checked_polygon(_polygon(coordinates))
    if kind == "MultiPolygon":
        return checked_polygon(MultiPolygon([_polygon(part) for part in listed(coordinates, "parts")]))
    raise BadArea(f"a GeoJSON Polygon or MultiPolygon is expected, not {kind!r}")


def polygon_to_geojson(geometry: MultiPolygon | Polygon) -> dict[str, Any]:
    """The GeoJSON geometry, outer rings counter-clockwise and holes clockwise (RFC 7946, section 3.1.6)."""
    geojson: dict[str, Any] = shapely.geometry.mapping(shapely.orient_polygons(geometry))
    return geojson


def polygon_from_wkb(data: bytes) -> MultiPolygon:
    """A checked MultiPolygon of (extended) well-known binary, read as WGS-84 longitude and latitude; else BadArea."""
    try:
        geometry = shapely.from_wkb(data)
    except ShapelyError as error:
        raise BadArea(f"the area is not well-known binary: {error}") from error
    return checked_polygon(geometry)


def polygon_to_wkb(geometry: MultiPolygon | Polygon) -> bytes:
    """Two-dimensional well-known binary, little-endian, without a reference system id."""
    wkb: bytes = shapely.to_wkb(geometry, output_dimension=2, byte_order=1)
    return wkb


def checked_polygon(geometry: object) -> MultiPolygon:
    """The same area as a valid two-dimensional MultiPolygon; BadArea when it is none, covers nothing or is ambiguous.

    Repeated points, spikes and rings that touch themselves are repaired; parts that touch or overlap are joined. A ring
    that crosses itself, a NaN, a position off the globe and an area across the antimeridian are refused.
    """
    if not isinstance(geometry, Polygon | MultiPolygon):
        kind = getattr(geometry, "geom_type", type(geometry).__name__)
        raise BadArea(f"an area is a Polygon or MultiPolygon, not a {kind}")
    parts = [_checked_part(part) for part in shapely.get_parts(geometry) if not part.is_empty]
    if not parts:
        raise BadArea("the area is empty: it has no ring with at least three different points")
    whole = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return MultiPolygon(list(shapely.get_parts(whole)))


def _checked_part(part: Polygon) -> Polygon | MultiPolygon:
    part = shapely.force_2d(part)
    for lon, lat in shapely.get_coordinates(part).tolist():
        _check(lon, lat)
    west, _, east, _ = part.bounds
    if east - west > 180.0:
        raise BadArea(
            f"the area reaches from longitude {west} to {east}, more than half the globe; "
            "draw an area across the antimeridian as two polygons, one on each side of it"
        )
    if part.is_valid and part.area > 0.0:
        return part
    return _repaired(part)


def _repaired(part: Polygon) -> Polygon | MultiPolygon:
    """Two repairs that read a crossing differently (even-odd, and outer ring less holes) must agree with what is drawn."""
    drawn = part.area
    repaired = shapely.make_valid(part, method="structure", keep_collapsed=False)
    even_odd = shapely.make_valid(part, method="linework")
    if drawn == 0.0 and even_odd.area == 0.0:
        raise BadArea("the area covers nothing: its points lie on one line")
    if not all(math.isclose(drawn, area, rel_tol=_REPAIRED_SHARE) for area in (repaired.area, even_odd.area)):
        reason = shapely.is_valid_reason(part)
        raise BadArea(f"the area's outline can be read in more than one way: {reason} (longitude latitude)")
    return repaired


def _polygon(coordinates: object) -> Polygon:
    rings = [_ring(ring) for ring in listed(coordinates, "rings")]
    return Polygon(rings[0], rings[1:]) if rings else Polygon()


def _ring(value: object) -> list[_Position]:
    positions = [position(one) for one in listed(value, "positions")]
    if len(set(positions)) < 3:
        raise BadArea(f"a ring of the area has {len(set(positions))} different points; three are needed")
    return positions


def position(value: object) -> tuple[float, float]:
    """The lon, lat of a GeoJSON position, height left out; BadArea when it is none or lies off the globe."""
    match value:
        case [(int() | float()) as lon, (int() | float()) as lat, *_]:
            _check(lon, lat)
            return float(lon), float(lat)
    raise BadArea(f"a position of the area is not [longitude, latitude]: {value!r:.60}")


def _check(lon: float, lat: float) -> None:
    try:
        check_position(lon, lat)
    except BadPosition as error:
        raise BadArea(f"the area has a point that is no position: {error}", lon=lon, lat=lat) from error


def listed(value: object, what: str) -> list[object]:
    """A list out of decoded JSON; BadArea saying of what when it is none."""
    if not isinstance(value, list | tuple):
        raise BadArea(f"the area's coordinates must be a list of {what}, not {type(value).__name__}")
    return list(value)
