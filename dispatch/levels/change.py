"""What changes when a duty level is ordered for a room: told before it is done, and with it once it is. Pure but for its shapes.

The same function answers the preview and the act, so that what was previewed is what happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.cards.file import Card
from dispatch.cards.matching import Look, demand
from dispatch.conditions import Subject
from dispatch.instants import Instant
from dispatch.levels.board import Board
from dispatch.levels.cover import Cover
from dispatch.levels.file import Level
from dispatch.levels.shown import LevelBrief, brief
from dispatch.levels.store import Shorter
from dispatch.rooms import Reference
from dispatch.rules import Phrase, Rule
from dispatch.soundness import WORDS


class RoomTurn(msgspec.Struct, frozen=True):
    """A room in which another level will hold."""

    room_id: UUID
    before: LevelBrief
    after: LevelBrief


class Asks(msgspec.Struct, frozen=True):
    """A run card and how many units go by it at once."""

    code: str
    name: Phrase
    units: int


class CardTurn(msgspec.Struct, frozen=True):
    """Types that get another card."""

    before: Asks
    after: Asks
    types: tuple[str, ...]


class DelayTurn(msgspec.Struct, frozen=True):
    """A rule whose times change, by factor; shortened: how many running timers of it will be due sooner."""

    rule: str
    name: Phrase
    before: float
    after: float
    shortened: int


class LevelChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an order of a level changes. before, after: in the room itself; kept: rooms below that keep a higher one.

    shortened, at_once: running timers that will be due sooner, and those of them due in that moment; incidents: of so many;
    told: how many units get a message.
    """

    room_id: UUID
    before: LevelBrief
    after: LevelBrief
    until: Instant | None
    returns: bool
    rooms: tuple[RoomTurn, ...]
    kept: tuple[RoomTurn, ...]
    cards: tuple[CardTurn, ...]
    delays: tuple[DelayTurn, ...]
    shortened: int
    at_once: int
    incidents: int
    beats_before: Phrase | None
    beats_after: Phrase | None
    cover: Cover
    told: int


def turning(city: Reference, after: Board, room_id: UUID) -> dict[UUID, tuple[Level, Level]]:
    """The rooms in which another level will hold: room -> before, after."""
    rooms = city.rooms
    turned = {}
    for id_ in sorted(rooms.subtree(room_id)):
        lineage = rooms.by_id[id_].lineage
        levels = city.board.holds(lineage), after.holds(lineage)
        if levels[0] != levels[1]:
            turned[id_] = levels
    return turned


def keeping(city: Reference, after: Board, room_id: UUID) -> Iterator[RoomTurn]:
    """Rooms below that ordered a higher level for themselves, which goes on."""
    rooms, levels = city.rooms, after.levels
    own = after.holds(rooms.by_id[room_id].lineage)
    for id_ in sorted(rooms.subtree(room_id) & after.ordered.keys() - {room_id}):
        held = after.holds(rooms.by_id[id_].lineage)
        if levels.rank[held.code] > levels.rank[own.code]:
            yield RoomTurn(
                id_, brief(levels, city.board.holds(rooms.by_id[id_].lineage)), brief(levels, held)
            )


def factors(turned: Mapping[UUID, tuple[Level, Level]]) -> list[tuple[str, float, UUID]]:
    """By which factor each rule goes in each of the rooms from then on: rule, factor, room."""
    return [
        (rule, factor, id_) for id_, (_, after) in turned.items() for rule, factor in after.delays.items()
    ]


def cards_turning(
    city: Reference, room_id: UUID, levels: tuple[Level, Level], at: datetime
) -> Iterator[CardTurn]:
    """Which types of the tree get another card in a room, at their own priority, told by pairs of cards."""
    pairs: dict[tuple[str, str], tuple[Asks, Asks, list[str]]] = {}
    for kind in city.types:
        of = Subject(
            type=kind.code, priority=kind.priority, labels=(), source=None, room_id=room_id, cell15=None, alarms=1
        )  # fmt: skip
        before, after = (
            demand(city.run_cards, Look(subject=of, at=at, duty=one.code, response=one.response), city)
            for one in levels
        )
        if before.card.code != after.card.code:
            key = before.card.code, after.card.code
            found = pairs.setdefault(
                key, (_asks(before.card, before.first.count), _asks(after.card, after.first.count), [])
            )
            found[2].append(kind.code)
    for asked_before, asked_after, types in pairs.values():
        yield CardTurn(asked_before, asked_after, tuple(types))


def _asks(card: Card, units: int) -> Asks:
    return Asks(card.code, card.name, units)


def delays_turning(
    levels: tuple[Level, Level], rules: Mapping[str, Rule], shortened: Sequence[Shorter]
) -> Iterator[DelayTurn]:
    """Which rules go by other times."""
    before, after = levels
    for rule in sorted(before.delays.keys() | after.delays.keys()):
        was, is_ = before.delays.get(rule, 1.0), after.delays.get(rule, 1.0)
        running = sum(one.rule == rule for one in shortened)
        if rule in rules and (was != is_ or running):
            yield DelayTurn(rule, _plain(rules[rule].what), was, is_, running)


def _plain(phrase: Phrase) -> Phrase:
    """What a rule waits for, of nobody in particular."""
    return Phrase(_filled(phrase.zh, _SOME["zh"]), _filled(phrase.en, _SOME["en"]))


def _filled(text: str, some: Mapping[str, str]) -> str:
    return text.format_map({**dict.fromkeys(WORDS, ""), **some}).strip(" ，,:：")


_SOME = {
    "zh": {"unit": "单位", "room": "指挥室", "to": "上级", "task": "任务", "number": "警情", "after": ""},
    "en": {
        "unit": "the unit",
        "room": "the room",
        "to": "the room above",
        "task": "the task",
        "number": "the incident",
    },
}
