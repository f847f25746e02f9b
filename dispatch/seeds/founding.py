"""Rooms and areas for a map that brings none of ours: stations where the map has police, else placed and named as synthetic 合成.

So that any city of the world can be tried at once. Each station answers for what lies nearest to it within its district;
together they cover the city without gap or overlap. What is invented says so in its name.
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin
from scipy.cluster.vq import kmeans2
from shapely.ops import polygonize

from geo.coordinates import approx_distances_m
from geo.osm import Extract, Place
from geo.polygons import polygon_to_geojson
from geo.spelling import has_chinese, spelling

SYNTHETIC_ZH, SYNTHETIC_EN = "（合成）", " (synthetic)"
MARGIN_DEG = 0.01
APART_M = 200.0
MOST_STATIONS, MOST_INVENTED, MOST_INVENTED_A_DISTRICT = 40, 12, 5
CALL_POINTS = 60
_GRID_DEG = 1e-6  # as exact as areas are written
_CORNERS_A_STATION = 144  # square root of how many corners of streets, times twelve
_PUBLIC = frozenset({
    "school", "hospital", "bank", "station", "university", "mall", "supermarket", "pharmacy", "library", "townhall",
    "marketplace", "stadium", "fuel", "bus_station", "place_of_worship", "museum", "hotel", "kindergarten", "cinema",
})  # fmt: skip

type Feature = dict[str, Any]
type Corners = NDArray[np.float64]


class District(msgspec.Struct, frozen=True):
    """A part of the city with a room of its own. offices: names that its invented stations may take, in this order."""

    name: str
    shape: shapely.Geometry
    offices: tuple[str, ...] = ()


class Station(msgspec.Struct, frozen=True):
    """Where a room of patrols sits."""

    name_zh: str
    name_en: str
    lon: float
    lat: float
    district: int | None


def found(name: str, zone: str, extract: Extract, districts: Sequence[District] = ()) -> list[Feature]:
    """The areas' features of a city, as `reading` reads them: city, rooms, jurisdictions and call points."""
    return list(_Founding(name, extract, districts).features(zone))


