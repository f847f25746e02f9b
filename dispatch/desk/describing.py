"""Knowing better: type, priority, place, labels and primary are corrected, notes are added.

A change of type or place proposes another owner and never re-owns by itself; the type as reported is frozen at the
first order, later corrections go to the verified type.
"""

from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch import commands as ac
from dispatch.desk import briefing, disputed, radio, requesting, spotting
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.looking_around import look_again
from dispatch.desk.reports import PlaceIn, layer_for, wgs84_place
from dispatch.desk.sealed import keep_text
from dispatch.errors import Behind, Invalid
from dispatch.signs import labels_in
from dispatch.texts import check_texts
from dispatch.work import Work
from geo.cells import cell15
from incidents import commands as ic
from incidents import store as incident_store
from incidents.model import Incident, NoteKind
from incidents.triage import HAZARD
from units import store as unit_store


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What to correct; UNSET leaves a field as it is."""

    type: str | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    place: PlaceIn | msgspec.UnsetType = msgspec.UNSET
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    primary_id: UUID | msgspec.UnsetType = msgspec.UNSET


async def amend(w: Work, incident_id: UUID, version: int | None, changes: Changes) -> Incident:
    """Correct an incident read at `version`. Raises Behind, Invalid, UnknownType, NotAllowed, NotInThisState."""
    check_texts(changes)
    case = await open_case(w, incident_id)
    found = await authorised(w, case, "amend")
    before = case.incident
    if version is not None and version != before.version:
        raise Behind(
            f"Incident {before.number} was changed since you read it; read it again.", version=before.version
        )
    if isinstance(changes.priority, int) and before.priority == 1 and changes.priority > 1:
        acts.authorise(w.principal, "incident", "lower_p1", found, before.state)
    if isinstance(changes.primary_id, UUID):
        acts.authorise(w.principal, "incident", "change_primary", found, before.state)
        _check_primary(case, changes.primary_id)
    case.tell(_command(w, before, changes))
    if case.incident.cell15 != before.cell15:
        await look_again(w, case)
    if isinstance(changes.primary_id, UUID):
        for a in case.assignments.values():
            if a.is_open:
                case.tell_assignment(
                    a.id, ac.ChangeRole("primary" if a.id == changes.primary_id else "reinforcement")
                )
    await case.save()
    if case.incident.priority != before.priority:
        await requesting.follow(w, case)
        await disputed.follow(w, case)
    await _widen_audience(w, case.incident)
    if _as_ordered(case.incident) != _as_ordered(before):
        await tell_units(w, case)
    return case.incident


def _as_ordered(incident: Incident) -> tuple[object, ...]:
    """What an order says of its incident; units on it are told when it changes."""
    return (incident.place, incident.priority, incident.type_verified or incident.type_reported)


def _check_primary(case: Case, assignment_id: UUID) -> None:
    chosen = case.assignments.get(assignment_id)
    if chosen is None or chosen.unit_id is None or chosen.watches or not chosen.is_open:
        raise Invalid(
            "The primary is one of the incident's open assignments to a unit that goes.", field="primary_id"
        )


def _command(w: Work, before: Incident, changes: Changes) -> ic.Amend:
    reference = w.centre.reference
    if isinstance(changes.type, str):
        reference.types.get(changes.type)
    if isinstance(changes.priority, int) and not 1 <= changes.priority <= 4:
        raise Invalid("The priority is a digit from 1 (life in danger) to 4 (can wait).", field="priority")
    place = (
        wgs84_place(changes.place, "place", w.principal.id)
        if isinstance(changes.place, PlaceIn)
        else before.place
    )
    type_code = (
        changes.type if isinstance(changes.type, str) else before.type_verified or before.type_reported
    )
    cell, proposed = before.cell15, before.proposed_room_id
    if place is not None and place.lon is not None and place.lat is not None:
        cell = cell15(place.lon, place.lat)
        if changes.place is not msgspec.UNSET or changes.type is not msgspec.UNSET:
            owner = reference.owner(place.lon, place.lat, layer_for(reference, type_code))
            proposed = owner if owner != before.room_id else None
    elif changes.place is not msgspec.UNSET:
        cell = None
    return ic.Amend(
        type=changes.type, priority=changes.priority, labels=changes.labels, primary_id=changes.primary_id,
        place=place if changes.place is not msgspec.UNSET and place is not None else msgspec.UNSET,
        cell15=cell, proposed_room_id=proposed,
    )  # fmt: skip


async def _widen_audience(w: Work, incident: Incident) -> None:
    seen = w.centre.reference.audience(incident.room_id, incident.lon, incident.lat, incident.priority)
    await store.add_audience(w.conn, [(incident.id, room, why) for room, why in sorted(seen)])


async def tell_units(w: Work, case: Case, **more: object) -> None:
    """Send the incident as it stands to the terminals of every unit on it, numbered; `more` as in `radio.say`."""
    jobs = {a.unit_id: a for a in case.open_assignments if a.unit_id}
    units = await unit_store.read_units(w.conn, list(jobs)) if jobs else {}
    for unit in units.values():
        await radio.say(w, unit, "update", case.incident, jobs[unit.id], **more)


async def add_note(
    w: Work, incident_id: UUID, kind: NoteKind, text: str, urgent: bool
) -> tuple[Incident, UUID]:
    """Add to what is known; an urgent note goes to every unit on it and must be read. The incident and the note's id."""
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("A note needs a text.", field="text")
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "note")
    note_id: UUID = uuid7()
    await write_note(w, case, ic.Note(note_id, kind, urgent), text)
    if urgent:
        await briefing.brief(w, case)
    return case.incident, note_id


async def write_note(w: Work, case: Case, note: ic.Note, text: str) -> None:
    """Tell of a note and keep its words sealed; saves the case with all that was told before."""
    narrative_id = await keep_text(w, case.id, text)
    case.tell(note)
    case.label((*((HAZARD,) if note.kind == "hazard" else ()), *labels_in(w.centre.rules.signs, text)))
    await case.save()
    await incident_store.add_note(
        w.conn,
        {
            "id": note.note_id, "incident_id": case.id, "kind": note.kind, "urgent": note.urgent, "narrative_id": narrative_id,
            "by": w.principal.id, "recorded_at": w.now,
        },
    )  # fmt: skip
    spotting.search(w, case.id, "note", [text], case.incident.exercise)
