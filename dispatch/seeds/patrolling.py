"""Where each unit of a city goes round when nothing happens: places on the streets of its beat, or on its water.

From the same two files as the rest of the city; simulated patrols drive from one of these places to the next.
"""

from collections import defaultdict
from random import Random
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.seeds.city import City
from geo.coordinates import approx_distances_m
from geo.osm import Extract
from geo.polygons import polygon_from_geojson

type Place = tuple[float, float]

PLACES_A_BEAT = 12
WALK_M = 600.0
CRUISE_M = 900.0
_TRIES = 60


class PatrolGround:
    """Chooses places by unit; beats of a room are given out in turn."""

    def __init__(self, city: City, extract: Extract, rng: Random) -> None:
        self._rng = rng
        corners = [corner for road in extract.roads if not road.bridge for corner in road.line]
        self._corners = np.unique(np.array(corners), axis=0)
        self._areas = {one.room_id: polygon_from_geojson(one.geometry) for one in city.jurisdictions}
        self._beats: dict[UUID, list[shapely.MultiPolygon]] = defaultdict(list)
        for beat in city.beats:
            self._beats[beat.room_id].append(polygon_from_geojson(beat.geometry))
        self._turn: dict[UUID, int] = defaultdict(int)

    def beat(self, kind: str, room_id: UUID, start: Place) -> tuple[Place, ...]:
        """The places of a unit of this kind that begins at `start`; none for one that waits where it is."""
        match kind:
            case "car" | "motorcycle":
                return self._some(self._inside(self._next_beat(room_id)))
            case "foot":
                away_m = approx_distances_m(*start, self._corners[:, 0], self._corners[:, 1])
                return self._some(self._corners[away_m <= WALK_M])
            case "boat":
                return self._on_water(room_id, start)
        return ()

    def _next_beat(self, room_id: UUID) -> shapely.MultiPolygon | None:
        beats = self._beats.get(room_id)
        if not beats:
            return self._areas.get(room_id)
        self._turn[room_id] += 1
        return beats[
            (self._turn[room_id] - 1) * 3 % len(beats)
        ]  # not side by side, and in the end all of them

    def _inside(self, area: shapely.MultiPolygon | None) -> NDArray[np.float64]:
        found = self._corners[shapely.contains_xy(area, self._corners)] if area is not None else self._corners
        return found if len(found) else self._corners

    def _some(self, corners: NDArray[np.float64]) -> tuple[Place, ...]:
        if not len(corners):
            return ()
        chosen = corners[[self._rng.randrange(len(corners)) for _ in range(PLACES_A_BEAT)]]
        return tuple((lon, lat) for lon, lat in chosen.tolist())

    def _on_water(self, room_id: UUID, start: Place) -> tuple[Place, ...]:
        """Places that see each other over open water."""
        area = self._areas.get(room_id)
        if area is None or not shapely.contains_xy(area, *start):
            return ()
        reach = CRUISE_M / 104_000
        places = [start]
        for _ in range(_TRIES):
            here = (start[0] + self._rng.uniform(-reach, reach), start[1] + self._rng.uniform(-reach, reach))
            if all(area.contains(shapely.LineString((here, other))) for other in places):
                places.append(here)
        return tuple(places) if len(places) > 1 else ()