class _Founding:
    def __init__(self, name: str, extract: Extract, districts: Sequence[District]) -> None:
        west, south, east, north = extract.bounds
        self._name, self._extract = name, extract
        self._box = shapely.box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
        named = [road for road in extract.roads if not road.bridge]
        self._corners: Corners = np.array([corner for road in named for corner in road.line])
        self._streets = [road.name for road in named for _ in road.line]
        self._prefix = _initials(name)
        self._districts = [one for one in districts if self._inside(one.shape).any()]
        self._taken: set[str] = set()
        self.stations = self._stations()

    def features(self, zone: str) -> Iterator[Feature]:
        """All of them, the city first."""
        west, south, east, north = self._extract.bounds
        yield _feature("city", None, name_zh=self._name, name_en=_in_latin(self._name), zone=zone)
        middle = (west + east) / 2, (south + north) / 2
        root = self._prefix
        yield _room(
            root, "city", None, (f"{self._name}指挥中心", f"{_in_latin(self._name)} Command Centre"), middle
        )
        for n, one in enumerate(self._districts):
            short = one.name.removesuffix("区")
            names = f"{short}分局指挥中心", f"{_in_latin(short)} District Room"
            point = shapely.intersection(one.shape, self._box).representative_point()
            yield _room(f"{root}{n + 1}", "district", root, names, (point.x, point.y))
        codes = self._codes()
        for code, station in zip(codes, self.stations, strict=True):
            parent = root if station.district is None else f"{root}{station.district + 1}"
            names = station.name_zh, station.name_en
            yield _room(code, "station", parent, names, (station.lon, station.lat))
        for code, station, shape in zip(codes, self.stations, self._areas(), strict=True):
            geometry = polygon_to_geojson(shape)
            yield _feature("jurisdiction", geometry, layer="police", room=code, name=station.name_zh)
        yield from self._call_points()

    def _codes(self) -> list[str]:
        counts: dict[int | None, int] = {}
        codes = []
        for one in self.stations:
            counts[one.district] = counts.get(one.district, 0) + 1
            within = "" if one.district is None else str(one.district + 1)
            codes.append(f"{self._prefix}{within}{counts[one.district]:02}")
        return codes

    # stations

    def _inside(self, shape: shapely.Geometry) -> NDArray[np.bool_]:
        shapely.prepare(shape)
        return np.asarray(shapely.contains_xy(shape, self._corners))

    def _stations(self) -> list[Station]:
        real = self._real()
        if not self._districts:
            return real or self._invented(None, self._corners, (), MOST_INVENTED)
        stations = [one for one in real if one.district is not None]
        for n, district in enumerate(self._districts):
            if not any(one.district == n for one in stations):
                corners = self._corners[self._inside(district.shape)]
                stations += self._invented(n, corners, district.offices, MOST_INVENTED_A_DISTRICT)
        return stations

    def _real(self) -> list[Station]:
        """Stations of the map, those that stand together as one."""
        found: list[Station] = []
        for place in sorted(self._police(), key=lambda one: one.id):
            near = approx_distances_m(
                place.lon, place.lat, np.array([o.lon for o in found]), np.array([o.lat for o in found])
            )
            if len(found) == MOST_STATIONS or (near < APART_M).any():
                continue
            name = self._free(place.name or place.id)
            english = place.tags.get("name:en") or _in_latin(name)
            found.append(
                Station(name, english, place.lon, place.lat, self._district_of(place.lon, place.lat))
            )
        return found

    def _police(self) -> Iterator[Place]:
        for place in self._extract.places:
            if place.tags.get("amenity") == "police" and self._box.contains(
                shapely.Point(place.lon, place.lat)
            ):
                yield place

    def _district_of(self, lon: float, lat: float) -> int | None:
        here = shapely.Point(lon, lat)
        return next((n for n, one in enumerate(self._districts) if one.shape.contains(here)), None)

    def _invented(
        self, district: int | None, corners: Corners, offices: Sequence[str], most: int
    ) -> list[Station]:
        """So many as the streets ask for, each amid its share of them."""
        count = max(1, min(most, math.ceil(math.sqrt(len(corners) / _CORNERS_A_STATION)), len(corners)))
        middles, _ = kmeans2(corners, count, minit="++", seed=110)
        stations = []
        for n, (lon, lat) in enumerate(sorted(middles.tolist())):
            away = approx_distances_m(lon, lat, corners[:, 0], corners[:, 1])
            at_lon, at_lat = corners[int(away.argmin())].tolist()
            name = self._free(offices[n] if n < len(offices) else self._street_near(at_lon, at_lat))
            stations.append(
                Station(
                    f"{name}派出所{SYNTHETIC_ZH}",
                    f"{_in_latin(name)} Station{SYNTHETIC_EN}",
                    at_lon,
                    at_lat,
                    district,
                )
            )
        return stations

    def _street_near(self, lon: float, lat: float) -> str:
        away = approx_distances_m(lon, lat, self._corners[:, 0], self._corners[:, 1])
        order = np.argsort(away, kind="stable")[:2_000].tolist()
        names = (self._streets[n] for n in order)
        return next((name for name in names if name and name not in self._taken), self._name)

    def _free(self, name: str) -> str:
        """The name, numbered where it is taken."""
        free, n = name, 1
        while free in self._taken:
            n += 1
            free = f"{name} {n}"
        self._taken.add(free)
        return free

    # areas

    def _areas(self) -> list[shapely.MultiPolygon]:
        """What each station answers for: its district's ground that lies nearest to it, and what no district has.

        Cut out of one drawing of all borders, so that neighbours have every point of theirs in common.
        """
        drawn = [self._box.boundary, *_borders_between(self.stations, self._box)]
        for n, one in enumerate(self._districts):
            drawn.append(shapely.intersection(shapely.make_valid(one.shape), self._box).boundary)
            drawn += _borders_between([s for s in self.stations if s.district == n], self._box)
        faces = polygonize(shapely.union_all(drawn, grid_size=_GRID_DEG))
        owned: list[list[shapely.Polygon]] = [[] for _ in self.stations]
        for face in faces:
            owned[self._owner(face.representative_point())].append(face)
        return [_polygons(shapely.union_all(own, grid_size=_GRID_DEG)) for own in owned]

    def _owner(self, place: shapely.Point) -> int:
        district = self._district_of(place.x, place.y)
        own = [n for n, one in enumerate(self.stations) if district is None or one.district == district]
        stretch = math.cos(math.radians(place.y))
        return min(
            own,
            key=lambda n: math.hypot(
                (self.stations[n].lon - place.x) * stretch, self.stations[n].lat - place.y
            ),
        )

    def _call_points(self) -> Iterator[Feature]:
        """Devices on the walls of public places, where the map knows of none."""
        if any(place.tags.get("emergency") == "phone" for place in self._extract.places):
            return
        public = [one for one in self._extract.places if one.kind in _PUBLIC and one.name]
        step = max(1, len(public) // CALL_POINTS)
        for n, place in enumerate(public[::step][:CALL_POINTS], start=1):
            yield _feature(
                "call_point", {"type": "Point", "coordinates": [place.lon, place.lat]},
                code=f"{self._prefix}-{n:03}", name=f"{place.name}{SYNTHETIC_ZH}",
            )  # fmt: skip


def _borders_between(stations: Sequence[Station], box: shapely.Geometry) -> list[shapely.Geometry]:
    """Within the box, where two of the stations are equally near."""
    if len(stations) < 2:
        return []
    stretch = math.cos(math.radians(stations[0].lat))
    points = shapely.MultiPoint([(one.lon * stretch, one.lat) for one in stations])
    west, south, east, north = box.bounds
    around = shapely.box(west * stretch, south, east * stretch, north)
    edges = shapely.voronoi_polygons(points, extend_to=around, only_edges=True)
    back = shapely.transform(edges, lambda corners: corners / np.array([stretch, 1.0]))
    return [shapely.intersection(back, box)]


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _in_latin(name: str) -> str:
    """As people write it who read no characters: 福田 is Futian."""
    return spelling(name).title() if has_chinese(name) else name


def _initials(name: str) -> str:
    """Two or three capitals for the codes of a city's rooms."""
    plain = unicodedata.normalize("NFKD", " ".join(lazy_pinyin(name, style=Style.NORMAL)))
    words = [word for word in "".join(c if c.isascii() and c.isalpha() else " " for c in plain if not unicodedata.combining(c)).split() if word]  # fmt: skip
    letters = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:2]
    return letters[:3].upper() or "C"


def _feature(kind: str, geometry: Mapping[str, object] | None, **told: object) -> Feature:
    return {"type": "Feature", "properties": {"kind": kind, **told}, "geometry": geometry}


def _room(
    code: str, tier: str, parent: str | None, names: tuple[str, str], place: tuple[float, float]
) -> Feature:
    return _feature(
        "room", {"type": "Point", "coordinates": [round(place[0], 6), round(place[1], 6)]},
        code=code, tier=tier, parent=parent, name_zh=names[0], name_en=names[1],
    )  # fmt: skip
