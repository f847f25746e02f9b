"""What further reports do to an incident: alarms that join, presses that ring and are answered, a crowd that calls.

The part of `incidents.lifecycle` that concerns an incident while people are still telling of it; state and orders are
not touched here.
"""

from collections.abc import Callable
from typing import Any, assert_never
from uuid import UUID

import msgspec

from incidents import commands as c
from incidents import events as e
from incidents import surges
from incidents.call_points import presses
from incidents.call_points.presses import Answer, Press, Ring
from incidents.errors import AlreadyAnswered, NothingRings, NotInThisState
from incidents.model import ENDED, OPEN, RESPONDING, Incident
from incidents.model import IncidentState as S

type Reporting = (
    e.AlarmCounted
    | e.PressedAgain
    | e.RingAnswered
    | e.RolledOver
    | e.RingUnanswered
    | e.Surged
    | e.SurgeEnded
)


def must(incident: Incident, states: frozenset[S], act: str) -> None:
    """Pass silently, or raise NotInThisState with a sentence that names the incident."""
    if incident.state not in states:
        raise NotInThisState(
            f"Incident {incident.number} is {incident.state} and cannot be {act}.", state=incident.state
        )


def _count_alarm(incident: Incident, command: c.CountAlarm) -> list[e.IncidentFact]:
    must(incident, OPEN, "joined by another alarm")
    added = tuple(label for label in command.labels if label not in incident.labels)
    times = (command.at,) if command.fresh and command.at is not None else ()
    surge, surged = crowd(incident, times)
    return [e.AlarmCounted(alarm_id=command.alarm_id, labels=added, at=command.at, surge=surge), *surged]


def _press_again(incident: Incident, command: c.PressAgain) -> list[e.IncidentFact]:
    must(incident, OPEN, "pressed for again")
    rings = presses.rings_anew(incident.press, command.now)
    ring = Ring(command.room_id, command.now) if rings and command.room_id is not None else None
    labels = command.labels if incident.press is not None else ()
    added = tuple(label for label in labels if label not in incident.labels)
    after = presses.again(incident.press, command.alarm_id, command.at, ring)
    return [e.PressedAgain(alarm_id=command.alarm_id, labels=added, press=after)]


def _answer_press(incident: Incident, command: c.AnswerPress) -> list[e.IncidentFact]:
    must(incident, frozenset(S) - ENDED, "answered")
    press = incident.press
    if press is None:
        raise NothingRings(
            f"Nobody pressed a call point for incident {incident.number}; there is no ring to answer."
        )
    if press.answer is not None:
        raise AlreadyAnswered(
            f"The press of incident {incident.number} was answered by {press.answer.by}.",
            by=press.answer.by, at=press.answer.at,
        )  # fmt: skip
    answer = Answer(command.by, command.room_id, command.at, command.outcome)
    return [
        e.RingAnswered(
            alarm_id=press.alarm_id,
            press=msgspec.structs.replace(press, ring=None, answer=answer),
            labels=presses.answered_labels(incident.labels, command.outcome),
        )
    ]


def _pass_ring_on(incident: Incident, command: c.PassRingOn) -> list[e.IncidentFact]:
    press = incident.press
    if press is None or press.ring is None or press.ring.since != command.since:
        return []  # answered, or passed on already
    ring = presses.next_ring(press.ring, command.rooms, command.at)
    if ring is not None:
        return [e.RolledOver(press=msgspec.structs.replace(press, ring=ring))]
    left = msgspec.structs.replace(
        press, ring=None, unanswered_at=command.at, recommendation_id=command.recommendation_id
    )
    return [e.RingUnanswered(press=left, labels=presses.unanswered_labels(incident.labels))]


def _declare_surge(incident: Incident, command: c.DeclareSurge) -> list[e.IncidentFact]:
    known = incident.surge
    if incident.state not in RESPONDING or (known is not None and known.since is not None):
        return []
    joined = (
        len(surges.crowded(known)) if known is not None else 0
    )  # its own reports, which came as one incident
    return [
        e.Surged(
            since=command.since,
            count=len(command.others) + max(joined, 1),
            at=command.at,
            others=command.others,
        )
    ]


def _end_surge(incident: Incident, _: c.EndSurge) -> list[e.IncidentFact]:
    return [e.SurgeEnded()] if incident.surge is not None and incident.surge.since is not None else []


DECIDE: dict[type, Callable[[Incident, Any], list[e.IncidentFact]]] = {
    c.CountAlarm: _count_alarm,
    c.PressAgain: _press_again,
    c.AnswerPress: _answer_press,
    c.PassRingOn: _pass_ring_on,
    c.DeclareSurge: _declare_surge,
    c.EndSurge: _end_surge,
}


def crowd(
    incident: Incident, times: tuple[int, ...], of: tuple[UUID, ...] = ()
) -> tuple[surges.Surge | None, list[e.IncidentFact]]:
    """The incident's surge after reports at these times, and the fact that it became one; only while responded to.

    of: the incidents they came with.
    """
    if not times or incident.state not in RESPONDING:
        return None, []
    began = incident.times.get("ringing", incident.times.get("entered"))
    known = incident.surge or surges.Surge(recent=() if began is None else (began,))
    surge = surges.reported(known, times, of)
    found = surges.beginning(surge)
    return surge, [] if found is None else [e.Surged(since=found[0], count=found[1])]


def changes(incident: Incident, fact: Reporting) -> dict[str, Any]:
    """What the fact changes, field by field."""
    match fact:
        case e.AlarmCounted(labels=labels, surge=surge):
            return {"labels": incident.labels + labels, "surge": surge or incident.surge}
        case e.PressedAgain(labels=labels, press=press):
            return {"labels": incident.labels + labels, "press": press}
        case e.RolledOver(press=press):
            return {"press": press}
        case e.RingAnswered(labels=labels, press=press):
            return {"labels": labels, "press": press, "times": _answered(incident, press)}
        case e.RingUnanswered(labels=labels, press=press):
            return {"labels": labels, "press": press}
        case e.Surged(since=since, count=count, at=at, others=others):
            return {"surge": msgspec.structs.replace(_spread(incident, since, count, at), counted=others)}
        case e.SurgeEnded():
            return {"surge": _spread(incident, None, 0)}
        case _:
            assert_never(fact)


def _spread(incident: Incident, since: int | None, count: int, at: int | None = None) -> surges.Surge:
    """at: of one that a rule declared, from which its silence counts while it has no further reports."""
    known = incident.surge or surges.Surge()
    recent = known.recent or (() if at is None else (at,))
    return msgspec.structs.replace(known, recent=recent, since=since, count=count)


def _answered(incident: Incident, press: Press) -> dict[str, int]:
    """The first answer counts."""
    return incident.times if press.answer is None else {"answered": press.answer.at} | incident.times
