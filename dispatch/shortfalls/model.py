"""One shortfall of free units in one room and its life: it stands until the room has recovered, or is asked for none any more.

Frozen values with exactly the columns of their table; at most one stands a room.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired

Cause = Literal["recovered", "not_asked"]
"""Enough units are free again, or its duty level wants none to stay free."""


class ShortfallState(StrEnum):
    """Where a shortfall stands."""

    STANDS = "stands"
    OVER = "over"


S = ShortfallState
TRANSITIONS: dict[ShortfallState, frozenset[ShortfallState]] = {
    S.STANDS: frozenset({S.OVER}),
    S.OVER: frozenset(),
}


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A shortfall. level: code of the duty level that wanted more; on_duty, free, wanted: units as it began."""

    id: UUID
    version: int
    state: ShortfallState
    room_id: UUID
    level: str
    on_duty: int
    free: int
    wanted: int
    began_at: datetime
    ended_at: datetime | None = None
    cause: Cause | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class FellShort(Fact, frozen=True, kw_only=True, tag="fell_short"):
    """Fewer units of a room and below are free than its duty level wants."""

    room_id: UUID
    level: str
    on_duty: int
    free: int
    wanted: int
    at: datetime


class ShortfallOver(Fact, frozen=True, kw_only=True, tag="shortfall_over"):
    """It stands no longer; free: units by then."""

    free: int
    at: datetime
    cause: Cause


class ShortfallNoticed(Fact, frozen=True, kw_only=True, tag="shortfall_noticed"):
    """Somebody has seen what a rule said of it. at: ms since 1970, UTC."""

    rule: str
    by: str
    at: int


ShortfallFact = FellShort | ShortfallOver | ShortfallNoticed | RuleFired


def evolve(shortfall: Shortfall | None, id_: UUID, fact: ShortfallFact) -> Shortfall:
    """The shortfall after one more fact; only `FellShort` may start from None."""
    if isinstance(fact, FellShort):
        return Shortfall(
            id=id_, version=1, state=S.STANDS, room_id=fact.room_id, level=fact.level, on_duty=fact.on_duty, free=fact.free,
            wanted=fact.wanted, began_at=fact.at,
        )  # fmt: skip
    if shortfall is None:
        raise ValueError(f"the history of shortfall {id_} does not start with its beginning")
    changes: dict[str, Any] = {}
    match fact:
        case ShortfallOver(at=at, cause=cause):
            changes = {"state": S.OVER, "ended_at": at, "cause": cause}
        case ShortfallNoticed() | RuleFired():
            pass
        case _:
            assert_never(fact)
    return msgspec.structs.replace(shortfall, version=shortfall.version + 1, **changes)
