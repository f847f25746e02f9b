"""Which card an incident has: always exactly one. Pure.

Of the cards that mean it the most specific counts: the one whose type lies nearest to the incident's, then the one that asks
for more of its labels, its place, its duty level, how strongly is answered, its hour; of two alike the first of the file.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from dispatch.cards.file import UNTIL_KNOWN, After, Card, CardSet, Wave
from dispatch.conditions import Ground, Subject, holds
from dispatch.plans.matching import within
from dispatch.response import Requirement, requirement
from incidents.types import Seat, TypeTree


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What cards look at: the incident, the city's clock, the duty level that holds in its room and how strongly it answers."""

    subject: Subject
    at: datetime
    duty: str
    response: int = 1


class City(Ground, Protocol):
    """What a city knows, with its types."""

    @property
    def types(self) -> TypeTree: ...


class Demand(msgspec.Struct, frozen=True):
    """What a card asks for, wave by wave; version: of the cards; afters: after what each wave goes."""

    card: Card
    version: int
    duty: str
    waves: tuple[Requirement, ...]
    afters: tuple[After, ...]

    @property
    def first(self) -> Requirement:
        """What goes at once."""
        return self.waves[0]

    def after_first(self) -> "Demand":
        """The same from the second wave on; a card that has no second asks for its first again."""
        return msgspec.structs.replace(
            self, waves=self.waves[1:] or self.waves, afters=self.afters[1:] or self.afters
        )


type Rank = tuple[int, int, int, int, int, int, int, int]


def demand(cards: CardSet, look: Look, city: City) -> Demand:
    """The card of an incident and what it asks for at its priority."""
    of = look.subject
    card = card_of(cards, look, city)
    code = of.type if of.type is not None and of.type in city.types else None
    waves = card.waves or (Wave(()),)
    asked = [
        requirement(city.types, _seats(cards, wave, of.priority), code, of.priority, of.labels)
        for wave in waves
    ]
    # A later wave of which this priority needs nothing is none.
    left = [n for n, one in enumerate(asked) if n == 0 or one.seats]
    return Demand(
        card, cards.version, look.duty, tuple(asked[n] for n in left), tuple(waves[n].after for n in left)
    )


def _seats(cards: CardSet, wave: Wave, priority: int) -> tuple[Seat, ...]:
    """A wave's seats. Where triage found more urgency (1 or 2) than a card without any expects: as before it is known."""
    if wave.seats or priority > 2:
        return wave.seats
    bare = [card for _, card in cards.by_type.get(None, ()) if card.always]
    return bare[0].waves[0].seats if bare else UNTIL_KNOWN


def card_of(cards: CardSet, look: Look, city: City) -> Card:
    """The one card. Raises LookupError when nothing means the incident, which no file that was taken over allows."""
    for _, card in ranked(cards, _lineage(city.types, look.subject.type)):
        if means(card, look, city):
            return card
    raise LookupError(f"No run card is for the type {look.subject.type}.")


def ranked(cards: CardSet, lineage: Sequence[str]) -> list[tuple[Rank, Card]]:
    """The cards that may be meant by an incident of this type (its code, then those above), the most specific first."""
    found: dict[str, tuple[Rank, Card]] = {}
    for depth, code in [*zip(range(len(lineage), 0, -1), lineage, strict=True), (0, None)]:
        for place, card in cards.by_type.get(code, ()):
            found.setdefault(card.code, ((depth, *specific(card), -place), card))
    return sorted(found.values(), key=lambda row: row[0], reverse=True)


def specific(card: Card) -> tuple[int, int, int, int, int, int]:
    """How much a card asks for beside its type: labels, place, what else of the incident, duty level, response, hour."""
    when = card.when
    place = bool(when.rooms) + 2 * bool(when.cells)
    other = bool(when.without_labels) + bool(when.priorities) + bool(when.sources) + bool(when.alarms)
    return (
        len(set(when.labels)) + when.hazard, place, other, bool(card.duty), bool(card.response), card.hours is not None
    )  # fmt: skip


def means(card: Card, look: Look, city: City) -> bool:
    """Whether a card is for such an incident."""
    return (
        (not card.duty or look.duty in card.duty)
        and (not card.response or look.response in card.response)
        and (card.hours is None or within(card.hours, look.at))
        and holds(card.when, look.subject, city)
    )


def _lineage(tree: TypeTree, code: str | None) -> Sequence[str]:
    return tree.get(code).lineage if code is not None and code in tree else ()
