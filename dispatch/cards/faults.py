"""What is wrong with run cards before anything of them counts: each fault is one sentence that names the card and the field.

A card must be reachable, able to be filled, and every type must have one whatever the hour and the level. Pure.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from dispatch.cards.file import RESPONSES, Card, CardSet, Wave
from dispatch.cards.matching import ranked
from dispatch.conditions import MOST_ALARMS, When
from dispatch.plans.file import Hours
from geo.cells import parse_cell
from geo.errors import BadCell
from incidents.types import Seat, TypeTree

MAX_CARDS = 1_000
MAX_WAVES = 5
MAX_UNITS = 100
MAX_TEXT = 60
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class Known(msgspec.Struct, frozen=True):
    """What a city has: types, room codes, codes of duty levels, labels that do not come from types, and its units' kinds with skills."""

    types: TypeTree
    rooms: Collection[str]
    duty: Collection[str]
    labels: Collection[str]
    units: Collection[tuple[str, frozenset[str]]]


class Under(Protocol):
    """Which room lies below which, by their codes."""

    def __call__(self, room: str, above: str) -> bool: ...


def faults(cards: Sequence[Card], city: Known, under: Under) -> list[str]:
    """What is wrong, first things first; none when they can be used."""
    found = []
    if len(cards) > MAX_CARDS:
        found.append(f"There are {len(cards)} run cards; at most {MAX_CARDS} can be used.")
    seen: set[str] = set()
    for card in cards:
        if card.code in seen:
            found.append(f"Run card {card.code} stands twice.")
        seen.add(card.code)
        found += [f"Run card {card.code}: {wrong}." for wrong in _of_card(card, city)]
    if found:
        return found
    together = CardSet(0, tuple(cards))
    return [*_gaps(together, city.types), *_shadowed(together, city.types, under)]


def _of_card(card: Card, city: Known) -> Iterator[str]:
    if not _CODE.fullmatch(card.code):
        yield "code is not usable: letters, digits, _ and - only, at most 60"
    if not card.name.zh.strip() or not card.name.en.strip():
        yield "name lacks a language; both are needed"
    elif max(len(card.name.zh), len(card.name.en)) > MAX_TEXT:
        yield f"name is longer than {MAX_TEXT} characters"
    yield from _of_when(card.when, city)
    yield from _unknown("duty", "the duty level", card.duty, city.duty, "there is none of that code")
    if any(one not in RESPONSES for one in card.response):
        yield "response names a strength outside 1 to 4"
    if card.hours is not None:
        yield from _of_hours(card.hours)
    if not 1 <= len(card.waves) <= MAX_WAVES:
        yield f"waves has {len(card.waves)} entries; 1 to {MAX_WAVES} can be used"
    for place, wave in enumerate(card.waves):
        yield from _of_wave(f"waves[{place}]", wave, place == 0, city)


def _of_when(when: When, city: Known) -> Iterator[str]:
    tree = city.types
    yield from _unknown("when.types", "the type", when.types, tree, "which is not in the type tree")
    yield from _unknown("when.rooms", "the room", when.rooms, city.rooms, "which this city has not")
    labels = {*tree.labels, *city.labels}
    yield from _unknown(
        "when.labels", "the label", (*when.labels, *when.without_labels), labels, "which nothing gives to an incident"
    )  # fmt: skip
    both = sorted({*when.labels} & {*when.without_labels})
    if both:
        yield f"when.without_labels names {both[0]!r}, which when.labels asks for, so nothing could ever be meant"
    if when.signs:
        yield "when.signs belongs to rules; name the label that a sign gives in when.labels"
    if any(one not in RESPONSES for one in when.priorities):
        yield "when.priorities names a priority outside 1 to 4"
    if not 0 <= when.alarms <= MOST_ALARMS:
        yield f"when.alarms asks for {when.alarms} reports; so many are remembered: {MOST_ALARMS}"
    for cell in when.cells:
        try:
            parse_cell(cell)
        except BadCell as bad:
            yield f"when.cells names a cell that is none: {bad}"


def _of_hours(hours: Hours) -> Iterator[str]:
    wrong = [time for time in (hours.start, hours.end) if not _CLOCK.fullmatch(time)]
    if wrong:
        yield f"hours names the time {wrong[0]!r}; times are written 07:30, and 24:00 for the end of the day"
    elif hours.start == hours.end:
        yield "hours begins and ends at the same time, so it would never hold"
    if any(not 1 <= day <= 7 for day in hours.days):
        yield "hours.days names a day that is not 1 (Monday) to 7 (Sunday)"


