"""A city's seeds from its two files: a map (OpenStreetMap) and its areas (GeoJSON), invented or real.

Areas are features whose property `kind` says what they are: city (name, zone), room (code, tier, parent, point),
jurisdiction (layer, room), beat (room), fixed_position (room, hours) and call_point (code). The map's emergency telephones are
call points too.
"""

from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec
import shapely

from dispatch.errors import Invalid
from dispatch.rooms import CallPoint, Jurisdiction, Room
from dispatch.seeds.city import Beat, City, seeded_id
from dispatch.seeds.manning import crews
from dispatch.seeds.posting import Hours, Post, manned
from geo.areas import Layer
from geo.atlas import AREAS_FILE, MAP_FILE, PLACES_FILE
from geo.gazetteer import Entry, entries
from geo.osm import Extract, Place, read_extract
from geo.polygons import polygon_from_geojson

_CAMERAS_KEY, _TALK_KEY = "surveillance:ref", "contact:sip"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The properties of an area's feature; which of them must be there depends on its kind."""

    kind: Literal["city", "room", "jurisdiction", "beat", "fixed_position", "call_point"]
    name: str = ""
    name_zh: str = ""
    name_en: str = ""
    zone: str = "UTC"
    code: str = ""
    tier: str = ""
    parent: str | None = None
    layer: Layer = Layer.POLICE
    room: str = ""
    hours: tuple[Hours, ...] = ()


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One feature of the areas' file."""

    properties: Told
    geometry: dict[str, Any] | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """lon, lat of a point; None for any other geometry."""
        if self.geometry is None or self.geometry.get("type") != "Point":
            return None
        return msgspec.convert(self.geometry["coordinates"], tuple[float, float])


class AreasFile(msgspec.Struct, frozen=True):
    """The file as a whole."""

    features: tuple[Feature, ...]

    def of(self, kind: str) -> list[Feature]:
        """The features of one kind, in the order of the file."""
        return [feature for feature in self.features if feature.properties.kind == kind]


