"""The life of an assignment as data and pure functions, and what all assignments together say of their incident.

`decide` and `evolve` move one order; `progress` reads the furthest step of them all, from which the incident's
state follows.
"""

import sys
from collections.abc import Iterable
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch import commands as c
from dispatch import events as e
from dispatch.errors import AssignmentOver, NotNow
from dispatch.model import OPEN, OVER, Assignment, Feedback, Role
from dispatch.model import AssignmentState as A
from incidents.commands import Progress, Remains
from incidents.model import Incident
from incidents.model import IncidentState as S

STEPS: tuple[A, ...] = (A.ORDERED, A.DELIVERED, A.ACCEPTED, A.EN_ROUTE, A.ON_SCENE, A.CLEARED)
_RANK = {step: i for i, step in enumerate(STEPS)}
_LEAVE = frozenset({A.RECALLED, A.PREEMPTED})

# From each state, the states one fact may lead to. An order stands until the ordering room releases or recalls it.
TRANSITIONS: dict[A, frozenset[A]] = {
    A.STACKED: frozenset({A.ORDERED, A.RECALLED}),
    A.ORDERED: frozenset(STEPS[1:]) | _LEAVE | {A.UNABLE, A.EXPIRED},
    A.DELIVERED: frozenset(STEPS[2:]) | _LEAVE | {A.UNABLE, A.EXPIRED},
    A.ACCEPTED: frozenset(STEPS[3:]) | _LEAVE | {A.UNABLE},
    A.EN_ROUTE: frozenset(STEPS[4:]) | _LEAVE | {A.UNABLE},
    A.ON_SCENE: frozenset(STEPS[5:]) | _LEAVE | {A.UNABLE},
    A.UNABLE: _LEAVE | {A.RELEASED},
    A.EXPIRED: frozenset(STEPS[2:]) | _LEAVE | {A.RELEASED, A.UNABLE},
    **{over: frozenset[A]() for over in OVER},
}


def decide(assignment: Assignment, command: c.Command) -> list[e.AssignmentFact]:
    """The facts a command leads to; empty when nothing changes. Raises AssignmentOver or NotNow."""
    match command:
        case c.Step():
            return _step(assignment, command)
        case c.TakeExit():
            return _take_exit(assignment, command)
        case c.Send():
            _must_reach(assignment, A.ORDERED)
            return [e.Sent(**msgspec.structs.asdict(command))]
        case c.Check():
            return _check(assignment, command)
        case c.MarkUnreached(bearer=bearer, at=at):
            return [] if assignment.is_over else [e.Unreached(bearer=bearer, at=at)]
        case c.ProposeOther(recommendation_id=proposal_id):
            standing = assignment.state in (A.UNABLE, A.EXPIRED)
            return [e.OtherProposed(recommendation_id=proposal_id)] if standing else []
        case c.ChangeRole(role=role):
            return [] if role == assignment.role else [e.RoleChanged(role=role)]
        case _:
            assert_never(command)


def _must_reach(assignment: Assignment, state: A) -> None:
    if assignment.is_over:
        raise AssignmentOver(f"This assignment is already {assignment.state}.", state=assignment.state)
    if state not in TRANSITIONS[assignment.state]:
        raise NotNow(
            f"An assignment that is {assignment.state} cannot become {state}.", state=assignment.state
        )


def _step(assignment: Assignment, command: c.Step) -> list[e.AssignmentFact]:
    if assignment.watches and command.step in (A.EN_ROUTE, A.ON_SCENE):
        raise NotNow(
            "A video patrol looks from its seat and goes nowhere: it accepts, and clears once it has looked.",
            state=assignment.state,
        )
    late = command.step in _RANK and _RANK[command.step] <= _RANK.get(assignment.state, -1)
    if assignment.state in (A.UNABLE, A.EXPIRED) and command.step is A.DELIVERED:
        late = True
    if late and not assignment.is_over:
        if command.step.value in assignment.times:
            return []
        at = min(command.at, *_times_after(assignment, command.step))
        return [e.Stepped(state=assignment.state, step=command.step, at=at, flags=command.flags)]
    _must_reach(assignment, command.step)
    return [
        e.Stepped(
            state=command.step, step=command.step, at=command.at, result=command.result, flags=command.flags
        )
    ]


def _times_after(assignment: Assignment, step: A) -> list[int]:
    """When the steps that follow this one were taken (ms): a step said late was not taken after them."""
    later = STEPS[STEPS.index(step) + 1 :]
    return [assignment.times[name] for name in later if name in assignment.times] or [sys.maxsize]


def _take_exit(assignment: Assignment, command: c.TakeExit) -> list[e.AssignmentFact]:
    state = A(command.exit)
    if state == assignment.state and not assignment.is_over:
        return []
    _must_reach(assignment, state)
    return [e.Ended(state=state, at=command.at, flags=command.flags, preempted_for=command.preempted_for)]


