"""Safety check 安全确认: a unit on scene whose position is lost is asked at once, and its incident says so until it is heard.

Effects of two rules. Lost is judged by when its last stored fix was received, so that every replica judges alike; it says
nothing of the unit's duty or of its job.
"""

from datetime import UTC, datetime, timedelta

from dispatch import commands as ac
from dispatch.desk import checking
from dispatch.desk.case import Case, open_case
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.timers import Timer
from dispatch.work import Work, ms
from units import store as unit_store

KEPT_EACH = timedelta(seconds=10)
"""Last fixes are stored this often: so much later a loss is seen in the database."""
LOOK_AGAIN = timedelta(seconds=10)


async def watch_touch(w: Work, timer: Timer) -> datetime | None:
    """Nothing while fixes come; once they don't, the unit is asked whether it is safe and the loss becomes a fact."""
    case, order = await _order(w, timer)
    heard_at = await _heard_at(w, order) if order is not None else None
    if order is None or heard_at is None:  # no longer there, or a unit that never had a position to lose
        return w.now + _lost_after(w)
    if heard_at + _lost_after(w) > w.now:
        return heard_at + _lost_after(w)
    case.tell_assignment(order.id, ac.Check("touch_lost", ms(w.now)))
    await case.save()
    await checking.ask_status(w, timer)
    return w.now + LOOK_AGAIN  # what was found is told by its own fact


async def watch_return(w: Work, timer: Timer) -> datetime | None:
    """Fixes came again: the alert goes by itself. A word of the unit ends it as well."""
    case, order = await _order(w, timer)
    heard_at = await _heard_at(w, order) if order is not None else None
    if order is not None and heard_at is not None and ms(heard_at) > order.times.get("touch_lost", 0):
        case.tell_assignment(order.id, ac.Check("touch_regained", ms(w.now)))
        await case.save()
    return w.now + LOOK_AGAIN


async def _order(w: Work, timer: Timer) -> tuple[Case, Assignment | None]:
    assert timer.incident_id is not None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    order = case.assignments.get(timer.entity_id)
    return case, order if order is not None and order.state is A.ON_SCENE else None


async def _heard_at(w: Work, order: Assignment) -> datetime | None:
    received_ms = await unit_store.last_received(w.conn, order.unit_id) if order.unit_id else None
    return None if received_ms is None else datetime.fromtimestamp(received_ms / 1000, UTC)


def _lost_after(w: Work) -> timedelta:
    return timedelta(milliseconds=w.centre.live.limits.lost_after_ms) + KEPT_EACH
