"""Beats of the active city: the ground that one patrol goes round on, and which of them a place lies in.

They come with the bundle's areas and belong to it; nobody edits them here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import shapely
from shapely import MultiPolygon, STRtree

from geo.polygons import polygon_from_geojson


class Beat(msgspec.Struct, frozen=True):
    """A beat as people name it; room: code of the room whose patrols go round on it."""

    code: str
    name: str
    room: str


class Beats:
    """Ask `at` with a place. told: each beat with its GeoJSON polygon, WGS-84; areas: the same as polygons."""

    def __init__(self, told: Iterable[tuple[Beat, dict[str, Any]]] = ()) -> None:
        self.told = tuple(told)
        self.areas = tuple((beat, polygon_from_geojson(geometry)) for beat, geometry in self.told)
        self._by_code = {beat.code: beat for beat, _ in self.told}
        self._tree = STRtree([area for _, area in self.areas])

    def of_room(self, code: str) -> list[tuple[Beat, MultiPolygon]]:
        """The beats of a room with their ground."""
        return [(beat, area) for beat, area in self.areas if beat.room == code]

    def named(self, code: str) -> tuple[Beat, MultiPolygon] | None:
        """The beat of this code with its ground."""
        return next(((beat, area) for beat, area in self.areas if beat.code == code), None)

    def of_code(self, code: str) -> Beat | None:
        """The beat of a code without its ground; None when the city has none of it."""
        return self._by_code.get(code)

    def at(self, lon: float, lat: float) -> Beat | None:
        """The beat around a place, on a border the first of the list; None outside all."""
        found = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return self.told[int(found.min())][0] if len(found) else None
