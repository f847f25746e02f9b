"""After the outage: paper forms are keyed in, many in one act, each with the whole course that stands on it.

Each form is tried by itself: one that makes no sense is refused with its reason and leaves no trace, the others stand,
unless all or nothing was asked for. What is past arms no timer; claimed and recorded times are both kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch import commands as ac
from dispatch.desk import closing
from dispatch.desk.case import Case, open_case
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.ordering import taken
from dispatch.desk.reports import prepare
from dispatch.errors import DispatchError, FormsRefused, FormTaken, Invalid, NotAllowed, NotFound
from dispatch.events import Placed
from dispatch.model import AssignmentState as A
from dispatch.paper import store as paper_store
from dispatch.paper.forms import Course, PaperForm, course_of
from dispatch.work import Work, ms
from geo.errors import GeoError
from incidents.errors import IncidentError
from incidents.model import ExternalRef, Incident
from units import store as unit_store
from units.model import Unit

MOST_FORMS = 200
PAPER = "paper"
"""The agency under which an incident keeps the number printed on its form."""
_STEPS = {
    "accepted_at": A.ACCEPTED,
    "en_route_at": A.EN_ROUTE,
    "on_scene_at": A.ON_SCENE,
    "cleared_at": A.CLEARED,
}

type Row = tuple[int, PaperForm | Invalid]
"""Line of the sheet or place in the list, from 1; and what stands there."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one form. already: it had been keyed in before, just so; refused: code, detail and field say why."""

    row: int
    form: str | None
    outcome: Literal["entered", "already", "refused"]
    incident_id: UUID | None = None
    number: str | None = None
    state: str | None = None
    code: str | None = None
    detail: str | None = None
    field: str | None = None


async def back_enter(w: Work, rows: Sequence[Row], all_or_nothing: bool = False) -> list[Entered]:
    """Key in forms in their order; what became of each. Raises NotAllowed, Invalid, FormsRefused."""
    acts.authorise(w.principal, "alarm", "back_enter")
    if not 1 <= len(rows) <= MOST_FORMS:
        raise Invalid(f"One act keys in 1 to {MOST_FORMS} forms, not {len(rows)}.", field="forms")
    outcomes = [await _tried(w, row, form) for row, form in rows]
    refused = [msgspec.to_builtins(one) for one in outcomes if one.outcome == "refused"]
    if all_or_nothing and refused:
        raise FormsRefused(
            f"{len(refused)} of {len(rows)} forms can't be keyed in, so none was: form {refused[0]['form']}: "
            f"{refused[0]['detail']}",
            refused=refused,
        )
    return outcomes


async def _tried(w: Work, row: int, form: PaperForm | Invalid) -> Entered:
    named = None if isinstance(form, Invalid) else form.form.strip()[:100]
    try:
        if isinstance(form, Invalid):
            raise form
        async with w.attempt():
            return await _entered(w, row, course_of(form, w.centre.zone, w.now))
    except (DispatchError, IncidentError, GeoError) as refusal:
        field = getattr(refusal, "details", {}).get("field")
        return Entered(
            row=row, form=named, outcome="refused", code=refusal.code, detail=str(refusal), field=field
        )


async def _entered(w: Work, row: int, course: Course) -> Entered:
    known = await paper_store.read_form(w.conn, course.number)
    if known is not None:
        incident_id, content, number, state = known
        if content != course.content:
            raise FormTaken(
                f"Form {course.number} was keyed in before as incident {number}, and something else stood on it; "
                "correct that incident, or the number.",
                field="form", incident_id=str(incident_id),
            )  # fmt: skip
        return Entered(
            row=row,
            form=course.number,
            outcome="already",
            incident_id=incident_id,
            number=number,
            state=state,
        )
    incident = await _written(w, course)
    await paper_store.add_form(w.conn, course.number, incident.id, course.content, (w.principal.id, w.now))
    return Entered(
        row=row, form=course.number, outcome="entered", incident_id=incident.id, number=incident.number,
        state=incident.state.value,
    )  # fmt: skip


