"""An alarm that was made of a telephone call takes from it what nobody should type: number, position, ring and answer.

Beside the intake: before alarms are written their calls are locked and asked, afterwards the calls know their alarms.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.desk.answering import save, tell
from dispatch.desk.reports import Report, TimesIn, both, judged, marks_of
from dispatch.work import AHEAD, Actor, Work, ms
from incidents import store as incident_store
from incidents.model import Alarm
from incidents.sealing import Caller
from incidents.telephone import lifecycle, store
from incidents.telephone.model import Call, CallState

LATELY = timedelta(days=1)


async def take_up(
    w: Work, reports: Sequence[Report], which: Collection[int]
) -> tuple[list[Report], dict[UUID, Call]]:
    """The reports, those among `which` that name a call with what that call knows; and those calls, by alarm, locked.

    A call nobody has heard of yet is no fault: it takes up its alarm when it is told of.
    """
    named = {i: reports[i].command.call_id or "" for i in which if reports[i].command.call_id}
    if not named:
        return list(reports), {}
    ids = {id_ for name in named.values() if (id_ := store.as_uuid(name))}
    calls = await store.lock_calls(w.conn, ids, set(named.values()), w.now - LATELY)
    meant = {i: call for i, name in named.items() if (call := _meant(w, calls, name, reports[i]))}
    callers = await _callers(w, meant.values())
    taken = [_with_call(w, one, meant[i], callers) if i in meant else one for i, one in enumerate(reports)]
    return taken, {reports[i].alarm_id: call for i, call in meant.items()}


def _meant(w: Work, calls: Sequence[Call], name: str, report: Report) -> Call | None:
    """Our id goes before a reference; of several calls with that reference the one that began last, within a day.

    A person's report is made only of calls of their rooms.
    """
    who = report.actor.principal
    fitting = [
        call
        for call in calls
        if call.exercise == report.command.exercise
        and (who.is_device or call.room_id in who.rooms)
        and (name == str(call.id) or (name == call.reference and w.now - call.opened_at <= LATELY))
    ]
    return max(fitting, key=lambda call: (str(call.id) == name, call.opened_at, call.id), default=None)


async def _callers(w: Work, calls: Collection[Call]) -> dict[UUID, Caller]:
    persons = [call.person_id for call in calls if call.person_id]
    sealed = await incident_store.read_sealed(w.conn, persons=persons) if persons else {}
    opened = {id_: w.centre.seal.open_or_none(*found) for id_, found in sealed.items()}
    return {id_: msgspec.json.decode(plain, type=Caller) for id_, plain in opened.items() if plain}


def _with_call(w: Work, report: Report, call: Call, callers: dict[UUID, Caller]) -> Report:
    given = report.caller or Caller()
    rung = callers.get(call.person_id) if call.person_id else None
    caller = msgspec.structs.replace(
        given,
        number=given.number or (rung.number if rung else None),
        place=given.place or (msgspec.to_builtins(call.place) if call.place else None),
    )
    digest = w.centre.seal.number_index(caller.number) if caller.number else None
    command = msgspec.structs.replace(
        report.command,
        times=report.command.times or _times(w, call),
        abandoned=report.command.abandoned or call.state is CallState.ABANDONED,
    )
    marks = marks_of(w.centre, command, digest)
    triage = judged(w.centre, command, marks, report.cell15 is not None)
    return msgspec.structs.replace(
        report, command=command, marks=marks, priority=triage.priority, labels=both(triage.labels, report.signs),
        number_hmac=digest,
        caller=None if caller == Caller() else caller,
        person_id=None if caller == Caller() else report.person_id or uuid7(),
    )  # fmt: skip


def _times(w: Work, call: Call) -> TimesIn | None:
    """Ring and answer, as far as clocks agree: the switchboard's may be wrong, and no alarm is refused for it."""
    latest = ms(w.now + AHEAD)
    ringing, answered = (call.times.get(name) for name in ("ringing", "answered"))
    ringing = ringing if ringing is not None and ringing <= latest else None
    usable = answered is not None and (ringing or 0) <= answered <= latest
    return TimesIn(ringing=_moment(ringing), answered=_moment(answered if usable else None))


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC)


async def link(w: Work, calls: dict[UUID, Call], alarms: Sequence[tuple[Actor, Alarm]]) -> None:
    """Let each call know the first alarm that was made of it; alarms: each with who reported it."""
    known: dict[UUID, Call] = {}
    for actor, alarm in alarms:
        if alarm.id in calls:
            w.actor = actor
            call = known.get(calls[alarm.id].id, calls[alarm.id])
            known[call.id] = tell(w, call, lifecycle.report(call, alarm.id), alarm.incident_id)
    await save(w, list(known.values()))
