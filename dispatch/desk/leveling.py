"""Duty levels 勤务等级: one act switches run cards, delays and beats of a room and all below it; seats and units are told.

What runs already is due sooner when a level rises, at once where its new time has passed, and keeps its time when a level
falls. An order with a time is thought over then, or gives way to the one before where that was said. It never ends in silence.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.centre import Centre
from dispatch.desk import radio
from dispatch.desk.following import tell_of_rules
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.firings import RuleFired
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.levels import change, store
from dispatch.levels.board import Board
from dispatch.levels.change import LevelChange
from dispatch.levels.counting import counted
from dispatch.levels.file import Level
from dispatch.levels.model import (
    DutyLevel,
    LevelEnded,
    LevelFact,
    LevelNoticed,
    LevelOrdered,
    LevelState,
    evolve,
)
from dispatch.levels.shown import brief
from dispatch.rooms import Reference
from dispatch.rules import Standing
from dispatch.talk import store as talk_store
from dispatch.texts import check_texts
from dispatch.timers import Timer
from dispatch.work import Work, check_moment, ms

FURTHEST = timedelta(days=90)


class LevelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is ordered for which room (None: the principal's own). until, returns: as of `DutyLevel`."""

    level: str
    room_id: UUID | None = None
    until: datetime | None = None
    returns: bool = False


async def order_level(w: Work, order: LevelOrder) -> tuple[DutyLevel, LevelChange]:
    """A leader orders a level, with the reason. Raises NotFound, NotAllowed, NotNow, Invalid."""
    reason = (w.actor.reason or "").strip()
    if not reason:
        raise Invalid("To order a duty level, give the reason.", field="reason")
    check_texts(reason, "reason")
    room_id = _ordering(w.principal, w.centre.reference, order)
    held = (await store.holding(w.conn)).get(room_id)
    await store.lock(w.conn, [held.id] if held else [])
    await store.lock_turn(w.conn)
    city = await _as_it_stands(w.conn, w.centre)
    check(city, order, room_id, (await store.holding(w.conn)).get(room_id), w.now)
    return await _turn(w, city, msgspec.structs.replace(order, room_id=room_id), reason)


async def preview(
    conn: Connection, centre: Centre, principal: acts.Principal, order: LevelOrder, now: datetime
) -> LevelChange:
    """What ordering it now would change. Nothing is changed. Raises as `order_level`."""
    room_id = _ordering(principal, centre.reference, order)
    city = await _as_it_stands(conn, centre)
    check(city, order, room_id, (await store.holding(conn)).get(room_id), now)
    after = city.board.with_order(room_id, order.level)
    runs = await store.shorter(conn, change.factors(change.turning(city, after, room_id)))
    return await _change(
        conn, centre, (city, after), msgspec.structs.replace(order, room_id=room_id), (runs, now)
    )


def _ordering(principal: acts.Principal, city: Reference, order: LevelOrder) -> UUID:
    room_id = order.room_id or principal.room_id
    if room_id is None or room_id not in city.rooms.by_id:
        raise NotFound(f"There is no room {room_id}.", noun="room", field="room_id")
    acts.authorise(principal, "duty_level", "order", {"room"} if room_id in principal.rooms else ())
    return room_id


async def _as_it_stands(conn: Connection, centre: Centre) -> Reference:
    return msgspec.structs.replace(centre.reference, board=await store.read_board(conn))


def check(city: Reference, order: LevelOrder, room_id: UUID, held: DutyLevel | None, now: datetime) -> None:
    """Pass silently, or raise why this level can't be ordered for the room. Raises Invalid, NotNow."""
    levels, room = city.board.levels, city.rooms.by_id[room_id]
    level = levels.get(order.level)
    if level is None:
        known = ", ".join(one.code for one in levels.levels)
        raise Invalid(f"There is no duty level {order.level!r:.60}; there are {known}.", field="level")
    check_moment(order.until, "until")
    if order.until is not None and not now < order.until <= now + FURTHEST:
        raise Invalid(f"until lies ahead, by {FURTHEST.days} days at most.", field="until")
    if order.returns and order.until is None:
        raise Invalid("To let a level give way by itself, say in until when.", field="until")
    if held is not None and (held.level, held.until, held.returns) == (
        order.level,
        order.until,
        order.returns,
    ):
        raise NotNow(
            f"{level.name.zh} {level.name.en} was ordered for {room.name_zh} already.", state=held.state
        )
    above = city.board.with_order(room_id, None).holds(room.lineage)
    own = -1 if held is None else levels.rank.get(held.level, 0)
    if levels.rank[level.code] < levels.rank[above.code] and own <= levels.rank[above.code]:
        raise Invalid(
            f"{above.name.zh} {above.name.en} holds in {room.name_zh} by order of a room above; a lower level there would "
            "change nothing. Ask that room to lower it.",
            field="level",
        )


async def _turn(
    w: Work, city: Reference, order: LevelOrder, reason: str | None
) -> tuple[DutyLevel, LevelChange]:
    """The order, its predecessor's end, and all that follows; under the lock of the turn."""
    room_id = order.room_id
    if room_id is None:
        raise ValueError("an order of a level is for a room")
    held = (await store.holding(w.conn)).get(room_id)
    if held is not None:
        await _told(w, held, held.id, LevelEnded(at=w.now, cause="replaced"))
    id_: UUID = uuid7()
    fact = LevelOrdered(
        room_id=room_id, level=order.level, before=held.level if held else None, at=w.now, by=w.principal.id,
        until=order.until, returns=order.returns,
        narrative_id=await keep_text(w, id_, reason) if reason else None,
    )  # fmt: skip
    made = await _told(w, None, id_, fact)
    return made, await _follow(w, city, order, made)


