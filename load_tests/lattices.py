"""Invented towns as large as one likes: a lattice of streets, every tenth a main road with signals, every third one-way.

For measurements of how search and building grow with the graph; drawn as an OpenStreetMap file, so that others read it too.
"""

from pathlib import Path

from geo.osm import Written, write_extract

WEST, SOUTH, STEP_DEG = -8.6, 41.0, 0.001
MAIN, ONE_WAY = 10, 3


def write_lattice(path: Path, side: int) -> Path:
    """A map of side x side crossings at `path`."""

    def number(row: int, column: int) -> int:
        return row * side + column + 1

    def is_main(line: int) -> bool:
        return line % MAIN == 0

    nodes = (
        (
            number(row, column), WEST + column * STEP_DEG, SOUTH + row * STEP_DEG,
            {"highway": "traffic_signals"} if is_main(row) and is_main(column) else {},
        )
        for row in range(side)
        for column in range(side)
    )  # fmt: skip
    ways = (
        (
            1 + line + side * across, [number(line, n) if across else number(n, line) for n in range(side)], _tags(line),
        )
        for across in (0, 1)
        for line in range(side)
    )  # fmt: skip
    write_extract(path, Written(nodes, ways), generator="a measurement")
    return path


def _tags(line: int) -> dict[str, str]:
    if line % MAIN == 0:
        return {"highway": "primary", "maxspeed": "60"}
    oneway = {"oneway": "yes" if line % 2 else "-1"} if line % ONE_WAY == 0 else {}
    return {"highway": "residential", "maxspeed": "30", **oneway}
