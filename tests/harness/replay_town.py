"""A small file of calls in a made-up form, and the map that reads it: a town of two station areas in a zone with DST."""

from pathlib import Path

from incidents.types import shipped_tree
from web.replaying.calls import Call, read_calls
from web.replaying.column_map import ColumnMap, parse_map

MAP = """
name = "town"
about = "a made-up town"
zone = "America/New_York"
time_format = "%Y-%m-%d %H:%M:%S"
[city]
code = "TN"
zh = "小镇"
en = "Town"
station_code = "TN-{area}"
station_zh = "小镇{area}站（合成）"
station_en = "Town station {area} (synthetic)"
[columns]
call = "id"
unit = "car"
type = "what"
area = "area"
lon = "x"
lat = "y"
unit_kind = "sort"
priority = "urgency"
disposition = "end"
[times]
ringing = "rang"
ordered = "sent"
accepted = "took"
en_route = "went"
on_scene = "there"
cleared = "free"
others = ["hospital"]
[types]
ill = "500600"
fire = "400110"
gas = "500510"
[priorities]
high = 1
[results]
taken = "hospital"
out = "extinguished"
[unit_kinds]
bike = { kind = "motorcycle", skills = ["first_aid"] }
"""

HEADER = "id,car,sort,what,area,x,y,urgency,end,rang,sent,took,went,there,free,hospital"


def row(
    id_: str,
    car: str,
    times: str,
    what: str = "ill",
    area: str = "A",
    place: str = "-74.00,40.70",
    end: str = "taken",
) -> str:
    """One line. times: `rang sent took went there free hospital` as HH:MM:SS of 2026-03-10, `-` for missing."""
    said = times.split()
    moments = ["" if t == "-" else (t.replace("T", " ") if "T" in t else f"2026-03-10 {t}") for t in said]
    moments += [""] * (7 - len(moments))
    return ",".join(
        [id_, car, "bike" if car.startswith("M") else "van", what, area, place, "high", end, *moments]
    )


def town_map(text: str = MAP) -> ColumnMap:
    return parse_map(text.encode(), "town.toml", shipped_tree())


def town_calls(folder: Path, *rows: str) -> list[Call]:
    file = folder / "town.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return read_calls(file, town_map())
