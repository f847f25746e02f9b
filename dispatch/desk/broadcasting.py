"""Saying something to many at once 群呼 and looking out together 布控: written, sent or asked for, extended, replaced, ended.

Everything of a sending is one transaction, so that a process killed in it has told nobody, and one that was not has told all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings, views
from dispatch.broadcasts import audience as meaning
from dispatch.broadcasts import events as e
from dispatch.broadcasts import lifecycle as life
from dispatch.broadcasts import store, wording
from dispatch.broadcasts.marks import LONGEST, SHORTEST, canonical, sought
from dispatch.broadcasts.model import Audience, B, Broadcast, Kind, Mark
from dispatch.desk import addressing, radio
from dispatch.desk.addressing import Addressed
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.talk.store import OnDuty
from dispatch.texts import check_texts
from dispatch.unsealing import open_sealed
from dispatch.waiting import Spoken, room_said
from dispatch.work import Work, check_moment, ms
from units import store as unit_store

ActName = Literal["approve", "decline", "extend", "cancel", "call_again", "notice"]
"""Acts on a broadcast that was written, as acts.csv calls them."""
SHORTEST_FOR = timedelta(minutes=1)
LONGEST_FOR: dict[Kind, timedelta] = {"call": timedelta(days=7), "lookout": timedelta(days=30)}
"""From now; a longer matter is extended, and looked at again by that."""
CALL_HOLDS = timedelta(hours=12)
"""As long as a call holds when nobody says."""
MOST_MARKS = 20


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said to whom. advice: what to do; replaces: it is an update of that one; through: the room asked to send it.

    recipients: units and rooms exactly as they were shown; None: whoever the audience means when it is sent.
    """

    kind: Kind
    text: str
    audience: Audience
    urgent: bool = False
    advice: str | None = None
    marks: tuple[Mark, ...] = ()
    expires_at: datetime | None = None
    incident_id: UUID | None = None
    replaces: UUID | None = None
    through: UUID | None = None
    recipients: tuple[Sequence[UUID], Sequence[UUID]] | None = None
    exercise: bool = False


async def write(w: Work, writing: Writing) -> Broadcast:
    """Write it, and send it unless a room above must be asked. Raises NotFound, NotAllowed, NotNow, Invalid, BadArea."""
    expires_at = _checked(w, writing)
    audience = meaning.checked(writing.audience)
    scope = await addressing.scope_of(w, audience, writing.through)
    if writing.incident_id is not None:
        await views.must_see(w.conn, w.principal, writing.incident_id)
    before = None if writing.replaces is None else await _replaced(w, writing)
    id_: UUID = uuid7()
    fact = e.Written(
        kind=writing.kind, urgent=writing.urgent, room_id=_own(w), scope_room_id=scope.room_id, by=w.principal.id,
        number=before.number if before else await store.draw_number(w.conn, w.centre.local(w.now).date()),
        revision=before.revision + 1 if before else 1, incident_id=writing.incident_id,
        narrative_id=await keep_text(w, id_, writing.text),
        advice_id=await keep_text(w, id_, writing.advice) if writing.advice else None,
        marks_id=await keep_text(w, id_, msgspec.json.encode(writing.marks).decode()) if writing.marks else None,
        audience=audience, exercise=writing.exercise, expires_at=expires_at, replaces=writing.replaces, at=ms(w.now),
    )  # fmt: skip
    written = await _told(w, None, id_, fact)
    if scope.asks:
        return written
    return await _send(w, written, before, writing)


async def approve(w: Work, id_: UUID) -> Broadcast:
    """The room above sends what was asked of it, to whoever it means now. Raises NotFound, NotAllowed, NotNow."""
    b = await opened(w, id_, "approve")
    if w.centre.reference.rooms.root.id in b.audience.rooms:
        acts.authorise(w.principal, "broadcast", "send_wide", ("room",))
    if b.expires_at <= w.now:
        raise NotNow(
            f"Broadcast {b.called} would have expired by now; have it asked for anew.", state=b.state
        )
    before = (await store.lock(w.conn, [b.replaces])).get(b.replaces) if b.replaces else None
    return await _send(w, b, before if before and before.state is B.ACTIVE else None, None)


async def decline(w: Work, id_: UUID, text: str) -> Broadcast:
    """The room above does not send it, and says why. Raises NotFound, NotAllowed, NotNow, Invalid."""
    return await _ended_with(w, await opened(w, id_, "decline"), "declined", text)


async def cancel(w: Work, id_: UUID, text: str) -> Broadcast:
    """It holds no longer; recipients are told, and why. Raises NotFound, NotAllowed, NotNow, Invalid."""
    return await _ended_with(w, await opened(w, id_, "cancel"), "cancelled", text)


