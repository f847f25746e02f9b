"""On-view 执勤发现: an officer reports and is already on scene, incident and assignment in one act.

The alarm takes the ordinary way in; only its first assignment starts further on.
"""

from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.desk import shift
from dispatch.desk.case import open_case
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.ordering import show_to_lenders, taken
from dispatch.desk.reports import Report
from dispatch.errors import NotFound, NotNow
from dispatch.events import Placed
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.work import Work
from incidents.model import Incident
from units import store as unit_store


async def on_view(w: Work, unit_id: UUID, report: Report) -> tuple[Incident, Assignment]:
    """Open (or join) an incident with the unit on scene. Raises UnitTaken, NotFound, NotAllowed."""
    actor = w.actor
    unkeyed = msgspec.structs.replace(actor, key=None)  # the key is the act's, which has taken it
    reported = (await report_many(w, [msgspec.structs.replace(report, actor=unkeyed)]))[0]
    w.actor = actor
    if not isinstance(reported, Reported):
        raise reported or NotFound("The report of this on-view was not written.")
    case = await open_case(w, reported.incident_id)
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    acts.authorise(w.principal, "unit", "on_view", shift.relations(w, unit), unit.duty)
    if unit.is_video_patrol:
        raise NotNow(
            f"{unit.call_sign} looks through cameras and is on no scene: it reports at the camera (POST /units/{{id}}/seen-on-camera)."
        )
    held = await store.holders(w.conn, [unit_id])
    if unit_id in held:
        raise taken(unit, held[unit_id])
    await case.restart_if_settled()
    at, flags = w.step_time(case.incident.began)
    placed = case.place(
        uuid7(),
        Placed(
            incident_id=case.id, unit_id=unit_id, state=A.ON_SCENE, round=case.incident.round,
            ordered_by=unit.ordered_by, crew=unit.crew, at=at, flags=flags,
        ),
        unit,
    )  # fmt: skip
    await case.follow()
    await case.save()
    await show_to_lenders(w, case, [unit])
    return case.incident, case.assignments[placed.id]
