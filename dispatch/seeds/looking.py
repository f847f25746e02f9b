"""Named cameras of a seeded city, and which its video patrols watch: a demo begins with some that nobody watches, as it is anywhere.

The cameras are those beside call points: a few a station, the first of each the most important.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from uuid import UUID

import shapely

from dispatch.cameras.model import Camera
from dispatch.rooms import CallPoint
from dispatch.seeds.city import City, seeded_id
from geo.areas import Layer
from geo.polygons import polygon_from_geojson

_PRIORITIES = (1, 2, 2, 3)
_DEVICE = "一键报警点"


def cameras_of(city: City) -> dict[UUID, list[Camera]]:
    """The cameras by the room they stand in."""
    found = {}
    for one in sorted(city.jurisdictions, key=lambda one: one.name):
        if one.layer is not Layer.POLICE or one.room_id in found:
            continue
        shape = polygon_from_geojson(one.geometry)
        inside = [p for p in city.call_points if p.cameras and shapely.contains_xy(shape, p.lon, p.lat)]
        found[one.room_id] = [
            _camera(p, priority) for p, priority in zip(_spread(inside), _PRIORITIES, strict=False)
        ]
    return found


def _spread(points: Sequence[CallPoint]) -> Sequence[CallPoint]:
    """As many as are wanted, from all over the list, so that they don't stand in one corner."""
    ordered = sorted(points, key=lambda point: point.code)
    return ordered[:: max(1, len(ordered) // len(_PRIORITIES))]


def _camera(point: CallPoint, priority: int) -> Camera:
    return Camera(
        id=seeded_id("camera", point.code), code=f"SP-{point.code}", name=f"{point.name.removesuffix(_DEVICE)}摄像机",
        lon=point.lon, lat=point.lat, address=point.address, link=point.camera_links.get(point.cameras[0]), priority=priority,
    )  # fmt: skip


def watched_at_first(city: City, cameras: Mapping[UUID, Sequence[Camera]]) -> dict[UUID, tuple[UUID, ...]]:
    """Which video patrol watches which cameras: those of its own station, and in turn the most important of the others."""
    patrols = [unit for unit in city.units if unit.kind == "video"]
    lists: dict[UUID, list[UUID]] = defaultdict(list)
    turn = cycle(patrols)
    for room_id, there in cameras.items():
        own = next((unit for unit in patrols if unit.room_id == room_id), None)
        for camera in there:
            if own is not None:
                lists[own.id].append(camera.id)
            elif patrols and camera.priority == 1:
                lists[next(turn).id].append(camera.id)
    return {unit_id: tuple(ids) for unit_id, ids in lists.items()}
