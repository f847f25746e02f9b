"""What duty levels mean, as an administrator exports and imports them: names, how strongly is answered, shorter delays, cover.

The first level of a file is the everyday one; each that follows is higher. Which one holds where is `board`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources

import msgspec

from dispatch.beats.schedule import BeatPlan
from dispatch.rules import Phrase


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One level.

    response: how strongly is answered, which run cards ask for (1 everyday to 4); delays: rule -> factor of its time,
    1 or below; min_free: this share of the units on duty should stay free, or the room is told; beats: code of the beat plan in force.
    """

    code: str
    name: Phrase
    response: int = 1
    delays: dict[str, float] = {}
    min_free: float | None = None
    beats: str | None = None


class LevelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All levels, the everyday one first, and the beat plans they name."""

    levels: tuple[Level, ...]
    beat_plans: tuple[BeatPlan, ...] = ()


class LevelSet(msgspec.Struct, frozen=True, dict=True):
    """One version of all levels; 0 are the shipped ones."""

    version: int
    levels: tuple[Level, ...]
    beat_plans: tuple[BeatPlan, ...] = ()

    @property
    def file(self) -> LevelFile:
        """As it is exported."""
        return LevelFile(self.levels, self.beat_plans)

    @property
    def everyday(self) -> Level:
        """What holds where nothing was ordered."""
        return self.levels[0]

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """code -> 0 for the everyday level, 1 for the next higher, ..."""
        return {level.code: place for place, level in enumerate(self.levels)}

    def get(self, code: str) -> Level | None:
        """The level of that code."""
        place = self.rank.get(code)
        return None if place is None else self.levels[place]

    def plan_of(self, level: Level) -> BeatPlan | None:
        """The beat plan that holds at a level."""
        return next((plan for plan in self.beat_plans if plan.code == level.beats), None)


@cache
def shipped() -> LevelSet:
    """Version 0: the levels the house comes with."""
    text = resources.files("dispatch.levels").joinpath("shipped.toml").read_text("utf-8")
    file = msgspec.convert(tomllib.loads(text), LevelFile)
    return LevelSet(0, file.levels, file.beat_plans)
