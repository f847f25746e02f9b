"""What a seat is shown of words beside orders: messages, emergencies, backup, lamps, roll-calls.

The last step of their acts and reads, and of every incident they belong to.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from dispatch.talk.model import Backup, Direction, Emergency, Helper, Message, NoteLamp, RollCall


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A short text between a unit and its dispatchers; text null: it was erased."""

    id: UUID
    unit_id: UUID
    call_sign: str | None
    direction: Direction
    incident_id: UUID | None
    text: str | None
    by: str
    sent_at: Instant | None
    read_at: Instant | None
    read_by: str | None
    version: int


class SpotShown(msgspec.Struct, frozen=True):
    """Where an officer was last. age_s: how old that was when the button was pressed."""

    lon: float
    lat: float
    at: Instant | None
    age_s: float


class EmergencyAlert(msgspec.Struct, frozen=True):
    """A rule about an officer in danger who has no job fell due and nobody has reset it. zh, en: what it says."""

    rule: str
    fired_at: Instant
    zh: str
    en: str


class EmergencyShown(msgspec.Struct, frozen=True, kw_only=True):
    """An officer in danger. It stands until reset_at; nearest: who could help, whatever their area or job."""

    id: UUID
    unit_id: UUID
    call_sign: str | None
    handle: int | None
    room: UUID | None
    incident_id: UUID | None
    assignment_id: UUID | None
    raised_at: Instant
    pressed_at: Instant
    presses: int
    by: str
    fix: SpotShown | None
    crew: tuple[str, ...]
    talk_group: str | None
    text: str | None
    rooms: tuple[UUID, ...]
    nearest: tuple[Helper, ...]
    reset_at: Instant | None
    reset_by: str | None
    version: int
    alerts: tuple[EmergencyAlert, ...] = ()


class BackupShown(msgspec.Struct, frozen=True, kw_only=True):
    """A unit asks for reinforcement: how many with which skills, how many were ordered since, whom to send."""

    id: UUID
    incident_id: UUID
    assignment_id: UUID
    unit_id: UUID
    call_sign: str | None
    wanted: int
    skills: tuple[str, ...]
    sent: int
    recommendation_id: UUID | None
    text: str | None
    asked_at: Instant
    answered_at: Instant | None
    answered_by: str | None
    version: int


class LampShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a unit has read an urgent note."""

    id: UUID
    note_id: UUID
    unit_id: UUID
    sent_at: Instant | None
    read_at: Instant | None
    version: int


class RollAnswerShown(msgspec.Struct, frozen=True, kw_only=True):
    """A unit is there."""

    id: UUID
    roll_call_id: UUID
    unit_id: UUID
    call_sign: str
    answered_at: Instant | None
    via: str
    version: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A unit whose name was called. terminal false: it has none and is asked by voice; answered_at null: silent."""

    unit_id: UUID
    handle: int
    call_sign: str
    room: UUID
    terminal: bool
    answered_at: Instant | None
    via: str | None


class RollCallShown(msgspec.Struct, frozen=True, kw_only=True):
    """A roll-call; `units` (the silent ones first) only where one is read by itself."""

    id: UUID
    room: UUID
    by: str
    called_at: Instant | None
    asked: int
    answered: int
    units: tuple[Asked, ...] | None = None
    version: int


class Named(msgspec.Struct, frozen=True):
    """Enough of a unit to show what it said."""

    handle: int
    call_sign: str
    room: UUID


type Names = Mapping[UUID, Named]
type Texts = Mapping[UUID, str]


def _sign(names: Names, unit_id: UUID) -> str | None:
    named = names.get(unit_id)
    return named.call_sign if named else None


def message_shown(m: Message, names: Names, texts: Texts) -> MessageShown:
    """A message with its text."""
    return MessageShown(
        id=m.id, unit_id=m.unit_id, call_sign=_sign(names, m.unit_id), direction=m.direction, incident_id=m.incident_id,
        text=texts.get(m.narrative_id), by=m.by, sent_at=instant(m.sent_at), read_at=instant(m.read_at),
        read_by=m.read_by, version=m.version,
    )  # fmt: skip


def emergency_shown(e: Emergency, names: Names, texts: Texts) -> EmergencyShown:
    """An emergency with the unit's name and what was said with it."""
    unit = names.get(e.unit_id)
    spot = None
    if e.lon is not None and e.lat is not None and e.fix_at is not None:
        age_s = max((e.pressed_at - e.fix_at).total_seconds(), 0.0)
        spot = SpotShown(e.lon, e.lat, instant(e.fix_at), round(age_s, 3))
    return EmergencyShown(
        id=e.id, unit_id=e.unit_id, call_sign=unit.call_sign if unit else None, handle=unit.handle if unit else None,
        room=unit.room if unit else None, incident_id=e.incident_id, assignment_id=e.assignment_id,
        raised_at=instant(e.raised_at), pressed_at=instant(e.pressed_at), presses=e.presses, by=e.by, fix=spot,
        crew=e.crew, talk_group=e.talk_group, text=texts.get(e.narrative_id) if e.narrative_id else None, rooms=e.rooms,
        nearest=e.nearest, reset_at=instant(e.reset_at), reset_by=e.reset_by, version=e.version,
    )  # fmt: skip


def backup_shown(b: Backup, names: Names, texts: Texts) -> BackupShown:
    """A request for backup."""
    return BackupShown(
        id=b.id, incident_id=b.incident_id, assignment_id=b.assignment_id, unit_id=b.unit_id,
        call_sign=_sign(names, b.unit_id), wanted=b.wanted, skills=b.skills, sent=b.sent,
        recommendation_id=b.recommendation_id, text=texts.get(b.narrative_id) if b.narrative_id else None,
        asked_at=instant(b.asked_at), answered_at=instant(b.answered_at), answered_by=b.answered_by, version=b.version,
    )  # fmt: skip


def lamp_shown(lamp: NoteLamp) -> LampShown:
    """A read lamp."""
    return LampShown(
        id=lamp.id, note_id=lamp.note_id, unit_id=lamp.unit_id, sent_at=instant(lamp.sent_at),
        read_at=instant(lamp.read_at), version=lamp.version,
    )  # fmt: skip


def roll_call_shown(call: RollCall, answered: int, units: tuple[Asked, ...] | None = None) -> RollCallShown:
    """A roll-call with how many have answered; its version rises with each answer."""
    return RollCallShown(
        id=call.id, room=call.room_id, by=call.by, called_at=instant(call.called_at), asked=call.asked,
        answered=answered, units=units, version=call.version + answered,
    )  # fmt: skip
