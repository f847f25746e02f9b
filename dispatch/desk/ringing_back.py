"""Ringing back 回拨: who was silent or cut off is rung again before anybody calls it nothing, and never put in danger by it.

Stands between a call that broke off and the `void` of its incident.
"""

from typing import Literal
from uuid import UUID

from dispatch import acts
from dispatch.desk.answering import save, tell
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.sealed import keep_text, open_person
from dispatch.errors import Invalid, NotFound
from dispatch.texts import check_texts
from dispatch.work import Work
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle as incident_lifecycle
from incidents import store as incident_store
from incidents.errors import RingBackBlocked, RingBackOwed
from incidents.model import Alarm, RingBack, RingBackOutcome
from incidents.sealing import Caller
from incidents.telephone import lifecycle, store
from incidents.telephone.model import Call

type RungOn = Literal["number", "safe_number"]

OWED = frozenset({"silent", "abandoned"})
"""Flags of an alarm, and labels of an incident, that forbid to void it before the caller was rung back."""


async def ring_back(w: Work, alarm_id: UUID, outcome: RingBackOutcome, text: str | None = None) -> Alarm:
    """Record that the caller of an alarm was rung back. Raises RingBackBlocked with the reason where that may not be."""
    check_texts(text, "text")
    alarm = await _alarm(w, alarm_id)
    case = await open_case(w, alarm.incident_id, follow_merge=True)
    alarm = await _alarm(w, alarm_id)
    if alarm.incident_id not in case.family:  # it was moved while the lock was waited for
        return await ring_back(w, alarm_id, outcome, text)
    found = await authorised(w, case, "read")
    acts.authorise(w.principal, "alarm", "ring_back", found, case.incident.state)
    caller = await open_person(w, alarm.person_id)
    silenced = "cannot_talk" in alarm.flags or (
        "cannot_talk" in case.incident.labels and len(await _alarms(w, case)) == 1
    )
    to = number_to_ring(caller, outcome, silenced=silenced, do_not_contact=alarm.do_not_contact)
    at, _ = w.step_time(case.incident.began)
    narrative_id = await keep_text(w, alarm.incident_id, text) if text else None
    fact = ie.AlarmRungBack(ring_back=RingBack(outcome, at, w.principal.id, to, narrative_id))
    alarm = incident_lifecycle.evolve_alarm(alarm, alarm.id, fact)
    w.append("alarm", alarm.id, alarm.version, alarm.incident_id, fact)
    await incident_store.save_alarms(w.conn, [alarm])
    case.tell(ic.RingBackDone(alarm.id, outcome, at))
    await case.save()
    return alarm


async def ring_back_call(w: Work, call_id: UUID, outcome: RingBackOutcome, text: str | None = None) -> Call:
    """The same for a call of which no alarm was made yet; one that led to an alarm rings that alarm's caller back."""
    check_texts(text, "text")
    locked = await store.lock_calls(w.conn, [call_id])
    if not locked:
        raise NotFound(f"There is no call {call_id}.", noun="call")
    call = locked[0]
    if call.alarm_id is not None:
        await ring_back(w, call.alarm_id, outcome, text)
        return call
    if call.room_id not in w.principal.rooms:
        raise NotFound(f"There is no call {call_id}.", noun="call")
    acts.authorise(w.principal, "call", "ring_back", {"room"}, call.state)
    to = number_to_ring(await open_person(w, call.person_id), outcome, silenced=False, do_not_contact=False)
    at, _ = w.step_time(max(call.times.values(), default=None))
    narrative_id = await keep_text(w, call.id, text) if text else None
    call = tell(w, call, lifecycle.ring_back(RingBack(outcome, at, w.principal.id, to, narrative_id)))
    await save(w, [call])
    return call


def number_to_ring(
    caller: Caller | None, outcome: RingBackOutcome, *, silenced: bool, do_not_contact: bool
) -> RungOn | None:
    """`safe_number` where one was given, else `number`; None when nothing is known that could be rung.

    Raises RingBackBlocked where a ringing telephone could endanger the caller, Invalid for an outcome that can't be.
    """
    if silenced:
        raise RingBackBlocked(
            "This caller can't talk: a telephone that rings could give them away. Send a unit instead.",
            why="cannot_talk",
        )
    to: RungOn | None = None
    if caller is not None and (caller.safe_number or caller.number):
        to = "safe_number" if caller.safe_number else "number"
    if do_not_contact and to != "safe_number":
        raise RingBackBlocked(
            "This caller asked not to be contacted and gave no safe number; do not ring. Send a unit instead.",
            why="do_not_contact",
        )
    if (outcome == "no_number") != (to is None):
        known = "No number is known" if to is None else "A number is known"
        raise Invalid(
            f"{known}, so the outcome of ringing back can't be {outcome!r}.", field="outcome", number=to
        )
    return to


async def check_void(w: Work, case: Case) -> None:
    """Pass silently, or raise RingBackOwed: a silent or cut-off caller was not rung back, or said they need help."""
    alarms = await _alarms(w, case)
    marked = bool(OWED & set(case.incident.labels))
    calls = await store.of_alarms(w.conn, [alarm.id for alarm in alarms])
    before = {call.alarm_id: call.ring_backs for call in calls}
    done = {alarm.id: (*before.get(alarm.id, ()), *alarm.ring_backs) for alarm in alarms}
    owing = [alarm for alarm in alarms if OWED & set(alarm.flags)]
    if not owing and marked and not any(done.values()):
        owing = alarms[:1]
    for alarm in owing:
        last = done[alarm.id][-1].outcome if done[alarm.id] else None
        if last in (None, "needs_help"):
            said = (
                "has a caller who was silent or cut off and was not rung back; record that first"
                if last is None
                else "has a caller who asked for help when rung back; it is not void"
            )
            raise RingBackOwed(f"Incident {case.incident.number} {said}.", alarm_id=str(alarm.id))


async def _alarms(w: Work, case: Case) -> list[Alarm]:
    return await incident_store.alarms_of(w.conn, case.family)


async def _alarm(w: Work, alarm_id: UUID) -> Alarm:
    alarms = await incident_store.read_alarms(w.conn, [alarm_id])
    if alarm_id not in alarms:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    return alarms[alarm_id]
