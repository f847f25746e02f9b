"""What has happened to units, in the past tense; folding a unit's facts gives its row.

They hold badge numbers at most, never names.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from units.model import Cause, Duty, Standby, StandbyEnd, UnitClass, UnitKind


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Registered(Fact, frozen=True, kw_only=True, tag="registered"):
    """The unit entered the registry, or its entry changed."""

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


class LoggedOn(Fact, frozen=True, kw_only=True, tag="logged_on"):
    """A shift began with this crew and what it took along, or went on with another crew, end, vehicle, equipment or beat."""

    crew: tuple[str, ...]
    shift_ends_at: datetime | None = None
    vehicle: str | None = None
    equipment: tuple[str, ...] = ()
    beat: str | None = None
    patrol: UnitKind | None = None
    shift_id: UUID | None = None


class LoggedOff(Fact, frozen=True, kw_only=True, tag="logged_off"):
    """The shift ended."""


class DutyChanged(Fact, frozen=True, kw_only=True, tag="duty_changed"):
    """The unit is there for something else."""

    duty: Duty
    until: datetime | None = None
    cause: Cause | None = None


class Lent(Fact, frozen=True, kw_only=True, tag="lent"):
    """Another room may order it until then."""

    room_id: UUID
    until: datetime


class GivenBack(Fact, frozen=True, kw_only=True, tag="given_back"):
    """Its own room orders it again."""


class JobOffered(Fact, frozen=True, kw_only=True, tag="job_offered"):
    """It became free and was told which kept job comes next; its room was told too."""

    assignment_id: UUID
    incident_id: UUID


class StandbySent(Fact, frozen=True, kw_only=True, tag="standby_sent"):
    """It was asked to stand by at a known place."""

    standby: Standby


class StandbyStepped(Fact, frozen=True, kw_only=True, tag="standby_stepped"):
    """It goes there, or has come there."""

    step: Literal["accepted", "there"]
    at: datetime


class StandbyEnded(Fact, frozen=True, kw_only=True, tag="standby_ended"):
    """It stands by no more."""

    why: StandbyEnd
    at: datetime


class MoveDeclined(Fact, frozen=True, kw_only=True, tag="move_declined"):
    """A room was proposed to move it and did not want that."""

    room_id: UUID
    post_id: UUID
    until: datetime


class RuleFired(Fact, frozen=True, kw_only=True, tag="rule_fired"):
    """A rule about it fell due; armed_at, due_at: ms since 1970, UTC."""

    rule: str
    armed_at: int
    due_at: int


UnitFact = (
    Registered | LoggedOn | LoggedOff | DutyChanged | Lent | GivenBack | JobOffered | StandbySent | StandbyStepped
    | StandbyEnded | MoveDeclined | RuleFired
)  # fmt: skip
