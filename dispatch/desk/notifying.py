"""Auxiliaries 群防群治力量 near an incident are told of it: a message that each acknowledges, never an order.

With the order of the first police unit, so that they are never alone there; never of what has to do with weapons. A city's own
rule may have later comers told as well.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from dispatch.desk import messaging
from dispatch.desk.case import open_case
from dispatch.ranking import seconds_of
from dispatch.response import requirement
from dispatch.talk import store as talk_store
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents.model import RESPONDING, Incident
from units.roll import Filter

WITHIN_S = 60.0
"""The 1-minute ring 1分钟快反圈: as far as one gets in that time by one's own means, by the straight line and the detour of streets."""
MOST = 20
WORDS = (
    "警情通知 {number}：{zh}，{at}。民警已出动，请就近观察、疏导，不得单独处置。"
    "Notice {number}: {en}, {at}. Police are on their way: watch and guide, do not act alone."
)


async def notify_auxiliaries(w: Work, timer: Timer) -> datetime | None:
    """The effect of a rule: tell those that have come near since somebody was ordered."""
    if timer.incident_id is not None:
        case = await open_case(w, timer.incident_id, follow_merge=True)
        if case.incident.state in RESPONDING:
            going = [order.unit_id for order in case.assignments.values() if order.unit_id is not None]
            await tell_auxiliaries(w, case.incident, going)
    return None


async def tell_auxiliaries(w: Work, incident: Incident, going: Collection[UUID]) -> list[UUID]:
    """Tell those near enough that are free and were not told yet, the nearest first; whom. Nobody of what lies in the past.

    going: the police units that go there; while there are none nobody is told.
    """
    if not going or not w.arms_timers or not may_hear(w, incident):
        return []
    near = ring(w, incident)
    told = await talk_store.auxiliaries_told(w.conn, incident.id) if near else set()
    new = [unit_id for unit_id in near if unit_id not in told][:MOST]
    for unit_id in new:
        await messaging.say_about(w, unit_id, incident, said_of(w, incident))
    return new


def may_hear(w: Work, incident: Incident) -> bool:
    """Whether auxiliaries may be told of it: its type says so, and nothing of weapons is known."""
    code = incident.type_verified or incident.type_reported
    tree = w.centre.reference.types
    return (
        code is not None
        and code in tree
        and requirement(tree, (), code, incident.priority, incident.labels).auxiliary
    )


def ring(w: Work, incident: Incident) -> list[UUID]:
    """The free auxiliaries of any room whose way there takes at most WITHIN_S, the nearest first; none while it has no place."""
    if incident.lon is None or incident.lat is None:
        return []
    which = Filter(states=frozenset({"available"}), classes=frozenset({"auxiliary"}))
    around = w.centre.live.around(incident.lon, incident.lat, which)
    handles = [int(handle) for handle in around.handles.tolist()]
    lost = w.centre.live.lost(handles, ms(w.now))
    near = [
        (seconds, handle)
        for seconds, handle, gone in zip(seconds_of(around, None).tolist(), handles, lost, strict=True)
        if seconds <= WITHIN_S and not gone
    ]
    return [w.centre.live.entry(handle).unit_id for _, handle in sorted(near)]


def said_of(w: Work, incident: Incident) -> str:
    """What they hear: number, kind and place, nothing of any person."""
    kind = w.centre.reference.types.get(incident.type_verified or incident.type_reported or "")
    place = (incident.place.address if incident.place else None) or "—"
    return WORDS.format(number=incident.number, zh=kind.name_zh, en=kind.name_en, at=place)
