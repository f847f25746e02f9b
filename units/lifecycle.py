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
        case c.LogOn():
            return _log_on(unit, command)
        case c.LogOff():
            return _log_off(unit, command)
        case c.ChangeDuty():
            return _change_duty(unit, command)
        case c.EndBreak(now=now):
            over = unit.duty is Duty.BREAK and unit.duty_until is not None and unit.duty_until <= now
            return [e.DutyChanged(duty=Duty.AVAILABLE)] if over else []
        case c.Lend(room_id=room_id, until=until):
            same = (unit.lent_to, unit.lent_until) == (room_id, until)
            return [] if same else [e.Lent(room_id=room_id, until=until)]
        case c.GiveBack():
            return [] if unit.lent_to is None else [e.GivenBack()]
        case c.OfferJob(assignment_id=assignment_id, incident_id=incident_id):
            return [e.JobOffered(assignment_id=assignment_id, incident_id=incident_id)]
        case c.FireRule(rule=rule, armed_at=armed_at, due_at=due_at):
            return [e.RuleFired(rule=rule, armed_at=armed_at, due_at=due_at)]
        case _:
            assert_never(command)


def _log_on(unit: Unit, command: c.LogOn) -> list[e.UnitFact]:
    fact = e.LoggedOn(**msgspec.structs.asdict(command))
    if unit.on_duty:
        fact = msgspec.structs.replace(fact, shift_ends_at=fact.shift_ends_at or unit.shift_ends_at)
        if all(getattr(unit, name) == said for name, said in msgspec.structs.asdict(fact).items()):
            return []
    return [fact]


def _log_off(unit: Unit, command: c.LogOff) -> list[e.UnitFact]:
    if command.open_incident is not None:
        raise UnitHasOpenJob(
            f"Unit {unit.call_sign} still has incident {command.open_incident} open; clear it, or name who relieves it "
            "in relieved_by, before it logs off."
        )
    if command.kept_incident is not None:
        raise UnitHasOpenJob(
            f"Incident {command.kept_incident} is kept for unit {unit.call_sign}; recall that order, or name who "
            "relieves it in relieved_by, before it logs off."
        )
    return [e.LoggedOff()] if unit.on_duty else []


def register(unit: Unit | None, unit_id: UUID, command: c.Register) -> list[e.UnitFact]:
    """The facts of an entry in the registry, new (unit is None) or changed; empty when it says nothing new."""
    fact = e.Registered(**msgspec.structs.asdict(command))
    if unit is not None:
        same = msgspec.structs.replace(unit, version=unit.version + 1)
        if evolve(unit, unit_id, fact) == same:
            return []
    return [fact]


def _change_duty(unit: Unit, command: c.ChangeDuty) -> list[e.UnitFact]:
    if (command.duty, command.until, command.cause) == (unit.duty, unit.duty_until, unit.duty_cause):
        return []
    if unit.duty is Duty.OFF_DUTY or command.duty is Duty.OFF_DUTY:
        raise UnitNotInThisState(
            f"Unit {unit.call_sign} is {unit.duty}; a shift begins with log-on and ends with log-off.",
            state=unit.duty,
        )
    return [e.DutyChanged(duty=command.duty, until=command.until, cause=command.cause)]


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
        case e.LoggedOn():
            duty = Duty.AVAILABLE if unit.duty is Duty.OFF_DUTY else unit.duty
            changes = {"duty": duty, **msgspec.structs.asdict(fact)}
        case e.LoggedOff():
            changes = {
                "crew": (),
                "duty": Duty.OFF_DUTY,
                "duty_until": None,
                "duty_cause": None,
                "shift_ends_at": None,
                "vehicle": None,
                "equipment": (),
                "beat": None,
                "patrol": None,
                "shift_id": None,
            }
        case e.DutyChanged(duty=duty, until=until, cause=cause):
            changes = {"duty": duty, "duty_until": until, "duty_cause": cause}
        case e.Lent(room_id=room_id, until=until):
            changes = {"lent_to": room_id, "lent_until": until}
        case e.GivenBack():
            changes = {"lent_to": None, "lent_until": None}
        case e.JobOffered() | e.RuleFired():  # told, nothing more: who holds what is the assignments' to say
            changes = {}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(unit, version=unit.version + 1, **changes)
