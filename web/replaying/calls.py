"""Rows of a file read by a column map: one call with the units that were sent to it, every time in UTC.

A file is refused whole when it is damaged; a row that only contradicts itself is kept as it is and named in the report.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec

from geo.coordinates import check_position
from geo.datums import to_wgs84
from geo.errors import GeoError
from web.replaying.column_map import ColumnMap
from web.replaying.errors import FileRefused

STEPS = ("ordered", "accepted", "en_route", "on_scene", "cleared")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a unit sent to a call. times: those of STEPS the file has. line: of the file, for the report.

    estimated: the file has no end; `cleared` is the last time the row knows. disorder: what contradicts what.
    """

    line: int
    unit: str
    unit_kind: str
    times: dict[str, datetime]
    estimated: bool = False
    disorder: str | None = None

    @property
    def ordered_at(self) -> datetime:
        return self.times["ordered"]

    @property
    def sane(self) -> bool:
        """Whether its times can be compared to the second."""
        return self.disorder is None and not self.estimated


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the file. times: ringing, answered, entered; type: code; priority None: that of the type."""

    id: str
    line: int
    type: str
    type_text: str
    priority: int | None
    result: str
    area: str
    address: str | None
    lon: float
    lat: float
    times: dict[str, datetime]
    jobs: tuple[Job, ...]

    @property
    def rang_at(self) -> datetime:
        return self.times["ringing"]


class _Row:
    """One line of the file and how to complain about it."""

    def __init__(self, file: str, line: int, values: dict[str, str]) -> None:
        self.line = line
        self.values = values
        self._file = file

    def text(self, column: str | None) -> str:
        return self.values[column].strip() if column else ""

    def needed(self, column: str) -> str:
        found = self.text(column)
        if not found:
            raise self.refused(column, "the value is missing")
        return found

    def refused(self, column: str, wrong: str) -> FileRefused:
        return FileRefused(f"{self._file}, line {self.line}, column {column!r}: {wrong}.")


def read_header(path: Path) -> list[str]:
    """The names of the columns. Raises FileRefused."""
    return next(_records(path))[1]


def read_calls(path: Path, column_map: ColumnMap) -> list[Call]:
    """Every call of a file, by the first ring. Raises FileRefused naming the line and column at fault."""
    records = _records(path)
    header = next(records)[1]
    missing = column_map.lacks(header)
    if missing:
        raise FileRefused(
            f"{path} has no column {missing[0]!r}, which the map {column_map.name} asks for; it has: {', '.join(header)}."
        )
    grouped: dict[str, list[_Row]] = {}
    for line, record in records:
        if len(record) != len(header):
            raise FileRefused(
                f"{path}, line {line}: {len(record)} columns where the header has {len(header)}; the file is damaged."
            )
        row = _Row(str(path), line, dict(zip(header, record, strict=True)))
        grouped.setdefault(row.needed(column_map.columns.call), []).append(row)
    if not grouped:
        raise FileRefused(f"{path} has a header and no rows.")
    calls = [_call(id_, rows, column_map) for id_, rows in grouped.items()]
    return sorted(calls, key=lambda call: (call.rang_at, call.line))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The header, then every record that is not empty, each with the line it ends on."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if not header or len(set(header)) < len(header):
                raise FileRefused(f"{path} does not begin with a line of column names, each once.")
            yield 1, header
            for record in reader:
                if record:
                    yield reader.line_num, record
    except OSError as missing:
        raise FileRefused(f"{path} can't be read: {(missing.strerror or 'error').lower()}.") from missing
    except (UnicodeDecodeError, csv.Error) as damaged:
        raise FileRefused(f"{path} is no CSV file in UTF-8: {damaged}.") from damaged


def _call(id_: str, rows: list[_Row], m: ColumnMap) -> Call:
    """What all rows of a call say is read from the first; the jobs are in the order they were sent."""
    first = rows[0]
    lon, lat = _place(first, m)
    type_text = first.text(m.columns.type)
    code = m.types.get(type_text, m.other_type)
    if code is None:
        raise first.refused(m.columns.type, f"{type_text!r} is in no line of [types] of the map {m.name}")
    times = _times(first, m)
    jobs = sorted(
        (_job(row, m, times["ringing"]) for row in rows), key=lambda job: (job.ordered_at, job.line)
    )
    _refuse_twice(rows, m)
    return Call(
        id=id_,
        line=first.line,
        type=code,
        type_text=type_text,
        priority=m.priorities.get(first.text(m.columns.priority)),
        result=m.results.get(first.text(m.columns.disposition), "handled"),
        area=first.text(m.columns.area),
        address=first.text(m.columns.address) or None,
        lon=lon,
        lat=lat,
        times={name: at for name, at in times.items() if name not in STEPS},
        jobs=tuple(jobs),
    )


def _refuse_twice(rows: list[_Row], m: ColumnMap) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        before = seen.setdefault(row.text(m.columns.unit), row.line)
        if before != row.line:
            raise row.refused(m.columns.unit, f"this unit is already on this call in line {before}")


def _job(row: _Row, m: ColumnMap, rang_at: datetime) -> Job:
    times = _times(row, m)
    known = [at for column in m.times.others if (at := _utc(row, column, m, rang_at)) is not None]
    steps = {name: times[name] for name in STEPS if name in times}
    disorder = _disorder({"ringing": rang_at, **steps})
    estimated = "cleared" not in steps
    if estimated:
        steps["cleared"] = max([*steps.values(), *known])
    return Job(
        line=row.line,
        unit=row.needed(m.columns.unit),
        unit_kind=row.text(m.columns.unit_kind),
        times=steps,
        estimated=estimated,
        disorder=disorder,
    )


def _times(row: _Row, m: ColumnMap) -> dict[str, datetime]:
    """The moments this row has, in UTC; ringing and ordered must be there."""
    times: dict[str, datetime] = {}
    latest: datetime | None = None
    for moment, column in m.times.moments.items():
        at = _utc(row, column, m, latest)
        if at is not None:
            times[moment] = at
            latest = at if latest is None else max(latest, at)
        elif moment in ("ringing", "ordered"):
            raise row.refused(column, "the time is missing")
    return times


def _utc(row: _Row, column: str, m: ColumnMap, not_before: datetime | None) -> datetime | None:
    """A local time in UTC. In the hour that the clock shows twice, the first that is not before what went ahead."""
    text = row.text(column)
    if not text:
        return None
    try:
        local = datetime.strptime(text, m.time_format).replace(tzinfo=m.timezone)
        first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    except (ValueError, OverflowError):
        raise row.refused(column, f"{text!r} is no time of the form {m.time_format}") from None
    return second if not_before is not None and first < not_before <= second else first


def _disorder(times: dict[str, datetime]) -> str | None:
    """The first two moments of a row that stand in the wrong order, in words."""
    for (name, at), (following, later) in pairwise(times.items()):
        if later < at:
            early_s = (at - later).total_seconds()
            return f"{following.replace('_', ' ')} is {early_s:.0f} s before {name.replace('_', ' ')}"
    return None


def _place(row: _Row, m: ColumnMap) -> tuple[float, float]:
    """lon and lat in WGS-84 degrees."""
    column = m.columns.location or m.columns.lon or ""
    pattern = m.place_pattern
    if m.columns.location is not None and pattern is not None:
        found = pattern.search(row.text(m.columns.location))
        said = (found["lon"], found["lat"]) if found else ("", "")
    else:
        said = (row.text(m.columns.lon), row.text(m.columns.lat))
    try:
        lon, lat = float(said[0]), float(said[1])
        check_position(lon, lat)
        return to_wgs84(lon, lat, m.location.datum)
    except (ValueError, GeoError) as wrong:
        raise row.refused(column, f"{row.text(column)!r} is no place ({wrong})") from None
