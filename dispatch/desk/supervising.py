"""Supervision orders 督办: a room above demands an answer by a time, the one below answers, above signs off or returns.

Given by a leader about an incident or about none, by whoever called back a caller who was not satisfied, or by a rule. Who
answered never signs off, and the incident does not close while one stands.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings, store
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.sealed import keep_text
from dispatch.ends import OpenEnd, supervision_end
from dispatch.errors import Invalid, NotAllowed, NotFound
from dispatch.firings import FireRule
from dispatch.rules import Standing
from dispatch.supervision import events as e
from dispatch.supervision import lifecycle as life
from dispatch.supervision import store as supervision_store
from dispatch.supervision.model import Cause, SupervisionOrder
from dispatch.texts import check_texts
from dispatch.timers import Timer
from dispatch.waiting import LANGUAGES
from dispatch.work import Work, check_moment, ms
from incidents.model import Alarm

ActName = Literal["answer", "sign_off", "return", "withdraw"]
"""Acts on an order that stands, as acts.csv calls them."""
FURTHEST = timedelta(days=90)
DISSATISFIED_WITHIN = timedelta(hours=24)
DISSATISFIED = (
    "报警人回访不满意，请核查并答复。 The caller was not satisfied when called back; look into it and answer."
)


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What is demanded of which room, until when. incident_id: what it is about, None: about no incident.

    given_by: who is named as giving it, None: who acts.
    """

    to_room_id: UUID
    text: str
    due_at: datetime
    incident_id: UUID | None = None
    given_by: str | None = None


async def give(w: Work, demand: Demand) -> SupervisionOrder:
    """Demand an answer of a room below one's own. Raises NotFound, NotAllowed, Invalid."""
    _check_text(demand.text)
    _check_due(w, demand.due_at)
    to = w.centre.reference.rooms.by_id.get(demand.to_room_id)
    if to is None:
        raise NotFound(f"There is no room {demand.to_room_id}.", noun="room", field="to_room_id")
    acts.authorise(w.principal, "supervision", "give", {"room"} if to.id in w.principal.rooms else ())
    from_room_id = w.principal.room_id
    if from_room_id is None or from_room_id not in to.lineage[1:]:
        raise Invalid("A supervision order is given to a room below one's own.", field="to_room_id")
    case = None
    if demand.incident_id is not None:
        case = await open_case(w, demand.incident_id, follow_merge=True)
        await authorised(w, case, "read")
        seeing = (await store.audience_of(w.conn, [case.id])).get(case.id, set())
        if to.id not in seeing:
            raise Invalid(
                f"{to.name_zh} does not see incident {case.incident.number}; give the order to the room that has it.",
                field="to_room_id",
            )
    return await _given(w, case, (from_room_id, to.id), "leader", demand)


async def after_call_back(
    w: Work, case: Case, alarm: Alarm, text: str | None, due_at: datetime | None
) -> SupervisionOrder:
    """Demand an answer of the owning room about a caller who was not satisfied; the one that stands, if one does."""
    standing = [o for o in await supervision_store.open_of(w.conn, case.family) if o.alarm_id == alarm.id]
    if standing:
        return standing[0]
    if due_at is not None:
        _check_due(w, due_at)
    owner = w.centre.reference.rooms.by_id[case.incident.room_id]
    above = owner.lineage[1:] or (owner.id,)
    own = w.principal.room_id
    demand = Demand(
        to_room_id=owner.id, text=text if text and text.strip() else DISSATISFIED,
        due_at=due_at or w.now + DISSATISFIED_WITHIN,
    )  # fmt: skip
    return await _given(w, case, (own if own in above else above[0], owner.id), "call_back", demand, alarm.id)


async def by_rule(w: Work, case: Case, from_room_id: UUID, demand: Demand, given_by: str) -> SupervisionOrder:
    """Demand an answer as a rule says; given_by: which."""
    return await _given(
        w, case, (from_room_id, demand.to_room_id), "rule", msgspec.structs.replace(demand, given_by=given_by)
    )


async def _given(
    w: Work,
    case: Case | None,
    rooms: tuple[UUID, UUID],
    cause: Cause,
    demand: Demand,
    alarm_id: UUID | None = None,
) -> SupervisionOrder:
    id_: UUID = uuid7()
    at, _ = w.step_time(None if case is None else case.incident.began)
    fact = e.Given(
        cause=cause, incident_id=case.id if case else None, alarm_id=alarm_id, from_room_id=rooms[0],
        to_room_id=rooms[1], by=demand.given_by or w.principal.id, due_at=demand.due_at, at=at,
        narrative_id=await keep_text(w, case.id if case else id_, demand.text),
    )  # fmt: skip
    return await _told(w, None, id_, fact)


