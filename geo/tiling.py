"""A map cut into vector tiles, in layers and kinds of the Shortbread schema (shortbread-tiles.org, version 1.0).

Made once when a city's bundle is built: the map is read a second time and written out thing by thing, so that memory stays
small whatever the city; cutting, simplifying and packing is tippecanoe's trade. `tiles` serves what comes out.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import osmium

from geo.errors import BadMap
from geo.osm import Line

LOWEST, HIGHEST = 6, 14
TILES_FILE = "tiles.pmtiles"

type Tags = Mapping[str, str]
type Feature = dict[str, Any]

# Kind of street -> the zoom from which it is drawn.
_STREETS = {
    "motorway": 6, "trunk": 6, "primary": 8, "secondary": 9, "tertiary": 10, "unclassified": 11, "residential": 11,
    "busway": 12, "living_street": 12, "pedestrian": 12, "service": 13, "track": 13, "footway": 13, "steps": 13,
    "path": 13, "cycleway": 13, "bridleway": 13, "road": 12,
}  # fmt: skip
_RAILS = {
    "rail": 8,
    "light_rail": 10,
    "subway": 10,
    "tram": 12,
    "narrow_gauge": 10,
    "monorail": 10,
    "funicular": 12,
}
_WATERWAYS = {"river": 9, "canal": 10, "stream": 13, "ditch": 14, "drain": 14}
_LAND = {
    "landuse": {
        "forest": 7, "grass": 11, "meadow": 11, "residential": 10, "industrial": 10, "commercial": 10, "retail": 10,
        "railway": 10, "garages": 12, "farmland": 10, "orchard": 10, "vineyard": 10, "allotments": 11, "cemetery": 11,
        "recreation_ground": 11, "brownfield": 10, "greenfield": 10, "quarry": 11, "village_green": 11,
    },
    "natural": {"wood": 7, "scrub": 11, "heath": 11, "beach": 10, "sand": 10, "wetland": 11, "bare_rock": 11},
    "leisure": {"park": 11, "garden": 11, "pitch": 12, "playground": 12, "golf_course": 11, "sports_centre": 12},
    "amenity": {"grave_yard": 13},
}  # fmt: skip
_SITES = {
    "amenity": {"university", "hospital", "school", "college", "prison", "parking", "bicycle_parking"},
    "landuse": {"construction"},
    "leisure": {"sports_centre"},
}
_WATERS = {("natural", "water"), ("landuse", "reservoir"), ("waterway", "riverbank"), ("waterway", "dock"), ("landuse", "basin")}  # fmt: skip
_PLACES = {
    "city": 6, "town": 7, "village": 10, "hamlet": 10, "suburb": 11, "quarter": 12, "neighbourhood": 13, "island": 11,
    "square": 13, "isolated_dwelling": 13, "farm": 13, "islet": 13,
}  # fmt: skip
_STOPS = {
    ("railway", "station"): 11, ("railway", "halt"): 13, ("railway", "tram_stop"): 14, ("highway", "bus_stop"): 14,
    ("amenity", "bus_station"): 13, ("amenity", "ferry_terminal"): 12, ("aeroway", "aerodrome"): 11,
    ("aerialway", "station"): 13,
}  # fmt: skip
_POI_KEYS = ("amenity", "shop", "tourism", "leisure", "historic", "man_made", "emergency", "office")
_DULL_POIS = {"bench", "waste_basket", "parking", "parking_space", "bicycle_parking", "parking_entrance", "hunting_stand"}  # fmt: skip
_NAMES = {"name": "name", "name_en": "name:en", "name_zh": "name:zh", "name_de": "name:de"}
_KEYS = (
    "highway", "railway", "waterway", "natural", "landuse", "leisure", "amenity", "building", "place", "shop", "tourism",
    "historic", "man_made", "emergency", "office", "aeroway", "aerialway", "addr:housenumber",
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


def cut(map_file: Path, sea: Sequence[Line], folder: Path, credit: str | None) -> int:
    """Cut a map (any format of osmium) into `folder`/tiles.pmtiles; sea: outlines of salt water. How many things went in.

    Raises BadMap.
    """
    things, count = folder / "things.geojsons", 0
    try:
        with things.open("wb") as file:
            for feature in _features(map_file, sea):
                file.write(_encode(feature))
                file.write(b"\n")
                count += 1
        _tippecanoe(things.name, folder, credit)
    except RuntimeError as damaged:
        raise BadMap(f"The map {map_file} can't be cut into tiles: {damaged}.") from damaged
    finally:
        things.unlink(missing_ok=True)
    return count


def program() -> str:
    """Where tippecanoe is: beside this interpreter, else on the path. Raises BadMap."""
    beside = Path(sys.executable).with_name("tippecanoe")
    found = str(beside) if beside.exists() else shutil.which("tippecanoe")
    if found is None:
        raise BadMap("There is no tippecanoe to cut tiles with; install the package tippecanoe.")
    return found


def _tippecanoe(things: str, folder: Path, credit: str | None) -> None:
    # Names relative to the folder: what tippecanoe writes into the file about its own call must not depend on the machine.
    made = subprocess.run(  # noqa: S603 - fixed arguments
        [
            program(), "--output", TILES_FILE, "--force", "--quiet", "--read-parallel", "--minimum-zoom", str(LOWEST),
            "--maximum-zoom", str(HIGHEST), "--drop-rate", "1", "--drop-smallest-as-needed", "--name", "city",
            "--attribution", credit or "", "--temporary-directory", ".", things,
        ],
        cwd=folder, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode != 0:
        raise RuntimeError(" ".join(made.stderr.split())[-300:] or f"tippecanoe ended with {made.returncode}")


def _features(map_file: Path, sea: Sequence[Line]) -> Iterator[Feature]:
    for ring in sea:
        yield _feature("ocean", {}, {"type": "Polygon", "coordinates": [ring]}, LOWEST)
    shapes = osmium.geom.GeoJSONFactory()
    found = (
        osmium.FileProcessor(str(map_file))
        .with_locations()
        .with_areas(osmium.filter.KeyFilter(*_KEYS))
        .with_filter(osmium.filter.KeyFilter(*_KEYS))
    )
    for thing in found:
        tags = {tag.k: tag.v for tag in thing.tags}
        try:
            if isinstance(thing, osmium.osm.Node):
                yield from _of_node(tags, _decoded(shapes.create_point(thing)))
            elif isinstance(thing, osmium.osm.Way):
                yield from _of_way(tags, thing, shapes)
            elif isinstance(thing, osmium.osm.Area):
                yield from _of_area(tags, _decoded(shapes.create_multipolygon(thing)))
        except (osmium.InvalidLocationError, RuntimeError):
            continue  # cut off by the border of the extract: nothing of it can be drawn


def _decoded(geometry: str) -> dict[str, Any]:
    shape: dict[str, Any] = msgspec.json.decode(geometry)
    return shape


def _feature(layer: str, properties: Mapping[str, object], shape: dict[str, Any], zoom: int) -> Feature:
    return {
        "type": "Feature",
        "tippecanoe": {"layer": layer, "minzoom": max(LOWEST, min(zoom, HIGHEST))},
        "properties": {key: value for key, value in properties.items() if value not in (None, "", False)},
        "geometry": shape,
    }


def _named(tags: Tags) -> dict[str, object]:
    return {ours: tags.get(theirs) for ours, theirs in _NAMES.items()}


def _of_node(tags: Tags, shape: dict[str, Any]) -> Iterator[Feature]:
    if tags.get("place") in _PLACES and tags.get("name"):
        kind = tags["place"]
        yield _feature("place_labels", {"kind": kind, "population": _whole(tags.get("population")), **_named(tags)}, shape, _PLACES[kind])  # fmt: skip
    yield from _of_point(tags, shape)


def _of_point(tags: Tags, shape: dict[str, Any]) -> Iterator[Feature]:
    """What an area in small would be as well: stops, points of interest, house numbers."""
    for (key, value), zoom in _STOPS.items():
        if tags.get(key) == value:
            yield _feature("public_transport", {"kind": value, "iata": tags.get("iata"), **_named(tags)}, shape, zoom)  # fmt: skip
            break
    about = {key: tags[key] for key in _POI_KEYS if key in tags}
    if about and not _DULL_POIS & set(about.values()):
        yield _feature("pois", {**about, **_named(tags), "cuisine": tags.get("cuisine")}, shape, HIGHEST)
    if "addr:housenumber" in tags:
        said = {"housenumber": tags["addr:housenumber"], "housename": tags.get("addr:housename")}
        yield _feature("addresses", said, shape, HIGHEST)


def _of_way(tags: Tags, way: Any, shapes: Any) -> Iterator[Feature]:
    kind, is_link = tags.get("highway", "").removesuffix("_link"), tags.get("highway", "").endswith("_link")
    if kind in _STREETS and tags.get("area") != "yes":
        yield from _street(tags, kind, _decoded(shapes.create_linestring(way)), is_link=is_link)
    elif tags.get("railway") in _RAILS:
        kind = tags["railway"]
        said = {"kind": kind, "rail": True, **_built(tags), "service": tags.get("service")}
        yield _feature("streets", said, _decoded(shapes.create_linestring(way)), _RAILS[kind])
    elif tags.get("waterway") in _WATERWAYS:
        kind = tags["waterway"]
        shape = _decoded(shapes.create_linestring(way))
        yield _feature("water_lines", {"kind": kind, **_built(tags)}, shape, _WATERWAYS[kind])
        if tags.get("name"):
            yield _feature("water_lines_labels", {"kind": kind, **_named(tags)}, shape, max(12, _WATERWAYS[kind]))  # fmt: skip


def _built(tags: Tags) -> dict[str, object]:
    return {"bridge": tags.get("bridge", "no") != "no", "tunnel": tags.get("tunnel", "no") != "no"}


def _street(tags: Tags, kind: str, shape: dict[str, Any], *, is_link: bool) -> Iterator[Feature]:
    zoom = _STREETS[kind] + (1 if is_link else 0)
    oneway = tags.get("oneway")
    said = {
        "kind": kind, "link": is_link, "rail": False, **_built(tags), "oneway": oneway in {"yes", "true", "1"},
        "oneway_reverse": oneway in {"-1", "reverse"}, "surface": tags.get("surface"), "service": tags.get("service"),
        "z_order": max(0, 14 - zoom), "bicycle": tags.get("bicycle"), "horse": tags.get("horse"),
    }  # fmt: skip
    yield _feature("streets", said, shape, zoom)
    if tags.get("name") or tags.get("ref"):
        label = {
            "kind": kind,
            "link": is_link,
            "ref": tags.get("ref"),
            "tunnel": said["tunnel"],
            **_named(tags),
        }
        yield _feature("street_labels", label, shape, max(11, zoom + 1))


def _of_area(tags: Tags, shape: dict[str, Any]) -> Iterator[Feature]:
    pairs = set(tags.items())
    if pairs & _WATERS:
        kind = tags.get("water") or min(value for _, value in pairs & _WATERS)
        yield _feature("water_polygons", {"kind": kind}, shape, 6)
        if tags.get("name"):
            yield _feature("water_polygons_labels", {"kind": kind, **_named(tags)}, _middle(shape), 12)
    for key, kinds in _LAND.items():
        if (kind := tags.get(key, "")) in kinds:
            yield _feature("land", {"kind": kind}, shape, kinds[kind])
            break
    for key, sites in _SITES.items():
        if tags.get(key) in sites:
            yield _feature("sites", {"kind": tags[key], **_named(tags)}, shape, HIGHEST)
    if tags.get("highway") in {"pedestrian", "service"} and tags.get("area") == "yes":
        yield _feature("street_polygons", {"kind": tags["highway"], **_built(tags)}, shape, HIGHEST)
    if tags.get("building", "no") != "no":
        yield _feature("buildings", {"dummy": 1}, shape, HIGHEST)
    yield from _of_point(tags, _middle(shape))


def _middle(shape: dict[str, Any]) -> dict[str, Any]:
    """The middle of the first ring's box: near enough for a sign."""
    ring = shape["coordinates"][0][0]
    lons, lats = [corner[0] for corner in ring], [corner[1] for corner in ring]
    return {"type": "Point", "coordinates": [(min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2]}


def _whole(said: str | None) -> int | None:
    return int(said) if said is not None and said.isdecimal() else None
