"""The ground of the bay city: a warped lattice of blocks, its coast, river and island, in WGS-84 degrees.

Everything else stands on it: streets run along lattice lines, so that they follow the coast and never cross the river but on
bridges; areas are made of the same points, so that they share their borders to the last digit.
"""

import math
from random import Random

import msgspec
import shapely

from geo.coordinates import Point

type Place = tuple[float, float]

# About 15 × 12 km; a block is about 250 m wide. Row 0 is the coast road, rows below it lie in the sea.
WEST, SOUTH, EAST, NORTH = 113.977, 22.496, 114.123, 22.604
WIDE_M, HIGH_M = 15_000.0, 12_000.0
COLUMNS, ROWS, SEA_ROWS = 60, 40, 8
SUPER = 4  # blocks to a superblock, which lies between arterials
RIVER = 27  # the river flows between this column and the next
BRIDGE_ROWS = frozenset({0, 8, 16, 20, 28, 36})
ISLAND_M = (6_300.0, 2_300.0)
ISLAND_RADII_M = (1_000.0, 620.0)
DECIMALS = 7  # of an OpenStreetMap coordinate


class Ground(msgspec.Struct, frozen=True):
    """Land without the river, the river, and the shores: mainland (land to its left) and island (closed, land inside)."""

    land: shapely.Polygon | shapely.MultiPolygon
    river: shapely.Polygon
    mainland_shore: tuple[Place, ...]
    island_shore: tuple[Place, ...]


class Bay:
    """The warp from lattice to degrees for one seed."""

    def __init__(self, seed: int) -> None:
        rng = Random(f"bay {seed}")
        self._phase = [rng.uniform(0, 2 * math.pi) for _ in range(8)]

    def at(self, column: float, row: float) -> Place:
        """lon, lat of a point of the lattice: column 0 to COLUMNS, row -SEA_ROWS to ROWS; both may be fractions."""
        return degrees(*self._metres(column, row))

    def point(self, column: float, row: float) -> Point:
        """The same as a Point."""
        return Point(*self.at(column, row))

    def _metres(self, column: float, row: float) -> Place:
        start_m, north = column * WIDE_M / COLUMNS, max(row, 0.0) / ROWS
        held = math.sin(math.pi * start_m / WIDE_M)  # the sides of the city stay where they are
        wave = math.sin(2.3 * math.pi * north + self._phase[0]) - math.sin(self._phase[0])
        x = start_m + held * (
            330.0 * wave + 45.0 * math.sin(9 * north + start_m / 900 + self._phase[1]) * north
        )
        coast = self.coast_m(x)
        if row < 0:
            return x, coast * (1 + row / SEA_ROWS)
        swell = 90.0 * math.sin(math.pi * north) * math.sin(start_m / 760 + self._phase[2])
        return x, coast + (HIGH_M - coast) * north + swell

    def coast_m(self, x: float) -> float:
        """How far north of the southern edge the coast road lies: a bay in the west, a cape in the east."""
        bay = 2_300.0 * math.exp(-(((x - 6_875) / 2_100) ** 2))
        cape = 1_250.0 * math.exp(-(((x - 11_100) / 1_500) ** 2))
        waves = 130.0 * math.sin(x / 830 + self._phase[3]) + 60.0 * math.sin(x / 370 + self._phase[4])
        return 2_700.0 + bay - cape + waves * (1 - math.exp(-(((x - 6_875) / 900) ** 2)))

    def ground(self) -> Ground:
        """Land and water, once for all who ask what lies where."""
        shore = [degrees(x, self._shore_m(x)) for x in _steps(0.0, WIDE_M, 90.0)]
        main = shapely.Polygon([*shore, (EAST, NORTH), (WEST, NORTH)])
        island = [degrees(*self.island_m(turn, 1.0)) for turn in _steps(0.0, 2 * math.pi, 0.11)]
        island[-1] = island[0]
        river = self._river()
        land = shapely.union(main.difference(river), shapely.Polygon(island))
        return Ground(land, river, tuple(shore), tuple(island))

    def island_m(self, turn: float, share: float) -> Place:
        """A point of the island, metres: in direction `turn` (radians from east, anticlockwise), 1.0 is its shore."""
        reach = share * (
            1 + 0.1 * math.sin(3 * turn + self._phase[6]) + 0.06 * math.sin(5 * turn + self._phase[7])
        )
        return (
            ISLAND_M[0] + reach * ISLAND_RADII_M[0] * math.cos(turn),
            ISLAND_M[1] + reach * ISLAND_RADII_M[1] * math.sin(turn),
        )

    def _shore_m(self, x: float) -> float:
        quays = 40.0 * math.sin(x / 270 + self._phase[5]) + 20.0 * math.sin(x / 97)
        return self.coast_m(x) - 150.0 - quays

    def _river(self) -> shapely.Polygon:
        rows = [-0.9, *_steps(0.0, ROWS, 0.5)]
        west = [self.at(RIVER + 0.27 - (0.06 if row < 2 else 0.0), row) for row in rows]
        east = [self.at(RIVER + 0.73 + (0.06 if row < 2 else 0.0), row) for row in rows]
        return shapely.Polygon([*east, *reversed(west)])


def degrees(x_m: float, y_m: float) -> Place:
    """lon, lat of metres from the south-western corner."""
    return (
        round(WEST + (EAST - WEST) * x_m / WIDE_M, DECIMALS),
        round(SOUTH + (NORTH - SOUTH) * y_m / HIGH_M, DECIMALS),
    )


def _steps(start: float, end: float, step: float) -> list[float]:
    count = max(1, round((end - start) / step))
    return [start + (end - start) * n / count for n in range(count + 1)]


class Style(msgspec.Struct, frozen=True):
    """How a quarter is built. side, small, lanes: which share of its possible streets it has."""

    name: str
    side: float
    small: float
    lanes: float
    oneway: float = 0.0


OLD = Style("old", 1.0, 0.95, 0.7, 0.5)
CORE = Style("core", 1.0, 0.85, 0.3, 0.5)
HOMES = Style("homes", 0.95, 0.75, 0.3, 0.1)
TECH = Style("tech", 0.9, 0.55, 0.1)
PORT = Style("port", 0.7, 0.3, 0.03)
SUBURB = Style("suburb", 0.85, 0.45, 0.12)
HILLS = Style("hills", 0.15, 0.05, 0.0)
PARK = Style("park", 0.0, 0.0, 0.0)

PARKS = {(7, 3): "中央公园", (3, 6): "石桥水库", (12, 2): "云渡湿地公园"}


def style_of(column: int, row: int) -> Style:
    """How the superblock at this place (0 to 14, 0 to 9) is built."""
    if (column, row) in PARKS:
        return PARK
    if column <= 2 and row <= 2:
        return PORT
    if 4 <= column <= 6 and row <= 3:
        return OLD
    if 7 <= column <= 9 and row <= 2:
        return CORE
    if 9 <= column <= 12 and row >= 7:
        return HILLS
    if 10 <= column <= 13 and row <= 3:
        return TECH
    return SUBURB if row >= 7 or column in (0, 14) else HOMES
