"""The run cards as an administrator exports and imports them: whom a card is for, and what goes in the first, second, third wave.

One version of all cards is one `CardSet`. Version 0 is made from the type tree (`derived`): what its types ask for on an everyday,
a raised and a major level, so that a city with a tree of its own has cards at once, and every type has one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Literal

import msgspec

from dispatch.conditions import When
from dispatch.plans.file import Hours
from dispatch.rules import Phrase
from incidents.types import Seat, TypeTree

After = Literal["at_once", "unaccepted", "asked"]
"""After what a wave goes: at once, when nobody of the one before has accepted in time (`next_wave` of the rules), when more is asked for."""

GROUND = ("car", "motorcycle", "foot")
UNTIL_KNOWN = (Seat(1, GROUND), Seat(1, GROUND, upto_priority=1))
"""What goes before anybody knows what it is: one patrol on the ground, two when lives may be in danger."""
ANY = "any"
RESPONSES = (1, 2, 3, 4)
"""How strongly is answered: 1 everyday, 2 raised, 3 major, 4 everything there is; a duty level says which holds."""


class Wave(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one wave adds to those before it, and after what it goes."""

    seats: tuple[Seat, ...]
    after: After = "at_once"


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One card.

    when: which incidents it is for, nothing named: all; hours: on the city's clock; duty: only while one of these duty levels
    holds; response: only where so strongly is answered.
    """

    code: str
    name: Phrase
    when: When = When()
    hours: Hours | None = None
    duty: tuple[str, ...] = ()
    response: tuple[int, ...] = ()
    waves: tuple[Wave, ...]

    @property
    def always(self) -> bool:
        """Whether nothing but the type decides."""
        bare = msgspec.structs.replace(self.when, types=())
        return bare == When() and self.hours is None and not self.duty and not self.response


class CardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All cards, as they go out and come in."""

    cards: tuple[Card, ...]


class CardSet(msgspec.Struct, frozen=True, dict=True):
    """One version of all cards; 0 are those of the type tree."""

    version: int
    cards: tuple[Card, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Card]:
        """code -> card."""
        return {card.code: card for card in self.cards}

    @cached_property
    def by_type(self) -> Mapping[str | None, tuple[tuple[int, Card], ...]]:
        """A type that cards name (None: cards for all types) -> its cards, each with its place in the file."""
        found: dict[str | None, list[tuple[int, Card]]] = {}
        for place, card in enumerate(self.cards):
            for code in dict.fromkeys(card.when.types or (None,)):
                found.setdefault(code, []).append((place, card))
        return {code: tuple(rows) for code, rows in found.items()}


@lru_cache(maxsize=8)
def derived(tree: TypeTree) -> CardSet:
    """Version 0: a card for each entry of the tree that names what is sent, a stronger one where it speaks of stronger answers.

    Where firearms are heard of and the tree would send none, a card that does.
    """
    return CardSet(0, (*_of_tree(tree), *_armed(tree), _any()))


def _of_tree(tree: TypeTree) -> Iterator[Card]:
    for name, codes in _users(tree).items():
        levels = tree.get(codes[0]).run_card.levels
        strongest = max(levels)
        for level in sorted(levels):
            answers = tuple(r for r in RESPONSES if r == level or r > level == strongest)
            yield Card(
                code=name if level == 1 else f"{name}-{level}", name=_named(name, level), when=When(types=codes),
                response=() if level == 1 else answers, waves=tuple(_waves(levels, level)),
            )  # fmt: skip


def _armed(tree: TypeTree) -> Iterator[Card]:
    """Firearms: for the types whose own card asks for no special skill and is weaker on every level."""
    if (
        "firearm" not in tree.labels
        or "firearms" not in tree.skills
        or not {"car", "motorcycle"} <= tree.kinds.keys()
    ):
        return
    weaker = [
        code
        for codes in _users(tree).values()
        for code in codes
        if _is_weaker(tree.get(code).run_card.levels)
    ]
    name = Phrase("枪支", "firearms")
    for level in (1, 2, 3) if weaker else ():
        yield Card(
            code="firearm" if level == 1 else f"firearm-{level}", name=name, response=() if level == 1 else _from(level),
            when=When(types=tuple(weaker), labels=("firearm",)), waves=_firearm(level),
        )  # fmt: skip
    yield Card(code="firearm-any", name=name, when=When(labels=("firearm",)), waves=_firearm(1))


