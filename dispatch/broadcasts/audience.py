"""Whom an audience means, as a pure question: which of these units, and the room over everybody it names.

Asked when it is shown before sending, when it is sent, and for whoever logs on or comes into an area later.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from shapely import MultiPolygon

from dispatch.broadcasts.model import Area, Audience
from dispatch.errors import Invalid
from dispatch.rooms import Rooms
from geo.coordinates import check_position, destination, distance_m
from geo.polygons import polygon_from_geojson, polygon_to_geojson
from units.model import Unit

MOST_AREAS = 20
FURTHEST_M = 100_000.0

type Bounds = tuple[float, float, float, float]


def checked(audience: Audience) -> Audience:
    """The same with its areas checked and polygons turned the one way. Raises Invalid, BadArea, BadPosition."""
    if audience.is_empty:
        raise Invalid("Say whom it is for: rooms, areas or units.", field="audience")
    if len(audience.areas) > MOST_AREAS:
        raise Invalid(f"A broadcast has at most {MOST_AREAS} areas.", field="audience.areas")
    if audience.rooms and not (audience.to_rooms or audience.to_units):
        raise Invalid("Of rooms, say whether their seats, their units or both are meant.", field="audience")
    return msgspec.structs.replace(
        audience, areas=tuple(checked_area(one, "audience.areas") for one in audience.areas)
    )


def checked_area(area: Area, field: str, furthest_m: float = FURTHEST_M) -> Area:
    """The same, its polygon turned the one way. field: what a refusal names. Raises Invalid, BadArea, BadPosition."""
    ring = (area.lon, area.lat, area.radius_m)
    if (area.geometry is None) == all(value is None for value in ring):
        raise Invalid("An area is either a polygon or a ring around a point.", field=field)
    if area.geometry is not None:
        geometry: dict[str, Any] = polygon_to_geojson(polygon_from_geojson(area.geometry))
        return Area(geometry=geometry)
    if area.lon is None or area.lat is None or area.radius_m is None:
        raise Invalid("A ring needs lon, lat and radius_m.", field=field)
    check_position(area.lon, area.lat)
    if not 0 <= area.inner_m < area.radius_m <= furthest_m:
        raise Invalid(
            f"radius_m lies above inner_m, {furthest_m:g} m at most, and inner_m is not negative.",
            field=field,
        )
    return area


def shape(area: Area) -> MultiPolygon | None:
    """The polygon of an area; None for a ring."""
    return None if area.geometry is None else polygon_from_geojson(area.geometry)


def bounds(area: Area) -> Bounds:
    """west, south, east, north around a ring."""
    lon, lat, radius_m = area.lon or 0.0, area.lat or 0.0, area.radius_m or 0.0
    north, south = (destination(lon, lat, bearing, radius_m)[1] for bearing in (0.0, 180.0))
    east, west = (destination(lon, lat, bearing, radius_m * 1.01)[0] for bearing in (90.0, 270.0))
    return west, south, east, north


def in_ring(area: Area, lon: float, lat: float) -> bool:
    """Whether a point lies in a ring, its borders included."""
    away_m = distance_m(area.lon or 0.0, area.lat or 0.0, lon, lat)
    return area.inner_m <= away_m <= (area.radius_m or 0.0)


def rooms_named(audience: Audience, rooms: Rooms) -> frozenset[UUID]:
    """The named rooms with everything below them."""
    return frozenset(id_ for named in audience.rooms for id_ in rooms.subtree(named))


def meant(
    audience: Audience,
    units: Iterable[Unit],
    inside: Collection[UUID],
    rooms: tuple[Collection[UUID], Collection[UUID]],
) -> list[Unit]:
    """Those of these units that it means and that are on duty.

    inside: who is in its areas; rooms: those named with all below, and those it may reach at all.
    """
    named, reachable = rooms
    return [
        unit
        for unit in units
        if unit.on_duty
        and not unit.seen_by.isdisjoint(reachable)
        and (audience.auxiliaries or unit.unit_class != "auxiliary")
        and (
            unit.id in audience.units or (_fits(audience, unit) and _is_there(audience, unit, inside, named))
        )
    ]


def _fits(audience: Audience, unit: Unit) -> bool:
    return (not audience.kinds or unit.kind in audience.kinds) and (
        not audience.classes or unit.unit_class in audience.classes
    )


def _is_there(audience: Audience, unit: Unit, inside: Collection[UUID], named: Collection[UUID]) -> bool:
    of_room = audience.to_units and not unit.seen_by.isdisjoint(named)
    return of_room or unit.id in inside


def common(rooms: Rooms, ids: Sequence[UUID]) -> UUID:
    """The lowest room over all of these. Raises Invalid for one that is not there."""
    lines = []
    for id_ in ids:
        room = rooms.by_id.get(id_)
        if room is None:
            raise Invalid(f"There is no room {id_}.", field="audience.rooms")
        lines.append(room.lineage)
    shared = set(lines[0]).intersection(*lines[1:])
    return next(id_ for id_ in lines[0] if id_ in shared)
