"""What other run cards would have asked for incidents that were: told beside what those in force ask, and whether today's units could.

Each incident as it is known now, at the hour and the duty level at which it was opened. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.cards.file import CardSet
from dispatch.cards.matching import City, Demand, Look, demand
from dispatch.cards.wording import seats_said
from dispatch.instants import Instant, instant
from dispatch.response import SENTENCES, Capable, shortfalls
from dispatch.rules import Phrase
from incidents.reasons import sentence
from incidents.types import Seat

SHOWN = 200


class Wanted(msgspec.Struct, frozen=True):
    """What a card asks for at once. waves: how many there are; said: its seats in words."""

    code: str
    name: Phrase
    seats: tuple[Seat, ...]
    units: int
    waves: int
    said: Phrase


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that would get another demand. met: today's units could fill it; short: what they would lack."""

    id: UUID
    number: str
    type: str | None
    priority: int
    opened_at: Instant
    before: Wanted
    after: Wanted
    met: bool
    short: tuple[Phrase, ...]


class Uses(msgspec.Struct, frozen=True):
    """For how many incidents a card is the one, before and after."""

    code: str
    before: int
    after: int


class CardTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run. changed: incidents with another demand, unmet: those that today's units could not fill.

    others: the newest of them; complete: whether all of the window were looked at; roster: how many units are on duty today.
    """

    since: Instant
    until: Instant
    incidents: int
    examined: int
    complete: bool
    roster: int
    changed: int
    unmet: int
    cards: tuple[Uses, ...]
    others: tuple[Other, ...]


class Matter(msgspec.Struct, frozen=True):
    """An incident that was: what it is, and how cards looked at it when it was opened."""

    id: UUID
    number: str
    opened_at: datetime
    look: Look


def able(units: Iterable[Capable], at_most: int = 100) -> list[Capable]:
    """Units for `compare`: of those that are alike no more than any card could ask for."""
    like: Counter[tuple[str, str, frozenset[str]]] = Counter()
    kept = []
    for unit in units:
        key = unit.kind, unit.unit_class, unit.abilities
        like[key] += 1
        if like[key] <= at_most:
            kept.append(unit)
    return kept


class Compared(msgspec.Struct, frozen=True):
    """One incident under both sets. other: None when the demand is the same."""

    before: str
    after: str
    other: Other | None


def compare(
    matters: Iterable[Matter], sets: tuple[CardSet, CardSet], city: City, roster: Sequence[Capable]
) -> Iterator[Compared]:
    """Each incident by the cards in force and by the others."""
    for matter in matters:
        before, after = (demand(cards, matter.look, city) for cards in sets)
        other = None if _same(before, after) else _other(matter, (before, after), city, roster)
        yield Compared(before.card.code, after.card.code, other)


def _same(before: Demand, after: Demand) -> bool:
    return before.waves == after.waves and before.afters == after.afters


def _other(matter: Matter, both: tuple[Demand, Demand], city: City, roster: Sequence[Capable]) -> Other:
    short = shortfalls(city.types, both[1].first, roster) if both[1].first.seats else []
    return Other(
        id=matter.id, number=matter.number, type=matter.look.subject.type, priority=matter.look.subject.priority,
        opened_at=instant(matter.opened_at), before=_wanted(both[0], city), after=_wanted(both[1], city), met=not short,
        short=tuple(Phrase(sentence(one, SENTENCES, "zh"), sentence(one, SENTENCES, "en")) for one in short),
    )  # fmt: skip


def _wanted(asked: Demand, city: City) -> Wanted:
    first = asked.first
    said = seats_said(first.seats, city.types)
    return Wanted(asked.card.code, asked.card.name, first.seats, first.count, len(asked.waves), said)


def summed(
    compared: Sequence[Compared],
    window: tuple[datetime, datetime],
    incidents: int,
    roster: int,
    complete: bool,
) -> CardTrial:
    """All of it together; the matters came newest first."""
    before = Counter(one.before for one in compared)
    after = Counter(one.after for one in compared)
    others = [one.other for one in compared if one.other is not None]
    return CardTrial(
        since=instant(window[0]), until=instant(window[1]), incidents=incidents, examined=len(compared), complete=complete,
        roster=roster, changed=len(others), unmet=sum(not one.met for one in others),
        cards=tuple(Uses(code, before[code], after[code]) for code in sorted(before.keys() | after.keys())),
        others=tuple(others[:SHOWN]),
    )  # fmt: skip
