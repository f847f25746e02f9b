"""Relief 换岗: a unit that goes off duty hands its jobs to another one in the same act; nothing is left lying.

The other unit is ordered as by any order, the old order is recalled, and the jobs kept for later go along.
"""

from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import store
from dispatch.desk import going, looking, ordering
from dispatch.desk.case import Case, authorised, open_cases
from dispatch.desk.reaching import promise
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.events import Placed
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.work import Work
from units import store as unit_store
from units.model import Unit


async def relieve(w: Work, unit_id: UUID, by: UUID) -> None:
    """Hand all jobs of one unit to another. Raises what an order to that one is refused with, NotFound, NotNow."""
    if unit_id == by:
        raise Invalid("A unit can't relieve itself; name another one.", field="relieved_by")
    jobs = await store.jobs_of(w.conn, [unit_id])
    cases = await open_cases(w, {job.incident_id for job in jobs})
    units = await unit_store.lock_units(w.conn, [unit_id, by])
    for id_ in (unit_id, by):
        if id_ not in units:
            raise NotFound(f"There is no unit {id_}.", noun="unit")
    jobs = await store.jobs_of(w.conn, [unit_id])
    if not {job.incident_id for job in jobs} <= cases.keys():
        raise NotNow(f"{units[unit_id].call_sign} was given another job in this moment; look again.")
    if not w.actor.reason:
        sign = units[by].call_sign
        w.actor = msgspec.structs.replace(w.actor, reason=f"由{sign}接替 relieved by {sign}")
    for job in jobs:
        await _hand_on(w, cases[job.incident_id], job.assignment_id, (units[unit_id], units[by]))


async def _hand_on(w: Work, case: Case, assignment_id: UUID, units: tuple[Unit, Unit]) -> None:
    old_unit, new_unit = units
    old = case.assignments[assignment_id]
    going.authorise(w, case, old, old_unit, "recall")
    await authorised(w, case, "order")
    held = await store.holders(w.conn, [new_unit.id]) if old.is_open else {}
    ordering.check_unit(w, case, new_unit, new_unit.id, held)
    await going.leave(w, case, assignment_id, "recalled", old_unit)
    placed = await _place(w, case, old, new_unit)
    await case.follow()
    await case.save()
    if placed is not None and old.is_open:
        await ordering.tell(w, case, case.assignments[placed.id], {new_unit.id: new_unit})
    await ordering.show_to_lenders(w, case, [new_unit])


async def _place(w: Work, case: Case, old: Assignment, unit: Unit) -> Assignment | None:
    """The new order as the old one was: sent, or kept for later; None when it is kept for that unit already."""
    kept = next((a for a in case.assignments.values() if a.unit_id == unit.id and a.state is A.STACKED), None)
    if kept is not None and not old.is_open:
        return None
    at, flags = w.step_time(case.incident.began)
    fact = Placed(
        incident_id=old.incident_id,
        parent_id=old.parent_id,
        unit_id=unit.id,
        state=A.ORDERED if old.is_open else A.STACKED,
        round=case.incident.round,
        ordered_by=w.principal.room_id or case.incident.room_id,
        crew=unit.crew,
        promised_at=await promise(w, case.incident, unit) if old.is_open else None,
        at=at,
        flags=(*flags, *looking.flags(unit)),
        known=case.known_here if old.is_open else (),
    )
    return case.place(uuid7(), fact, unit)
