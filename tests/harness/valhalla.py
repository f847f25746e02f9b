"""Valhalla as another who knows the roads: tiles of a map, and how long many places take to one of them.

Its answers are what ours are held against, in tests for sense and in `load_tests` for speed. It comes with the packages for
development; where it is not here, or can't read the map, `NoValhalla` says so.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import batched
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MISSING = "Valhalla is not here: install the packages for development (pyvalhalla)"
LOCATED_AT_ONCE = 50
COSTING = {"car": "auto", "foot": "pedestrian", "motorcycle": "motorcycle"}

type Floats = NDArray[np.float64]


class NoValhalla(Exception):
    """It is not installed, or made no tiles of a map."""


class Taken(msgspec.Struct, frozen=True):
    """For each place: seconds and metres to the goal, inf where Valhalla knows no way."""

    eta_s: Floats
    road_m: Floats


class Valhalla:
    """Answers about one map. Get it from `valhalla_of`."""

    def __init__(self, actor: Any, refusal: type[Exception]) -> None:
        self.actor = actor
        self._refusal = refusal

    def times(self, lon: Floats, lat: Floats, goal: tuple[float, float], profile: str = "car") -> Taken:
        """One matrix of many sources and one target. Places that it refuses are found by halving, and have inf."""
        if not len(lon):
            return Taken(np.empty(0), np.empty(0))
        try:
            return self.matrix(lon, lat, goal, profile)
        except self._refusal:
            if len(lon) == 1:
                return Taken(np.full(1, np.inf), np.full(1, np.inf))
        half = len(lon) // 2
        one = self.times(lon[:half], lat[:half], goal, profile)
        other = self.times(lon[half:], lat[half:], goal, profile)
        return Taken(np.concatenate((one.eta_s, other.eta_s)), np.concatenate((one.road_m, other.road_m)))

    def matrix(self, lon: Floats, lat: Floats, goal: tuple[float, float], profile: str = "car") -> Taken:
        """The same in one question; a single place that it can't put on a road fails the whole."""
        sources = [{"lon": x, "lat": y} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        target = {"lon": goal[0], "lat": goal[1]}
        question = {"sources": sources, "targets": [target], "costing": COSTING[profile], "units": "km"}
        rows = json.loads(self.actor.matrix(json.dumps(question)))["sources_to_targets"]
        found = [row[0] for row in rows]
        return Taken(
            np.array([np.inf if one["time"] is None else one["time"] for one in found], np.float64),
            np.array(
                [np.inf if one["distance"] is None else one["distance"] * 1000 for one in found], np.float64
            ),
        )

    def located(self, places: Sequence[tuple[float, float]], away_m: int = 3) -> list[list[Any]]:
        """For each place the directed edges near it on which a car may go, as Valhalla tells of them."""
        found: list[list[Any]] = []
        near = {"radius": away_m, "minimum_reachability": 0, "node_snap_tolerance": 0}
        for some in batched(places, LOCATED_AT_ONCE):
            asked = [{"lon": lon, "lat": lat, **near} for lon, lat in some]
            question = {"locations": asked, "costing": COSTING["car"], "verbose": True}
            found += [one["edges"] or [] for one in json.loads(self.actor.locate(json.dumps(question)))]
        return found


@contextmanager
def valhalla_of(extract: Path) -> Iterator[Valhalla]:
    """Build the tiles of an OpenStreetMap file into a folder that is gone afterwards. Raises NoValhalla."""
    try:
        package = import_module("valhalla")
    except ImportError as absent:
        raise NoValhalla(MISSING) from absent
    with tempfile.TemporaryDirectory(prefix="dispatch110-valhalla-") as folder:
        settings = package.get_config(tile_extract="", tile_dir=folder, verbose=False)
        settings["mjolnir"]["tile_extract"] = ""  # else it looks for an archive named after this folder
        settings["mjolnir"]["concurrency"] = 1
        settings["service_limits"]["auto"]["max_matrix_location_pairs"] = 100_000
        told = Path(folder) / "valhalla.json"
        told.write_text(json.dumps(settings), "utf-8")
        builder = package.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
        made = subprocess.run([builder, "-c", told, extract], capture_output=True, text=True, check=False)
        if made.returncode:
            raise NoValhalla(f"Valhalla made no tiles of {extract.name}: {made.stderr.strip()[-300:]}")
        yield Valhalla(package.Actor(told), package.ValhallaError)
