"""Jobs kept for later 待处: when a unit becomes free, it and its room are told which comes next. Nobody is sent by that.

The dispatcher sends it with an ordinary order, or gives it to somebody else.
"""

from collections.abc import Iterable
from uuid import UUID

from dispatch import store
from dispatch.desk import radio
from dispatch.model import AssignmentState as A
from dispatch.work import Work
from incidents import store as incident_store
from units import commands as uc
from units import lifecycle
from units import store as unit_store
from units.model import Unit

OFFERED = "下一任务 {number} 为你待处，请等待派警。Next job {number} is kept for you; wait for the order."


async def offer_next(w: Work, unit_ids: Iterable[UUID]) -> None:
    """Tell each of these units that is free which kept job comes next. Call it once their orders are saved."""
    wanted = set(unit_ids)
    if not wanted or not any(job.state == A.STACKED for job in await store.jobs_of(w.conn, wanted)):
        return
    units = await unit_store.lock_units(w.conn, wanted)  # nobody orders or stacks meanwhile
    first: dict[UUID, store.Job] = {}
    for job in await store.jobs_of(w.conn, units):
        first.setdefault(job.unit_id, job)  # an open job comes before every kept one
    free = [(units[unit_id], job) for unit_id, job in first.items() if job.state == A.STACKED]
    told = [await _offer(w, unit, job) for unit, job in free if unit.on_duty]
    await unit_store.save_units(w.conn, told)


async def _offer(w: Work, unit: Unit, job: store.Job) -> Unit:
    for fact in lifecycle.decide(unit, uc.OfferJob(job.assignment_id, job.incident_id)):
        unit = lifecycle.evolve(unit, unit.id, fact)
        w.append("unit", unit.id, unit.version, job.incident_id, fact)
    incident = (await incident_store.read_incidents(w.conn, [job.incident_id]))[job.incident_id]
    kept = (await store.read_assignments(w.conn, [job.assignment_id]))[job.assignment_id]
    more = {"text": OFFERED.format(number=incident.number), "prompt": "message", "about": kept.id}
    await radio.say(w, unit, "message", incident, kept, **more)
    return unit
