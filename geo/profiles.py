"""How each kind of patrol travels the roads: a table of data, and what it makes of one way, one barrier, one crossing.

The road graph asks here for every way once, when a city is built. Boats and drones have no profile: they go straight, and
whoever shows their times says so.
"""

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from geo.osm import Road

_REFUSED = frozenset(
    {"no", "private", "agricultural", "forestry", "agricultural;forestry", "military", "restricted"}
)
_ROUND = frozenset({"roundabout", "circular"})
_NO_CONTRA = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
_MPH_KMH = 1.609344
# Limits told in words (wiki.openstreetmap.org/wiki/Key:maxspeed); country codes before the colon are dropped.
_WORDS_KMH = {
    "walk": 7.0,
    "living_street": 15.0,
    "urban": 50.0,
    "zone30": 30.0,
    "zone:30": 30.0,
    "rural": 90.0,
}


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of travelling; the fields are explained in profiles.toml."""

    keys: tuple[str, ...]
    speeds_kmh: Mapping[str, float]
    most_kmh: float
    flow: float
    surfaces: Mapping[str, float]
    delays_s: Mapping[str, float]
    contra_kmh: float
    closed_kmh: float
    barriers: Mapping[str, float]
    ends_kmh: float
    closed_ways: tuple[str, ...] = ()
    limits: bool = True
    one_way: bool = True

    @property
    def ends_mps(self) -> float:
        """How fast the straight ends between a place and its road are gone, m/s."""
        return self.ends_kmh / 3.6

    def speeds_mps(self, road: Road) -> tuple[float, float]:
        """How fast a way is travelled along its line and against it, m/s; 0: not at all."""
        free = self._free_kmh(road)
        open_ = free > 0 and not self._is_refused(road.tags)
        speed = (free if open_ else min(self.closed_kmh, free or self.closed_kmh)) * self._ground(road)
        if not open_ and not (road.kind in self.speeds_kmh or road.kind in self.closed_ways):
            speed = 0.0
        along, against = self._limited(road, speed, "forward"), self._limited(road, speed, "backward")
        oneway = self._oneway(road)
        contra = 0.0 if road.kind in _NO_CONTRA or road.tags.get("junction") in _ROUND else self.contra_kmh
        if oneway > 0:
            against = min(against, contra)
        elif oneway < 0:
            along = min(along, contra)
        return along / 3.6, against / 3.6

    def passes_s(self, barrier: Mapping[str, str]) -> float:
        """Seconds to pass a barrier; inf: it can't be passed. What its own tags say comes first."""
        kind = barrier.get("barrier", "")
        said = self._said(barrier)
        delay = self.barriers.get(kind, math.inf)
        if said in _REFUSED:
            return max(delay, 10.0) if self.closed_kmh and delay < math.inf else math.inf
        if said is not None and delay == math.inf:
            return 5.0
        return delay

    def delay_s(self, control: str | None, ways: int) -> float:
        """Seconds lost at a place where `ways` road ends meet; control: what stands there."""
        if control is not None and control in self.delays_s:
            return self.delays_s[control]
        return self.delays_s.get("junction", 0.0) if ways > 2 else 0.0  # two are one road

    def _free_kmh(self, road: Road) -> float:
        usual = self.speeds_kmh.get(road.kind, 0.0)
        # That the public may go there (access) makes no street of a footpath; only what names the vehicle does.
        named = {key: value for key, value in road.tags.items() if key != "access"}
        if not usual and self._said(named) in ("yes", "designated", "permissive", "official"):
            usual = min(self.closed_kmh or 15.0, self.most_kmh)
        return usual * self.flow

    def _limited(self, road: Road, kmh: float, direction: str) -> float:
        """A limit on the map takes the place of the class's usual speed, but for who goes slower anyway."""
        limit = limit_kmh(road.tags.get(f"maxspeed:{direction}", ""))
        if limit is None:
            limit = road.max_kmh or limit_kmh(road.tags.get("maxspeed", ""))
        if limit is None or not self.limits or kmh <= 0 or kmh <= self.closed_kmh:
            return min(kmh, self.most_kmh)
        return min(limit * self.flow * self._ground(road), self.most_kmh)

    def _ground(self, road: Road) -> float:
        return self.surfaces.get(road.tags.get("surface", ""), 1.0)

    def _is_refused(self, tags: Mapping[str, str]) -> bool:
        return self._said(tags) in _REFUSED

    def _said(self, tags: Mapping[str, str]) -> str | None:
        """What the most telling access tag says."""
        return next((tags[key] for key in reversed(self.keys) if key in tags), None)

    def _oneway(self, road: Road) -> int:
        if not self.one_way:
            said = road.tags.get("oneway:foot")
            return {"yes": 1, "-1": -1}.get(said or "", 0)
        exempt = "oneway:motorcycle" if "motorcycle" in self.keys else "oneway:emergency"
        if (("emergency" in self.keys) or ("motorcycle" in self.keys)) and road.tags.get(exempt) == "no":
            return 0
        return road.oneway


@cache
def profiles() -> Mapping[str, Profile]:
    """Name -> profile, as shipped."""
    told = tomllib.loads(resources.files("geo").joinpath("profiles.toml").read_text("utf-8"))
    whole = {}
    for name, table in told.items():
        like = table.pop("like", None)
        whole[name] = (told[like] | table) if like else table
    return {name: msgspec.convert(table, Profile) for name, table in whole.items()}


def limit_kmh(said: str) -> float | None:
    """A limit as the map says it: numbers, miles, several by `;` (the lowest counts), or a word; None: not known or none."""
    limits = [_one_limit(part.strip()) for part in said.split(";")]
    known = [limit for limit in limits if limit is not None]
    return min(known, default=None)


def _one_limit(said: str) -> float | None:
    number, _, unit = said.partition(" ")
    try:
        value = float(number)
    except ValueError:
        _, _, zone = said.lower().partition(":")
        return _WORDS_KMH.get(zone or said.lower())
    if unit == "mph" or number.endswith("mph"):
        value *= _MPH_KMH
    return value if 0 < value < 300 else None  # nothing drives faster
