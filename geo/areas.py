"""Which room answers for a place: jurisdictions as polygons, in layers by trade.

Asked once for every alarm with a place. There is always exactly one owner, and asking twice, on another replica or after
the areas were loaded in another order, gives the same one:

- inside one polygon: its room. Inside several that overlap: the smallest (an enclave drawn over a district means the
  enclave), then the lowest room id;
- on a border and inside none: of the rooms that share it the one with the lowest id;
- in a hole, a gap or outside all: the room with the nearest border, by geodesic metres; within a millimetre the lowest id.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal
from uuid import UUID

import msgspec
import shapely
from pyproj import Geod
from shapely import MultiPolygon, STRtree

from geo.borders import Borders
from geo.cells import boundary, cell_at
from geo.coordinates import check_position
from geo.errors import NoArea
from geo.polygons import checked_polygon, polygon_from_geojson, polygon_from_wkb

type How = Literal["inside", "border", "nearest"]

_TIE_M = 1e-3
_CELL_RES = 9
_CELLS_KEPT = 50_000
# More than an edge of such a cell, a great circle, bows away from the straight line; some 10 cm.
_CELL_SLACK_DEG = 1e-6
_GEOD = Geod(ellps="WGS84")


class Layer(StrEnum):
    """The trade a jurisdiction belongs to: 派出所, 交警, 地铁, 水上."""

    POLICE = "police"
    TRAFFIC = "traffic"
    METRO = "metro"
    WATER = "water"


class Area(msgspec.Struct, frozen=True):
    """One jurisdiction polygon of a room in a layer; a room may have several, they are joined."""

    room_id: UUID
    layer: Layer
    geometry: MultiPolygon

    @classmethod
    def from_geojson(cls, room_id: UUID, layer: Layer, value: object) -> "Area":
        """From a GeoJSON Polygon, MultiPolygon or Feature of one, decoded from JSON; BadArea when it is unusable."""
        return cls(room_id, layer, polygon_from_geojson(value))

    @classmethod
    def from_wkb(cls, room_id: UUID, layer: Layer, data: bytes) -> "Area":
        """From well-known binary of a polygon or multipolygon; BadArea when it is unusable."""
        return cls(room_id, layer, polygon_from_wkb(data))


class Ownership(msgspec.Struct, frozen=True):
    """The room that answers for a place, and how that was decided; `distance_m` is 0 unless `how` is nearest."""

    room_id: UUID
    how: How
    distance_m: float


class NearbyRoom(msgspec.Struct, frozen=True):
    """A room whose area lies so many metres from the place; 0 on its border and inside."""

    room_id: UUID
    distance_m: float


class Areas:
    """An immutable index of jurisdictions; build a new one when they change."""

    def __init__(self, areas: Iterable[Area]) -> None:
        by_layer: dict[Layer, dict[UUID, list[MultiPolygon]]] = {}
        for area in areas:
            geometry = checked_polygon(area.geometry)
            by_layer.setdefault(area.layer, {}).setdefault(area.room_id, []).append(geometry)
        self._layers = {layer: _LayerIndex(rooms) for layer, rooms in by_layer.items()}

    @property
    def layers(self) -> frozenset[Layer]:
        """The layers that have at least one polygon."""
        return frozenset(self._layers)

    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all areas together; None when there is none."""
        boxes = [area.bounds for layer in self.layers for area in self.rooms(layer).values()]
        if not boxes:
            return None
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)

    def rooms(self, layer: Layer) -> Mapping[UUID, MultiPolygon]:
        """The whole area of each room of a layer, by room id; empty when the layer has none."""
        return self._layers[layer].areas if layer in self._layers else MappingProxyType({})

    def owner(self, lon: float, lat: float, layer: Layer) -> Ownership:
        """The one room that answers for this place in this trade (rules above).

        Raises BadPosition, and NoArea when nothing is loaded for the layer.
        """
        check_position(lon, lat)
        return self._index(layer).owner(lon, lat)

    def rooms_within(self, lon: float, lat: float, radius_m: float, layer: Layer) -> tuple[NearbyRoom, ...]:
        """All rooms of the layer whose area lies within `radius_m` of the place, nearest first, then by id.

        The owner is among them unless it is farther away than that. Raises BadPosition and NoArea.
        """
        check_position(lon, lat)
        return self._index(layer).within(lon, lat, radius_m)

    def _index(self, layer: Layer) -> "_LayerIndex":
        try:
            return self._layers[layer]
        except KeyError:
            raise NoArea(
                f"no jurisdiction is loaded for {layer}; import at least one polygon", layer=layer
            ) from None


