"""The duty of a unit as data and two pure functions. Progress on a job is the assignment's, never kept here.

A shift begins with log-on and ends with log-off; in between, only duty changes.
"""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec

from units import commands as c
from units import events as e
from units import standby
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
            return _end_break(unit, now)
        case c.Lend() | c.GiveBack():
            return _lending(unit, command)
        case c.OfferJob(assignment_id=assignment_id, incident_id=incident_id):
            return [e.JobOffered(assignment_id=assignment_id, incident_id=incident_id)]
        case c.StandBy() | c.StepStandby() | c.EndStandby() | c.DeclineMove():
            return standby.decide(unit, command)
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


def _end_break(unit: Unit, now: datetime) -> list[e.UnitFact]:
    over = unit.duty is Duty.BREAK and unit.duty_until is not None and unit.duty_until <= now
    return [e.DutyChanged(duty=Duty.AVAILABLE)] if over else []


def _lending(unit: Unit, command: c.Lend | c.GiveBack) -> list[e.UnitFact]:
    if isinstance(command, c.GiveBack):
        return [] if unit.lent_to is None else [e.GivenBack()]
    same = (unit.lent_to, unit.lent_until) == (command.room_id, command.until)
    return [] if same else [e.Lent(room_id=command.room_id, until=command.until)]


def _lent(fact: e.Lent | e.GivenBack) -> dict[str, Any]:
    if isinstance(fact, e.GivenBack):
        return {"lent_to": None, "lent_until": None}
    return {"lent_to": fact.room_id, "lent_until": fact.until}


def _begun(unit: Unit) -> Duty:
    return unit.duty if unit.on_duty else Duty.AVAILABLE


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
            changes = {"duty": _begun(unit), **msgspec.structs.asdict(fact)}
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
                **standby.left_for(unit, Duty.OFF_DUTY),
            }
        case e.DutyChanged(duty=duty, until=until, cause=cause):
            changes = {"duty": duty, "duty_until": until, "duty_cause": cause, **standby.left_for(unit, duty)}
        case e.Lent() | e.GivenBack():
            changes = _lent(fact)
        case e.StandbySent() | e.StandbyStepped() | e.StandbyEnded():
            changes = standby.changes(unit, fact)
        case (
            e.JobOffered() | e.MoveDeclined() | e.RuleFired()
        ):  # told, nothing more: jobs are the assignments' to say
            changes = {}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(unit, version=unit.version + 1, **changes)
