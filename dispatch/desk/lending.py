"""Lending 借调: a room lets another one order its unit for a time, and still sees it and the incidents it works on.

Ends by its time or by being given back; a job it has then goes on to its end.
"""

from datetime import datetime, timedelta
from uuid import UUID

from dispatch import acts, store
from dispatch.desk import shift
from dispatch.desk.case import open_cases
from dispatch.errors import Invalid, NotFound
from dispatch.work import Work
from units import commands as uc
from units import store as unit_store
from units.model import Unit

AT_MOST = timedelta(days=7)


async def lend(w: Work, unit_id: UUID, room_id: UUID, until: datetime) -> Unit:
    """Let that room order the unit until then. Raises Invalid, NotFound, NotAllowed, NotNow."""
    if not w.arms_timers:
        raise Invalid("A unit is lent from now on, not afterwards; leave `at` out.", field="at")
    if not w.now < until <= w.now + AT_MOST:
        raise Invalid("A unit is lent until a time that lies ahead, by 7 days at most.", field="until")
    if room_id not in w.centre.reference.rooms.by_id:
        raise Invalid(f"There is no room {room_id}.", field="room_id")
    await open_cases(w, {job.incident_id for job in await store.jobs_of(w.conn, [unit_id])})
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    acts.authorise(w.principal, "unit", "lend", shift.relations(w, unit), unit.duty)
    own = w.centre.reference.rooms.by_id[unit.room_id]
    if room_id in own.lineage:
        raise Invalid(
            f"{unit.call_sign} belongs to that room or to one below it, which orders it anyway.",
            field="room_id",
        )
    unit = shift.tell(w, unit, uc.Lend(room_id, until))
    await unit_store.save_units(w.conn, [unit])
    seen = [(job.incident_id, room_id, "lent") for job in await store.jobs_of(w.conn, [unit_id])]
    if seen:
        await store.add_audience(w.conn, seen)
    return unit


async def give_back(w: Work, unit_id: UUID) -> Unit:
    """Its own room orders it again; asked by either room. Raises NotFound, NotAllowed."""
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    acts.authorise(w.principal, "unit", "give_back", shift.relations(w, unit), unit.duty)
    unit = shift.tell(w, unit, uc.GiveBack())
    await unit_store.save_units(w.conn, [unit])
    return unit
