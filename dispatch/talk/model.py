"""The nouns of what is said beside orders: message, emergency, backup, roll-call.

Frozen values with exactly the columns of their tables; texts lie sealed apart, under `narrative_id`.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Direction = Literal["from_unit", "to_unit"]
Prompt = Literal[
    "note",
    "message",
    "status_check",
    "roll_call",
    "emergency_heard",
    "clear_air",
    "air_free",
    "broadcast",
    "standby",
]
"""What a terminal is shown beside the kind of a message, so that `read` says of what."""


class NoteLamp(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a unit has read an urgent note 已阅. sent_at: the last time it was sent to it."""

    id: UUID
    note_id: UUID
    unit_id: UUID
    sent_at: datetime
    read_at: datetime | None = None
    version: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A short text between a unit and its dispatchers. read_at: the other side has seen it."""

    id: UUID
    unit_id: UUID
    direction: Direction
    incident_id: UUID | None = None
    narrative_id: UUID
    by: str
    sent_at: datetime
    read_at: datetime | None = None
    read_by: str | None = None
    version: int


class Helper(msgspec.Struct, frozen=True):
    """A unit near an officer in danger, whatever its area or job; straight_m: metres, state: duty or progress."""

    unit_id: UUID
    call_sign: str
    straight_m: float
    state: str


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """An officer in danger. It stands until a dispatcher resets it after voice contact; nothing else ends it.

    lon, lat: WGS-84 degrees of the last fix, taken at fix_at; rooms: where it sounds; nearest: who could help.
    """

    id: UUID
    unit_id: UUID
    incident_id: UUID | None = None
    assignment_id: UUID | None = None
    raised_at: datetime
    pressed_at: datetime
    presses: int
    by: str
    lon: float | None = None
    lat: float | None = None
    fix_at: datetime | None = None
    crew: tuple[str, ...] = ()
    talk_group: str | None = None
    narrative_id: UUID | None = None
    rooms: tuple[UUID, ...] = ()
    nearest: tuple[Helper, ...] = ()
    reset_at: datetime | None = None
    reset_by: str | None = None
    version: int


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A unit on a job asks for reinforcement 求援. It stands until enough were sent, or a dispatcher has answered.

    wanted: how many; skills: which all of them need; sent: how many such were ordered since.
    """

    id: UUID
    incident_id: UUID
    assignment_id: UUID
    unit_id: UUID
    wanted: int
    skills: tuple[str, ...] = ()
    sent: int = 0
    recommendation_id: UUID | None = None
    narrative_id: UUID | None = None
    asked_at: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    version: int


class RollCall(msgspec.Struct, frozen=True, kw_only=True):
    """Every unit on duty under a room is asked whether it is there 点名. asked: how many."""

    id: UUID
    room_id: UUID
    by: str
    asked: int
    called_at: datetime
    version: int


class RollAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A unit is there; any word of it counts."""

    id: UUID
    roll_call_id: UUID
    unit_id: UUID
    via: str
    answered_at: datetime
    version: int
