"""What terminals say back: each reply is one act of the unit, through its gateway; a refused one is answered.

A reply to an old order, from the wrong unit or said twice is harmless: the first changes nothing, the second is refused
and logged, the third is recognised by its id.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import store
from dispatch.desk import describing, going, radio, viewing
from dispatch.desk.reports import PlaceIn, ReportAlarm, Short, Words, prepare
from dispatch.errors import NotFound
from dispatch.model import Assignment
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
]


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reply as it travels on `cad.radio.reply.<gateway>.<unit>`; lon, lat: WGS-84 degrees."""

    reply_id: Short
    act: Act
    at: datetime
    order_id: UUID | None = None
    assignment_id: UUID | None = None
    result: Short | None = None
    text: Words | None = None
    lon: float | None = None
    lat: float | None = None


class WrongUnit(NotFound):
    """This order was not given to this unit."""

    code = "wrong_unit"


async def hear(w: Work, unit: Unit, reply: Reply) -> dict[str, object]:
    """Do what the terminal reports; ids of what changed. Raises what the act is refused with."""
    check_texts(reply)
    if reply.act == "on_view":
        return await _on_view(w, unit, reply)
    if reply.act == "backup" or reply.act == "emergency" or reply.act == "message":  # noqa: PLR1714 - narrows the type
        return await _say(w, unit, reply)
    assignment = await _meant(w, unit, reply)
    if reply.act == "unable":
        assignment = await going.unable(w, assignment.id)
    else:
        name: going.StepName = "deliver" if reply.act == "read" else reply.act
        assignment = await going.step(w, assignment.id, name, reply.result)
    return {"assignment": assignment.id}


async def _meant(w: Work, unit: Unit, reply: Reply) -> Assignment:
    """The assignment a reply is about: named, or that of the order it answers, or the unit's only open one."""
    assignment_id = reply.assignment_id
    if reply.order_id is not None:
        sent = await store.radio_message(w.conn, reply.order_id)
        if sent is None or sent["handle"] != unit.handle:
            raise WrongUnit(f"Order {reply.order_id} was not sent to {unit.call_sign}.")
        assignment_id = assignment_id or sent["assignment_id"]
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


async def _say(w: Work, unit: Unit, reply: Reply) -> dict[str, object]:
    """A word from the unit becomes an urgent note on its incident, which every seat and unit on it sees."""
    held = await store.holders(w.conn, [unit.id])
    if unit.id not in held:
        raise NotFound(f"{unit.call_sign} has no open job to which this could be noted; say it by voice.")
    said = {"backup": "求援 backup", "emergency": "紧急求助 emergency", "message": ""}[reply.act]
    text = " ".join(part for part in (said, unit.call_sign, reply.text or "") if part)
    incident, note_id = await describing.add_note(
        w, held[unit.id]["incident_id"], "scene", text, urgent=reply.act != "message"
    )
    return {"incident": incident.id, "note": note_id}


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
