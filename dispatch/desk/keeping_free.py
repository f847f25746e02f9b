"""Whether rooms keep as many units free as their duty level wants: told once as it begins, and that it is over once they recovered.

Looked at again and again by the runtime on one replica; the turn and the schema see to it that two never tell the same.
"""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, standings, timers
from dispatch.errors import NotFound
from dispatch.firings import RuleFired
from dispatch.levels.counting import counted
from dispatch.rules import Standing
from dispatch.shortfalls import judging, store
from dispatch.shortfalls.model import (
    FellShort,
    Shortfall,
    ShortfallFact,
    ShortfallNoticed,
    ShortfallOver,
    evolve,
)
from dispatch.timers import Timer
from dispatch.work import Work, ms


async def look(w: Work) -> judging.Verdict:
    """Write down which rooms fell short and which recovered since somebody looked last."""
    await store.take_turn(w.conn)
    verdict = judging.judged(w.centre.reference, counted(w.centre, w.now), await store.standing(w.conn))
    held = await store.lock(w.conn, [over.shortfall.id for over in verdict.over])
    told = [
        _told(
            w,
            held[one.shortfall.id],
            one.shortfall.id,
            ShortfallOver(free=one.free, at=w.now, cause=one.cause),
        )
        for one in verdict.over
    ]
    told += [
        _told(
            w, None, uuid7(),
            FellShort(
                room_id=one.room_id, level=one.level, on_duty=one.cover.on_duty, free=one.cover.free,
                wanted=one.cover.wanted, at=w.now,
            ),
        )
        for one in verdict.fell
    ]  # fmt: skip
    await store.save(w.conn, told)
    return verdict


async def notice(w: Work, shortfall_id: UUID) -> Shortfall:
    """Somebody at a seat has seen it. Raises NotFound, NotAllowed."""
    held = (await store.lock(w.conn, [shortfall_id])).get(shortfall_id)
    if held is None or held.room_id not in w.principal.rooms:
        raise NotFound(f"There is no shortfall {shortfall_id}.", noun="shortfall")
    acts.authorise(w.principal, "shortfall", "notice", {"room"})
    for rule in await timers.notice_of(w.conn, ("shortfall", shortfall_id), None, w.principal.id, ms(w.now)):
        held = _told(w, held, held.id, ShortfallNoticed(rule=rule, by=w.principal.id, at=ms(w.now)))
    await store.save(w.conn, [held])
    return held


async def fire_on_shortfalls(w: Work, fired: Sequence[Timer]) -> None:
    """Tell the firings of rules about shortfalls."""
    found = await store.lock(w.conn, [timer.entity_id for timer in fired])
    for timer in fired:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        found[timer.entity_id] = _told(w, found[timer.entity_id], timer.entity_id, fact)
    await store.save(w.conn, found.values())


async def stand_shortfalls(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How shortfalls stand, for rules that have changed."""
    return [standings.shortfall(one) for one in (await store.lock(w.conn, ids)).values()]


def _told(w: Work, shortfall: Shortfall | None, id_: UUID, fact: ShortfallFact) -> Shortfall:
    changed = evolve(shortfall, id_, fact)
    w.append("shortfall", id_, changed.version, None, fact)
    w.follow(standings.shortfall(changed))
    return changed
