"""One order of a duty level for a room and all below it, and its life: it holds until another takes its place or it ends.

Frozen values with exactly the columns of their table; the reason lies sealed apart.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired

Cause = Literal["replaced", "expired"]
"""Why one ended: another was ordered for the same room, or its time was over and it was to end by itself."""


class LevelState(StrEnum):
    """Where an order of a level stands."""

    HOLDS = "holds"
    ENDED = "ended"


L = LevelState
TRANSITIONS: dict[LevelState, frozenset[LevelState]] = {L.HOLDS: frozenset({L.ENDED}), L.ENDED: frozenset()}


class DutyLevel(msgspec.Struct, frozen=True, kw_only=True):
    """An order.

    before: what was ordered for the room until then, None: nothing; until: when it is to be thought over;
    returns: whether `before` comes back then by itself. noticed: who has seen it -> ms since 1970, UTC.
    """

    id: UUID
    version: int
    room_id: UUID
    level: str
    before: str | None = None
    state: LevelState
    ordered_at: datetime
    ordered_by: str
    until: datetime | None = None
    returns: bool = False
    narrative_id: UUID | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None
    noticed: dict[str, int] = {}


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class LevelOrdered(Fact, frozen=True, kw_only=True, tag="level_ordered"):
    """A duty level was ordered for a room and all below it."""

    room_id: UUID
    level: str
    before: str | None = None
    at: datetime
    by: str
    until: datetime | None = None
    returns: bool = False
    narrative_id: UUID | None = None


class LevelEnded(Fact, frozen=True, kw_only=True, tag="level_ended"):
    """It holds no longer."""

    at: datetime
    cause: Cause


class LevelNoticed(Fact, frozen=True, kw_only=True, tag="level_noticed"):
    """Somebody has seen that it holds. at: ms since 1970, UTC."""

    by: str
    at: int


LevelFact = LevelOrdered | LevelEnded | LevelNoticed | RuleFired


def evolve(level: DutyLevel | None, id_: UUID, fact: LevelFact) -> DutyLevel:
    """The order after a fact; None before its first."""
    match fact:
        case LevelOrdered():
            return DutyLevel(
                id=id_, version=1, room_id=fact.room_id, level=fact.level, before=fact.before, state=L.HOLDS,
                ordered_at=fact.at, ordered_by=fact.by, until=fact.until, returns=fact.returns, narrative_id=fact.narrative_id,
            )  # fmt: skip
        case LevelEnded() | LevelNoticed() | RuleFired() if level is None:
            raise ValueError(f"{fact} comes before the order {id_} it is about")
        case LevelEnded():
            changed = msgspec.structs.replace(level, state=L.ENDED, ended_at=fact.at, cause=fact.cause)
        case LevelNoticed():
            changed = msgspec.structs.replace(level, noticed={**level.noticed, fact.by: fact.at})
        case RuleFired():
            changed = level
        case _:
            assert_never(fact)
    return msgspec.structs.replace(changed, version=changed.version + 1)
