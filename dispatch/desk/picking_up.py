"""A press is answered over its talk link, or rolls over to the room above; unanswered, the nearest patrol is proposed.

The desk's half of `incidents.call_points.presses`; the rules say after how many seconds nobody has answered.
"""

from datetime import datetime
from uuid import UUID

from dispatch import acts
from dispatch.desk.case import Case, open_case, relations
from dispatch.desk.ordering import propose
from dispatch.errors import NotFound
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents import store as incident_store
from incidents.call_points.presses import AnswerOutcome, Ring
from incidents.errors import NothingRings
from incidents.model import Incident


async def answer(w: Work, alarm_id: UUID, outcome: AnswerOutcome) -> Incident:
    """Take the press that an alarm reports, and say what was heard; the incident where it rang.

    Raises NotFound, NotAllowed, NotNow, NothingRings, and AlreadyAnswered naming who was first.
    """
    found = (await incident_store.read_alarms(w.conn, [alarm_id])).get(alarm_id)
    if found is None:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    case = await open_case(w, found.incident_id, follow_merge=True)
    related = await relations(w, case)
    if "sees" not in related:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    acts.authorise(w.principal, "alarm", "answer", related, case.incident.state)
    if found.source != "call_point":
        raise NothingRings(f"Alarm {alarm_id} is no press of a call point; there is no talk link to answer.")
    where = _pressed(case, found.incident_id)
    at, _ = w.step_time(_rang_since(where))
    command = ic.AnswerPress(by=w.principal.id, room_id=w.principal.room_id, at=at, outcome=outcome)
    case.tell(command, of=where.id)
    await case.save()
    return case.family[where.id]


def _pressed(case: Case, incident_id: UUID) -> Incident:
    """The incident whose presses these are: its own, though it was merged, or the one that goes on."""
    own = case.family[incident_id]
    return own if own.press is not None and own.press.answer is None else case.incident


def _rang_since(incident: Incident) -> int | None:
    press = incident.press
    return press.ring.since if press is not None and press.ring is not None and press.ring.tier == 0 else None


async def pass_on(w: Work, timer: Timer) -> datetime | None:
    """Effect: nobody answered here; it rings in the room above, and above all rooms the patrols are proposed."""
    case = await open_case(w, timer.entity_id, follow_merge=True)
    incident = case.family[timer.entity_id]
    ring = incident.press.ring if incident.press is not None else None
    if ring is None:
        return None
    rooms = _above(w, ring)
    proposed = None if rooms else await propose(w, case, w.centre.reference.rooms.everything, None, waves=2)
    command = ic.PassRingOn(
        since=ring.since, at=ms(w.now), rooms=rooms, recommendation_id=proposed.id if proposed else None
    )
    case.tell(command, of=incident.id)
    await case.save()
    return None


def _above(w: Work, ring: Ring) -> tuple[UUID, ...]:
    room = w.centre.reference.rooms.by_id.get(ring.room_id)
    return room.lineage[1:] if room is not None else ()


async def end_surge(w: Work, timer: Timer) -> datetime | None:
    """Effect: nobody has reported it any more for a while."""
    case = await open_case(w, timer.entity_id, follow_merge=True)
    case.tell(ic.EndSurge(), of=timer.entity_id)
    await case.save()
    return None
