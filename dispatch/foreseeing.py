"""What rules would have done: the facts of things are told again, and timers run beside them as the engine's would have.

A dry run before rules are put in. Pure. What a rule would have changed by firing is not played on: its effects are people's
acts from then on, and those nobody can know.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.conditions import Ground
from dispatch.instants import EPOCH
from dispatch.journal import FeedRow
from dispatch.retelling import Whose, World
from dispatch.rules import Rule, Rules, Wanted, timers_for

OLD = timedelta(minutes=10)
_LOOKS = frozenset(
    {"watch_arrival", "watch_touch", "watch_return", "watch_broadcast", "watch_link", "silence"}
)

type Because = Literal["looks", "words"]
WHY: Mapping[Because, str] = {
    "looks": "it looks where units, pages or devices are at that moment, which is not told again",
    "words": "its sign looks for other words than so far, and what was said is not kept",
}
"""Why a dry run says nothing of a rule."""


class Firing(msgspec.Struct, frozen=True):
    """A rule would have fired then, for this entity. whose: the incident it belongs to, or the unit or room where it has none."""

    rule: str
    noun: str
    entity_id: UUID
    at: datetime
    whose: Whose


def unforeseen(rule: Rule, unheard: Collection[str] = ()) -> Because | None:
    """Why a dry run says nothing of a rule; None when it does. unheard: signs with words that nobody looked for at the time."""
    if rule.effect in _LOOKS:
        return "looks"
    if any(label in unheard for when in rule.when for label in when.signs):
        return "words"
    return None


def foreseeable(rules: Rules, unheard: Collection[str] = ()) -> Rules:
    """Those of which a dry run says something."""
    return msgspec.structs.replace(
        rules, rules=tuple(r for r in rules.rules if unforeseen(r, unheard) is None)
    )


type Labels = Mapping[UUID, Sequence[str]]
"""Incident -> labels that signs which were not there would have given it."""


def foresee(
    facts: Iterable[FeedRow], rules: Rules, ground: Ground, until: datetime, labels: Labels | None = None
) -> list[Firing]:
    """What would have fired until then, by rules that are `foreseeable`.

    facts: all of some incidents that belong together and of what belongs to them, or of one other thing, in journal order.
    """
    course = _Course(rules, ground, labels or {})
    for at, rows in groupby(facts, key=lambda row: row.recorded_at):
        if at > until:
            break
        course.tell(list(rows))
    course.fire(until)
    return course.fired


class _Course:
    """Things as the facts so far leave them, and the timers that stand."""

    def __init__(self, rules: Rules, ground: Ground, labels: Labels) -> None:
        self._rules = rules
        self._labels = labels
        self._ground = ground
        self._world = World()
        self._standing: dict[str, Wanted] = {}
        self._over: set[str] = set()
        self.fired: list[Firing] = []

    def tell(self, rows: Sequence[FeedRow]) -> None:
        """One act: what fell due before it fires first, then its facts say which timers stand."""
        at = rows[0].recorded_at
        self.fire(at)
        for row in rows:
            self._world.tell(row)
            if row.noun == "incident" and row.id in self._labels:
                self._world.label(row.id, tuple(self._labels[row.id]))
        counted = round((at - EPOCH) / timedelta(milliseconds=1))
        wanted = {
            timer.key: timer
            for standing in self._world.stand()
            for timer in timers_for(standing, self._rules, counted, self._ground)
        }
        self._over &= wanted.keys()
        arms = any(_arms(row) for row in rows)
        self._standing = dict(self._kept(wanted, arms))

    def _kept(self, wanted: Mapping[str, Wanted], arms: bool) -> Iterator[tuple[str, Wanted]]:
        for key, timer in wanted.items():
            stands = self._standing.get(key)
            if stands is not None:  # its time may have changed with the priority
                due_at = stands.armed_at + (timer.due_at - timer.armed_at)
                yield key, msgspec.structs.replace(stands, due_at=due_at)
            elif arms:
                yield key, timer

    def fire(self, until: datetime) -> None:
        """What stands and is due by then fires, each once."""
        due = [t for key, t in self._standing.items() if t.due_at <= until and key not in self._over]
        for timer in sorted(due, key=lambda one: (one.due_at, one.key)):
            self._over.add(timer.key)
            whose = self._world.whose(timer.noun, timer.entity_id)
            self.fired.append(Firing(timer.rule, timer.noun, timer.entity_id, timer.due_at, whose))


def _arms(row: FeedRow) -> bool:
    """Whether an act was fresh, as far as the journal tells; a button is pressed now, whatever its clock says."""
    fresh = row.claimed_at is None or row.recorded_at - row.claimed_at <= OLD
    return row.via != "replay" and (fresh or row.noun == "emergency")
