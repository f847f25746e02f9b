"""Who is there: units are registered, log on with their crew, change duty, log off.

Without them nobody can be ordered; an open job must be cleared or relieved before its unit leaves. A shift that is over
ends by log-off only: whoever is still there is shown as over time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import acts, standings, store
from dispatch.desk import acknowledging, relieving, roster_shifts, watch_lists
from dispatch.desk.roster_shifts import Carried
from dispatch.errors import Invalid, NotFound
from dispatch.rosters.planning import coded
from dispatch.texts import check_texts
from dispatch.work import Work
from units import commands as uc
from units import lifecycle
from units import store as unit_store
from units.model import Cause, Duty, Unit

AS_ROSTERED = Carried()
BREAK = timedelta(minutes=30)
"""As long as a break lasts when nobody says."""
BREAK_AT_MOST = timedelta(hours=4)
SHIFT_AT_MOST = timedelta(hours=24)


async def log_on(
    w: Work,
    unit_id: UUID,
    crew: Sequence[str] | None = None,
    shift_ends_at: datetime | None = None,
    said: Carried = AS_ROSTERED,
) -> Unit:
    """Begin a shift, or go on with another crew, end, vehicle, equipment or beat. Raises Invalid, NotFound, NotAllowed.

    crew: badge numbers, None: as `said` says. What is not said is as rostered.
    """
    said = _carried(w, said if crew is None else msgspec.structs.replace(said, crew=tuple(crew)))
    if shift_ends_at is not None and not w.now < shift_ends_at <= w.now + SHIFT_AT_MOST:
        raise Invalid("A shift ends ahead of now, within 24 hours.", field="shift_ends_at")
    shifts = await roster_shifts.locked(w, [unit_id])
    unit = await _locked(w, unit_id)
    acts.authorise(w.principal, "unit", "log_on", relations(w, unit), unit.duty)
    before = {unit_id: unit}
    unit = tell(w, unit, await roster_shifts.log_on(w, unit, shifts.get(unit_id, ()), said, shift_ends_at))
    await unit_store.save_units(w.conn, [unit])
    await watch_lists.begun(w, before, [unit])
    await acknowledging.catch_up(w, [unit])
    return unit


def _carried(w: Work, said: Carried) -> Carried:
    check_texts(said)
    if isinstance(said.beat, str) and w.centre.beats.of_code(said.beat) is None:
        raise Invalid(f"There is no beat {said.beat!r}; GET /api/v1/beats lists them.", field="beat")
    if said.equipment is msgspec.UNSET:
        return said
    return msgspec.structs.replace(
        said, equipment=coded(said.equipment, w.centre.reference.types.skill_words)
    )


async def log_on_many(w: Work, crews: Mapping[UUID, Carried]) -> list[Unit]:
    """Begin the shift of many units at once, by unit id. Raises NotFound, NotAllowed."""
    shifts = await roster_shifts.locked(w, crews)
    units = await unit_store.lock_units(w.conn, crews)
    before = dict(units)
    for unit_id, said in crews.items():
        if unit_id not in units:
            raise NotFound(f"There is no unit {unit_id}.", noun="unit")
        begun = await roster_shifts.log_on(w, units[unit_id], shifts.get(unit_id, ()), said, None)
        units[unit_id] = _told(w, units[unit_id], "log_on", begun)
    await unit_store.save_units(w.conn, list(units.values()))
    await watch_lists.begun(w, before, units.values())
    await acknowledging.catch_up(w, units.values())
    return list(units.values())


async def log_off(w: Work, unit_id: UUID, relieved_by: UUID | None = None) -> Unit:
    """End a shift; a unit with an open job must clear or be relieved, which hands its jobs on in the same act."""
    shifts = await roster_shifts.locked(w, [unit_id])
    if relieved_by is not None:
        await relieving.relieve(w, unit_id, relieved_by)
    await unit_store.lock_units(w.conn, [unit_id])  # before its job is looked at: an order may be under way
    jobs = await store.jobs_of(w.conn, [unit_id])
    held = next((job.number for job in jobs if job.state != "stacked"), None)
    kept = next((job.number for job in jobs if job.state == "stacked"), None)
    unit = await _tell(w, unit_id, "log_off", uc.LogOff(held, kept))
    await watch_lists.ended(w, unit, relieved_by)
    await roster_shifts.log_off(w, shifts.get(unit_id, ()))
    return unit


async def change_duty(
    w: Work, unit_id: UUID, duty: Duty, until: datetime | None = None, cause: Cause | None = None
) -> Unit:
    """Be there for something else. Raises Invalid, NotFound, NotAllowed.

    until: when a break ends, 30 min from now if nobody says; cause: why it is out of service, which may also be said in
    the act's reason.
    """
    if duty is Duty.BREAK:
        if not w.arms_timers:
            raise Invalid("A break is granted from now on, not afterwards; leave `at` out.", field="at")
        until = until or w.now + BREAK
        if not w.now < until <= w.now + BREAK_AT_MOST:
            raise Invalid("A break ends ahead of now, within 4 hours.", field="until")
    elif until is not None:
        raise Invalid("`until` is the end of a break; leave it out otherwise.", field="until")
    if duty is Duty.OUT_OF_SERVICE:
        if cause is None and not w.actor.reason:
            raise Invalid("Say why the unit is out of service: a cause, or a reason in words.", field="cause")
        cause = cause or "other"
    elif cause is not None:
        raise Invalid("`cause` says why a unit is out of service; leave it out otherwise.", field="cause")
    return await _tell(w, unit_id, "duty", uc.ChangeDuty(duty, until, cause))


async def register(w: Work, unit_id: UUID, command: uc.Register) -> Unit:
    """Enter a unit in the registry, or change its entry."""
    acts.authorise(w.principal, "reference", "administer")
    if command.room_id not in w.centre.reference.rooms.by_id:
        raise Invalid(f"Unit {command.call_sign} names a room that does not exist.", field="room_id")
    standing = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    return (await _save(w, [(standing, unit_id, command)]))[0]


async def register_many(w: Work, entries: Sequence[tuple[UUID, uc.Register]]) -> list[Unit]:
    """Enter many units at once, new or changed."""
    acts.authorise(w.principal, "reference", "administer")
    for _, command in entries:
        if command.room_id not in w.centre.reference.rooms.by_id:
            raise Invalid(f"Unit {command.call_sign} names a room that does not exist.", field="room_id")
    standing = await unit_store.lock_units(w.conn, [id_ for id_, _ in entries])
    return await _save(w, [(standing.get(id_), id_, command) for id_, command in entries])


async def _save(w: Work, entries: Sequence[tuple[Unit | None, UUID, uc.Register]]) -> list[Unit]:
    units = []
    for standing, unit_id, command in entries:
        unit = standing
        for fact in lifecycle.register(unit, unit_id, command):
            unit = lifecycle.evolve(unit, unit_id, fact)
            w.append("unit", unit_id, unit.version, None, fact)
        if unit is not None:
            units.append(unit)
    await unit_store.save_units(w.conn, units)
    return units


async def _tell(w: Work, unit_id: UUID, act: str, command: uc.Command) -> Unit:
    unit = _told(w, await _locked(w, unit_id), act, command)
    await unit_store.save_units(w.conn, [unit])
    return unit


async def _locked(w: Work, unit_id: UUID) -> Unit:
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return unit


def _told(w: Work, unit: Unit, act: str, command: uc.Command) -> Unit:
    acts.authorise(w.principal, "unit", act, relations(w, unit), unit.duty)
    return tell(w, unit, command)


def tell(w: Work, unit: Unit, command: uc.Command) -> Unit:
    """Apply a command to a locked unit and remember the facts; the caller saves it."""
    for fact in lifecycle.decide(unit, command):
        unit = lifecycle.evolve(unit, unit.id, fact)
        w.append("unit", unit.id, unit.version, None, fact)
    w.follow(standings.unit(unit))
    return unit


def relations(w: Work, unit: Unit) -> set[str]:
    """How the principal stands to a unit: room, lent, unit, gateway."""
    found: set[str] = set()
    if unit.room_id in w.principal.rooms:
        found.add("room")
    if unit.lent_to in w.principal.rooms:
        found.add("lent")
    if w.principal.unit_id == unit.id:
        found.add("unit")
    if unit.speaks_through(w.principal.gateway):
        found.add("gateway")
    return found
