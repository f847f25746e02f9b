"""What may be asked of a unit, in the imperative.

`lifecycle.decide` answers with facts or refuses; orders are not among them, they belong to assignments.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from units.model import Duty, UnitClass, UnitKind


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


class LogOn(msgspec.Struct, frozen=True):
    """Begin a shift with this crew (badge numbers)."""

    crew: tuple[str, ...]


class LogOff(msgspec.Struct, frozen=True):
    """End the shift. `open_incident` is the number of a job still open, which forbids it."""

    open_incident: str | None = None


class ChangeDuty(msgspec.Struct, frozen=True):
    """Be there for something else; `until` ends a break."""

    duty: Duty
    until: datetime | None = None


Command = Register | LogOn | LogOff | ChangeDuty