def _of_wave(field: str, wave: Wave, first: bool, city: Known) -> Iterator[str]:
    if first != (wave.after == "at_once"):
        yield f"{field}.after is {wave.after!r}; the first wave goes at_once, those that follow unaccepted or asked"
    if not first and not wave.seats:
        yield f"{field}.seats is empty; a wave that adds nothing is left out"
    if sum(seat.count for seat in wave.seats) > MAX_UNITS:
        yield f"{field}.seats asks for more than {MAX_UNITS} units"
    for place, seat in enumerate(wave.seats):
        yield from _of_seat(f"{field}.seats[{place}]", seat, city)


def _of_seat(field: str, seat: Seat, city: Known) -> Iterator[str]:
    tree = city.types
    if seat.count < 1:
        yield f"{field}.count is {seat.count}; a seat asks for at least one unit"
    if not seat.kinds:
        yield f"{field}.kinds is empty; name the kinds of unit that may go"
    if seat.upto_priority not in RESPONSES:
        yield f"{field}.upto_priority is {seat.upto_priority}; priorities are 1 to 4"
    strange = [
        *_unknown(f"{field}.kinds", "the kind", seat.kinds, tree.kinds, "which the type tree does not know"),
        *_unknown(
            f"{field}.skills", "the skill", seat.skills, tree.skills, "which the type tree does not know"
        ),
    ]
    yield from strange
    if not strange and seat.kinds and city.units and not _can_be_met(seat, city.units):
        yield (
            f"{field} asks for {' or '.join(seat.kinds)} with {', '.join(seat.skills) or 'no skill'}, "
            "and no unit of this city is one; take the skill out or enter such a unit"
        )


def _can_be_met(seat: Seat, units: Collection[tuple[str, frozenset[str]]]) -> bool:
    return any(kind in seat.kinds and skills.issuperset(seat.skills) for kind, skills in units)


def _unknown(
    field: str, what: str, named: Iterable[str], known: Collection[str] | TypeTree, why: str
) -> Iterator[str]:
    unknown = [one for one in named if one not in known]
    if unknown:
        yield f"{field} names {what} {unknown[0]!r}, {why}"


def _gaps(cards: CardSet, tree: TypeTree) -> Iterator[str]:
    """Types without a card that holds always; one sentence for the highest of them."""
    if any(card.always for _, card in cards.by_type.get(None, ())):
        return
    yield (
        "No run card is for incidents whose type is not known yet; give one without conditions, which then serves every type "
        "that has none of its own."
    )
    for kind in tree:
        if any(card.always for _, card in ranked(cards, kind.lineage)):
            continue
        if kind.parent is None or any(card.always for _, card in ranked(cards, kind.ancestors)):
            yield f"Type {kind.code} {kind.name_zh} {kind.name_en} has no run card; give it, or a type above it, one without conditions."


def _shadowed(cards: CardSet, tree: TypeTree, under: Under) -> Iterator[str]:
    """Cards that can never be the one: for each of their types another stands before them that means all they mean."""
    reached: set[str] = set()
    before: dict[str, str] = {}
    for lineage in [(), *(kind.lineage for kind in tree)]:
        row = [card for _, card in ranked(cards, lineage)]
        for place, card in enumerate(row):
            if card.code in reached:
                continue
            hiding = next((one for one in row[:place] if covers(one, card, under)), None)
            if hiding is None:
                reached.add(card.code)
            else:
                before.setdefault(card.code, hiding.code)
    for card in cards.cards:
        if card.code not in reached:
            yield (
                f"Run card {card.code}: when can never be met, {before.get(card.code, 'another card')} comes before it for all "
                "that it means; take it out or ask for more."
            )


def covers(one: Card, other: Card, under: Under) -> bool:
    """Whether `one` means everything that `other` means, their types aside."""
    a, b = one.when, other.when
    return (
        set(a.labels) <= set(b.labels)
        and set(a.without_labels) <= set(b.without_labels)
        and (not a.hazard or b.hazard)
        and a.alarms <= b.alarms
        and _within(a.priorities, b.priorities)
        and _within(a.sources, b.sources)
        and _within(a.cells, b.cells)
        and (
            not a.rooms or (bool(b.rooms) and all(any(under(r, above) for above in a.rooms) for r in b.rooms))
        )
        and _within(one.duty, other.duty)
        and _within(one.response, other.response)
        and (one.hours is None or one.hours == other.hours)
    )


def _within(a: Collection[object], b: Collection[object]) -> bool:
    """Whether what `b` allows is allowed by `a`; nothing named allows everything."""
    return not a or (bool(b) and set(b) <= set(a))