async def extend(w: Work, id_: UUID, expires_at: datetime) -> Broadcast:
    """Let it hold longer, or not so long. Raises NotFound, NotAllowed, NotNow, Invalid."""
    b = await opened(w, id_, "extend")
    _check_expiry(w, b.kind, expires_at)
    for fact in life.decide(b, life.Extend(expires_at, ms(w.now))):
        b = await _told(w, b, id_, fact)
    return b


async def call_again(w: Work, id_: UUID) -> Broadcast:
    """Say it again to everybody who has not read it. Raises NotFound, NotAllowed, NotNow."""
    b = await opened(w, id_, "call_again")
    unread = await store.unread_of(w.conn, id_)
    facts = life.decide(b, life.CallAgain(len(unread), ms(w.now)))
    for fact in facts:
        b = await _told(w, b, id_, fact)
    if facts:
        units = await unit_store.read_units(w.conn, [one.party_id for one in unread if one.party == "unit"])
        await say(w, b, [OnDuty(u.id, u.handle, u.gateway, u.talk_group) for u in units.values()])
    return b


async def notice(w: Work, id_: UUID) -> Broadcast:
    """Whoever sent it has seen where it was found. Raises NotFound, NotAllowed."""
    b = await opened(w, id_, "notice")
    for fact in life.decide(b, life.Notice(w.principal.id, ms(w.now))):
        b = await _told(w, b, id_, fact)
    return b


async def end(w: Work, b: Broadcast, command: life.End) -> Broadcast:
    """It holds no longer, and nothing of it is found any more. Raises NotNow."""
    for fact in life.decide(b, command):
        b = await _told(w, b, b.id, fact)
    await store.drop_marks(w.conn, b.id)
    return b


async def say(w: Work, b: Broadcast, units: Sequence[OnDuty]) -> None:
    """Write it to these terminals; its words are opened at the last moment."""
    if b.line_id is not None:
        about = radio.About("broadcast", b.id, b.called, b.line_id, b.expires_at, b.exercise)
        await radio.say_sealed(w, units, about, 1 if b.urgent else 3)


async def apply(w: Work, b: Broadcast, command: life.Command) -> Broadcast:
    """The broadcast after a command, saved; it is under lock. Raises NotNow."""
    for fact in life.decide(b, command):
        b = await _told(w, b, b.id, fact)
    return b


async def opened(w: Work, id_: UUID, act: ActName) -> Broadcast:
    """The broadcast under lock, when this act on it is the principal's; one that is none of theirs is NotFound."""
    b = (await store.lock(w.conn, [id_])).get(id_)
    found: set[str] = set()
    if b is not None and b.scope_room_id in w.principal.rooms:
        found |= {"room", "ordering"}
    if b is not None and b.room_id in w.principal.rooms:
        found.add("ordering")
    if b is None or not found:
        raise NotFound(f"There is no broadcast {id_} of this seat's rooms.", noun="broadcast")
    acts.authorise(w.principal, "broadcast", act, found, b.state)
    return b


async def _replaced(w: Work, writing: Writing) -> Broadcast:
    if writing.replaces is None:
        raise Invalid("Say which broadcast is replaced.", field="replaces")
    before = await opened(w, writing.replaces, "cancel")
    if before.state is not B.ACTIVE or (before.kind, before.exercise) != (writing.kind, writing.exercise):
        raise NotNow(
            f"Broadcast {before.called} is {before.state}; only one of its kind that holds is updated."
        )
    return before


async def _send(w: Work, b: Broadcast, before: Broadcast | None, writing: Writing | None) -> Broadcast:
    """To everybody at once: rows, lamps to come, messages to terminals, digests of the marks."""
    if writing is not None and writing.recipients is not None:
        to = await addressing.as_shown(w, writing.recipients, b.audience, b.scope_room_id)
    else:
        to = await addressing.addressed(w, b.audience, b.scope_room_id)
    line_id = await keep_text(w, b.id, await _line(w, b))
    b = await apply(w, b, life.Send(len(to), line_id, w.principal.id, ms(w.now)))
    await store.add_recipients(w.conn, b.id, "unit", to.units, w.now)
    await store.add_recipients(w.conn, b.id, "room", to.rooms, w.now)
    await say(w, b, [OnDuty(u.id, u.handle, u.gateway, u.talk_group) for u in to.units.values()])
    if before is not None:
        await _supersede(w, before, b, to)
    if b.kind == "lookout":
        await _look_out(w, b)
    return b


async def _supersede(w: Work, before: Broadcast, b: Broadcast, to: Addressed) -> None:
    """The older one ends; who is not told the newer one is told that."""
    ended = await end(w, before, life.End("superseded", ms(w.now), w.principal.id, replaced_by=b.id))
    had = (await store.parties(w.conn, [before.id])).get(before.id, {}).get("unit", set())
    await _tell_ended(w, ended, had - to.units.keys(), None)


