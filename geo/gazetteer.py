"""The gazetteer 地名 of a map: streets, crossings, house numbers, places and call points, each with how it is typed.

Made once from a city's extract and put into the database; what callers say is looked up there.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import shapely

from geo.coordinates import approx_distance_m
from geo.osm import Extract, House, Road
from geo.spelling import folded, has_chinese, initials, spellings

STREET, CROSSING, HOUSE_NUMBER, PLACE, CALL_POINT = (
    "street",
    "crossing",
    "house_number",
    "place",
    "call_point",
)
ALT_TAGS = ("name:en", "name:zh", "old_name")
# Carriageways of one street, and crossings of two that are split into several nodes, lie closer together than this.
ONE_STREET_DEG = 0.0015
ONE_CROSSING_M = 120.0

type Spot = tuple[float, float]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has a place, WGS-84 degrees. kind: one of those above, or a registry's own.

    street, number: of a house; direction: which way it faces, as its registry says. keys, initials: how it is typed (see
    `geo.spelling`); empty for what is looked up by its parts: crossings and house numbers.
    """

    kind: str
    name: str
    lon: float
    lat: float
    alt: tuple[str, ...] = ()
    code: str | None = None
    street: str | None = None
    number: str | None = None
    direction: str | None = None
    keys: str = ""
    initials: str = ""


def named(kind: str, name: str, spot: Spot, alt: Iterable[str | None] = (), code: str | None = None) -> Entry:
    """An entry that is found by its names."""
    others = tuple(dict.fromkeys(one for one in alt if one and folded(one) != folded(name)))
    first = next((one for one in (name, *others) if has_chinese(one)), name)
    return Entry(
        kind=kind, name=name, lon=spot[0], lat=spot[1], alt=others, code=code,
        keys=spellings((name, *others)), initials=initials(first),
    )  # fmt: skip


def entries(extract: Extract) -> list[Entry]:
    """Everything a map can tell about where things are; the same map gives the same list."""
    ways = [road for road in (*extract.roads, *extract.paths) if road.name]
    streets = list(_streets(ways))
    known = {folded(street.name) for street in streets}
    return [
        *streets,
        *_streets_of_houses(extract.houses, known),
        *_crossings(ways),
        *_houses(extract.houses),
        *_places(extract),
    ]


def crossing_name(one: str, other: str) -> str:
    """How a crossing is called, whichever street is named first."""
    return "/".join(sorted((one, other)))


def house_name(street: str, number: str) -> str:
    """How one says a house number in the language of its street."""
    return f"{street}{number}号" if has_chinese(street) else f"{number} {street}"


def house_number(said: str) -> str:
    """A house number as it is kept: without 号, in capitals."""
    return folded(said).removesuffix("号").removesuffix("號").strip().upper()


def _alts(tags: Mapping[str, str]) -> list[str | None]:
    return [tags.get(key) for key in ALT_TAGS]


def _streets(ways: Iterable[Road]) -> Iterator[Entry]:
    by_name: dict[str, list[Road]] = defaultdict(list)
    for way in ways:
        by_name[str(way.name)].append(way)
    for name, of_it in sorted(by_name.items()):
        lines = shapely.linestrings([point for way in of_it for point in way.line], indices=_owners(of_it))
        for members in _together(lines):
            stretch = shapely.union_all(lines[members])
            # On the street itself, which the middle of a bend is not.
            at = shapely.get_point(shapely.shortest_line(stretch, shapely.centroid(stretch)), 0)
            alts = [alt for member in members for alt in _alts(of_it[member].tags)]
            yield named(STREET, name, (float(at.x), float(at.y)), alts)


def _owners(ways: Sequence[Road]) -> list[int]:
    return [n for n, way in enumerate(ways) for _ in way.line]


def _together(lines: Sequence[shapely.LineString]) -> list[list[int]]:
    """Which lines touch or run beside each other, in groups."""
    tree = shapely.STRtree(lines)
    pairs = tree.query(lines, predicate="dwithin", distance=ONE_STREET_DEG).T.tolist()
    return _groups(len(lines), pairs)


def _groups(count: int, pairs: Iterable[Sequence[int]]) -> list[list[int]]:
    leader = list(range(count))

    def led(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for one, other in pairs:
        first, second = sorted((led(one), led(other)))
        leader[second] = first
    groups: dict[int, list[int]] = defaultdict(list)
    for one in range(count):
        groups[led(one)].append(one)
    return list(groups.values())


def _crossings(ways: Iterable[Road]) -> Iterator[Entry]:
    met: dict[int, set[str]] = defaultdict(set)
    spots: dict[int, Spot] = {}
    for way in ways:
        for node, spot in zip(way.nodes, way.line, strict=True):
            met[node].add(str(way.name))
            spots[node] = spot
    by_pair: dict[str, list[Spot]] = defaultdict(list)
    for node, streets in met.items():
        for one, other in itertools.combinations(sorted(streets), 2):
            by_pair[crossing_name(one, other)].append(spots[node])
    for name, nodes in sorted(by_pair.items()):
        near = [
            (n, m)
            for n, m in itertools.combinations(range(len(nodes)), 2)
            if approx_distance_m(*nodes[n], *nodes[m]) <= ONE_CROSSING_M
        ]
        for members in _groups(len(nodes), near):
            lon, lat = _mean([nodes[n] for n in members])
            yield Entry(kind=CROSSING, name=name, lon=lon, lat=lat)


def _mean(spots: Sequence[Spot]) -> Spot:
    lons, lats = zip(*spots, strict=True)
    return sum(lons) / len(lons), sum(lats) / len(lats)


def _houses(houses: Iterable[House]) -> Iterator[Entry]:
    """Each number of a street once a place; several entrances or shops of one house are one."""
    told: dict[tuple[str, str, int, int], Entry] = {}
    for house in houses:
        number = house_number(house.number)
        where = round(house.lon / ONE_STREET_DEG), round(house.lat / ONE_STREET_DEG)
        told.setdefault(
            (house.street, number, *where),
            Entry(
                kind=HOUSE_NUMBER, name=house_name(house.street, number), lon=house.lon, lat=house.lat,
                street=house.street, number=number,
            ),
        )  # fmt: skip
    return iter(told.values())


def _streets_of_houses(houses: Iterable[House], known: set[str]) -> Iterator[Entry]:
    """Streets that houses name and no way does, amid their houses."""
    unknown: dict[str, list[Spot]] = defaultdict(list)
    for house in houses:
        if folded(house.street) not in known:
            unknown[house.street].append((house.lon, house.lat))
    for street, spots in sorted(unknown.items()):
        yield named(STREET, street, _mean(spots))


def _places(extract: Extract) -> Iterator[Entry]:
    for place in extract.places:
        spot, ref = (place.lon, place.lat), place.tags.get("ref")
        if place.tags.get("emergency") == "phone":
            code = ref or f"OSM-{place.id}"
            yield named(CALL_POINT, place.name or code, spot, _alts(place.tags), code)
        elif place.name:
            yield named(PLACE, place.name, spot, _alts(place.tags), ref)
