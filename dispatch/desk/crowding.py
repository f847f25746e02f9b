"""A crowd that was entered one by one: several incidents of a kind within minutes in one place become one surge, by rule.

The oldest that is responded to is pinned for every call-taker; nothing is merged by itself, the rest is theirs to attach.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch import timers
from dispatch.desk.case import open_case
from dispatch.desk.looking_around import beside, beside_surges
from dispatch.signs import Repeats
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents import store as incident_store
from incidents.model import RESPONDING, Incident

AGAIN = timedelta(seconds=1)
"""Somebody has the oldest under his hands: it is not waited for, or two acts might wait for each other."""


async def declare_surge(w: Work, timer: Timer) -> datetime | None:
    """Effect: the oldest of them is a surge from now on; nothing where one of them is one already."""
    repeats = _repeats(w, timer)
    incident = await _as_it_goes_on(w, timer.entity_id)
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
    if oldest != incident.id and oldest not in await timers.free_incidents(w.conn, [oldest], 1):
        return w.now + AGAIN
    case = await open_case(w, oldest)
    since = min([incident.opened_at, *(one.opened_at for one in others)])
    beside_it = {incident.id, *(one.id for one in others)} - {oldest}
    case.tell(ic.DeclareSurge(since=ms(since), others=tuple(sorted(beside_it)), at=ms(w.now)))
    await case.save()
    return None


async def nothing_to_declare(w: Work, due: Sequence[Timer]) -> set[int]:
    """Ids of those timers beside whose incident there is a surge already: in a crowd nearly all, known at one look."""
    found: set[int] = set()
    for rule in {timer.rule for timer in due}:
        of_it = [timer for timer in due if timer.rule == rule]
        repeats = _repeats(w, of_it[0])
        if repeats is not None:
            beside_one = await beside_surges(w, [timer.entity_id for timer in of_it], repeats)
            found |= {timer.id for timer in of_it if timer.entity_id in beside_one}
    return found


async def _as_it_goes_on(w: Work, incident_id: UUID) -> Incident:
    """The incident, or the one it was merged into; the engine has locked them."""
    incident = (await incident_store.read_incidents(w.conn, [incident_id]))[incident_id]
    if incident.merged_into is None:
        return incident
    return await _as_it_goes_on(w, incident.merged_into)


def _repeats(w: Work, timer: Timer) -> Repeats | None:
    """What the sign counts by which its rule declares surges."""
    rule = w.centre.rules.by_id.get(timer.rule)
    label = None if rule is None else rule.args.get("sign")
    return next((sign.repeats for sign in w.centre.rules.signs if sign.label == label), None)
