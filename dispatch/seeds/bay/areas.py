"""Who answers where in the bay city: its tree of rooms, jurisdictions in layers, beats and fixed positions, as GeoJSON.

Areas are made of whole superblocks whose sides are lines of the lattice, so that neighbours share every point of their
border: no gap and no overlap in any layer, and borders that run along streets.
"""

import heapq
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import shapely

from dispatch.seeds.bay import names
from dispatch.seeds.bay.shape import RIVER, SUPER, Bay, Ground, Place
from dispatch.seeds.bay.sites import ISLE, Site, Superblock, metro_lines
from geo.polygons import polygon_to_geojson

WIDTH, HEIGHT, SEA = 15, 10, 2  # superblocks; the sea's below row 0
ISLAND_SEA = frozenset({(5, -1), (6, -1), (7, -1), (5, -2), (6, -2), (7, -2)})
RIVER_COLUMN = RIVER // SUPER  # the river flows along the eastern side of these superblocks
ACROSS_RIVER = 8.0
TRAFFIC, METRO, WATER = "RHT", "RHM", "RHW"
METRO_WIDTH_M = 150.0
_DEGREES_A_METRE = 1 / 104_000
SCHOOL_HOURS = (
    {"days": "mon-fri", "from": "07:10", "to": "08:10"},
    {"days": "mon-fri", "from": "16:30", "to": "17:40"},
)
EVENING = ({"days": "mon-sun", "from": "18:30", "to": "22:30"},)
SCHOOL_KINDS, EVENING_KINDS = (
    frozenset({"primary", "middle", "kindergarten"}),
    frozenset({"square", "bar", "station"}),
)

type Feature = dict[str, Any]


class Realm:
    """Which station each superblock belongs to, and the shapes that follow."""

    def __init__(self, bay: Bay, ground: Ground, seed: int) -> None:
        self._bay, self._ground = bay, ground
        self.station_of = _grown(Random(f"areas {seed}"))
        self.codes = _codes()
        self.shapes = {
            station.zh: shapely.union_all([self._square(where) for where, owner in self.station_of.items() if owner == station.zh])
            for station in names.STATIONS
        }  # fmt: skip

    def features(self, sites: Iterable[Site]) -> list[Feature]:
        """Rooms, jurisdictions, beats and fixed positions, in this order."""
        return [*self._rooms(), *self._jurisdictions(), *self._beats(), *self._posts(sites)]

    def station_at(self, lon: float, lat: float) -> str:
        """The code of the police station that answers for a place in the city."""
        return next(
            self.codes[zh] for zh, shape in self.shapes.items() if shapely.intersects_xy(shape, lon, lat)
        )

    def houses(self) -> Iterator[tuple[str, Place]]:
        """Where the police stations stand, in the order of their names."""
        for station in names.STATIONS:
            place = self._bay.at(station.column * SUPER + 2.1, station.row * SUPER + 2.2)
            if station.zh == names.ISLAND.zh:
                place = _inside(shapely.Polygon(self._ground.island_shore))
            yield f"{station.zh}派出所", place

    def _square(self, where: Superblock) -> shapely.Polygon:
        west, south = where[0] * SUPER, where[1] * SUPER
        halves = [n / 2 for n in range(2 * SUPER)]
        return shapely.Polygon(
            [
                *(self._bay.at(west + n, south) for n in halves),
                *(self._bay.at(west + SUPER, south + n) for n in halves),
                *(self._bay.at(west + SUPER - n, south + SUPER) for n in halves),
                *(self._bay.at(west, south + SUPER - n) for n in halves),
            ]
        )

    def _rooms(self) -> Iterator[Feature]:
        middle = self._bay.at(8 * SUPER + 1, SUPER + 1)
        yield _room(
            names.CODE,
            "city",
            None,
            (f"{names.CITY.zh}公安局指挥中心", f"{names.CITY.en} Command Centre"),
            middle,
        )
        for n, district in enumerate(names.DISTRICTS, start=1):
            shape = self._district(n)
            yield _room(
                f"{names.CODE}{n}", "district", names.CODE,
                (f"{district.zh}分局指挥中心", f"{district.en} District Room"), _inside(shape),
            )  # fmt: skip
        trades = (
            (TRAFFIC, "交通警察支队指挥中心", "Traffic"),
            (METRO, "轨道公安分局指挥中心", "Metro"),
            (WATER, "水上分局指挥中心", "Water"),
        )
        for code, zh, en in trades:
            yield _room(code, "district", names.CODE, (zh, f"{en} Police Room"), middle)
        for station, (name, place) in zip(names.STATIONS, self.houses(), strict=True):
            yield _room(
                self.codes[station.zh], "station", f"{names.CODE}{station.district}",
                (f"{name}勤务指挥室", f"{station.en} Station"), place,
            )  # fmt: skip
        for layer, code, zh, en, shape in self._trades():
            yield _room(
                code,
                "station",
                code[:3],
                (f"{zh}勤务指挥室", f"{en} {layer.capitalize()} Station"),
                _inside(shape),
            )

    def _jurisdictions(self) -> Iterator[Feature]:
        for zh, shape in self.shapes.items():
            yield _jurisdiction("police", self.codes[zh], f"{zh}派出所辖区", shape)
        for layer, code, zh, _, shape in self._trades():
            yield _jurisdiction(layer, code, f"{zh}辖区", shape)

    def _trades(self) -> Iterator[tuple[str, str, str, str, shapely.Geometry]]:
        """Stations of the other trades: layer, code, name in Chinese and English, area."""
        for n, district in enumerate(names.DISTRICTS, start=1):
            yield "traffic", f"{TRAFFIC}{n:02}", f"{district.zh}交警大队", district.en, self._district(n)
        west, east = self._halves()
        lines = [
            shapely.LineString(line).buffer(METRO_WIDTH_M * _DEGREES_A_METRE, quad_segs=4)
            for _, line in metro_lines(self._bay)
        ]
        metro = shapely.set_precision(shapely.union_all(lines).intersection(shapely.union(west, east)), 1e-7)
        sea = shapely.union(west, east).difference(self._ground.land)
        for layer, code, whole, titles in (
            ("metro", METRO, metro, (("江西地铁派出所", "West"), ("湾东地铁派出所", "East"))),
            ("water", WATER, sea, (("内湾水上派出所", "Inner Bay"), ("东屿水上派出所", "Cape"))),
        ):
            for n, (half, (zh, en)) in enumerate(zip((west, east), titles, strict=True), start=1):
                yield layer, f"{code}{n:02}", zh, en, _polygons(whole.intersection(half))

    def _halves(self) -> tuple[shapely.Geometry, shapely.Geometry]:
        """The city west and east of the river's eastern bank."""
        return self._of({1, 2}), self._of({3, 4})

    def _district(self, number: int) -> shapely.Geometry:
        return self._of({number})

    def _of(self, districts: set[int]) -> shapely.Geometry:
        return shapely.union_all([self.shapes[s.zh] for s in names.STATIONS if s.district in districts])

    def _beats(self) -> Iterator[Feature]:
        """Every superblock that has land is a beat; what of it is water is the water police's."""
        counted: dict[str, int] = {}
        for where, owner in sorted(self.station_of.items()):
            if where[1] < 0 and where != ISLE:
                continue
            counted[owner] = number = counted.get(owner, 0) + 1
            shape = shapely.Polygon(self._ground.island_shore) if where == ISLE else self._square(where)
            yield {
                "type": "Feature",
                "properties": {"kind": "beat", "room": self.codes[owner], "code": f"{self.codes[owner]}-B{number:02}",
                               "name": f"{owner}{number}号巡段"},
                "geometry": polygon_to_geojson(_polygons(shape)),
            }  # fmt: skip

    def _posts(self, sites: Iterable[Site]) -> Iterator[Feature]:
        for site in sites:
            if site.kind in SCHOOL_KINDS:
                yield self._post(site, "护学岗", SCHOOL_HOURS)
            elif site.kind in EVENING_KINDS:
                yield self._post(site, "夜间守护岗", EVENING)

    def _post(self, site: Site, what: str, hours: tuple[dict[str, str], ...]) -> Feature:
        return {
            "type": "Feature",
            "properties": {"kind": "fixed_position", "room": self.station_at(site.lon, site.lat), "name": site.name + what,
                           "hours": list(hours)},
            "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
        }  # fmt: skip


