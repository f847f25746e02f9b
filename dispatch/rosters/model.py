"""One rostered shift 班次 of one unit and its life: planned, attended by a log-on, ended by a log-off; or missed, or withdrawn.

Frozen values with exactly the columns of their table.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired
from units.model import UnitKind

WithdrawnBecause = Literal["roster", "person"]
"""A newer roster has it no more, or somebody took it out by itself."""


class ShiftState(StrEnum):
    """Where a rostered shift stands."""

    PLANNED = "planned"
    ATTENDED = "attended"
    ENDED = "ended"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


S = ShiftState
TRANSITIONS: dict[ShiftState, frozenset[ShiftState]] = {
    S.PLANNED: frozenset({S.ATTENDED, S.MISSED, S.WITHDRAWN}),
    S.ATTENDED: frozenset({S.ENDED}),
    S.ENDED: frozenset(),
    S.MISSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
OVER = frozenset({S.ENDED, S.MISSED, S.WITHDRAWN})
AHEAD = frozenset({S.PLANNED, S.ATTENDED})


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What a roster says of one unit's shift. crew: badge numbers, never names; equipment: codes of skills, or words.

    beat: code of a beat; patrol: how it goes round 步、车、摩、视频、空、水; None: as the unit is.
    """

    unit_id: UUID
    room_id: UUID
    begins_at: datetime
    ends_at: datetime
    crew: tuple[str, ...] = ()
    vehicle: str | None = None
    equipment: tuple[str, ...] = ()
    beat: str | None = None
    patrol: UnitKind | None = None


class RosterShift(Duty, frozen=True, kw_only=True):
    """A shift. attended_at: when its unit logged on for it; over_at: when it logged off, or it was missed or withdrawn."""

    id: UUID
    version: int
    state: ShiftState
    attended_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def duty(self) -> Duty:
        """What the roster says of it."""
        return Duty(**{name: getattr(self, name) for name in Duty.__struct_fields__})

    def has_begun(self, now: datetime) -> bool:
        """Whether it lies ahead no more."""
        return self.begins_at <= now


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class ShiftPlanned(Fact, frozen=True, kw_only=True, tag="shift_planned"):
    """A roster says that this unit should be on duty then."""

    duty: Duty


class ShiftChanged(Fact, frozen=True, kw_only=True, tag="shift_changed"):
    """A newer roster says otherwise of it."""

    duty: Duty


class ShiftAttended(Fact, frozen=True, kw_only=True, tag="shift_attended"):
    """Its unit logged on for it."""

    at: datetime


class ShiftEnded(Fact, frozen=True, kw_only=True, tag="shift_ended"):
    """Its unit logged off, or went on to its next shift."""

    at: datetime


class ShiftMissed(Fact, frozen=True, kw_only=True, tag="shift_missed"):
    """It was over and nobody had logged on for it."""

    at: datetime


class ShiftWithdrawn(Fact, frozen=True, kw_only=True, tag="shift_withdrawn"):
    """It is on no roster any more."""

    at: datetime
    because: WithdrawnBecause


class AbsenceNoticed(Fact, frozen=True, kw_only=True, tag="absence_noticed"):
    """Somebody has seen what a rule said of it. at: ms since 1970, UTC."""

    rule: str
    by: str
    at: int


ShiftFact = (
    ShiftPlanned
    | ShiftChanged
    | ShiftAttended
    | ShiftEnded
    | ShiftMissed
    | ShiftWithdrawn
    | AbsenceNoticed
    | RuleFired
)
