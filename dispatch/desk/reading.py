"""Read 已阅: a unit has seen an urgent note, by its terminal, at its own seat, or because a dispatcher read it out by voice.

A note nobody has read after 30 s comes back to the dispatcher; what ends that is here.
"""

from collections.abc import Sequence
from uuid import UUID

from dispatch import acts, store
from dispatch.desk import shift
from dispatch.desk.briefing import told
from dispatch.desk.case import open_case
from dispatch.errors import Invalid, NotFound
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import NoteLamp
from dispatch.work import Work
from incidents import store as incident_store
from units import store as unit_store
from units.model import Unit


async def read_note(w: Work, note_id: UUID, unit_id: UUID | None = None) -> UUID:
    """A unit has read a note; a dispatcher who read it out by voice names the unit. The note's incident.

    Raises NotFound, NotAllowed, Invalid.
    """
    unit_id = unit_id or w.principal.unit_id
    if unit_id is None:
        raise Invalid("Say which unit has read it.", field="unit_id")
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id)
    incident_id = await talk_store.incident_of_note(w.conn, note_id)
    found = set() if unit is None else shift.relations(w, unit)
    if incident_id is not None:
        incident = (await incident_store.read_incidents(w.conn, [incident_id]))[incident_id]
        found |= {"ordering"} if {incident.room_id, incident.command_room_id} & w.principal.rooms else set()
    if unit is None or incident_id is None or not found:
        raise NotFound(f"There is no note {note_id} of a unit {unit_id}.", noun="note")
    acts.authorise(w.principal, "note", "read", found)
    lamps = await talk_store.lock_lamps(w.conn, [note_id], [unit_id])
    if not lamps:
        raise NotFound(f"This note was not sent to {unit.call_sign}.", noun="note")
    await _read(w, [(lamp, incident_id) for lamp in lamps])
    return incident_id


async def heard_read(w: Work, unit: Unit, note_id: UUID | None) -> None:
    """The terminal says `read`: of this note, or of everything it was sent for its present job."""
    job = (await store.holders(w.conn, [unit.id])).get(unit.id)
    if (
        job is not None
    ):  # locked before its lamps, as everywhere: this word is also an answer of the unit there
        await open_case(w, job["incident_id"], follow_merge=True)
    if note_id is not None:
        incident_id = await talk_store.incident_of_note(w.conn, note_id)
        if incident_id is not None:
            lamps = await talk_store.lock_lamps(w.conn, [note_id], [unit.id])
            await _read(w, [(lamp, incident_id) for lamp in lamps])
    elif job is not None:
        family = await _family(w, job["incident_id"])
        await _read(w, await talk_store.unread_lamps(w.conn, [unit.id], family))


async def _family(w: Work, incident_id: UUID) -> list[UUID]:
    """The incident, or the one it was merged into, with all that was merged into it."""
    incident = (await incident_store.read_incidents(w.conn, [incident_id]))[incident_id]
    survivor = incident.merged_into or incident_id
    return [survivor, *await incident_store.children(w.conn, [survivor])]


async def _read(w: Work, lamps: Sequence[tuple[NoteLamp, UUID]]) -> None:
    """Each with the incident of its note; what was read before stays as it was."""
    read = []
    for lamp, incident_id in lamps:
        if lamp.read_at is None:
            fact = te.NoteRead(note_id=lamp.note_id, unit_id=lamp.unit_id, read_at=w.now)
            read.append(told(w, lamp, lamp.id, fact, incident_id))
    if read:
        await talk_store.save_lamps(w.conn, read)
