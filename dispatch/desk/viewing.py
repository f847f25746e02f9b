"""On-view 执勤发现: an officer reports and is already on scene, incident and assignment in one act."""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.desk import shift
from dispatch.desk.case import open_case
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.ordering import taken
from dispatch.desk.reports import Report
from dispatch.errors import NotFound
from dispatch.events import Placed
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.work import Work
from incidents.model import Incident
from units import store as unit_store


async def on_view(w: Work, unit_id: UUID, report: Report) -> tuple[Incident, Assignment]:
    """Open (or join) an incident with the unit on scene. Raises UnitTaken, NotFound, NotAllowed."""
    unit = (await unit_store.read_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    acts.authorise(w.principal, "unit", "on_view", shift.relations(w, unit), unit.duty)
    actor = w.actor
    reported = (await report_many(w, [report]))[0]
    w.actor = actor
    if isinstance(reported, Exception):
        raise reported
    if not isinstance(reported, Reported):
        raise NotFound("The report of this on-view was already written under another key.")
    case = await open_case(w, reported.incident_id)
    await unit_store.lock_units(w.conn, [unit_id])
    held = await store.holders(w.conn, [unit_id])
    if unit_id in held:
        raise taken(unit, held[unit_id])
    at, _ = w.step_time(None)
    placed = case.place(
        uuid7(),
        Placed(
            incident_id=case.id, unit_id=unit_id, state=A.ON_SCENE, round=case.incident.round,
            ordered_by=unit.room_id, crew=unit.crew, at=at,
        ),
    )  # fmt: skip
    await case.follow()
    await case.save()
    return case.incident, case.assignments[placed.id]
