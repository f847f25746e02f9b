"""What terminals say back: each reply is one act of the unit, through its gateway; a refused one is answered.

A reply to an old order, from the wrong unit or said twice is harmless: the first changes nothing, the second is refused
and logged, the third is recognised by its id.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from dispatch import store
from dispatch.desk import (
    acknowledging,
    checking,
    endangered,
    going,
    messaging,
    pursuing,
    radio,
    reading,
    reinforcing,
    shift,
    standing_by,
    viewing,
)
from dispatch.desk.reports import PlaceIn, ReportAlarm, Short, Words, prepare
from dispatch.errors import Invalid, NotFound
from dispatch.model import Assignment
from dispatch.talk import store as talk_store
from dispatch.talk.model import Emergency
from dispatch.texts import check_texts
from dispatch.work import Work
from incidents import store as incident_store
from units import store as unit_store
from units.model import Unit

Act = Literal[
    "deliver",
    "read",
    "accept",
    "unable",
    "en_route",
    "on_scene",
    "clear",
    "on_view",
    "backup",
    "emergency",
    "message",
    "seen_at",
    "log_on",
    "log_off",
]


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""An emergency counts from when it was heard, whatever the terminal's clock says."""

STANDBY_ANSWERS = frozenset({"deliver", "read", "accept", "unable", "en_route", "on_scene", "clear"})

type Sent = dict[str, Any]
"""What a message to a terminal was: assignment_id, prompt, about and the rest of `store.radio_message`."""


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reply as it travels on `cad.radio.reply.<gateway>.<unit>`; lon, lat: WGS-84 degrees.

    heading, speed: of `seen_at`, how what is pursued goes on from there (degrees, m/s); without lon and lat it is where the unit is.
    count, skills: of `backup`, how many units are asked for and what they must be able to do. crew: of `log_on`, badge numbers;
    what a terminal does not say of it is as rostered.
    """

    reply_id: Short
    act: Act
    at: datetime
    order_id: UUID | None = None
    assignment_id: UUID | None = None
    result: Short | None = None
    text: Words | None = None
    lon: float | None = None
    lat: float | None = None
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    speed: Annotated[float, msgspec.Meta(ge=0, le=pursuing.FASTEST_MPS)] | None = None
    count: int | None = None
    skills: tuple[Short, ...] = ()
    crew: tuple[Short, ...] = ()


class _Pressed(msgspec.Struct, frozen=True):
    """All that is needed of an emergency; whatever else comes with it may be unreadable."""

    act: Literal["emergency"]
    reply_id: Any = None
    at: Any = None
    text: Any = None
    lon: Any = None
    lat: Any = None


_pressed = msgspec.json.Decoder(_Pressed)


def emergency_in(data: bytes) -> Reply | None:
    """The emergency in a message from a terminal, read as leniently as can be; None when it is no emergency."""
    try:
        said = _pressed.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    place = [float(x) if isinstance(x, int | float) else None for x in (said.lon, said.lat)]
    text = said.text[:10_000] if isinstance(said.text, str) else None
    return Reply(
        reply_id=str(said.reply_id)[:200], act="emergency", at=NEVER, text=text, lon=place[0], lat=place[1]
    )


class WrongUnit(NotFound):
    """This order was not given to this unit."""

    code = "wrong_unit"


async def hear(w: Work, unit: Unit, reply: Reply) -> dict[str, object]:
    """Do what the terminal reports; ids of what changed. Raises what the act is refused with, an emergency never.

    Whatever it says also answers what the unit was asked: a status check, the roll.
    """
    if reply.act == "emergency":  # not an answer to "are you all right?"
        return {"emergency": (await _press(w, unit, reply)).id}
    check_texts(reply)
    sent = await _sent(w, unit, reply)
    if sent is not None and sent["prompt"] == "standby" and reply.act in STANDBY_ANSWERS:
        await standing_by.heard(w, unit, sent["about"], reply.act)
        done: dict[str, object] = {"standby": sent["about"]}
    else:
        done = await _do(w, unit, reply, sent)
    if reply.act == "deliver" and sent is not None and sent["prompt"] == "broadcast":
        return done  # the terminal says so by itself: nobody may be at it
    answers = sent["about"] if sent is not None and sent["prompt"] == "status_check" else None
    await checking.heard(w, unit, answers)
    return done


async def _do(w: Work, unit: Unit, reply: Reply, sent: Sent | None) -> dict[str, object]:
    match reply.act:
        case "log_on" | "log_off" | "on_view":
            return await _of_itself(w, unit, reply)
        case "message":
            return {"message": (await messaging.message(w, unit.id, reply.text or "")).id}
        case "seen_at":
            return await _seen(w, unit, reply, sent)
        case "backup":
            asked = await reinforcing.ask_backup(w, unit.id, reply.count or 1, reply.skills, reply.text)
            return {"backup": asked.id}
        case "deliver" if sent is not None and sent["prompt"] == "broadcast":
            await acknowledging.deliver(w, unit, sent["about"])
            return {"broadcast": sent["about"]}
        case "read" | "accept" if sent is not None and sent["prompt"] == "broadcast":
            await acknowledging.read_by_unit(w, unit, sent["about"])
            return {"broadcast": sent["about"]}
        case "read" if sent is not None and sent["prompt"] is not None:
            return await _read(w, unit, sent)
        case "read" | "deliver" if sent is not None and sent["kind"] == "recall":
            return {
                "read": sent["assignment_id"]
            }  # it has the recall; of an order that is over nothing more can be said
        case "unable":
            return {"assignment": (await going.unable(w, (await _meant(w, unit, reply, sent)).id)).id}
        case _:
            return await _step(w, unit, reply, sent)


async def _of_itself(w: Work, unit: Unit, reply: Reply) -> dict[str, object]:
    """The crew begins its shift, with whom it says, else as rostered; ends it; or comes upon something."""
    if reply.act == "log_on":
        return {"unit": (await shift.log_on(w, unit.id, reply.crew or None)).id}
    if reply.act == "log_off":
        return {"unit": (await shift.log_off(w, unit.id)).id}
    return await _on_view(w, unit, reply)


async def _step(w: Work, unit: Unit, reply: Reply, sent: Sent | None) -> dict[str, object]:
    """A step on the way. `read` says that the terminal has it; of nothing in particular, that all it was sent was read."""
    assignment = await _meant(w, unit, reply, sent)
    if reply.act == "read" and sent is None:
        await reading.heard_read(w, unit, None)
    name: Any = "deliver" if reply.act == "read" else reply.act
    return {"assignment": (await going.step(w, assignment.id, name, reply.result)).id}


async def _seen(w: Work, unit: Unit, reply: Reply, sent: Sent | None) -> dict[str, object]:
    """The crew sees what is pursued, there or where it stands itself."""
    job = await _meant(w, unit, reply, sent)
    given = pursuing.SeenIn(
        lon=reply.lon, lat=reply.lat, heading=reply.heading, speed=reply.speed, source="radio", text=reply.text,
        unit_id=unit.id,
    )  # fmt: skip
    return {"sighting": await pursuing.see(w, job.incident_id, given)}


async def _read(w: Work, unit: Unit, sent: Sent) -> dict[str, object]:
    """Of a note or a message: it is read. Of a question: the word itself is the answer."""
    if sent["prompt"] == "note":
        await reading.heard_read(w, unit, sent["about"])
    elif sent["prompt"] == "message" and await talk_store.read_messages(w.conn, [sent["about"]]):
        await messaging.read_message(w, sent["about"])
    return {"read": sent["about"]}


async def _press(w: Work, unit: Unit, reply: Reply) -> Emergency:
    """What came with the press and can't be kept is left out; the press itself always counts."""
    text = reply.text
    try:
        check_texts(text)
    except Invalid:
        text = None
    place = (reply.lon, reply.lat) if reply.lon is not None and reply.lat is not None else None
    return await endangered.press(w, unit.id, place, text)


