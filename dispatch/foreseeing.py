"""What rules would have done: the facts of incidents are told again, and timers run beside them as the engine's would have.

A dry run before rules are put in. Pure. What a rule would have changed by firing is not played on: its effects are people's
acts from then on, and those nobody can know.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from dispatch import standings
from dispatch.conditions import Ground
from dispatch.folds import FOLDS
from dispatch.instants import EPOCH
from dispatch.journal import FeedRow
from dispatch.model import Assignment
from dispatch.rules import Rule, Rules, Standing, Wanted, timers_for
from incidents.model import Incident

NOUNS = ("incident", "assignment")
"""What is told again; of other nouns the journal of an incident does not hold all that their rules ask."""
OLD = timedelta(minutes=10)
_LOOKS = frozenset({"watch_arrival", "watch_touch", "watch_return", "silence", "watch_link"})
_FOLDS = {fold.noun: fold for fold in FOLDS if fold.noun in NOUNS}


class Firing(msgspec.Struct, frozen=True):
    """A rule would have fired then, for this incident or one of its orders."""

    rule: str
    incident_id: UUID
    at: datetime


def unforeseen(rule: Rule, unheard: Collection[str] = ()) -> str | None:
    """Why a dry run says nothing of a rule; None when it does. unheard: signs with words that nobody looked for at the time."""
    if rule.noun not in NOUNS:
        return f"what a {rule.noun} does is not told again"
    if rule.effect in _LOOKS:
        return "it looks where units or devices are at that moment, which is not told again"
    if any(label in unheard for when in rule.when for label in when.signs):
        return "its sign looks for other words than so far, and what was said is not kept"
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

    facts: all of some incidents that belong together and of their orders, in journal order.
    """
    world = _World(rules, ground, labels or {})
    for _, rows in groupby(facts, key=lambda row: row.recorded_at):
        world.tell(list(rows))
    world.fire(until)
    return world.fired


class _World:
    """Incidents and orders as the facts so far leave them, and the timers that stand."""

    def __init__(self, rules: Rules, ground: Ground, labels: Labels) -> None:
        self._rules = rules
        self._labels = labels
        self._ground = ground
        self._incidents: dict[UUID, Incident] = {}
        self._orders: dict[UUID, Assignment] = {}
        self._standing: dict[str, Wanted] = {}
        self._over: set[str] = set()
        self.fired: list[Firing] = []

    def tell(self, rows: Sequence[FeedRow]) -> None:
        """One act: what fell due before it fires first, then its facts say which timers stand."""
        at = rows[0].recorded_at
        self.fire(at)
        for row in rows:
            known: dict[UUID, Any] = self._incidents if row.noun == "incident" else self._orders
            known[row.id] = _FOLDS[row.noun].next(known.get(row.id), row)
            if row.noun == "incident" and row.id in self._labels:
                known[row.id] = _labelled(known[row.id], self._labels[row.id])
        counted = round((at - EPOCH) / timedelta(milliseconds=1))
        wanted = {
            timer.key: timer
            for standing in self._standings()
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
            self.fired.append(Firing(timer.rule, timer.incident_id or timer.entity_id, timer.due_at))

    def _standings(self) -> Iterator[Standing]:
        for root in self._incidents.values():
            if root.merged_into is not None:
                continue
            family = [root, *(one for one in self._incidents.values() if one.merged_into == root.id)]
            ids = {one.id for one in family}
            orders = [order for order in self._orders.values() if order.incident_id in ids]
            for one in family:
                yield standings.incident(one, orders)
            for order in orders:
                yield standings.assignment(order, root)


def _labelled(incident: Incident, labels: Iterable[str]) -> Incident:
    new = tuple(label for label in labels if label not in incident.labels)
    return msgspec.structs.replace(incident, labels=(*incident.labels, *new)) if new else incident


def _arms(row: FeedRow) -> bool:
    """Whether an act was fresh, as far as the journal tells."""
    return row.via != "replay" and (row.claimed_at is None or row.recorded_at - row.claimed_at <= OLD)