def _check(assignment: Assignment, command: c.Check) -> list[e.AssignmentFact]:
    if assignment.state is not A.ON_SCENE:
        return []
    if command.step == "asked":
        return [e.CheckAsked(at=command.at)]
    if command.step == "touch_lost":
        return [] if assignment.is_out_of_touch else [e.TouchLost(at=command.at)]
    if command.step == "touch_regained":
        return [e.TouchRegained(at=command.at)] if assignment.is_out_of_touch else []
    last = max(assignment.times.get("check_asked", 0), assignment.times.get("touch_lost", 0))
    return [e.Checked(at=max(command.at, last))]


def evolve(assignment: Assignment | None, assignment_id: UUID, fact: e.AssignmentFact) -> Assignment:
    """The assignment after one more fact; its version rises by one. Only `Placed` may start from None."""
    if assignment is None:
        if not isinstance(fact, e.Placed):
            raise ValueError(f"the history of assignment {assignment_id} does not start with its placing")
        values = msgspec.structs.asdict(fact)
        at = values.pop("at")
        del values["leaned"], values["known"]  # kept for whoever asks why, no part of how it stands
        return Assignment(id=assignment_id, version=1, times={fact.state.value: at}, **values)
    return msgspec.structs.replace(assignment, version=assignment.version + 1, **_changes(assignment, fact))


def _changes(assignment: Assignment, fact: e.AssignmentFact) -> dict[str, Any]:
    match fact:
        case e.Placed():
            raise ValueError(f"assignment {assignment.id} is placed twice")
        case e.Sent():
            return {
                "state": A.ORDERED,
                "round": fact.round,
                "crew": fact.crew,
                "times": assignment.times | {A.ORDERED.value: fact.at},
                "flags": assignment.flags + fact.flags,
                "promised_at": fact.promised_at,
            }
        case e.Stepped():
            return {
                "state": fact.state,
                "times": assignment.times | {fact.step.value: fact.at},
                "result": fact.result or assignment.result,
                "flags": assignment.flags + fact.flags,
            }
        case e.Ended():
            return {
                "state": fact.state,
                "times": assignment.times | {fact.state.value: fact.at},
                "flags": assignment.flags + fact.flags,
                "preempted_for": fact.preempted_for or assignment.preempted_for,
            }
        case e.RoleChanged(role=role):
            return {"role": role}
        case e.CheckAsked(at=at) | e.Checked(at=at) | e.TouchLost(at=at) | e.TouchRegained(at=at):
            return {"times": assignment.times | {str(fact.__struct_config__.tag): at}}
        case e.Unreached(at=at):
            return {"times": {"unreached": at} | assignment.times}
        case e.OtherProposed(recommendation_id=proposal_id):
            return {"proposal_id": proposal_id}
        case _:
            assert_never(fact)


def evolve_form(form: Feedback | None, form_id: UUID, fact: e.FeedbackFact) -> Feedback:
    """The feedback form after one more fact; only `FormSubmitted` may start from None."""
    if isinstance(fact, e.FormSubmitted):
        return Feedback(id=form_id, state="submitted", version=1, **msgspec.structs.asdict(fact))
    if form is None:
        raise ValueError(f"the history of feedback {form_id} does not start with its submission")
    match fact:
        case e.FormAccepted():
            return msgspec.structs.replace(form, state="accepted", version=form.version + 1)
        case e.FormReturned():
            return msgspec.structs.replace(form, state="returned", version=form.version + 1)
        case e.FormReplaced():
            return msgspec.structs.replace(form, state="replaced", version=form.version + 1)
        case _:
            assert_never(fact)


_AS_INCIDENT = {
    A.ORDERED: S.DISPATCHED,
    A.DELIVERED: S.DISPATCHED,
    A.UNABLE: S.DISPATCHED,
    A.EXPIRED: S.DISPATCHED,
    A.ACCEPTED: S.ACCEPTED,
    A.EN_ROUTE: S.EN_ROUTE,
    A.ON_SCENE: S.ON_SCENE,
}
_ORDER = (S.RECEIVED, S.DISPATCHED, S.ACCEPTED, S.EN_ROUTE, S.ON_SCENE)


def of_this_round(incident: Incident, assignments: Iterable[Assignment]) -> list[Assignment]:
    """The assignments that say where the incident stands: all open ones, and what ended in its present round.

    Those of an incident merged into it count with the round in which they came. Stacked ones never count.
    """
    rounds = {incident.id: incident.round} | {a.id: a.round for a in incident.absorbed}
    return [
        a
        for a in assignments
        if a.is_open or (a.state is not A.STACKED and a.round == rounds.get(a.incident_id))
    ]


