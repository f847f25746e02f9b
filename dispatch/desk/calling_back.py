"""Around a call-back: a caller who was not reached is kept for the next attempt, and whose number is opened is written down.

What the caller said is recorded by `closing.call_back`.
"""

from uuid import UUID

from dispatch import acts
from dispatch.call_backs.patience import patience
from dispatch.centre import Centre
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.journal import Connection
from dispatch.unsealing import open_sealed
from dispatch.work import Work
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle as incident_lifecycle
from incidents import store as incident_store
from incidents.call_backs import may_end
from incidents.model import Alarm, Unreached
from incidents.sealing import Caller


async def unreached(w: Work, case: Case, alarm: Alarm, text: str | None, at: int) -> Alarm:
    """Nobody answered: an attempt that is tried again, and leaves the call-back due."""
    said = await keep_text(w, alarm.incident_id, text) if text else None
    alarm = await tell(w, alarm, ie.AlarmUnreached(unreached=Unreached(at, w.principal.id, said)))
    case.tell(ic.CallBackTried(alarm.id, at))
    return alarm


def check_end(w: Work, case: Case, alarm: Alarm) -> None:
    """Raise unless it may be left at that: enough was tried, by a person who says why."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To end a call-back as not reached, give the reason.", field="reason")
    wanted = patience(w.centre.rules, case.incident.priority)
    if w.actor.is_live and not may_end(alarm, wanted):
        hours = wanted.apart_ms / 3_600_000
        raise NotNow(
            f"A caller is tried {wanted.attempts} times, {hours:g} h apart, before it ends as not reached; try again later.",
            attempts=wanted.attempts,
        )


async def tell(w: Work, alarm: Alarm, fact: ie.AlarmFact) -> Alarm:
    """The alarm after one more fact, which is remembered for the journal."""
    alarm = incident_lifecycle.evolve_alarm(alarm, alarm.id, fact)
    w.append("alarm", alarm.id, alarm.version, alarm.incident_id, fact)
    await incident_store.save_alarms(w.conn, [alarm])
    return alarm


async def reveal(w: Work, alarm_id: UUID) -> Alarm:
    """Open the number of a caller for whoever is to ring it; who did and why stands in the journal.

    Raises Invalid without a reason, NotNow when the caller asked not to be contacted.
    """
    if not (w.actor.reason or "").strip():
        raise Invalid("To see a caller's number, give the reason.", field="reason")
    alarm = (await incident_store.read_alarms(w.conn, [alarm_id])).get(alarm_id)
    if alarm is None:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    case = await open_case(w, alarm.incident_id, follow_merge=True)
    found = await authorised(w, case, "read")
    acts.authorise(w.principal, "alarm", "reveal", found, case.incident.state)
    alarm = (await incident_store.read_alarms(w.conn, [alarm_id]))[alarm_id]
    if alarm.do_not_contact:
        raise NotNow("This caller asked not to be contacted; nobody rings them.")
    if alarm.person_id is None:
        raise NotFound("Nobody is known of this alarm whose number could be opened.", noun="person")
    return await tell(w, alarm, ie.AlarmRevealed())


async def opened(conn: Connection, centre: Centre, alarm_id: UUID) -> Caller:
    """What of the caller is told: the safe number alone where there is one, and no name of a confidential caller."""
    [alarm] = (await incident_store.read_alarms(conn, [alarm_id])).values()
    callers = (await open_sealed(conn, centre, [], [alarm.person_id] if alarm.person_id else [])).callers
    if alarm.person_id is None or alarm.person_id not in callers:
        raise NotFound("What was known of this caller has been erased.", noun="person")
    caller = callers[alarm.person_id]
    number = None if caller.safe_number else caller.number
    return Caller(
        number=number, name=None if alarm.confidential else caller.name, safe_number=caller.safe_number
    )
