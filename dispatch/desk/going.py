"""On the way: delivered, accepted, en route, on scene, clear, and what happens when a unit cannot go.

A unit's own terminal, its room's dispatcher by voice, a gateway and a replay all take the same steps here.
"""

from typing import Literal
from uuid import UUID

from dispatch import acts, store
from dispatch import commands as ac
from dispatch.desk import radio, stacking
from dispatch.desk.case import Case, open_case
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.lifecycle import STEPS
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.work import Work
from units import store as unit_store
from units.model import Unit

StepName = Literal["deliver", "accept", "en_route", "on_scene", "clear"]
STEP_ACTS: dict[StepName, A] = {
    "deliver": A.DELIVERED,
    "accept": A.ACCEPTED,
    "en_route": A.EN_ROUTE,
    "on_scene": A.ON_SCENE,
    "clear": A.CLEARED,
}


TERMINALS = frozenset({"unit", "gateway"})


async def step(w: Work, assignment_id: UUID, name: StepName, result: str | None = None) -> Assignment:
    """Take one step; a late earlier one fills its empty time. Raises AssignmentOver, NotNow, BadClaim, Invalid."""
    case, unit = await _opened(w, assignment_id)
    before = case.assignments[assignment_id]
    authorise(w, case, before, unit, name)
    if before.room_id is not None and before.is_open and name not in ("deliver", "accept"):
        raise NotNow(
            "A room is not on the way: it accepts its order, then names a unit by an order with this as parent_id.",
            state=before.state,
        )
    if name == "clear":
        _check_result(w, case, result)
    at, flags = w.step_time(_follows(before, STEP_ACTS[name]))
    _watch_terminal(w)
    case.tell_assignment(assignment_id, ac.Step(STEP_ACTS[name], at, result, flags))
    _settle_room(case, assignment_id, at)
    await case.follow()
    await case.save()
    if name == "clear" and unit is not None:
        await stacking.offer_next(w, [unit.id])
    return case.assignments[assignment_id]


def _settle_room(case: Case, assignment_id: UUID, at: int) -> None:
    """A room that was ordered together with its unit has done its part by accepting, at the latest when that unit cleared."""
    done = case.assignments[assignment_id]
    room = done if done.room_id is not None else case.assignments.get(done.parent_id or done.id)
    if room is None or room.room_id is None or not room.is_open:
        return
    named = [a for a in case.assignments.values() if a.parent_id == room.id]
    accepted = room.state is A.ACCEPTED and any(a.is_open or a.state is A.CLEARED for a in named)
    if accepted or (done.state is A.CLEARED and not any(a.is_open for a in named)):
        case.tell_assignment(room.id, ac.Step(A.CLEARED, max(at, *room.times.values())))


async def unable(w: Work, assignment_id: UUID) -> Assignment:
    """The unit cannot go; the order stands until the ordering room releases it."""
    return await _exit(w, assignment_id, "unable")


async def release(w: Work, assignment_id: UUID) -> Assignment:
    """The ordering room lets an unable or expired unit go."""
    return await _exit(w, assignment_id, "released")


async def recall(w: Work, assignment_id: UUID) -> Assignment:
    """The ordering room takes an order back; the terminal is told."""
    return await _exit(w, assignment_id, "recalled")


EXIT_ACTS: dict[str, str] = {"unable": "unable", "released": "release", "recalled": "recall"}
"""How a way out is called in acts.csv; steps are called there as here."""


async def _exit(w: Work, assignment_id: UUID, exit_: Literal["unable", "released", "recalled"]) -> Assignment:
    case, unit = await _opened(w, assignment_id)
    before = case.assignments[assignment_id]
    authorise(w, case, before, unit, EXIT_ACTS[exit_])
    await leave(w, case, assignment_id, exit_, unit)
    await case.follow()
    await case.save()
    if exit_ != "unable" and unit is not None:
        await stacking.offer_next(w, [unit.id])
    return case.assignments[assignment_id]


async def leave(
    w: Work,
    case: Case,
    assignment_id: UUID,
    exit_: Literal["unable", "released", "recalled"],
    unit: Unit | None,
) -> None:
    """Take one assignment out by an exit; a terminal that holds the order is told of recall and release."""
    before = case.assignments[assignment_id]
    at, flags = w.step_time(max(before.times.values(), default=None))
    _watch_terminal(w)
    changed = case.tell_assignment(assignment_id, ac.TakeExit(exit_, at, flags))
    if changed and unit is not None and exit_ != "unable" and before.is_open:
        await radio.say(w, unit, "recall", case.family[before.incident_id], before)


def _watch_terminal(w: Work) -> None:
    """What a terminal says of its own unit is so now, though it could not be heard for a while or its clock is behind."""
    if w.principal.roles & TERMINALS:
        w.count_as_of_now()


def _follows(assignment: Assignment, step_: A) -> int | None:
    """The latest time (ms) of the steps before this one; None when there is none."""
    earlier = [assignment.times[s.value] for s in STEPS[: STEPS.index(step_)] if s.value in assignment.times]
    return max(earlier, default=None)


def _check_result(w: Work, case: Case, result: str | None) -> None:
    code = case.incident.type_verified or case.incident.type_reported
    if result is None or result == "handled":
        return
    known = code is not None and w.centre.reference.types.get(code).accepts_result(result)
    if not known:
        raise Invalid(
            f"{result!r} is not among the results of this type; `handled` always is.", field="result"
        )


async def _opened(w: Work, assignment_id: UUID) -> tuple[Case, Unit | None]:
    incident_id = await store.incident_of(w.conn, assignment_id)
    if incident_id is None:
        raise NotFound(f"There is no assignment {assignment_id}.", noun="assignment")
    case = await open_case(w, incident_id, follow_merge=True)
    unit_id = case.assignments[assignment_id].unit_id
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id) if unit_id else None
    return case, unit


def relations(w: Work, case: Case, assignment: Assignment, unit: Unit | None) -> set[str]:
    """How the principal stands to an assignment: ordering, room, unit, gateway."""
    principal = w.principal
    found: set[str] = set()
    incident = case.incident
    if {assignment.ordered_by, incident.room_id, incident.command_room_id} & principal.rooms:
        found.add("ordering")
    if assignment.room_id in principal.rooms or (unit is not None and unit.seen_by & principal.rooms):
        found.add("room")
    if principal.unit_id is not None and principal.unit_id == assignment.unit_id:
        found.add("unit")
    if unit is not None and unit.speaks_through(principal.gateway):
        found.add("gateway")
    return found


def authorise(w: Work, case: Case, assignment: Assignment, unit: Unit | None, act: str) -> None:
    """Check an act on an assignment against the table; an over one is for the lifecycle to refuse by name."""
    found = relations(w, case, assignment, unit)
    if not found:
        raise NotFound(f"There is no assignment {assignment.id}.", noun="assignment")
    state = None if assignment.is_over and act != "feedback" else assignment.state
    acts.authorise(w.principal, "assignment", act, found, state)
