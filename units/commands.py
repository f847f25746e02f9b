"""What may be asked of a unit, in the imperative.

`lifecycle.decide` answers with facts or refuses; orders are not among them, they belong to assignments.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from units.model import Cause, Duty, Standby, StandbyEnd, UnitClass, UnitKind


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """Enter a unit in the registry, or change its entry."""

    handle: int
    call_sign: str
    kind: UnitKind
    unit_class: UnitClass
    room_id: UUID
    skills: tuple[str, ...] = ()
    talk_group: str | None = None
    gateway: str | None = None
    second_gateway: str | None = None
    duty_phone: str | None = None


class LogOn(msgspec.Struct, frozen=True):
    """Begin a shift with this crew (badge numbers) and what it takes along. On duty already: another crew, end, vehicle, beat.

    shift_id: the rostered shift it is there for.
    """

    crew: tuple[str, ...]
    shift_ends_at: datetime | None = None
    vehicle: str | None = None
    equipment: tuple[str, ...] = ()
    beat: str | None = None
    patrol: UnitKind | None = None
    shift_id: UUID | None = None


class LogOff(msgspec.Struct, frozen=True):
    """End the shift. The number of a job still open, or kept for later, forbids it."""

    open_incident: str | None = None
    kept_incident: str | None = None


class ChangeDuty(msgspec.Struct, frozen=True):
    """Be there for something else; `until` ends a break, `cause` says why it is out of service."""

    duty: Duty
    until: datetime | None = None
    cause: Cause | None = None


class EndBreak(msgspec.Struct, frozen=True):
    """The time of a granted break is over; nothing happens to one that ends later, or that was ended before."""

    now: datetime


class Lend(msgspec.Struct, frozen=True):
    """Let another room order it until then 借调."""

    room_id: UUID
    until: datetime


class GiveBack(msgspec.Struct, frozen=True):
    """Its own room orders it again."""


class OfferJob(msgspec.Struct, frozen=True):
    """It has become free and a job was kept for it: say which comes next. Nothing is sent by that."""

    assignment_id: UUID
    incident_id: UUID


class StandBy(msgspec.Struct, frozen=True):
    """Go to a place and wait there for the next job; one that stands gives way to it."""

    standby: Standby


class StepStandby(msgspec.Struct, frozen=True):
    """It goes there, or is there; a step that was taken, or whose standby is over, changes nothing."""

    step: Literal["accepted", "there"]
    at: datetime


class EndStandby(msgspec.Struct, frozen=True):
    """It stands by no more."""

    why: StandbyEnd
    at: datetime


class DeclineMove(msgspec.Struct, frozen=True):
    """A room does not want it moved, and is not asked again until then."""

    room_id: UUID
    post_id: UUID
    until: datetime


class FireRule(msgspec.Struct, frozen=True):
    """A rule about it fell due; armed_at, due_at: ms since 1970, UTC."""

    rule: str
    armed_at: int
    due_at: int


Command = (
    Register | LogOn | LogOff | ChangeDuty | EndBreak | Lend | GiveBack | OfferJob | StandBy | StepStandby | EndStandby
    | DeclineMove | FireRule
)  # fmt: skip
