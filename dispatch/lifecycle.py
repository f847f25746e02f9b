"""The life of an assignment as data and pure functions, and what all assignments together say of their incident.

`decide` and `evolve` move one order; `progress` reads the furthest step of them all, from which the incident's
state follows.
"""

from collections.abc import Iterable
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch import commands as c
from dispatch import events as e
from dispatch.errors import AssignmentOver, NotNow
from dispatch.model import OPEN, OVER, Assignment, Feedback, Role
from dispatch.model import AssignmentState as A
from incidents.commands import Progress
from incidents.model import Incident
from incidents.model import IncidentState as S

STEPS: tuple[A, ...] = (A.ORDERED, A.DELIVERED, A.ACCEPTED, A.EN_ROUTE, A.ON_SCENE, A.CLEARED)
_RANK = {step: i for i, step in enumerate(STEPS)}
_SENT = frozenset({A.ORDERED, A.DELIVERED, A.ACCEPTED, A.EN_ROUTE, A.ON_SCENE})
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
        case c.Send(at=at):
            _must_reach(assignment, A.ORDERED)
            return [e.Stepped(state=A.ORDERED, step=A.ORDERED, at=at)]
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
    late = command.step in _RANK and _RANK[command.step] <= _RANK.get(assignment.state, -1)
    if assignment.state in (A.UNABLE, A.EXPIRED) and command.step is A.DELIVERED:
        late = True
    if late and not assignment.is_over:
        if command.step.value in assignment.times:
            return []
        return [e.Stepped(state=assignment.state, step=command.step, at=command.at, flags=command.flags)]
    _must_reach(assignment, command.step)
    return [
        e.Stepped(
            state=command.step, step=command.step, at=command.at, result=command.result, flags=command.flags
        )
    ]


def _take_exit(assignment: Assignment, command: c.TakeExit) -> list[e.AssignmentFact]:
    state = A(command.exit)
    if state == assignment.state and not assignment.is_over:
        return []
    _must_reach(assignment, state)
    return [e.Ended(state=state, at=command.at, flags=command.flags)]


def evolve(assignment: Assignment | None, assignment_id: UUID, fact: e.AssignmentFact) -> Assignment:
    """The assignment after one more fact; its version rises by one. Only `Placed` may start from None."""
    if assignment is None:
        if not isinstance(fact, e.Placed):
            raise ValueError(f"the history of assignment {assignment_id} does not start with its placing")
        values = msgspec.structs.asdict(fact)
        at = values.pop("at")
        return Assignment(id=assignment_id, version=1, times={fact.state.value: at}, **values)
    changes: dict[str, Any]
    match fact:
        case e.Placed():
            raise ValueError(f"assignment {assignment_id} is placed twice")
        case e.Stepped():
            changes = {
                "state": fact.state,
                "times": assignment.times | {fact.step.value: fact.at},
                "result": fact.result or assignment.result,
                "flags": assignment.flags + fact.flags,
            }
        case e.Ended():
            changes = {
                "state": fact.state,
                "times": assignment.times | {fact.state.value: fact.at},
                "flags": assignment.flags + fact.flags,
            }
        case e.RoleChanged(role=role):
            changes = {"role": role}
        case _:
            assert_never(fact)
    return msgspec.structs.replace(assignment, version=assignment.version + 1, **changes)


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


def progress(incident: Incident, assignments: Iterable[Assignment]) -> Progress:
    """What the assignments (also those of incidents merged into it) say of their incident.

    The state is the furthest step of the assignments that are open, or cleared after acceptance; a room's counts up
    to `accepted` while it is open. None of them → the state this round began from. `handled` when none is open and
    the primary's clear carried a result. Only assignments of the present round count, save for the first times.
    """
    everything = [a for a in assignments if a.state is not A.STACKED]
    current = [a for a in everything if a.round == incident.round or a.incident_id != incident.id]
    primary = _primary(incident, current)
    counted = [s for a in current if (s := _counts_as(a)) is not None]
    if primary and primary.state is A.CLEARED and primary.result and not any(a.is_open for a in current):
        state = S.HANDLED
    elif counted:
        state = max(counted, key=_ORDER.index)
    else:
        state = S(incident.base_state)
    primary_id = primary.id if primary else incident.base_primary_id
    return Progress(state=state, primary_id=primary_id, times=_first_times(incident, current, state, primary))


def _counts_as(a: Assignment) -> S | None:
    if a.is_open:
        state = _AS_INCIDENT[_furthest(a)]
        return min(state, S.ACCEPTED, key=_ORDER.index) if a.room_id else state
    if a.state is A.CLEARED and a.unit_id and "accepted" in a.times | _implied(a):
        return _AS_INCIDENT[_furthest(a)]
    return None


def _furthest(a: Assignment) -> A:
    if a.state is not A.CLEARED:
        return a.state
    reached = [step for step in STEPS[:-1] if step.value in a.times | _implied(a)]
    return reached[-1] if reached else A.ORDERED


def _implied(a: Assignment) -> dict[str, int]:
    """A unit that cleared with a result has taken the job, even when the steps between were skipped."""
    return {"accepted": a.times["cleared"]} if a.state is A.CLEARED and a.result else {}


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


def _taken_at(a: Assignment) -> int | None:
    later = [a.times[step] for step in ("accepted", "en_route", "on_scene", "cleared") if step in a.times]
    return later[0] if later else None


_FIRST = (
    ("dispatched", ("ordered",), None),
    ("delivered", ("delivered",), True),
    ("room_accepted", ("accepted",), False),
    ("accepted", ("accepted",), True),
    ("en_route", ("en_route",), True),
    ("on_scene", ("on_scene",), True),
)


def _first_times(
    incident: Incident, current: list[Assignment], state: S, primary: Assignment | None
) -> dict[str, int]:
    """First time of each step over the assignments, ms; times already kept are never made later."""
    times: dict[str, int] = {}
    for name, steps, of_unit in _FIRST:
        seen = [
            a.times[s]
            for a in current
            for s in steps
            if s in a.times and (of_unit is None or of_unit == (a.unit_id is not None))
        ]
        if seen:
            kept = incident.times.get(name)
            times[name] = min(seen) if kept is None else min(kept, *seen)
    if state is S.HANDLED and primary:
        times["handled"] = max(a.times["cleared"] for a in current if a.state is A.CLEARED)
    return times


def roles(progress_: Progress, assignments: Iterable[Assignment]) -> list[tuple[Assignment, Role]]:
    """Which assignments must change their role so that exactly the primary is primary."""
    wanted: list[tuple[Assignment, Role]] = []
    for a in assignments:
        role: Role = "primary" if a.id == progress_.primary_id else "reinforcement"
        if a.role != role and (a.is_open or role == "primary"):
            wanted.append((a, role))
    return wanted


__all__ = ["OPEN", "STEPS", "TRANSITIONS", "decide", "evolve", "evolve_form", "progress", "roles"]
