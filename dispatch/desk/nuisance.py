"""Nuisance numbers: a leader's or dispatcher's label on a number, by hand, with a reason, taken off the same way.

What rings from such a number says so wherever it is shown, and is queued like any other.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.desk.sealed import keep_people, open_person
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.store import audience_of
from dispatch.texts import check_texts
from dispatch.work import Work
from incidents import store as incident_store
from incidents.sealing import Caller
from incidents.telephone import nuisance, store
from incidents.telephone.nuisance import NuisanceNumber


async def label(w: Work, number: str | None, alarm_id: UUID | None, call_id: UUID | None) -> NuisanceNumber:
    """Label a number: given, or that of an alarm's caller or of a call. A number that is labelled already stays so."""
    acts.authorise(w.principal, "nuisance_number", "label")
    check_texts(number, "number")
    if not (w.actor.reason or "").strip():
        raise Invalid("To label a number, give the reason.", field="reason")
    said = number or await _number_of(w, alarm_id, call_id)
    digest = w.centre.seal.number_index(said)
    known = await store.nuisance_of(w.conn, digest)
    if known is not None:
        return known
    id_: UUID = uuid7()
    person_id = (await keep_people(w, id_, [Caller(number=said)]))[0]
    fact = nuisance.Labelled(person_id=person_id, by=w.principal.id, recorded_at=w.now)
    return await _tell(w, None, id_, fact)


async def _number_of(w: Work, alarm_id: UUID | None, call_id: UUID | None) -> str:
    person_id = None
    if alarm_id is not None:
        alarm = (await incident_store.read_alarms(w.conn, [alarm_id])).get(alarm_id)
        seen = (
            (await audience_of(w.conn, [alarm.incident_id])).get(alarm.incident_id, set()) if alarm else set()
        )
        person_id = alarm.person_id if alarm and seen & w.principal.rooms else None
    elif call_id is not None:
        call = (await store.read_calls(w.conn, [call_id])).get(call_id)
        person_id = call.person_id if call and call.room_id in w.principal.rooms else None
    caller = await open_person(w, person_id)
    if caller is None or not caller.number:
        raise Invalid("Give a number, or an alarm or a call whose number is known.", field="number")
    return caller.number


async def lift(w: Work, id_: UUID) -> NuisanceNumber:
    """Take the label off. Raises NotFound, NotNow."""
    acts.authorise(w.principal, "nuisance_number", "lift")
    number = await store.lock_nuisance(w.conn, id_)
    if number is None:
        raise NotFound(f"There is no nuisance number {id_}.", noun="nuisance_number")
    if not number.standing:
        raise NotNow("The label was taken off this number before.")
    return await _tell(w, number, id_, nuisance.Lifted())


async def _tell(
    w: Work, number: NuisanceNumber | None, id_: UUID, fact: nuisance.NuisanceFact
) -> NuisanceNumber:
    changed = nuisance.evolve(number, id_, fact)
    w.append("nuisance_number", id_, changed.version, None, fact)
    await store.save_nuisance(w.conn, changed)
    return changed
