"""The life of an incident as data and two pure functions: `decide` what a command leads to, `evolve` (in `folding`) by each fact.

Up to `on_scene` the state is not chosen here but follows the assignments, which the desk hands in as `Progress`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from incidents import commanding, pursuing, reporting, scene
from incidents import commands as c
from incidents import events as e
from incidents.errors import MergeRefused, NotInThisState, NotYetComplete
from incidents.folding import TRANSITIONS, evolve, evolve_alarm
from incidents.model import (
    ENDED,
    OPEN,
    RESPONDING,
    SETTLING,
    Incident,
    Raised,
    RaiseMode,
)
from incidents.model import IncidentState as S
from incidents.reporting import must as _must

__all__ = ["TRANSITIONS", "decide", "evolve", "evolve_alarm"]

_REACH: tuple[RaiseMode, ...] = ("monitor", "share", "take")


def decide(incident: Incident, command: c.Command) -> list[e.IncidentFact]:
    """The facts a command leads to; empty when it changes nothing.

    Raises NotInThisState, MergeRefused or NotYetComplete with a sentence that names the incident.
    """
    return _DECIDE[type(command)](incident, command)


def _amend(incident: Incident, command: c.Amend) -> list[e.IncidentFact]:
    _must(incident, OPEN, "changed")
    changes: dict[str, Any] = {}
    if command.type is not msgspec.UNSET:
        field = "type_verified" if incident.type_frozen else "type_reported"
        if command.type != getattr(incident, field):
            changes[field] = command.type
    for name in ("priority", "labels", "primary_id"):
        value = getattr(command, name)
        if value is not msgspec.UNSET and value != getattr(incident, name):
            changes[name] = value
    if command.place is not msgspec.UNSET and command.place != incident.place:
        changes["place"] = command.place
        changes["cell15"] = command.cell15
    if not changes and command.proposed_room_id == incident.proposed_room_id:
        return []
    return [e.Amended(proposed_room_id=command.proposed_room_id, **changes)]


def _progress(incident: Incident, command: c.Progress) -> list[e.IncidentFact]:
    moved = {k: v for k, v in command.times.items() if incident.times.get(k) != v}
    frozen = incident.type_frozen or "dispatched" in command.times
    if command.state == incident.state and command.primary_id == incident.primary_id and not moved:
        return []
    return [e.Progressed(state=command.state, primary_id=command.primary_id, times=moved, type_frozen=frozen)]


def _handle(incident: Incident, command: c.Handle) -> list[e.IncidentFact]:
    _must(incident, RESPONDING | {S.HANDLED}, "handled")
    if incident.state is S.HANDLED and incident.primary_id is not None:
        raise NotInThisState(
            f"Incident {incident.number} was handled by a unit; hand in that unit's final form.",
            state=incident.state,
        )
    return [
        e.Handled(result=command.result, at=command.at, round=incident.round + 1),
        e.FedBack(at=command.at, disposition=command.result),
    ]


def _feed_back(incident: Incident, command: c.FeedBack) -> list[e.IncidentFact]:
    _must(incident, frozenset({S.HANDLED, S.FED_BACK}), "fed back")
    fact = e.FedBack(at=command.at, type_verified=command.type_verified, disposition=command.disposition)
    if incident.state is S.FED_BACK:  # a better form before the review: what it says counts, not when it came
        fact = msgspec.structs.replace(fact, at=incident.times.get("fed_back", fact.at))
        said = (
            fact.type_verified or incident.type_verified,
            fact.disposition or incident.disposition,
        )
        if said == (incident.type_verified, incident.disposition):
            return []
    return [fact]


def _review(incident: Incident, command: c.Review) -> list[e.IncidentFact]:
    _must(incident, frozenset({S.FED_BACK, S.REVIEWED}), "reviewed")
    if incident.state is S.REVIEWED:  # accepted by rule meanwhile, or by somebody else
        return []
    return [e.Reviewed(at=command.at, by_rule=command.by_rule, why=command.why)]


def _return(incident: Incident, command: c.Return) -> list[e.IncidentFact]:
    _must(incident, frozenset({S.FED_BACK, S.REVIEWED}), "returned for correction")
    return [e.Returned(assignment_id=command.assignment_id, at=command.at)]


def _close(incident: Incident, command: c.Close) -> list[e.IncidentFact]:
    _must(incident, frozenset({S.REVIEWED}), "closed")
    if command.missing:
        raise NotYetComplete(
            f"Incident {incident.number} cannot be closed yet: {', '.join(command.missing)}.",
            missing=list(command.missing),
        )
    return [e.Closed(at=command.at, despite=command.despite)]


def _end(incident: Incident, command: c.End) -> list[e.IncidentFact]:
    _must(incident, OPEN, command.exit)
    return [e.Ended(exit=command.exit, at=command.at, reference=command.reference, despite=command.despite)]


def _reopen(incident: Incident, command: c.Reopen) -> list[e.IncidentFact]:
    _must(
        incident, ENDED | {S.REVIEWED}, "reopened"
    )  # who is asked before it is closed may be dissatisfied as well
    return [e.Reopened(to=command.to, at=command.at, round=incident.round + 1, by_unit=command.by_unit)]


def _start_round(incident: Incident, _: c.StartRound) -> list[e.IncidentFact]:
    return [e.RoundStarted(round=incident.round + 1)] if incident.state in SETTLING else []


def _merge_into(incident: Incident, command: c.MergeInto) -> list[e.IncidentFact]:
    if command.survivor == incident.id:
        raise MergeRefused(f"Incident {incident.number} cannot be merged into itself.")
    _must(incident, OPEN, "merged")
    return [e.Merged(into=command.survivor)]


def _follow_merge(incident: Incident, command: c.FollowMerge) -> list[e.IncidentFact]:
    return [e.Merged(into=command.survivor)]


def _absorb(incident: Incident, command: c.Absorb) -> list[e.IncidentFact]:
    _must(incident, OPEN, "merged into")
    surge, surged = reporting.crowd(incident, command.reported, tuple(one.id for one in command.others))
    return [e.TookIn(others=command.others, surge=surge), *surged, *_drawn_in(incident, command)]


def _drawn_in(incident: Incident, command: c.Absorb) -> list[e.IncidentFact]:
    """Who was told of the others goes on following here; what only the others' command made of a room is not kept."""
    commands = command.commanded_by or incident.command_room_id
    facts: list[e.IncidentFact] = []
    for one in command.raised:
        known = commanding.entry(incident, one.room_id)
        raised = _both_raised(known, one) if known else one
        if raised.mode == "take" and raised.room_id != commands:
            raised = msgspec.structs.replace(raised, mode="monitor")
        if raised != known:
            facts.append(e.RaisedTo(raised=raised))
    if commands != incident.command_room_id:
        facts.append(e.CommandTaken(room_id=commands, at=command.at))
    return facts


