"""What rules do upward: an incident is raised to a room above, which watches, commands along or commands.

Effects, done as the system. A rule never takes command from a room above the one it speaks to; what a room does already is
never lowered by being raised to again.
"""

from datetime import datetime

from dispatch import store
from dispatch.desk.case import open_case
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import OPEN, RaiseMode


async def monitor(w: Work, timer: Timer) -> datetime | None:
    """The room above watches it 提级盯办."""
    return await _raise(w, timer, "monitor")


async def share(w: Work, timer: Timer) -> datetime | None:
    """The room above commands along."""
    return await _raise(w, timer, "share")


async def take(w: Work, timer: Timer) -> datetime | None:
    """The room above commands, unless one above that does already."""
    return await _raise(w, timer, "take")


async def _raise(w: Work, timer: Timer, mode: RaiseMode) -> datetime | None:
    rule = w.centre.rules.by_id.get(timer.rule)
    if timer.incident_id is None or rule is None or rule.to is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    incident, reference = case.incident, w.centre.reference
    room_id = reference.addressed(incident.room_id, rule.to)
    if room_id is None or room_id == incident.room_id or incident.state not in OPEN:
        return None
    above = reference.rooms.by_id[room_id].lineage[1:]
    if mode == "take" and incident.command_room_id in above:
        mode = "share"
    if case.tell(ic.Raise(room_id, mode, ms(w.now))):
        await case.save()
        await store.add_audience(w.conn, [(case.id, room_id, "raised")])
    return None
