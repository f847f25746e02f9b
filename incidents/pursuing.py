"""An incident that moves: its place goes along with the newest sighting, borders it crosses are told, command is offered above.

The part of `incidents.lifecycle` that concerns it. Duty never changes here, nor command: rooms take part, and one above takes
command, only by an act of theirs.
"""

from collections.abc import Callable
from typing import Any, assert_never

import msgspec

from incidents import commands as c
from incidents import events as e
from incidents.errors import NoPursuit
from incidents.model import OPEN, Entered, Incident, Offer, Pursuit
from incidents.reporting import must

type Pursuing = (
    e.PursuitStarted
    | e.Moved
    | e.AreaEntered
    | e.PursuitJoined
    | e.CommandOffered
    | e.OfferDeclined
    | e.PursuitEnded
)


def _start(incident: Incident, command: c.StartPursuit) -> list[e.IncidentFact]:
    must(incident, OPEN, "pursued")
    standing = incident.pursuit
    return [] if standing is not None and standing.ended_at is None else [e.PursuitStarted(at=command.at)]


def _move(incident: Incident, command: c.Move) -> list[e.IncidentFact]:
    """A point that is not the newest by its claimed time moves nothing."""
    must(incident, OPEN, "moved")
    pursuit = _standing(incident)
    if pursuit.seen is not None:
        if command.seen.order <= pursuit.seen.order:
            return []
    elif incident.lon is not None and incident.began is not None and command.seen.at < incident.began:
        return []  # it was there before it was reported elsewhere
    return [e.Moved(place=command.place, cell15=command.cell15, seen=command.seen)]


def _enter(incident: Incident, command: c.EnterArea) -> list[e.IncidentFact]:
    if any(one.room_id == command.room_id for one in _standing(incident).entered):
        return []
    return [e.AreaEntered(room_id=command.room_id, at=command.at)]


def _join(incident: Incident, command: c.JoinPursuit) -> list[e.IncidentFact]:
    must(incident, OPEN, "shared")
    known = next((one for one in _standing(incident).entered if one.room_id == command.room_id), None)
    if known is None:
        raise NoPursuit(f"Incident {incident.number} has not come into the area of your room.")
    return [] if known.joined_at is not None else [e.PursuitJoined(room_id=command.room_id, at=command.at)]


def _offer(incident: Incident, command: c.OfferCommand) -> list[e.IncidentFact]:
    standing = _standing(incident).offer
    if standing is not None and standing.room_id == command.room_id:
        return []
    return [e.CommandOffered(room_id=command.room_id, at=command.at)]


def _decline(incident: Incident, command: c.DeclineOffer) -> list[e.IncidentFact]:
    offer = _standing(incident).offer
    if offer is None:
        raise NoPursuit(f"Command of incident {incident.number} was offered to nobody.")
    if offer.declined_at is not None:
        return []
    if incident.command_room_id == offer.room_id:
        raise NoPursuit(
            f"Command of incident {incident.number} was taken by the room it was offered to; hand it back instead."
        )
    return [e.OfferDeclined(at=command.at)]


def _end(incident: Incident, command: c.EndPursuit) -> list[e.IncidentFact]:
    standing = incident.pursuit
    if standing is None and not incident.is_moving:
        raise NoPursuit(f"Incident {incident.number} is no pursuit.")
    if standing is not None and standing.ended_at is not None:
        return []
    begun: list[e.IncidentFact] = [] if standing else [e.PursuitStarted(at=incident.began or command.at)]
    return [*begun, e.PursuitEnded(outcome=command.outcome, at=command.at)]


def _standing(incident: Incident) -> Pursuit:
    if incident.pursuit is None or incident.pursuit.ended_at is not None:
        raise NoPursuit(f"Incident {incident.number} is no pursuit; say where it was seen, or call it one.")
    return incident.pursuit


DECIDE: dict[type, Callable[[Incident, Any], list[e.IncidentFact]]] = {
    c.StartPursuit: _start,
    c.Move: _move,
    c.EnterArea: _enter,
    c.JoinPursuit: _join,
    c.OfferCommand: _offer,
    c.DeclineOffer: _decline,
    c.EndPursuit: _end,
}


def changes(incident: Incident, fact: Pursuing) -> dict[str, Any]:
    """What one of these facts changes."""
    known = incident.pursuit
    if isinstance(fact, e.PursuitStarted):
        again = msgspec.structs.replace(known, ended_at=None, outcome=None) if known else Pursuit(fact.at)
        return {"pursuit": again}
    if known is None:
        raise ValueError(f"incident {incident.number} moves before its pursuit has begun")
    if isinstance(fact, e.Moved):
        place = fact.place
        moved = {"place": place, "lon": place.lon, "lat": place.lat, "cell15": fact.cell15}
        return moved | {"pursuit": msgspec.structs.replace(known, seen=fact.seen)}
    return {"pursuit": msgspec.structs.replace(known, **_of_pursuit(known, fact))}


def _of_pursuit(
    known: Pursuit,
    fact: e.AreaEntered | e.PursuitJoined | e.CommandOffered | e.OfferDeclined | e.PursuitEnded,
) -> dict[str, Any]:
    match fact:
        case e.AreaEntered(room_id=room_id, at=at):
            return {"entered": (*known.entered, Entered(room_id, at))}
        case e.PursuitJoined(room_id=room_id, at=at):
            joined = (
                msgspec.structs.replace(one, joined_at=at) if one.room_id == room_id else one
                for one in known.entered
            )
            return {"entered": tuple(joined)}
        case e.CommandOffered(room_id=room_id, at=at):
            return {"offer": Offer(room_id, at)}
        case e.OfferDeclined(at=at):
            return {"offer": msgspec.structs.replace(known.offer, declined_at=at) if known.offer else None}
        case e.PursuitEnded(outcome=outcome, at=at):
            return {"ended_at": at, "outcome": outcome}
        case _:
            assert_never(fact)
