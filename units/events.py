"""What has happened to units, in the past tense; folding a unit's facts gives its row.

They hold badge numbers at most, never names.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from units.model import Duty, UnitClass, UnitKind


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


class LoggedOn(Fact, frozen=True, kw_only=True, tag="logged_on"):
    """A shift began with this crew."""

    crew: tuple[str, ...]


class LoggedOff(Fact, frozen=True, kw_only=True, tag="logged_off"):
    """The shift ended."""


class DutyChanged(Fact, frozen=True, kw_only=True, tag="duty_changed"):
    """The unit is there for something else."""

    duty: Duty
    until: datetime | None = None


UnitFact = Registered | LoggedOn | LoggedOff | DutyChanged
