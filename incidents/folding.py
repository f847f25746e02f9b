"""What an incident and an alarm are after each of their facts, pure: `evolve` folds, and knows which state may follow which.

The same whether a fact was just decided or is read from the journal again; `lifecycle` decides.
"""

from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from incidents import commanding, pursuing, reporting
from incidents import events as e
from incidents.errors import NotInThisState
from incidents.model import OPEN, RESPONDING, SETTLING, Absorbed, Alarm, Incident, Place
from incidents.model import IncidentState as S

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
