"""Words beside orders: a unit says something to its dispatchers, they say something to it, and each side sees it was read.

Texts are sealed; with a job at hand they belong to its incident and stand in its timeline.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.desk import radio, shift, spotting
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import Direction, Message
from dispatch.texts import check_texts
from dispatch.work import Work
from incidents.model import Incident
from units import store as unit_store
from units.model import Unit


async def unit_of(w: Work, unit_id: UUID) -> tuple[Unit, set[str]]:
    """The unit and how the principal stands to it. Raises NotFound, also when it is none of the principal's business."""
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id)
    found = set() if unit is None else shift.relations(w, unit)
    if unit is None or not found:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return unit, found


async def message(w: Work, unit_id: UUID, text: str) -> Message:
    """A short text: from the unit when it or its gateway speaks, else to it. Raises NotFound, NotAllowed, Invalid."""
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("A message needs a text.", field="text")
    unit, found = await unit_of(w, unit_id)
    acts.authorise(w.principal, "unit", "message", found)
    return await _said(w, unit, "from_unit" if found & {"unit", "gateway"} else "to_unit", text)


async def say_to(w: Work, unit_id: UUID, text: str, *, exercise: bool = False) -> Message:
    """The same to a unit, as part of an act that was judged for all it speaks to. Raises NotFound."""
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return await _said(w, unit, "to_unit", text, exercise=exercise)


async def say_about(w: Work, unit_id: UUID, incident: Incident, text: str) -> Message:
    """The same about an incident that is no job of the unit: it stands in its timeline. Raises NotFound."""
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return await _said(w, unit, "to_unit", text, exercise=incident.exercise, about=incident.id)


async def _said(
    w: Work, unit: Unit, direction: Direction, text: str, *, exercise: bool = False, about: UUID | None = None
) -> Message:
    held = await store.holders(w.conn, [unit.id])
    incident_id = about or (held[unit.id]["incident_id"] if unit.id in held else None)
    id_: UUID = uuid7()
    narrative_id = await keep_text(w, incident_id or id_, text)
    fact = te.MessageSent(
        unit_id=unit.id, direction=direction, incident_id=incident_id, narrative_id=narrative_id, by=w.principal.id,
        sent_at=w.now,
    )  # fmt: skip
    made = te.evolve_message(None, id_, fact)
    w.append("message", id_, made.version, incident_id, fact)
    await talk_store.save_message(w.conn, made)
    if incident_id is not None and about is None:
        spotting.search(w, incident_id, "message", [text], exercise=False)
    if direction == "to_unit":
        await radio.say(
            w,
            unit,
            "message",
            None,
            narrative_id=narrative_id,
            prompt="message",
            about=id_,
            exercise=exercise,
        )
    return made


async def read_message(w: Work, message_id: UUID) -> Message:
    """The other side has seen it: the unit what was said to it, a dispatcher what a unit said (or read out to it by voice).

    Raises NotFound, NotAllowed.
    """
    standing = await talk_store.lock_message(w.conn, message_id)
    if standing is None:
        raise NotFound(f"There is no message {message_id}.", noun="message")
    _, found = await unit_of(w, standing.unit_id)
    acts.authorise(
        w.principal, "message", "read", found if standing.direction == "to_unit" else found & {"room", "lent"}
    )
    if standing.read_at is not None:
        return standing
    fact = te.MessageRead(read_at=w.now, read_by=w.principal.id)
    read = te.evolve_message(standing, message_id, fact)
    w.append("message", message_id, read.version, read.incident_id, fact)
    await talk_store.save_message(w.conn, read)
    return read
