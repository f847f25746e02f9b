"""The nouns of who can go: the unit as the registry knows it. Its progress is derived from its open assignment.

A unit is logged on at the start of a shift, ordered to incidents, and logged off at its end.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec


class Duty(StrEnum):
    """What a unit is there for just now; nothing but its own act or a dispatcher's changes it."""

    AVAILABLE = "available"
    BUSY = "busy"
    BREAK = "break"
    OUT_OF_SERVICE = "out_of_service"
    OFF_DUTY = "off_duty"


UnitKind = Literal["car", "motorcycle", "foot", "boat", "drone", "video", "other"]
UnitClass = Literal["regular", "auxiliary"]


class Unit(msgspec.Struct, frozen=True, kw_only=True, rename={"unit_class": "class"}):
    """A unit. handle: u32, never reused; crew: badge numbers, never names; duty_until: end of a break."""

    id: UUID
    handle: int
    call_sign: str
    kind: UnitKind
    unit_class: UnitClass
    room_id: UUID
    duty: Duty
    duty_until: datetime | None = None
    skills: tuple[str, ...] = ()
    crew: tuple[str, ...] = ()
    talk_group: str | None = None
    gateway: str | None = None
    version: int

    @property
    def on_duty(self) -> bool:
        """Whether it must be on the map and the board."""
        return self.duty is not Duty.OFF_DUTY
