"""A crowd that was entered one by one: several incidents of a kind within minutes in one place become one surge, by rule.

The oldest that is responded to is pinned for every call-taker; nothing is merged by itself, the rest is theirs to attach.
"""

from datetime import datetime, timedelta

from dispatch import timers
from dispatch.desk.case import open_case
from dispatch.desk.looking_around import beside
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents import store as incident_store
from incidents.model import RESPONDING

AGAIN = timedelta(seconds=1)
"""Somebody has the oldest under his hands: it is not waited for, or two acts might wait for each other."""


async def declare_surge(w: Work, timer: Timer) -> datetime | None:
    """Effect: the oldest of them is a surge from now on; nothing where one of them is one already."""
    rule = w.centre.rules.by_id.get(timer.rule)
    case = await open_case(w, timer.entity_id, follow_merge=True)
    incident = case.incident
    label = None if rule is None else rule.args.get("sign")
    repeats = next((sign.repeats for sign in w.centre.rules.signs if sign.label == label), None)
    if repeats is None or incident.cell15 is None or incident.state not in RESPONDING:
        return None
    await incident_store.take_surge_turn(w.conn)
    others = await beside(w, incident, repeats)
    if any(other.surges for other in others):
        return None
    there = [
        (incident.opened_at, incident.id),
        *((one.opened_at, one.id) for one in others if one.state in RESPONDING),
    ]
    oldest = min(there)[1]
    if oldest != incident.id:
        if oldest not in await timers.free_incidents(w.conn, [oldest], 1):
            return w.now + AGAIN
        case = await open_case(w, oldest)
    since = min([incident.opened_at, *(one.opened_at for one in others)])
    beside_it = {incident.id, *(one.id for one in others)} - {oldest}
    case.tell(ic.DeclareSurge(since=ms(since), others=tuple(sorted(beside_it)), at=ms(w.now)))
    await case.save()
    return None
