"""Whoever stands by elsewhere and gets a job stands by no more: the job says where to go.

The last step of an act by which such a unit gets one; to all others it costs nothing.
"""

from functools import partial
from uuid import UUID

from dispatch import standings
from dispatch.work import Work
from units import commands as uc
from units import lifecycle
from units import store as unit_store
from units.model import Unit


def by_a_job(w: Work, unit: Unit) -> None:
    """End what this unit was asked before, as its row was read, once everything else of the act was said."""
    if unit.standing_by is not None:
        w.at_end(("called_away", unit.id), partial(_end, w, unit.id))


async def _end(w: Work, unit_id: UUID) -> None:
    """It is locked already, by the order; what else the act told of it stands in its row."""
    unit = (await unit_store.lock_units(w.conn, [unit_id]))[unit_id]
    for fact in lifecycle.decide(unit, uc.EndStandby("ordered", w.now)):
        unit = lifecycle.evolve(unit, unit.id, fact)
        w.append("unit", unit.id, unit.version, None, fact)
    w.follow(standings.unit(unit))
    await unit_store.save_units(w.conn, [unit])