def progress(incident: Incident, assignments: Iterable[Assignment]) -> Progress:
    """What the assignments (also those of incidents merged into it) say of their incident.

    The state is the furthest step of the assignments that are open, or cleared after acceptance; a room's counts up
    to `accepted` while it is open; a video patrol's never. None of them → the state this round began from. `handled` when none
    is open and the primary's clear carried a result.
    """
    everything = [a for a in assignments if not a.watches]
    current = of_this_round(incident, everything)
    primary = _primary(incident, current)
    counted = [s for a in current if (s := _counts_as(a)) is not None]
    primary_id = primary.id if primary else None
    if primary and primary.state is A.CLEARED and primary.result and not any(a.is_open for a in current):
        state = S.HANDLED
    elif counted:
        state = max(counted, key=_ORDER.index)
    else:
        state, primary_id = S(incident.base_state), incident.base_primary_id
        current = [a for a in everything if a.id == primary_id]
    times = _first_times(incident, current)
    cleared = [a.times["cleared"] for a in current if a.state is A.CLEARED]
    if state is S.HANDLED and cleared:
        times["handled"] = max(cleared)
    return Progress(state=state, primary_id=primary_id, times=times)


def _counts_as(a: Assignment) -> S | None:
    if a.room_id:
        return min(_AS_INCIDENT[a.state], S.ACCEPTED, key=_ORDER.index) if a.is_open else None
    if a.is_open:
        return _AS_INCIDENT[a.state]
    return _AS_INCIDENT[_furthest(a)] if a.state is A.CLEARED and _taken_at(a) is not None else None


def _furthest(a: Assignment) -> A:
    """How far a unit got that has cleared; with a result it has taken the job, even when the steps were skipped."""
    return next((step for step in (A.ON_SCENE, A.EN_ROUTE) if step.value in a.times), A.ACCEPTED)


def _taken_at(a: Assignment) -> int | None:
    """When a unit took the job (ms): at the first step from acceptance on, or by clearing with a result."""
    steps = ("accepted", "en_route", "on_scene") + (("cleared",) if a.result else ())
    return next((a.times[step] for step in steps if step in a.times), None)


def _primary(incident: Incident, current: list[Assignment]) -> Assignment | None:
    """The first to accept, unless changed; when it ends without a result, the furthest open one takes its place."""
    units = [a for a in current if a.unit_id]
    held = next((a for a in units if a.id == incident.primary_id), None)
    if held and (held.is_open or (held.state is A.CLEARED and held.result)):
        return held
    taken = [a for a in units if a.is_open and _taken_at(a) is not None]
    if taken:
        if held is None:
            return min(taken, key=lambda a: (_taken_at(a), a.id))
        return max(taken, key=lambda a: (_RANK.get(a.state, 0), a.id))
    done = [a for a in units if a.state is A.CLEARED and a.result]
    return min(done, key=lambda a: (a.times["cleared"], a.id)) if done else None


_FIRST: dict[str, tuple[A, bool | None]] = {
    "dispatched": (A.ORDERED, None),
    "delivered": (A.DELIVERED, True),
    "room_accepted": (A.ACCEPTED, False),
    "accepted": (A.ACCEPTED, True),
    "en_route": (A.EN_ROUTE, True),
    "on_scene": (A.ON_SCENE, True),
}
"""Time of the incident → the step whose first time it is, and whether a unit's (True), a room's (False) or any."""


def _taken_times(name: str, assignments: Iterable[Assignment]) -> list[int]:
    step, of_unit = _FIRST[name]
    return [
        a.times[step] for a in assignments if step in a.times and of_unit in (None, a.unit_id is not None)
    ]


def _first_times(incident: Incident, current: list[Assignment]) -> dict[str, int]:
    """First time of each step over the assignments, ms; times already kept are never made later."""
    times: dict[str, int] = {}
    for name in _FIRST:
        seen = _taken_times(name, current)
        if seen:
            times[name] = min([*seen, *([incident.times[name]] if name in incident.times else [])])
    return times


def remains(incident: Incident, rest: Iterable[Assignment]) -> Remains:
    """What is left to an incident whose family has parted; `rest` are the assignments it keeps.

    What only the others' orders said is forgotten.
    """
    kept = {a.id: a for a in rest if not a.watches}
    times = dict(incident.times)
    for name in _FIRST.keys() & times.keys():
        seen = [at for at in _taken_times(name, kept.values()) if at >= times[name]]
        if seen:
            times[name] = min(seen)
        else:
            del times[name]
    lost = incident.primary_id is not None and incident.primary_id not in kept
    if lost:
        without_unit = incident.base_state == "handled" and incident.base_primary_id is None
        for name in ("fed_back", "reviewed") if without_unit else ("handled", "fed_back", "reviewed"):
            times.pop(name, None)
    base_lost = incident.base_primary_id is not None and incident.base_primary_id not in kept
    return Remains(None if lost else incident.primary_id, times, base_lost)


def roles(primary_id: UUID | None, assignments: Iterable[Assignment]) -> list[tuple[Assignment, Role]]:
    """Which assignments must change their role so that exactly the primary is primary."""
    wanted: list[tuple[Assignment, Role]] = []
    for a in assignments:
        role: Role = "primary" if a.id == primary_id else "reinforcement"
        if a.role != role:
            wanted.append((a, role))
    return wanted


__all__ = [
    "OPEN",
    "STEPS",
    "TRANSITIONS",
    "decide",
    "evolve",
    "evolve_form",
    "of_this_round",
    "progress",
    "remains",
    "roles",
]
