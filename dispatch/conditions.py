"""Conditions of rules: what an incident has to be for a rule to mean it. Pure; asked each time that something changes.

A rule means what one of its conditions means, and a condition holds when everything it names holds. What an incident looks
like is its `Subject`; what types and rooms have to do with each other, the city knows (`Ground`).
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Protocol
from uuid import UUID

import msgspec

from geo.cells import cell_range, parse_cell
from incidents.model import AlarmSource

MOST_ALARMS = 8
"""Reports are remembered up to this number (`incidents.surges.KEPT`); a condition may not ask for more."""


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that is named must hold; nothing named holds always.

    types: it is of one of these or of a kind below; priorities: one of these; labels: it bears all of these, without_labels:
    none of these; signs: a sign of the same file (a word list, or repeats in the same place) gave it one of these labels;
    sources: its first report came so; rooms: codes, one of these or a room below answers for it; cells: H3 cells of any
    size, it lies in one; hazard: weapons, or a danger that was noted; alarms: at least so many reports.
    """

    types: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    without_labels: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    sources: tuple[AlarmSource, ...] = ()
    rooms: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    hazard: bool = False
    alarms: int = 0

    @property
    def is_everything(self) -> bool:
        """Whether there is no incident that it does not mean."""
        if set(self.priorities) >= {1, 2, 3, 4}:
            return msgspec.structs.replace(self, priorities=()).is_everything
        return self == When() or self == When(alarms=1)


class To(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which room a rule speaks to: so many steps above the one that has duty (0: that room itself), or the room of a tier."""

    above: int | None = None
    tier: str | None = None


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident is, as conditions ask. alarms: reports so far, as far as they are remembered."""

    type: str | None
    priority: int
    labels: tuple[str, ...]
    source: AlarmSource | None
    room_id: UUID
    cell15: int | None
    alarms: int


class Ground(Protocol):
    """What a city knows of its types, its rooms and the duty levels that hold in them."""

    def is_kind(self, code: str, of: str) -> bool:
        """Whether a type is the other or lies below it; False for one the city has not."""
        ...

    def lies_under(self, room_id: UUID, code: str) -> bool:
        """Whether a room is the one with this code or lies below it."""
        ...

    def is_hazard(self, label: str) -> bool:
        """Whether a label speaks of weapons or of a danger."""
        ...

    def addressed(self, room_id: UUID, to: To) -> UUID | None:
        """The room that is meant, seen from the one that has duty; None where there is none."""
        ...

    def pace(self, rule: str, room_id: UUID) -> float:
        """By which factor the duty level of a room shortens the time of a rule; 1: not at all."""
        ...


def holds(when: When, subject: Subject, ground: Ground) -> bool:
    """Whether an incident is what this condition means."""
    return lies_in(when.cells, subject.cell15) and holds_anywhere(when, subject, ground)


def holds_anywhere(when: When, subject: Subject, ground: Ground) -> bool:
    """The same but for the cells: what does not depend on the very place, and so holds for many incidents alike."""
    return (
        (not when.priorities or subject.priority in when.priorities)
        and subject.alarms >= when.alarms
        and all(label in subject.labels for label in when.labels)
        and not any(label in subject.labels for label in when.without_labels)
        and (not when.signs or any(label in subject.labels for label in when.signs))
        and (not when.sources or subject.source in when.sources)
        and (not when.hazard or any(ground.is_hazard(label) for label in subject.labels))
        and (not when.types or any(_is_kind(subject, of, ground) for of in when.types))
        and (not when.rooms or any(ground.lies_under(subject.room_id, code) for code in when.rooms))
    )


def _is_kind(subject: Subject, of: str, ground: Ground) -> bool:
    return subject.type is not None and ground.is_kind(subject.type, of)


def lies_in(texts: Collection[str], cell15: int | None) -> bool:
    """Whether a place lies in one of these cells; anywhere, when none is named."""
    if not texts:
        return True
    return cell15 is not None and any(lo <= cell15 <= hi for lo, hi in map(_range, texts))


@lru_cache(maxsize=4_096)
def _range(text: str) -> tuple[int, int]:
    return cell_range(parse_cell(text))
