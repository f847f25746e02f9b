"""The streets of the bay city: arterials, a ring road, bridges, side streets with one-ways, and lanes, each with its name.

Streets are runs along lines of the lattice; what is kept of them depends on the quarter. Patrols drive along these very
lines, and every address of the city is a number on one of them.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from random import Random

import msgspec

from dispatch.seeds.bay import names
from dispatch.seeds.bay.shape import (
    BRIDGE_ROWS,
    COLUMNS,
    RIVER,
    ROWS,
    SUPER,
    Bay,
    Place,
    Style,
    degrees,
    style_of,
)

type Key = tuple[str, int, int]
"""A node: the lattice in half blocks ("grid", column, row), or a place of its own ("isle", n, 0)."""
type Edge = tuple[str, int, int]
"""A block's side: ("row", column, row) leads east, ("column", column, row) leads north, from that corner."""

RING_WEST, RING_EAST, RING_SOUTH, RING_NORTH = 8, 52, 8, 36
WEST_PIER, EAST_PIER = (12, 0), (38, 0)
ISLE_NODES = 28


class Street(msgspec.Struct, frozen=True, kw_only=True):
    """A named line of nodes. kind: the value of OpenStreetMap's highway tag; oneway: only from first to last."""

    keys: tuple[Key, ...]
    kind: str
    name: str
    oneway: bool = False
    bridge: bool = False


