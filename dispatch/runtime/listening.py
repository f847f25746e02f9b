"""The NATS doors: alarms of devices and replies of radios, acknowledged after their commit.

They lead to the same code as HTTP. What can't be read is quarantined and counted; what is refused is answered, on
`cad.ack.<device>` or by a `refused` message to the terminal; what the database can't take just now comes again.
"""

import re
from typing import Any

import msgspec
import structlog

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk import answering, hearing
from dispatch.desk.reports import AlarmIn, ReportAlarm, prepare
from dispatch.errors import DispatchError, KeyReused, Unavailable
from dispatch.runtime.acting import Acting
from dispatch.runtime.bus import Bus
from dispatch.runtime.consumer import ConsumerSpec, Message, Poison, Retry
from dispatch.runtime.intake import Intake
from dispatch.runtime.metrics import REPLIES, count_call
from dispatch.subjects import AlarmAck
from dispatch.work import Actor, Work, body_hash, check_moment
from geo.errors import GeoError
from incidents.errors import IncidentError
from units.errors import UnitError

ALARMS = ConsumerSpec(stream="ALARMS", durable="alarms", subject="cad.alarm.>", concurrency=256)
CALLS_IN = ConsumerSpec(stream="ALARMS", durable="calls", subject="cad.call.>", concurrency=64, in_order=True)
REPLIES_IN = ConsumerSpec(
    stream="RADIO", durable="replies", subject="cad.radio.reply.>", concurrency=64, in_order=True
)
HANDLE = re.compile(r"[0-9]{1,10}")  # of a unit, a u32
REFUSALS = (DispatchError, IncidentError, UnitError, GeoError)

log = structlog.get_logger(__name__)