async def _look_out(w: Work, b: Broadcast) -> None:
    marks = [
        (w.centre.seal.mark_index(kind, plain), kind, len(plain))
        for mark in await marks_of(w, b)
        if (kind := sought(mark.kind)) and (plain := canonical(kind, mark.text))
    ]
    await store.add_marks(w.conn, b.id, marks)


async def marks_of(w: Work, b: Broadcast) -> list[Mark]:
    """The marks of a broadcast, opened for an act of this centre."""
    if b.marks_id is None:
        return []
    text = (await open_sealed(w.conn, w.centre, [b.marks_id], [])).text(b.marks_id)
    return msgspec.json.decode(text, type=list[Mark]) if text else []


async def _line(w: Work, b: Broadcast) -> str:
    spoken = Spoken(w.centre.rules, w.centre.reference, w.centre.units)
    ids = [id_ for id_ in (b.narrative_id, b.advice_id) if id_]
    texts = await open_sealed(w.conn, w.centre, ids, [])
    said = (
        texts.text(b.narrative_id),
        texts.text(b.advice_id),
        f"{w.centre.local(b.expires_at):%m-%d %H:%M}",
    )
    return wording.line(
        (b.kind, b.called, b.urgent), room_said(spoken, b.room_id)["zh"], said, await marks_of(w, b)
    )


async def _ended_with(w: Work, b: Broadcast, state: Literal["cancelled", "declined"], text: str) -> Broadcast:
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say why in text; whoever was told of it is told that too.", field="text")
    outcome_id = await keep_text(w, b.id, text)
    was_sent = b.state is B.ACTIVE
    b = await end(w, b, life.End(state, ms(w.now), w.principal.id, outcome_id))
    if was_sent:
        had = (await store.parties(w.conn, [b.id])).get(b.id, {}).get("unit", set())
        await _tell_ended(w, b, had, text)
    return b


async def _tell_ended(w: Work, b: Broadcast, unit_ids: set[UUID], outcome: str | None) -> None:
    units = await unit_store.read_units(w.conn, unit_ids)
    line_id = await keep_text(w, b.id, wording.ended(b.kind, b.called, b.state, outcome))
    about = radio.About("broadcast", b.id, b.called, line_id, w.now + radio.ENDED_FOR, b.exercise)
    there = [OnDuty(u.id, u.handle, u.gateway, u.talk_group) for u in units.values()]
    await radio.say_sealed(w, there, about, 1 if b.urgent else 3)


async def _told(w: Work, b: Broadcast | None, id_: UUID, fact: e.BroadcastFact) -> Broadcast:
    changed = life.evolve(b, id_, fact)
    concerns = fact.spotting.incident_id if isinstance(fact, e.Spotted) else changed.incident_id
    w.append("broadcast", id_, changed.version, concerns, fact)
    await store.save(w.conn, changed)
    w.follow(standings.broadcast(changed))
    return changed


def _own(w: Work) -> UUID:
    if w.principal.room_id is None:
        raise Invalid("A broadcast is sent by the seat of a room.", field="audience")
    return w.principal.room_id


def _checked(w: Work, writing: Writing) -> datetime:
    """Until when it holds. Raises Invalid naming what is wrong."""
    check_texts(writing)
    if not writing.text.strip():
        raise Invalid("Say in text what everybody is to know.", field="text")
    if len(writing.marks) > MOST_MARKS:
        raise Invalid(f"A lookout has at most {MOST_MARKS} marks.", field="marks")
    if writing.marks and writing.kind != "lookout":
        raise Invalid("Marks belong to a lookout; leave them out of a call.", field="marks")
    for mark in writing.marks:
        _check_mark(mark)
    if writing.expires_at is None:
        if writing.kind == "lookout":
            raise Invalid("Say in expires_at until when to look out.", field="expires_at")
        return w.now + CALL_HOLDS
    _check_expiry(w, writing.kind, writing.expires_at)
    return writing.expires_at


def _check_mark(mark: Mark) -> None:
    if not mark.text.strip():
        raise Invalid("A mark needs a text.", field="marks")
    kind = sought(mark.kind)
    if kind is not None and canonical(kind, mark.text) is None:
        raise Invalid(
            f"A {kind} that is looked for has {SHORTEST[kind]} to {LONGEST} letters and digits.",
            field="marks",
        )


def _check_expiry(w: Work, kind: Kind, expires_at: datetime) -> None:
    check_moment(expires_at, "expires_at")
    longest = LONGEST_FOR[kind]
    if not w.now + SHORTEST_FOR <= expires_at <= w.now + longest:
        raise Invalid(
            f"expires_at lies ahead, by one minute at least and {longest.days} days at most.",
            field="expires_at",
        )
