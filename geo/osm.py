"""An OpenStreetMap extract as a city needs it: roads, places, shores, water, green; read from a file and written to one.

The first step of any city, invented or real: from these roads patrols and arrival times are computed, from these shores the
ground of the map is drawn. Reading and writing is libosmium's (pyosmium), in every format it knows.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import osmium
from osmium.osm.mutable import Node, Way

from geo.errors import BadMap

type Line = tuple[tuple[float, float], ...]

ROADS = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary",
    "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "pedestrian",
})  # fmt: skip
PATHS = frozenset({"footway", "path", "steps", "track", "cycleway", "bridleway", "busway"})
CREDIT = "© OpenStreetMap contributors"
INVENTED_BY = "dispatch110"
_ONEWAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}
_ONEWAY_ROUND = {**_ONEWAY, "no": 1}  # whoever wrote that of a roundabout meant something else
_ALWAYS_ONEWAY = frozenset({"motorway", "motorway_link"})
_ROUND = frozenset({"roundabout", "circular"})
# What a profile of travel may ask of a way; everything else of its tags is dropped.
WAY_TAGS = frozenset({
    "access", "vehicle", "motor_vehicle", "motorcar", "motorcycle", "foot", "emergency", "psv", "bus", "service", "surface",
    "junction", "tunnel", "layer", "maxspeed", "maxspeed:forward", "maxspeed:backward", "oneway", "oneway:motorcycle",
    "oneway:foot", "oneway:emergency", "ref", "name:en", "name:zh", "old_name", "footway",
})  # fmt: skip
_CONTROLS = frozenset({"traffic_signals", "stop", "give_way", "mini_roundabout", "crossing"})
_GREEN = {
    ("leisure", "park"),
    ("landuse", "forest"),
    ("natural", "wood"),
    ("landuse", "grass"),
    ("leisure", "garden"),
}
_WATER = {("natural", "water"), ("landuse", "reservoir"), ("waterway", "riverbank"), ("waterway", "dock")}
_RAILS = frozenset({"rail", "subway", "light_rail", "tram"})
# What counts as a place, the telling keys first; the value of the first that is there is its kind.
_PLACE_KEYS = (
    "emergency",
    "railway",
    "amenity",
    "shop",
    "tourism",
    "leisure",
    "office",
    "public_transport",
    "building",
    "place",
    "landuse",
)
_READ_KEYS = (*_PLACE_KEYS, "highway", "barrier", "natural", "waterway", "addr:housenumber")
_DULL = frozenset(
    {"yes", "bus_stop", "stop_position", "platform", "level_crossing", "rail", "subway", "grass", "forest"}
)
_MPH_KMH = 1.609344
_EPOCH_YEAR = 1970  # of things without a time


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """A way for vehicles, or on foot. kind: the value of highway; oneway: 1 along the line, -1 against it, 0 both.

    nodes stand beside line; tags: those of WAY_TAGS; max_kmh: None where none is told in numbers.
    """

    id: int
    kind: str
    name: str | None
    oneway: int
    max_kmh: float | None
    bridge: bool
    nodes: tuple[int, ...]
    line: Line
    tags: Mapping[str, str] = {}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named thing, or an emergency telephone: its kind is the value of its telling tag. Areas are at their middle."""

    id: str
    kind: str
    name: str | None
    lon: float
    lat: float
    tags: dict[str, str]


class House(msgspec.Struct, frozen=True):
    """A house number 门牌: of a street, or of whatever place its address names instead. Areas are at their middle."""

    street: str
    number: str
    lon: float
    lat: float


