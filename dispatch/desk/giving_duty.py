"""Handing over: duty goes to another room, in one transaction with all that follows from it; the one that had it goes on seeing.

Not while duty is disputed, nor against a decision about it as long as nothing is known that was not known then.
"""

from uuid import UUID

from dispatch import store
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.disputed import check_undisputed
from dispatch.errors import NotFound
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import Incident


async def hand_over(w: Work, incident_id: UUID, room_id: UUID) -> Incident:
    """Give duty to another room. Raises NotFound, NotAllowed, NotInThisState, NotNow while it is disputed or decided."""
    if room_id not in w.centre.reference.rooms.by_id:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    case = await open_case(w, incident_id)
    await authorised(w, case, "hand_over")
    await check_undisputed(w, case)
    await give_duty(w, case, room_id)
    return case.incident


async def give_duty(w: Work, case: Case, room_id: UUID) -> None:
    """Duty is this room's from now on: whoever is not above it neither commands nor follows; saves the case."""
    rooms, before = w.centre.reference.rooms, case.incident
    for one in before.raised:
        if one.room_id not in rooms.by_id[room_id].lineage[1:]:
            case.tell(ic.EndFollowing(one.room_id, ms(w.now)))
    case.tell(ic.HandOver(room_id))
    await case.save()
    seen = w.centre.reference.audience(room_id, before.lon, before.lat, before.priority)
    await store.add_audience(
        w.conn, [(case.id, room, why) for room, why in sorted(seen)] + [(case.id, before.room_id, "lent")]
    )
