"""What was said beside orders, in the past tense, and how the facts make the rows.

The tag is `journal.fact`; folding an entity's facts gives its row. No fact holds a text.
"""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from dispatch.firings import RuleFired
from dispatch.talk.model import Backup, Direction, Emergency, Helper, Message, NoteLamp, RollAnswer, RollCall


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class NoteSent(Fact, frozen=True, kw_only=True, tag="sent"):
    """An urgent note was sent to a unit on its incident, or sent again because the unit was ordered anew."""

    note_id: UUID
    unit_id: UUID
    sent_at: datetime


class NoteRead(Fact, frozen=True, kw_only=True, tag="read"):
    """The unit has read it."""

    note_id: UUID
    unit_id: UUID
    read_at: datetime


class MessageSent(Fact, frozen=True, kw_only=True, tag="sent"):
    """A unit said something to its dispatchers, or they to it."""

    unit_id: UUID
    direction: Direction
    incident_id: UUID | None = None
    narrative_id: UUID
    by: str
    sent_at: datetime


class MessageRead(Fact, frozen=True, kw_only=True, tag="read"):
    """The other side has seen it."""

    read_at: datetime
    read_by: str


class Pressed(Fact, frozen=True, kw_only=True, tag="pressed"):
    """The emergency button was pressed, the first time or again: all that is known of the unit at this moment."""

    unit_id: UUID
    incident_id: UUID | None = None
    assignment_id: UUID | None = None
    pressed_at: datetime
    by: str
    lon: float | None = None
    lat: float | None = None
    fix_at: datetime | None = None
    crew: tuple[str, ...] = ()
    talk_group: str | None = None
    narrative_id: UUID | None = None
    rooms: tuple[UUID, ...] = ()
    nearest: tuple[Helper, ...] = ()


class Reset(Fact, frozen=True, kw_only=True, tag="reset"):
    """A dispatcher has spoken with the crew and ended it."""

    reset_at: datetime
    reset_by: str


class BackupAsked(Fact, frozen=True, kw_only=True, tag="asked"):
    """A unit asks for reinforcement on its job, the first time or for more."""

    incident_id: UUID
    assignment_id: UUID
    unit_id: UUID
    wanted: int
    skills: tuple[str, ...] = ()
    recommendation_id: UUID | None = None
    narrative_id: UUID | None = None
    asked_at: datetime


class BackupSent(Fact, frozen=True, kw_only=True, tag="sent"):
    """Units were ordered to help; answered_at: they are as many as were asked for."""

    units: int
    answered_at: datetime | None = None
    answered_by: str | None = None


class BackupAnswered(Fact, frozen=True, kw_only=True, tag="answered"):
    """A dispatcher has told the unit what becomes of it."""

    answered_at: datetime
    answered_by: str


class Called(Fact, frozen=True, kw_only=True, tag="called"):
    """The roll of a room was called."""

    room_id: UUID
    by: str
    asked: int
    called_at: datetime


class Answered(Fact, frozen=True, kw_only=True, tag="answered"):
    """A unit was heard after its name was called."""

    roll_call_id: UUID
    unit_id: UUID
    via: str
    answered_at: datetime


NoteLampFact = NoteSent | NoteRead
MessageFact = MessageSent | MessageRead
EmergencyFact = Pressed | Reset | RuleFired
BackupFact = BackupAsked | BackupSent | BackupAnswered
RollCallFact = Called
RollAnswerFact = Answered


def evolve_lamp(lamp: NoteLamp | None, id_: UUID, fact: NoteLampFact) -> NoteLamp:
    """The lamp after one more fact; only `NoteSent` may start from None."""
    match fact:
        case NoteSent():
            version = 1 if lamp is None else lamp.version + 1
            return NoteLamp(id=id_, version=version, **msgspec.structs.asdict(fact))
        case NoteRead(read_at=read_at):
            if lamp is None:
                raise ValueError(f"the history of lamp {id_} does not start with its sending")
            return msgspec.structs.replace(lamp, read_at=read_at, version=lamp.version + 1)
        case _:
            assert_never(fact)


