"""A plan taken up by rule 启用预案: what is serious has its tasks even where nobody takes up what was pushed.

The effect of a rule. What people have refused or ended in this round of the incident stays so, and what is active stays as it is.
"""

from datetime import datetime

import msgspec

from dispatch.desk.boards import open_board
from dispatch.desk.case import open_case
from dispatch.plans.model import P
from dispatch.timers import Timer
from dispatch.work import Work
from incidents.model import OPEN

WHY = "规则 {rule} 启用预案 taken up by rule {rule}"


async def activate_plan(w: Work, timer: Timer) -> datetime | None:
    """Activate the plan that `args` names, as the system, saying by which rule."""
    rule = w.centre.rules.by_id.get(timer.rule)
    if timer.incident_id is None or rule is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    board = await open_board(w, case)
    plan = w.centre.plans.by_code.get(rule.args.get("plan", ""))
    if plan is None or case.incident.state not in OPEN:
        return None
    rows = [row for row in board.plans.values() if row.code == plan.code]
    waiting = next((row for row in rows if row.state is P.PROPOSED), None)
    if waiting is None and any(row.holds(case.incident.round) for row in rows):
        return None
    actor = w.actor
    w.actor = msgspec.structs.replace(actor, reason=WHY.format(rule=timer.rule))
    board.activate(plan, waiting or board.propose(plan), automatic=True)
    board.go_on()
    w.actor = actor
    await board.save()
    return None
