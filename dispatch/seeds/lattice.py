"""A map of jurisdictions whose borders are shared line by line: no gap and no overlap, by construction.

A grid over a box is shaken; every border between two cells is one crooked line that both use with the same points. So each
point of the box lies in exactly one cell, or on a border, where `geo.areas` decides.
"""

from random import Random

import msgspec

from geo.coordinates import Point

type Line = tuple[tuple[float, float], ...]

# Shares of a cell's size. Corners that move less than a quarter and bends less than a tenth can never cross each other.
CORNER_SHAKE = 0.22
BEND_SHAKE = 0.07
BENDS = (0.3, 0.65)
DECIMALS = 6


class Box(msgspec.Struct, frozen=True):
    """A rectangle in WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


class Cell(msgspec.Struct, frozen=True):
    """One cell: its place in the grid, its ring (closed, counter-clockwise, lon and lat) and a point well inside."""

    column: int
    row: int
    ring: Line
    middle: Point


class Lattice:
    """Columns from west to east, rows from south to north."""

    def __init__(self, box: Box, columns: int, rows: int, rng: Random) -> None:
        self.box, self.columns, self.rows = box, columns, rows
        self._step_lon = (box.east - box.west) / columns
        self._step_lat = (box.north - box.south) / rows
        self._corners = {(c, r): self._corner(c, r, rng) for r in range(rows + 1) for c in range(columns + 1)}
        self._eastward = {
            (c, r): self._border((c, r), (c + 1, r), rng) for r in range(rows + 1) for c in range(columns)
        }
        self._northward = {
            (c, r): self._border((c, r), (c, r + 1), rng) for r in range(rows) for c in range(columns + 1)
        }

    def cells(self) -> list[Cell]:
        """All cells, row by row from the south-west."""
        return [self._cell(c, r) for r in range(self.rows) for c in range(self.columns)]

    def _corner(self, column: int, row: int, rng: Random) -> tuple[float, float]:
        shake_lon = rng.uniform(-CORNER_SHAKE, CORNER_SHAKE) if 0 < column < self.columns else 0.0
        shake_lat = rng.uniform(-CORNER_SHAKE, CORNER_SHAKE) if 0 < row < self.rows else 0.0
        # The box's own sides stay where they are, to the last digit.
        lon = (
            self.box.east if column == self.columns else self.box.west + (column + shake_lon) * self._step_lon
        )
        lat = self.box.north if row == self.rows else self.box.south + (row + shake_lat) * self._step_lat
        return round(lon, DECIMALS), round(lat, DECIMALS)

    def _border(self, start: tuple[int, int], end: tuple[int, int], rng: Random) -> Line:
        (lon1, lat1), (lon2, lat2) = self._corners[start], self._corners[end]
        along_side = (start[1] == end[1] and start[1] in (0, self.rows)) or (
            start[0] == end[0] and start[0] in (0, self.columns)
        )
        bends = [] if along_side else [
            (
                round(lon1 + share * (lon2 - lon1) + rng.uniform(-1, 1) * BEND_SHAKE * self._step_lon, DECIMALS),
                round(lat1 + share * (lat2 - lat1) + rng.uniform(-1, 1) * BEND_SHAKE * self._step_lat, DECIMALS),
            )
            for share in BENDS
        ]  # fmt: skip
        return ((lon1, lat1), *bends, (lon2, lat2))

    def _cell(self, column: int, row: int) -> Cell:
        south, north = self._eastward[column, row], self._eastward[column, row + 1]
        west, east = self._northward[column, row], self._northward[column + 1, row]
        ring = (*south[:-1], *east[:-1], *north[:0:-1], *west[::-1])
        corners = [self._corners[column + dc, row + dr] for dc in (0, 1) for dr in (0, 1)]
        middle = Point(sum(lon for lon, _ in corners) / 4, sum(lat for _, lat in corners) / 4)
        return Cell(column, row, ring, middle)