def _firearm(level: int) -> tuple[Wave, ...]:
    """At once what an answer so strong asks for; the stronger ones follow as waves."""
    armed, others = Seat(2 * level, ("car",), ("firearms",)), Seat(2 * level - 1, ("car", "motorcycle"))
    led = (Seat(1, GROUND, ("supervisor",)),) if level == 3 else ()
    more = (Seat(2, ("car",), ("firearms",)), Seat(2, ("car", "motorcycle")))
    waves = (Wave(more, "unaccepted"), Wave((*more, Seat(1, GROUND, ("supervisor",))), "asked"))
    return (Wave((armed, others, *led)), *waves[level - 1 :])


def _from(level: int) -> tuple[int, ...]:
    return (level,) if level < 3 else RESPONSES[2:]


def _is_weaker(levels: Mapping[int, tuple[Seat, ...]]) -> bool:
    skilled = any(seat.skills for seat in levels[1])
    return not skilled and all(
        sum(seat.count for seat in seats) <= 3 * min(level, 3) for level, seats in levels.items()
    )


def _users(tree: TypeTree) -> dict[str, tuple[str, ...]]:
    """Name of what is sent -> the types where it begins, in tree order."""
    found: dict[str, list[str]] = {}
    for kind in tree:
        above = tree.get(kind.parent).run_card.name if kind.parent is not None else None
        if kind.run_card.name != above:
            found.setdefault(kind.run_card.name, []).append(kind.code)
    return {name: tuple(codes) for name, codes in found.items()}


def _waves(levels: Mapping[int, tuple[Seat, ...]], level: int) -> Iterator[Wave]:
    """The seats of this level first; then what each stronger one adds, at least as much again as nobody knows better."""
    yield Wave(levels[level])
    stronger = [one for one in sorted(levels) if one > level]
    before = levels[level]
    for one, after in zip(stronger[:2], ("unaccepted", "asked"), strict=False):
        yield Wave(added(before, levels[one]) or levels[one], after)  # type: ignore[arg-type]  # the words of After
        before = levels[one]


def added(before: Sequence[Seat], after: Sequence[Seat]) -> tuple[Seat, ...]:
    """What `after` asks for beyond `before`, seat by seat of the same kinds and skills."""
    there = Counter[tuple[tuple[str, ...], tuple[str, ...]]]()
    for seat in before:
        there[seat.kinds, seat.skills] += seat.count
    left = []
    for seat in after:
        had = min(there[seat.kinds, seat.skills], seat.count)
        there[seat.kinds, seat.skills] -= had
        if seat.count > had:
            left.append(msgspec.structs.replace(seat, count=seat.count - had))
    return tuple(left)


def _named(name: str, level: int) -> Phrase:
    zh, en = _NAMES.get(name, (name, name))
    more = ("", "", "（加强）", "（重大）", "（全力）"), ("", "", ", raised", ", major", ", everything")
    return Phrase(zh + more[0][level], en + more[1][level])


_NAMES = {
    "none": ("不派警", "nobody goes"), "one": ("一组巡逻", "one patrol"), "order": ("治安", "public order"),
    "dispute": ("纠纷", "dispute"), "crime_past": ("既往案件", "past crime"), "crime": ("现行案件", "crime"),
    "violent": ("暴力", "violence"), "hostage": ("劫持", "hostage"), "bomb": ("爆炸物", "explosives"),
    "traffic": ("交通", "traffic"), "crash": ("交通事故", "collision"), "fire": ("火灾", "fire"),
    "rescue": ("救援", "rescue"), "water": ("水域", "water rescue"), "medical": ("急病伤员", "medical"),
    "suicide": ("自杀", "suicide"), "search": ("搜寻", "search"), "crowd": ("群体性事件", "crowd"),
    "disaster": ("灾害事故", "disaster"), "officer_help": ("民警求援", "officer needs help"),
}  # fmt: skip
"""What the entries of the shipped tree are called; an entry of a city's own tree is called by its name there."""


def _any() -> Card:
    return Card(code=ANY, name=Phrase("未定类", "not yet known"), waves=(Wave(UNTIL_KNOWN),))
