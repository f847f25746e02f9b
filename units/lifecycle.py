"""The duty of a unit as data and two pure functions. Progress on a job is the assignment's, never kept here.

A shift begins with log-on and ends with log-off; in between, only duty changes.
"""

from typing import Any, assert_never
from uuid import UUID

import msgspec

from units import commands as c
from units import events as e
from units.errors import UnitHasOpenJob, UnitNotInThisState
from units.model import Duty, Unit

_ON = frozenset({Duty.AVAILABLE, Duty.BUSY, Duty.BREAK, Duty.OUT_OF_SERVICE})

# From each duty, the duties one act may lead to.
TRANSITIONS: dict[Duty, frozenset[Duty]] = {
    **{duty: (_ON - {duty}) | {Duty.OFF_DUTY} for duty in _ON},
    Duty.OFF_DUTY: frozenset({Duty.AVAILABLE}),
}


def decide(unit: Unit, command: c.Command) -> list[e.UnitFact]:
    """The facts a command leads to; empty when nothing changes. Raises UnitNotInThisState or UnitHasOpenJob."""
    match command:
        case c.Register():
            return list(register(unit, unit.id, command))
        case c.LogOn(crew=crew):
            if unit.duty is not Duty.OFF_DUTY and unit.crew == crew:
                return []
            return [e.LoggedOn(crew=crew)]
        case c.LogOff(open_incident=number):
            if number is not None:
                raise UnitHasOpenJob(
                    f"Unit {unit.call_sign} still has incident {number} open; clear or relieve it before it logs off."
                )
            return [] if unit.duty is Duty.OFF_DUTY else [e.LoggedOff()]
        case c.ChangeDuty():
            return _change_duty(unit, command)
        case _:
            assert_never(command)


def register(unit: Unit | None, unit_id: UUID, command: c.Register) -> list[e.UnitFact]:
    """The facts of an entry in the registry, new (unit is None) or changed; empty when it says nothing new."""
    fact = e.Registered(**msgspec.structs.asdict(command))
    if unit is not None:
        same = msgspec.structs.replace(unit, version=unit.version + 1)
        if evolve(unit, unit_id, fact) == same:
            return []
    return [fact]


def _change_duty(unit: Unit, command: c.ChangeDuty) -> list[e.UnitFact]:
    if command.duty == unit.duty and command.until == unit.duty_until:
        return []
    if unit.duty is Duty.OFF_DUTY or command.duty is Duty.OFF_DUTY:
        raise UnitNotInThisState(
            f"Unit {unit.call_sign} is {unit.duty}; a shift begins with log-on and ends with log-off.",
            state=unit.duty,
        )
    return [e.DutyChanged(duty=command.duty, until=command.until)]


def evolve(unit: Unit | None, unit_id: UUID, fact: e.UnitFact) -> Unit:
    """The unit after one more fact; its version rises by one. Only `Registered` may start from None."""
    if unit is None:
        if not isinstance(fact, e.Registered):
            raise ValueError(f"the history of unit {unit_id} does not start with its registration")
        return Unit(id=unit_id, version=1, duty=Duty.OFF_DUTY, **msgspec.structs.asdict(fact))
    changes: dict[str, Any]
    match fact:
        case e.Registered():
            changes = msgspec.structs.asdict(fact)
        case e.LoggedOn(crew=crew):
            duty = Duty.AVAILABLE if unit.duty is Duty.OFF_DUTY else unit.duty
            changes = {"crew": crew, "duty": duty}
        case e.LoggedOff():
            changes = {"crew": (), "duty": Duty.OFF_DUTY, "duty_until": None}
        case e.DutyChanged(duty=duty, until=until):
            changes = {"duty": duty, "duty_until": until}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(unit, version=unit.version + 1, **changes)
