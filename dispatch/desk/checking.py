"""Is everybody all right? Status checks of units on scene, and the roll of a room 点名; any word of a unit answers both.

Rules ask and notice silence; here is what asking and hearing mean. A dispatcher who heard a unit by voice marks it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch import commands as ac
from dispatch.desk import radio
from dispatch.desk.case import open_case
from dispatch.desk.messaging import unit_of
from dispatch.errors import Invalid, NotFound
from dispatch.model import AssignmentState as A
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import RollCall
from dispatch.timers import Timer
from dispatch.work import Work, ms
from units import store as unit_store
from units.model import Unit

HEARD_AGAIN = timedelta(seconds=60)
"""A unit on scene that was heard this recently needs no new fact each time it speaks."""
CLOCKS_MS = 10_000
"""So far the clock of a terminal may be behind: an answer dated earlier than the question is an older reply come late."""


async def ask_status(w: Work, timer: Timer) -> datetime | None:
    """The effect of a rule: ask a unit on scene whether all is well, by its terminal."""
    if timer.incident_id is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    assignment = case.assignments[timer.entity_id]
    if case.tell_assignment(assignment.id, ac.Check("asked", ms(w.now))) and assignment.unit_id:
        await case.save()
        unit = (await unit_store.read_units(w.conn, [assignment.unit_id]))[assignment.unit_id]
        more: dict[str, Any] = {
            "text": "是否平安 status check: answer please",
            "prompt": "status_check",
            "about": assignment.id,
        }
        await radio.say(w, unit, "message", case.incident, assignment, **more)
    return None


async def check(w: Work, unit_id: UUID) -> Unit:
    """The unit was heard: it says so itself, or a dispatcher who spoke with it. Raises NotFound, NotAllowed."""
    unit, found = await unit_of(w, unit_id)
    acts.authorise(w.principal, "unit", "check", found)
    await heard(w, unit, marked=True)
    return unit


async def heard(w: Work, unit: Unit, answers: UUID | None = None, marked: bool = False) -> None:
    """Some word came from the unit: it answers what it was asked.

    answers: the assignment whose status check the terminal answers; marked: said on purpose, whatever the clocks say.
    """
    said_ms = ms(w.now) if marked or w.actor.claimed_at is None else min(ms(w.actor.claimed_at), ms(w.now))
    held = await store.holders(w.conn, [unit.id])
    job = held.get(unit.id)
    if job is not None and job["state"] == A.ON_SCENE:
        await _heard_on_scene(w, job["incident_id"], job["assignment_id"], answers, said_ms, marked)
    await _answer_rolls(w, unit, said_ms, marked)


async def _heard_on_scene(
    w: Work, incident_id: UUID, assignment_id: UUID, answers: UUID | None, said_ms: int, marked: bool
) -> None:
    case = await open_case(w, incident_id, follow_merge=True)
    times = case.assignments[assignment_id].times
    asked, last = times.get("check_asked", 0), times.get("checked", times.get("on_scene", 0))
    owed = asked > times.get("checked", 0)
    if owed and answers != assignment_id and said_ms + CLOCKS_MS < asked:
        return
    if owed or marked or ms(w.now) - last >= HEARD_AGAIN / timedelta(milliseconds=1):
        case.tell_assignment(assignment_id, ac.Check("heard", ms(w.now)))
        w.count_as_of_now()  # whoever is on scene is asked again, however late this word came or however wrong its clock
        await case.save()


async def _answer_rolls(w: Work, unit: Unit, said_ms: int, marked: bool) -> None:
    until = None if marked else datetime.fromtimestamp((said_ms + CLOCKS_MS) / 1000, UTC)
    answers = []
    for roll_call_id in await talk_store.take_asks(w.conn, unit.id, until):
        fact = te.Answered(roll_call_id=roll_call_id, unit_id=unit.id, via=w.actor.via, answered_at=w.now)
        answer = te.evolve_roll_answer(None, uuid7(), fact)
        w.append("roll_answer", answer.id, answer.version, None, fact)
        answers.append(answer)
    if answers:
        await talk_store.add_answers(w.conn, answers)


async def call_roll(w: Work, room_id: UUID | None = None) -> RollCall:
    """Ask every unit on duty under a room, the principal's own by default, whether it is there.

    Raises NotFound, NotAllowed, Invalid.
    """
    room_id = room_id or w.principal.room_id
    if room_id is None:
        raise Invalid("Say of which room the roll is called.", field="room_id")
    rooms = w.centre.reference.rooms.subtree(room_id) & w.principal.rooms
    acts.authorise(w.principal, "roll_call", "call", {"room"} if rooms else set())
    if room_id not in w.principal.rooms:
        raise NotFound(f"There is no room {room_id} whose roll this seat may call.", noun="room")
    units = await talk_store.units_on_duty(w.conn, rooms)
    fact = te.Called(room_id=room_id, by=w.principal.id, asked=len(units), called_at=w.now)
    made = te.evolve_roll_call(None, uuid7(), fact)
    w.append("roll_call", made.id, made.version, None, fact)
    await talk_store.add_roll_call(w.conn, made, [unit.id for unit in units])
    await radio.say_to_all(w, units, "roll_call", made.id, "点名 roll call: answer please")
    return made
