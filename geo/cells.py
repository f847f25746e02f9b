"""H3 cells: the grid on which places are stored, looked up and drawn.

An incident keeps the res-15 cell of its place, so that "everything in this cell" is one BETWEEN on an indexed bigint at any
resolution; the live index of units keeps coarser cells and needs to know how far a cell reaches to stop searching
without missing a nearer unit. Cells are ints here and 15 hexadecimal digits at the edge. Source: h3geo.org, H3 4.
"""

import functools
import math
import re

import h3.api.basic_int as h3
import msgspec
from shapely.geometry.base import BaseGeometry

from geo.coordinates import Xyz, check_position, distance_m, xyz_m
from geo.errors import BadCell

STORED_RES = 15

_HEX = re.compile(r"[0-9a-fA-F]{15}")
# Layout of an H3 index: 4 bits of resolution at bit 52, then fifteen 3-bit digits, coarsest first; a digit below the
# cell's own resolution is 7, and a child's digits run from 0 to 6 (0, 2 to 6 under a pentagon).
_RES_SHIFT = 52
_RES_MASK = 0xF << _RES_SHIFT
_DIGIT_BITS = 3
# H3's edges are great circles of a sphere; on the ellipsoid they bow by at most a hundred-thousandth of a cell. H3
# rounds a position to about 1e-8 m. Both radii give way to this on the safe side.
_SLACK = 1e-4
_SLACK_M = 1e-3


class CellShape(msgspec.Struct, frozen=True):
    """How far a cell reaches, in metres by the geodesic.

    `lon`, `lat` its centre, `xyz_m` the same earth-fixed; no point of the cell lies farther from the centre than `outer_m`,
    no point nearer to the centre than `inner_m` lies in another cell.
    """

    lon: float
    lat: float
    xyz_m: Xyz
    outer_m: float
    inner_m: float


def cell_at(lon: float, lat: float, res: int) -> int:
    """The cell of this resolution (0 to 15) that holds the position; BadPosition when it is none."""
    check_position(lon, lat)  # H3 itself takes a latitude of 95 and answers with a cell
    cell: int = h3.latlng_to_cell(lat, lon, res)
    return cell


def cell15(lon: float, lat: float) -> int:
    """The res-15 cell (about 0.9 m²) that is stored for a place; below 2**63, so it is a PostgreSQL bigint."""
    return cell_at(lon, lat, STORED_RES)


def check_cell(cell: int) -> int:
    """The cell itself; BadCell unless it is an H3 cell of resolution 0 to 15."""
    if not 0 < cell < 2**63 or not h3.is_valid_cell(cell):
        raise BadCell(f"{cell} is not an H3 cell of resolution 0 to 15", field="cell", value=cell)
    return cell


def parse_cell(text: str) -> int:
    """The cell of its hexadecimal string, of either case; BadCell when it is none."""
    if not _HEX.fullmatch(text):
        raise BadCell(
            f"{text!r} is not an H3 cell: 15 hexadecimal digits are expected", field="cell", value=text
        )
    cell = int(text, 16)
    if not h3.is_valid_cell(cell):
        raise BadCell(f"{text!r} is not an H3 cell of resolution 0 to 15", field="cell", value=text)
    return cell


def cell_text(cell: int) -> str:
    """The 15 lower-case hexadecimal digits of a cell."""
    return f"{check_cell(cell):x}"


def resolution(cell: int) -> int:
    """0 (continents) to 15."""
    return (check_cell(cell) & _RES_MASK) >> _RES_SHIFT


def parent(cell: int, res: int) -> int:
    """The coarser cell of this resolution that the cell was divided from; BadCell when `res` is finer than the cell."""
    if not 0 <= res <= resolution(cell):
        raise BadCell(f"cell {cell:x} has no parent of resolution {res}", field="cell", value=cell)
    coarse: int = h3.cell_to_parent(cell, res)
    return coarse


def cell_range(cell: int) -> tuple[int, int]:
    """(lo, hi): a stored res-15 cell lies in `cell` exactly when it is BETWEEN lo AND hi; for any resolution 0 to 15.

    "In" is H3's own: descent, by the leading bits that only descendants share. Near the border of a cell a place may
    descend from the neighbour, as children stick out of their parents by up to a seventh of their size.
    """
    open_bits = _DIGIT_BITS * (STORED_RES - resolution(cell))
    fixed = ((cell & ~_RES_MASK) | (STORED_RES << _RES_SHIFT)) >> open_bits << open_bits
    sixes = (2**open_bits - 1) // 7 * 6
    return fixed, fixed | sixes


