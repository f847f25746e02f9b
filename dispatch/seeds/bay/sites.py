"""What stands along the streets of the bay city: homes, schools, shops, hospitals, metro stations, piers, each with an address.

Callers speak of these places, call points hang on their walls, and school gates are where patrols stand in the morning.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from random import Random

import msgspec
import shapely

from dispatch.seeds.bay import names
from dispatch.seeds.bay.shape import DECIMALS, SUPER, Bay, Ground, Place, style_of
from dispatch.seeds.bay.streets import Key, Net, Street
from geo.coordinates import approx_distance_m, bearing_deg, destination

type Superblock = tuple[int, int]

ISLE: Superblock = (6, -1)
OFF_STREET_M = (18.0, 42.0)
NUMBER_EVERY_M = 9.0
LOTS = frozenset({"residential", "tertiary", "secondary", "primary", "living_street"})

# How many of each a superblock has on average, by the style of its quarter.
_WANTED: dict[str, dict[str, float]] = {
    "core": {"mall": 0.7, "tower": 3, "hotel": 1, "bank": 1.2, "restaurant": 1, "cinema": 0.4, "convenience": 1,
             "parking": 0.5, "bar": 0.5, "homes": 0.8, "square": 0.3},
    "old": {"market": 0.6, "homes": 1.6, "village": 0.3, "restaurant": 1.2, "bar": 0.7, "convenience": 1, "bank": 0.5,
            "primary": 0.5, "temple": 0.3, "hotel": 0.6, "clinic": 0.3, "community": 0.6},
    "homes": {"homes": 3, "primary": 0.45, "middle": 0.3, "kindergarten": 0.5, "supermarket": 0.5, "convenience": 0.6,
              "bank": 0.35, "market": 0.3, "community": 0.5, "park": 0.3, "clinic": 0.3, "fuel": 0.15, "restaurant": 0.4},
    "tech": {"tower": 1.6, "factory": 0.4, "homes": 1.2, "hotel": 0.4, "bank": 0.4, "convenience": 0.6,
             "restaurant": 0.5, "park": 0.2, "mall": 0.15, "parking": 0.4},
    "port": {"factory": 2, "parking": 0.4, "fuel": 0.3, "convenience": 0.4, "village": 0.4},
    "suburb": {"homes": 1.2, "village": 0.8, "primary": 0.3, "factory": 0.4, "fuel": 0.3, "market": 0.3,
               "community": 0.4, "convenience": 0.3, "middle": 0.15},
    "hills": {"park": 0.3, "temple": 0.2},
    "park": {},
}  # fmt: skip
# What every city has, and where: name, kind, superblock.
_LANDMARKS: tuple[tuple[str, str, Superblock], ...] = (
    ("市民广场", "square", (8, 1)), ("榕海中心大厦", "tower", (8, 0)), ("星汇购物中心", "mall", (9, 1)),
    ("榕海市第一人民医院", "hospital", (8, 2)), ("榕海市第二人民医院", "hospital", (4, 3)),
    ("东屿人民医院", "hospital", (12, 4)), ("福临医院", "hospital", (2, 7)), ("榕海市妇幼保健院", "hospital", (6, 5)),
    ("榕海站", "station", (4, 6)), ("榕海市体育中心", "stadium", (11, 4)), ("榕海图书馆", "library", (7, 2)),
    ("榕海职业技术学院", "university", (6, 7)), ("榕海客运港", "pier", (7, 0)), ("南屿码头", "pier", ISLE),
    ("南屿灯塔公园", "park", ISLE), ("南屿渔村", "village", ISLE), ("南屿小学", "primary", ISLE), ("听涛海鲜大排档", "restaurant", ISLE),
    ("新渔港码头", "pier", (1, 0)), ("东屿汽车站", "bus", (13, 4)), ("城西客运站", "bus", (2, 3)), ("鼓楼步行街", "bar", (5, 1)),
    ("城西消防救援站", "fire", (2, 4)), ("鼓楼消防救援站", "fire", (5, 2)), ("蓝湾消防救援站", "fire", (9, 2)),
    ("东屿消防救援站", "fire", (12, 3)), ("鹤鸣消防救援站", "fire", (5, 8)), ("天后宫", "temple", (5, 0)),
)  # fmt: skip


class Site(msgspec.Struct, frozen=True):
    """A named place: its kind (a key of names.KINDS, or "station", "metro"), WGS-84 degrees, and how one says where it is."""

    name: str
    kind: str
    lon: float
    lat: float
    address: str


class Lot(msgspec.Struct, frozen=True):
    """Ground along a street: from one node to the next, so many metres after the street's beginning."""

    street: Street
    start: Place
    end: Place
    begins_m: float


