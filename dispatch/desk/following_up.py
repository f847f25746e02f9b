"""What follows from a review: actions ordered of rooms, done with something, verified by somebody else, returned or dropped.

An overdue one is told by the rules; a review waits for all of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.after_action import actions as life
from dispatch.after_action import events as e
from dispatch.after_action import store
from dispatch.after_action.model import ReviewAction
from dispatch.desk import looking_back
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound
from dispatch.firings import FireRule
from dispatch.roles import ROLES
from dispatch.rules import Standing
from dispatch.texts import check_texts
from dispatch.timers import Timer
from dispatch.work import Work, check_moment, ms

ActionActName = Literal["finish", "return", "verify", "drop"]
"""Acts on an action that stands, as acts.csv calls them."""
FURTHEST = timedelta(days=366)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a room is to do until when. finding_id: what it follows from; role: whose work it is there."""

    room_id: UUID
    text: str
    due_at: datetime
    finding_id: UUID | None = None
    role: str | None = None


async def order(w: Work, review_id: UUID, wanted: Wanted) -> ReviewAction:
    """Have a room do something about what was found. Raises NotFound, NotAllowed, NotNow, Invalid."""
    looking_back.must_say(wanted.text, "text")
    _check_due(w, wanted.due_at)
    review = await looking_back.opened(w, review_id, "order")
    if wanted.room_id not in w.centre.reference.rooms.by_id:
        raise NotFound(f"There is no room {wanted.room_id}.", noun="room", field="room_id")
    if wanted.role is not None and wanted.role not in ROLES:
        raise Invalid(f"There is no role {wanted.role[:40]!r}.", field="role")
    if wanted.finding_id is not None and wanted.finding_id not in {one.id for one in review.findings}:
        raise Invalid("finding_id names a finding of this review.", field="finding_id")
    if review.state == "waiting":
        review = await looking_back.begin(w, review_id)
    at, _ = w.step_time(max(review.times.values()))
    fact = e.Ordered(
        review_id=review.id, incident_id=review.incident_id, finding_id=wanted.finding_id,
        from_room_id=review.room_id, room_id=wanted.room_id, role=wanted.role, by=w.principal.id,
        narrative_id=await keep_text(w, review.incident_id, wanted.text), due_at=wanted.due_at, at=at,
    )  # fmt: skip
    return await _told(w, None, uuid7(), fact)


async def finish(w: Work, action_id: UUID, text: str) -> ReviewAction:
    """The room has done it, and says with what. Raises NotFound, NotAllowed, NotNow, Invalid."""
    looking_back.must_say(text, "text")
    action, at = await _opened(w, action_id, "finish")
    return await _tell(w, action, life.Finish(w.principal.id, at, await _kept(w, action, text)))


async def return_(w: Work, action_id: UUID, text: str, due_at: datetime | None = None) -> ReviewAction:
    """That will not do; due_at: until when it is to be done better. Raises NotFound, NotAllowed, NotNow, Invalid."""
    looking_back.must_say(text, "text")
    action, at = await _opened(w, action_id, "return")
    if due_at is not None:
        _check_due(w, due_at)
    elif action.due_at <= w.now:
        raise Invalid(
            "The time it was due has passed; say in due_at until when it is to be done.", field="due_at"
        )
    return await _tell(w, action, life.Return(w.principal.id, at, await _kept(w, action, text), due_at))


async def verify(w: Work, action_id: UUID, text: str | None = None) -> ReviewAction:
    """Somebody else has seen that it is done. Raises NotFound, NotAllowed, NotNow."""
    check_texts(text, "text")
    action, at = await _opened(w, action_id, "verify")
    said = await _kept(w, action, text) if text and text.strip() else None
    return await _tell(w, action, life.Verify(w.principal.id, at, said))


async def drop(w: Work, action_id: UUID, text: str) -> ReviewAction:
    """It will not be done, and why. Raises NotFound, NotAllowed, NotNow, Invalid."""
    looking_back.must_say(text, "text")
    action, at = await _opened(w, action_id, "drop")
    return await _tell(w, action, life.Drop(w.principal.id, at, await _kept(w, action, text)))


async def fire_on_actions(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about actions."""
    actions = await store.lock_actions(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        command = FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        actions[timer.entity_id] = await _tell(w, actions[timer.entity_id], command)


async def fire_on_reviews(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about reviews."""
    reviews = await store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        command = FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        reviews[timer.entity_id] = await looking_back.fired(w, reviews[timer.entity_id], command)


async def stand_actions(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How actions stand, for rules that have changed."""
    return [standings.review_action(one) for one in (await store.lock_actions(w.conn, ids)).values()]


async def stand_reviews(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How reviews stand, for rules that have changed."""
    return [standings.after_action_review(one) for one in (await store.lock(w.conn, ids)).values()]


async def _opened(w: Work, action_id: UUID, act: ActionActName) -> tuple[ReviewAction, int]:
    """The action under lock and the time that counts, when this act on it is the principal's; none of theirs is NotFound."""
    action = (await store.lock_actions(w.conn, [action_id])).get(action_id)
    found: set[str] = set()
    if action is not None and action.room_id in w.principal.rooms:
        found.add("room")
    if action is not None and action.from_room_id in w.principal.rooms:
        found.add("ordering")
    if action is None or not found:
        raise NotFound(f"There is no action {action_id}.", noun="review_action")
    acts.authorise(w.principal, "review_action", act, found, action.state)
    return action, w.step_time(max(action.times.values()))[0]


async def _kept(w: Work, action: ReviewAction, text: str) -> UUID:
    return await keep_text(w, action.incident_id, text)


async def _tell(w: Work, action: ReviewAction, command: life.Command) -> ReviewAction:
    return await _told(w, action, action.id, life.decide(action, command))


async def _told(w: Work, action: ReviewAction | None, id_: UUID, fact: e.ActionFact) -> ReviewAction:
    changed = life.evolve(action, id_, fact)
    w.append("review_action", id_, changed.version, None, fact)
    await store.save_actions(w.conn, [changed])
    w.follow(standings.review_action(changed))
    return changed


def _check_due(w: Work, due_at: datetime) -> None:
    check_moment(due_at, "due_at")
    if not w.now < due_at <= w.now + FURTHEST:
        raise Invalid(f"due_at lies ahead, by {FURTHEST.days} days at most.", field="due_at")
