"""What is wrong with duty levels before anything of them counts: one sentence each, naming the level and the field.

A higher level is never slower or weaker than the one below, so that raising one only ever shortens. Pure.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from dispatch.beats.schedule import BeatPlan
from dispatch.levels.file import Level, LevelFile
from dispatch.rules import Phrase, Rule
from dispatch.standings import NOUNS

MAX_LEVELS = 9
LEAST_FACTOR = 0.1
MOST_UNITS = 20
MOST_HOURS = 50
MAX_TEXT = 60
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Known(msgspec.Struct, frozen=True):
    """What a city has: its rules by id, and where codes of levels are needed: by the run cards, in force."""

    rules: Mapping[str, Rule]
    by_cards: Mapping[str, str]
    in_force: Collection[str]


def faults(file: LevelFile, known: Known) -> list[str]:
    """What is wrong, first things first; none when they can be used."""
    if not 1 <= len(file.levels) <= MAX_LEVELS:
        return [f"There are {len(file.levels)} duty levels; 1 to {MAX_LEVELS} can be used."]
    plans = {plan.code for plan in file.beat_plans}
    found = [f"Duty level {code} stands twice." for code in _twice(level.code for level in file.levels)]
    found += [f"Beat plan {code} stands twice." for code in _twice(plan.code for plan in file.beat_plans)]
    before: Level | None = None
    for level in file.levels:
        found += [f"Duty level {level.code}: {wrong}." for wrong in _of_level(level, before, plans, known)]
        before = level
    for plan in file.beat_plans:
        found += [f"Beat plan {plan.code}: {wrong}." for wrong in _of_plan(plan)]
    codes = {level.code for level in file.levels}
    found += [
        f"Duty level {code} is named by run card {card}; change the card first."
        for code, card in known.by_cards.items()
        if code not in codes
    ]
    found += [
        f"Duty level {code} holds just now; order another level before it is taken out."
        for code in known.in_force
        if code not in codes
    ]
    return found


def _of_level(level: Level, before: Level | None, plans: Collection[str], known: Known) -> Iterator[str]:
    if not _CODE.fullmatch(level.code):
        yield "code is not usable: letters, digits, _ and - only, at most 60"
    yield from _named(level.name)
    if level.response not in (1, 2, 3, 4):
        yield f"response is {level.response}; 1 (everyday) to 4 (everything) are possible"
    if before is None and level.delays:
        yield "delays: the first level is the everyday one and has the times of the rules themselves; leave it out"
    if before is not None and level.response < before.response:
        yield f"response is weaker than that of {before.code}, which is the lower level"
    if level.min_free is not None and not 0 <= level.min_free <= 1:
        yield f"min_free is {level.min_free}; it is a share between 0 and 1"
    if level.beats is not None and level.beats not in plans:
        yield f"beats names the beat plan {level.beats!r}, which this file has not"
    for rule, factor in level.delays.items():
        yield from _of_delay(rule, factor, known)
        if before is not None and factor > before.delays.get(rule, 1.0):
            yield f"delays.{rule} is slower than at {before.code}, which is the lower level"
    for rule in before.delays.keys() - level.delays.keys() if before is not None else ():
        yield f"delays.{rule} is missing, and {before.code if before else ''}, the lower level, shortens it"


def _of_delay(rule: str, factor: float, known: Known) -> Iterator[str]:
    if not LEAST_FACTOR <= factor <= 1:
        yield f"delays.{rule} is {factor}; factors lie between {LEAST_FACTOR} and 1"
    found = known.rules.get(rule)
    if found is None:
        yield f"delays.{rule} names a rule that is not there"
        return
    if not NOUNS[found.noun].of_incident:
        yield f"delays.{rule} is about a {found.noun}, which has no room whose level could count"
    times = found.after_s.values() if isinstance(found.after_s, dict) else (found.after_s,)
    if any(seconds < 0 for seconds in times):
        yield f"delays.{rule} is a rule that speaks before its moment, which no factor can shorten"


def _of_plan(plan: BeatPlan) -> Iterator[str]:
    if not _CODE.fullmatch(plan.code):
        yield "code is not usable: letters, digits, _ and - only, at most 60"
    yield from _named(plan.name)
    if any(not 0 <= units <= MOST_UNITS for units in (plan.units, *plan.beats.values())):
        yield f"units lie between 0 and {MOST_UNITS}"
    if len(plan.hours) > MOST_HOURS:
        yield f"has {len(plan.hours)} hours; at most {MOST_HOURS} can be used"


def _named(name: Phrase) -> Iterator[str]:
    if not name.zh.strip() or not name.en.strip():
        yield "name lacks a language; both are needed"
    elif max(len(name.zh), len(name.en)) > MAX_TEXT:
        yield f"name is longer than {MAX_TEXT} characters"


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        again |= {name: None} if name in seen else {}
        seen.add(name)
    return list(again)
