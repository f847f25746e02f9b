"""Which rostered shift a log-on is for: it is attended, and what nobody said is taken from it; a log-off ends it.

Shifts are locked before their unit. Being on duty without a roster is allowed, and is told as such.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dispatch import standings
from dispatch.rosters import lifecycle, store
from dispatch.rosters.model import RosterShift, S, ShiftFact, ShiftPlanned
from dispatch.work import Work
from units import commands as uc
from units.model import Unit, UnitKind

EARLY = timedelta(hours=1)
"""So long before a shift begins a log-on is already for it."""

type Shifts = Mapping[UUID, Sequence[RosterShift]]
"""Locked shifts by unit: what it is on duty for, and what is planned and near."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What a crew says at log-on that it takes along; what it leaves out is as rostered, else as before. None, (): nothing."""

    crew: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    vehicle: str | None | msgspec.UnsetType = msgspec.UNSET
    equipment: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    beat: str | None | msgspec.UnsetType = msgspec.UNSET
    patrol: UnitKind | None | msgspec.UnsetType = msgspec.UNSET


async def locked(w: Work, units: Iterable[UUID]) -> Shifts:
    """The shifts of these units that a log-on or a log-off now may be about. Call it before the units are locked."""
    found: dict[UUID, list[RosterShift]] = {}
    for one in await store.lock_of_units(w.conn, units, _when(w) + EARLY):
        found.setdefault(one.unit_id, []).append(one)
    return found


def _when(w: Work) -> datetime:
    """When the crew says it was: what was pressed without a line arrives later."""
    claimed = w.actor.claimed_at
    return w.now if claimed is None else min(claimed, w.now)


async def log_on(
    w: Work, unit: Unit, shifts: Sequence[RosterShift], said: Carried, ends_at: datetime | None
) -> uc.LogOn:
    """What the log-on comes to: the shift it is for is attended from now on, and fills in what was not said."""
    held = next((one for one in shifts if one.state is S.ATTENDED), None) if unit.on_duty else None
    due = _due(shifts, _when(w))
    taken: RosterShift | None
    if held is not None and (due is None or _goes_on(w, unit, held, said)):
        taken = held
    else:
        taken = due
        if held is not None:
            await tell(w, held, lifecycle.End())
    if due is not None and taken is due:
        taken = await tell(w, due, lifecycle.Attend())
    # What goes on keeps what it has; what begins takes what its roster says.
    like: Unit | RosterShift | None = unit if unit.on_duty and taken is held else taken
    if taken is not held and ends_at is None and taken is not None:
        ends_at = taken.ends_at
    return _filled(said, like, ends_at, taken)


def _filled(
    said: Carried, like: Unit | RosterShift | None, ends_at: datetime | None, shift: RosterShift | None
) -> uc.LogOn:
    nothing: dict[str, Any] = {"crew": (), "vehicle": None, "equipment": (), "beat": None, "patrol": None}
    found: dict[str, Any] = {
        name: getattr(like, name) if like is not None else blank
        for name, blank in nothing.items()
        if getattr(said, name) is msgspec.UNSET
    }
    told = {name: getattr(said, name) for name in nothing if name not in found}
    return uc.LogOn(shift_ends_at=ends_at, shift_id=shift.id if shift else None, **found, **told)


def _goes_on(w: Work, unit: Unit, held: RosterShift, said: Carried) -> bool:
    """Whether this is still the shift that is attended: the same people, before its end."""
    return _when(w) < held.ends_at and (said.crew is msgspec.UNSET or said.crew == unit.crew)


def _due(shifts: Iterable[RosterShift], at: datetime) -> RosterShift | None:
    """The planned shift that goes on, else the next one near enough."""
    near = [one for one in shifts if one.state is S.PLANNED and one.begins_at - EARLY <= at < one.ends_at]
    return min(near, key=lambda one: (one.begins_at > at, one.begins_at), default=None)


async def log_off(w: Work, shifts: Iterable[RosterShift]) -> None:
    """What the unit was on duty for has ended."""
    for one in shifts:
        await tell(w, one, lifecycle.End())


async def tell(w: Work, shift: RosterShift, command: lifecycle.Command) -> RosterShift:
    """Apply a command to a locked shift, remember the facts and save it. Raises NotNow."""
    before = shift
    for fact in lifecycle.decide(shift, command, w.now):
        shift = lifecycle.evolve(shift, shift.id, fact)
        w.append("roster_shift", shift.id, shift.version, None, fact)
    if shift is not before:
        await store.save(w.conn, [shift])
    w.follow(standings.roster_shift(shift))
    return shift


def begun(w: Work, id_: UUID, fact: ShiftPlanned) -> RosterShift:
    """A new shift; the caller saves it."""
    shift = lifecycle.evolve(None, id_, fact)
    w.append("roster_shift", id_, shift.version, None, fact)
    w.follow(standings.roster_shift(shift))
    return shift


def applied(w: Work, shift: RosterShift, facts: Iterable[ShiftFact]) -> RosterShift:
    """A locked shift after these facts; the caller saves it."""
    for fact in facts:
        shift = lifecycle.evolve(shift, shift.id, fact)
        w.append("roster_shift", shift.id, shift.version, None, fact)
    w.follow(standings.roster_shift(shift))
    return shift
