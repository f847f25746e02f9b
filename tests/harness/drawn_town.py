"""A town drawn in letters: each letter is a corner, 100 m between columns and rows, streets are spelled by their corners.

A---B---C
|       |
D---E---F
"""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from geo.coordinates import destination
from geo.osm import Extract, Road, Written, write_extract
from geo.roads import Roads

STEP_M = 100.0
WEST, NORTH = 114.0, 22.6
type Place = tuple[float, float]


class DrawnTown:
    """Corners by letter, and the map of its streets."""

    def __init__(self, drawing: str, streets: Mapping[str, Mapping[str, str]], **more: Any) -> None:
        self.at: dict[str, Place] = {}
        for row, line in enumerate(dedent(drawing.strip("\n")).splitlines()):
            for column, letter in enumerate(line):
                if letter.isalnum():
                    self.at[letter] = self._place(column, row)
        nodes = {letter: n + 1 for n, letter in enumerate(self.at)}
        roads = tuple(
            self._road(n + 1, letters, tags, nodes) for n, (letters, tags) in enumerate(streets.items())
        )
        controls = {nodes[letter]: control for letter, control in more.get("controls", {}).items()}
        self.extract = Extract(
            bounds=(WEST, NORTH - 0.1, WEST + 0.1, NORTH), roads=roads, places=(), shores=(), waters=(), greens=(), rails=(),
            lights=frozenset(node for node, control in controls.items() if control == "traffic_signals"), credit=None,
            barriers={nodes[letter]: tags for letter, tags in more.get("barriers", {}).items()}, controls=controls,
        )  # fmt: skip

    @property
    def roads(self) -> Roads:
        """Its streets, ready to be asked."""
        return Roads.of(self.extract)

    def write(self, path: Path) -> Path:
        """A map of it at `path`, as an OpenStreetMap file."""
        drawn = self.extract
        places = {node: at for road in drawn.roads for node, at in zip(road.nodes, road.line, strict=True)}
        tags = {node: {"highway": control} for node, control in drawn.controls.items()}
        nodes = [
            (node, *at, tags.get(node, {}) | dict(drawn.barriers.get(node, {})))
            for node, at in sorted(places.items())
        ]
        write_extract(path, Written(nodes, [(road.id, road.nodes, road.tags) for road in drawn.roads]))
        return path

    def between(self, one: str, other: str, share: float = 0.5) -> Place:
        """A place on the straight line between two corners."""
        (lon1, lat1), (lon2, lat2) = self.at[one], self.at[other]
        return lon1 + (lon2 - lon1) * share, lat1 + (lat2 - lat1) * share

    def _place(self, column: int, row: int) -> Place:
        lon, lat = destination(WEST, NORTH, 180.0, row * STEP_M)
        return destination(lon, lat, 90.0, column * STEP_M)

    def _road(self, id_: int, letters: str, tags: Mapping[str, str], nodes: Mapping[str, int]) -> Road:
        tags = {"highway": "residential", "maxspeed": "36", **tags}
        limit = tags["maxspeed"]
        return Road(
            id=id_, kind=tags["highway"], name=tags.get("name"), oneway={"yes": 1, "-1": -1}.get(tags.get("oneway", ""), 0),
            max_kmh=float(limit) if limit.isdigit() else None, bridge=False, nodes=tuple(nodes[one] for one in letters),
            line=tuple(self.at[one] for one in letters), tags=tags,
        )  # fmt: skip
