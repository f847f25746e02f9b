"""The nouns of who can go: the unit as the registry knows it. Its progress is derived from its open assignment.

A unit is logged on at the start of a shift, ordered to incidents, lent to another room, and logged off at its end.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec


class Duty(StrEnum):
    """What a unit is there for just now; its own act, a dispatcher's or the end of a granted break changes it."""

    AVAILABLE = "available"
    BUSY = "busy"
    BREAK = "break"
    OUT_OF_SERVICE = "out_of_service"
    OFF_DUTY = "off_duty"


UnitKind = Literal["car", "motorcycle", "foot", "boat", "drone", "video", "other"]
UnitClass = Literal["regular", "auxiliary"]
Cause = Literal["vehicle", "equipment", "refuelling", "crew", "paperwork", "training", "court", "other"]
"""Why a unit is out of service; a word of a list, so that no fact holds free text."""

SHIFT_ENDING = timedelta(minutes=20)
"""This long before the end of its shift a unit is sent last."""


StandbyState = Literal["sent", "accepted", "there", "over"]
StandbyEnd = Literal["refused", "ordered", "duty", "timed_out", "called_off"]
"""Why a unit does not stand by any more: it could not, it got a job, it is there for something else, the time was over, it was told so."""


class Standby(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit without a job was asked to stand by 移位待命, so that the next call is reached sooner.

    post_id, name: a known place; room_id: who asked; gain_s: by how much sooner the next call is answered, as it was foreseen;
    until: it is over then by itself. An old one is kept until the next, so that nobody is sent back and forth.
    """

    id: UUID
    post_id: UUID
    name: str
    lon: float
    lat: float
    room_id: UUID
    state: StandbyState
    gain_s: float | None = None
    sent_at: datetime
    until: datetime
    accepted_at: datetime | None = None
    there_at: datetime | None = None
    over_at: datetime | None = None
    why: StandbyEnd | None = None

    @property
    def stands(self) -> bool:
        """Whether it still counts."""
        return self.state != "over"


class Unit(msgspec.Struct, frozen=True, kw_only=True, rename={"unit_class": "class"}):
    """A unit. handle: u32, never reused; crew: badge numbers, never names; duty_until: end of a break.

    second_gateway: its other bearer; duty_phone: its own handset, nobody's private number;
    duty_cause: why it is out of service; shift_ends_at: as said at log-on; lent_to, lent_until: the room that may order it
    meanwhile, and for how long. While it is on duty, as said at log-on: vehicle, equipment (codes of skills, or words), beat
    (its code), patrol: how it goes round today, shift_id: what it was rostered for, None: nothing; standby: where it stands by, or last did.
    """

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
    second_gateway: str | None = None
    duty_phone: str | None = None
    duty_cause: Cause | None = None
    shift_ends_at: datetime | None = None
    lent_to: UUID | None = None
    lent_until: datetime | None = None
    vehicle: str | None = None
    equipment: tuple[str, ...] = ()
    beat: str | None = None
    patrol: UnitKind | None = None
    shift_id: UUID | None = None
    standby: Standby | None = None
    version: int

    def speaks_through(self, gateway: str | None) -> bool:
        """Whether this gateway carries one of its bearers."""
        return gateway is not None and gateway in (self.gateway, self.second_gateway)

    @property
    def on_duty(self) -> bool:
        """Whether it must be on the map and the board."""
        return self.duty is not Duty.OFF_DUTY

    @property
    def is_video_patrol(self) -> bool:
        """Whether it looks through cameras from a seat 视频巡逻: it has no position and goes nowhere."""
        return self.kind == "video"

    @property
    def abilities(self) -> frozenset[str]:
        """What it can do: its own skills, and what the equipment it took along makes it able to."""
        return frozenset(self.skills).union(self.equipment)

    @property
    def ordered_by(self) -> UUID:
        """The room that, with those above it, may order it now: the one it is lent to, else its own."""
        return self.lent_to or self.room_id

    @property
    def seen_by(self) -> frozenset[UUID]:
        """Its own room and the one it is lent to."""
        return frozenset({self.room_id, self.ordered_by})

    @property
    def standing_by(self) -> Standby | None:
        """Where it was asked to stand by, while that counts."""
        return self.standby if self.standby is not None and self.standby.stands else None

    def shift_left(self, now: datetime) -> timedelta | None:
        """How long its shift still lasts, below zero when it works over time; None off duty or when nobody said."""
        return self.shift_ends_at - now if self.on_duty and self.shift_ends_at else None

    def is_over_time(self, now: datetime) -> bool:
        """Whether its shift should have ended and it is still there."""
        left = self.shift_left(now)
        return left is not None and left <= timedelta(0)
