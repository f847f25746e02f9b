"""The read side of plans: what an incident calls for and what is at work on it, one task with its draft, both for the feed.

A task is seen by its room and those above; a plan by everybody who sees its incident.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch import journal, views
from dispatch import store as dispatch_store
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.journal import Connection
from dispatch.plans import matching, reporting, store
from dispatch.plans.model import IncidentPlan, Task
from dispatch.plans.shown import (
    Draft,
    PlanShown,
    PlansShown,
    TaskShown,
    plan_choice,
    plan_shown,
    task_shown,
)
from dispatch.shown import Now
from dispatch.unsealing import open_sealed
from incidents import store as incident_store

FACTS_READ = 2_000
"""A report tells of at most so many facts; what there is beyond lies in the timeline."""

_encode = msgspec.json.Encoder().encode


async def of_incident(
    conn: Connection, centre: Centre, principal: Principal, incident_id: UUID
) -> PlansShown:
    """What an incident calls for and what is at work on it, as this seat may see it. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    incident = (await incident_store.read_incidents(conn, [incident_id]))[incident_id]
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    version, plans, tasks = await store.of_incidents(conn, family)
    known = centre.plans if version == centre.plans.version else await store.read_set(conn)
    look = matching.look_of(incident, centre.reference, centre.local(await dispatch_store.now(conn)))
    shown = await _shown(conn, centre, [task for task in tasks if task.room_id in principal.rooms])
    return PlansShown(
        set_version=known.version,
        matching=tuple(plan_choice(plan) for plan in matching.matching(known, look)),
        plans=tuple(plan_shown(plan, [one for one in shown if one.plan_id == plan.id]) for plan in plans),
        tasks=tuple(one for one in shown if one.plan_id is None),
    )


async def _shown(conn: Connection, centre: Centre, tasks: Sequence[Task]) -> list[TaskShown]:
    sealed = [id_ for task in tasks for id_ in (task.narrative_id, task.form_id) if id_]
    opened = await open_sealed(conn, centre, sealed, [])
    return [task_shown(task, opened.texts) for task in tasks]


async def plans(conn: Connection, _: Centre, ids: Sequence[UUID]) -> list[PlanShown]:
    """These plans without their tasks, by id, whoever asks."""
    return [plan_shown(plan) for plan in await store.read_plans(conn, ids)]


async def tasks(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[TaskShown]:
    """These tasks, by id, whoever asks."""
    return await _shown(conn, centre, await store.read_tasks(conn, ids))


async def open_tasks(
    conn: Connection, centre: Centre, principal: Principal, kind: str | None, at_most: int
) -> list[TaskShown]:
    """What is to be done now in this seat's rooms, the soonest due first. Raises NotAllowed."""
    authorise(principal, "task", "read", ("room",))
    ids = await store.open_tasks(conn, principal.rooms, kind, at_most)
    shown = {one.id: one for one in await tasks(conn, centre, ids)}
    return [shown[id_] for id_ in ids if id_ in shown]


async def task(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> TaskShown:
    """One task; a report that is to be signed with its draft. Raises NotFound, NotAllowed."""
    authorise(principal, "task", "read", ("room",))
    found = await store.read_tasks(conn, [id_])
    if not found or found[0].room_id not in principal.rooms:
        raise NotFound(f"There is no task {id_}.", noun="task")
    [shown] = await _shown(conn, centre, found)
    if found[0].step.kind == "report" and found[0].stands:
        return msgspec.structs.replace(shown, draft=await _draft(conn, centre, found[0]))
    return shown


async def _draft(conn: Connection, centre: Centre, task: Task) -> Draft:
    incidents = await incident_store.read_incidents(conn, [task.incident_id])
    incident_id = incidents[task.incident_id].merged_into or task.incident_id
    [incident] = await views.incidents(conn, centre, [incident_id])
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    facts = await journal.of_incidents(conn, family, 0, FACTS_READ)
    _, _, tasks = await store.of_incidents(conn, family)
    earlier = [
        one.done_at
        for one in tasks
        if one.plan_id == task.plan_id and one.step.kind == "report" and one.state == "done" and one.done_at
    ]
    told = reporting.Told(
        incident=incident, facts=facts, stage=task.step.stage or "progress", since=max(earlier, default=None),
        now=await dispatch_store.now(conn), zone=centre.zone,
    )  # fmt: skip
    return reporting.draft(told, centre.reference)


async def plans_now(conn: Connection, _: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """How plans look now, for the live feed: everybody who sees the incident sees them."""
    found: list[IncidentPlan] = await store.read_plans(conn, ids)
    audience = await dispatch_store.audience_of(conn, {plan.incident_id for plan in found})
    return {
        plan.id: Now(
            plan.version,
            frozenset(audience.get(plan.incident_id, ())),
            msgspec.Raw(_encode(plan_shown(plan))),
        )
        for plan in found
    }


async def tasks_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """How tasks look now, for the live feed: their room and those above see them."""
    found = await store.read_tasks(conn, ids)
    return {
        one.id: Now(one.version, _above(centre, [one.room]), msgspec.Raw(_encode(one)))
        for one in await _shown(conn, centre, found)
    }


def _above(centre: Centre, rooms: Iterable[UUID]) -> frozenset[UUID]:
    by_id = centre.reference.rooms.by_id
    return frozenset(above for id_ in rooms for above in (by_id[id_].lineage if id_ in by_id else (id_,)))