class Outline(msgspec.Struct, frozen=True):
    """A closed ring of water or green ground."""

    name: str | None
    kind: str
    ring: Line


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """One city's map, WGS-84. bounds: west, south, east, north of its roads; shores have land on their left; lights: node ids.

    paths: ways that are not for cars; controls: node id -> what makes traffic wait there; barriers: node id -> its tags.
    credit: what must be shown beside whatever is drawn from it; None for a map of our own invention.
    """

    bounds: tuple[float, float, float, float]
    roads: tuple[Road, ...]
    places: tuple[Place, ...]
    shores: tuple[Line, ...]
    waters: tuple[Outline, ...]
    greens: tuple[Outline, ...]
    rails: tuple[Outline, ...]
    lights: frozenset[int]
    credit: str | None
    paths: tuple[Road, ...] = ()
    controls: Mapping[int, str] = {}
    barriers: Mapping[int, Mapping[str, str]] = {}
    houses: tuple[House, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """What is to be written: nodes as (id, lon, lat, tags), ways as (id, node ids, tags), both by rising ids."""

    nodes: Iterable[tuple[int, float, float, Mapping[str, str]]]
    ways: Iterable[tuple[int, Iterable[int], Mapping[str, str]]]


def write_extract(path: Path, what: Written, generator: str = INVENTED_BY) -> None:
    """Write a map; the suffix says the format. The same content gives the same bytes. An existing file is replaced."""
    header = osmium.io.Header()
    header.set("generator", generator)
    writer = osmium.SimpleWriter(str(path), overwrite=True, header=header)
    try:
        for id_, lon, lat, tags in what.nodes:
            writer.add_node(Node(id=id_, location=(lon, lat), tags=dict(tags)))
        for id_, nodes, tags in what.ways:
            writer.add_way(Way(id=id_, nodes=list(nodes), tags=dict(tags)))
    finally:
        writer.close()


def read_extract(path: Path, called: Path | None = None) -> Extract:
    """Read a map. Ways whose nodes lie outside the extract are cut there. Raises BadMap in one sentence.

    called: by what name people know it, where it is a copy.
    """
    name = called or path
    reader = _Reader()
    try:
        reader.credit = None if _generator(path) == INVENTED_BY else CREDIT
        found = (
            osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter(*_READ_KEYS))
        )
        for thing in found:
            if isinstance(thing, osmium.osm.Node):
                reader.node(thing)
            elif isinstance(thing, osmium.osm.Way):
                reader.way(thing)
    except (RuntimeError, OSError) as damaged:
        raise BadMap(f"The map {name} can't be read: {damaged}.") from damaged
    if not reader.roads:
        raise BadMap(f"The map {name} holds no roads; take an extract that does.")
    return reader.extract()


def copy_extract(source: Path, to: Path) -> str | None:
    """Write all of a map again, in the format `to` names; the day of its newest thing (YYYY-MM-DD), None where none says.

    Raises BadMap. A thing at a time: memory stays small whatever the map.
    """
    newest: datetime | None = None
    try:
        header = osmium.io.Header()
        header.set("generator", _generator(source))
        writer = osmium.SimpleWriter(str(to), overwrite=True, header=header)
        try:
            for thing in osmium.FileProcessor(str(source)):
                writer.add(thing)
                if isinstance(thing, osmium.osm.Changeset):
                    continue
                at = thing.timestamp
                newest = at if newest is None or at > newest else newest
        finally:
            writer.close()
    except (RuntimeError, OSError) as damaged:
        raise BadMap(f"The map {source} can't be read: {damaged}.") from damaged
    return None if newest is None or newest.year <= _EPOCH_YEAR else newest.date().isoformat()


def _generator(path: Path) -> str:
    reader = osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING)
    try:
        return str(reader.header().get("generator", ""))
    finally:
        reader.close()