async def _sent(w: Work, unit: Unit, reply: Reply) -> Sent | None:
    """The message a reply answers; None when it names none. Raises WrongUnit."""
    if reply.order_id is None:
        return None
    sent = await store.radio_message(w.conn, reply.order_id)
    if sent is None or sent["handle"] != unit.handle:
        raise WrongUnit(f"Order {reply.order_id} was not sent to {unit.call_sign}.")
    return sent


async def _meant(w: Work, unit: Unit, reply: Reply, sent: Sent | None) -> Assignment:
    """The assignment a reply is about: named, or that of the order it answers, or the unit's only open one."""
    assignment_id = reply.assignment_id or (sent["assignment_id"] if sent is not None else None)
    if assignment_id is None:
        held = await store.holders(w.conn, [unit.id])
        if unit.id not in held:
            raise NotFound(f"{unit.call_sign} has no open job.", noun="assignment")
        assignment_id = held[unit.id]["assignment_id"]
    found = (await store.read_assignments(w.conn, [assignment_id])).get(assignment_id)
    if found is None or found.unit_id != unit.id:
        raise WrongUnit(f"Assignment {assignment_id} does not belong to {unit.call_sign}.")
    return found


async def _on_view(w: Work, unit: Unit, reply: Reply) -> dict[str, object]:
    fix = w.centre.live.fix(unit.handle, round(w.now.timestamp() * 1000))
    lon, lat = (
        (reply.lon, reply.lat) if reply.lon is not None else (fix.lon, fix.lat) if fix else (None, None)
    )
    place = PlaceIn(lon=lon, lat=lat, source="unit") if lon is not None else None
    command = ReportAlarm(source="officer", place=place, text=reply.text)
    unkeyed = msgspec.structs.replace(w.actor, key=None)
    incident, assignment = await viewing.on_view(w, unit.id, prepare(w.centre, command, unkeyed))
    return {"incident": incident.id, "assignment": assignment.id}


async def refuse(w: Work, unit: Unit, reply: Reply, reason: str) -> dict[str, object]:
    """Answer a refused reply with the reason and the unit's present job."""
    held = await store.holders(w.conn, [unit.id])
    job = (await store.read_assignments(w.conn, [held[unit.id]["assignment_id"]])) if unit.id in held else {}
    assignment = next(iter(job.values()), None)
    incidents = await incident_store.read_incidents(w.conn, [assignment.incident_id]) if assignment else {}
    incident = next(iter(incidents.values()), None)
    order_id = await radio.say(w, unit, "refused", incident, assignment, answers=reply.reply_id, text=reason)
    return {"refused": order_id}


async def unit_of(w: Work, handle: int) -> Unit | None:
    """The unit a terminal calls itself by."""
    return await unit_store.unit_by_handle(w.conn, handle)
