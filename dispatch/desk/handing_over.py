"""Handing a shift over 交接班: drafted, noted on, offered by who leaves, read and signed by who arrives.

With the second signature seat, queue and command move, and whatever bears the name of who leaves; until then nothing has.
Nobody signs past something that came or changed since it was last on their screen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.accounts import store as accounts
from dispatch.desk import sitting
from dispatch.desk.boards import open_boards
from dispatch.desk.boards import save as save_boards
from dispatch.desk.case import open_cases, save_cases
from dispatch.desk.sealed import keep_text
from dispatch.errors import HandOverChanged, Invalid, NotAllowed, NotFound, Unread
from dispatch.firings import RuleFired
from dispatch.handovers import model as m
from dispatch.handovers import picture, store
from dispatch.handovers.model import HandOver, HandOverFact
from dispatch.handovers.standing import standing
from dispatch.plans import events as pe
from dispatch.plans.model import STANDING
from dispatch.rules import Standing
from dispatch.seating import store as seats
from dispatch.texts import check_texts
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import OPEN

ActName = Literal["note", "offer", "tick", "refuse", "cancel", "sign", "see"]
"""Acts on a hand-over, as acts.csv calls them."""


async def draft(w: Work, arriver: str | None = None) -> HandOver:
    """Say that one is about to leave one's seat, or one's room's shift. The open one, if one is. Raises NotAllowed, Invalid."""
    room_id, seat_id, who = w.principal.room_id, w.principal.seat_id, w.principal.id
    if room_id is None:
        raise Invalid("Only who works in a room hands a shift over; this key belongs to no room.")
    acts.authorise(w.principal, "handover", "draft", {"room"})
    if arriver == who:
        raise Invalid("Nobody hands over to themselves.", field="arriver")
    if arriver is not None and arriver not in await accounts.names_of(w.conn, [arriver]):
        raise NotFound(f"There is no account {arriver:.80}.", noun="account", field="arriver")
    if seat_id is not None:
        await seats.lock_turn(w.conn)  # two drafts of one seat take turns
        open_ = await store.open_of_seat(w.conn, seat_id)
        if open_ is not None and open_.leaver == who:
            return open_
        if open_ is not None:  # who wanted to leave is gone from that seat already
            [open_] = (await store.lock(w.conn, [open_.id])).values()
            await _told(w, open_, open_.id, m.Cancelled(by=who, at=w.now))
    now, counts = await _stands(w, room_id, who)
    fact = m.Drafted(
        room_id=room_id, seat_id=seat_id, leaver=who, arriver=arriver, picture=now, counts=counts, at=w.now
    )
    return await _told(w, None, uuid7(), fact)


async def note(w: Work, id_: UUID, text: str) -> HandOver:
    """Say something beside what the system lists. Raises NotFound, NotAllowed, NotNow, Invalid."""
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say in text what the next shift should know.", field="text")
    found = await _opened(w, id_, "note")
    kept = await keep_text(w, found.id, text)
    return await _told(w, found, id_, m.Noted(narrative_id=kept, by=w.principal.id, at=w.now))


async def offer(w: Work, id_: UUID, digest: str) -> HandOver:
    """Sign as who leaves what stands now; digest: of what was on the screen. Raises HandOverChanged and the usual."""
    found = await _opened(w, id_, "offer")
    now, counts = await _stands(w, found.room_id, found.leaver)
    _must_be_seen(found, now, digest)
    return await _told(w, found, id_, m.Offered(by=w.principal.id, picture=now, counts=counts, at=w.now))


async def tick(w: Work, id_: UUID, read: Mapping[str, str]) -> HandOver:
    """Say as who arrives that these were read, as they stood (key -> stamp). Raises NotFound, NotAllowed, NotNow."""
    found = await _opened(w, id_, "tick")
    _must_be_other(found, w.principal.id)
    had = found.read_by(w.principal.id)
    now, _ = await _stands(w, found.room_id, found.leaver)
    new = {key: stamp for key, stamp in read.items() if now.get(key) == stamp and had.get(key) != stamp}
    if not new:
        return found
    return await _told(w, found, id_, m.Ticked(read=new, by=w.principal.id, at=w.now))


