"""Call points are watched: what their heartbeats say becomes a fact when it changes, and silence is noticed by a rule.

The devices' side of the desk; `runtime.heartbeats` hears them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dispatch import standings
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents.call_points import health as h
from incidents.call_points import store
from incidents.call_points.heard import Last

SILENCE = "silence"
"""The effect of the rules that look whether a device was heard."""
LOOK_AGAIN = timedelta(seconds=30)


async def hear(w: Work, heard: Mapping[UUID, Last]) -> list[h.Health]:
    """Write down what is otherwise than it was; how those devices are now."""
    before = await store.lock_health(w.conn, heard)
    changed = []
    for id_, last in sorted(heard.items()):
        known = before.get(id_)
        if known is not None and known.state == "silent" and last.received_at <= ms(known.since):
            continue  # said before it fell silent
        fact = h.heard(known, last.beat, w.now)
        if fact is not None:
            changed.append(_told(w, known, id_, fact))
    return await _saved(w, changed)


async def silence(w: Work, timer: Timer) -> datetime | None:
    """None: the device was not heard for its time. Otherwise when to look again.

    A call point may be given a longer time than the rule's, for a device that beats seldom.
    """
    point = w.centre.reference.call_points.get(timer.entity_id)
    after = timer.due_at - timer.armed_at
    if point is not None and point.silent_after_s is not None:
        after = max(after, timedelta(seconds=point.silent_after_s))
    due_ms = w.centre.heard.silent_from(timer.entity_id, round(after.total_seconds() * 1000))
    if due_ms is None:
        return w.now + LOOK_AGAIN
    due = datetime.fromtimestamp(due_ms / 1000, UTC)
    return due if due > w.now else None


async def fire(w: Work, timers: Sequence[Timer]) -> None:
    """Who was not heard is silent from now on; any other rule is told."""
    before = await store.lock_health(w.conn, {timer.entity_id for timer in timers})
    for timer in timers:
        known = before.get(timer.entity_id)
        if known is None:
            continue
        fact: h.HealthFact = h.RuleFired(
            rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at)
        )
        if timer.kind == SILENCE:
            fact = h.HealthChanged(state="silent", battery=known.battery, fault=known.fault, since=w.now)
        before[timer.entity_id] = _told(w, known, timer.entity_id, fact)
    await _saved(w, list(before.values()))


async def stand(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How these devices stand; one never heard is waited for by nobody."""
    return [standings.call_point(health) for health in (await store.read_health(w.conn, ids)).values()]


def _told(w: Work, before: h.Health | None, id_: UUID, fact: h.HealthFact) -> h.Health:
    changed = h.evolve(before, id_, fact)
    w.append("call_point_health", id_, changed.version, None, fact)
    return changed


async def _saved(w: Work, changed: list[h.Health]) -> list[h.Health]:
    if changed:
        await store.save_health(w.conn, changed)
    for health in changed:
        w.follow(standings.call_point(health))
    return changed
