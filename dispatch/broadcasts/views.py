"""The read side of broadcasts: by id, a page, one with its recipients, and as they stand for the live feed.

Seen by who sent it, who was asked to send it, the rooms and units it went to, and all rooms above those; by nobody else.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.broadcasts import store
from dispatch.broadcasts.marks import SoughtKind
from dispatch.broadcasts.model import B, Broadcast, Mark, Party
from dispatch.broadcasts.shown import (
    BroadcastLampShown,
    BroadcastShown,
    BroadcastTimes,
    MatchShown,
    Reached,
    RecipientShown,
    RoomLamp,
    SpottingShown,
)
from dispatch.broadcasts.store import Counts, Recipient
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.rules import Rule
from dispatch.shown import AlertShown, Now, Opened, TimerRow
from dispatch.unsealing import open_sealed
from dispatch.waiting import Names, Spoken, alone, between, fallen, room_said
from incidents import store as incident_store

UNREAD = "broadcast_unread"
_marks = msgspec.json.Decoder(tuple[Mark, ...])
_encode = msgspec.json.Encoder().encode


class _About(msgspec.Struct, frozen=True):
    """What is read beside the broadcasts."""

    opened: Opened
    counts: dict[UUID, Counts]
    rooms: dict[UUID, tuple[RoomLamp, ...]]
    numbers: dict[UUID, str]
    timers: dict[UUID, list[TimerRow]]
    spoken: Spoken


async def broadcasts(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[BroadcastShown]:
    """These by id, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def broadcast_page(
    conn: Connection, centre: Centre, principal: Principal, page: tuple[UUID | None, int], over: bool
) -> list[BroadcastShown]:
    """Those of this seat's rooms, or of the unit, the newest first; over: also what has ended. Raises NotAllowed."""
    authorise(principal, "broadcast", "read", _relations(principal))
    ids = await store.seen(conn, principal.rooms, principal.unit_id, page, over)
    return sorted(await broadcasts(conn, centre, ids), key=lambda one: one.id, reverse=True)


