"""An agency's own list of places as a CSV file: lamp poles, kilometre posts, metro exits, bus stops, door plates. Pure.

Read like every sheet here: UTF-8 or GB 18030, commas, semicolons or tabs, heads in Chinese or English, in any order. Each
line is read or refused by itself.
"""

import csv
import io
import re
from collections.abc import Iterator

import msgspec

from dispatch.errors import Invalid
from dispatch.gazetteer.asking import read
from dispatch.paper.sheet import decoded
from geo.datums import Datum, to_wgs84
from geo.errors import GeoError
from geo.gazetteer import Entry, named

COLUMNS = {
    "code": "编码",
    "kind": "类别",
    "name": "名称",
    "lon": "经度",
    "lat": "纬度",
    "direction": "方向",
}
"""Column in English -> in Chinese. code or name, kind, lon and lat must be there; the rest may be left out."""
KINDS = {
    "灯杆": "lamp_pole",
    "路灯杆": "lamp_pole",
    "公里桩": "kilometre_post",
    "里程桩": "kilometre_post",
    "地铁出口": "metro_exit",
    "公交站": "bus_stop",
    "门牌": "door_plate",
    "门楼牌": "door_plate",
}
MOST_ROWS = 500_000
LONGEST = 200
_BY_HEAD = {head: column for column, zh in COLUMNS.items() for head in (column, zh)}
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Refused(msgspec.Struct, frozen=True):
    """One line of the file that can't be used, and why."""

    line: int
    said: str


class Registry(msgspec.Struct, frozen=True):
    """What a file holds."""

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]


def read_registry(data: bytes, datum: Datum = Datum.WGS84) -> Registry:
    """Every line as an entry or with what is wrong with it; positions are in `datum`.

    Raises Invalid when it is no such file at all.
    """
    text = decoded(data)
    if "\0" in text:
        raise Invalid("The file contains a NUL character; save it as CSV in UTF-8.")
    first = text.split("\n", 1)[0]
    lines = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    entries: list[Entry] = []
    refused: list[Refused] = []
    seen: dict[tuple[str, str], int] = {}
    try:
        for number, row in _rows(lines, _columns(next(lines, []))):
            try:
                entry = _entry(row, datum)
                _once(entry, number, seen)
                entries.append(entry)
            except (Invalid, GeoError) as wrong:
                refused.append(Refused(number, str(wrong)))
    except csv.Error as error:
        raise Invalid(f"Line {lines.line_num} of the file can't be read: {error}.") from error
    return Registry(tuple(entries), tuple(refused))


def _columns(heads: list[str]) -> list[str]:
    told = [head.strip() for head in heads]
    strange = next((head for head in told if head.lower() not in _BY_HEAD), None)
    if strange is not None:
        known = ", ".join(f"{column} ({zh})" for column, zh in COLUMNS.items())
        raise Invalid(
            f"The column {strange[:40]!r} is not known; a registry has {known}.", field=strange[:40]
        )
    columns = [_BY_HEAD[head.lower()] for head in told]
    for wanted in ("kind", "lon", "lat"):
        if wanted not in columns:
            raise Invalid(f"The file lacks the column {wanted} ({COLUMNS[wanted]}).", field=wanted)
    if not {"code", "name"} & set(columns):
        raise Invalid("The file needs the column code (编码) or name (名称), or both.", field="code")
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise Invalid(f"The column {twice} ({COLUMNS[twice]}) stands twice in the file.", field=twice)
    return columns


def _rows(lines: Iterator[list[str]], columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for n, cells in enumerate(lines, start=2):
        if n > MOST_ROWS + 1:
            raise Invalid(f"The file has more than {MOST_ROWS:,} lines; split the registry.")
        if any(cell.strip() for cell in cells):
            yield n, dict(zip(columns, (cell.strip() for cell in cells), strict=False))


def _entry(row: dict[str, str], datum: Datum) -> Entry:
    code, name = row.get("code", ""), row.get("name", "")
    if not code and not name:
        raise Invalid("It has neither a code nor a name.")
    if max(map(len, row.values())) > LONGEST:
        raise Invalid(f"A cell is longer than {LONGEST} characters.")
    kind = KINDS.get(row["kind"], row["kind"].lower().replace(" ", "_").replace("-", "_"))
    if not _KIND.fullmatch(kind):
        raise Invalid(
            f"The kind {row['kind']!r} is none; write it in small Latin letters, such as lamp_pole."
        )
    spot = to_wgs84(_number(row, "lon"), _number(row, "lat"), datum)
    direction = row.get("direction") or None
    if not name:  # found by its code alone
        return Entry(kind=kind, name=code, lon=spot[0], lat=spot[1], code=code, direction=direction)
    entry = msgspec.structs.replace(named(kind, name, spot, (), code or None), direction=direction)
    house = read(name).house if kind == "door_plate" else None
    if house is None:
        return entry
    return msgspec.structs.replace(entry, street=house.street, number=house.number)


def _number(row: dict[str, str], column: str) -> float:
    try:
        return float(row.get(column, ""))
    except ValueError:
        raise Invalid(
            f"The {column} {row.get(column, '')!r} is no number in degrees, such as 114.0265."
        ) from None


def _once(entry: Entry, line: int, seen: dict[tuple[str, str], int]) -> None:
    if entry.code is None:
        return
    first = seen.setdefault((entry.kind, entry.code.upper()), line)
    if first != line:
        raise Invalid(f"The code {entry.code} of a {entry.kind} stands in line {first} already.")
