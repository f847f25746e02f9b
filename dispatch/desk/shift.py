"""Who is there: units are registered, log on with their crew, change duty, log off.

Without them nobody can be ordered; an open job must be cleared or relieved before its unit leaves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dispatch import acts, store
from dispatch.errors import Invalid, NotFound
from dispatch.texts import check_texts
from dispatch.work import Work
from units import commands as uc
from units import lifecycle
from units import store as unit_store
from units.model import Duty, Unit


async def log_on(w: Work, unit_id: UUID, crew: Sequence[str]) -> Unit:
    """Begin a shift; crew are badge numbers. Raises NotFound, NotAllowed."""
    check_texts(tuple(crew), "crew")
    return await _tell(w, unit_id, "log_on", uc.LogOn(tuple(crew)))


async def log_on_many(w: Work, crews: Mapping[UUID, Sequence[str]]) -> list[Unit]:
    """Begin the shift of many units at once, by unit id. Raises NotFound, NotAllowed."""
    units = await unit_store.lock_units(w.conn, crews)
    for unit_id, crew in crews.items():
        if unit_id not in units:
            raise NotFound(f"There is no unit {unit_id}.", noun="unit")
        units[unit_id] = _told(w, units[unit_id], "log_on", uc.LogOn(tuple(crew)))
    await unit_store.save_units(w.conn, list(units.values()))
    return list(units.values())


async def log_off(w: Work, unit_id: UUID) -> Unit:
    """End a shift; a unit with an open job must clear or be relieved first."""
    await unit_store.lock_units(w.conn, [unit_id])  # before its job is looked at: an order may be under way
    held = await store.holders(w.conn, [unit_id])
    number = held[unit_id]["number"] if unit_id in held else None
    return await _tell(w, unit_id, "log_off", uc.LogOff(number))


async def change_duty(w: Work, unit_id: UUID, duty: Duty, until: datetime | None = None) -> Unit:
    """Be there for something else; `until` ends a break and lies ahead. Raises Invalid, NotFound, NotAllowed."""
    if until is not None and (duty is not Duty.BREAK or until <= w.now):
        raise Invalid("`until` is the end of a break and lies ahead; leave it out otherwise.", field="until")
    return await _tell(w, unit_id, "duty", uc.ChangeDuty(duty, until))


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
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    unit = _told(w, unit, act, command)
    await unit_store.save_units(w.conn, [unit])
    return unit


def _told(w: Work, unit: Unit, act: str, command: uc.Command) -> Unit:
    acts.authorise(w.principal, "unit", act, relations(w, unit), unit.duty)
    for fact in lifecycle.decide(unit, command):
        unit = lifecycle.evolve(unit, unit.id, fact)
        w.append("unit", unit.id, unit.version, None, fact)
    return unit


def relations(w: Work, unit: Unit) -> set[str]:
    """How the principal stands to a unit: room, unit, gateway."""
    found: set[str] = set()
    if unit.room_id in w.principal.rooms:
        found.add("room")
    if w.principal.unit_id == unit.id:
        found.add("unit")
    if w.principal.gateway is not None and w.principal.gateway == unit.gateway:
        found.add("gateway")
    return found
