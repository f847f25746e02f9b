"""Callers learn how it goes: that somebody was sent, is on the way, that it is closed; with the number, each once.

Never who asked not to be contacted, spoke in confidence, was silent or cut off, or reports what is sensitive: a telephone
that lights up could give them away. The port of the runtime hands it over; the number lies sealed until then.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dispatch.bearers import store as outward
from dispatch.bearers.store import Told
from dispatch.work import Work
from incidents import events as ie
from incidents.model import Incident
from incidents.model import IncidentState as S

if TYPE_CHECKING:  # a case schedules what is told
    from dispatch.desk.case import Case

LINES: Mapping[Told, Mapping[str, str]] = {
    "taken": {
        "zh": "您的报警已受理并派警，警情编号{number}。紧急情况请再拨110。",
        "en": "Your report was taken and somebody is being sent, number {number}. In an emergency call 110 again.",
    },
    "on_the_way": {
        "zh": "警情{number}：民警正在赶往现场。",
        "en": "Incident {number}: officers are on the way.",
    },
    "closed": {
        "zh": "警情{number}已办结，感谢您的配合。",
        "en": "Incident {number} is closed. Thank you.",
    },
}
BEFORE_GOING = frozenset({S.RECEIVED, S.DISPATCHED, S.ACCEPTED})


def told_by(before: Incident, fact: ie.IncidentFact) -> Told | None:
    """What callers are told when this happens; None: nothing."""
    if isinstance(fact, ie.Closed):
        return "closed"
    if not isinstance(fact, ie.Progressed) or before.state not in BEFORE_GOING:
        return None
    if fact.state is S.EN_ROUTE:
        return "on_the_way"
    sent = before.state is S.RECEIVED and fact.state in (S.DISPATCHED, S.ACCEPTED)
    return "taken" if sent else None


async def tell_callers(w: Work, case: "Case", kind: Told) -> None:
    """Write it for all callers of the incident and of those merged into it, unless it was keyed in later or is sensitive."""
    incident, types = case.incident, w.centre.reference.types
    code = incident.type_verified or incident.type_reported
    sensitive = code is not None and code in types and types.get(code).sensitive
    if sensitive or "cannot_talk" in incident.labels or not (w.actor.is_live and w.arms_timers):
        return
    body = {lang: line.format(number=incident.number) for lang, line in LINES[kind].items()}
    await outward.tell_callers(w.conn, case.family, kind, body, w.now)