def evolve_message(message: Message | None, id_: UUID, fact: MessageFact) -> Message:
    """The message after one more fact; only `MessageSent` may start from None."""
    match fact:
        case MessageSent():
            return Message(id=id_, version=1, **msgspec.structs.asdict(fact))
        case MessageRead(read_at=read_at, read_by=read_by):
            if message is None:
                raise ValueError(f"the history of message {id_} does not start with its sending")
            changes = {"read_at": read_at, "read_by": read_by, "version": message.version + 1}
            return msgspec.structs.replace(message, **changes)
        case _:
            assert_never(fact)


def evolve_emergency(emergency: Emergency | None, id_: UUID, fact: EmergencyFact) -> Emergency:
    """The emergency after one more fact. What a later press does not know stays as it was known before."""
    match fact:
        case Pressed():
            known = msgspec.structs.asdict(fact)
            if emergency is None:
                return Emergency(id=id_, raised_at=fact.pressed_at, presses=1, version=1, **known)
            kept = ("incident_id", "assignment_id", "narrative_id", "talk_group")
            known |= {name: known[name] or getattr(emergency, name) for name in kept}
            if fact.lon is None:
                known |= {"lon": emergency.lon, "lat": emergency.lat, "fix_at": emergency.fix_at}
                known["nearest"] = fact.nearest or emergency.nearest
            rooms = tuple(dict.fromkeys((*emergency.rooms, *fact.rooms)))
            counts = {"presses": emergency.presses + 1, "version": emergency.version + 1, "rooms": rooms}
            return msgspec.structs.replace(emergency, **(known | counts | {"by": emergency.by}))
        case Reset(reset_at=reset_at, reset_by=reset_by):
            if emergency is None:
                raise ValueError(f"the history of emergency {id_} does not start with a press")
            changes = {"reset_at": reset_at, "reset_by": reset_by, "version": emergency.version + 1}
            return msgspec.structs.replace(emergency, **changes)
        case RuleFired():
            if emergency is None:
                raise ValueError(f"the history of emergency {id_} does not start with a press")
            return msgspec.structs.replace(emergency, version=emergency.version + 1)
        case _:
            assert_never(fact)


def evolve_backup(backup: Backup | None, id_: UUID, fact: BackupFact) -> Backup:
    """The request after one more fact; asked again while it stands, it wants what was asked last."""
    if backup is None:
        if not isinstance(fact, BackupAsked):
            raise ValueError(f"the history of backup {id_} does not start with its asking")
        return Backup(id=id_, version=1, **msgspec.structs.asdict(fact))
    changes: dict[str, object]
    match fact:
        case BackupAsked():
            said = msgspec.structs.asdict(fact)
            kept = ("recommendation_id", "narrative_id")
            changes = said | {name: said[name] or getattr(backup, name) for name in kept} | {"sent": 0}
        case BackupSent(units=units, answered_at=answered_at, answered_by=answered_by):
            changes = {"sent": backup.sent + units, "answered_at": answered_at, "answered_by": answered_by}
        case BackupAnswered(answered_at=answered_at, answered_by=answered_by):
            changes = {"answered_at": answered_at, "answered_by": answered_by}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(backup, version=backup.version + 1, **changes)


def evolve_roll_call(roll_call: RollCall | None, id_: UUID, fact: RollCallFact) -> RollCall:
    """A roll-call is called once and does not change; its answers are told of each unit."""
    if roll_call is not None:
        raise ValueError(f"roll-call {id_} is called twice")
    return RollCall(id=id_, version=1, **msgspec.structs.asdict(fact))


def evolve_roll_answer(answer: RollAnswer | None, id_: UUID, fact: RollAnswerFact) -> RollAnswer:
    """A unit answers once."""
    if answer is not None:
        raise ValueError(f"roll-call answer {id_} is given twice")
    return RollAnswer(id=id_, version=1, **msgspec.structs.asdict(fact))
