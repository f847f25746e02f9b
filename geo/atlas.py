"""A city's bundle: one folder, made whole and never changed, that holds all geography a replica serves.

    manifest.json  map.osm.pbf  areas.geojson  places.msgpack  ground.json  roads/  tiles.pmtiles

`dispatch.seeds.bundling` makes it; replicas open the one that is active and answer from it.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from geo.errors import BadBundle
from geo.roads import Roads
from geo.tiles import Tiles
from geo.tiling import TILES_FILE

FORMAT = 1
MANIFEST_FILE = "manifest.json"
MAP_FILE, AREAS_FILE, PLACES_FILE = "map.osm.pbf", "areas.geojson", "places.msgpack"
GROUND_FILE, ROADS_FOLDER = "ground.json", "roads"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is.

    Attributes:
        source: name of the file it was made from; drawn_by: the seed of an invented city.
        date: day of the newest thing in the source, YYYY-MM-DD; None where it says nothing.
        licence: the credit that must be shown beside whatever is drawn from it; None for our own invention.
        bounds: west, south, east, north of its roads, WGS-84 degrees.
        counts: how many roads, places, vertices, segments, rooms and so on.
        zone: IANA name of local time. datum: what positions of callers are in, where nobody says.
        files: name -> SHA-256; checksum: SHA-256 over all the rest, by which a bundle is known.
    """

    format: int = FORMAT
    name: str
    source: str
    drawn_by: int | None = None
    date: str | None
    licence: str | None
    bounds: tuple[float, float, float, float]
    counts: dict[str, int]
    zone: str
    datum: str
    files: dict[str, str]
    checksum: str = ""

    def sealed(self) -> "Manifest":
        """The same with the checksum that it must have."""
        bare = msgspec.structs.replace(self, checksum="")
        return msgspec.structs.replace(
            bare, checksum=hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()
        )


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but the manifest, by name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != MANIFEST_FILE)
    found = {}
    for file in files:
        with file.open("rb") as content:
            found[file.relative_to(folder).as_posix()] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def read_manifest(folder: Path) -> Manifest:
    """What a bundle says of itself. Raises BadBundle."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST_FILE).read_bytes(), type=Manifest)
    except OSError as missing:
        raise BadBundle(
            f"{folder} is not a city's bundle: {MANIFEST_FILE} can't be read ({missing.strerror}); make one with "
            "`dispatch110 city build`."
        ) from missing
    except msgspec.MsgspecError as damaged:
        raise BadBundle(
            f"The bundle {folder} is damaged: {MANIFEST_FILE} {damaged}; build it anew."
        ) from damaged
    if manifest.format != FORMAT:
        raise BadBundle(
            f"The bundle {folder} has format {manifest.format}, this program reads {FORMAT}; build it anew."
        )
    if manifest.sealed() != manifest:
        raise BadBundle(
            f"The bundle {folder} was changed: {MANIFEST_FILE} does not fit its checksum; build it anew."
        )
    return manifest


class Atlas:
    """A bundle that is open. Every file is checked against the manifest first. Raises BadBundle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        found = checksums(folder)
        for name, digest in self.manifest.files.items():
            if found.get(name) != digest:
                what = "is missing" if name not in found else "was changed"
                raise BadBundle(f"The bundle {folder} is damaged: {name} {what}; build it anew.")

    @cached_property
    def roads(self) -> Roads:
        """Its roads, mapped into memory."""
        return Roads.open(self.folder / ROADS_FOLDER)

    @cached_property
    def tiles(self) -> Tiles:
        """Its vector tiles."""
        return Tiles(self.folder / TILES_FILE)

    @cached_property
    def ground(self) -> bytes:
        """The plain drawing of its ground, JSON."""
        return (self.folder / GROUND_FILE).read_bytes()


def find_bundle(place: Path, checksum: str) -> Path | None:
    """The bundle of a checksum: `place` itself, or a folder right in it."""
    try:
        candidates = [place, *sorted(one for one in place.iterdir() if one.is_dir())]
    except OSError:
        return None
    for folder in candidates:
        if (folder / MANIFEST_FILE).is_file() and _checksum(folder) == checksum:
            return folder
    return None


def _checksum(folder: Path) -> str | None:
    try:
        told: Any = msgspec.json.decode((folder / MANIFEST_FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
    return told.get("checksum") if isinstance(told, dict) else None
