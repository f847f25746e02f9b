"""Who patrols a city: units of every sort for its rooms, each on a street (or water) of its own area.

A seeded choice from rooms, areas and roads alone, so that an invented city and a real one are manned by the same rules.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from uuid import UUID

import msgspec
import numpy as np
import shapely

from dispatch.rooms import Jurisdiction, Room
from dispatch.seeds.city import SeedUnit, seeded_id
from geo.areas import Layer
from geo.osm import Extract
from geo.polygons import polygon_from_geojson
from units.model import UnitClass, UnitKind

type Place = tuple[float, float]

_SOMETIMES = 0.3
_TITLES = ("（合成）", "勤务指挥室", "派出所", "交警大队")
_SAID_MOST = 6
_PATIENCE = 200  # tries to find a place on the water


class _Sort(msgspec.Struct, frozen=True):
    """One sort of unit: how its call sign begins, what it is, how many in a hundred, its crew, skills and trade."""

    sign: str
    kind: UnitKind
    unit_class: UnitClass
    share: int
    crew: int
    always: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    layer: Layer = Layer.POLICE


# Every station begins with the patrol car, and a hundred units come out in these shares. Video seats have no position.
_SORTS = (
    _Sort("巡", "car", "regular", 45, 2, ("firearms",), ("first_aid", "shield", "negotiation", "forensics")),
    _Sort("交", "car", "regular", 8, 2, ("traffic",), ("first_aid",), Layer.TRAFFIC),
    _Sort("铁骑", "motorcycle", "regular", 15, 1, ("traffic",), ("first_aid",), Layer.TRAFFIC),
    _Sort("步", "foot", "regular", 10, 2, ("mediation",), ("first_aid", "negotiation")),
    _Sort("站", "foot", "regular", 4, 2, (), ("first_aid", "mediation"), Layer.METRO),
    _Sort("特", "car", "regular", 4, 4, ("firearms", "shield"), ("bomb", "negotiation")),
    _Sort("带班", "car", "regular", 3, 1, ("supervisor", "firearms"), ("negotiation",)),
    _Sort("船", "boat", "regular", 2, 3, ("water_rescue",), ("first_aid",), Layer.WATER),
    _Sort("机", "drone", "regular", 2, 1),
    _Sort("视", "video", "regular", 2, 1),
    _Sort("群防", "foot", "auxiliary", 5, 2, (), ("first_aid", "mediation")),
)  # fmt: skip


def crews(
    rooms: Sequence[Room],
    jurisdictions: Sequence[Jurisdiction],
    extract: Extract,
    count: int,
    seed: int,
    gateway: str | None,
) -> list[SeedUnit]:
    """So many units; at least four fifths have a position, all on land but the boats."""
    return list(_Manning(rooms, jurisdictions, extract, Random(f"crews {seed}")).units(count, gateway))


class _Manning:
    def __init__(
        self, rooms: Sequence[Room], jurisdictions: Sequence[Jurisdiction], extract: Extract, rng: Random
    ) -> None:
        self._rng = rng
        self._rooms = {room.id: room for room in rooms}
        self._shapes = {one.room_id: polygon_from_geojson(one.geometry) for one in jurisdictions}
        corners = [
            corner
            for road in extract.roads
            if road.kind != "service" and not road.bridge
            for corner in road.line
        ]
        self._corners = np.array(corners)
        self._by_layer = {
            layer: sorted(
                {one.room_id for one in jurisdictions if one.layer == layer},
                key=lambda id_: self._rooms[id_].code,
            )
            for layer in Layer
        }
        self._streets: dict[UUID, list[Place]] = {}

    def units(self, count: int, gateway: str | None) -> Iterator[SeedUnit]:
        serials: dict[Layer, int] = {}
        numbers: dict[tuple[UUID, str], int] = {}
        for serial, sort in enumerate(_sorts(count), start=1):
            serials[sort.layer] = turn = serials.get(sort.layer, -1) + 1
            room = self._room(sort.layer, turn)
            number = numbers[room.id, sort.sign] = numbers.get((room.id, sort.sign), 0) + 1
            place = None if sort.kind == "video" else self._place(sort, room)
            more = (skill for skill in sort.sometimes if self._rng.random() < _SOMETIMES)
            yield SeedUnit(
                id=seeded_id("unit", room.code, sort.sign, str(number)),
                call_sign=f"{short_name(room)}{sort.sign}{number:02}",
                kind=sort.kind,
                unit_class=sort.unit_class,
                room_id=room.id,
                skills=tuple(sorted({*sort.always, *more})),
                crew=tuple(f"{serial:05}{seat}" for seat in range(1, sort.crew + 1)),
                talk_group=f"{room.code}-1",
                gateway=gateway if place is not None else None,
                lon=place[0] if place else None,
                lat=place[1] if place else None,
            )

    def _room(self, layer: Layer, turn: int) -> Room:
        """Rooms of the trade in turn; where a city doesn't have that trade, those of the police."""
        ids = self._by_layer[layer] or self._by_layer[Layer.POLICE] or [next(iter(self._rooms))]
        return self._rooms[ids[turn % len(ids)]]

    def _place(self, sort: _Sort, room: Room) -> Place:
        if sort.kind == "boat" and sort.layer == Layer.WATER and self._by_layer[Layer.WATER]:
            return self._on_water(room.id)
        return self._rng.choice(self._corners_in(room.id))

    def _corners_in(self, room_id: UUID) -> list[Place]:
        """Corners of the streets in a room's area; of the whole city for a room without streets."""
        if room_id not in self._streets:
            shape = self._shapes.get(room_id)
            inside = self._corners
            if shape is not None:
                inside = self._corners[shapely.contains_xy(shape, self._corners)]
            self._streets[room_id] = [
                (lon, lat) for lon, lat in (inside if len(inside) else self._corners).tolist()
            ]
        return self._streets[room_id]

    def _on_water(self, room_id: UUID) -> Place:
        shape = max(shapely.get_parts(self._shapes[room_id]), key=lambda part: part.area)
        west, south, east, north = shape.bounds
        for _ in range(_PATIENCE):
            lon, lat = self._rng.uniform(west, east), self._rng.uniform(south, north)
            if shapely.contains_xy(shape, lon, lat):
                return round(lon, 6), round(lat, 6)
        point = shape.representative_point()
        return point.x, point.y


def short_name(room: Room) -> str:
    """What a room's call signs begin with: its name without titles, or its code where that is too long to be said."""
    name = room.name_zh
    for title in _TITLES:
        name = name.removesuffix(title)
    return name if len(name) <= _SAID_MOST else f"{room.code}-"


def _sorts(count: int) -> Iterable[_Sort]:
    """So many sorts that each has come in its share at any time, the commonest first."""
    given: Mapping[int, int] = dict.fromkeys(range(len(_SORTS)), 0)
    given = dict(given)
    for done in range(1, count + 1):
        # Whose share is furthest behind is next; ties go to the commoner sort.
        place = max(given, key=lambda p: (_SORTS[p].share * done - 100 * given[p], -p))
        given[place] += 1
        yield _SORTS[place]
