"""A roster as it comes in: a list of rows, or a sheet as an office program writes it, its heads in Chinese or English. Pure.

Read like every sheet here: UTF-8 or GB 18030, commas, semicolons or tabs, columns in any order. Each row is read by itself,
and what is wrong with one is said in one sentence.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

import msgspec

from dispatch.errors import Invalid
from dispatch.paper.sheet import decoded

MOST_ROWS = 20_000
Short = Annotated[str, msgspec.Meta(max_length=100)]
COLUMNS = {
    "unit": "警组",
    "room": "指挥室",
    "begins_at": "上勤时间",
    "ends_at": "下勤时间",
    "crew": "警号",
    "vehicle": "车辆",
    "equipment": "装备",
    "beat": "巡段",
    "patrol": "巡逻方式",
}
"""Column in English -> in Chinese, in the order of the template."""
NEEDED = ("unit", "begins_at", "ends_at")
_BY_HEAD = {head: column for column, zh in COLUMNS.items() for head in (column, zh)}
_SEVERAL = re.compile(r"[\s,，、;；/]+")
_CLOCK = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]+(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?$")
_TIME_ONLY = re.compile(r"^(次日|\+)?\s*(\d{1,2})[:：](\d{2})$")


class RosterRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shift as somebody wrote it. unit: call sign, handle or id; room: code, None: the unit's own; beat: code or name.

    equipment: codes or names of skills, or words; patrol: a kind of unit, or 步巡、车巡、摩巡、视频巡、空巡、水巡.
    """

    unit: Short
    begins_at: datetime
    ends_at: datetime
    room: Short | None = None
    crew: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] = ()
    vehicle: Short | None = None
    equipment: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] = ()
    beat: Short | None = None
    patrol: Short | None = None


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one row. row: line of the sheet, or place in the list from 1."""

    row: int
    said: str
    field: str | None = None


type Numbered = tuple[int, RosterRow]


def template(chinese: bool) -> bytes:
    """An empty sheet with its heads, marked as UTF-8 so that an office program reads it right."""
    return ("\ufeff" + ",".join(COLUMNS.values() if chinese else COLUMNS) + "\r\n").encode()


def read_roster(data: bytes, zone: tzinfo) -> tuple[list[Numbered], list[Fault]]:
    """The rows of a sheet, and what is wrong with the others; times without an offset are the city's.

    Raises Invalid when it is no roster at all.
    """
    text = decoded(data)
    if "\0" in text:
        raise Invalid("The roster contains a NUL character; save it as CSV in UTF-8.")
    first = text.split("\n", 1)[0]
    lines = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    rows: list[Numbered] = []
    faults: list[Fault] = []
    try:
        columns = _columns(next(lines, []))
        for number, cells in _lines(lines, columns):
            try:
                rows.append((number, _row(cells, zone)))
            except Invalid as wrong:
                faults.append(Fault(number, str(wrong), str(wrong.details.get("field") or "") or None))
    except csv.Error as error:
        raise Invalid(f"Line {lines.line_num} of the roster can't be read: {error}.") from error
    return rows, faults


def _columns(heads: list[str]) -> list[str]:
    named = [head.strip() for head in heads]
    strange = [head for head in named if head not in _BY_HEAD]
    if strange:
        raise Invalid(
            f"The column {strange[0][:40]!r} is not known; take the template of GET /api/v1/admin/rosters/template.",
            field=strange[0][:40],
        )
    columns = [_BY_HEAD[head] for head in named]
    lacking = next((one for one in NEEDED if one not in columns), None)
    if lacking is not None:
        raise Invalid(f"The roster lacks the column {COLUMNS[lacking]} ({lacking}).", field=lacking)
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise Invalid(f"The column {COLUMNS[twice]} ({twice}) stands twice in the roster.", field=twice)
    return columns


def _lines(lines: Iterator[list[str]], columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(columns, (cell.strip() for cell in cells), strict=False))


def _row(cells: dict[str, str], zone: tzinfo) -> RosterRow:
    begins_at = _moment(cells.get("begins_at", ""), "begins_at", zone, None)
    ends_at = _moment(cells.get("ends_at", ""), "ends_at", zone, begins_at)
    said = {name: cells.get(name) or None for name in ("room", "vehicle", "beat", "patrol")}
    several = {name: _several(cells.get(name, "")) for name in ("crew", "equipment")}
    try:
        return msgspec.convert(
            {"unit": cells.get("unit", ""), "begins_at": begins_at, "ends_at": ends_at, **said, **several},
            RosterRow,
        )
    except msgspec.ValidationError as wrong:
        raise Invalid(f"The row can't be used: {wrong}.") from wrong


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in _SEVERAL.split(text) if part))


def _moment(text: str, field: str, zone: tzinfo, after: datetime | None) -> datetime:
    """A time as people and programs write it. `after`: an end may be a clock time alone, of the same day or the next."""
    said = text.strip()
    alone = _TIME_ONLY.match(said)
    try:
        if alone is not None and after is not None:
            day = after.astimezone(zone)
            end = day.replace(hour=int(alone[2]), minute=int(alone[3]), second=0, microsecond=0)
            return end + timedelta(days=1) if alone[1] or end <= day else end
        written = _CLOCK.match(said)
        if written is not None:
            year, month, date, hour, minute = (int(part) for part in written.groups())
            return datetime(year, month, date, hour, minute, tzinfo=zone)
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(
            f"{COLUMNS[field]} {said[:40]!r} is no time; write it as 2026-05-01 08:00.", field=field
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