class _LayerIndex:
    """One layer: rooms in the order of their ids, so that the first of several is the one with the lowest id."""

    def __init__(self, rooms: dict[UUID, list[MultiPolygon]]) -> None:
        self._room_ids = sorted(rooms)
        whole = [_joined(rooms[room_id]) for room_id in self._room_ids]
        self.areas = MappingProxyType(dict(zip(self._room_ids, whole, strict=True)))
        self._geometries = whole
        self._square_m = [
            round(abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(area))[0])) for area in whole
        ]
        self._tree = STRtree(whole)
        self._borders = Borders(whole)
        self._by_cell: dict[int, Ownership | tuple[int, ...] | None] = {}
        shapely.prepare(whole)

    def owner(self, lon: float, lat: float) -> Ownership:
        """Nearly every place lies in a cell that is wholly of one area; the others are looked at exactly."""
        cell = cell_at(lon, lat, _CELL_RES)
        try:
            known = self._by_cell[cell]
        except KeyError:
            if len(self._by_cell) >= _CELLS_KEPT:
                self._by_cell.clear()
            known = self._by_cell[cell] = self._owner_of_cell(cell)
        return known if isinstance(known, Ownership) else self._owner_among(lon, lat, known)

    def _owner_of_cell(self, cell: int) -> Ownership | tuple[int, ...] | None:
        """The owner of every point of the cell, or the places of the areas one of which may be; None: any area may."""
        corners = boundary(cell)
        lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
        across_or_polar = max(lons) - min(lons) > 1.0 or max(map(abs, lats)) > 85.0
        if across_or_polar:
            return None
        slack = _CELL_SLACK_DEG
        box = shapely.box(min(lons) - slack, min(lats) - slack, max(lons) + slack, max(lats) + slack)
        touched = sorted(self._tree.query(box, predicate="intersects").tolist())
        if len(touched) != 1 or not shapely.contains_properly(self._geometries[touched[0]], box):
            return tuple(touched)
        return Ownership(self._room_ids[touched[0]], "inside", 0.0)

    def owner_exactly(self, lon: float, lat: float) -> Ownership:
        return self._owner_among(lon, lat, None)

    def _owner_among(self, lon: float, lat: float, places: tuple[int, ...] | None) -> Ownership:
        """places: of the areas that may have the point, in order; None: look which."""
        covering = self._covering(lon, lat, places)
        inside = [place for place in covering if shapely.contains_xy(self._geometries[place], lon, lat)]
        if inside:
            smallest = min(inside, key=lambda place: (self._square_m[place], place))
            return Ownership(self._room_ids[smallest], "inside", 0.0)
        if covering:
            return Ownership(self._room_ids[covering[0]], "border", 0.0)
        metres_by_place = self._borders.nearest_m(lon, lat)
        least_m = min(metres_by_place.values())
        first = min(place for place, metres in metres_by_place.items() if metres <= least_m + _TIE_M)
        return Ownership(self._room_ids[first], "nearest", metres_by_place[first])

    def within(self, lon: float, lat: float, radius_m: float) -> tuple[NearbyRoom, ...]:
        metres_by_place = self._borders.within_m(lon, lat, radius_m)
        metres_by_place.update(dict.fromkeys(self._covering(lon, lat), 0.0))
        nearby = [(metres, place) for place, metres in metres_by_place.items()]
        return tuple(NearbyRoom(self._room_ids[place], metres) for metres, place in sorted(nearby))

    def _covering(self, lon: float, lat: float, places: tuple[int, ...] | None = None) -> list[int]:
        """Places in the list of the areas that have the point inside or on their border, in order."""
        if places is None:
            places = tuple(sorted(self._tree.query(shapely.Point(lon, lat)).tolist()))
        return [place for place in places if shapely.intersects_xy(self._geometries[place], lon, lat)]


def _joined(parts: list[MultiPolygon]) -> MultiPolygon:
    """One shape of all parts; joined in an order of their own, so that the corners come out the same however loaded."""
    if len(parts) == 1:
        return parts[0]
    return checked_polygon(shapely.union_all(sorted(parts, key=shapely.to_wkb)))
