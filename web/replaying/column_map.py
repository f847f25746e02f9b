"""The column map: which column of a city's file says what. Another city's file needs another map and no code.

A map is a TOML file; `maps/sf_fire.toml` is one, with a word on every entry. Without `--map` the first shipped map whose
columns the file has is taken.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cached_property
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from geo.datums import Datum
from incidents.types import TypeTree
from units.model import UnitClass, UnitKind
from web.replaying.errors import MapRefused

MOMENTS = ("ringing", "answered", "entered", "ordered", "accepted", "en_route", "on_scene", "cleared")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the map; what it does not know is a mistake."""


class CityNames(_Part, frozen=True, kw_only=True):
    """How rooms are called; `{area}` stands for a station area of the file."""

    code: str
    zh: str
    en: str
    station_code: str
    station_zh: str
    station_en: str


class Columns(_Part, frozen=True, kw_only=True):
    """Names of columns. A place is one column `location`, or two, `lon` and `lat`."""

    call: str
    unit: str
    type: str
    unit_kind: str | None = None
    priority: str | None = None
    disposition: str | None = None
    area: str | None = None
    address: str | None = None
    location: str | None = None
    lon: str | None = None
    lat: str | None = None


class Times(_Part, frozen=True, kw_only=True):
    """Columns of moments. One column may serve two; `others` only tell until when a unit is known to have been busy."""

    ringing: str
    ordered: str
    cleared: str
    answered: str | None = None
    entered: str | None = None
    accepted: str | None = None
    en_route: str | None = None
    on_scene: str | None = None
    others: tuple[str, ...] = ()

    @property
    def moments(self) -> dict[str, str]:
        """Column by moment, in the order of a call's life."""
        named = {moment: getattr(self, moment) for moment in MOMENTS}
        return {moment: column for moment, column in named.items() if column is not None}


class UnitSort(_Part, frozen=True, kw_only=True):
    """What a kind of unit in the file is here."""

    kind: UnitKind
    unit_class: UnitClass = msgspec.field(default="regular", name="class")
    skills: tuple[str, ...] = ()


class Location(_Part, frozen=True, kw_only=True):
    """How a place is written: a pattern with the groups lon and lat where it is one column; its datum."""

    pattern: str | None = None
    datum: Datum = Datum.WGS84


class ColumnMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A whole map. time_format: as in Python's strptime; zone: IANA name of the local time the file is written in."""

    name: str
    about: str
    zone: str
    time_format: str
    city: CityNames
    columns: Columns
    times: Times
    location: Location = Location()
    types: dict[str, str]
    other_type: str | None = None
    priorities: dict[str, int] = {}
    results: dict[str, str] = {}
    unit_kinds: dict[str, UnitSort] = {}
    other_unit_kind: UnitSort = UnitSort(kind="car")

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The zone of the file's local times."""
        return ZoneInfo(self.zone)

    @cached_property
    def place_pattern(self) -> re.Pattern[str] | None:
        """Finds lon and lat in the location column."""
        return re.compile(self.location.pattern) if self.location.pattern else None

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column the map speaks of, once."""
        named = [value for value in msgspec.structs.asdict(self.columns).values() if value is not None]
        return tuple(dict.fromkeys([*named, *self.times.moments.values(), *self.times.others]))

    def lacks(self, header: Collection[str]) -> list[str]:
        """The columns that a file with this header does not have."""
        return [column for column in self.needed if column not in header]


def read_map(path: Path, tree: TypeTree) -> ColumnMap:
    """The map in a TOML file. Raises MapRefused with one sentence that names file and entry."""
    try:
        data = path.read_bytes()
    except OSError as missing:
        raise MapRefused(
            f"The map {path} can't be read: {(missing.strerror or 'error').lower()}."
        ) from missing
    return parse_map(data, str(path), tree)


def parse_map(data: bytes, name: str, tree: TypeTree) -> ColumnMap:
    """The map in these bytes; `name` is said in errors. Raises MapRefused."""
    try:
        column_map = msgspec.convert(tomllib.loads(data.decode("utf-8-sig")), ColumnMap)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise MapRefused(f"The map {name} can't be used: {wrong}.") from wrong
    fault = next(_faults(column_map, tree), None)
    if fault is not None:
        raise MapRefused(f"The map {name} can't be used: {fault}")
    return column_map


def shipped_maps(tree: TypeTree) -> list[ColumnMap]:
    """The maps that come with the program, by name."""
    files = resources.files("web.replaying").joinpath("maps").iterdir()
    tomls = sorted((file for file in files if file.name.endswith(".toml")), key=lambda file: file.name)
    return [parse_map(file.read_bytes(), file.name, tree) for file in tomls]


def fitting_map(header: Collection[str], tree: TypeTree) -> ColumnMap:
    """The first shipped map whose columns are all there. Raises MapRefused."""
    maps = shipped_maps(tree)
    for column_map in maps:
        if not column_map.lacks(header):
            return column_map
    names = ", ".join(column_map.name for column_map in maps)
    raise MapRefused(
        f"The columns of the file fit none of the maps that come with the program ({names}); write one and give it by --map."
    )


def _faults(m: ColumnMap, tree: TypeTree) -> Iterator[str]:
    try:
        ZoneInfo(m.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"{m.zone!r} is no IANA time zone, such as America/Los_Angeles."
    if m.columns.area is not None and "{area}" not in m.city.station_code:
        yield "city.station_code must contain {area}, so that every station has a code of its own."
    yield from _place_faults(m)
    named = [*m.types.values(), *([m.other_type] if m.other_type else [])]
    for code in named:
        if code not in tree:
            yield f"there is no type {code} in the type tree."
    for priority in m.priorities.values():
        if not 1 <= priority <= 4:
            yield f"priority {priority} is none; priorities are 1 to 4."
    for sort in m.unit_kinds.values():
        for skill in sort.skills:
            if skill not in tree.skills:
                yield f"there is no skill {skill} in the type tree."


def _place_faults(m: ColumnMap) -> Iterator[str]:
    given = [column is not None for column in (m.columns.location, m.columns.lon, m.columns.lat)]
    if given not in ([True, False, False], [False, True, True]):
        yield "a place is either one column, location, or two, lon and lat."
    if m.columns.location is None:
        return
    try:
        groups = re.compile(m.location.pattern or "").groupindex
    except re.error as wrong:
        yield f"location.pattern is no regular expression: {wrong}."
        return
    if not {"lon", "lat"} <= set(groups):
        yield "location.pattern must have the groups (?P<lon>...) and (?P<lat>...)."
