"""Where simulated callers are: places, streets, crossings and shores of a map, as people name them.

Pure: a map in, spots with addresses out. Whoever reports a theft stands in a market, whoever reports a crash at a crossing.
"""

from collections import defaultdict
from collections.abc import Sequence
from random import Random

import msgspec

from geo.coordinates import destination
from geo.osm import Extract, Place, Road

_NUMBERS = 400
_ARTERIAL = frozenset({"motorway", "trunk", "primary", "secondary"})


class Spot(msgspec.Struct, frozen=True):
    """Somewhere something may happen: WGS-84 degrees and the address as a caller says it."""

    lon: float
    lat: float
    address: str


class Town:
    """The places of one map by kind; beside those of the map: street, crossing, arterial, bridge and shore."""

    def __init__(self, extract: Extract) -> None:
        self._places: dict[str, list[Place]] = defaultdict(list)
        for place in extract.places:
            if place.name and place.tags.get("emergency") != "phone":
                self._places[place.kind].append(place)
        named = [road for road in extract.roads if road.name]
        self._roads = {
            "street": [road for road in named if not road.bridge and road.kind not in _ARTERIAL],
            "arterial": [road for road in named if not road.bridge and road.kind in _ARTERIAL],
            "bridge": [road for road in named if road.bridge],
        }
        self._crossings = _crossings(named)
        self._shores = [corner for line in extract.shores for corner in line]
        self._all = [place for places in self._places.values() for place in places]

    def spot(self, rng: Random, kinds: Sequence[str]) -> Spot:
        """A place of one of these kinds; any place where the map has none of them."""
        for kind in rng.sample(kinds, len(kinds)):
            if self._places.get(kind):
                return _at_place(rng, rng.choice(self._places[kind]))
            if self._roads.get(kind):
                return _on_road(rng, rng.choice(self._roads[kind]))
            if kind == "crossing" and self._crossings:
                lon, lat, address = rng.choice(self._crossings)
                return _beside(rng, lon, lat, address, 15.0)
            if kind == "shore" and self._shores:
                return self._on_shore(rng)
        return (
            _at_place(rng, rng.choice(self._all))
            if self._all
            else _on_road(rng, rng.choice(self._roads["street"]))
        )

    def _on_shore(self, rng: Random) -> Spot:
        lon, lat = rng.choice(self._shores)
        near = min(self._all, key=lambda p: (p.lon - lon) ** 2 + (p.lat - lat) ** 2, default=None)
        return _beside(rng, lon, lat, f"{near.name}附近海边" if near else "海边", 10.0)


def _at_place(rng: Random, place: Place) -> Spot:
    address = place.tags.get("addr:full", "")
    return _beside(
        rng, place.lon, place.lat, f"{address}{place.name}" if rng.random() < 0.75 else str(place.name), 20.0
    )


def _on_road(rng: Random, road: Road) -> Spot:
    n = rng.randrange(len(road.line) - 1)
    (lon1, lat1), (lon2, lat2) = road.line[n], road.line[n + 1]
    share = rng.random()
    where = "中段" if road.bridge else f"{rng.randrange(1, _NUMBERS)}号附近"
    return Spot(
        round(lon1 + share * (lon2 - lon1), 6), round(lat1 + share * (lat2 - lat1), 6), f"{road.name}{where}"
    )


def _beside(rng: Random, lon: float, lat: float, address: str, within_m: float) -> Spot:
    lon, lat = destination(lon, lat, rng.uniform(0, 360), rng.uniform(0, within_m))
    return Spot(round(lon, 6), round(lat, 6), address)


def _crossings(roads: Sequence[Road]) -> list[tuple[float, float, str]]:
    """Where two streets with names meet, one of them more than a side street."""
    met: dict[int, dict[str, Road]] = defaultdict(dict)
    places: dict[int, tuple[float, float]] = {}
    for road in roads:
        for node, place in zip(road.nodes, road.line, strict=True):
            met[node].setdefault(str(road.name), road)
            places[node] = place
    return [
        (*places[node], "与".join(list(streets)[:2]) + "路口")
        for node, streets in met.items()
        if len(streets) > 1 and any(road.kind in _ARTERIAL or road.kind == "tertiary" for road in streets.values())
    ]  # fmt: skip
