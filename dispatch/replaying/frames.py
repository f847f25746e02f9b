"""How an incident stood at any moment, as it was known then: the journal folded up to there. Pure.

A fact counts from the moment it was written, not from the one it claims; facts that were written crosswise count in the order of the
journal, so that what is folded is always a beginning of it, and all of it is the tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from dispatch.folds import FOLDS
from dispatch.instants import Instant, instant
from dispatch.journal import FeedRow
from dispatch.model import Assignment
from dispatch.work import ms
from incidents.model import Incident

NOUNS = (
    "incident", "alarm", "assignment", "feedback", "agency_request", "plan", "task", "note_read", "message",
    "emergency", "backup", "supervision",
)  # fmt: skip
"""What may belong to an incident and is nothing but its facts."""
_FOLDS = {fold.noun: fold for fold in FOLDS if fold.noun in NOUNS}

type World = dict[tuple[str, UUID], Any]
"""(noun, id) -> the row of its table."""


class Known(msgspec.Struct, frozen=True):
    """A fact and the moment since which it was known, ms since 1970."""

    at: int
    row: FeedRow


def known(rows: Iterable[FeedRow]) -> Iterator[Known]:
    """Facts in journal order with since when each was known: never before one that stands before it."""
    latest = 0
    for row in rows:
        latest = max(latest, ms(row.recorded_at))
        yield Known(latest, row)


def step(world: World, row: FeedRow) -> None:
    """Let one more fact happen."""
    fold = _FOLDS.get(row.noun)
    if fold is not None:
        world[row.noun, row.id] = fold.next(world.get((row.noun, row.id)), row)


def folded(rows: Iterable[FeedRow], until: int | None = None) -> World:
    """All that these facts say, as it was known at a moment (ms since 1970); None: all of it."""
    world: World = {}
    for one in known(rows):
        if until is not None and one.at > until:
            break
        step(world, one.row)
    return world


class OrderThen(msgspec.Struct, frozen=True):
    """One order as it stood."""

    id: UUID
    unit_id: UUID | None
    room_id: UUID | None
    state: str


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The incident as it was known from this moment on. position: of the fact that made it so; lon, lat: WGS-84 degrees."""

    at: Instant
    t_ms: int
    position: int
    state: str
    priority: int
    type: str | None
    lon: float | None
    lat: float | None
    address: str | None
    room: UUID
    command_room: UUID
    labels: tuple[str, ...]
    alarms: int
    orders: tuple[OrderThen, ...]


def frame(world: World, incident_id: UUID, family: Sequence[UUID], known_at: Known) -> Frame | None:
    """The picture of an incident in a world; None before it was opened. family: itself and those merged into it."""
    i: Incident | None = world.get(("incident", incident_id))
    if i is None:
        return None
    orders: list[Assignment] = [
        one for (noun, _), one in world.items() if noun == "assignment" and one.incident_id in family
    ]
    return Frame(
        at=instant(known_at.at), t_ms=known_at.at, position=known_at.row.position, state=i.state, priority=i.priority,
        type=i.type_verified or i.type_reported, lon=i.lon, lat=i.lat, address=i.place.address if i.place else None,
        room=i.room_id, command_room=i.command_room_id, labels=i.labels,
        alarms=sum(noun == "alarm" and one.incident_id in family for (noun, _), one in world.items()),
        orders=tuple(
            OrderThen(one.id, one.unit_id, one.room_id, one.state) for one in sorted(orders, key=lambda o: o.id)
        ),
    )  # fmt: skip


def frames(rows: Iterable[FeedRow], incident_id: UUID, family: Sequence[UUID]) -> list[Frame]:
    """Every picture of an incident that differs from the one before, the oldest first."""
    world: World = {}
    found: list[Frame] = []
    for one in known(rows):
        step(world, one.row)
        if one.row.noun not in ("incident", "alarm", "assignment"):
            continue
        shown = frame(world, incident_id, family, one)
        if shown is not None and (not found or _differs(found[-1], shown)):
            if found and found[-1].t_ms == shown.t_ms:  # one act: nobody ever saw half of it
                found.pop()
            found.append(shown)
    return found


def at_moment(rows: Iterable[FeedRow], incident_id: UUID, family: Sequence[UUID], until: int) -> Frame | None:
    """The incident as it was known at a moment (ms since 1970); None when nobody knew of it yet."""
    seen = [one for one in known(rows) if one.at <= until]
    if not seen:
        return None
    return frame(folded(one.row for one in seen), incident_id, family, seen[-1])


def _differs(a: Frame, b: Frame) -> bool:
    return msgspec.structs.replace(a, at=b.at, t_ms=b.t_ms, position=b.position) != b
