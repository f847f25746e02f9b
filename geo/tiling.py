"""A map cut into vector tiles, in layers and kinds of the Shortbread schema (`shortbread`).

Made once when a city's bundle is built: the map is read a second time and written out thing by thing, so that memory stays
small whatever the city; cutting, simplifying and packing is tippecanoe's trade. `tiles` serves what comes out.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from geo import shortbread as sb
from geo.errors import BadMap
from geo.osm import Line

LOWEST, HIGHEST = 6, 14
TILES_FILE = "tiles.pmtiles"

type Tags = Mapping[str, str]
type Feature = dict[str, Any]
type Drawn = tuple[str, dict[str, object], int]
"""Layer, attributes and the zoom from which a thing is drawn."""

_NAMES = {"name": "name", "name_en": "name:en", "name_zh": "name:zh", "name_de": "name:de"}
_KEYS = (
    "highway", "railway", "waterway", "natural", "landuse", "leisure", "amenity", "building", "place", "shop", "tourism",
    "historic", "man_made", "emergency", "office", "aeroway", "aerialway", "addr:housenumber", "wetland", "military", "boundary",
    "route",
)  # fmt: skip
_BRIDGES = frozenset({"no", "aqueduct"})
_TUNNELS = frozenset({"no", "culvert"})
_EARTH_M = 6_378_137.0
_TOWNS = frozenset({"city", "town", "village", "hamlet"})
# Square metres on the Mercator map -> the zoom from which such water is called by name.
_WATER_LABELS = ((1e9, 6), (1e7, 8), (1e5, 11), (0.0, HIGHEST))
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
    command = [
        program(), "--output", TILES_FILE, "--force", "--quiet", "--read-parallel", "--minimum-zoom", str(LOWEST),
        "--maximum-zoom", str(HIGHEST), "--drop-rate", "1", "--drop-smallest-as-needed", "--name", "city",
        "--attribution", credit or "", "--temporary-directory", ".", things,
    ]  # fmt: skip
    pipe = subprocess.PIPE
    making = subprocess.Popen(  # noqa: S603 - fixed arguments
        command, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    try:
        _, said = making.communicate()
    except BaseException:  # told to end: it and what it started must not go on in a folder that is gone
        os.killpg(making.pid, signal.SIGKILL)
        making.wait()
        raise
    if making.returncode != 0:
        raise RuntimeError(" ".join(said.split())[-300:] or f"tippecanoe ended with {making.returncode}")


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
    kind = tags.get("place", "")
    if kind in sb.PLACES and tags.get("name"):
        zoom, people = sb.PLACES[kind]
        shown = sb.CAPITALS.get(tags.get("capital", ""), kind) if kind in _TOWNS else kind
        said = {"kind": shown, "population": _whole(tags.get("population")) or people, **_named(tags)}
        yield _feature("place_labels", said, shape, LOWEST if shown != kind else zoom)
    if tags.get("highway") == "motorway_junction":
        said = {"kind": "motorway_junction", "ref": tags.get("ref"), **_named(tags)}
        yield _feature("street_labels_points", said, shape, 12)
    yield from _of_point(tags, shape)


def _of_point(tags: Tags, shape: dict[str, Any]) -> Iterator[Feature]:
    """What an area in small would be as well: stops, points of interest, house numbers."""
    stop = next((sb.STOPS[pair] for pair in tags.items() if pair in sb.STOPS), None)
    if stop is not None:
        said = {"kind": stop[0], "iata": tags.get("iata"), **_named(tags)}
        yield _feature("public_transport", said, shape, stop[1])
    house = {"housenumber": tags.get("addr:housenumber"), "housename": tags.get("addr:housename")}
    about = {key: tags[key] for key in sb.POI_KEYS if key in tags}
    if about and not sb.DULL_POIS & set(about.values()):
        yield _feature(
            "pois", {**about, **_named(tags), **house, "cuisine": tags.get("cuisine")}, shape, HIGHEST
        )
    elif house["housenumber"]:
        yield _feature("addresses", house, shape, HIGHEST)


def _of_way(tags: Tags, way: Any, shapes: Any) -> Iterator[Feature]:
    layers = list(_lines(tags))
    if layers:
        shape = _decoded(shapes.create_linestring(way))
        yield from (_feature(layer, said, shape, zoom) for layer, said, zoom in layers)


def _lines(tags: Tags) -> Iterator[Drawn]:
    """The layers a way is drawn in as a line."""
    kind, is_link = tags.get("highway", "").removesuffix("_link"), tags.get("highway", "").endswith("_link")
    if kind in sb.STREETS and tags.get("area") != "yes":
        yield from _street(tags, kind, is_link=is_link)
    elif (kind := tags.get("railway", "")) in sb.RAILS:
        yield (
            "streets",
            {"kind": kind, "rail": True, **_built(tags), "service": tags.get("service")},
            sb.RAILS[kind],
        )
        yield from _label("street_labels", {"kind": kind, **_named(tags)}, 14)
    elif (kind := tags.get("aeroway", "")) in sb.RUNWAYS and tags.get("area") != "yes":
        yield "streets", {"kind": kind, "surface": tags.get("surface")}, sb.RUNWAYS[kind]
    elif (kind := "ditch" if tags.get("waterway") == "drain" else tags.get("waterway", "")) in sb.WATERWAYS:
        yield "water_lines", {"kind": kind, **_built(tags)}, sb.WATERWAYS[kind]
        yield from _label("water_lines_labels", {"kind": kind, **_named(tags)}, sb.WATERWAY_LABELS[kind])
    if tags.get("waterway") == "dam":
        yield "dam_lines", {"kind": "dam"}, 12
    if tags.get("man_made") in sb.PIERS:
        yield "pier_lines", {"kind": tags["man_made"]}, 12
    if tags.get("aerialway") in sb.AERIALWAYS:
        yield "aerialways", {"kind": tags["aerialway"]}, 12
    if tags.get("route") == "ferry":
        yield "ferries", {"kind": "ferry", **_named(tags)}, 12 if tags.get("motor_vehicle") == "no" else 10
    if tags.get("boundary") == "administrative" and (level := tags.get("admin_level", "")) in sb.BOUNDARIES:
        at_sea = tags.get("maritime") == "yes" or tags.get("natural") == "coastline"
        disputed = tags.get("disputed") == "yes"
        yield (
            "boundaries",
            {"admin_level": int(level), "maritime": at_sea, "disputed": disputed},
            sb.BOUNDARIES[level],
        )


def _label(layer: str, said: dict[str, object], zoom: int) -> Iterator[Drawn]:
    if said.get("name") or said.get("ref"):
        yield layer, said, zoom


def _built(tags: Tags) -> dict[str, object]:
    return {
        "bridge": tags.get("bridge", "no") not in _BRIDGES,
        "tunnel": tags.get("tunnel", "no") not in _TUNNELS or tags.get("covered") == "yes",
    }


def _street(tags: Tags, kind: str, *, is_link: bool) -> Iterator[Drawn]:
    oneway = tags.get("oneway")
    said = {
        "kind": kind, "link": is_link, "rail": False, **_built(tags), "oneway": oneway in {"yes", "true", "1", "-1"},
        "oneway_reverse": oneway in {"-1", "reverse"}, "surface": tags.get("surface"), "service": tags.get("service"),
        "tracktype": tags.get("tracktype"), "bicycle": tags.get("bicycle"), "horse": tags.get("horse"),
    }  # fmt: skip
    yield "streets", said, sb.STREETS[kind] + (1 if is_link else 0)
    called = f"{kind}_link" if is_link else kind
    refs = tags.get("ref", "").split(";") if tags.get("ref") else []
    label = {
        "kind": called, "tunnel": said["tunnel"], "ref": "\n".join(ref.strip() for ref in refs), "ref_rows": len(refs) or None,
        "ref_cols": max(map(len, refs), default=0) or None, **_named(tags),
    }  # fmt: skip
    yield from _label("street_labels", label, sb.STREET_LABELS.get(called, HIGHEST))


def _of_area(tags: Tags, shape: dict[str, Any]) -> Iterator[Feature]:
    for layer, said, zoom in _grounds(tags, shape):
        yield _feature(layer, said, shape, zoom)
    for layer, said, zoom in _area_labels(tags, shape):
        yield _feature(layer, said, _middle(shape), zoom)
    yield from _of_point(tags, _middle(shape))


def _grounds(tags: Tags, shape: dict[str, Any]) -> Iterator[Drawn]:
    """The layers an area is filled in."""
    water = _water(tags)
    if water is not None:
        yield "water_polygons", {"kind": water[0], "way_area": _way_area(shape)}, water[1]
    land = next((kinds[tags[key]] for key, kinds in sb.LAND.items() if tags.get(key) in kinds), None)
    if land is not None:
        yield "land", {"kind": land[0]}, land[1]
    for key, sites in sb.SITES.items():
        if tags.get(key) in sites:
            yield "sites", {"kind": tags[key], **_named(tags)}, HIGHEST
    kind = tags.get("highway", "") if tags.get("area") == "yes" else ""
    if kind in sb.STREET_AREAS or (kind := tags.get("aeroway", "")) in sb.RUNWAYS:
        zoom = sb.STREET_AREAS.get(kind) or sb.RUNWAYS[kind]
        yield "street_polygons", {"kind": kind, **_built(tags), "surface": tags.get("surface")}, zoom
    if tags.get("waterway") == "dam":
        yield "dam_polygons", {"kind": "dam"}, 12
    if tags.get("man_made") in sb.PIERS:
        yield "pier_polygons", {"kind": tags["man_made"]}, 12
    if tags.get("man_made") == "bridge":
        yield "bridges", {"kind": "bridge"}, 12
    if tags.get("building", "no") != "no":
        yield "buildings", dict[str, object](dummy=1), HIGHEST


def _area_labels(tags: Tags, shape: dict[str, Any]) -> Iterator[Drawn]:
    """The layers in which an area's name stands, at its middle."""
    if not tags.get("name"):
        return
    water = _water(tags)
    if water is not None:
        size = _way_area(shape)
        zoom = next(zoom for least, zoom in _WATER_LABELS if size >= least)
        yield "water_polygons_labels", {"kind": water[0], "way_area": size, **_named(tags)}, zoom
    if tags.get("area") == "yes" and (kind := tags.get("highway", "")) in sb.STREET_AREAS:
        yield "streets_polygons_labels", {"kind": kind, **_named(tags)}, HIGHEST
    if tags.get("boundary") == "administrative" and (level := tags.get("admin_level", "")) in sb.BOUNDARIES:
        said = {"admin_level": int(level), "way_area": _way_area(shape) / 10_000, **_named(tags)}
        yield "boundary_labels", said, LOWEST


def _water(tags: Tags) -> tuple[str, int] | None:
    """Kind and zoom of an area of water."""
    found = next((of for (key, value), of in sb.WATERS.items() if tags.get(key) == value), None)
    if (
        found is not None
        and found[0] == "water"
        and tags.get("water") in {"river", "reservoir", "basin", "canal"}
    ):
        return tags["water"], found[1]
    return found


def _way_area(shape: dict[str, Any]) -> float:
    """Square metres on the Mercator map."""
    flat = shapely.transform(shapely.geometry.shape(shape), _mercator)
    return round(float(flat.area), 1)


def _mercator(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(corners[:, 0]), np.radians(corners[:, 1])
    return _EARTH_M * np.column_stack((lon, np.arcsinh(np.tan(lat))))


def _middle(shape: dict[str, Any]) -> dict[str, Any]:
    """The middle of the first ring's box: near enough for a sign."""
    ring = shape["coordinates"][0][0]
    lons, lats = [corner[0] for corner in ring], [corner[1] for corner in ring]
    return {"type": "Point", "coordinates": [(min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2]}


def _whole(said: str | None) -> int | None:
    return int(said) if said is not None and said.isdecimal() else None
