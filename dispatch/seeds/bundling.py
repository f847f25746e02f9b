"""From a map to a city's bundle: copied, read, turned into roads, rooms, ground and tiles, and put in place whole or not at all.

Any city goes this way, the invented one of the demo as well. The same input gives the same checksum.
"""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

import msgspec
from tzfpy import get_tz

from dispatch.errors import Invalid
from dispatch.seeds.founding import District, found
from dispatch.seeds.reading import read_areas, read_city
from geo.area_file import AreasRead, read_area_file
from geo.atlas import (
    AREAS_FILE,
    GROUND_FILE,
    MANIFEST_FILE,
    MAP_FILE,
    PLACES_FILE,
    ROADS_FOLDER,
    Manifest,
    checksums,
)
from geo.datums import Datum
from geo.errors import BadArea, BadBundle, BadMap
from geo.gazetteer import entries
from geo.graphml import SUFFIX as GRAPHML
from geo.graphml import written_of
from geo.network import Network, network_of
from geo.osm import Extract, copy_extract, read_extract, write_extract
from geo.sketch import sea_of, sketch
from geo.tiling import cut

MAPS = (".osm.pbf", ".osm.gz", ".osm.bz2", ".osm", ".pbf")
_OFFICE_TITLES = ("街道", "镇", "乡")

type Progress = Callable[[str, float], None]
"""Told what is being done and how much of all is done, from 0 to 1."""


class Commission(msgspec.Struct, frozen=True, kw_only=True):
    """What to make of which file.

    areas: GeoJSON, ours or plain districts; divisions: folder with *_areas.csv and *_streets.csv of administrative names;
    zone: IANA name, None: by place; drawn_by: the seed, for an invented city.
    """

    source: Path
    out: Path
    name: str | None = None
    areas: Path | None = None
    areas_datum: Datum | None = None
    divisions: Path | None = None
    zone: str | None = None
    datum: Datum = Datum.WGS84
    drawn_by: int | None = None