class Listening:
    """Handlers of one replica for `runtime.consumer`."""

    def __init__(self, bus: Bus, centre: Centre, intake: Intake, acting: Acting) -> None:
        self._bus = bus
        self._centre = centre
        self._intake = intake
        self._acting = acting

    async def alarm(self, message: Message) -> None:
        """One alarm from a device. Raises Poison when it is refused, Retry when it should come again."""
        source, device = _sender(message.subject)
        given = _read(message.data, AlarmIn, "alarm")
        try:
            command = _command(given, source, device)
            actor = Actor(
                principal=Principal(id=f"device:{source}.{device}", roles=frozenset({"gateway"}), gateway=device),
                via="gateway", claimed_at=given.at, reason=given.reason, back_entry=given.back_entry,
                route=message.subject, key=message.msg_id, body_hash=body_hash(message.data),
            )  # fmt: skip
            accepted = await self._intake.submit(prepare(self._centre, command, actor))
        except Unavailable as error:
            raise Retry(str(error)) from error
        except (msgspec.MsgspecError, ValueError, *REFUSALS) as error:
            raise Poison(str(error)) from error
        made = accepted.reported
        await self._acknowledge(
            message, AlarmAck(message.msg_id, made.alarm.id, made.incident_id, made.number)
        )

    async def alarm_refused(self, message: Message, reason: str) -> None:
        """Tell the device why its alarm was put aside."""
        await self._acknowledge(message, AlarmAck(message.msg_id, error=reason))

    async def _acknowledge(self, message: Message, said: AlarmAck) -> None:
        device = message.subject.split(".", 3)[-1]
        await self._bus.publish(f"cad.ack.{device}", msgspec.json.encode(said))

    async def call(self, message: Message) -> None:
        """What a switchboard tells of a call. Raises Poison when it can't be read, Retry when it should come again."""
        tokens = message.subject.split(".")
        if len(tokens) != 4:
            raise Poison("A call comes on cad.call.<acd>.<line>, each in one word.")
        told = _read(message.data, answering.CallEvent, "call")
        try:
            check_moment(told.at, "at")
        except DispatchError as error:
            raise Poison(str(error)) from error
        said = answering.Said(
            acd=tokens[2], line=tokens[3], reference=told.call_id, act=told.act, number=told.number, seat=told.seat,
            recording_ref=told.recording_ref, position=told.position, exercise=told.exercise,
        )  # fmt: skip
        actor = Actor(
            principal=Principal(id=f"gateway:{tokens[2]}", roles=frozenset({"gateway"}), gateway=tokens[2]),
            via="gateway", claimed_at=told.at, route=message.subject, key=message.msg_id,
            body_hash=body_hash(message.data),
        )  # fmt: skip

        async def do(w: Work) -> dict[str, Any]:
            taken = await answering.hear(w, said)
            return {"call": taken.call.id, "answered_in_ms": taken.answered_in_ms}

        try:
            made = await self._acting.act(actor, do)
        except Unavailable as error:
            raise Retry(str(error)) from error
        except REFUSALS as error:
            raise Poison(str(error)) from error
        count_call(told.act, made["answered_in_ms"])

    async def reply(self, message: Message) -> None:
        """One reply of a terminal. A refusal is an answer, not a fault. Raises Poison or Retry."""
        tokens = message.subject.split(".")
        if len(tokens) != 5 or not HANDLE.fullmatch(tokens[4]):
            raise Poison("A reply comes on cad.radio.reply.<gateway>.<unit>, the unit by its handle.")
        gateway, handle = tokens[3], int(tokens[4])
        said = body_hash(message.data)
        actor = Actor(
            principal=Principal(id=f"gateway:{gateway}", roles=frozenset({"gateway"}), gateway=gateway),
            via="radio", route=message.subject, body_hash=said,
        )  # fmt: skip
        pressed = hearing.emergency_in(message.data)
        if pressed is not None:  # neither a wrong clock nor a number used before may keep it out
            twice = msgspec.structs.replace(actor, key=f"{message.msg_id}:{said.hex()}")
            await self._hear(twice, gateway, handle, pressed)
            return
        reply = _read(message.data, hearing.Reply, "reply")
        if reply.reply_id != message.msg_id:
            raise Poison("The Nats-Msg-Id of a reply equals its reply_id.")
        try:
            check_moment(reply.at, "at")
        except DispatchError as error:
            raise Poison(str(error)) from error
        actor = msgspec.structs.replace(actor, claimed_at=reply.at, key=reply.reply_id)
        await self._hear(actor, gateway, handle, reply)

    async def _hear(self, actor: Actor, gateway: str, handle: int, reply: hearing.Reply) -> None:
        async def do(w: Work) -> dict[str, Any]:
            unit = await hearing.unit_of(w, handle)
            if unit is None or not unit.speaks_through(gateway):
                raise Poison(f"Gateway {gateway} has no unit {handle}.")
            return await hearing.hear(w, unit, reply)

        try:
            await self._acting.act(actor, do)
        except Unavailable as error:
            raise Retry(str(error)) from error
        except REFUSALS as refusal:
            log.info(
                "reply_refused", unit=handle, act=reply.act, reply_id=reply.reply_id, reason=str(refusal)
            )
            REPLIES.labels(reply.act, "refused").inc()
            await self._refuse(actor, handle, reply, str(refusal))
            if isinstance(refusal, KeyReused):  # two things under one number: somebody should look at it
                raise Poison(str(refusal)) from refusal
        else:
            REPLIES.labels(reply.act, "accepted").inc()

    async def _refuse(self, actor: Actor, handle: int, reply: hearing.Reply, reason: str) -> None:
        async def do(w: Work) -> dict[str, Any]:
            unit = await hearing.unit_of(w, handle)
            return await hearing.refuse(w, unit, reply, reason) if unit is not None else {}

        once = msgspec.structs.replace(actor, key=f"{actor.key}:refused:{actor.body_hash.hex()[:16]}")
        try:
            await self._acting.act(once, do)
        except Unavailable as error:
            raise Retry(str(error)) from error


def _sender(subject: str) -> tuple[str, str]:
    """Source and device of `cad.alarm.<source>.<device>`. Raises Poison."""
    tokens = subject.split(".")
    if len(tokens) != 4:
        raise Poison("An alarm comes on cad.alarm.<source>.<device>, the device in one word.")
    return tokens[2], tokens[3]


def _read[T](data: bytes, kind: type[T], what: str) -> T:
    """The message as its type. Raises Poison, which names the field."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Poison(f"The {what} can't be read: {error}.") from error


def _command(given: AlarmIn, source: str, device: str) -> ReportAlarm:
    if given.source is not None and given.source != source:
        raise ValueError(f"The alarm says its source is {given.source}, its subject says {source}.")
    point = given.call_point_id or (device if source == "call_point" else None)
    return msgspec.convert(
        {
            "source": source, "scheduled_for": given.scheduled_for, "call_id": given.call_id,
            "call_point_id": point, "type": given.type, "text": given.text, "attach_to": given.attach_to,
            "exercise": given.exercise, "silent": given.silent, "abandoned": given.abandoned, "caller": given.caller, "place": given.place, "times": given.times,
        },
        ReportAlarm,
    )  # fmt: skip