async def refuse(w: Work, id_: UUID) -> HandOver:
    """Don't take it over, with the reason; nothing moves. Raises NotFound, NotAllowed, NotNow, Invalid."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To refuse a hand-over, give the reason.", field="reason")
    found = await _opened(w, id_, "refuse")
    _must_be_other(found, w.principal.id)
    return await _told(w, found, id_, m.Refused(by=w.principal.id, at=w.now))


async def cancel(w: Work, id_: UUID) -> HandOver:
    """Who wanted to leave stays. Raises NotFound, NotAllowed, NotNow."""
    found = await _opened(w, id_, "cancel")
    return await _told(w, found, id_, m.Cancelled(by=w.principal.id, at=w.now))


async def see(w: Work, id_: UUID) -> HandOver:
    """Take note that it ran out. Raises NotFound, NotAllowed, NotNow."""
    found = await _opened(w, id_, "see")
    if found.seen_by is not None:
        return found
    return await _told(w, found, id_, m.Seen(by=w.principal.id, at=w.now))


async def sign(w: Work, session_id: UUID | None, id_: UUID, digest: str) -> HandOver:
    """Sign as who arrives: seat, queue and command are theirs from this moment on.

    Raises Unread, HandOverChanged, SeatTaken and the usual.
    """
    found = await _opened(w, id_, "sign")
    _must_be_other(found, w.principal.id)
    now, counts = await _stands(w, found.room_id, found.leaver)
    _must_be_seen(found, now, digest)
    missing = picture.unread(now, found.read_by(w.principal.id))
    if missing:
        raise Unread(
            f"{len(missing)} of what stands was not read as it is now; read it, then sign.", unread=missing
        )
    await _pass_on_by_name(w, found)
    if found.seat_id is not None:
        await sitting.relieve(w, session_id, found.seat_id, found.leaver)
    return await _told(w, found, id_, m.Signed(by=w.principal.id, picture=now, counts=counts, at=w.now))


async def end_abandoned(w: Work, timer: Timer) -> datetime | None:
    """Nobody went on with it: it is over, and nothing has moved."""
    [found] = (await store.lock(w.conn, [timer.entity_id])).values()
    due = found.touched_at + (timer.due_at - timer.armed_at)
    if due > w.now:
        return due
    if found.is_open:
        await _told(w, found, found.id, m.Abandoned(at=w.now))
    return None


async def fire_on_handovers(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about hand-overs."""
    found = await store.lock(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        found[timer.entity_id] = await _told(w, found[timer.entity_id], timer.entity_id, fact)


async def stand_handovers(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How hand-overs stand, for rules that have changed."""
    return [standings.handover(one) for one in (await store.lock(w.conn, ids)).values()]


async def _stands(w: Work, room_id: UUID, leaver: str) -> tuple[dict[str, str], dict[str, int]]:
    """What must be read in a room and below it just now, and how much stands there in all."""
    items = await standing(w.conn, w.centre, room_id, leaver, w.now)
    return picture.to_read(items), picture.counted(items)


async def _pass_on_by_name(w: Work, handover: HandOver) -> None:
    """What who leaves follows by name, or has in hand, bears the name of who arrives."""
    leaver, who = handover.leaver, w.principal.id
    rooms = w.centre.reference.rooms.subtree(handover.room_id)
    cases = await open_cases(w, await store.named(w.conn, handover.room_id, leaver, rooms))
    boards = await open_boards(w, cases)
    for id_, case in cases.items():
        mine = any(r.room_id == handover.room_id and r.owner == leaver for r in case.incident.raised)
        if mine and case.incident.state in OPEN:
            case.tell(ic.Follow(handover.room_id, who, ms(w.now)))
        for task in list(boards[id_].tasks.values()):
            if task.owner == leaver and task.state in STANDING and task.room_id in rooms:
                boards[id_].tell_task(task.id, pe.Taken(owner=who))
    await save_cases(w, [cases[id_] for id_ in sorted(cases)])
    await save_boards(w, list(boards.values()))


async def _opened(w: Work, id_: UUID, act: ActName) -> HandOver:
    """The hand-over under lock, when this act on it is the principal's; one that is none of theirs is NotFound."""
    handover = (await store.lock(w.conn, [id_])).get(id_)
    found: set[str] = set()
    if handover is not None and handover.room_id in w.principal.rooms:
        found.add("room")
    if handover is not None and handover.leaver == w.principal.id:
        found.add("own")
    if handover is None or not found:
        raise NotFound(f"There is no hand-over {id_}.", noun="handover")
    acts.authorise(w.principal, "handover", act, found, handover.state)
    return handover


def _must_be_other(handover: HandOver, who: str) -> None:
    """Raises NotAllowed for who leaves, and for whoever is not meant where somebody is."""
    if who == handover.leaver:
        raise NotAllowed("Who leaves does not take it over from themselves; who arrives signs in and does.")
    if handover.arriver not in (None, who):
        raise NotAllowed(
            "This hand-over is meant for somebody else; who leaves can cancel it and draft another."
        )


def _must_be_seen(handover: HandOver, now: Mapping[str, str], digest: str) -> None:
    """Raises HandOverChanged when what stands is not what was on the screen."""
    if digest != picture.digest(now):
        change = picture.changes(handover.picture, now)
        raise HandOverChanged(
            "What stands has changed since it was on your screen; read it again, then sign.",
            **msgspec.structs.asdict(change),
        )


async def _told(w: Work, handover: HandOver | None, id_: UUID, fact: HandOverFact) -> HandOver:
    if handover is not None and not isinstance(fact, m.Drafted):
        m.check(handover, fact)
    changed = m.evolve(handover, id_, fact)
    w.append("handover", id_, changed.version, None, fact)
    await store.save(w.conn, [changed])
    w.follow(standings.handover(changed))
    return changed
