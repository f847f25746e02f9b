"""Who cannot go is replaced: as soon as a unit says so, the nearest others are proposed and kept with its order.

The order stands until the ordering room releases it; rules ask for this, and do not let it lie.
"""

from datetime import datetime

from dispatch import commands as ac
from dispatch.desk.case import open_case
from dispatch.desk.ordering import propose
from dispatch.timers import Timer
from dispatch.work import Work


async def propose_other(w: Work, timer: Timer) -> datetime | None:
    """Effect: propose one unit of the ordering room's in place of the one that cannot go, and the next after it."""
    if timer.incident_id is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    order = case.assignments[timer.entity_id]
    rooms = w.centre.reference.rooms.subtree(order.ordered_by)
    proposed = await propose(w, case, rooms, 1, waves=2)
    case.tell_assignment(order.id, ac.ProposeOther(proposed.id))
    await case.save()
    return None
