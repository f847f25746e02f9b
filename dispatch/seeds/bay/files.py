"""The bay city as two files, a map and its areas, the same bytes for the same seed.

From here on nobody knows that the city was invented: seeding, patrols and the ground of the page read these files only.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec

from dispatch.seeds.bay import names
from dispatch.seeds.bay.areas import Realm
from dispatch.seeds.bay.shape import (
    COLUMNS,
    DECIMALS,
    EAST,
    NORTH,
    PARKS,
    SOUTH,
    SUPER,
    WEST,
    Bay,
    Ground,
    Place,
)
from dispatch.seeds.bay.sites import Site, Sites, metro_lines, railway
from dispatch.seeds.bay.streets import Net
from geo.atlas import AREAS_FILE, MAP_FILE
from geo.coordinates import destination
from geo.osm import Written, write_extract

CALL_POINTS = 300
_HOUSE = re.compile(r"(.+?)(\d+)号")
_SPEEDS = {
    "trunk": "80",
    "primary": "60",
    "secondary": "50",
    "tertiary": "40",
    "residential": "30",
    "living_street": "15",
}
_TAGS: dict[str, dict[str, str]] = {
    "mall": {"shop": "mall"}, "square": {"place": "square"}, "market": {"amenity": "marketplace"},
    "supermarket": {"shop": "supermarket"}, "convenience": {"shop": "convenience"}, "bank": {"amenity": "bank"},
    "primary": {"amenity": "school"}, "middle": {"amenity": "school"}, "kindergarten": {"amenity": "kindergarten"},
    "university": {"amenity": "university"}, "hospital": {"amenity": "hospital"}, "clinic": {"amenity": "clinic"},
    "homes": {"place": "neighbourhood"}, "village": {"place": "quarter"}, "tower": {"building": "office"},
    "hotel": {"tourism": "hotel"}, "fuel": {"amenity": "fuel"}, "factory": {"landuse": "industrial"},
    "restaurant": {"amenity": "restaurant"}, "bar": {"amenity": "bar"}, "cinema": {"amenity": "cinema"},
    "stadium": {"leisure": "stadium"}, "library": {"amenity": "library"}, "parking": {"amenity": "parking"},
    "community": {"amenity": "community_centre"}, "park": {"leisure": "park"}, "bus": {"amenity": "bus_station"},
    "fire": {"amenity": "fire_station"}, "pier": {"amenity": "ferry_terminal"}, "temple": {"amenity": "place_of_worship"},
    "station": {"railway": "station"}, "metro": {"railway": "station", "station": "subway"},
}  # fmt: skip
# Where one-touch-alarm devices hang, by kind of place; the likeliest walls first.
_WALLS: dict[str, tuple[str, ...]] = {
    "metro": ("A出口", "B出口"), "primary": ("正门门岗",), "middle": ("正门门岗",), "kindergarten": ("门岗",),
    "hospital": ("急诊大厅", "门诊大厅"), "bank": ("营业厅",), "mall": ("服务台", "负一层停车场"), "square": ("治安岗亭",),
    "station": ("进站口", "出站口"), "pier": ("候船厅",), "bus": ("候车厅",), "university": ("南门门岗",), "stadium": ("东看台入口",),
    "fuel": ("收银台",), "market": ("管理处",), "supermarket": ("收银台",), "hotel": ("前台",), "bar": ("治安岗亭",),
    "convenience": ("收银台",), "park": ("岗亭",), "homes": ("门岗", "中心花园"), "community": ("服务大厅",), "clinic": ("导诊台",),
    "tower": ("大堂",), "library": ("总服务台",), "cinema": ("售票厅",), "village": ("村口岗亭",), "factory": ("门卫室",),
}  # fmt: skip


def write_bay(folder: Path, seed: int) -> None:
    """Draw the city of this seed into `folder`: its map and its areas."""
    bay = Bay(seed)
    ground, net = bay.ground(), Net(bay, seed)
    sites = Sites(bay, net, ground, seed).all
    realm = Realm(bay, ground, seed)
    features = [{"type": "Feature", "properties": _city(), "geometry": None}, *realm.features(sites)]
    areas = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    (folder / AREAS_FILE).write_bytes(areas)
    houses = [Site(name, "police", *place, "") for name, place in realm.houses()]
    drawing = _Drawing(bay, ground, net, [*sites, *houses], call_points(sites, realm, seed))
    write_extract(folder / MAP_FILE, drawing.written())


def _city() -> dict[str, object]:
    return {"kind": "city", "name_zh": names.CITY.zh, "name_en": names.CITY.en, "zone": "Asia/Shanghai",
            "bounds": [WEST, SOUTH, EAST, NORTH]}  # fmt: skip


class CallPointSite(msgspec.Struct, frozen=True):
    """A device on a wall of a site."""

    code: str
    name: str
    lon: float
    lat: float
    address: str


def call_points(sites: list[Site], realm: Realm, seed: int) -> list[CallPointSite]:
    """Devices on the likeliest walls of the city, each with the code of the station whose area it is in."""
    rng = Random(f"call points {seed}")
    walls = [(site, wall) for kind in _WALLS for site in sites if site.kind == kind for wall in _WALLS[kind]]
    chosen = sorted(walls[:CALL_POINTS], key=lambda pair: pair[0].name)
    counted: dict[str, int] = {}
    devices = []
    for site, wall in chosen:
        lon, lat = destination(site.lon, site.lat, rng.uniform(0, 360), rng.uniform(2, 9))
        code = realm.station_at(lon, lat)
        counted[code] = number = counted.get(code, 0) + 1
        devices.append(
            CallPointSite(
                f"{code}-CP{number:02}", f"{site.name}{wall}一键报警点", round(lon, DECIMALS), round(lat, DECIMALS),
                f"{site.address}{site.name}{wall}",
            )
        )  # fmt: skip
    return devices


class _Drawing:
    """Gives every node and way its number, in the order in which they are drawn."""

    def __init__(
        self, bay: Bay, ground: Ground, net: Net, sites: list[Site], devices: list[CallPointSite]
    ) -> None:
        self._bay, self._ground, self._net, self._sites, self._devices = bay, ground, net, sites, devices
        self._nodes: list[tuple[int, float, float, Mapping[str, str]]] = []
        self._ways: list[tuple[int, list[int], Mapping[str, str]]] = []

    def written(self) -> Written:
        """All of it."""
        self._streets()
        for site in self._sites:
            self._node((site.lon, site.lat), _site_tags(site))
        for device in self._devices:
            self._node((device.lon, device.lat), _device_tags(device))
        self._way([*self._ground.mainland_shore], {"natural": "coastline"})
        self._way([*self._ground.island_shore], {"natural": "coastline"})
        river = [(lon, lat) for lon, lat in self._ground.river.exterior.coords]
        self._way(river, {"natural": "water", "water": "river", "name": names.RIVER})
        for (column, row), name in PARKS.items():
            kind = {"natural": "water"} if name.endswith("水库") else {"leisure": "park"}
            self._way(
                self._patch(column * SUPER + 0.4, row * SUPER + 0.4, SUPER - 0.8), {**kind, "name": name}
            )
        self._way(
            self._patch(9 * SUPER + 0.5, 7 * SUPER + 0.5, 2.9 * SUPER),
            {"landuse": "forest", "name": "半山森林公园"},
        )
        for line, points in metro_lines(self._bay):
            self._way(points, {"railway": "subway", "name": line.zh, "name:en": line.en})
        self._way(railway(self._bay), {"railway": "rail", "name": "榕北铁路"})
        return Written(self._nodes, self._ways)

    def _node(self, place: Place, tags: Mapping[str, str]) -> int:
        self._nodes.append((len(self._nodes) + 1, *place, tags))
        return len(self._nodes)

    def _way(self, points: list[Place], tags: Mapping[str, str]) -> None:
        closed = points[0] == points[-1]
        ids = [
            self._node((round(lon, DECIMALS), round(lat, DECIMALS)), {})
            for lon, lat in points[: -1 if closed else None]
        ]
        self._ways.append((len(self._ways) + 1, [*ids, ids[0]] if closed else ids, tags))

    def _streets(self) -> None:
        lit = {"highway": "traffic_signals"}
        ids = {
            key: self._node(place, lit if key in self._net.lit else {})
            for key, place in self._net.places.items()
        }
        for street in self._net.streets:
            tags = {"highway": street.kind, "name": street.name, "maxspeed": _SPEEDS[street.kind]}
            if street.oneway:
                tags["oneway"] = "yes"
            if street.bridge:
                tags |= {"bridge": "yes", "layer": "1"}
            self._ways.append((len(self._ways) + 1, [ids[key] for key in street.keys], tags))

    def _patch(self, column: float, row: float, size: float) -> list[Place]:
        """A piece of ground as wide and as high as so many blocks, its border along the lattice."""
        wide = min(size, COLUMNS - column)
        steps = [n / 8 for n in range(8)]
        ring = [
            *(self._bay.at(column + wide * n, row) for n in steps),
            *(self._bay.at(column + wide, row + size * n) for n in steps),
            *(self._bay.at(column + wide * (1 - n), row + size) for n in steps),
            *(self._bay.at(column, row + size * (1 - n)) for n in steps),
        ]
        return [*ring, ring[0]]


def _site_tags(site: Site) -> dict[str, str]:
    if site.kind == "police":
        return {"amenity": "police", "name": site.name}
    tags = {**_TAGS[site.kind], "name": site.name, "addr:full": site.address, "ref:kind": site.kind}
    house = _HOUSE.fullmatch(site.address)
    return tags if house is None else tags | {"addr:street": house[1], "addr:housenumber": house[2]}


def _device_tags(device: CallPointSite) -> dict[str, str]:
    code = device.code
    return {
        "emergency": "phone", "ref": code, "name": device.name, "addr:full": device.address,
        "surveillance:ref": f"{code}-CAM1;{code}-CAM2", "contact:sip": f"sip:{code.lower()}@talk.invalid",
    }  # fmt: skip