async def answer(w: Work, order_id: UUID, text: str) -> SupervisionOrder:
    """The room it was given to answers. Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim."""
    _check_text(text)
    order = await _opened(w, order_id, "answer")
    at, _ = w.step_time(max(order.times.values()))
    command = life.Answer(w.principal.id, at, await _kept(w, order, text))
    return await _told(w, order, order.id, life.decide(order, command))


async def sign_off(w: Work, order_id: UUID, text: str | None = None) -> SupervisionOrder:
    """The room that gave it accepts the answer. Raises NotFound, NotAllowed, NotNow, BadClaim."""
    check_texts(text, "text")
    order = await _opened(w, order_id, "sign_off")
    if order.said_by("answered") == w.principal.id:
        raise NotAllowed(
            "Who answered does not sign off; another leader of the room above does.", act="sign_off"
        )
    at, _ = w.step_time(max(order.times.values()))
    said = await _kept(w, order, text) if text and text.strip() else None
    return await _told(w, order, order.id, life.decide(order, life.SignOff(w.principal.id, at, said)))


async def return_(w: Work, order_id: UUID, text: str, due_at: datetime | None = None) -> SupervisionOrder:
    """The answer will not do; due_at: when a better one is due. Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim."""
    _check_text(text)
    order = await _opened(w, order_id, "return")
    if due_at is not None:
        _check_due(w, due_at)
    elif order.due_at <= w.now:
        raise Invalid(
            "The time it was due has passed; say in due_at when a better answer is due.", field="due_at"
        )
    at, _ = w.step_time(max(order.times.values()))
    command = life.Return(w.principal.id, at, await _kept(w, order, text), due_at)
    return await _told(w, order, order.id, life.decide(order, command))


async def withdraw(w: Work, order_id: UUID) -> SupervisionOrder:
    """It is demanded no longer; needs a reason. Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To withdraw a supervision order, give the reason.", field="reason")
    order = await _opened(w, order_id, "withdraw")
    at, _ = w.step_time(max(order.times.values()))
    return await _told(w, order, order.id, life.decide(order, life.Withdraw(w.principal.id, at)))


async def open_ends(w: Work, case: Case) -> list[OpenEnd]:
    """Orders about the incident and those merged into it that stand."""
    rooms = w.centre.reference.rooms.by_id
    found = []
    for order in await supervision_store.open_of(w.conn, case.family):
        room = rooms.get(order.to_room_id)
        names = (room.name_zh, room.name_en) if room else ("", "")
        found.append(supervision_end(order, dict(zip(LANGUAGES, names, strict=True))))
    return found


async def fire_on_supervision(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about supervision orders."""
    orders = await supervision_store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        command = FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        order = orders[timer.entity_id]
        orders[order.id] = await _told(w, order, order.id, life.decide(order, command))


async def stand_supervision(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How orders stand, for rules that have changed."""
    return [standings.supervision(order) for order in (await supervision_store.lock(w.conn, ids)).values()]


async def _opened(w: Work, order_id: UUID, act: ActName) -> SupervisionOrder:
    """The order under lock, when this act on it is the principal's; one that is none of theirs is NotFound."""
    order = (await supervision_store.lock(w.conn, [order_id])).get(order_id)
    found: set[str] = set()
    if order is not None and order.to_room_id in w.principal.rooms:
        found.add("room")
    if order is not None and order.from_room_id in w.principal.rooms:
        found.add("ordering")
    if order is None or not found:
        raise NotFound(f"There is no supervision order {order_id}.", noun="supervision")
    acts.authorise(w.principal, "supervision", act, found, order.state)
    return order


async def _kept(w: Work, order: SupervisionOrder, text: str) -> UUID:
    return await keep_text(w, order.incident_id or order.id, text)


async def _told(
    w: Work, order: SupervisionOrder | None, id_: UUID, fact: e.SupervisionFact
) -> SupervisionOrder:
    changed = life.evolve(order, id_, fact)
    w.append("supervision", id_, changed.version, changed.incident_id, fact)
    await supervision_store.save(w.conn, [changed])
    w.follow(standings.supervision(changed))
    return changed


def _check_text(text: str) -> None:
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say in text what is demanded or answered.", field="text")


def _check_due(w: Work, due_at: datetime) -> None:
    check_moment(due_at, "due_at")
    if not w.now < due_at <= w.now + FURTHEST:
        raise Invalid(f"due_at lies ahead, by {FURTHEST.days} days at most.", field="due_at")