class Net:
    """All streets of one city with the places of their nodes; lit: crossings with traffic lights."""

    def __init__(self, bay: Bay, seed: int) -> None:
        self._bay = bay
        self._rng = Random(f"streets {seed}")
        self._stems = names.stems(self._rng)
        self.streets: list[Street] = []
        kept = self._kept()
        for line in _lines():
            self.streets += self._runs(line, kept)
        self.streets += self._island()
        self.streets += self._lanes(kept)
        self.places = {key: self._place(key) for street in self.streets for key in street.keys}
        self.lit = self._lit()

    def _place(self, key: Key) -> Place:
        where, a, b = key
        if where == "grid":
            return self._bay.at(a / 2, b / 2)
        share = 0.62 if a < ISLE_NODES else 0.31 * (a - ISLE_NODES)
        turn = 2 * math.pi * (a / ISLE_NODES if a < ISLE_NODES else b / ISLE_NODES)
        return degrees(*self._bay.island_m(turn, share))

    # Which sides of blocks have a street

    def _kept(self) -> dict[Edge, str]:
        """The class of every side of a block that has a street: whole from one arterial to the next."""
        kept: dict[Edge, str] = {}
        for kind, lines, across in (("row", ROWS, COLUMNS), ("column", COLUMNS, ROWS)):
            for line in range(lines + 1):
                for part in range(0, across, SUPER):
                    corner = (part, line) if kind == "row" else (line, part)
                    class_ = self._class(kind, line, style_at(*corner))
                    for step in range(SUPER):
                        edge = (
                            (kind, corner[0] + step, line)
                            if kind == "row"
                            else (kind, line, corner[1] + step)
                        )
                        here = _ring(edge) or class_
                        if here is not None and not _in_the_river(edge):
                            kept[edge] = here
        return kept

    def _class(self, kind: str, line: int, style: Style) -> str | None:
        if kind == "column" and line == RIVER:
            return "tertiary"  # along the western bank
        if line % SUPER == 0:
            if style.name == "hills" and line % 8 and line < (ROWS if kind == "row" else COLUMNS):
                return None
            return "primary" if line == 0 or line % 8 == 0 else "secondary"
        share = style.side if line % 2 == 0 else style.small
        if self._rng.random() >= share:
            return None
        return "tertiary" if line % 2 == 0 else "residential"

    # From sides of blocks to named streets

    def _runs(self, line: list[Edge], kept: dict[Edge, str]) -> Iterator[Street]:
        run: list[Edge] = []
        for edge in [*line, None]:
            if edge is not None and edge in kept and (not run or self._alike(run[-1], edge, kept)):
                run.append(edge)
                continue
            if run:
                yield self._street(run, kept[run[0]])
            run = [edge] if edge is not None and edge in kept else []

    def _alike(self, one: Edge, other: Edge, kept: dict[Edge, str]) -> bool:
        small = kept[other] == "residential"
        quarter = (other[1] if other[0] == "row" else other[2]) % (2 * SUPER) == 0
        return kept[one] == kept[other] and _is_bridge(one) == _is_bridge(other) and not (small and quarter)

    def _street(self, run: list[Edge], class_: str) -> Street:
        keys = [_corner(run[0], 0)]
        for edge in run:
            keys += [_corner(edge, 1), _corner(edge, 2)]
        style = style_at(run[0][1], run[0][2])
        oneway = class_ == "residential" and self._rng.random() < style.oneway
        if oneway and self._rng.random() < 0.5:
            keys.reverse()
        return Street(
            keys=tuple(keys),
            kind=class_,
            name=self._name(run, class_),
            oneway=oneway,
            bridge=_is_bridge(run[0]),
        )

    def _name(self, run: list[Edge], class_: str) -> str:
        kind, column, row = run[0]
        if class_ == "trunk":
            if kind == "row":
                return names.RING["south" if row == RING_SOUTH else "north"]
            return names.RING["west" if column == RING_WEST else "east"]
        if kind == "row" and row == 0:
            return names.COAST_ROAD
        if kind == "column" and column == RIVER:
            return names.BANK_ROAD
        if class_ in ("primary", "secondary"):
            return _arterial_name(kind, column, row)
        return next(self._stems) + self._rng.choice(
            ("路", "街") if class_ == "tertiary" else ("街", "街", "路", "里")
        )

    def _lanes(self, kept: dict[Edge, str]) -> Iterator[Street]:
        """Lanes through the middle of a block, named after the street they leave."""
        counted: dict[str, int] = defaultdict(int)
        named = {keys: street.name for street in self.streets for keys in street.keys}
        for column in range(COLUMNS):
            for row in range(ROWS):
                lanes = style_of(column // SUPER, row // SUPER).lanes
                if self._rng.random() >= lanes or column == RIVER:
                    continue
                north = self._rng.random() < 0.5
                sides = (("row", column, row), ("row", column, row + 1)) if north else (
                    ("column", column, row), ("column", column + 1, row))  # fmt: skip
                if not all(kept.get(side, "trunk") != "trunk" for side in sides):
                    continue
                start, end = (_corner(side, 1) for side in sides)
                middle: Key = ("grid", 2 * column + 1, 2 * row + 1)
                parent = named[start]
                counted[parent] += 1
                yield Street(
                    keys=(start, middle, end),
                    kind="living_street",
                    name=f"{_stem(parent)}{_count(counted[parent])}巷",
                )

    def _island(self) -> Iterator[Street]:
        """A ring, two streets across, and the bridges to both shores of the bay."""
        ring: list[Key] = [("isle", n, 0) for n in range(ISLE_NODES)]
        yield Street(keys=(*ring, ring[0]), kind="secondary", name=names.ISLAND_ROAD)
        middle: Key = ("isle", ISLE_NODES, 0)
        for half, name in ((0, "屿中路"), (ISLE_NODES // 4, "灯塔街")):
            out: Key = ("isle", ISLE_NODES + 1, half)
            back: Key = ("isle", ISLE_NODES + 1, half + ISLE_NODES // 2)
            yield Street(
                keys=(ring[half], out, middle, back, ring[half + ISLE_NODES // 2]), kind="tertiary", name=name
            )
        for (column, row), end in ((WEST_PIER, ISLE_NODES // 2), (EAST_PIER, 0)):
            pier: Key = ("grid", 2 * column, 2 * row)
            yield Street(keys=(pier, ring[end]), kind="trunk", name=names.SEA_BRIDGE, bridge=True)

    def _lit(self) -> frozenset[Key]:
        """Where two or more arterials meet."""
        met: dict[Key, set[int]] = defaultdict(set)
        for n, street in enumerate(self.streets):
            if street.kind in ("trunk", "primary", "secondary"):
                for key in street.keys:
                    met[key].add(n)
        return frozenset(
            key for key, streets in met.items()
            if len({self.streets[n].name for n in streets}) > 1
        )  # fmt: skip


def _lines() -> Iterator[list[Edge]]:
    for row in range(ROWS + 1):
        yield [("row", column, row) for column in range(COLUMNS)]
    for column in range(COLUMNS + 1):
        yield [("column", column, row) for row in range(ROWS)]


def _corner(edge: Edge, step: int) -> Key:
    kind, column, row = edge
    return ("grid", 2 * column + (step if kind == "row" else 0), 2 * row + (0 if kind == "row" else step))


def _in_the_river(edge: Edge) -> bool:
    return edge[0] == "row" and edge[1] == RIVER and edge[2] not in BRIDGE_ROWS


def _is_bridge(edge: Edge) -> bool:
    return edge[0] == "row" and edge[1] == RIVER


def _ring(edge: Edge) -> str | None:
    kind, column, row = edge
    if kind == "row":
        return "trunk" if row in (RING_SOUTH, RING_NORTH) and RING_WEST <= column < RING_EAST else None
    return "trunk" if column in (RING_WEST, RING_EAST) and RING_SOUTH <= row < RING_NORTH else None


def _arterial_name(kind: str, column: int, row: int) -> str:
    if kind == "row":
        base, side = names.BOULEVARDS[row // SUPER], "西" if column < RIVER else "东"
        return f"{base}{side}段"
    base = names.AVENUES[column // SUPER]
    return f"{base.removesuffix('路')}{'南' if row < ROWS // 2 else '北'}路"


def style_at(column: int, row: int) -> Style:
    """How the block at this corner is built."""
    return style_of(min(column // SUPER, 14), min(row // SUPER, 9))


def _stem(name: str) -> str:
    """What a lane takes over from its street: without the kind of street and the part of it."""
    return name.removesuffix("西段").removesuffix("东段").removesuffix("大道").rstrip("路街里")


_DIGITS = "零一二三四五六七八九十"


def _count(n: int) -> str:
    if n <= 10:
        return _DIGITS[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
