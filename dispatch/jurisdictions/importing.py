"""A file of areas as the jurisdictions of rooms: each feature finds its room, or is refused by name.

Between `geo.area_file`, which reads whatever comes, and `dispatch.places.put_jurisdictions`, which puts in whole sets. Pure;
what an administrator is told before and after is one and the same report.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.rooms import Jurisdiction, Room, Rooms
from dispatch.seeds.city import seeded_id
from geo.area_file import AreaRead, LeftOut, Refused, read_area_file
from geo.areas import Layer
from geo.coverage import Covering, Survey, survey
from geo.datums import Datum
from geo.mending import Mend
from geo.polygons import polygon_to_geojson

_ROOM_KEYS = ("room_id", "room", "room_code", "code")
# What names of rooms and of areas have around what they share.
_TITLES = (
    "（合成）",
    "勤务指挥室",
    "指挥中心",
    "指挥室",
    "派出所",
    "分局",
    "公安",
    "辖区",
    "区",
    " District",
    " Station",
    " Room",
)


class Taken(msgspec.Struct, frozen=True):
    """One feature that becomes a jurisdiction. room: the code of its room; mends: all that was done to its drawing."""

    n: int
    name: str
    layer: Layer
    room: str
    mends: tuple[Mend, ...]


class Imported(msgspec.Struct, frozen=True):
    """What a file holds: `jurisdictions` for the `layers` it speaks of, and the report; said: of the file as a whole."""

    jurisdictions: tuple[Jurisdiction, ...]
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    left_out: tuple[LeftOut, ...]
    said: tuple[Mend, ...]
    survey: Survey

    @property
    def layers(self) -> frozenset[Layer]:
        """The layers of which the file tells everything; the others stay as they are."""
        return frozenset(one.layer for one in self.jurisdictions)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a file: layer of features that name none, datum where the file says nothing, property that names a feature."""

    layer: Layer = Layer.POLICE
    datum: Datum | None = None
    called: str | None = None


def read_file(data: bytes, rooms: Rooms, standing: Sequence[Jurisdiction], reading: Reading) -> Imported:
    """The jurisdictions of a GeoJSON file. standing: those in force, whose ids stay. Raises BadArea or UnknownDatum."""
    read = read_area_file(data, reading.datum, reading.called)
    sorting = _Sorting(rooms, standing, reading.layer)
    refused = list(read.refused)
    for area in read.areas:
        try:
            sorting.take(area)
        except LookupError as unknown:
            refused.append(Refused(area.n, area.name, "unknown_room", str(unknown.args[0])))
    return Imported(
        tuple(sorting.jurisdictions), tuple(sorting.taken), tuple(sorted(refused, key=lambda one: one.n)),
        read.left_out, read.said, survey(sorting.covering, read.outline),
    )  # fmt: skip


class _Sorting:
    """Gives each area its room, layer, name and id."""

    def __init__(self, rooms: Rooms, standing: Sequence[Jurisdiction], layer: Layer) -> None:
        self.jurisdictions: list[Jurisdiction] = []
        self.taken: list[Taken] = []
        self.covering: list[Covering] = []
        self._rooms, self._layer = rooms, layer
        self._known = {(one.layer, one.room_id, one.name): one.id for one in standing}
        self._names: set[tuple[Layer, UUID, str]] = set()
        self._by_name: dict[str, list[Room]] = {}
        for room in rooms.by_id.values():
            for name in {_core(room.name_zh), _core(room.name_en)}:
                self._by_name.setdefault(name, []).append(room)

    def take(self, area: AreaRead) -> None:
        """Raises LookupError saying why no room answers for it."""
        layer, room = self._layer_of(area), self._room_of(area)
        name, n = area.name, 1
        while (layer, room.id, name) in self._names:
            n += 1
            name = f"{area.name} ({n})"
        key = layer, room.id, name
        self._names.add(key)
        id_ = self._known.get(key) or seeded_id("jurisdiction", layer, room.code, name)
        geometry = polygon_to_geojson(area.geometry)
        self.jurisdictions.append(
            Jurisdiction(id=id_, layer=layer, room_id=room.id, name=name, geometry=geometry)
        )
        self.taken.append(Taken(area.n, name, layer, room.code, area.mends))
        self.covering.append(Covering(layer, name, str(room.id), area.geometry))

    def _layer_of(self, area: AreaRead) -> Layer:
        told = area.properties.get("layer")
        try:
            return self._layer if told in (None, "") else Layer(str(told))
        except ValueError:
            raise LookupError(f"there is no layer {told!r}; the layers are {', '.join(Layer)}") from None

    def _room_of(self, area: AreaRead) -> Room:
        for key in _ROOM_KEYS:
            told = str(area.properties.get(key) or "")
            found = self._rooms.by_code.get(told) or self._by_id(told)
            if found is not None:
                return found
            if told and key != "code":  # `code` may well be that of something else
                raise LookupError(f"there is no room {told!r}, which its property {key} names")
        named = self._by_name.get(_core(area.name), [])
        if len(named) == 1:
            return named[0]
        if named:
            codes = ", ".join(sorted(room.code for room in named))
            raise LookupError(f"several rooms are called so ({codes}); say which in the property room")
        raise LookupError(f"no room is called {area.name}; name one by its code in the property room")

    def _by_id(self, told: str) -> Room | None:
        try:
            return self._rooms.by_id.get(UUID(told))
        except ValueError:
            return None


def _core(name: str) -> str:
    """What is left of a name without titles: 罗湖分局指挥中心, 罗湖区 and 罗湖 are one."""
    core = name.strip()
    for title in _TITLES:
        core = core.removesuffix(title).strip()
    return (core or name.strip()).casefold()
