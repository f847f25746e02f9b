"""Taking a unit from a less urgent job for a more urgent one: the old order ends, its incident returns to the queue.

Part of an order's one act: the terminal hears the recall and then the new order, and either both happen or nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from dispatch import acts, store
from dispatch import commands as ac
from dispatch.desk import going, radio
from dispatch.desk.case import Case
from dispatch.errors import Invalid, NotAllowed, PreemptionRefused
from dispatch.readiness import may_preempt
from dispatch.work import Work
from units.model import Unit

type Holders = Mapping[UUID, dict[str, Any]]


async def incidents_of(w: Work, unit_ids: Iterable[UUID]) -> list[UUID]:
    """The incidents that have a job for these units, to be locked together with the one that wants them."""
    return list({job.incident_id for job in await store.jobs_of(w.conn, unit_ids)})


async def take_away(
    w: Work, case: Case, cases: Mapping[UUID, Case], units: Mapping[UUID, Unit], held: Holders
) -> dict[UUID, dict[str, Any]]:
    """End the less urgent jobs of these units for `case`; who is still held afterwards.

    A unit that got another job since it was looked for stays held. Raises Invalid without a reason, NotAllowed,
    PreemptionRefused.
    """
    if not w.actor.reason:
        raise Invalid(
            "Say why the unit is taken from its job; its incident shows the reason.", field="reason"
        )
    still_held: dict[UUID, dict[str, Any]] = {}
    giving: dict[UUID, Case] = {}
    for unit_id, job in held.items():
        other = next((c for c in cases.values() if job["assignment_id"] in c.assignments), None)
        if other is None or other is case:
            still_held[unit_id] = job
            continue
        await _take(w, case, other, units[unit_id], job)
        giving[other.id] = other
    for other in giving.values():
        await other.follow()
        await other.save()
    return still_held


async def _take(w: Work, case: Case, other: Case, unit: Unit, job: dict[str, Any]) -> None:
    before = other.assignments[job["assignment_id"]]
    wanted, given = case.incident.priority, other.incident.priority
    found = going.relations(w, other, before, unit)
    if case.incident.exercise and not other.incident.exercise:
        raise PreemptionRefused(
            f"{unit.call_sign} is {before.state} for {other.incident.number}, which is real; a drill takes no unit from it."
        )
    from_drill = other.incident.exercise and not case.incident.exercise
    if from_drill or may_preempt(wanted, given, leader=False):
        acts.authorise(w.principal, "assignment", "preempt", found, before.state)
    elif may_preempt(wanted, given, leader=True):
        _leader_only(w, unit, found, before.state, (wanted, given))
    else:
        raise PreemptionRefused(
            f"{unit.call_sign} is {before.state} for incident {other.incident.number}, which is P{given}; a P{wanted} "
            "does not take it from there. Choose another unit.",
            unit_id=str(unit.id), held_by=other.incident.number, priority=given,
        )  # fmt: skip
    at, flags = w.step_time(max(before.times.values(), default=None))
    other.tell_assignment(before.id, ac.TakeExit("preempted", at, flags, case.id))
    await radio.say(w, unit, "recall", other.family[before.incident_id], before)


def _leader_only(w: Work, unit: Unit, found: set[str], state: str, priorities: tuple[int, int]) -> None:
    try:
        acts.authorise(w.principal, "assignment", "preempt_next", found, state)
    except NotAllowed:
        wanted, given = priorities
        raise NotAllowed(
            f"Only a leader takes {unit.call_sign} from a P{given} for a P{wanted}; ask for it.",
            act="preempt_next",
        ) from None
