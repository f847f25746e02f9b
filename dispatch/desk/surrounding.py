"""Incidents inside the area of a running event: each is linked to it once, by the engine, while its lock is held.

Looked at when an incident is new, when its place has changed, and when an event begins. The event's board lists it, the
event's rooms see it, and a label says so. An exercise meets exercises only.
"""

from collections.abc import Sequence
from uuid import UUID

from dispatch.desk.case import Case, open_cases
from dispatch.desk.event_case import done
from dispatch.planned_events import events as e
from dispatch.planned_events import grounds, store
from dispatch.planned_events.model import PlannedEvent
from dispatch.store import add_audience
from dispatch.work import Work, ms
from incidents import store as incident_store
from incidents.model import OPEN, Incident
from incidents.triage import EVENT


async def link_to_events(w: Work, ids: Sequence[UUID]) -> None:
    """Link those of these incidents, which are locked, that lie inside running events."""
    running = await store.running(w.conn)
    if not running:
        return
    incidents = (await incident_store.read_incidents(w.conn, ids)).values()
    found = {i.id: inside for i in incidents if (inside := [p for p in running if _meets(p, i)])}
    if not found:
        return
    cases = await open_cases(w, found)
    locked = await store.lock(w.conn, {event.id for some in found.values() for event in some})
    for id_, case in sorted(cases.items()):
        for event in found[id_]:
            locked[event.id] = await _link(w, locked[event.id], case)
        await case.save()


def _meets(event: PlannedEvent, incident: Incident) -> bool:
    if incident.lon is None or incident.lat is None or incident.state not in OPEN:
        return False
    alike = incident.exercise == event.exercise and not event.knows(incident.id)
    return alike and grounds.holds(event.area, incident.lon, incident.lat)


async def _link(w: Work, event: PlannedEvent, case: Case) -> PlannedEvent:
    changed = await done(w, event, e.Linked(incident_id=case.id, at=ms(w.now)))
    if changed is not event:
        case.label([EVENT])
        seeing = {event.room_id, event.command_room_id}
        await add_audience(w.conn, [(case.id, room, "event") for room in sorted(seeing)])
    return changed
