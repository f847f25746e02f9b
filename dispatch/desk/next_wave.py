"""The next wave 梯次出警: a rule proposes the next units, and orders them by itself where that is switched on for the type.

The effect of a rule. Automatic dispatch 自动派警 is a list of types beside the rules; what it orders says so in the journal and
on the order. For every other type people are shown who would go, and decide.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.acts import Principal
from dispatch.desk import ordering
from dispatch.desk.case import Case, open_case
from dispatch.desk.ordering import Order, Recommendation
from dispatch.errors import DispatchError
from dispatch.model import AssignmentState as A
from dispatch.timers import Timer
from dispatch.work import Work
from incidents import commands as ic
from incidents.model import RESPONDING, Incident

WHY = "自动派警：规则 {rule} automatic dispatch by rule {rule}"


async def next_wave(w: Work, timer: Timer) -> datetime | None:
    """Propose the nearest units that are free: what the run card asks for first, or adds once somebody was ordered.

    They are ordered where that is automatic.
    """
    if timer.incident_id is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    if case.incident.state not in RESPONDING:
        return None
    rooms = w.centre.reference.rooms.subtree(case.incident.command_room_id)
    wanted = ordering.demand_of(w, case.incident)
    if any(order.state is not A.STACKED for order in case.assignments.values()):
        wanted = wanted.after_first()
    shown = await ordering.propose(w, case, rooms, None, needed=wanted)
    units = [row.unit_id for wave in shown.waves for row in wave]
    refused = None
    if units and is_automatic(w, case.incident):
        refused = await _order(w, case, timer, shown, units)
        case = await open_case(w, case.id)
    case.tell(ic.ProposeWave(timer.rule, shown.id, len(units), refused))
    await case.save()
    return None


def is_automatic(w: Work, incident: Incident) -> bool:
    """Whether rules may order units for it by themselves: its type is among those of automatic dispatch."""
    code = incident.type_verified or incident.type_reported
    return code is not None and any(w.centre.reference.is_kind(code, of) for of in w.centre.rules.automatic)


async def _order(w: Work, case: Case, timer: Timer, shown: Recommendation, units: list[UUID]) -> str | None:
    """As a dispatcher of the room that commands, named as the rule. What is refused stays a proposal; the code of why."""
    room_id, actor = case.incident.command_room_id, w.actor
    rooms = w.centre.reference.rooms.subtree(room_id)
    rule = Principal(id=actor.principal.id, roles=frozenset({"dispatcher"}), room_id=room_id, rooms=rooms)
    try:
        async with w.attempt():
            w.actor = msgspec.structs.replace(actor, principal=rule, reason=WHY.format(rule=timer.rule))
            await ordering.order(w, case.id, [Order(unit_id=id_) for id_ in units], "order", shown.id)
    except (
        DispatchError
    ) as refusal:  # somebody took one of them meanwhile: people see who was proposed and decide
        return refusal.code
    finally:
        w.actor = actor
    return None
