"""Forms that are being filled in: saved while they are typed, moved when their seat falls silent, ended by being sent.

Nothing a call-taker has typed is lost by a dead tab, session or server, and whoever will answer reads along.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from dispatch.acts import authorise
from dispatch.desk.reports import PlaceIn, layer_for, wgs84_place
from dispatch.drafts import store
from dispatch.drafts.model import Draft, DraftEnded, DraftFact, DraftMoved, DraftOpened, evolve
from dispatch.drafts.shown import is_of
from dispatch.drafts.store import Text
from dispatch.errors import Behind, DispatchError, DraftHeld, DraftOver, Invalid, NotFound
from dispatch.seating import store as seats
from dispatch.seating.model import Seat
from dispatch.texts import check_texts
from dispatch.work import Work
from geo.errors import GeoError

FORM_BYTES = 32_768


async def save(w: Work, id_: UUID, form: dict[str, Any], call_id: UUID | None, read: int | None) -> Draft:
    """Keep what stands in a form; a new id begins one. read: the version it is based on, None: of one's own seat, any.

    Raises Behind, DraftHeld, DraftOver, Invalid, NotAllowed.
    """
    sealed = _checked(form)
    draft = await store.lock(w.conn, id_)
    if draft is None:
        draft = await _begin(w, id_)
    else:
        draft = await _held(w, draft, read)
    salt = w.centre.seal.new_salt()
    room_id = _answering(w, form)
    text = Text(call_id, room_id, _audience(w, draft, room_id), salt, w.centre.seal.seal(salt, sealed))
    await store.save_text(w.conn, id_, text, w.now)
    return draft


async def discard(w: Work, id_: UUID) -> None:
    """Throw a form away; harmless when it is over. Raises NotFound, NotAllowed, DraftHeld."""
    draft = await store.lock(w.conn, id_)
    if draft is None:
        raise NotFound(f"There is no draft {id_}.", noun="draft")
    if draft.ended is None:
        await _may_write(w, draft)
        await _end(w, draft, DraftEnded(how="discarded", at=w.now))


async def send(w: Work, id_: UUID, alarm_id: UUID) -> None:
    """The form became this alarm. An alarm is never refused for its form: one that is over, or not ours to end, stays."""
    draft = await store.lock(w.conn, id_)
    if draft is None or draft.ended is not None:
        return
    if is_of(draft, w.principal) or (_in_room(w, draft) and await _holding(w, draft) is None):
        await _end(w, draft, DraftEnded(how="sent", at=w.now, alarm_id=alarm_id))


async def hand_on(w: Work, gone: dict[UUID, Seat | UUID]) -> None:
    """Give the forms of seats that no longer answer to those who cover: a seat, or whoever takes calls in a room."""
    moved = []
    for draft in await store.lock_of_seats(w.conn, gone):
        cover = gone.get(draft.seat_id) if draft.seat_id else None
        if cover is not None:
            room_id, seat_id = (cover.room_id, cover.id) if isinstance(cover, Seat) else (cover, None)
            moved.append(_moved(w, draft, room_id, seat_id))
    await _save_moved(w, moved, also=True)


async def give_back(w: Work, back: Iterable[Seat]) -> None:
    """Forms that were begun at these seats go back there, unless somebody has taken them up."""
    by_id = {seat.id: seat for seat in back}
    moved = [
        _moved(w, draft, by_id[draft.home_seat_id].room_id, draft.home_seat_id)
        for draft in await store.lock_of_seats(w.conn, by_id)
        if draft.home_seat_id in by_id and draft.seat_id != draft.home_seat_id
    ]
    await _save_moved(w, moved, also=False)


async def _save_moved(w: Work, moved: list[Draft], *, also: bool) -> None:
    """Where a form goes it is seen, from that room and above; also: still from where it was."""
    if moved:
        await store.save(w.conn, moved)
    rooms = w.centre.reference.rooms.by_id
    for draft in moved:
        await store.show_to(w.conn, draft.id, rooms[draft.room_id].lineage, also=also)


def _checked(form: dict[str, Any]) -> bytes:
    check_texts(form, "form")
    encoded = msgspec.json.encode(form)
    if len(encoded) > FORM_BYTES:
        raise Invalid(f"A form has at most {FORM_BYTES} bytes; this one has {len(encoded)}.", field="form")
    return encoded


async def _begin(w: Work, id_: UUID) -> Draft:
    authorise(w.principal, "draft", "write", {"own"})
    room_id = w.principal.room_id or w.centre.reference.rooms.root.id
    opened = DraftOpened(room_id=room_id, seat_id=w.principal.seat_id, by=w.principal.id, at=w.now)
    draft = _told(w, None, id_, opened)
    await store.save(w.conn, [draft])
    return draft


async def _held(w: Work, draft: Draft, read: int | None) -> Draft:
    """The draft, ours to write: our own, or taken over from where nobody answers."""
    if draft.ended is not None:
        raise DraftOver(f"This draft was {draft.ended}.", ended=draft.ended, alarm_id=draft.alarm_id)
    mine = is_of(draft, w.principal)
    await _may_write(w, draft)
    if read is None and not mine:
        raise Behind("This draft is another seat's; read it first, and send its ETag as If-Match.")
    standing = draft.version + await store.saves(w.conn, draft.id)
    if read is not None and read != standing:
        raise Behind("This draft was changed since you read it; read it again.", version=standing)
    if mine and draft.home_seat_id == draft.seat_id:
        return draft
    room_id = w.principal.room_id or draft.room_id
    taken = DraftMoved(
        room_id=room_id, seat_id=w.principal.seat_id, home_seat_id=w.principal.seat_id, by=w.principal.id
    )
    changed = _told(w, draft, draft.id, taken)
    await store.save(w.conn, [changed])
    return changed


async def _may_write(w: Work, draft: Draft) -> None:
    """Raises NotFound for one out of sight, DraftHeld for one at another seat that answers."""
    mine = is_of(draft, w.principal)
    if not mine and not _in_room(w, draft):
        raise NotFound(f"There is no draft {draft.id}.", noun="draft")
    authorise(w.principal, "draft", "write", {"own"} if mine else {"room"})
    seat = None if mine else await _holding(w, draft)
    if seat is not None:
        raise DraftHeld(
            f"Seat {seat.code} has this draft and answers; ask there.", seat_id=seat.id, holder=seat.holder
        )


async def _holding(w: Work, draft: Draft) -> Seat | None:
    """The seat that has it and answers."""
    seat = None if draft.seat_id is None else (await seats.read(w.conn, [draft.seat_id])).get(draft.seat_id)
    return seat if seat is not None and seat.answers else None


def _in_room(w: Work, draft: Draft) -> bool:
    return draft.room_id in w.principal.rooms or w.principal.room_id in w.centre.reference.rooms.subtree(
        draft.room_id
    )


async def _end(w: Work, draft: Draft, fact: DraftEnded) -> None:
    await store.save(w.conn, [_told(w, draft, draft.id, fact)])
    await store.erase_text(w.conn, draft.id)


def _moved(w: Work, draft: Draft, room_id: UUID, seat_id: UUID | None) -> Draft:
    fact = DraftMoved(room_id=room_id, seat_id=seat_id, home_seat_id=draft.home_seat_id, by=draft.by)
    return _told(w, draft, draft.id, fact)


def _told(w: Work, draft: Draft | None, id_: UUID, fact: DraftFact) -> Draft:
    changed = evolve(draft, id_, fact)
    w.append("draft", id_, changed.version, None, fact)
    return changed


def _answering(w: Work, form: dict[str, Any]) -> UUID:
    """The room that will answer, by the place and type that stand in the form so far."""
    reference = w.centre.reference
    own = w.principal.room_id if w.principal.room_id in reference.rooms.by_id else None
    try:
        given = form.get("place")
        known = (
            {name: given[name] for name in PlaceIn.__struct_fields__ if name in given}
            if isinstance(given, dict)
            else {}
        )
        place = wgs84_place(msgspec.convert(known, PlaceIn), "place", w.principal.id)
        type_ = form.get("type")
        layer = layer_for(reference, type_ if isinstance(type_, str) and type_ in reference.types else None)
        if place.lon is not None and place.lat is not None:
            return reference.owner(place.lon, place.lat, layer)
    except (msgspec.ValidationError, DispatchError, GeoError):
        pass  # half typed
    return own or reference.rooms.root.id


def _audience(w: Work, draft: Draft, room_id: UUID) -> list[UUID]:
    rooms = w.centre.reference.rooms.by_id
    seen = {*rooms[room_id].lineage} | {*(rooms[draft.room_id].lineage if draft.room_id in rooms else ())}
    return sorted(seen)
