"""Lamps of broadcasts: a terminal has it, a crew or a seat has read it; who logs on or comes into the area is told late.

Timers of a broadcast lead here: the second bearer for those who do not have it, a look for new recipients, its end.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.broadcasts import events as e
from dispatch.broadcasts import lifecycle as life
from dispatch.broadcasts import store
from dispatch.broadcasts.model import Broadcast, Lamp, Party
from dispatch.desk import addressing, broadcasting
from dispatch.errors import NotFound
from dispatch.firings import FireRule
from dispatch.rules import Standing
from dispatch.talk.store import OnDuty
from dispatch.timers import Timer
from dispatch.work import Work, ms
from units import store as unit_store
from units.model import Unit

LOOK_AGAIN = timedelta(seconds=10)


async def deliver(w: Work, unit: Unit, id_: UUID) -> None:
    """The terminal of a unit has it. Raises NotFound when it was not sent there."""
    await _lit(w, id_, unit.id, "deliver")


async def read_by_unit(w: Work, unit: Unit, id_: UUID) -> None:
    """The crew has read it. Raises NotFound, NotAllowed."""
    related = (
        {"unit"}
        if w.principal.unit_id == unit.id
        else {"gateway"}
        if unit.speaks_through(w.principal.gateway)
        else set()
    )
    acts.authorise(w.principal, "broadcast", "acknowledge", related)
    await _lit(w, id_, unit.id, "read")


async def acknowledge(w: Work, id_: UUID) -> None:
    """Somebody has read it 已阅: a crew for its unit, one seat for its room and those it covers. Raises NotFound, NotAllowed."""
    principal = w.principal
    if principal.unit_id is not None and not principal.rooms:
        acts.authorise(principal, "broadcast", "acknowledge", ("unit",))
        await _lit(w, id_, principal.unit_id, "read")
        return
    acts.authorise(principal, "broadcast", "acknowledge", ("room",))
    own = {principal.room_id, *principal.covering} if principal.room_id else set(principal.covering)
    parties = (await store.parties(w.conn, [id_])).get(id_, {}).get("room", set())
    if not own & parties:
        raise NotFound(f"There is no broadcast {id_} to this seat's room.", noun="broadcast")
    for room_id in sorted(id_ for id_ in own if id_ in parties and id_ is not None):
        await _lit(w, id_, room_id, "read")


async def _lit(w: Work, id_: UUID, party_id: UUID, step: Literal["deliver", "read"]) -> None:
    party, lamp = await store.lock_lamp(w.conn, id_, party_id)
    if party is None:
        raise NotFound(f"There is no broadcast {id_} to this recipient.", noun="broadcast")
    of = (id_, party_id, party)
    facts = life.read(lamp, of, w.now, w.principal.id) if step == "read" else life.deliver(lamp, of, w.now)
    for fact in facts:
        lamp = _told_lamp(w, lamp, fact)
    if facts and lamp is not None:
        await store.save_lamps(w.conn, [lamp])


def _told_lamp(w: Work, lamp: Lamp | None, fact: e.LampFact) -> Lamp:
    changed = life.evolve_lamp(lamp, lamp.id if lamp else uuid7(), fact)
    w.append("broadcast_lamp", changed.id, changed.version, None, fact)
    return changed


async def catch_up(w: Work, units: Iterable[Unit]) -> None:
    """Units that have just logged on are told what holds for them."""
    fresh = list(units)
    if not w.arms_timers:  # told afterwards: it is over
        return
    for b in await store.active(w.conn, w.now):
        await _add(w, b, addressing.meant_among(w, b.audience, b.scope_room_id, fresh), "logged_on")


async def _add(w: Work, b: Broadcast, units: Sequence[Unit], why: Literal["logged_on", "entered"]) -> None:
    """More recipients: whoever is one already is left alone."""
    new = (
        set(await store.add_recipients(w.conn, b.id, "unit", [u.id for u in units], w.now))
        if units
        else set()
    )
    if not new:
        return
    party: Party = "unit"
    lamps = [
        _told_lamp(w, None, e.Added(broadcast_id=b.id, party_id=id_, party=party, why=why, added_at=w.now))
        for id_ in sorted(new)
    ]
    await store.save_lamps(w.conn, lamps)
    there = [OnDuty(u.id, u.handle, u.gateway, u.talk_group) for u in units if u.id in new]
    await broadcasting.say(w, b, there)


# What rules do, with the broadcast locked


async def watch(w: Work, timer: Timer) -> datetime | None:
    """Whoever it means by now and has not been told is told: logged on meanwhile or, of a lookout, come into its area."""
    [b] = await store.read(w.conn, [timer.entity_id])
    audience = b.audience
    if b.kind == "call" and audience.areas:  # those who were there when it was said
        audience = msgspec.structs.replace(audience, areas=())
    if b.is_active(w.now) and not audience.is_empty:
        others = await addressing.not_yet_told(w, audience, b)
        await _add(w, b, others, "entered")
    return w.now + LOOK_AGAIN


async def second_bearer(w: Work, timer: Timer) -> datetime | None:
    """Say it again through the other gateway of every unit that does not have it."""
    [b] = await store.read(w.conn, [timer.entity_id])
    without = [
        one.party_id for one in await store.unread_of(w.conn, b.id) if one.undelivered and one.party == "unit"
    ]
    units = (await unit_store.read_units(w.conn, without)).values() if without else ()
    there = [OnDuty(u.id, u.handle, u.second_gateway, u.talk_group) for u in units if u.second_gateway]
    await broadcasting.say(w, b, there)
    return None


async def expire(w: Work, timer: Timer) -> datetime | None:
    """Its time is over."""
    b = (await store.lock(w.conn, [timer.entity_id]))[timer.entity_id]
    if b.expires_at > w.now:
        return b.expires_at
    await broadcasting.end(w, b, life.End("expired", ms(w.now)))
    return None


async def fire_on_broadcasts(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about broadcasts."""
    found = await store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        command = FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        found[timer.entity_id] = await broadcasting.apply(w, found[timer.entity_id], command)


async def stand_broadcasts(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How broadcasts stand, for rules that have changed."""
    return [standings.broadcast(b) for b in (await store.lock(w.conn, ids)).values()]
