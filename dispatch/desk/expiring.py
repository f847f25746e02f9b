"""What ends by its time: a granted break, a lending and a standby end by themselves, a shift never does and is told to its room.

Effects and histories of the rules about units; each is told as a fact, done by the system.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dispatch import standings
from dispatch.desk import shift
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Work, ms
from units import commands as uc
from units import store as unit_store
from units.model import Duty


async def end_break(w: Work, timer: Timer) -> datetime | None:
    """The unit is available again; one that still has a job stays on it, and a longer break is looked at later."""
    [unit] = (await unit_store.lock_units(w.conn, [timer.entity_id])).values()
    if unit.duty is Duty.BREAK and unit.duty_until is not None and unit.duty_until > w.now:
        return unit.duty_until
    await unit_store.save_units(w.conn, [shift.tell(w, unit, uc.EndBreak(w.now))])
    return None


async def end_lending(w: Work, timer: Timer) -> datetime | None:
    """Its own room orders it again."""
    [unit] = (await unit_store.lock_units(w.conn, [timer.entity_id])).values()
    if unit.lent_until is not None and unit.lent_until > w.now:
        return unit.lent_until
    await unit_store.save_units(w.conn, [shift.tell(w, unit, uc.GiveBack())])
    return None


async def end_standby(w: Work, timer: Timer) -> datetime | None:
    """It stands by no more: what was foreseen when it was sent there holds no longer."""
    [unit] = (await unit_store.lock_units(w.conn, [timer.entity_id])).values()
    known = unit.standing_by
    if known is not None and known.until > w.now:
        return known.until
    await unit_store.save_units(w.conn, [shift.tell(w, unit, uc.EndStandby("timed_out", w.now))])
    return None


async def fire_on_units(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about units."""
    units = await unit_store.lock_units(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        command = uc.FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        units[timer.entity_id] = shift.tell(w, units[timer.entity_id], command)
    await unit_store.save_units(w.conn, list(units.values()))


async def stand_units(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How units stand, for rules that have changed."""
    return [standings.unit(unit) for unit in (await unit_store.lock_units(w.conn, ids)).values()]