def _both_raised(one: Raised, other: Raised) -> Raised:
    """Raised twice to the same room: the further-reaching way, by whoever has noticed it."""
    return Raised(
        room_id=one.room_id,
        mode=max(one.mode, other.mode, key=_REACH.index),
        at=min(one.at, other.at),
        owner=one.owner or other.owner,
        noticed_at=one.noticed_at or other.noticed_at,
        checked_at=max((at for at in (one.checked_at, other.checked_at) if at is not None), default=None),
    )


def _unmerge(incident: Incident, command: c.Unmerge) -> list[e.IncidentFact]:
    _must(incident, frozenset({S.MERGED}), "unmerged")
    return [e.Unmerged(**msgspec.structs.asdict(command.remains))]


def _separate(incident: Incident, command: c.Separate) -> list[e.IncidentFact]:
    return [e.Separated(other=command.other, **msgspec.structs.asdict(command.remains))]


def _hand_over(incident: Incident, command: c.HandOver) -> list[e.IncidentFact]:
    _must(incident, OPEN, "handed over")
    return [] if command.room_id == incident.room_id else [e.HandedOver(room_id=command.room_id)]


def _fire_rule(_: Incident, command: c.FireRule) -> list[e.IncidentFact]:
    return [e.RuleFired(**msgspec.structs.asdict(command))]


def _notice_alert(_: Incident, command: c.NoticeAlert) -> list[e.IncidentFact]:
    return [e.AlertNoticed(**msgspec.structs.asdict(command))]


def _propose_wave(_: Incident, command: c.ProposeWave) -> list[e.IncidentFact]:
    return [e.WaveProposed(**msgspec.structs.asdict(command))]


def _follow_rules(_: Incident, command: c.FollowRules) -> list[e.IncidentFact]:
    return [e.RulesChanged(version=command.version)]


def _drop_alarm(_: Incident, command: c.DropAlarm) -> list[e.IncidentFact]:
    return [e.AlarmDropped(alarm_id=command.alarm_id)]


def _note(_: Incident, command: c.Note) -> list[e.IncidentFact]:
    return [e.Noted(note_id=command.note_id, kind=command.kind, urgent=command.urgent)]


def _call_back(incident: Incident, command: c.CallBackDone) -> list[e.IncidentFact]:
    _must(incident, SETTLING | ENDED, "called back about")
    return [e.CalledBack(alarm_id=command.alarm_id, at=command.at, outcome=command.outcome)]


def _call_back_tried(incident: Incident, command: c.CallBackTried) -> list[e.IncidentFact]:
    _must(incident, SETTLING | ENDED, "called back about")
    return [e.CallBackTried(alarm_id=command.alarm_id, at=command.at)]


def _ring_back(_: Incident, command: c.RingBackDone) -> list[e.IncidentFact]:
    return [e.RungBack(alarm_id=command.alarm_id, outcome=command.outcome, at=command.at)]


def _time_call(incident: Incident, command: c.TimeCall) -> list[e.IncidentFact]:
    better = {name: at for name, at in command.times.items() if incident.times.get(name) != at}
    return [e.CallTimed(times=better)] if better and incident.state is not S.MERGED else []


_DECIDE: dict[type, Callable[[Incident, Any], list[e.IncidentFact]]] = {
    **commanding.DECIDE,
    **reporting.DECIDE,
    **scene.DECIDE,
    **pursuing.DECIDE,
    c.Amend: _amend,
    c.DropAlarm: _drop_alarm,
    c.Note: _note,
    c.StartRound: _start_round,
    c.Progress: _progress,
    c.Handle: _handle,
    c.FeedBack: _feed_back,
    c.Review: _review,
    c.Return: _return,
    c.CallBackDone: _call_back,
    c.CallBackTried: _call_back_tried,
    c.RingBackDone: _ring_back,
    c.TimeCall: _time_call,
    c.Close: _close,
    c.End: _end,
    c.Reopen: _reopen,
    c.MergeInto: _merge_into,
    c.FollowMerge: _follow_merge,
    c.Absorb: _absorb,
    c.Unmerge: _unmerge,
    c.Separate: _separate,
    c.HandOver: _hand_over,
    c.FireRule: _fire_rule,
    c.NoticeAlert: _notice_alert,
    c.ProposeWave: _propose_wave,
    c.FollowRules: _follow_rules,
}