def _codes() -> dict[str, str]:
    """A code for each station: its district's, then a number in the district."""
    counted: dict[int, int] = {}
    codes = {}
    for station in names.STATIONS:
        counted[station.district] = number = counted.get(station.district, 0) + 1
        codes[station.zh] = f"{names.CODE}{station.district}{number:02}"
    return codes


def _grown(rng: Random) -> dict[Superblock, str]:
    """Stations grow from their seeds over the land, so that each stays in one piece; the sea goes to the coast north of it."""
    owners: dict[Superblock, str] = dict.fromkeys(sorted(ISLAND_SEA), names.ISLAND.zh)
    ready = [(0.0, n, (s.column, s.row), s.zh) for n, s in enumerate(names.STATIONS) if s.row >= 0]
    heapq.heapify(ready)
    order = len(names.STATIONS)
    while ready:
        far, _, where, owner = heapq.heappop(ready)
        if where in owners:
            continue
        owners[where] = owner
        for step_c, step_r in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            beside = (where[0] + step_c, where[1] + step_r)
            if 0 <= beside[0] < WIDTH and 0 <= beside[1] < HEIGHT and beside not in owners:
                across = step_c != 0 and max(where[0], beside[0]) == RIVER_COLUMN + 1
                order += 1
                cost = far + rng.uniform(0.75, 1.25) + (ACROSS_RIVER if across else 0.0)
                heapq.heappush(ready, (cost, order, beside, owner))
    for column in range(WIDTH):
        for row in range(-1, -SEA - 1, -1):
            owners.setdefault((column, row), owners[column, 0])
    return owners


def _room(code: str, tier: str, parent: str | None, name: tuple[str, str], place: Place) -> Feature:
    return {
        "type": "Feature",
        "properties": {
            "kind": "room",
            "code": code,
            "tier": tier,
            "parent": parent,
            "name_zh": name[0],
            "name_en": name[1],
        },
        "geometry": {"type": "Point", "coordinates": list(place)},
    }


def _jurisdiction(layer: str, code: str, name: str, shape: shapely.Geometry) -> Feature:
    return {
        "type": "Feature",
        "properties": {"kind": "jurisdiction", "layer": layer, "room": code, "name": name},
        "geometry": polygon_to_geojson(_polygons(shape)),
    }


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The areas of a shape, without the lines and points that cutting may leave."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _inside(shape: shapely.Geometry) -> Place:
    point = max(shapely.get_parts(shape), key=lambda part: part.area).representative_point()
    return round(point.x, 7), round(point.y, 7)
