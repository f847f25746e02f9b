"""Reaching a unit whose terminal is silent: its second bearer, its duty phone, and a look whether it will arrive in time.

Rules call these when an order was not delivered, and while a unit is on its way. What goes out beside the radio is a row
that the port of the runtime sends; until a provider is plugged in, the row alone stands for it.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import commands as ac
from dispatch import store
from dispatch.bearers import store as outward
from dispatch.desk import radio
from dispatch.desk.case import open_case
from dispatch.model import Assignment
from dispatch.ranking import seconds_of
from dispatch.timers import Timer
from dispatch.waiting import LANGUAGES, Spoken, names_of
from dispatch.work import Work, ms
from incidents import store as incident_store
from incidents.model import Incident
from units import store as unit_store
from units.live import EVERYBODY
from units.model import Unit

LATE = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=10)


async def second_bearer(w: Work, timer: Timer) -> datetime | None:
    """Say the order again through the unit's other gateway, if it has one."""
    incident, order, unit = await ordered(w, timer)
    if unit is not None and unit.second_gateway is not None:
        ids = [incident.id, *await incident_store.children(w.conn, [incident.id])]
        await radio.say(
            w, unit, "order", incident, order, gateway=unit.second_gateway, narrative_id=await radio.first_text(w, ids)
        )  # fmt: skip
    return None


async def sms(w: Work, timer: Timer) -> datetime | None:
    """Write to the unit's duty phone, if it has one."""
    await _send(w, timer, "sms")
    return None


async def phone(w: Work, timer: Timer) -> datetime | None:
    """Ring the unit's duty phone, if it has one, and speak."""
    await _send(w, timer, "phone")
    return None


async def _send(w: Work, timer: Timer, bearer: Literal["sms", "phone"]) -> None:
    incident, order, unit = await ordered(w, timer)
    rule = w.centre.rules.by_id.get(timer.rule)
    if unit is None or unit.duty_phone is None or rule is None:
        return
    words = Spoken(w.centre.rules, w.centre.reference, {unit.id: unit})
    names = names_of(incident, order, rule, timer.due_at - timer.armed_at, words)
    said = rule.say or rule.what
    body: dict[str, str] = {lang: getattr(said, lang).format(**names[lang]) for lang in LANGUAGES}
    message = outward.OutwardMessage(
        id=uuid7(), bearer=bearer, address=unit.duty_phone, incident_id=incident.id, assignment_id=order.id,
        unit_id=unit.id, exercise=incident.exercise, body=body, recorded_at=w.now,
    )  # fmt: skip
    await outward.add(w.conn, message)


async def give_up(w: Work, message: outward.OutwardMessage, provider: str) -> None:
    """No port has taken it, however often it was tried: it is marked, and the dispatcher is told to call by voice."""
    order_id, bearer = message.assignment_id, message.bearer
    incident_id = await store.incident_of(w.conn, order_id) if order_id else None
    case = None if incident_id is None else await open_case(w, incident_id, follow_merge=True)
    if not await outward.give_up(w.conn, message.id, provider) or case is None:
        return
    if order_id is None or bearer not in ("sms", "phone"):
        return
    if case.tell_assignment(order_id, ac.MarkUnreached(bearer, ms(w.now))):
        await case.save()


async def watch_arrival(w: Work, timer: Timer) -> datetime | None:
    """Fired as soon as the unit will be later than it promised by LATE, by where it is now; until then look again."""
    incident, order, unit = await ordered(w, timer)
    if unit is None or order.promised_at is None or incident.lon is None or incident.lat is None:
        return w.now + LOOK_AGAIN
    left_s = await _left_s(w, incident, unit)
    if left_s is None or w.now + timedelta(seconds=left_s) <= order.promised_at + LATE:
        return w.now + LOOK_AGAIN
    return None


async def promise(w: Work, incident: Incident, unit: Unit) -> datetime | None:
    """When a unit that is sent now should be there; None when its place or the incident's is not known well enough."""
    if not w.arms_timers:
        return None
    left_s = await _left_s(w, incident, unit)
    return None if left_s is None else w.now + timedelta(seconds=round(left_s))


async def _left_s(w: Work, incident: Incident, unit: Unit) -> float | None:
    """In how many seconds it will be there, by road where one is known; None while nobody knows well where it is."""
    if incident.lon is None or incident.lat is None:
        return None
    live, goal = w.centre.live, (incident.lon, incident.lat)
    fix = live.fix(unit.handle, ms(w.now)) if unit.handle in live else None
    if fix is None or fix.quality not in {"good", "poor"}:
        return None
    around = live.around(*goal, EVERYBODY, only=[unit.handle])
    ways = w.centre.ways
    road = await ways.times(goal, incident.priority, around, enough=1) if ways else None
    return float(seconds_of(around, road)[0])


async def ordered(w: Work, timer: Timer) -> tuple[Incident, Assignment, Unit | None]:
    """The order with its incident, or the one that it was merged into; None for an order to a room."""
    order = (await store.read_assignments(w.conn, [timer.entity_id]))[timer.entity_id]
    incidents = await incident_store.read_incidents(w.conn, [order.incident_id])
    incident = incidents[order.incident_id]
    if incident.merged_into is not None:
        incident = (await incident_store.read_incidents(w.conn, [incident.merged_into]))[incident.merged_into]
    unit_id: UUID | None = order.unit_id
    units = await unit_store.read_units(w.conn, [unit_id]) if unit_id else {}
    return incident, order, units.get(unit_id) if unit_id else None
