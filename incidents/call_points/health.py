"""Whether a call point's device is well: what its heartbeats say, kept as facts only when it changes.

Folding the facts of a device in order of version gives its row. Pure.
"""

from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from incidents.reasons import Catalogue

HealthState = Literal["ok", "low_battery", "fault", "silent"]

LOW_PERCENT = 20
FULL_AGAIN_PERCENT = 25
"""A battery that is low stays so up to here, so that one at the edge does not cry every minute."""

SENTENCES: Catalogue = {
    "low_battery": ("报警点电量低：{battery}%", "the call point's battery is low: {battery} %"),
    "fault": ("报警点故障：{fault}", "the call point reports a fault: {fault}"),
    "silent": ("报警点失联", "nothing was heard of the call point"),
}


class Beat(msgspec.Struct, frozen=True):
    """One heartbeat. at: ms since 1970, UTC, by the device's clock; battery: per cent; fault: in the device's words."""

    at: int
    battery: int | None = None
    fault: str | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one device, its battery and fault as of the change, and since when."""

    id: UUID
    state: HealthState
    battery: int | None = None
    fault: str | None = None
    since: datetime
    version: int


class HealthChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="health_changed"):
    """It is otherwise than it was; the first one: it was heard for the first time."""

    state: HealthState
    battery: int | None = None
    fault: str | None = None
    since: datetime


class RuleFired(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="rule_fired"):
    """A rule of the house fell due for this device."""

    rule: str
    armed_at: int
    due_at: int


HealthFact = HealthChanged | RuleFired


def judged(beat: Beat, before: Health | None) -> HealthState:
    """How a device is that says this."""
    if beat.fault:
        return "fault"
    was_low = before is not None and before.state == "low_battery"
    if beat.battery is not None and beat.battery <= (FULL_AGAIN_PERCENT if was_low else LOW_PERCENT):
        return "low_battery"
    return "ok"


def heard(before: Health | None, beat: Beat, at: datetime) -> HealthChanged | None:
    """The fact a heartbeat leads to; None when it says nothing new."""
    state = judged(beat, before)
    if before is not None and (before.state, before.fault) == (state, beat.fault or None):
        return None
    return HealthChanged(state=state, battery=beat.battery, fault=beat.fault or None, since=at)


def evolve(health: Health | None, id_: UUID, fact: HealthFact) -> Health:
    """The device after one more fact."""
    version = 1 if health is None else health.version + 1
    match fact:
        case HealthChanged():
            return Health(
                id=id_,
                state=fact.state,
                battery=fact.battery,
                fault=fact.fault,
                since=fact.since,
                version=version,
            )
        case RuleFired():
            if health is None:
                raise ValueError(f"the history of call point {id_} does not start with a heartbeat")
            return msgspec.structs.replace(health, version=version)
        case _:
            assert_never(fact)