async def _written(w: Work, course: Course) -> Incident:
    """The alarm, then every step that stands on the form, each claimed for its own time."""
    who = w.actor
    _say_when(w, course.times["reported_at"])
    report = prepare(w.centre, course.report, w.actor)
    paper = ExternalRef(agency=PAPER, reference=course.number)
    made = (await report_many(w, [msgspec.structs.replace(report, external_refs=(paper,))]))[0]
    if not isinstance(made, Reported):
        raise made or NotFound("The report of this form was not written.")
    # What the form tells was done by those whose part it was; who keyed it in stands in the journal.
    parts = who.principal.roles | {"dispatcher", "leader", "reviewer"}
    w.actor = msgspec.structs.replace(w.actor, principal=msgspec.structs.replace(who.principal, roles=parts))
    case = await open_case(w, made.incident_id)
    assignment_id = await _driven(w, case, course) if course.unit else None
    incident = case.incident
    if "cleared_at" in course.times:
        incident = await _ended(w, made, course, assignment_id)
    return incident


def _say_when(w: Work, at: datetime) -> None:
    w.actor = msgspec.structs.replace(w.actor, claimed_at=at, back_entry=True, key=None)


async def _driven(w: Work, case: Case, course: Course) -> UUID:
    """The unit's job as it stands on the form. One that goes on needs the unit to be free."""
    unit = await _unit(w, course)
    if "cleared_at" not in course.times:
        held = await store.holders(w.conn, [unit.id])
        if unit.id in held:
            raise taken(unit, held[unit.id])
    _say_when(w, course.times["dispatched_at"])
    fact = Placed(
        incident_id=case.id, unit_id=unit.id, state=A.ORDERED, round=case.incident.round,
        ordered_by=w.principal.room_id or case.incident.room_id, at=ms(course.times["dispatched_at"]),
    )  # fmt: skip
    id_ = case.place(uuid7(), fact, None if "cleared_at" in course.times else unit).id
    for column, state in _STEPS.items():
        if column in course.times:
            at = course.times[column]
            _say_when(w, at)
            result = (course.result or "handled") if state is A.CLEARED else None
            case.tell_assignment(id_, ac.Step(state, ms(at), result))
    await case.follow()
    await case.save()
    return id_


async def _unit(w: Work, course: Course) -> Unit:
    found = next((u for u in w.centre.units.values() if u.call_sign == course.unit), None)
    # Who is ordered just now must not wait until a heap of forms is keyed in; only a job that goes on needs the lock.
    look_up = unit_store.read_units if "cleared_at" in course.times else unit_store.lock_units
    unit = (await look_up(w.conn, [found.id])).get(found.id) if found else None
    if unit is None:
        raise NotFound(f"There is no unit {course.unit}; write its call sign.", field="unit")
    if unit.room_id not in w.principal.rooms:
        raise NotAllowed(f"{unit.call_sign} belongs to a room outside yours; have its room key this form in.")
    return unit


async def _ended(w: Work, made: Reported, course: Course, assignment_id: UUID | None) -> Incident:
    """Handled, fed back, called back, reviewed and closed, as far as the form goes."""
    times, result = course.times, course.result or "handled"
    at = times["cleared_at"]
    _say_when(w, at)
    if assignment_id is None:
        incident = await closing.handle(w, made.incident_id, result)
    else:
        incident = (await open_case(w, made.incident_id)).incident
    closed_at = times.get("closed_at")
    fed_back_at = times.get("fed_back_at") or closed_at or at
    if assignment_id is not None and (course.feedback or "fed_back_at" in times or closed_at):
        _say_when(w, fed_back_at)
        form = closing.Form(
            kind="final", result=result, text=course.feedback, people_count=course.people_count
        )
        incident, _ = await closing.feed_back(w, assignment_id, form)
    if closed_at is not None:
        _say_when(w, closed_at)
        await closing.review(w, made.incident_id, accept=True)
        if course.call_back is not None:
            await closing.call_back(w, made.alarm.id, course.call_back)
        incident = await closing.close(w, made.incident_id)
    return incident
