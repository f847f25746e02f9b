"""Acts on plans: one is activated, refused or ended by people; an administrator puts in other plans.

What happens by itself (pushing, automatic activation, the end with the incident) is `boards`.
"""

from uuid import UUID

from dispatch import acts, timers
from dispatch.desk.boards import Board, open_board
from dispatch.desk.case import authorised, open_case
from dispatch.desk.sealed import keep_text
from dispatch.errors import Behind, Invalid, NotFound, NotNow
from dispatch.places import Changed
from dispatch.plans import events as pe
from dispatch.plans import store
from dispatch.plans.faults import faults
from dispatch.plans.file import PlanFile, PlanSet
from dispatch.plans.model import IncidentPlan, P
from dispatch.rules import Rules
from dispatch.work import Work

PLANS_ID = UUID(int=113)
"""Under this id the journal keeps that plans were changed."""


async def activate(w: Work, incident_id: UUID, code: str, version: int | None = None) -> IncidentPlan:
    """Activate a plan, pushed or chosen by hand; its steps become tasks. version: of the plans that were looked at.

    One that is active already is left as it is. Raises NotFound, NotAllowed, NotNow, Behind.
    """
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "activate_plan")
    board = await open_board(w, case)
    plans = w.centre.plans
    if version is not None and version != plans.version:
        raise Behind("The plans were changed since you looked at them; look again.", version=plans.version)
    plan = plans.by_code.get(code)
    if plan is None:
        raise NotFound(f"There is no plan {code!r}.", noun="plan")
    rows = [row for row in board.plans.values() if row.code == code]
    active = next((row for row in rows if row.state is P.ACTIVE), None)
    if active is not None:
        return active
    waiting = next((row for row in rows if row.state is P.PROPOSED), None)
    made = board.activate(plan, waiting or board.propose(plan), automatic=False)
    board.go_on()
    await board.save()
    return made


async def dismiss(w: Work, incident_id: UUID, plan_id: UUID) -> IncidentPlan:
    """Decide against a plan that was pushed; it is not pushed again in this round of the incident."""
    board, row = await _opened(w, incident_id, plan_id)
    await authorised(w, board.case, "dismiss_plan")
    made = board.tell_plan(row.id, pe.Dismissed(ended_at=w.now, ended_by=w.principal.id))
    await board.save()
    return made


async def end(w: Work, incident_id: UUID, plan_id: UUID) -> IncidentPlan:
    """End an active plan before its time, with the reason: what of it is still to be done need not be done any more."""
    reason = (w.actor.reason or "").strip()
    if not reason:
        raise Invalid("To end a plan, give the reason.", field="reason")
    board, row = await _opened(w, incident_id, plan_id)
    await authorised(w, board.case, "end_plan")
    if row.state is not P.ACTIVE:
        raise NotNow(f"The plan {row.name.zh} is {row.state}, not active.", state=row.state)
    for task in [one for one in board.standing if one.plan_id == row.id]:
        said = await keep_text(w, task.incident_id, reason)
        fact = pe.NotApplicable(done_at=w.now, done_by=w.principal.id, cause="plan_ended", narrative_id=said)
        board.tell_task(task.id, fact)
    made = board.tell_plan(row.id, pe.PlanEnded(ended_at=w.now, ended_by=w.principal.id))
    board.go_on()
    await board.save()
    return made


async def _opened(w: Work, incident_id: UUID, plan_id: UUID) -> tuple[Board, IncidentPlan]:
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "read")
    board = await open_board(w, case)
    if plan_id not in board.plans:
        raise NotFound(f"There is no plan {plan_id} on incident {case.incident.number}.", noun="plan")
    return board, board.plans[plan_id]


def checked(w: Work, file: PlanFile, version: int) -> PlanSet:
    """A file's plans, when they can be used. Raises Invalid with the first fault and all of them as details."""
    reference = w.centre.reference
    found = faults(file.plans, reference.types, frozenset(reference.rooms.by_code))
    if found:
        more = f" ({len(found) - 1} more faults in this file.)" if len(found) > 1 else ""
        raise Invalid(found[0] + more, field="plans", faults=found)
    return PlanSet(version, file.plans)


def _keep_named(plans: PlanSet, rules: Rules) -> None:
    """Raises Invalid when a rule activates a plan that these lack; shipped ones then do nothing, where a city has its own plans."""
    for rule in rules.rules if rules.version else ():
        code = rule.args.get("plan")
        if code is not None and code not in plans.by_code:
            raise Invalid(
                f"The rule {rule.id} activates the plan {code!r}, which this file lacks; change the rule first.",
                field="plans",
            )


async def put_plans(w: Work, file: PlanFile, read: str) -> PlanSet:
    """Put in plans as the next version; what is active keeps its own. read: the version that was changed, * for any."""
    acts.authorise(w.principal, "reference", "administer")
    await timers.lock_rules(w.conn)  # rules name plans: neither changes while the other is judged
    await store.lock_set(w.conn)
    known = (await store.read_set(w.conn)).version
    if read not in ("*", str(known)):
        raise Behind("The plans were changed since you read them; read them again.", version=known)
    plans = checked(w, file, known + 1)
    _keep_named(plans, await timers.read_rules(w.conn))
    await store.add_set(w.conn, plans, w.now)
    w.append("plan_set", PLANS_ID, plans.version, None, Changed(version=plans.version))
    return plans
