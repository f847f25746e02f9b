"""The life of an incident as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

Up to `on_scene` the state is not chosen here but follows the assignments, which the desk hands in as `Progress`.
"""

from collections.abc import Callable
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from incidents import commanding, pursuing, reporting, scene
from incidents import commands as c
from incidents import events as e
from incidents.errors import MergeRefused, NotInThisState, NotYetComplete
from incidents.model import (
    ENDED,
    OPEN,
    RESPONDING,
    SETTLING,
    Absorbed,
    Alarm,
    Incident,
    Place,
    Raised,
    RaiseMode,
)
from incidents.model import IncidentState as S
from incidents.reporting import must as _must

_REACH: tuple[RaiseMode, ...] = ("monitor", "share", "take")
_EXITS = frozenset({S.VOID, S.ADVISED, S.TRANSFERRED, S.MERGED})

# From each state, the states one fact may lead to (itself never counts as a move).
TRANSITIONS: dict[S, frozenset[S]] = {
    **{s: (RESPONDING - {s}) | {S.HANDLED} | _EXITS for s in RESPONDING},
    # A new order, or the unmerging of what had settled it, takes a settled incident up again.
    S.HANDLED: RESPONDING | {S.FED_BACK} | _EXITS,
    S.FED_BACK: RESPONDING | {S.HANDLED, S.REVIEWED} | _EXITS,
    S.REVIEWED: RESPONDING | {S.HANDLED, S.CLOSED} | _EXITS,
    S.CLOSED: frozenset({S.RECEIVED, S.HANDLED}),
    S.VOID: frozenset({S.RECEIVED, S.HANDLED}),
    S.ADVISED: frozenset({S.RECEIVED, S.HANDLED}),
    S.TRANSFERRED: frozenset({S.RECEIVED, S.HANDLED}),
    S.MERGED: OPEN,
}


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
    _must(incident, ENDED, "reopened")
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
    surge, surged = reporting.crowd(incident, command.reported)
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


def evolve(incident: Incident | None, incident_id: UUID, fact: e.IncidentFact) -> Incident:
    """The incident after one more fact; its version rises by one. Only `Opened` may start from None."""
    if isinstance(fact, e.Opened):
        return _opened(incident_id, fact)
    if incident is None:
        raise ValueError(f"the history of incident {incident_id} does not start with its opening")
    changes = _changes(incident, fact)
    state = changes.get("state", incident.state)
    if state != incident.state and state not in TRANSITIONS[incident.state]:
        raise NotInThisState(
            f"Incident {incident.number} cannot go from {incident.state} to {state}.", state=incident.state
        )
    return msgspec.structs.replace(incident, version=incident.version + 1, **changes)


def _opened(incident_id: UUID, fact: e.Opened) -> Incident:
    return Incident(
        id=incident_id,
        number=fact.number,
        state=S.RECEIVED,
        version=1,
        type_reported=fact.type_reported,
        priority=fact.priority,
        lon=fact.lon,
        lat=fact.lat,
        place=fact.place,
        cell15=fact.cell15,
        room_id=fact.room_id,
        command_room_id=fact.room_id,
        labels=fact.labels,
        exercise=fact.exercise,
        call_point_id=fact.call_point_id,
        follows=fact.follows,
        times=fact.times,
        external_refs=fact.external_refs,
        opened_at=fact.opened_at,
        press=fact.press,
        areas_number=fact.areas_number,
        source=fact.source,
    )


def _changes(incident: Incident, fact: e.IncidentFact) -> dict[str, Any]:
    match fact:
        case e.Opened():
            raise ValueError(f"incident {incident.number} is opened twice")
        case e.RuleFired() | e.RulesChanged() | e.AlertNoticed() | e.WaveProposed():
            return {}
        case (
            e.Amended() | e.AlarmDropped() | e.Noted() | e.CalledBack() | e.CallBackTried() | e.HandedOver()
            | e.SceneSet()
        ):  # fmt: skip
            return _better_known(incident, fact)
        case e.RungBack() | e.CallTimed():
            return _by_telephone(incident, fact)
        case (
            e.AlarmCounted() | e.PressedAgain() | e.RingAnswered() | e.RolledOver() | e.RingUnanswered()
            | e.Surged() | e.SurgeEnded()
        ):  # fmt: skip
            return reporting.changes(incident, fact)
        case (
            e.RaisedTo() | e.CommandTaken() | e.CommandHandedBack() | e.FollowedBy() | e.CheckedIn()
            | e.FollowingEnded() | e.PursuitStarted() | e.Moved() | e.AreaEntered() | e.PursuitJoined()
            | e.CommandOffered() | e.OfferDeclined() | e.PursuitEnded()
        ):  # fmt: skip
            return _beyond(incident, fact)
        case e.RoundStarted() | e.Progressed() | e.Handled() | e.FedBack() | e.Reviewed() | e.Returned():
            return _further_on(incident, fact)
        case e.Closed() | e.Ended() | e.Reopened():
            return _ended_or_not(incident, fact)
        case e.Merged() | e.TookIn() | e.Unmerged() | e.Separated():
            return _one_or_two(incident, fact)
        case _:
            assert_never(fact)