class _Reader:
    """Gathers what comes, in the order of the file."""

    def __init__(self) -> None:
        self.roads: list[Road] = []
        self._places: list[Place] = []
        self._shores: list[Line] = []
        self._waters: list[Outline] = []
        self._greens: list[Outline] = []
        self._rails: list[Outline] = []
        self._paths: list[Road] = []
        self._lights: set[int] = set()
        self._controls: dict[int, str] = {}
        self._barriers: dict[int, dict[str, str]] = {}
        self._houses: list[House] = []
        self.credit: str | None = CREDIT

    def extract(self) -> Extract:
        lons = [lon for road in self.roads for lon, _ in road.line]
        lats = [lat for road in self.roads for _, lat in road.line]
        return Extract(
            bounds=(min(lons), min(lats), max(lons), max(lats)),
            roads=tuple(self.roads),
            places=tuple(self._places),
            shores=tuple(self._shores),
            waters=tuple(self._waters),
            greens=tuple(self._greens),
            rails=tuple(self._rails),
            lights=frozenset(self._lights),
            credit=self.credit,
            paths=tuple(self._paths),
            controls=self._controls,
            barriers=self._barriers,
            houses=tuple(self._houses),
        )

    def node(self, node: Any) -> None:
        tags = {tag.k: tag.v for tag in node.tags}
        control = tags.get("highway", "")
        if control == "traffic_signals" or tags.get("crossing") == "traffic_signals":
            self._lights.add(node.id)
            control = "traffic_signals"
        if control in _CONTROLS:
            self._controls[node.id] = control
        if "barrier" in tags:
            self._barriers[node.id] = tags
        self._place(f"n{node.id}", tags, node.location.lon, node.location.lat)

    def way(self, way: Any) -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        known = [
            (node.ref, node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()
        ]
        if len(known) < 2:
            return
        nodes, line = tuple(ref for ref, _, _ in known), tuple((lon, lat) for _, lon, lat in known)
        if tags.get("highway") in ROADS and tags.get("area") != "yes":
            self.roads.append(_road(way.id, tags, nodes, line))
        elif tags.get("highway") in PATHS and tags.get("area") != "yes":
            self._paths.append(_road(way.id, tags, nodes, line))
        elif tags.get("natural") == "coastline":
            self._shores.append(line)
        elif tags.get("railway") in _RAILS:
            self._rails.append(Outline(tags.get("name"), tags["railway"], line))
        elif line[0] == line[-1] and len(line) > 3:
            self._area(way.id, tags, line)

    def _area(self, id_: int, tags: dict[str, str], ring: Line) -> None:
        pairs = set(tags.items())
        outline = Outline(
            tags.get("name"), next(iter(sorted(v for _, v in pairs & (_WATER | _GREEN))), ""), ring
        )
        if pairs & _WATER:
            self._waters.append(outline)
        elif pairs & _GREEN:
            self._greens.append(outline)
        lons, lats = zip(*ring[:-1], strict=True)
        self._place(f"w{id_}", tags, sum(lons) / len(lons), sum(lats) / len(lats))

    def _place(self, id_: str, tags: dict[str, str], lon: float, lat: float) -> None:
        kind = next((tags[key] for key in _PLACE_KEYS if key in tags), None)
        name = tags.get("name")
        if kind is not None and ((name and kind not in _DULL) or tags.get("emergency") == "phone"):
            self._places.append(Place(id=id_, kind=kind, name=name, lon=lon, lat=lat, tags=tags))
        number, street = tags.get("addr:housenumber"), tags.get("addr:street") or tags.get("addr:place")
        if number and street:
            self._houses.append(House(street, number, lon, lat))


def _road(id_: int, tags: dict[str, str], nodes: tuple[int, ...], line: Line) -> Road:
    kind = tags["highway"]
    implied = 1 if kind in _ALWAYS_ONEWAY or tags.get("junction") in _ROUND else 0
    said = tags.get("oneway")
    told = _ONEWAY_ROUND if tags.get("junction") == "roundabout" else _ONEWAY
    return Road(
        id=id_,
        kind=kind,
        name=tags.get("name"),
        oneway=implied if said is None else told.get(said, 0),
        max_kmh=_kmh(tags.get("maxspeed", "")),
        bridge=tags.get("bridge", "no") != "no",
        nodes=nodes,
        line=line,
        tags={key: value for key, value in tags.items() if key in WAY_TAGS},
    )


def _kmh(said: str) -> float | None:
    number, _, unit = said.partition(" ")
    try:
        speed = float(number)
    except ValueError:
        return None
    return (speed * _MPH_KMH if unit == "mph" else speed) if 0 < speed < 300 else None