async def one_broadcast(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> BroadcastShown:
    """One. Raises NotFound, also when this seat may not see it, and NotAllowed."""
    authorise(principal, "broadcast", "read", _relations(principal))
    found = await store.read(conn, [id_])
    if not found or not await may_see(conn, centre, principal, found[0]):
        raise NotFound(f"There is no broadcast {id_}.", noun="broadcast")
    return (await _show(conn, centre, found))[0]


async def recipients(
    conn: Connection, centre: Centre, principal: Principal, id_: UUID
) -> list[RecipientShown]:
    """Everybody it went to, who has not read it first. Raises NotFound, NotAllowed."""
    authorise(principal, "broadcast", "read", _relations(principal))
    found = await store.read(conn, [id_])
    if not found or not {found[0].room_id, found[0].scope_room_id} & principal.rooms:
        raise NotFound(f"There is no broadcast {id_} of this seat's rooms.", noun="broadcast")
    rows = [_recipient(one, centre) for one in await store.recipients_of(conn, id_)]
    return sorted(
        rows, key=lambda one: (one.read_at is not None, one.delivered_at is not None, one.name["zh"])
    )


async def matches(
    conn: Connection, centre: Centre, principal: Principal, texts: Sequence[str], exercise: bool
) -> list[MatchShown]:
    """Lookouts that this principal may see and of which a mark stands in one of these texts; each once a kind."""
    places: dict[tuple[UUID, SoughtKind], int] = {}
    for at, text in enumerate(texts):
        for one in centre.lookouts.find(text, exercise) if centre.lookouts else ():
            places.setdefault((one.broadcast_id, one.mark), at)
    if not places:
        return []
    now = await clock.now(conn)
    found = [
        b
        for b in await store.read(conn, {id_ for id_, _ in places})
        if b.is_active(now) and await may_see(conn, centre, principal, b)
    ]
    shown = {one.id: one for one in await _show(conn, centre, found)}
    return [
        MatchShown(broadcast=shown[id_], mark=mark, at=at)
        for (id_, mark), at in places.items()
        if id_ in shown
    ]


async def standing_ids(conn: Connection, principal: Principal, at_most: int) -> list[UUID]:
    """Those that stand for this seat or unit, for the snapshot of the live feed."""
    return await store.seen(conn, principal.rooms, principal.unit_id, (None, at_most), over=False)


async def may_see(conn: Connection, centre: Centre, principal: Principal, b: Broadcast) -> bool:
    """Whether it is this principal's business."""
    rooms, units = _audience(centre, b, (await store.parties(conn, [b.id])).get(b.id, {}))
    return bool(rooms & principal.rooms) or principal.unit_id in units


async def broadcasts_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    shown = {one.id: one for one in await _show(conn, centre, found)}
    parties = await store.parties(conn, ids)
    now = {}
    for b in found:
        rooms, units = _audience(centre, b, parties.get(b.id, {}))
        now[b.id] = Now(b.version, rooms, msgspec.Raw(_encode(shown[b.id])), units)
    return now


async def lamps_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """Lamps, seen by who sent the broadcast and by the recipient itself."""
    found = await store.read_lamps(conn, ids)
    about = {b.id: b for b in await store.read(conn, {lamp.broadcast_id for lamp in found})}
    counts = await store.counts(conn, about)
    now = {}
    for lamp in found:
        shown = BroadcastLampShown(
            id=lamp.id, version=lamp.version, broadcast_id=lamp.broadcast_id, party_id=lamp.party_id, party=lamp.party,
            added_at=instant(lamp.added_at), delivered_at=instant(lamp.delivered_at), read_at=instant(lamp.read_at),
            read_by=lamp.read_by, counts=counts.get(lamp.broadcast_id, Counts()),
        )  # fmt: skip
        rooms = set(_senders(centre, about[lamp.broadcast_id]))
        own: dict[Party, set[UUID]] = {lamp.party: {lamp.party_id}}
        rooms |= own.get("room", set())
        now[lamp.id] = Now(
            lamp.version, frozenset(rooms), msgspec.Raw(_encode(shown)), frozenset(own.get("unit", ()))
        )
    return now


def _relations(principal: Principal) -> tuple[str, ...]:
    return ("room",) if principal.rooms else ("unit",)


def _senders(centre: Centre, b: Broadcast) -> frozenset[UUID]:
    """The room that wrote it and those above; the room that was asked to send it is one of them."""
    room = centre.reference.rooms.by_id.get(b.room_id)
    return frozenset((b.room_id, b.scope_room_id, *(room.lineage if room else ())))


def _audience(
    centre: Centre, b: Broadcast, parties: dict[Party, set[UUID]]
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The rooms and the units that may see it. What is only asked for is between the rooms that ask and are asked."""
    units = frozenset(parties.get("unit", ()))
    own = {centre.units[id_].ordered_by for id_ in units if id_ in centre.units}
    own |= {centre.units[id_].room_id for id_ in units if id_ in centre.units}
    return _senders(centre, b) | parties.get("room", set()) | own, units


async def _show(conn: Connection, centre: Centre, found: Iterable[Broadcast]) -> list[BroadcastShown]:
    rows = list(found)
    if not rows:
        return []
    ids = [b.id for b in rows]
    texts = [id_ for b in rows for id_ in (b.narrative_id, b.advice_id, b.marks_id, b.outcome_id) if id_]
    incidents = {b.incident_id for b in rows if b.incident_id}
    incidents |= {s.incident_id for b in rows for s in b.spottings}
    lamps = await store.room_lamps(conn, ids)
    about = _About(
        await open_sealed(conn, centre, texts, []),
        await store.counts(conn, ids),
        {id_: tuple(RoomLamp(room, instant(at), by) for room, at, by in some) for id_, some in lamps.items()},
        {i.id: i.number for i in (await incident_store.read_incidents(conn, list(incidents))).values()}
        if incidents
        else {},
        await timers.of_entities(conn, "broadcast", ids),
        Spoken(centre.rules, centre.reference, centre.units),
    )
    return [_shown(b, about) for b in rows]


def _shown(b: Broadcast, about: _About) -> BroadcastShown:
    marks = about.opened.text(b.marks_id)
    return BroadcastShown(
        id=b.id, version=b.version, kind=b.kind, urgent=b.urgent, number=b.called, revision=b.revision, state=b.state,
        room=b.room_id, scope_room=b.scope_room_id, by=b.by, ended_by=b.ended_by, incident_id=b.incident_id,
        incident_number=about.numbers.get(b.incident_id) if b.incident_id else None,
        text=about.opened.text(b.narrative_id), advice=about.opened.text(b.advice_id),
        marks=_marks.decode(marks) if marks else (), outcome=about.opened.text(b.outcome_id), audience=b.audience,
        exercise=b.exercise, expires_at=instant(b.expires_at), replaces=b.replaces, replaced_by=b.replaced_by,
        times=BroadcastTimes(**{name: instant(at) for name, at in b.times.items()}),
        counts=about.counts.get(b.id, Counts()), rooms=about.rooms.get(b.id, ()),
        spottings=tuple(
            SpottingShown(
                id=s.id, incident_id=s.incident_id, number=about.numbers.get(s.incident_id), source=s.source, mark=s.mark,
                at=instant(s.at), noticed=s.noticed,
            )
            for s in b.spottings
        ),
        alerts=_alerts(b, about),
    )  # fmt: skip


def _alerts(b: Broadcast, about: _About) -> tuple[AlertShown, ...]:
    """What fell due of it for a person; that some have not read it is over once all have."""
    counts = about.counts.get(b.id, Counts())
    all_read = b.state is not B.ACTIVE or counts.read >= counts.recipients
    rows = [
        row
        for row in about.timers.get(b.id, ())
        if row.kind == "alert" and not (row.rule == UNREAD and all_read)
    ]
    return fallen(
        rows,
        about.spoken,
        partial(_names, b, counts, about.spoken),
        lambda *_: b.scope_room_id if b.state is B.PROPOSED else b.room_id,
    )


def _names(b: Broadcast, counts: Counts, spoken: Spoken, row: TimerRow, rule: Rule) -> Names:
    room = room_said(spoken, b.room_id)
    names = between(room, room_said(spoken, b.scope_room_id), rule, alone(row, "", b.called))
    return {lang: {**said, "done": f"{counts.read}/{counts.recipients}"} for lang, said in names.items()}


def _recipient(one: Recipient, centre: Centre) -> RecipientShown:
    unit = centre.units.get(one.party_id) if one.party == "unit" else None
    room = centre.reference.rooms.by_id.get(one.party_id)
    sign = unit.call_sign if unit else ""
    terminal = one.party == "room" or bool(unit and unit.gateway)
    return RecipientShown(
        party_id=one.party_id, party=one.party, name={
            "zh": room.name_zh if room else sign, "en": room.name_en if room else sign,
        },
        room=unit.room_id if unit else None, terminal=terminal, reached=_reached(one, terminal), later=one.later,
        sent_at=instant(one.published_at or (one.sent_at if one.party == "room" else None)),
        delivered_at=instant(one.delivered_at), read_at=instant(one.read_at), read_by=one.read_by,
    )  # fmt: skip


def _reached(one: Recipient, terminal: bool) -> Reached:
    if one.read_at is not None:
        return "read"
    if one.delivered_at is not None:
        return "delivered"
    if one.published_at is not None or one.party == "room":
        return "sent"
    return "waiting" if terminal else "no_terminal"
