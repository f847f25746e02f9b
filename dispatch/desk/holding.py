"""A planned event while it is held: started by its time, extended, ended by a person, summed up; its log and its channel.

No time ends one: when it should be over its commander is told, and until somebody ends it no unit is freed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dispatch import standings
from dispatch.desk import messaging
from dispatch.desk.event_case import check_free, done, kept, opened, opened_with_units, say_to_units, tell
from dispatch.desk.preparing import LASTS_AT_MOST
from dispatch.errors import Invalid
from dispatch.firings import RuleFired
from dispatch.planned_events import events as e
from dispatch.planned_events import grounds, store
from dispatch.planned_events import lifecycle as life
from dispatch.planned_events.events import LogKind
from dispatch.planned_events.model import PlannedEvent, S
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Work, check_moment, ms


async def start_event(w: Work, timer: Timer) -> datetime | None:
    """Effect of a rule: its time has come."""
    event = (await store.lock(w.conn, [timer.entity_id]))[timer.entity_id]
    if event.starts_at > w.now:
        return event.starts_at
    if event.state is S.APPROVED:
        await done(w, event, e.Started(at=ms(w.now)))
    return None


async def look_inside(w: Work, timer: Timer) -> datetime | None:
    """Effect of a rule: incidents that were open inside when it began are looked at, each under its own lock, by the engine."""
    [event] = await store.read(w.conn, [timer.entity_id])
    await store.look_at_open(w.conn, grounds.bounds(event.area), w.now)
    return None


async def start(w: Work, event_id: UUID) -> PlannedEvent:
    """It begins before its time, or was not begun by its timer. Raises NotFound, NotAllowed, NotNow."""
    event = await opened(w, event_id, "start")
    return await done(w, event, e.Started(at=w.step_time(max(event.times.values()))[0]))


async def extend(w: Work, event_id: UUID, ends_at: datetime) -> PlannedEvent:
    """It lasts longer, and the posts that lasted to its end with it. Raises Behind, NotFound, NotAllowed, NotNow, Invalid, UnitPromised."""
    check_moment(ends_at, "ends_at")
    event = await opened_with_units(w, event_id, "extend", lambda it: it.lasting)
    if not w.now < ends_at <= event.starts_at + LASTS_AT_MOST:
        raise Invalid(f"ends_at lies ahead, within {LASTS_AT_MOST.days} days of its start.", field="ends_at")
    longer = e.Extended(ends_at=ends_at, by=w.principal.id, at=ms(w.now))
    facts = life.decide(event, longer)
    lasting = {post.id for post in event.lasting}
    await check_free(w, life.evolve(event, event_id, longer), lasting, "let it end earlier")
    return await tell(w, event, event_id, facts)


async def end(w: Work, event_id: UUID) -> PlannedEvent:
    """Somebody ends it: its units are free, and hear so. Raises NotFound, NotAllowed, NotNow, BadClaim."""
    event = await opened(w, event_id, "end")
    at, _ = w.step_time(max(event.times.values()))
    ended = await done(w, event, e.Ended(by=w.principal.id, at=at))
    await say_to_units(w, ended, event.units, f"{event.name}结束，岗位解除 is over, you are free")
    return ended


async def sum_up(w: Work, event_id: UUID, text: str | None) -> PlannedEvent:
    """Write down what is to be learnt; it is closed. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "sum_up")
    said = await kept(w, event_id, text)
    at, _ = w.step_time(max(event.times.values()))
    return await done(w, event, e.SummedUp(by=w.principal.id, at=at, narrative_id=said))


async def log(w: Work, event_id: UUID, kind: LogKind, text: str | None) -> PlannedEvent:
    """Write into its log, which is only ever added to. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "log")
    said = await kept(w, event_id, text)
    return await done(w, event, e.Logged(kind=kind, narrative_id=said, by=w.principal.id, at=ms(w.now)))


async def message(w: Work, event_id: UUID, text: str | None) -> PlannedEvent:
    """Say something to all its units; it stands in the log. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "message")
    said = await kept(w, event_id, text)
    units = sorted(event.units)
    if not units:
        raise Invalid(f"{event.name} has no units to be spoken to.", field="text")
    for unit_id in units:
        await messaging.say_to(w, unit_id, text or "", exercise=event.exercise)
    told = e.Logged(kind="message", narrative_id=said, by=w.principal.id, at=ms(w.now), units=len(units))
    return await done(w, event, told)


async def fire_on_events(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about planned events."""
    events = await store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        events[timer.entity_id] = await done(w, events[timer.entity_id], fact)


async def stand_events(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How planned events stand, for rules that have changed."""
    return [standings.event(event) for event in (await store.lock(w.conn, ids)).values()]