def _beyond(incident: Incident, fact: commanding.Commanding | pursuing.Pursuing) -> dict[str, Any]:
    """What happens to it beyond the room that has duty."""
    if isinstance(
        fact,
        e.RaisedTo | e.CommandTaken | e.CommandHandedBack | e.FollowedBy | e.CheckedIn | e.FollowingEnded,
    ):
        return commanding.changes(incident, fact)
    return pursuing.changes(incident, fact)


type _Known = (
    e.Amended | e.AlarmDropped | e.Noted | e.CalledBack | e.CallBackTried | e.HandedOver | e.SceneSet
)
type _Telephone = e.RungBack | e.CallTimed
type _Onward = e.RoundStarted | e.Progressed | e.Handled | e.FedBack | e.Reviewed | e.Returned


def _better_known(incident: Incident, fact: _Known) -> dict[str, Any]:
    match fact:
        case e.Amended():
            return _amended(fact)
        case e.SceneSet(scene=told):
            return {"scene": told}
        case e.AlarmDropped() | e.Noted():
            return {}
        case e.CalledBack(at=at, outcome=outcome):
            bad = {"dissatisfied": at} if outcome == "dissatisfied" else {}
            times = _without(
                incident.times, "call_back_tried", *(("dissatisfied",) if outcome is not None else ())
            )
            return {"times": times | {"called_back": at} | bad}
        case e.CallBackTried(at=at):
            return {"times": incident.times | {"call_back_tried": at}}
        case e.HandedOver(room_id=room_id):
            along = incident.command_room_id == incident.room_id  # who took command from above keeps it
            command = {"command_room_id": room_id, "command_seat": None} if along else {}
            return {"room_id": room_id, "proposed_room_id": None, **command}
        case _:
            assert_never(fact)


def _by_telephone(incident: Incident, fact: _Telephone) -> dict[str, Any]:
    match fact:
        case e.RungBack(outcome=outcome, at=at):
            spoken = outcome in {"spoken", "needs_help"}
            labels = tuple(s for s in incident.labels if not (spoken and s == "unverified"))
            return {"labels": labels, "times": incident.times | {"rung_back": at}}
        case e.CallTimed(times=times):
            return {"times": incident.times | times}
        case _:
            assert_never(fact)


def _further_on(incident: Incident, fact: _Onward) -> dict[str, Any]:
    match fact:
        case e.RoundStarted(round=number):
            return _new_round(incident, number, "handled") | {
                "base_primary_id": incident.primary_id,
                "times": _without(incident.times, "fed_back", "reviewed"),
            }
        case e.Progressed():
            return {
                "state": fact.state,
                "primary_id": fact.primary_id,
                "type_frozen": fact.type_frozen,
                "times": _unsettled(incident) | fact.times,
            }
        case e.Handled(at=at, round=number):
            times = incident.times | {"handled": at}
            return _new_round(incident, number, "handled") | {"state": S.HANDLED, "times": times}
        case e.FedBack():
            return {
                "state": S.FED_BACK,
                "times": incident.times | {"fed_back": fact.at},
                "type_verified": fact.type_verified or incident.type_verified,
                "disposition": fact.disposition or incident.disposition,
            }
        case e.Reviewed(at=at):
            return {"state": S.REVIEWED, "times": incident.times | {"reviewed": at}}
        case e.Returned():
            return _to_be_corrected(incident)
        case _:
            assert_never(fact)


def _ended_or_not(incident: Incident, fact: e.Closed | e.Ended | e.Reopened) -> dict[str, Any]:
    match fact:
        case e.Closed(at=at):
            return {"state": S.CLOSED, "times": incident.times | {"closed": at}}
        case e.Ended():
            refs = (fact.reference,) if fact.reference else ()
            return {
                "state": S(fact.exit),
                "times": incident.times | {"closed": fact.at},
                "external_refs": incident.external_refs + refs,
            }
        case e.Reopened():
            return _reopened(incident, fact)
        case _:
            assert_never(fact)