def cell_of_stem(stem: int, res: int) -> int:
    """The cell of this resolution whose stored res-15 cells all begin with these bits.

    stem: any of those, shifted right by three bits for each resolution between.
    """
    open_bits = _DIGIT_BITS * (STORED_RES - res)
    return check_cell((stem << open_bits | (2**open_bits - 1)) & ~_RES_MASK | (res << _RES_SHIFT))


def disk(cell: int, k: int) -> list[int]:
    """All cells at most `k` steps away, the cell itself included."""
    cells: list[int] = h3.grid_disk(check_cell(cell), k)
    return cells


def ring(cell: int, k: int) -> list[int]:
    """The cells exactly `k` steps away; empty once the rings have closed around the globe."""
    cells: list[int] = h3.grid_ring(check_cell(cell), k)
    return cells


def boundary(cell: int) -> list[tuple[float, float]]:
    """The corners of the cell as (lon, lat), counter-clockwise; its edges are great circles between them."""
    return [(lon, lat) for lat, lon in h3.cell_to_boundary(check_cell(cell))]


def middles_inside(area: BaseGeometry, res: int, at_most: int) -> list[int] | None:
    """The cells of this resolution whose middle lies in a polygon or multipolygon; None: clearly more than so many."""
    west, south, east, north = area.bounds
    share = area.area / max((east - west) * (north - south), 1e-12)
    box_m2 = distance_m(west, south, east, south) * distance_m(west, south, west, north)
    if share * box_m2 > 2 * at_most * h3.average_hexagon_area(res, "m^2"):
        return None
    cells: list[int] = h3.geo_to_cells(area, res)
    return cells


def middle(cell: int) -> tuple[float, float]:
    """The lon, lat of its centre."""
    lat, lon = h3.cell_to_latlng(check_cell(cell))
    return lon, lat


@functools.lru_cache(maxsize=2**17)
def cell_shape(cell: int) -> CellShape:
    """The reach of a cell, from its own boundary (cells differ in size by a factor of two), cached.

    The distance from the centre grows along an edge towards one of its ends, so the farthest point is a vertex; H3 puts
    one wherever an edge bends over an edge of the icosahedron. For the inscribed circle the boundary is seen from
    straight above the centre, where an edge bows outwards and distances shrink, so what is measured is too short.
    """
    lat, lon = h3.cell_to_latlng(check_cell(cell))
    boundary = [(vertex_lon, vertex_lat) for vertex_lat, vertex_lon in h3.cell_to_boundary(cell)]
    outer_m = max(distance_m(lon, lat, vertex_lon, vertex_lat) for vertex_lon, vertex_lat in boundary)
    seen = [_from_above(lon, lat, vertex_lon, vertex_lat) for vertex_lon, vertex_lat in boundary]
    inner_m = min(_to_segment(start, end) for start, end in zip(seen, [*seen[1:], seen[0]], strict=True))
    return CellShape(
        lon=lon,
        lat=lat,
        xyz_m=xyz_m(lon, lat),
        outer_m=outer_m * (1 + _SLACK) + _SLACK_M,
        inner_m=max(0.0, inner_m * (1 - _SLACK) - _SLACK_M),
    )


def beyond_disk_m(lon: float, lat: float, cell: int, k: int) -> float:
    """No point outside `disk(cell, k)` is nearer to (lon, lat) than this many metres; 0 promises nothing, inf: all is read.

    (lon, lat) must lie in the disk. Whoever leaves it crosses ring k+1, and a cell of that ring is nowhere nearer
    than its centre less its reach; the chord to the centre stands for the geodesic, being shorter. This is the stop rule
    of an exact nearest search over cells.
    """
    here = xyz_m(lon, lat)
    floor_m = math.inf
    for other in ring(cell, k + 1):
        shape = cell_shape(other)
        floor_m = min(floor_m, math.dist(here, shape.xyz_m) - shape.outer_m)
    return max(0.0, floor_m)


def _from_above(lon: float, lat: float, lon2: float, lat2: float) -> complex:
    """Where the second point is seen from straight above the first: east + i north, in metres (never beyond its chord)."""
    x, y, z = (there - here for there, here in zip(xyz_m(lon2, lat2), xyz_m(lon, lat), strict=True))
    lam, phi = math.radians(lon), math.radians(lat)
    outwards = x * math.cos(lam) + y * math.sin(lam)
    return complex(y * math.cos(lam) - x * math.sin(lam), z * math.cos(phi) - outwards * math.sin(phi))


def _to_segment(start: complex, end: complex) -> float:
    """Distance of the origin from a segment of the plane."""
    along = end - start
    share = -(start * along.conjugate()).real / abs(along) ** 2
    return abs(start + min(max(share, 0.0), 1.0) * along)
