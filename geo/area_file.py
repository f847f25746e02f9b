"""A GeoJSON file of areas as it comes from other systems: any byte-order mark, any declared datum, any drawing fault.

Between a file an administrator hands in and the jurisdictions that own alarms. Each feature is read, mended (and how is
said) or refused by name; features that speak of something else are named too, so that nothing vanishes without a word.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from shapely import MultiPolygon

from geo.datums import Datum, parse_datum
from geo.errors import BadArea, UnknownDatum
from geo.mending import Mend, mended

# Longest marks first: the little-endian mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The geographic systems whose GeoJSON coordinates are plain longitude and latitude. RFC 7946 did away with `crs`; older
# files and many programs still write it.
_SYSTEMS = {
    "CRS84": Datum.WGS84,
    "EPSG:4326": Datum.WGS84,
    "EPSG:4979": Datum.WGS84,
    "EPSG:4490": Datum.CGCS2000,
    "EPSG:4480": Datum.CGCS2000,
}
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d+)", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:ogc:def:crs:)?OGC:(?:[\d.]*:)?CRS84h?", re.IGNORECASE)

NAMES = ("name", "name_zh", "名称", "NAME", "Name", "code", "id")
"""Properties that may hold what a feature is called, the best first."""


class AreaRead(msgspec.Struct, frozen=True):
    """One usable area of the file. n: its place, from 1; properties: as they stand; mends: all that was done to it."""

    n: int
    name: str
    properties: dict[str, Any]
    geometry: MultiPolygon
    datum: Datum
    mends: tuple[Mend, ...] = ()
    id: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """One feature that can't be used, and why."""

    n: int
    name: str
    code: str
    said: str


class LeftOut(msgspec.Struct, frozen=True):
    """One feature that speaks of something else than a jurisdiction."""

    n: int
    name: str
    kind: str


class AreasRead(msgspec.Struct, frozen=True):
    """Everything in the file: what can be used, what is refused, what is not asked for; said: of the file as a whole."""

    areas: tuple[AreaRead, ...]
    refused: tuple[Refused, ...]
    left_out: tuple[LeftOut, ...]
    said: tuple[Mend, ...]
    outline: MultiPolygon | None = None


def read_area_file(data: bytes, datum: Datum | None = None, called: str | None = None) -> AreasRead:
    """The areas of a GeoJSON FeatureCollection or Feature.

    Positions are in the `datum` property of the feature, else that of the file, else `datum`, else what the legacy member
    `crs` says, else WGS-84. called: the property that names a feature. A feature whose property `kind` is another than
    `jurisdiction` is left out; a polygon of kind `city` is the city's outline. Raises BadArea for a file that is none, or
    in a coordinate system that is not known here, UnknownDatum for a file's datum that is none.
    """
    text, said = _text(data)
    try:
        file = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadArea(f"the file is not JSON: {error}") from error
    features = _features(file)
    usual, more = _datum_of_file(file, datum)
    reading = _Reading(usual, called)
    for n, feature in enumerate(features, 1):
        reading.take(n, feature)
    return AreasRead(
        tuple(reading.areas), tuple(reading.refused), tuple(reading.left_out), (*said, *more), reading.outline
    )


class _Reading:
    """One file's features, sorted into what can be used and what can't."""

    def __init__(self, datum: Datum, called: str | None) -> None:
        self.areas: list[AreaRead] = []
        self.refused: list[Refused] = []
        self.left_out: list[LeftOut] = []
        self.outline: MultiPolygon | None = None
        self._datum = datum
        self._called = called

    def take(self, n: int, feature: object) -> None:
        told = feature.get("properties") if isinstance(feature, Mapping) else None
        properties = dict(told) if isinstance(told, Mapping) else {}
        name = _name(properties, self._called, n)
        try:
            if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
                raise BadArea("it is no GeoJSON Feature")
            self._sort(n, name, properties, feature)
        except (BadArea, UnknownDatum) as error:
            self.refused.append(Refused(n, name, error.code, str(error)))

    def _sort(self, n: int, name: str, properties: dict[str, Any], feature: Mapping[str, object]) -> None:
        kind = str(properties.get("kind", "jurisdiction"))
        geometry = feature.get("geometry")
        own = properties.get("datum")
        datum = self._datum if own is None else parse_datum(str(own).upper())
        if kind == "city" and isinstance(geometry, Mapping) and str(geometry.get("type")).endswith("Polygon"):
            self.outline = mended(geometry, datum).geometry
        if kind != "jurisdiction":
            self.left_out.append(LeftOut(n, name, kind))
            return
        if geometry is None:
            raise BadArea("it has no geometry")
        usable = mended(geometry, datum)
        id_ = feature.get("id")
        self.areas.append(
            AreaRead(
                n, name, properties, usable.geometry, datum, usable.mends, None if id_ is None else str(id_)
            )
        )


def _text(data: bytes) -> tuple[str, list[Mend]]:
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "utf-8"))
    said = [Mend("byte_order_mark", f"the byte-order mark of {encoding.upper()} left out")] if mark else []
    try:
        return data.removeprefix(mark).decode(encoding), said
    except UnicodeDecodeError as error:
        raise BadArea(
            f"the file is not text in {encoding.upper()}: {error.reason} at byte {error.start}"
        ) from error


def _features(file: object) -> list[object]:
    if isinstance(file, Mapping) and file.get("type") == "Feature":
        return [file]
    if not isinstance(file, Mapping) or file.get("type") != "FeatureCollection":
        kind = file.get("type") if isinstance(file, Mapping) else type(file).__name__
        raise BadArea(f"a GeoJSON FeatureCollection is expected, not {kind!r:.60}")
    features = file.get("features")
    if not isinstance(features, list) or not features:
        raise BadArea("the file has no features")
    return features


def _datum_of_file(file: object, datum: Datum | None) -> tuple[Datum, list[Mend]]:
    """The datum that holds for features which name none. A datum that is named is closer to the truth than `crs`.

    GCJ-02 and BD-09 have no number in any register, so programs write CRS84 over them.
    """
    assert isinstance(file, Mapping)
    named = parse_datum(str(file["datum"]).upper()) if file.get("datum") is not None else datum
    if named is not None and datum is not None and named is not datum:
        raise UnknownDatum(
            f"the file says its datum is {named}, you say {datum}; correct one of them", field="datum"
        )
    by_crs = None if file.get("crs") is None else _datum_of_crs(file["crs"])
    if named is None or by_crs is None or named is by_crs:
        return named or by_crs or Datum.WGS84, []
    return named, [Mend("crs", f"the member crs says {by_crs}; read as {named}, the datum that is named")]


def _datum_of_crs(crs: object) -> Datum:
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    text = str(name).strip()
    if _CRS84.fullmatch(text):
        return _SYSTEMS["CRS84"]
    epsg = _EPSG.fullmatch(text)
    known = _SYSTEMS.get(f"EPSG:{epsg[1]}") if epsg else None
    if known is None:
        raise BadArea(
            f"the file's coordinate system {name!r:.80} is not known here; give longitudes and latitudes in degrees, in "
            f"{', '.join(Datum)}",
            field="crs",
        )
    return known


def _name(properties: Mapping[str, object], called: str | None, n: int) -> str:
    wanted = NAMES if called is None else (called, *NAMES)
    found = (properties[key] for key in wanted if properties.get(key) not in (None, ""))
    return str(next(found, f"{n}"))[:200]
