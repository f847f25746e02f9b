"""How well jurisdictions cover a city: where they overlap, where they leave a gap, where a border runs twice.

Asked before a file of jurisdictions is put in. Nothing is changed here: an overlap belongs to the smaller area and a gap to
the nearest (`geo/areas.py`), so every place has an owner either way, but it may not be the one that was meant.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Literal

import msgspec
import shapely
from shapely import Geometry, MultiPolygon, Polygon, STRtree

from geo.mending import square_metres

SLIVER_M = 2.0
"""Narrower on average than this, an overlap, a gap or a part of an area is a sliver: a border drawn twice."""
_NOISE_SQUARE_M = 0.01
# Cracks that open to the outside are found by closing them: by so much on either side.
_CRACK_M = 2.5
_MITRE = 12.0
_METRES_PER_DEGREE = 111_320.0


class Covering(msgspec.Struct, frozen=True):
    """An area to look at. name: as people know it; owner: what answers for it, two of one owner can't be at odds."""

    layer: str
    name: str
    owner: str
    geometry: MultiPolygon


class Overlap(msgspec.Struct, frozen=True):
    """Two areas of a layer that cover the same ground; lon, lat: a point in its largest piece."""

    layer: str
    names: tuple[str, str]
    square_m: float
    lon: float
    lat: float


class Gap(msgspec.Struct, frozen=True):
    """Ground within the city that no area of a layer covers, and the areas around it; lon, lat: a point in it."""

    layer: str
    names: tuple[str, ...]
    square_m: float
    lon: float
    lat: float


class Sliver(msgspec.Struct, frozen=True):
    """A strip as narrow as a pen: an overlap or a gap of two borders that should be one, or a part of one area."""

    layer: str
    what: Literal["overlap", "gap", "part"]
    names: tuple[str, ...]
    square_m: float
    width_m: float
    lon: float
    lat: float


class Survey(msgspec.Struct, frozen=True):
    """What was found, the largest first in each list."""

    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]
    slivers: tuple[Sliver, ...]

    @property
    def seamless(self) -> bool:
        """Whether every place of the city lies in exactly one area of each layer."""
        return not (self.overlaps or self.gaps or self.slivers)


def survey(
    areas: Sequence[Covering], outline: MultiPolygon | None = None, tiled: Sequence[str] = ("police",)
) -> Survey:
    """Look at every layer by itself. outline: of the city, which the layers in `tiled` should cover whole.

    Without an outline the city of a layer is what its areas surround. Pieces below 0.01 m² are rounding, not drawing.
    """
    overlaps: list[Overlap] = []
    gaps: list[Gap] = []
    slivers: list[Sliver] = []
    ordered = sorted(areas, key=lambda one: one.layer)
    for layer, some in groupby(ordered, key=lambda one: one.layer):
        of_layer = list(some)
        for names, piece in _overlapping(of_layer):
            _enter(layer, "overlap", names, piece, overlaps, slivers)
        for names, piece in _open(of_layer, outline if layer in tiled else None):
            _enter(layer, "gap", names, piece, gaps, slivers)
        for names, piece in _thin_parts(of_layer):
            _enter(layer, "part", names, piece, [], slivers)
    return Survey(_largest_first(_summed(overlaps)), _largest_first(gaps), _largest_first(slivers))


def _largest_first[T: (Overlap, Gap, Sliver)](found: Sequence[T]) -> tuple[T, ...]:
    return tuple(sorted(found, key=lambda one: (-one.square_m, one.names, one.lon, one.lat)))


def _summed(pieces: Sequence[Overlap]) -> list[Overlap]:
    """One entry a pair, at the point of its largest piece."""
    pairs: dict[tuple[str, tuple[str, str]], Overlap] = {}
    for piece in sorted(pieces, key=lambda one: -one.square_m):
        first = pairs.setdefault((piece.layer, piece.names), piece)
        if first is not piece:
            whole = round(first.square_m + piece.square_m, 2)
            pairs[(piece.layer, piece.names)] = msgspec.structs.replace(first, square_m=whole)
    return list(pairs.values())


