"""Tiers: a room draws in one above it, one above takes command and hands it back, somebody there follows a sensitive matter.

Duty never moves by this. A room above sees and may do everything below it anyway; these acts say who commands, who was told, who
has taken notice, and by when they look in again.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.describing import write_note
from dispatch.errors import Invalid
from dispatch.texts import check_texts
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import Incident, RaiseMode


async def raise_to(w: Work, incident_id: UUID, room_id: UUID, mode: RaiseMode) -> Incident:
    """Draw in a room above: to watch, to command along, or to command. Raises NotFound, NotAllowed, Invalid.

    Command is given only by who has it: a room below draws in whom it likes, but takes nothing away from above.
    """
    case = await open_case(w, incident_id)
    found = await authorised(w, case, "raise")
    if mode == "take":
        acts.authorise(w.principal, "incident", "raise_command", found, case.incident.state)
    _check_above(w, case.incident, room_id)
    case.tell(ic.Raise(room_id, mode, ms(w.now)))
    return await _seen_above(w, case, room_id)


async def take(w: Work, incident_id: UUID) -> Incident:
    """Command it from one's own room, which lies above the one that has duty."""
    case = await open_case(w, incident_id)
    await authorised(w, case, "take_command")
    room_id = _own_room(w)
    _check_above(w, case.incident, room_id)
    case.tell(ic.TakeCommand(room_id, w.principal.id, ms(w.now)))
    return await _seen_above(w, case, room_id)


async def hand_back(w: Work, incident_id: UUID) -> Incident:
    """Command goes back to the room that has duty."""
    case = await open_case(w, incident_id)
    await authorised(w, case, "hand_back")
    case.tell(ic.HandBack(ms(w.now)))
    await case.save()
    return case.incident


async def follow(w: Work, incident_id: UUID) -> Incident:
    """Take notice and follow it by name 提级盯办 for one's own room, until it ends or is let go."""
    case = await open_case(w, incident_id)
    await authorised(w, case, "follow")
    room_id = _own_room(w)
    _check_above(w, case.incident, room_id)
    case.tell(ic.Follow(room_id, w.principal.id, ms(w.now)))
    return await _seen_above(w, case, room_id)


async def check_in(w: Work, incident_id: UUID, text: str | None) -> Incident:
    """Look in on what one follows; what was found becomes a note that everybody on it sees."""
    check_texts(text, "text")
    case = await open_case(w, incident_id)
    await authorised(w, case, "follow")
    if not (text or "").strip():
        case.tell(ic.CheckIn(_own_room(w), ms(w.now), None))
        await case.save()
        return case.incident
    note_id: UUID = uuid7()
    case.tell(ic.CheckIn(_own_room(w), ms(w.now), note_id))
    await write_note(w, case, ic.Note(note_id, "intelligence", urgent=False), text or "")
    return case.incident


async def let_go(w: Work, incident_id: UUID) -> Incident:
    """End following it, with the reason; command that lay with one's room goes back."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To stop following an incident, give the reason.", field="reason")
    case = await open_case(w, incident_id)
    await authorised(w, case, "follow")
    case.tell(ic.EndFollowing(_own_room(w), ms(w.now)))
    await case.save()
    return case.incident


def _own_room(w: Work) -> UUID:
    if w.principal.room_id is None:
        raise Invalid("Only a seat in a room commands or follows; this key belongs to no room.")
    return w.principal.room_id


def _check_above(w: Work, incident: Incident, room_id: UUID) -> None:
    rooms = w.centre.reference.rooms.by_id
    if room_id not in rooms[incident.room_id].lineage[1:]:
        above = "、".join(rooms[id_].code for id_ in rooms[incident.room_id].lineage[1:]) or "nobody"
        raise Invalid(
            f"An incident is raised to a room above the one that has duty: {above}.", field="room_id"
        )


async def _seen_above(w: Work, case: Case, room_id: UUID) -> Incident:
    await case.save()
    await store.add_audience(w.conn, [(case.id, room_id, "raised")])
    return case.incident
