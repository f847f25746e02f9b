"""What a hand-over lists: all that stands in a room and below it and is not over, the most important first. Pure.

Each thing has a key and a stamp; who arrives must have read what `must` be read as it stands now, so that nothing that came
or changed since the draft is signed unseen.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

SECTIONS = (
    "emergency",
    "level",
    "shortfall",
    "followed",
    "incident",
    "alert",
    "supervision",
    "task",
    "request",
    "plan",
    "event",
    "broadcast",
    "kept",
    "closure",
    "draft",
    "call_back",
)
"""In the order in which they are read."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands. stamp: changes when it must be read again; rule: of an alert; due_at: by when it is owed, or ends.

    of: the code of a duty level, or the room that is short of units; by, since: who ordered the level, when it or a shortfall began.
    """

    section: str
    noun: str
    id: UUID
    incident_id: UUID | None = None
    rule: str | None = None
    must: bool
    stamp: str
    due_at: datetime | None = None
    of: str | None = None
    by: str | None = None
    since: datetime | None = None

    @property
    def key(self) -> str:
        return ":".join(part for part in (self.section, str(self.id), self.rule) if part)


class Change(msgspec.Struct, frozen=True):
    """What is not as it was when the hand-over was last signed."""

    came: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        return not (self.came or self.changed or self.gone)


def to_read(items: Iterable[Item]) -> dict[str, str]:
    """What must be read: key -> stamp."""
    return {item.key: item.stamp for item in items if item.must}


def counted(items: Iterable[Item]) -> dict[str, int]:
    """How many there are, by section."""
    return dict(Counter(item.section for item in items))


def digest(picture: Mapping[str, str]) -> str:
    """A short name of what must be read, that is another as soon as anything of it is."""
    said = "\n".join(f"{key} {picture[key]}" for key in sorted(picture))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Change:
    """What came, changed and went between two pictures."""
    return Change(
        tuple(key for key in now if key not in before),
        tuple(key for key in now if key in before and before[key] != now[key]),
        tuple(key for key in before if key not in now),
    )


def unread(picture: Mapping[str, str], read: Mapping[str, str]) -> list[str]:
    """What must still be read as it stands now."""
    return [key for key, stamp in picture.items() if read.get(key) != stamp]


def in_order(items: Iterable[Item]) -> Sequence[Item]:
    """As they are read: by section, what must be read first, what is owed soonest first."""
    order = {section: n for n, section in enumerate(SECTIONS)}
    return sorted(
        items,
        key=lambda item: (
            order[item.section], not item.must, item.due_at is None, item.due_at.timestamp() if item.due_at else 0,
            item.stamp if item.section == "incident" else "", item.id,
        ),
    )  # fmt: skip