def _one_or_two(incident: Incident, fact: e.Merged | e.TookIn | e.Unmerged | e.Separated) -> dict[str, Any]:
    match fact:
        case e.Merged(into=into):
            return {"state": S.MERGED, "merged_into": into, "absorbed": ()}
        case e.TookIn(others=others, surge=surge):
            return {"absorbed": incident.absorbed + others, "surge": surge or incident.surge}
        case e.Unmerged():
            left = _remaining(incident, fact)
            times = _without(fact.times, "fed_back", "reviewed")
            return left | {"state": S(left["base_state"]), "merged_into": None, "times": times}
        case e.Separated(other=other):
            absorbed = tuple(a for a in incident.absorbed if a.id != other)
            return _remaining(incident, fact) | {"absorbed": absorbed}
        case _:
            assert_never(fact)


def _amended(fact: e.Amended) -> dict[str, Any]:
    names = ("type_reported", "type_verified", "priority", "labels", "primary_id")
    values = {name: getattr(fact, name) for name in names}
    changes = {name: value for name, value in values.items() if value is not msgspec.UNSET}
    changes["proposed_room_id"] = fact.proposed_room_id
    if isinstance(fact.place, Place):
        changes |= {"place": fact.place, "lon": fact.place.lon, "lat": fact.place.lat, "cell15": fact.cell15}
    return changes


def _without(times: dict[str, int], *names: str) -> dict[str, int]:
    return {name: at for name, at in times.items() if name not in names}


def _unsettled(incident: Incident) -> dict[str, int]:
    """Its times; a settled incident that its orders take up again is no longer fed back or reviewed."""
    if incident.state in SETTLING:
        return _without(incident.times, "fed_back", "reviewed")
    return incident.times


def _new_round(incident: Incident, number: int, base: Literal["received", "handled"]) -> dict[str, Any]:
    """The orders so far no longer say where the incident stands; until new ones do, `base` holds."""
    past = tuple(msgspec.structs.replace(a, round=None) for a in incident.absorbed)
    return {
        "round": number,
        "base_state": base,
        "base_primary_id": None,
        "primary_id": None,
        "absorbed": past,
    }


def _to_be_corrected(incident: Incident) -> dict[str, Any]:
    """Handled, but its form is not in; the result of a handling without unit was that form."""
    return {
        "state": S.HANDLED,
        "disposition": incident.disposition if incident.primary_id else None,
        "times": _without(incident.times, "fed_back", "reviewed", "closed"),
    }


def _remaining(incident: Incident, fact: e.Unmerged | e.Separated) -> dict[str, Any]:
    return {
        "base_state": "received" if fact.base_lost else incident.base_state,
        "base_primary_id": None if fact.base_lost else incident.base_primary_id,
        "primary_id": fact.primary_id,
        "times": fact.times,
    }


def _reopened(incident: Incident, fact: e.Reopened) -> dict[str, Any]:
    if fact.to == "handled":
        base = {} if fact.by_unit else _new_round(incident, fact.round, "handled") | {"disposition": None}
        corrected = _to_be_corrected(incident)
        return corrected | base | {"times": {"handled": fact.at} | corrected["times"]}
    return _new_round(incident, fact.round, "received") | {
        "state": S.RECEIVED,
        "disposition": None,
        "times": {"ringing": fact.at, "entered": fact.at},
        "absorbed": tuple(Absorbed(a.id, None) for a in incident.absorbed),
    }


def evolve_alarm(alarm: Alarm | None, alarm_id: UUID, fact: e.AlarmFact) -> Alarm:
    """The alarm after one more fact; only `AlarmReceived` may start from None."""
    match fact:
        case e.AlarmReceived():
            values = {name: getattr(fact, name) for name in fact.__struct_fields__}
            return Alarm(id=alarm_id, version=1, **values)
        case e.AlarmMoved(incident_id=incident_id):
            changes: dict[str, Any] = {"incident_id": incident_id}
        case e.AlarmCalledBack(called_back=called_back):
            again = called_back.then == "reopen"  # another matter, so that attempts count anew
            changes = {"called_back": called_back} | ({"unreached": ()} if again else {})
        case e.AlarmUnreached(unreached=unreached):
            changes = {"unreached": (*(alarm.unreached if alarm else ()), unreached)}
        case e.AlarmRevealed():
            changes = {}
        case e.AlarmRungBack(ring_back=ring_back):
            changes = {"ring_backs": (*(alarm.ring_backs if alarm else ()), ring_back)}
        case _:
            assert_never(fact)
    if alarm is None:
        raise ValueError(f"the history of alarm {alarm_id} does not start with its receipt")
    return msgspec.structs.replace(alarm, version=alarm.version + 1, **changes)