def build(commission: Commission, progress: Progress) -> Manifest:
    """Make the bundle. Raises BadMap, BadArea, BadBundle or Invalid in one sentence; then nothing is left behind."""
    out = commission.out
    if not commission.source.is_file():
        raise BadMap(
            f"There is no map {commission.source}; name an OpenStreetMap extract or a road graph of OSMnx."
        )
    if out.exists():
        raise BadBundle(f"{out} exists already; a bundle is never changed, so choose another folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    half_done = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        manifest = _Making(commission, half_done, progress).made()
        half_done.chmod(0o755)
        half_done.rename(out)
    except BaseException:
        shutil.rmtree(half_done, ignore_errors=True)
        raise
    progress("done", 1.0)
    return manifest


class _Making:
    def __init__(self, commission: Commission, folder: Path, progress: Progress) -> None:
        self._said, self._folder, self._progress = commission, folder, progress

    def made(self) -> Manifest:
        said, folder = self._said, self._folder
        self._progress("copying the map", 0.0)
        date = self._copy()
        self._progress("reading the map", 0.1)
        extract = read_extract(folder / MAP_FILE, said.source)
        self._progress("building roads", 0.25)
        network = network_of(extract)
        (folder / ROADS_FOLDER).mkdir()
        network.save(folder / ROADS_FOLDER)
        self._progress("drawing areas", 0.5)
        zone = self._zone(extract)
        self._areas(extract, zone)
        self._progress("spelling places", 0.55)
        places = entries(extract)
        (folder / PLACES_FILE).write_bytes(msgspec.msgpack.encode(places))
        city = read_city(folder, 0, 0, extract=extract)
        self._progress("drawing the ground", 0.62)
        (folder / GROUND_FILE).write_bytes(msgspec.json.encode(sketch(extract)))
        self._progress("cutting tiles", 0.65)
        things = cut(folder / MAP_FILE, sea_of(extract), folder, extract.credit)
        self._progress("sealing", 0.98)
        manifest = Manifest(
            name=city.name_zh or self._name(),
            source=said.source.name,
            drawn_by=said.drawn_by,
            date=date,
            licence=extract.credit,
            bounds=extract.bounds,
            counts={**_counts(extract, network), "rooms": len(city.rooms), "jurisdictions": len(city.jurisdictions),
                    "call_points": len(city.call_points), "places": len(places), "features": things},
            zone=city.zone,
            datum=said.datum,
            files=checksums(folder),
        ).sealed()  # fmt: skip
        (folder / MANIFEST_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        for file in folder.rglob("*"):
            file.chmod(0o755 if file.is_dir() else 0o444)
        return manifest

    def _copy(self) -> str | None:
        """The map in the bundle's own format; the day it is of."""
        source, to = self._said.source, self._folder / MAP_FILE
        if source.name.endswith(GRAPHML):
            written, date = written_of(source)
            write_extract(to, written, generator="OSMnx")
            return date
        if not source.name.endswith(MAPS):
            raise BadMap(
                f"The map {source} is in no format known here; give {', '.join((*MAPS[:2], MAPS[3], GRAPHML))}."
            )
        return copy_extract(source, to)

    def _name(self) -> str:
        said = self._said
        stem = said.source.name.split(".")[0]
        return said.name or stem.replace("_", " ").replace("-", " ").title()

    def _zone(self, extract: Extract) -> str:
        west, south, east, north = extract.bounds
        return self._said.zone or get_tz((west + east) / 2, (south + north) / 2) or "UTC"

    def _areas(self, extract: Extract, zone: str) -> None:
        """Ours as they are; rooms made from plain districts, or from the map alone, where there are none of ours."""
        given, to = self._said.areas, self._folder / AREAS_FILE
        if given is not None and _are_ours(given):
            shutil.copyfile(given, to)
            return
        districts = () if given is None else _districts(self._read(given), self._said.divisions)
        features = found(self._name(), zone, extract, districts)
        to.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": features}))

    def _read(self, given: Path) -> AreasRead:
        try:
            read = read_area_file(given.read_bytes(), self._said.areas_datum, _telling(given))
        except OSError as missing:
            raise Invalid(f"The areas {given} can't be read: {missing.strerror}.") from missing
        except BadArea as damaged:
            raise BadArea(f"The areas {given} can't be used: {damaged}.") from damaged
        if read.refused:
            first = read.refused[0]
            raise BadArea(f"The areas {given} can't be used: {first.name}: {first.said}.")
        return read


def _are_ours(path: Path) -> bool:
    """Whether a file tells rooms, as `reading` reads them, and not only shapes."""
    try:
        return bool(read_areas(path).of("room"))
    except Invalid:
        return False


def _telling(path: Path) -> str | None:
    """The property whose values name the features: a text that every one has and no two share."""
    try:
        file = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        told = [feature["properties"] for feature in file["features"]]
    except (OSError, msgspec.MsgspecError, TypeError, KeyError):
        return None
    keys = [key for key in (told[0] if told else ()) if all(isinstance(one.get(key), str) for one in told)]
    return next((key for key in keys if len({one[key] for one in told}) == len(told)), None)


def _districts(read: AreasRead, divisions: Path | None) -> list[District]:
    names, offices = ({}, {}) if divisions is None else _divisions(divisions)
    districts = []
    for area in read.areas:
        code = next((code for code, name in names.items() if name.startswith(area.name)), None)
        districts.append(
            District(names.get(code or "", area.name), area.geometry, tuple(offices.get(code or "", ())))
        )
    return districts


def _divisions(folder: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Code -> district, and code of a district -> its street offices. Raises Invalid."""
    names = {row["code"]: row["name"] for row in _rows(folder, "*_areas.csv")}
    offices: dict[str, list[str]] = {}
    for row in _rows(folder, "*_streets.csv"):
        name = row["name"]
        for title in _OFFICE_TITLES:
            name = name.removesuffix(title)
        offices.setdefault(row["areaCode"], []).append(name)
    return names, offices


def _rows(folder: Path, pattern: str) -> Sequence[dict[str, str]]:
    files = sorted(folder.glob(pattern))
    if not files:
        raise Invalid(
            f"The divisions {folder} hold no {pattern}; give the folder of *_areas.csv and *_streets.csv."
        )
    with files[0].open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _counts(extract: Extract, network: Network) -> dict[str, int]:
    return {
        "roads": len(extract.roads), "paths": len(extract.paths),
        "vertices": len(network), "segments": network.segments,
    }  # fmt: skip
