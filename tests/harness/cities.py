"""Cities for tests: a map of a few streets, bundles made of it, and the real ones made once a session."""

import math
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from dispatch.seeds.bundling import Commission, build
from geo.atlas import Manifest, read_manifest
from geo.osm import Written, write_extract
from tests.harness import bay

SIDE = 8
WEST, SOUTH, STEP = 10.0, 50.0, 0.004
STATIONS = {"West Station": (10.004, 50.012), "East Station": (10.024, 50.012)}


def silent(what: str, done: float) -> None:
    """Tells nobody."""


def write_map(path: Path, more: tuple[dict[str, str], ...] = ()) -> Path:
    """A lattice of named streets with two police stations and whatever else is asked, at `path`."""
    nodes: list[tuple[int, float, float, dict[str, str]]] = [
        (row * SIDE + column + 1, WEST + column * STEP, SOUTH + row * STEP, {})
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    for n, (name, place) in enumerate(STATIONS.items(), start=1_000):
        nodes.append((n, *place, {"amenity": "police", "name": name}))
    for n, tags in enumerate(more, start=2_000):
        nodes.append((n, 10.01, 50.01, tags))
    rows = [[row * SIDE + column + 1 for column in range(SIDE)] for row in range(SIDE)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    ways = [
        (n, ids, {"highway": "residential", "name": f"Street {n}"}) for n, ids in enumerate(rows + columns, 1)
    ]
    write_extract(path, Written(nodes, ways), generator="a test")
    return path


def bundle(folder: Path, where: str = "bundle", **more: Any) -> tuple[Path, Manifest]:
    """A bundle of that map in `folder`/`where`, which is its name too where no other is given."""
    folder.mkdir(parents=True, exist_ok=True)
    source = write_map(folder / f"{where}.osm.pbf", more.pop("places", ()))
    out = folder / where
    return out, build(Commission(source=source, out=out, **more), silent)


@cache
def bay_bundle(seed: int) -> Path:
    """The bay city as the demo has it, made once a session."""
    out = bay.folder_of_this_run("bundle") / "city"
    drawn = bay.drawn(seed)
    build(
        Commission(
            source=drawn / "map.osm.pbf",
            areas=drawn / "areas.geojson",
            out=out,
            name="bay",
            drawn_by=seed,
        ),
        silent,
    )
    return out


def damage(bundle: Path, name: str) -> Path:
    """A copy of a bundle in which one file has another byte at its end."""
    copy = bundle.with_name(f"{bundle.name}-damaged-{name.replace('/', '-')}")
    shutil.copytree(bundle, copy)
    file = copy / name
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    return copy


def square(name: str, west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A district as other systems have it: a rectangle with a name, nothing of ours."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"qh": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: dict[str, Any]) -> bytes:
    """A file of features, with the mark that some programs put first."""
    return b"\xef\xbb\xbf" + msgspec.json.encode({"type": "FeatureCollection", "features": features})


def middle_of(bundle: Path) -> tuple[float, float]:
    """lon, lat of the middle of a bundle's roads."""
    west, south, east, north = read_manifest(bundle).bounds
    return (west + east) / 2, (south + north) / 2


def tile_of(zoom: int, lon: float, lat: float) -> tuple[int, int, int]:
    """zoom, x, y of the tile in which a place lies."""
    side = 1 << zoom
    up = math.asinh(math.tan(math.radians(lat))) / math.pi
    return zoom, int((lon + 180) / 360 * side), int((1 - up) / 2 * side)
