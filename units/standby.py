"""Standing by elsewhere 移位待命: sent, accepted, there, over. A part of a unit's lifecycle; pure.

It says nothing of the unit's duty, which stays available; a job, another duty or the end of its time ends it.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from units import commands as c
from units import events as e
from units.errors import UnitNotInThisState
from units.model import Duty, Standby, StandbyEnd, Unit


def decide(unit: Unit, command: c.StandBy | c.StepStandby | c.EndStandby | c.DeclineMove) -> list[e.UnitFact]:
    """The facts a command leads to. Raises UnitNotInThisState."""
    match command:
        case c.StandBy(standby=standby):
            return _stand_by(unit, standby)
        case c.StepStandby():
            return _step_standby(unit, command)
        case c.EndStandby(why=why, at=at):
            return _leaves_standby(unit, why, at)
        case c.DeclineMove(room_id=room_id, post_id=post_id, until=until):
            return [e.MoveDeclined(room_id=room_id, post_id=post_id, until=until)]


def _stand_by(unit: Unit, standby: Standby) -> list[e.UnitFact]:
    if unit.duty is not Duty.AVAILABLE:
        raise UnitNotInThisState(
            f"Unit {unit.call_sign} is {unit.duty}; only one that is available is asked to stand by elsewhere.",
            state=unit.duty,
        )
    return [*_leaves_standby(unit, "called_off", standby.sent_at), e.StandbySent(standby=standby)]


def _step_standby(unit: Unit, command: c.StepStandby) -> list[e.UnitFact]:
    known = unit.standing_by
    if known is None or known.state in (command.step, "there"):
        return []
    return [e.StandbyStepped(step=command.step, at=command.at)]


def _leaves_standby(unit: Unit, why: StandbyEnd, at: datetime) -> list[e.UnitFact]:
    return [e.StandbyEnded(why=why, at=at)] if unit.standing_by is not None else []


def _over(unit: Unit, why: StandbyEnd, at: datetime | None = None) -> dict[str, Any]:
    """The standby that counts, over; nothing where none does."""
    if unit.standing_by is None:
        return {}
    return {"standby": msgspec.structs.replace(unit.standing_by, state="over", why=why, over_at=at)}


def left_for(unit: Unit, duty: Duty) -> dict[str, Any]:
    """Whoever is there for something else stands by no more."""
    return {} if duty is Duty.AVAILABLE else _over(unit, "duty")


def changes(unit: Unit, fact: e.StandbySent | e.StandbyStepped | e.StandbyEnded) -> dict[str, Any]:
    """What a fact changes of the unit."""
    match fact:
        case e.StandbySent(standby=standby):
            return {"standby": standby}
        case e.StandbyStepped(step=step, at=at):
            return _stepped(unit, step, at)
        case e.StandbyEnded(why=why, at=at):
            return _over(unit, why, at)


def _stepped(unit: Unit, step: Literal["accepted", "there"], at: datetime) -> dict[str, Any]:
    """It goes there, or is there; who is there has also taken it."""
    known = unit.standing_by
    if known is None:
        return {}
    times = {"accepted_at": known.accepted_at or at} | ({"there_at": at} if step == "there" else {})
    return {"standby": msgspec.structs.replace(known, state=step, **times)}
