"""What a unit must know when it joins an incident: every urgent note, sent to everyone on it, also to who is ordered later.

Each lamp is one note and one unit; `dispatch.desk.reading` tells when it was read. Who joins counts for the backup asked for.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import standings
from dispatch.desk import radio
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import NoteLamp
from dispatch.work import Work
from units import store as unit_store

if TYPE_CHECKING:  # a case schedules its briefing
    from dispatch.desk.case import Case


async def settle(w: Work, case: "Case", joined: Collection[UUID], left: Collection[UUID]) -> None:
    """Units came to the incident in this act (or it took in another) and left it: brief them, wait for no other."""
    await _brief(w, case, joined)
    if joined:
        await _count_backup(w, case, joined)
    await _wait_no_more(w, set(left) - {a.unit_id for a in case.open_assignments}, case)


async def part(w: Work, one: "Case", other: "Case") -> None:
    """Two that were merged are two again: what was said on the one, nobody on the other must read any more."""
    for case, apart in ((one, other), (other, one)):
        await _wait_no_more(w, {a.unit_id for a in apart.open_assignments if a.unit_id}, case)


async def _wait_no_more(w: Work, unit_ids: Collection[UUID], case: "Case") -> None:
    for lamp, incident_id in await talk_store.unread_lamps(w.conn, unit_ids, case.family) if unit_ids else ():
        w.follow(standings.note(lamp, incident_id, on_it=False))


async def brief(w: Work, case: "Case") -> None:
    """Send every urgent note of the incident to every unit on it that lacks it."""
    await _brief(w, case, ())


async def follow_notes(w: Work, cases: Mapping[UUID, "Case"]) -> None:
    """Say how the notes of these incidents stand; for rules that are newer than they are."""
    for case in cases.values():
        units = {a.unit_id for a in case.open_assignments if a.unit_id}
        for lamp, incident_id in await talk_store.unread_lamps(w.conn, units, case.family) if units else ():
            w.follow(standings.note(lamp, incident_id))


async def _brief(w: Work, case: "Case", anew: Collection[UUID]) -> None:
    """anew: units that were ordered in this act; what they were sent earlier and never read is sent again."""
    jobs = {a.unit_id: a for a in case.open_assignments if a.unit_id}
    notes = await talk_store.standing_notes(w.conn, case.family) if jobs else []
    if not notes:
        return
    ids = [note.id for note in notes]
    lit = {(lamp.note_id, lamp.unit_id): lamp for lamp in await talk_store.lock_lamps(w.conn, ids, jobs)}
    units = await unit_store.read_units(w.conn, list(jobs))
    sent: list[NoteLamp] = []
    for note in notes:
        for unit_id, job in jobs.items():
            lamp = lit.get((note.id, unit_id))
            if lamp is not None and (lamp.read_at is not None or unit_id not in anew):
                continue
            fact = te.NoteSent(note_id=note.id, unit_id=unit_id, sent_at=w.now)
            sent.append(told(w, lamp, lamp.id if lamp else uuid7(), fact, note.incident_id))
            more = {"narrative_id": note.narrative_id, "prompt": "note", "about": note.id}
            await radio.say(w, units[unit_id], "update", case.incident, job, **more)
    if sent:
        await talk_store.save_lamps(w.conn, sent)


async def _count_backup(w: Work, case: "Case", unit_ids: Collection[UUID]) -> None:
    """Units that were sent count for the backup that was asked for, and whoever asked is told who comes."""
    requests = await talk_store.standing_backup(w.conn, case.family)
    if not requests:
        return
    units = await unit_store.read_units(w.conn, [*unit_ids, *(request.unit_id for request in requests)])
    for request in requests:
        sent = [
            units[i]
            for i in unit_ids
            if i != request.unit_id and units[i].abilities.issuperset(request.skills)
        ]
        if not sent:
            continue
        enough = request.sent + len(sent) >= request.wanted
        fact = te.BackupSent(
            units=len(sent),
            answered_at=w.now if enough else None,
            answered_by=w.principal.id if enough else None,
        )
        changed = te.evolve_backup(request, request.id, fact)
        w.append("backup", request.id, changed.version, request.incident_id, fact)
        await talk_store.save_backup(w.conn, [changed])
        names = ", ".join(sorted(unit.call_sign for unit in sent))
        more: dict[str, Any] = {"text": f"增援 backup: {names}", "prompt": "message", "about": request.id}
        await radio.say(w, units[request.unit_id], "message", None, **more)


def told(
    w: Work, lamp: NoteLamp | None, id_: UUID, fact: te.NoteSent | te.NoteRead, incident_id: UUID
) -> NoteLamp:
    """The lamp after one more fact, which is remembered for the journal, as are its timers."""
    changed = te.evolve_lamp(lamp, id_, fact)
    w.append("note_read", id_, changed.version, incident_id, fact)
    w.follow(standings.note(changed, incident_id))
    return changed
