"""Who commands an incident and who follows it from above: raising, taking, handing back, watching a sensitive one to its end.

The part of `incidents.lifecycle` that concerns command. Duty (`room_id`) never changes here, and command lies with exactly one
room at any time; whether a room may do this is the desk's to judge.
"""

from collections.abc import Callable
from typing import Any, assert_never

import msgspec

from incidents import commands as c
from incidents import events as e
from incidents.errors import NobodyFollows
from incidents.model import OPEN, Incident, Raised, RaiseMode
from incidents.reporting import must

type Commanding = (
    e.RaisedTo | e.CommandTaken | e.CommandHandedBack | e.FollowedBy | e.CheckedIn | e.FollowingEnded
)

DRAWN_IN: dict[RaiseMode, int] = {"monitor": 0, "share": 1, "take": 2}
"""How far a room is drawn in: being told once more, and less, lowers nothing."""


def _raise(incident: Incident, command: c.Raise) -> list[e.IncidentFact]:
    must(incident, OPEN, "raised")
    known = entry(incident, command.room_id)
    facts: list[e.IncidentFact] = []
    if known is None or DRAWN_IN[known.mode] < DRAWN_IN[command.mode]:
        raised = known or Raised(command.room_id, command.mode, command.at)
        facts.append(e.RaisedTo(raised=msgspec.structs.replace(raised, mode=command.mode)))
    if command.mode == "take" and incident.command_room_id != command.room_id:
        facts.append(e.CommandTaken(room_id=command.room_id, at=command.at))
    return facts


def _take(incident: Incident, command: c.TakeCommand) -> list[e.IncidentFact]:
    must(incident, OPEN, "commanded from above")
    if incident.command_room_id == command.room_id:
        return []
    known = entry(incident, command.room_id) or Raised(command.room_id, "take", command.at)
    raised = msgspec.structs.replace(
        known, mode="take", owner=known.owner or command.by, noticed_at=known.noticed_at or command.at
    )
    return [e.RaisedTo(raised=raised), e.CommandTaken(room_id=command.room_id, at=command.at)]


def _hand_back(incident: Incident, command: c.HandBack) -> list[e.IncidentFact]:
    must(incident, OPEN, "handed back")
    if incident.command_room_id == incident.room_id:
        return []
    return [e.CommandHandedBack(room_id=incident.room_id, at=command.at)]


def _follow(incident: Incident, command: c.Follow) -> list[e.IncidentFact]:
    must(incident, OPEN, "followed")
    known = entry(incident, command.room_id) or Raised(command.room_id, "monitor", command.at)
    if known.owner == command.owner:
        return []
    raised = msgspec.structs.replace(
        known, owner=command.owner, noticed_at=known.noticed_at or command.at, checked_at=command.at
    )
    return [e.FollowedBy(raised=raised)]


def _take_notice(incident: Incident, command: c.TakeNotice) -> list[e.IncidentFact]:
    known = entry(incident, command.room_id)
    if known is None or known.noticed_at is not None or incident.state not in OPEN:
        return []
    return [e.RaisedTo(raised=msgspec.structs.replace(known, noticed_at=command.at))]


def _check_in(incident: Incident, command: c.CheckIn) -> list[e.IncidentFact]:
    must(incident, OPEN, "checked in on")
    _followed(incident, command.room_id)
    return [e.CheckedIn(room_id=command.room_id, at=command.at, note_id=command.note_id)]


def _end_following(incident: Incident, command: c.EndFollowing) -> list[e.IncidentFact]:
    _followed(incident, command.room_id)
    facts: list[e.IncidentFact] = [e.FollowingEnded(room_id=command.room_id, at=command.at)]
    if incident.command_room_id == command.room_id != incident.room_id:
        facts.insert(0, e.CommandHandedBack(room_id=incident.room_id, at=command.at))
    return facts


def entry(incident: Incident, room_id: object) -> Raised | None:
    """How an incident was raised to a room; None: it was not."""
    return next((raised for raised in incident.raised if raised.room_id == room_id), None)


def _followed(incident: Incident, room_id: object) -> Raised:
    known = entry(incident, room_id)
    if known is None:
        raise NobodyFollows(
            f"Incident {incident.number} was not raised to your room; take it or follow it first."
        )
    return known


DECIDE: dict[type, Callable[[Incident, Any], list[e.IncidentFact]]] = {
    c.Raise: _raise,
    c.TakeCommand: _take,
    c.HandBack: _hand_back,
    c.Follow: _follow,
    c.TakeNotice: _take_notice,
    c.CheckIn: _check_in,
    c.EndFollowing: _end_following,
}


def changes(incident: Incident, fact: Commanding) -> dict[str, Any]:
    """What one of these facts changes."""
    match fact:
        case e.RaisedTo(raised=raised) | e.FollowedBy(raised=raised):
            return {"raised": _with(incident, raised)}
        case e.CommandTaken(room_id=room_id):
            return {"command_room_id": room_id, "command_seat": None}
        case e.CommandHandedBack(room_id=room_id):
            return {"command_room_id": room_id, "command_seat": None, "raised": _given_back(incident)}
        case e.CheckedIn(room_id=room_id, at=at):
            known = entry(incident, room_id)
            return {"raised": _with(incident, msgspec.structs.replace(known, checked_at=at))} if known else {}
        case e.FollowingEnded(room_id=room_id):
            return {"raised": tuple(raised for raised in incident.raised if raised.room_id != room_id)}
        case _:
            assert_never(fact)


def _with(incident: Incident, changed: Raised) -> tuple[Raised, ...]:
    return (*(raised for raised in incident.raised if raised.room_id != changed.room_id), changed)


def _given_back(incident: Incident) -> tuple[Raised, ...]:
    """Who commanded goes on watching: nothing raised is dropped by handing it back."""
    return tuple(
        msgspec.structs.replace(raised, mode="monitor") if raised.mode == "take" else raised
        for raised in incident.raised
    )
