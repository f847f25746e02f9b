"""Standing facts as other systems hand them over: a sheet (CSV) or a GeoJSON file, heads in Chinese or English. Pure.

Each row or feature is read by itself, and what is wrong with one is said in one sentence. What has the same name (`ref`) in the
same list is the same fact, so that a list is brought again when it has changed.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, tzinfo
from typing import Any, cast

import msgspec

from dispatch.errors import Invalid
from dispatch.paper.sheet import decoded
from dispatch.standing_facts.model import KINDS, NAMES, Kind, Severity
from geo.datums import Datum, to_wgs84
from geo.errors import GeoError

MOST_ROWS = 20_000
LONGEST = 2_000
COLUMNS = {
    "ref": "编号", "kind": "类别", "text": "内容", "why": "依据", "severity": "级别", "lon": "经度", "lat": "纬度", "radius_m": "半径",
    "address": "地址", "valid_from": "生效时间", "until": "失效时间", "review_at": "复核时间",
}  # fmt: skip
"""Column in English -> in Chinese, in the order of the template."""
NEEDED = ("ref", "kind", "text")
_BY_HEAD = {head: column for column, zh in COLUMNS.items() for head in (column, zh)}
_KINDS: dict[str, Kind] = {
    said: kind for kind in KINDS for said in (kind, NAMES[kind]["zh"], NAMES[kind]["en"])
}
_SEVERITIES: dict[str, Severity] = {
    "warns": "warns",
    "警示": "warns",
    "informs": "informs",
    "告知": "informs",
}
_MOMENTS = ("valid_from", "until", "review_at")


class FactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list. lon, lat: WGS-84; geometry: a GeoJSON polygon instead; neither: the address says where."""

    row: int
    ref: str
    kind: Kind
    text: str
    why: str
    severity: Severity | None = None
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    geometry: dict[str, Any] | None = None
    address: str | None = None
    valid_from: datetime | None = None
    until: datetime | None = None
    review_at: datetime | None = None


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one row. row: line of the sheet, or place in the file from 1."""

    row: int
    said: str


def template(chinese: bool) -> bytes:
    """An empty sheet with its heads, marked as UTF-8 so that an office program reads it right."""
    return ("\ufeff" + ",".join(COLUMNS.values() if chinese else COLUMNS) + "\r\n").encode()


def read_facts(data: bytes, source: str, datum: Datum, zone: tzinfo) -> tuple[list[FactRow], list[Fault]]:
    """The rows of a sheet or the features of a GeoJSON file, and what is wrong with the others. source: why it is known, where it lacks.

    Times without an offset are the city's, days end when they do. Raises Invalid when it is no list at all.
    """
    text = decoded(data)
    entries = _features(text) if text.lstrip()[:1] == "{" else _lines(text)
    rows: list[FactRow] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, told in entries:
        if len(rows) + len(faults) >= MOST_ROWS:
            raise Invalid(f"A list has at most {MOST_ROWS} entries; divide it.", field="rows")
        try:
            row = _row(number, told, source, (datum, zone))
            if (first := seen.setdefault(row.ref, number)) != number:
                raise Invalid(f"The name {row.ref[:60]!r} stands in row {first} already.")
            rows.append(row)
        except (Invalid, GeoError) as wrong:
            faults.append(Fault(number, str(wrong)))
    return rows, faults


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if "\0" in text:
        raise Invalid("The list contains a NUL character; save it as CSV in UTF-8.")
    first = text.split("\n", 1)[0]
    lines = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        heads = [head.strip() for head in next(lines, [])]
        strange = next((head for head in heads if head not in _BY_HEAD), None)
        if strange is not None:
            raise Invalid(
                f"The column {strange[:40]!r} is not known; take GET /api/v1/admin/standing-facts/template.",
                field="columns",
            )
        columns = [_BY_HEAD[head] for head in heads]
        lacking = next((one for one in NEEDED if one not in columns), None)
        if lacking is not None:
            raise Invalid(f"The list lacks the column {COLUMNS[lacking]} ({lacking}).", field=lacking)
        for number, cells in enumerate(lines, start=2):
            if any(cell.strip() for cell in cells):
                yield number, dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    except csv.Error as error:
        raise Invalid(f"Line {lines.line_num} of the list can't be read: {error}.") from error


def _features(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        file = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Invalid(f"The file is not JSON: {error}.") from error
    features = (
        file.get("features") if isinstance(file, dict) and file.get("type") == "FeatureCollection" else None
    )
    if not isinstance(features, list) or not features:
        raise Invalid("A GeoJSON FeatureCollection with features is expected.")
    for number, one in enumerate(features, start=1):
        feature: dict[str, Any] = one if isinstance(one, dict) else {}
        told = {
            _BY_HEAD[key]: value
            for key, value in (feature.get("properties") or {}).items()
            if key in _BY_HEAD
        }
        geometry = feature.get("geometry") or {}
        where: dict[str, Any] = {"geometry": geometry} if geometry else {}
        if geometry.get("type") == "Point" and len(geometry.get("coordinates") or ()) > 1:
            where = {"lon": geometry["coordinates"][0], "lat": geometry["coordinates"][1]}
        yield number, {"ref": feature.get("id")} | told | where


def _row(number: int, told: Mapping[str, Any], source: str, read_in: tuple[Datum, tzinfo]) -> FactRow:
    said = {
        name: str(value).strip() for name, value in told.items() if value is not None and name != "geometry"
    }
    for name in NEEDED:
        if not said.get(name):
            raise Invalid(f"It lacks {COLUMNS[name]} ({name}).")
    kind = _KINDS.get(said["kind"])
    if kind is None:
        raise Invalid(f"The kind {said['kind'][:40]!r} is not known; it is one of {', '.join(KINDS)}.")
    severity = _SEVERITIES.get(said.get("severity") or "")
    if said.get("severity") and severity is None:
        raise Invalid(f"The severity {said['severity'][:40]!r} is neither warns 警示 nor informs 告知.")
    long = next((name for name, text in said.items() if len(text) > LONGEST), None)
    if long is not None:
        raise Invalid(f"{COLUMNS.get(long, long)} ({long}) has more than {LONGEST} characters.")
    lon, lat = (_number(said, name) for name in ("lon", "lat"))
    if (lon is None) != (lat is None):
        raise Invalid("lon and lat go together.")
    if lon is not None and lat is not None:
        lon, lat = to_wgs84(lon, lat, read_in[0])
    geometry = cast("dict[str, Any] | None", told.get("geometry"))
    if geometry is not None and read_in[0] is not Datum.WGS84:
        raise Invalid("Areas are given in WGS-84 or CGCS2000; points in any datum.")
    moments = {name: _moment(said, name, read_in[1]) for name in _MOMENTS}
    return FactRow(
        row=number, ref=said["ref"][:200], kind=kind, text=said["text"], why=said.get("why") or source, severity=severity,
        lon=lon, lat=lat, radius_m=_number(said, "radius_m"), geometry=geometry, address=said.get("address") or None, **moments,
    )  # fmt: skip


def _number(said: Mapping[str, str], name: str) -> float | None:
    text = said.get(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"{COLUMNS[name]} {text[:40]!r} is no number.") from None


def _moment(said: Mapping[str, str], name: str, zone: tzinfo) -> datetime | None:
    """A time as ISO 8601 has it, or a day: from its beginning, until its end."""
    text = (said.get(name) or "").replace("/", "-")
    if not text:
        return None
    try:
        if len(text) == len("2026-05-01"):
            ends = name != "valid_from"
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59) if ends else time(), zone)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{COLUMNS[name]} {text[:40]!r} is no time; write it as 2026-05-01 or 2026-05-01 08:00."
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