def lots_of(net: Net) -> dict[Superblock, list[Lot]]:
    """All ground along streets that houses may stand on, by superblock."""
    lots: dict[Superblock, list[Lot]] = defaultdict(list)
    for street in net.streets:
        if street.kind not in LOTS or street.bridge:
            continue
        along_m = 0.0
        for one, other in zip(street.keys, street.keys[1:], strict=False):
            start, end = net.places[one], net.places[other]
            lots[_superblock(one, other)].append(Lot(street, start, end, along_m))
            along_m += approx_distance_m(*start, *end)
    return lots


def _superblock(one: Key, other: Key) -> Superblock:
    if one[0] == "isle":
        return ISLE
    column, row = (one[1] + other[1]) / 4, (one[2] + other[2]) / 4
    return min(int(column / SUPER), 14), min(int(row / SUPER), 9)


class Sites:
    """All places of one city, in a fixed order; each on land, each name once."""

    def __init__(self, bay: Bay, net: Net, ground: Ground, seed: int) -> None:
        self._rng = Random(f"sites {seed}")
        self._stems = names.stems(self._rng)
        self._land = ground.land
        shapely.prepare(self._land)
        self._named: set[str] = set()
        self._lots = lots_of(net)
        self.all = [
            *metro_stations(bay),
            *(self._placed(name, kind, where) for name, kind, where in _LANDMARKS),
            *self._quarters(),
        ]

    def _quarters(self) -> Iterator[Site]:
        for where in sorted(self._lots):
            if where == ISLE:
                continue
            for kind, average in _WANTED[style_of(*where).name].items():
                whole, rest = divmod(average, 1)
                for _ in range(int(whole) + (self._rng.random() < rest)):
                    yield self._placed(self._name(kind), kind, where)

    def _name(self, kind: str) -> str:
        while True:
            name = next(self._stems) + self._rng.choice(names.KINDS[kind])
            if name not in self._named:
                self._named.add(name)
                return name

    def _placed(self, name: str, kind: str, where: Superblock) -> Site:
        lon, lat, address = self.spot(where)
        return Site(name, kind, lon, lat, address)

    def spot(self, where: Superblock) -> tuple[float, float, str]:
        """Ground beside a street of this superblock: lon, lat, address."""
        while True:
            lot = self._rng.choice(self._lots[where])
            share, side = self._rng.random(), self._rng.choice((-90.0, 90.0))
            (lon1, lat1), (lon2, lat2) = lot.start, lot.end
            lon, lat = lon1 + share * (lon2 - lon1), lat1 + share * (lat2 - lat1)
            away = self._rng.uniform(*OFF_STREET_M)
            lon, lat = destination(lon, lat, bearing_deg(lon1, lat1, lon2, lat2) + side, away)
            if shapely.contains_xy(self._land, lon, lat):
                metres = lot.begins_m + share * approx_distance_m(lon1, lat1, lon2, lat2)
                number = 2 * math.floor(metres / NUMBER_EVERY_M / 2) + (1 if side < 0 else 2)
                return round(lon, DECIMALS), round(lat, DECIMALS), f"{lot.street.name}{number}号"


def metro_lines(bay: Bay) -> list[tuple[names.Name, list[Place]]]:
    """The metro's lines as they run: one along the second boulevard, one inland under an avenue."""
    return [
        (names.METRO_LINES[0], [bay.at(column / 2, SUPER) for column in range(8, 113)]),
        (names.METRO_LINES[1], [bay.at(8 * SUPER, row / 2) for row in range(73)]),
    ]


def railway(bay: Bay) -> list[Place]:
    """The main line from the north to the station."""
    return [bay.at(18.5, row / 2) for row in range(80, 51, -1)]


def metro_stations(bay: Bay) -> list[Site]:
    """The stations of both lines, where they cross arterials; the interchange once."""
    first = [(column, SUPER) for column in range(SUPER, 57, SUPER)]
    second = [(8 * SUPER, row) for row in range(0, 37, SUPER) if row != SUPER]
    return [
        Site(f"{name}地铁站", "metro", *bay.at(column, row), road)
        for column, row in [*first, *second]
        for name, road in [_station_name(column, row)]
    ]


def _station_name(column: int, row: int) -> tuple[str, str]:
    if (column, row) == (8 * SUPER, SUPER):
        return "市民中心", "海韵大道与蓝湾路路口"
    if row == SUPER:
        avenue = names.AVENUES[column // SUPER]
        return avenue.removesuffix("路"), f"海韵大道与{avenue}路口"
    boulevard = names.BOULEVARDS[row // SUPER] or names.COAST_ROAD
    return boulevard.removesuffix("大道"), f"{boulevard}与蓝湾路路口"
