"""The closed loop: feedback, review or return, call-back, close; and the ways out beside it.

Nothing closes without what its type demands, and whatever ended can be taken up again.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, lifecycle, store
from dispatch import events as ae
from dispatch.desk import (
    boards,
    calling_back,
    disputed,
    going,
    looking_back,
    requesting,
    reviewing,
    ringing_back,
    spotting,
    stacking,
    supervising,
)
from dispatch.desk.case import Case, authorised, open_case, standing_final
from dispatch.desk.filling import Told, filled, keep_texts_of
from dispatch.desk.open_ends import none_open
from dispatch.desk.reviewing import tell_form
from dispatch.desk.sealed import keep_people, keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.model import Assignment, Feedback
from dispatch.model import AssignmentState as A
from dispatch.texts import check_texts
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents import events as ie
from incidents import store as incident_store
from incidents.closure import missing
from incidents.model import Alarm, CallBack, CallBackOutcome, ExternalRef, FollowUp, Incident
from incidents.model import IncidentState as S
from units import store as unit_store

MAX_PEOPLE = 100_000
EXIT_ACTS = {"void": "void", "advised": "advise", "transferred": "transfer"}
"""How a way out is called in acts.csv."""
Form = Told
"""What is handed in about one assignment."""


async def feed_back(w: Work, assignment_id: UUID, form: Form) -> tuple[Incident, Feedback]:
    """Hand in a form about one assignment; a final one replaces the final before it."""
    check_texts(form)
    incident_id = await store.incident_of(w.conn, assignment_id)
    if incident_id is None:
        raise NotFound(f"There is no assignment {assignment_id}.", noun="assignment")
    case = await open_case(w, incident_id, follow_merge=True)
    assignment = case.assignments[assignment_id]
    unit = (await unit_store.read_units(w.conn, [assignment.unit_id])) if assignment.unit_id else {}
    going.authorise(
        w, case, assignment, unit.get(assignment.unit_id) if assignment.unit_id else None, "feedback"
    )
    _check_in_time(w, case, assignment_id, form)
    form = await filled(w, case, form)
    _check(w, case, form)
    await _replace_final(w, case, assignment_id, form)
    saved = tell_form(w, None, uuid7(), await _submitted(w, assignment, form))
    await store.save_feedback(w.conn, [saved])
    if case.incident.state is S.FED_BACK and _settles(case, assignment_id, form):
        case.tell(ic.FeedBack(ms(w.now), form.type_verified, form.result))
    await case.follow()
    await case.save()
    told = [form.text, *form.texts.values(), *(one.name for one in form.people)]
    spotting.search(w, case.id, "feedback", told, case.incident.exercise)
    return case.incident, saved


async def _submitted(w: Work, assignment: Assignment, form: Form) -> ae.FormSubmitted:
    """The fact of a form; what it says of people is sealed."""
    people = await keep_people(w, assignment.incident_id, list(form.people)) if form.people else []
    return ae.FormSubmitted(
        assignment_id=assignment.id,
        incident_id=assignment.incident_id,
        kind=form.kind,
        result=form.result,
        type_verified=form.type_verified,
        people_count=form.people_count if form.people_count is not None else len(form.people) or None,
        narrative_id=await keep_text(w, assignment.incident_id, form.text) if form.text else None,
        person_ids=tuple(people),
        photos=form.photos,
        form_code=form.form.code if form.form else None,
        form_version=form.form.version if form.form else None,
        answers=form.facts,
        texts_id=await keep_texts_of(w, assignment.incident_id, form.texts),
        complete=form.complete,
        by=w.principal.id,
        claimed_at=w.actor.claimed_at,
        recorded_at=w.now,
    )


def _settles(case: Case, assignment_id: UUID, form: Form) -> bool:
    """Whether this form is the one that settles the incident: the final one of the primary."""
    return form.kind == "final" and assignment_id == case.incident.primary_id


def _check_in_time(w: Work, case: Case, assignment_id: UUID, form: Form) -> None:
    incident = case.incident
    if incident.state is S.CLOSED or (incident.state is S.REVIEWED and _settles(case, assignment_id, form)):
        raise NotNow(
            f"Incident {incident.number} is {incident.state}; have the form returned or reopen it.",
            state=incident.state,
        )
    if incident.state is S.HANDLED and _settles(case, assignment_id, form):
        w.step_time(incident.times.get("handled"))


def _check(w: Work, case: Case, form: Form) -> None:
    tree = w.centre.reference.types
    code = form.type_verified or case.incident.type_verified or case.incident.type_reported
    if form.type_verified is not None:
        tree.get(form.type_verified)
    if form.kind == "final" and form.result is None:
        raise Invalid("A final form needs a result; `handled` always is one.", field="result")
    known = form.result in (None, "handled") or (
        code is not None and tree.get(code).accepts_result(form.result or "")
    )
    if not known:
        raise Invalid(f"{form.result!r} is not among the results of this type.", field="result")
    if form.people_count is not None and not len(form.people) <= form.people_count <= MAX_PEOPLE:
        raise Invalid(
            f"people_count counts at least those named, and at most {MAX_PEOPLE}.", field="people_count"
        )


async def _replace_final(w: Work, case: Case, assignment_id: UUID, form: Form) -> None:
    if form.kind != "final":
        return
    forms = await store.feedback_of(w.conn, case.family)
    old = [
        f for f in forms if f.assignment_id == assignment_id and f.kind == "final" and f.state != "replaced"
    ]
    replaced = [tell_form(w, f, f.id, ae.FormReplaced()) for f in old]
    if replaced:
        await store.save_feedback(w.conn, replaced)


async def review(w: Work, incident_id: UUID, accept: bool, assignment_id: UUID | None = None) -> Incident:
    """Accept all forms, or return one assignment's for correction. Raises NotFound, NotNow, NotInThisState."""
    case = await open_case(w, incident_id)
    await authorised(w, case, "review")
    at, _ = w.step_time(case.incident.times.get("fed_back"))
    if accept:
        await reviewing.accept(w, case, at)
    else:
        await _return(w, case, at, assignment_id)
    await case.save()
    return case.incident


