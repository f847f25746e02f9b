"""Every NATS subject of the contract with what travels on it: who sends, which stream keeps it, the payload's shape.

The AsyncAPI document is made from this table, so that what integrators read is what the program means. Subjects stand
without the deployment's prefix; `{name}` is one token.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.desk.answering import CallEvent
from dispatch.desk.hearing import Reply
from dispatch.desk.reports import AlarmIn
from dispatch.standing_facts.model import Kind
from dispatch.talk.model import Prompt

Direction = Literal["in", "out", "between"]


class AlarmAck(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer after COMMIT, or the reason why not."""

    msg_id: str
    alarm_id: UUID | None = None
    incident_id: UUID | None = None
    number: str | None = None
    error: str | None = None


class Caution(msgspec.Struct, frozen=True):
    """A kind of danger that is known of a place; zh, en: as it is said."""

    kind: Kind
    zh: str
    en: str


class RadioOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One message to a terminal; `n` rises per assignment, a gateway drops what is expired or below the last `n`.

    prompt: what is asked beside the kind, so that `read` with this order_id answers it; about: the id of what it is about.
    cautions: standing facts of the place that warn, by code and language: said before anything else.
    presses, pressed_at: how often the incident's call point was pressed, and when last, ms since 1970, UTC.
    """

    order_id: UUID
    n: int
    kind: Literal["order", "update", "recall", "refused", "message", "broadcast"]
    expires_at: datetime
    assignment_id: UUID | None = None
    answers: str | None = None
    number: str | None = None
    priority: int | None = None
    type: str | None = None
    text: str | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    talk_group: str | None = None
    exercise: bool = False
    prompt: Prompt | None = None
    about: UUID | None = None
    cautions: tuple[Caution, ...] = ()
    presses: int | None = None
    pressed_at: int | None = None


class Heartbeat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call point's device is alive. battery: per cent; fault: in its own words, or whether there is one."""

    at: datetime
    battery: float | None = None
    fault: str | bool | None = None


class UnitState(msgspec.Struct, frozen=True):
    """What a unit is there for, what it is doing, how good its position is."""

    duty: str
    progress: str
    quality: str
    version: int


class FactCopy(msgspec.Struct, frozen=True):
    """A fact of the journal without the people in it."""

    seq: int
    noun: str
    id: UUID
    version: int
    incident_id: UUID | None
    fact: str
    via: str
    claimed_at: datetime | None
    recorded_at: datetime
    body: dict[str, Any]


class FixColumns(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fixes as msgpack columns of equal length, 1 to 1,000 rows; t: ms since 1970, speed: m/s, heading: degrees."""

    v: Literal[1]
    units: list[int]
    t: list[int]
    lon: list[float]
    lat: list[float]
    speed: list[float | None] | None = None
    heading: list[float | None] | None = None
    accuracy: list[float | None] | None = None
    datum: str = "WGS84"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. payload None: bytes that `text` describes."""

    name: str
    address: str
    direction: Direction
    text: str
    payload: type[msgspec.Struct] | None = None
    content: str = "application/json"
    stream: str | None = None


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        name="fixes", address="cad.fix.{gateway}", direction="in", payload=FixColumns, content="application/msgpack",
        text="Positions of a gateway's units. A frame that can't be read is quarantined whole, a bad row costs itself.",
    ),
    Subject(
        name="packed_fixes", address="cad.fixb.{gateway}", direction="in", content="application/octet-stream",
        text="Records of 32 bytes, little-endian: u32 handle, u32 flags, i64 t in ms, i32 lon and i32 lat in 1e-7 "
        "degree, u16 speed in cm/s, u16 heading in 0.01 degree, u16 accuracy in dm, u16 reserved; 0xFFFF is unknown.",
    ),
    Subject(
        name="alarms", address="cad.alarm.{source}.{device}", direction="in", payload=AlarmIn, stream="ALARMS",
        text="The JSON of POST /api/v1/alarms. Nats-Msg-Id is a UUID or <device>:<boot>:<counter>. Accepted is the "
        "answer on cad.ack.{device}, after COMMIT.",
    ),
    Subject(
        name="calls", address="cad.call.{acd}.{line}", direction="in", payload=CallEvent, stream="ALARMS",
        text="What a switchboard tells of a telephone call; call_id is its own name for it. Tellings may come in any "
        "order and twice. Nats-Msg-Id is a UUID or <acd>:<boot>:<counter>. A switchboard named like a room's code "
        "rings in that room, any other in the one above all.",
    ),
    Subject(
        name="heartbeats", address="cad.call_point.{device}.heartbeat", direction="in", payload=Heartbeat,
        text="A call point's device, by its code, says that it is alive. What it says becomes a fact when it changes; a "
        "rule notices silence.",
    ),
    Subject(
        name="acknowledgements", address="cad.ack.{device}", direction="out", payload=AlarmAck,
        text="What became of an alarm: its number, or one sentence why it was refused.",
    ),
    Subject(
        name="orders", address="cad.radio.order.{gateway}.{unit}", direction="out", payload=RadioOrder, stream="RADIO",
        text="What is said to a terminal. Nats-Msg-Id is the order_id.",
    ),
    Subject(
        name="replies", address="cad.radio.reply.{gateway}.{unit}", direction="in", payload=Reply, stream="RADIO",
        text="What a terminal says back. Nats-Msg-Id is the reply_id. A refused reply is answered with kind refused.",
    ),
    Subject(
        name="events", address="cad.event.{noun}.{id}.{fact}", direction="out", payload=FactCopy, stream="EVENTS",
        text="Copies of facts for integrators, in order per noun and id; memory, 24 h, may lag.",
    ),
    Subject(
        name="unit_state", address="cad.unit.{unit}.state", direction="out", payload=UnitState, stream="UNITS",
        text="The last value, sent on change only.",
    ),
    Subject(
        name="feed", address="cad.feed", direction="between", content="application/msgpack",
        text="One frame per relay batch, {term, seq_first, rows}; a gap is filled from PostgreSQL, a lower term dropped.",
    ),
    Subject(
        name="poke", address="cad.poke", direction="between", content="application/octet-stream",
        text="Empty: facts were committed on another replica than the relay's.",
    ),
    Subject(
        name="live_snapshot", address="cad.live.snapshot.{n}", direction="between", stream="LIVE",
        content="application/msgpack", text="4,096 newest fixes a message, each 5 s, from the lease holder.",
    ),
    Subject(
        name="quarantine", address="cad.quarantine.{gateway}", direction="out", content="application/octet-stream",
        text="A frame that could not be used: its first 4 KiB, with the headers Dispatch-Subject and Dispatch-Reason.",
    ),
)  # fmt: skip