def read_areas(path: Path) -> AreasFile:
    """The areas of a city. Raises Invalid naming what is wrong where."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=AreasFile)
    except OSError as missing:
        raise Invalid(f"The areas {path} can't be read: {missing.strerror}.") from missing
    except msgspec.MsgspecError as damaged:
        raise Invalid(f"The areas {path} are damaged: {damaged}.") from damaged


def read_city(
    folder: Path, unit_count: int, seed: int, gateway: str | None = None, extract: Extract | None = None
) -> City:
    """The city of the two files in `folder`, with `unit_count` units whose terminals hang on `gateway`.

    extract: its map, where that is read already. Raises BadMap, BadArea or Invalid in one sentence.
    """
    extract = extract or read_extract(folder / MAP_FILE)
    areas = read_areas(folder / AREAS_FILE)
    ids = {f.properties.code: seeded_id("room", f.properties.code) for f in areas.of("room")}
    jurisdictions = [_jurisdiction(feature, ids) for feature in areas.of("jurisdiction")]
    rooms = _rooms(areas.of("room"), ids, jurisdictions)
    units = crews(rooms, jurisdictions, extract, unit_count, seed, gateway)
    positions, units = manned([_post(feature, ids) for feature in areas.of("fixed_position")], units)
    told = next((feature.properties for feature in areas.of("city")), Told(kind="city"))
    return City(
        name_zh=told.name_zh,
        name_en=told.name_en,
        zone=told.zone,
        rooms=rooms,
        jurisdictions=jurisdictions,
        call_points=[
            *(_call_point(place) for place in extract.places if _is_call_point(place)),
            *map(_told_call_point, areas.of("call_point")),
        ],
        units=units,
        beats=[_beat(feature, ids) for feature in areas.of("beat")],
        positions=positions,
        places=_places(folder, extract),
    )


def _rooms(features: list[Feature], ids: dict[str, UUID], jurisdictions: list[Jurisdiction]) -> list[Room]:
    """The rooms, the root first, with their neighbours: rooms of one layer whose areas touch."""
    beside = _neighbours(jurisdictions)
    rooms = []
    for feature in features:
        told, place = feature.properties, feature.point
        if told.parent is not None and told.parent not in ids:
            raise Invalid(
                f"The room {told.code} lies under {told.parent}, which is not among the areas' rooms."
            )
        rooms.append(
            Room(
                id=ids[told.code],
                code=told.code,
                name_zh=told.name_zh,
                name_en=told.name_en or told.name_zh,
                tier=told.tier,
                parent_id=ids[told.parent] if told.parent is not None else None,
                neighbours=beside.get(ids[told.code], ()),
                lon=place[0] if place else None,
                lat=place[1] if place else None,
            )
        )
    return sorted(rooms, key=lambda room: room.parent_id is not None)


def _neighbours(jurisdictions: list[Jurisdiction]) -> dict[UUID, tuple[UUID, ...]]:
    shapes = [polygon_from_geojson(one.geometry) for one in jurisdictions]
    beside: dict[UUID, tuple[UUID, ...]] = {}
    for one, shape in zip(jurisdictions, shapes, strict=True):
        beside[one.room_id] = tuple(
            other.room_id
            for other, shape2 in zip(jurisdictions, shapes, strict=True)
            if other.layer == one.layer and other.room_id != one.room_id and shapely.intersects(shape, shape2)
        )
    return beside


def _room_of(feature: Feature, ids: dict[str, UUID]) -> UUID:
    told = feature.properties
    if told.room not in ids:
        raise Invalid(
            f"The {told.kind} {told.name} names the room {told.room!r}, which is not among the areas' rooms."
        )
    return ids[told.room]


def _jurisdiction(feature: Feature, ids: dict[str, UUID]) -> Jurisdiction:
    told = feature.properties
    return Jurisdiction(
        id=seeded_id("jurisdiction", told.layer, told.room, told.name),
        layer=told.layer,
        room_id=_room_of(feature, ids),
        name=told.name,
        geometry=feature.geometry or {},
    )


def _beat(feature: Feature, ids: dict[str, UUID]) -> Beat:
    told = feature.properties
    return Beat(
        code=told.code, room_id=_room_of(feature, ids), name=told.name, geometry=feature.geometry or {}
    )


def _post(feature: Feature, ids: dict[str, UUID]) -> Post:
    told, place = feature.properties, feature.point
    if place is None:
        raise Invalid(f"The fixed position {told.name} needs a point.")
    return Post(room_id=_room_of(feature, ids), name=told.name, lon=place[0], lat=place[1], hours=told.hours)


def _is_call_point(place: Place) -> bool:
    return place.tags.get("emergency") == "phone"


def _call_point(place: Place) -> CallPoint:
    code = place.tags.get("ref") or f"OSM-{place.id}"
    return CallPoint(
        id=seeded_id("call point", code),
        code=code,
        name=place.name or code,
        lon=place.lon,
        lat=place.lat,
        address=place.tags.get("addr:full"),
        cameras=tuple(filter(None, place.tags.get(_CAMERAS_KEY, "").split(";"))),
        talk_link=place.tags.get(_TALK_KEY),
    )


def _places(folder: Path, extract: Extract) -> list[Entry]:
    """As a bundle keeps them; spelled out of the map where there is none."""
    file = folder / PLACES_FILE
    return msgspec.msgpack.decode(file.read_bytes(), type=list[Entry]) if file.is_file() else entries(extract)


def _told_call_point(feature: Feature) -> CallPoint:
    told, place = feature.properties, feature.point
    if place is None:
        raise Invalid(f"The call point {told.code} needs a point.")
    return CallPoint(
        id=seeded_id("call point", told.code), code=told.code, name=told.name, lon=place[0], lat=place[1]
    )


def map_of(folder: Path) -> Extract:
    """The map of the city in `folder`. Raises BadMap."""
    return read_extract(folder / MAP_FILE)
