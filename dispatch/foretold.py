"""What a dry run says: how often each rule would have fired, for how many incidents and other things, the newest of them; and what it cannot say.

Pure; the names of things are asked of whoever knows the city.
"""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.foreseeing import Because, Firing
from dispatch.instants import Instant, instant
from dispatch.rules import Phrase, Rules

SHOWN = 50
FLOOD_A_DAY = 200.0
"""So often a day nobody looks any more."""


class Example(msgspec.Struct, frozen=True):
    """Something for which a rule would have fired, and when first. of: what `id` is the id of; called: as people call it."""

    id: UUID
    of: Literal["incident", "unit", "room", "other"]
    called: Phrase
    at: Instant


class Foreseen(msgspec.Struct, frozen=True):
    """How often a rule would have fired, for how many incidents, and other things that belong to none; the newest of them.

    flood: more often than anybody can look.
    """

    rule: str
    fired: int
    incidents: int
    others: int
    flood: bool
    examples: tuple[Example, ...]


class Unforeseen(msgspec.Struct, frozen=True):
    """A rule of which a dry run says nothing, and why."""

    rule: str
    because: Because
    why: str


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What rules would have done to the incidents opened in a window, and in it to whatever belongs to none.

    complete: all of them were looked at, newest first; others: how many of what belongs to no incident were looked at.
    """

    since: Instant
    until: Instant
    incidents: int
    examined: int
    others: int
    complete: bool
    rules: tuple[Foreseen, ...]
    unforeseen: tuple[Unforeseen, ...]


def firsts(fired: Sequence[Firing]) -> list[Firing]:
    """The first firing for each incident, or thing that belongs to none, the newest of them first."""
    first: dict[UUID, Firing] = {}
    for one in sorted(fired, key=lambda firing: firing.at):
        first.setdefault(one.whose.incident_id or one.entity_id, one)
    return sorted(first.values(), key=lambda firing: (firing.at, firing.entity_id), reverse=True)


def by_rule(rules: Rules, fired: Sequence[Firing]) -> dict[str, list[Firing]]:
    """The firings of each of these rules."""
    found: dict[str, list[Firing]] = {rule.id: [] for rule in rules.rules}
    for one in fired:
        found[one.rule].append(one)
    return found


def summed(rule: str, fired: Sequence[Firing], days: float, called: Callable[[Firing], Example]) -> Foreseen:
    """The firings of one rule in a window of so many days."""
    first = firsts(fired)
    of_incidents = sum(one.whose.incident_id is not None for one in first)
    return Foreseen(
        rule, len(fired), of_incidents, len(first) - of_incidents, len(fired) / days > FLOOD_A_DAY,
        tuple(called(one) for one in first[:SHOWN]),
    )  # fmt: skip


def example(
    firing: Firing, of: Literal["incident", "unit", "room", "other"], id_: UUID, called: Phrase
) -> Example:
    """One of them, by its name."""
    return Example(id_, of, called, instant(firing.at))
