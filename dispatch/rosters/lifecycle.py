"""The life of a rostered shift as two pure functions: what a command leads to, and what a fact makes of it.

What has begun is changed by no roster: only a person takes it out, and only while nobody has logged on for it.
"""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import NotNow
from dispatch.firings import FireRule, RuleFired
from dispatch.rosters import model as m
from dispatch.rosters.model import Duty, RosterShift, S, ShiftFact


class Change(msgspec.Struct, frozen=True):
    """A newer roster says this of it."""

    duty: Duty


class Attend(msgspec.Struct, frozen=True):
    """Its unit logs on for it."""


class End(msgspec.Struct, frozen=True):
    """Its unit logs off, or goes on to another shift."""


class Miss(msgspec.Struct, frozen=True):
    """Its end has come; nothing happens to one that somebody logged on for."""


class Withdraw(msgspec.Struct, frozen=True):
    """It is to be on no roster."""

    because: m.WithdrawnBecause


class NoticeAbsence(msgspec.Struct, frozen=True):
    """Somebody has seen what a rule said of it. at: ms since 1970, UTC."""

    rule: str
    by: str
    at: int


Command = Change | Attend | End | Miss | Withdraw | NoticeAbsence | FireRule


def decide(shift: RosterShift, command: Command, now: datetime) -> list[ShiftFact]:
    """The facts a command leads to; none when nothing changes. Raises NotNow."""
    match command:
        case Change(duty=duty):
            if duty == shift.duty:
                return []
            _still_planned(shift)
            return [m.ShiftChanged(duty=duty)]
        case Attend():
            if shift.state is S.ATTENDED:
                return []
            _still_planned(shift)
            return [m.ShiftAttended(at=now)]
        case End() | Miss() | Withdraw():
            return _over(shift, command, now)
        case NoticeAbsence(rule=rule, by=by, at=at):
            return [m.AbsenceNoticed(rule=rule, by=by, at=at)]
        case FireRule(rule=rule, armed_at=armed_at, due_at=due_at):
            return [RuleFired(rule=rule, armed_at=armed_at, due_at=due_at)]
        case _:
            assert_never(command)


def _over(shift: RosterShift, command: End | Miss | Withdraw, now: datetime) -> list[ShiftFact]:
    match command:
        case End():
            return [m.ShiftEnded(at=now)] if shift.state is S.ATTENDED else []
        case Miss():
            missed = shift.state is S.PLANNED and shift.ends_at <= now
            return [m.ShiftMissed(at=now)] if missed else []
        case Withdraw(because=because):
            if shift.state is S.WITHDRAWN:
                return []
            _still_planned(shift)
            return [m.ShiftWithdrawn(at=now, because=because)]


_SAID = {
    S.ATTENDED: "its unit is on duty for it",
    S.ENDED: "its unit has logged off",
    S.MISSED: "it is over and nobody came",
    S.WITHDRAWN: "it was withdrawn",
}


def _still_planned(shift: RosterShift) -> None:
    if shift.state is not S.PLANNED:
        raise NotNow(f"This shift can't be changed any more: {_SAID[shift.state]}.", state=shift.state.value)


def evolve(shift: RosterShift | None, id_: UUID, fact: ShiftFact) -> RosterShift:
    """The shift after one more fact; only `ShiftPlanned` may start from None."""
    if isinstance(fact, m.ShiftPlanned):
        return RosterShift(id=id_, version=1, state=S.PLANNED, **msgspec.structs.asdict(fact.duty))
    if shift is None:
        raise ValueError(f"the history of shift {id_} does not start with its plan")
    changes: dict[str, Any]
    match fact:
        case m.ShiftChanged(duty=duty):
            changes = msgspec.structs.asdict(duty)
        case m.ShiftAttended(at=at):
            changes = {"state": S.ATTENDED, "attended_at": at}
        case m.ShiftEnded(at=at):
            changes = {"state": S.ENDED, "over_at": at}
        case m.ShiftMissed(at=at):
            changes = {"state": S.MISSED, "over_at": at}
        case m.ShiftWithdrawn(at=at):
            changes = {"state": S.WITHDRAWN, "over_at": at}
        case m.AbsenceNoticed() | RuleFired():
            changes = {}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(shift, version=shift.version + 1, **changes)
