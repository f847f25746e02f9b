"""Backup 求援: a unit on a job asks for reinforcement; the nearest are proposed at once, and it stands until they are sent.

Orders placed since are counted against it; a dispatcher who answers otherwise says so.
"""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.cards.file import GROUND
from dispatch.desk import ordering, radio
from dispatch.desk.case import authorised, open_case
from dispatch.desk.messaging import unit_of
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.response import Requirement
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import Backup
from dispatch.texts import check_texts
from dispatch.work import Work
from incidents.types import Seat
from units import store as unit_store

MOST = 50


async def ask_backup(
    w: Work, unit_id: UUID, wanted: int = 1, skills: Sequence[str] = (), text: str | None = None
) -> Backup:
    """Ask for so many more units, with these skills; asked again, the last word counts.

    Raises NotFound, NotAllowed, NotNow (the unit has no job), Invalid.
    """
    check_texts((text, tuple(skills)))
    unit, found = await unit_of(w, unit_id)
    acts.authorise(w.principal, "unit", "backup", found)
    if not 1 <= wanted <= MOST:
        raise Invalid(f"Ask for 1 to {MOST} units.", field="count")
    unknown = [skill for skill in skills if skill not in w.centre.reference.types.skills]
    if unknown:
        raise Invalid(f"There is no skill {unknown[0]!r} in the type tree.", field="skills")
    held = await store.holders(w.conn, [unit_id])
    if unit_id not in held:
        raise NotNow(
            f"{unit.call_sign} has no open job to be reinforced; report what it came upon, or press emergency."
        )
    case = await open_case(w, held[unit_id]["incident_id"], follow_merge=True)
    job = case.assignments[held[unit_id]["assignment_id"]]
    if not job.is_open:
        raise NotNow(f"The job of {unit.call_sign} ended just now.", state=job.state)
    rooms = w.centre.reference.rooms.subtree(job.ordered_by)
    needed = Requirement(seats=(Seat(wanted, GROUND, tuple(skills)),), auxiliary=False)
    proposed = await ordering.propose(w, case, rooms, wanted, needed=needed)
    standing = [b for b in await talk_store.standing_backup(w.conn, case.family) if b.assignment_id == job.id]
    fact = te.BackupAsked(
        incident_id=job.incident_id, assignment_id=job.id, unit_id=unit_id, wanted=wanted, skills=tuple(skills),
        recommendation_id=proposed.id, asked_at=w.now,
        narrative_id=await keep_text(w, case.id, text) if text and text.strip() else None,
    )  # fmt: skip
    id_: UUID = standing[0].id if standing else uuid7()
    return await _told(w, standing[0] if standing else None, id_, fact)


async def answer_backup(w: Work, backup_id: UUID) -> Backup:
    """A dispatcher has answered the unit: nobody more comes, or help of another kind. Raises NotFound, NotAllowed."""
    found = await talk_store.read_backups(w.conn, [backup_id])
    if not found:
        raise NotFound(f"There is no request for backup {backup_id}.", noun="backup")
    case = await open_case(w, found[0].incident_id, follow_merge=True)
    await authorised(w, case, "answer_backup")
    standing = await talk_store.lock_backup(w.conn, backup_id)
    if standing is None or standing.answered_at is not None:
        return standing or found[0]
    fact = te.BackupAnswered(answered_at=w.now, answered_by=w.principal.id)
    answered = await _told(w, standing, backup_id, fact)
    unit = (await unit_store.read_units(w.conn, [answered.unit_id]))[answered.unit_id]
    text = "求援已答复 backup answered"
    await radio.say(w, unit, "message", None, text=text, prompt="message", about=backup_id)
    return answered


async def _told(
    w: Work,
    backup: Backup | None,
    id_: UUID,
    fact: te.BackupFact,
) -> Backup:
    changed = te.evolve_backup(backup, id_, fact)
    w.append("backup", id_, changed.version, changed.incident_id, fact)
    await talk_store.save_backup(w.conn, [changed])
    return changed
