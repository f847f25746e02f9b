"""Forms that are complete and routine are accepted by rule; what a person must look at stays, and says why.

The effect of a rule, and the judgement that a review by a person keeps with its fact.
"""

from datetime import datetime
from uuid import UUID

from dispatch import events as ae
from dispatch import journal, lifecycle, store
from dispatch.desk.case import Case, open_case
from dispatch.model import Feedback
from dispatch.review import Matter, reasons
from dispatch.settling import drawn_by, kind_of
from dispatch.supervision import store as supervision_store
from dispatch.timers import Timer
from dispatch.waiting import Spoken
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import IncidentState as S


async def accept_forms(w: Work, timer: Timer) -> datetime | None:
    """Accept all forms of a routine incident; of any other a reviewer is told that it waits."""
    case = await open_case(w, timer.entity_id, follow_merge=True)
    if case.incident.state is S.FED_BACK and not await why_a_person(w, case):
        await accept(w, case, ms(w.now), by_rule=True)
        await case.save()
    return None


async def why_a_person(w: Work, case: Case) -> tuple[str, ...]:
    """For which reasons a person reviews this incident; none: a rule may accept it."""
    incident = case.incident
    spoken = Spoken(w.centre.rules, w.centre.reference, w.centre.units)
    matter = Matter(
        incident=incident, kind=kind_of(incident, spoken), forms=await store.feedback_of(w.conn, case.family),
        orders=list(case.assignments.values()),
        returned=await journal.has_fact(w.conn, "incident", list(case.family), "returned"),
        supervised=bool(await supervision_store.open_of(w.conn, case.family)),
        draw=w.centre.seal.lot(drawn_by(incident)),
    )  # fmt: skip
    return reasons(matter)


async def accept(w: Work, case: Case, at: int, *, by_rule: bool = False) -> None:
    """Review the incident and accept every form that is in; with the fact goes why a person was asked."""
    why = await why_a_person(w, case) if w.actor.is_live and not by_rule else ()
    case.tell(ic.Review(at, by_rule, why))
    forms = await store.feedback_of(w.conn, case.family)
    changed = [tell_form(w, f, f.id, ae.FormAccepted()) for f in forms if f.state == "submitted"]
    if changed:
        await store.save_feedback(w.conn, changed)


def tell_form(w: Work, form: Feedback | None, id_: UUID, fact: ae.FeedbackFact) -> Feedback:
    """The form after one more fact, which is remembered for the journal."""
    changed = lifecycle.evolve_form(form, id_, fact)
    w.append("feedback", id_, changed.version, changed.incident_id, fact)
    return changed