def _enter(
    layer: str,
    what: Literal["overlap", "gap", "part"],
    names: tuple[str, ...],
    piece: Polygon,
    wide: list[Overlap] | list[Gap],
    slivers: list[Sliver],
) -> None:
    square_m, width_m = square_metres(piece), width(piece)
    if square_m < _NOISE_SQUARE_M:
        return
    point = piece.representative_point()
    said = round(square_m, 2)
    if width_m < SLIVER_M:
        slivers.append(Sliver(layer, what, names, said, round(width_m, 3), point.x, point.y))
    elif what == "overlap":
        wide.append(Overlap(layer, (names[0], names[1]), said, point.x, point.y))  # type: ignore[arg-type]
    elif what == "gap":
        wide.append(Gap(layer, names, said, point.x, point.y))  # type: ignore[arg-type]


def width(piece: Polygon) -> float:
    """The mean width in metres of a long piece: twice its area over its border."""
    along = _in_metres(piece).length
    return 2 * square_metres(piece) / along if along else 0.0


def _overlapping(areas: Sequence[Covering]) -> Iterator[tuple[tuple[str, ...], Polygon]]:
    shapes = [one.geometry for one in areas]
    shapely.prepare(shapes)
    ones, others = STRtree(shapes).query(shapes, predicate="intersects")
    for i, j in sorted(zip(ones.tolist(), others.tolist(), strict=True)):
        if i < j and areas[i].owner != areas[j].owner and not shapely.touches(shapes[i], shapes[j]):
            names = sorted((areas[i].name, areas[j].name))
            for piece in _polygons(shapely.intersection(shapes[i], shapes[j])):
                yield tuple(names), piece


def _open(
    areas: Sequence[Covering], outline: MultiPolygon | None
) -> Iterator[tuple[tuple[str, ...], Polygon]]:
    """Holes between areas, cracks from outside between them, and what of the outline lies beyond all."""
    whole = shapely.union_all([one.geometry for one in areas])
    pieces = [Polygon(ring) for part in _polygons(whole) for ring in part.interiors]
    around = _beside(areas)
    if outline is not None:
        pieces += _polygons(shapely.difference(outline, shapely.union_all([whole, *pieces])))
    closed = _closed(whole)
    cracks = _polygons(shapely.difference(closed, shapely.union_all([whole, *pieces])))
    for piece in pieces:
        yield around(piece), piece
    for crack in cracks:
        names = around(crack)
        # Flat, not on the ellipsoid: the shortest way between two far corners is no line of equal latitude, so that a crack
        # without any width would have hundreds of square metres there.
        if len(names) > 1 and _in_metres(crack).area >= 1.0:
            yield names, crack


def _beside(areas: Sequence[Covering]) -> Callable[[Geometry], tuple[str, ...]]:
    """Which areas lie around a piece, by name."""
    tree = STRtree([one.geometry for one in areas])
    lat = areas[0].geometry.bounds[1]
    near_deg = 0.05 / _METRES_PER_DEGREE / max(math.cos(math.radians(lat)), 0.01)

    def around(piece: Geometry) -> tuple[str, ...]:
        found = tree.query(piece, predicate="dwithin", distance=near_deg).tolist()
        return tuple(sorted({areas[i].name for i in found}))

    return around


def _thin_parts(areas: Sequence[Covering]) -> Iterator[tuple[tuple[str, ...], Polygon]]:
    for one in areas:
        for part in one.geometry.geoms:
            if width(part) < SLIVER_M:
                yield (one.name,), part


def _closed(whole: Geometry) -> Geometry:
    """The same with every inlet narrower than twice `_CRACK_M` filled; sharp corners stay as they are."""
    flat = _in_metres(whole)
    there = shapely.buffer(flat, _CRACK_M, join_style="mitre", mitre_limit=_MITRE)
    back = shapely.buffer(there, -_CRACK_M, join_style="mitre", mitre_limit=_MITRE)
    return _in_degrees(back, whole)


def _scale(of: Geometry) -> tuple[float, float]:
    """Metres a degree of longitude and of latitude, near the middle of this."""
    _, south, _, north = of.bounds
    return _METRES_PER_DEGREE * max(math.cos(math.radians((south + north) / 2)), 0.01), _METRES_PER_DEGREE


def _in_metres(shape: Geometry) -> Geometry:
    return shapely.transform(shape, lambda points: points * _scale(shape))


def _in_degrees(shape: Geometry, of: Geometry) -> Geometry:
    return shapely.transform(shape, lambda points: points / _scale(of))


def _polygons(shape: Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]