async def _return(w: Work, case: Case, at: int, assignment_id: UUID | None) -> None:
    forms = await store.feedback_of(w.conn, case.family)
    returned = assignment_id or case.incident.primary_id
    mine = [f for f in forms if f.assignment_id == returned and f.kind == "final" and f.state != "replaced"]
    if returned is not None and not mine:
        raise NotFound("That assignment has no final form to return.", noun="feedback")
    case.tell(ic.Return(returned, at))
    if mine:
        await store.save_feedback(w.conn, [tell_form(w, f, f.id, ae.FormReturned()) for f in mine])


class Then(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about a caller who was not satisfied. due_at: of the supervision order; to: as what it is reopened."""

    do: FollowUp = "supervise"
    due_at: datetime | None = None
    to: Literal["received", "handled"] = "received"


async def call_back(
    w: Work,
    alarm_id: UUID,
    outcome: CallBackOutcome,
    text: str | None = None,
    then: Then | None = None,
    end: bool = False,
) -> Alarm:
    """Record what the caller said afterwards; the last outcome counts. end: not reached, and it is left at that.

    Not reached is an attempt and no call-back: the caller is tried again, until somebody ends it with a reason.
    Of a caller who was not satisfied the owning room must answer to the one above, unless the incident is reopened; what
    is keyed in later or replayed leads to neither.
    """
    check_texts(text, "text")
    if then is not None and outcome != "dissatisfied":
        raise Invalid("Only what a dissatisfied caller said leads to more.", field="then")
    if end and outcome != "not_reached":
        raise Invalid("Only a call-back that was not reached is ended without an answer.", field="end")
    alarms = await incident_store.read_alarms(w.conn, [alarm_id])
    if alarm_id not in alarms:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    case = await open_case(w, alarms[alarm_id].incident_id, follow_merge=True)
    alarm = (await incident_store.read_alarms(w.conn, [alarm_id]))[alarm_id]
    if alarm.incident_id not in case.family:  # it was moved while the lock was waited for
        return await call_back(w, alarm_id, outcome, text, then, end)
    found = await authorised(w, case, "read")
    acts.authorise(w.principal, "alarm", "call_back", found, case.incident.state)
    at, _ = w.step_time(case.incident.began)
    if outcome == "not_reached" and not end:
        alarm = await calling_back.unreached(w, case, alarm, text, at)
        await case.save()
        return alarm
    if end:
        calling_back.check_end(w, case, alarm)
    narrative_id = await keep_text(w, alarm.incident_id, text) if text else None
    if outcome == "dissatisfied" and then is None and w.actor.is_live:
        then = Then()
    demand = None
    if then is not None and then.do == "supervise":
        demand = await supervising.after_call_back(w, case, alarm, text, then.due_at)
    said = CallBack(outcome, at, narrative_id, then.do if then else None, demand.id if demand else None, end)
    alarm = await calling_back.tell(w, alarm, ie.AlarmCalledBack(called_back=said))
    case.tell(ic.CallBackDone(alarm.id, at, outcome))
    if then is not None and then.do == "reopen":
        await authorised(w, case, "reopen")
        await _reopen(w, case, then.to, at)
    await case.save()
    return alarm


async def close(w: Work, incident_id: UUID, despite_open: bool = False) -> Incident:
    """Close what is reviewed and complete, with nothing open unless a leader says so with a reason.

    Its tasks count too; those a leader leaves undone end with that reason, as they do by the other ways out.

    Raises NotYetComplete naming what its type still demands, StillOpen naming what is open.
    """
    case = await open_case(w, incident_id)
    await authorised(w, case, "close")
    at, _ = w.step_time(case.incident.times.get("reviewed"))
    missing_still = await _missing(w, case)
    despite = () if missing_still else await none_open(w, case, despite_open, (boards.open_ends,))
    case.tell(ic.Close(at, missing_still, despite))
    await _recall_all(w, case)
    await _let_go(w, case, despite)
    await looking_back.look_back_on(w, case, at)
    return case.incident


async def _let_go(w: Work, case: Case, despite: tuple[str, ...]) -> None:
    """Write that it has ended; what was left open is waited for no longer on its account."""
    await case.save()
    if despite:
        await requesting.follow(w, case)
        await disputed.follow(w, case)


async def _missing(w: Work, case: Case) -> tuple[str, ...]:
    code = case.incident.type_verified or case.incident.type_reported
    if code is None:
        return ()
    alarms = await incident_store.alarms_of(w.conn, case.family)
    forms = await store.feedback_of(w.conn, case.family)
    ordered = any(a.unit_id is not None and a.state is A.CLEARED for a in case.assignments.values())
    return missing(w.centre.reference.types.get(code).closure, alarms, forms, ordered)


async def handle(w: Work, incident_id: UUID, result: str) -> Incident:
    """Settle an incident without a unit; fed back by that result."""
    case = await open_case(w, incident_id)
    await authorised(w, case, "handle")
    if any(not a.watches for a in case.open_assignments):
        raise NotNow(
            f"Incident {case.incident.number} still has units on it; they clear with a result, or are recalled first."
        )
    code = case.incident.type_verified or case.incident.type_reported
    if result != "handled" and (
        code is None or not w.centre.reference.types.get(code).accepts_result(result)
    ):
        raise Invalid(
            f"{result!r} is not among the results of this type; `handled` always is.", field="result"
        )
    latest = [
        max(a.times.values()) for a in lifecycle.of_this_round(case.incident, case.assignments.values())
    ]
    at, _ = w.step_time(max([case.incident.began or 0, *latest]))
    case.tell(ic.Handle(result, at))
    await case.look_no_more()
    await case.save()
    return case.incident


async def end(
    w: Work,
    incident_id: UUID,
    exit_: Literal["void", "advised", "transferred"],
    reference: ExternalRef | None = None,
    despite_open: bool = False,
) -> Incident:
    """Leave by an exit; units still on it are recalled in the same act. A reason is demanded of void and advised.

    What was asked of the agency that takes it over is settled by that. Raises StillOpen naming what else is open.
    """
    case = await open_case(w, incident_id)
    act = EXIT_ACTS[exit_]
    await authorised(w, case, act)
    if exit_ != "transferred" and not (w.actor.reason or "").strip():
        raise Invalid(f"To {act} an incident, give the reason.", field="reason")
    if reference is not None:
        check_texts(reference)
    if exit_ == "void":
        await ringing_back.check_void(w, case)
    at, _ = w.step_time(case.incident.began)
    if reference is not None:
        await requesting.settle_with(w, case, reference.agency, at)
    despite = await none_open(w, case, despite_open)
    freed = await _recall_all(w, case)
    case.tell(ic.End(exit_, at, reference, despite))
    await _let_go(w, case, despite)
    await stacking.offer_next(w, freed)
    return case.incident


async def _recall_all(w: Work, case: Case) -> list[UUID]:
    """Free every unit, and drop every job kept for later; the units."""
    standing = [a for a in case.assignments.values() if a.is_open or a.state is A.STACKED]
    units = (
        await unit_store.read_units(w.conn, [a.unit_id for a in standing if a.unit_id]) if standing else {}
    )
    for a in standing:
        await going.leave(w, case, a.id, "recalled", units.get(a.unit_id) if a.unit_id else None)
    return list(units)


async def reopen(w: Work, incident_id: UUID, to: Literal["received", "handled"]) -> Incident:
    """Take up again what ended: `received` with a new clock, or `handled` when only the form is wrong."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To reopen an incident, give the reason.", field="reason")
    case = await open_case(w, incident_id)
    await authorised(w, case, "reopen")
    at, _ = w.step_time(case.incident.times.get("closed"))
    await _reopen(w, case, to, at)
    await case.save()
    return case.incident


async def _reopen(w: Work, case: Case, to: Literal["received", "handled"], at: int) -> None:
    before = case.incident.primary_id
    primary = case.assignments.get(before) if before else None
    case.tell(ic.Reopen(to, at, by_unit=primary is not None and primary.result is not None))
    if to == "handled":
        forms = [f for f in await store.feedback_of(w.conn, case.family) if f.assignment_id == before]
        wrong = standing_final(forms, before)
        if wrong is not None:
            await store.save_feedback(w.conn, [tell_form(w, wrong, wrong.id, ae.FormReturned())])
    await case.follow()
    await requesting.follow(w, case)
    await disputed.follow(w, case)
