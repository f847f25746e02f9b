"""A messy file of jurisdictions out of a seed: a sound grid of areas, then faults drawn into it whose size is known."""

import codecs
import json
import random
from typing import Any

import msgspec
import numpy as np
from shapely import Polygon

from geo.datums import Datum, from_wgs84_columns
from geo.mending import square_metres

WEST, SOUTH, SIDE = 113.9, 22.5, 0.01
ACROSS = 5


class Messy(msgspec.Struct):
    """The file, and what is wrong with it: pairs that overlap and gaps with their square metres, slivers, mends, refusals."""

    features: list[dict[str, Any]]
    overlaps: dict[tuple[str, str], float] = {}
    gaps: list[float] = []
    slivers: int = 0
    mended: dict[str, set[str]] = {}
    refused: set[str] = set()

    def file(self, mark: bytes = b"", **members: object) -> bytes:
        """The file as bytes; mark: a byte-order mark."""
        encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-8"
        told = {"type": "FeatureCollection", "features": self.features} | members
        return mark + json.dumps(told, ensure_ascii=False).encode(encoding)


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A closed ring, counter-clockwise."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(name: str, *rings: list[list[float]], **properties: object) -> dict[str, Any]:
    """One jurisdiction; its room has its name."""
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"name": name} | properties, "geometry": geometry}


def square_m(west: float, south: float, east: float, north: float) -> float:
    """What a rectangle covers."""
    return square_metres(Polygon(box(west, south, east, north)))


def cell(column: int, row: int) -> tuple[float, float, float, float]:
    """West, south, east, north of one area of the grid."""
    return (
        WEST + column * SIDE,
        SOUTH + row * SIDE,
        WEST + (column + 1) * SIDE,
        SOUTH + (row + 1) * SIDE,
    )


def sound(**properties: object) -> Messy:
    """The grid without a fault."""
    names = [(f"{c}{r}", cell(c, r)) for r in range(ACROSS) for c in range(ACROSS)]
    return Messy([feature(name, box(*edges), **properties) for name, edges in names])


def messy(seed: int) -> Messy:
    """The grid with one overlap, one gap, one sliver and each fault of drawing, wherever the seed puts them."""
    rng = random.Random(seed)
    made = sound()
    by_name = {f["properties"]["name"]: f for f in made.features}
    rows = rng.sample(range(ACROSS), 3)
    column = rng.randrange(1, ACROSS - 1)
    _overlap(made, by_name, column, rows[0], rng.uniform(0.0002, 0.004))
    _gap(made, by_name, column, rows[1], rng.uniform(0.0002, 0.004))
    _sliver(made, by_name, column, rows[2], rng.choice((-1, 1)) * rng.uniform(1e-6, 8e-6))
    untouched = [n for n in by_name if int(n[0]) not in (column, column + 1)]
    rng.shuffle(untouched)
    for name, fault in zip(untouched, (_open_ring, _repeat, _raise_up, _turn, _cross), strict=False):
        fault(made, by_name[name], rng)
    rng.shuffle(made.features)
    return made


def _overlap(made: Messy, by_name: dict[str, Any], column: int, row: int, by: float) -> None:
    """The west one reaches over the border."""
    west, south, east, north = cell(column, row)
    by_name[f"{column}{row}"]["geometry"]["coordinates"] = [box(west, south, east + by, north)]
    made.overlaps[(f"{column}{row}", f"{column + 1}{row}")] = square_m(east, south, east + by, north)


def _gap(made: Messy, by_name: dict[str, Any], column: int, row: int, by: float) -> None:
    """The west one ends before its border, leaving a hole; at the rim of the grid it is closed by a frame around all."""
    west, south, east, north = cell(column, row)
    inset = SIDE / 10
    hole = (west + inset, south + inset, west + inset + by, north - inset)
    by_name[f"{column}{row}"]["geometry"]["coordinates"] = [box(west, south, east, north), box(*hole)[::-1]]
    made.gaps.append(square_m(*hole))


def _sliver(made: Messy, by_name: dict[str, Any], column: int, row: int, by: float) -> None:
    """The border runs twice, some decimetres apart."""
    west, south, east, north = cell(column, row)
    by_name[f"{column}{row}"]["geometry"]["coordinates"] = [box(west, south, east + by, north)]
    made.slivers += 1


def _open_ring(made: Messy, one: dict[str, Any], _: random.Random) -> None:
    del one["geometry"]["coordinates"][0][-1]
    made.mended[one["properties"]["name"]] = {"closed"}


def _repeat(made: Messy, one: dict[str, Any], rng: random.Random) -> None:
    ring = one["geometry"]["coordinates"][0]
    at = rng.randrange(len(ring))
    ring.insert(at, list(ring[at]))
    made.mended[one["properties"]["name"]] = {"repeated_points"}


def _raise_up(made: Messy, one: dict[str, Any], rng: random.Random) -> None:
    for point in one["geometry"]["coordinates"][0]:
        point.append(round(rng.uniform(0, 90), 1))
    made.mended[one["properties"]["name"]] = {"heights"}


def _turn(made: Messy, one: dict[str, Any], _: random.Random) -> None:
    one["geometry"]["coordinates"][0].reverse()
    made.mended[one["properties"]["name"]] = {"winding"}


def _cross(made: Messy, one: dict[str, Any], _: random.Random) -> None:
    ring = one["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    made.refused.add(one["properties"]["name"])


def drawn_in(features: list[dict[str, Any]], datum: Datum) -> list[dict[str, Any]]:
    """The same features with their positions as this datum has them."""
    moved = json.loads(json.dumps(features))
    for one in moved:
        for ring in one["geometry"]["coordinates"]:
            points = np.array(ring)
            lon, lat = from_wgs84_columns(points[:, 0], points[:, 1], datum)
            ring[:] = [list(point) for point in zip(lon.tolist(), lat.tolist(), strict=True)]
    return list(moved)