async def _follow(w: Work, city: Reference, order: LevelOrder, made: DutyLevel) -> LevelChange:
    after = city.board.with_order(made.room_id, made.level)
    await store.add_turn(w.conn, after.number, w.now)
    w.order_levels(after)
    turned = change.turning(city, after, made.room_id)
    await store.lock_incidents(w.conn, turned)
    runs = await store.shorter(w.conn, change.factors(turned))
    told = await _change(w.conn, w.centre, (city, after), order, (runs, w.now))
    await store.shorten(w.conn, runs)
    await tell_of_rules(w, sorted({one.incident_id for one in runs}))
    await _tell_units(w, city, turned, made, after)
    return told


async def _change(
    conn: Connection,
    centre: Centre,
    boards: tuple[Reference, Board],
    order: LevelOrder,
    runs: tuple[Sequence[store.Shorter], datetime],
) -> LevelChange:
    (city, after), (running, now) = boards, runs
    room_id = order.room_id or city.rooms.root.id
    turned = change.turning(city, after, room_id)
    lineage = city.rooms.by_id[room_id].lineage
    both = city.board.holds(lineage), after.holds(lineage)
    plans = [after.levels.plan_of(level) for level in both]
    units = await talk_store.units_on_duty(conn, turned) if turned else []
    return LevelChange(
        room_id=room_id, before=brief(after.levels, both[0]), after=brief(after.levels, both[1]),
        until=instant(order.until), returns=order.returns,
        rooms=tuple(change.RoomTurn(id_, *(brief(after.levels, one) for one in pair)) for id_, pair in turned.items()),
        kept=tuple(change.keeping(city, after, room_id)),
        cards=tuple(change.cards_turning(city, room_id, both, centre.local(now))),
        delays=tuple(change.delays_turning(both, centre.rules.by_id, running)), shortened=len(running),
        at_once=sum(one.due_at <= now for one in running), incidents=len({one.incident_id for one in running}),
        beats_before=plans[0].name if plans[0] else None, beats_after=plans[1].name if plans[1] else None,
        cover=counted(centre, now).of(room_id, both[1]), told=sum(unit.gateway is not None for unit in units),
    )  # fmt: skip


async def _tell_units(
    w: Work,
    city: Reference,
    turned: dict[UUID, tuple[Level, Level]],
    made: DutyLevel,
    after: Board,
) -> None:
    """Each unit on duty hears which level holds in its room now."""
    by_level: dict[str, list[UUID]] = {}
    for id_, (_, level) in turned.items():
        by_level.setdefault(level.code, []).append(id_)
    room = city.rooms.by_id[made.room_id]
    for code, rooms in by_level.items():
        name = after.levels.levels[after.levels.rank[code]].name
        text = f"{room.name_zh}：现执行{name.zh}。{room.name_en}: {name.en} now."
        await radio.say_to_all(w, await talk_store.units_on_duty(w.conn, rooms), "message", made.id, text)


async def notice(w: Work, level_id: UUID) -> DutyLevel:
    """Somebody at a seat has seen it. Raises NotFound, NotAllowed."""
    held = (await store.lock(w.conn, [level_id])).get(level_id)
    if held is None:
        raise NotFound(f"There is no order {level_id} of a duty level.", noun="duty_level")
    acts.authorise(w.principal, "duty_level", "notice")
    if w.principal.id in held.noticed:
        return held
    return await _told(w, held, held.id, LevelNoticed(by=w.principal.id, at=ms(w.now)))


async def end_level(w: Work, timer: Timer) -> datetime | None:
    """Its time is over and it was to give way: the level before is ordered again, else the everyday one, which seats acknowledge too.

    A later time is looked at then.
    """
    held = (await store.lock(w.conn, [timer.entity_id])).get(timer.entity_id)
    if held is None or held.state is not LevelState.HOLDS or not held.returns:
        return None
    if held.until is not None and held.until > w.now:
        return held.until
    await store.lock_turn(w.conn)
    city = await _as_it_stands(w.conn, w.centre)
    await _told(w, held, held.id, LevelEnded(at=w.now, cause="expired"))
    known = city.board.levels.get(held.before) if held.before is not None else None
    level = known or city.board.levels.everyday
    await _turn(w, city, LevelOrder(level=level.code, room_id=held.room_id), None)
    return None


async def fire_on_levels(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about orders of levels."""
    found = await store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        found[timer.entity_id] = await _told(w, found[timer.entity_id], timer.entity_id, fact)


async def stand_levels(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How orders of levels stand, for rules that have changed."""
    return [standings.duty_level(one) for one in (await store.lock(w.conn, ids)).values()]


async def _told(w: Work, level: DutyLevel | None, id_: UUID, fact: LevelFact) -> DutyLevel:
    changed = evolve(level, id_, fact)
    w.append("duty_level", id_, changed.version, None, fact)
    await store.save(w.conn, [changed])
    w.follow(standings.duty_level(changed))
    return changed
