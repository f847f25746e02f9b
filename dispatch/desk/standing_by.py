"""Units without a job that stand by elsewhere 移位待命, so that the next call is reached sooner.

A dispatcher sends, the crew takes it or not, is there, and any order, other duty or the end of its time ends it. It says nothing
of the unit's duty: who stands by is available.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, store
from dispatch.desk import radio, shift
from dispatch.desk.ordering import taken
from dispatch.errors import Invalid, NotFound, UnitUnavailable
from dispatch.moves import store as moves
from dispatch.moves.posts import post_of
from dispatch.moves.proposing import SETTLED
from dispatch.work import Work
from units import commands as uc
from units import store as unit_store
from units.model import Standby, Unit

LASTS = timedelta(minutes=45)
"""What is foreseen when somebody is sent there holds no longer."""


async def send(w: Work, unit_id: UUID, post_id: UUID, gain_s: float | None = None) -> Unit:
    """Ask a unit to stand by at a known place. Raises NotFound, NotAllowed, NotNow, UnitTaken, UnitUnavailable, Invalid."""
    unit, found = await _opened(w, unit_id)
    acts.authorise(w.principal, "unit", "stand_by", found, unit.duty)
    post = post_of(w.centre.reference, post_id)
    if post is None:
        raise NotFound(f"There is no fixed position or call point {post_id}.", noun="post", field="post_id")
    if gain_s is not None and not 0 <= gain_s < 86_400:
        raise Invalid("gain_s is the gain of the proposal, in seconds.", field="gain_s")
    held = await store.holders(w.conn, [unit.id])
    if unit.id in held:
        raise taken(unit, held[unit.id])
    _check(w, unit)
    standby = Standby(
        id=uuid7(), post_id=post.id, name=post.name, lon=post.lon, lat=post.lat, state="sent", gain_s=gain_s,
        room_id=w.principal.room_id or unit.ordered_by, sent_at=w.now, until=w.now + LASTS,
    )  # fmt: skip
    unit = await _save(w, unit, uc.StandBy(standby))
    until = f"{w.centre.local(standby.until):%H:%M}"
    text = f"移位至{post.name}待命，至{until} stand by at {post.name} until {until}"
    await _say(w, unit, text, standby)
    return unit


def _check(w: Work, unit: Unit) -> None:
    """Raises UnitUnavailable with what speaks against moving it."""
    last, post = unit.standby, w.centre.posts.of(unit.id, w.now)
    why = None
    if unit.unit_class == "auxiliary":
        why = "is auxiliary: it is notified, not moved"
    elif last is not None and w.now - last.sent_at < SETTLED:
        why = f"was sent to stand by at {last.name} less than {SETTLED.total_seconds() / 60:.0f} minutes ago"
    elif post is not None:
        why = f"has to stand at {post.position.name} now"
    elif w.centre.commitments.holds(unit.id, w.now):
        why = "belongs to a running event"
    if why is not None:
        raise UnitUnavailable(f"{unit.call_sign} {why}; choose another unit.", unit_id=str(unit.id))


async def step(w: Work, unit_id: UUID, step: Literal["accepted", "there"]) -> Unit:
    """It goes there, or is there: its own word, its gateway's, or a dispatcher's who heard it. Raises NotFound, NotAllowed."""
    unit, found = await _opened(w, unit_id)
    acts.authorise(w.principal, "unit", "take_standby", found, unit.duty)
    return await _save(w, unit, uc.StepStandby(step, w.now))


async def refuse(w: Work, unit_id: UUID) -> Unit:
    """It cannot go there. Raises NotFound, NotAllowed."""
    unit, found = await _opened(w, unit_id)
    acts.authorise(w.principal, "unit", "take_standby", found, unit.duty)
    return await _save(w, unit, uc.EndStandby("refused", w.now))


async def call_off(w: Work, unit_id: UUID) -> Unit:
    """It is not wanted there any more, and told so. Raises NotFound, NotAllowed."""
    unit, found = await _opened(w, unit_id)
    acts.authorise(w.principal, "unit", "end_standby", found, unit.duty)
    known = unit.standing_by
    if known is not None:
        unit = await _save(w, unit, uc.EndStandby("called_off", w.now))
        await _say(w, unit, f"取消待命（{known.name}） the standby at {known.name} is called off")
    return unit


async def decline(w: Work, unit_id: UUID, post_id: UUID) -> datetime:
    """The room of this seat does not want the unit moved; until when it is not proposed to it. Raises NotFound, NotAllowed, Invalid."""
    unit, found = await _opened(w, unit_id)
    acts.authorise(w.principal, "unit", "decline_move", found, unit.duty)
    if w.principal.room_id is None:
        raise Invalid("Only a seat of a room is proposed anything.", field="unit_id")
    until = w.now + SETTLED
    await _save(w, unit, uc.DeclineMove(w.principal.room_id, post_id, until))
    await moves.decline(w.conn, w.principal.room_id, unit.id, until)
    return until


async def heard(w: Work, unit: Unit, standby_id: UUID, act: str) -> None:
    """What a terminal says to it; about one that is over it says nothing. Raises NotAllowed."""
    known = unit.standing_by
    if known is None or known.id != standby_id:
        return
    if act == "unable":
        await refuse(w, unit.id)
    elif act in ("accept", "en_route"):
        await step(w, unit.id, "accepted")
    elif act == "on_scene":
        await step(w, unit.id, "there")
    elif act == "clear":
        await _save(w, (await _opened(w, unit.id))[0], uc.EndStandby("refused", w.now))


async def _opened(w: Work, unit_id: UUID) -> tuple[Unit, set[str]]:
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id)
    found = set() if unit is None else shift.relations(w, unit)
    if unit is None or not found:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return unit, found


async def _save(w: Work, unit: Unit, command: uc.Command) -> Unit:
    unit = shift.tell(w, unit, command)
    await unit_store.save_units(w.conn, [unit])
    return unit


async def _say(w: Work, unit: Unit, text: str, standby: Standby | None = None) -> None:
    if standby is None:
        await radio.say(w, unit, "message", None, text=text)
        return
    await radio.say(
        w, unit, "message", None, text=text, lon=standby.lon, lat=standby.lat, address=standby.name,
        prompt="standby", about=standby.id,
    )  # fmt: skip
