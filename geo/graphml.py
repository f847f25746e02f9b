"""A road graph that OSMnx saved as GraphML, turned back into the ways of a map, so that one path builds every city.

OSMnx keeps each direction of a street as an edge of its own and writes every attribute as text, lists among them. What the
streets were simplified by is not undone: a way here is one edge with its corners.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import shapely

from geo.errors import BadMap
from geo.osm import Written

SUFFIX = ".graphml"
_SPACE = "{http://graphml.graphdrawing.org/xmlns}"
_WAY_TAGS = (
    "highway",
    "name",
    "maxspeed",
    "bridge",
    "tunnel",
    "access",
    "service",
    "junction",
    "ref",
    "lanes",
)
_NODE_TAGS = ("highway", "ref")
_DIGITS = 7
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

type Attributes = dict[str, str]


def written_of(path: Path) -> tuple[Written, str | None]:
    """The ways of an OSMnx GraphML file, and the day it was made (YYYY-MM-DD) where it says so. Raises BadMap."""
    try:
        return _Graph(path).written()
    except (ET.ParseError, OSError) as damaged:
        raise BadMap(f"The road graph {path} can't be read: {damaged}.") from damaged
    except (KeyError, ValueError, shapely.errors.ShapelyError) as wrong:
        raise BadMap(
            f"The road graph {path} is not one of OSMnx: {wrong}; save it with osmnx.save_graphml."
        ) from wrong


class _Graph:
    """Nodes and edges as they are read; edges of both directions of a street become one way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, str] = {}
        self._places: dict[int, tuple[float, float]] = {}
        self._tags: dict[int, Attributes] = {}
        self._edges: list[tuple[int, int, Attributes]] = []
        self._made: str | None = None
        self._new = 0  # the last number given to a corner

    def written(self) -> tuple[Written, str | None]:
        for _, element in ET.iterparse(self._path):  # noqa: S314 - the operator's own file; expat bounds what entities expand to
            self._take(element)
        if not self._edges:
            raise BadMap(f"The road graph {self._path} holds no roads; take one that does.")
        self._new = max(self._places, default=0)
        ways = list(self._ways())
        nodes = [(id_, *place, self._tags.get(id_, {})) for id_, place in sorted(self._places.items())]
        return Written(nodes, ways), self._made

    def _take(self, element: Any) -> None:
        match element.tag.removeprefix(_SPACE):
            case "key":
                self._names[element.get("id")] = element.get("attr.name")
            case "node":
                said = self._attributes(element)
                id_ = int(element.get("id"))
                self._places[id_] = (float(said["x"]), float(said["y"]))
                self._tags[id_] = {key: _first(said[key]) for key in _NODE_TAGS if said.get(key)}
            case "edge":
                self._edges.append(
                    (int(element.get("source")), int(element.get("target")), self._attributes(element))
                )
            case "graph":
                said = self._attributes(element)
                self._made = next(iter(_DATE.findall(said.get("created_date", ""))), None)
            case _:
                return
        element.clear()

    def _attributes(self, element: Any) -> Attributes:
        return {
            self._names[data.get("key")]: data.text or ""
            for data in element
            if data.tag.endswith("data") and data.get("key") in self._names
        }

    def _ways(self) -> Iterator[tuple[int, list[int], Attributes]]:
        known: set[tuple[int, int, str, str]] = set()
        number = itertools.count(1)
        for tail, head, said in self._edges:
            alike = min(tail, head), max(tail, head), said.get("osmid", ""), said.get("length", "")
            both = said.get("oneway", "").lower() not in {"true", "yes", "1"}
            if both and alike in known:
                continue
            known.add(alike)
            tags = {key: _first(said[key]) for key in _WAY_TAGS if said.get(key)}
            yield next(number), self._corners(tail, head, said), {**tags, "oneway": "no" if both else "yes"}

    def _corners(self, tail: int, head: int, said: Attributes) -> list[int]:
        """The nodes of an edge; corners between its ends become nodes with numbers of their own."""
        if tail not in self._places or head not in self._places:
            raise ValueError(f"an edge leads from {tail} to {head}, one of which is not there")
        if not said.get("geometry"):
            return [tail, head]
        line = shapely.get_coordinates(shapely.from_wkt(said["geometry"])).tolist()[1:-1]
        ids = range(self._new + 1, self._new + 1 + len(line))
        self._new += len(line)
        self._places.update(
            (id_, (round(lon, _DIGITS), round(lat, _DIGITS)))
            for id_, (lon, lat) in zip(ids, line, strict=True)
        )
        return [tail, *ids, head]


def _first(said: str) -> str:
    """OSMnx writes a list where several ways became one edge: its first element stands for it."""
    if not said.startswith("["):
        return said
    try:
        found = ast.literal_eval(said)
    except (SyntaxError, ValueError):
        return said
    return str(found[0]) if found else ""
