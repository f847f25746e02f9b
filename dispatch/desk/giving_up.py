"""An abandoned call 中断 that nobody rang back in its 60 s is not forgotten: it becomes an incident that sounds in its room.

The effect and the history of the rule `abandoned_call`; what the caller is owed stands in `incidents.telephone.model`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch import standings
from dispatch.acts import Principal
from dispatch.desk.answering import save, spoken_later, tell
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.reports import ReportAlarm, prepare
from dispatch.errors import NotFound
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Actor, Work, ms
from incidents.telephone import store
from incidents.telephone.events import RuleFired
from incidents.telephone.model import Call

LOOK_AGAIN = timedelta(seconds=1)


async def report_abandoned(w: Work, timer: Timer) -> datetime | None:
    """Open an incident of it: without place, unverified, labelled; void only after a ring-back.

    Not when its caller was spoken with meanwhile in another call, whose act could not see this one.
    """
    call = (await store.read_calls(w.conn, [timer.entity_id]))[timer.entity_id]
    if await _is_spoken_with(w, call):
        return w.now + LOOK_AGAIN
    principal = Principal(
        id=w.principal.id, roles=frozenset({"gateway"}), room_id=call.room_id, gateway=call.acd
    )
    command = ReportAlarm(source="call", call_id=str(call.id), abandoned=True, exercise=call.exercise)
    actor = w.actor
    [reported] = await report_many(
        w, [prepare(w.centre, command, Actor(principal=principal, via=actor.via, claimed_at=None))]
    )
    w.actor = actor
    if not isinstance(reported, Reported):
        raise reported or NotFound(f"The abandoned call {call.id} could not be reported.")
    return None


async def _is_spoken_with(w: Work, call: Call) -> bool:
    """Whether nothing is owed any more (then its timer goes with this act), or that is being found out just now."""
    digest = await store.digest_of(w.conn, call.person_id) if call.person_id else None
    if digest is None:
        return False
    if not await store.caller_is_free(w.conn, digest):
        return True
    settled = await spoken_later(w, call, digest)
    if settled.owes_ring_back:
        return False
    await save(w, [settled])
    return True


async def fire_on_calls(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about calls."""
    calls = {call.id: call for call in await store.lock_calls(w.conn, [t.entity_id for t in timers])}
    for timer in timers:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        calls[timer.entity_id] = tell(w, calls[timer.entity_id], [fact])
    await save(w, list(calls.values()))


async def stand_calls(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How calls stand, for rules that have changed."""
    return [standings.call(call) for call in await store.lock_calls(w.conn, ids)]
