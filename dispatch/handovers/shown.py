"""A hand-over as both sides see it: what stands now, what changed since it was last signed, what is still to be read.

Seen in its room and those above; whoever may sign may read it.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import timers
from dispatch.accounts import store as accounts
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.handovers import picture, store
from dispatch.handovers.model import HandOver, HandOverState
from dispatch.handovers.picture import Item
from dispatch.handovers.standing import standing
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.levels.shown import LevelBrief, brief
from dispatch.rules import FOLLOWING, Rule
from dispatch.shown import AlertShown, Now, Opened, TimerRow, Waiting
from dispatch.unsealing import open_sealed
from dispatch.waiting import Names, Said, Spoken, alone, between, fallen, next_of, room_said


class HandOverNoteShown(msgspec.Struct, frozen=True):
    """What who leaves has to say; text null: erased."""

    text: str | None
    by: str
    at: Instant


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands. must: it is to be read before signing; read: as it stands now; came, changed: since the last signature.

    of, by, since: of a duty level its code, who ordered it and since when, due_at its end; of a shortfall of free units its room.
    """

    key: str
    section: str
    noun: str
    id: UUID
    incident_id: UUID | None
    number: str | None
    rule: str | None
    stamp: str
    must: bool
    read: bool
    came: bool
    changed: bool
    due_at: Instant | None
    of: str | None
    by: str | None
    since: Instant | None


class HandOverShown(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over without what stands now: that is `HandOverWhole`, since it changes with every incident."""

    id: UUID
    version: int
    state: HandOverState
    room: UUID
    seat_id: UUID | None
    leaver: str
    leaver_name: str | None
    arriver: str | None
    arriver_name: str | None
    counts: dict[str, int]
    notes: tuple[HandOverNoteShown, ...]
    opened_at: Instant
    offered_at: Instant | None
    ended_at: Instant | None
    seen_by: str | None
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


class HandOverWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over with what stands now. digest: names what must be read, to be sent with a signature; gone: no longer there.

    level: the duty level that holds in its room, ordered or not.
    """

    handover: HandOverShown
    digest: str
    items: tuple[ItemShown, ...]
    unread: int
    gone: tuple[str, ...]
    level: LevelBrief

    @property
    def version(self) -> int:
        """Of the hand-over itself."""
        return self.handover.version


async def handovers(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[HandOverShown]:
    """These, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def handover_page(
    conn: Connection, centre: Centre, principal: Principal, open_only: bool, page: tuple[UUID | None, int]
) -> list[HandOverShown]:
    """Those of this seat's rooms, the newest first. Raises NotAllowed."""
    authorise(principal, "handover", "read", ("room",))
    ids = await store.page(conn, principal.rooms, open_only, page)
    return sorted(await handovers(conn, centre, ids), key=lambda one: one.id, reverse=True)


async def one_handover(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> HandOverWhole:
    """One with all that stands now. Raises NotFound, also when this seat may not see it, and NotAllowed."""
    authorise(principal, "handover", "read", ("room",))
    found = await store.read(conn, [id_])
    if not found or found[0].room_id not in principal.rooms:
        raise NotFound(f"There is no hand-over {id_}.", noun="handover")
    return await whole(conn, centre, found[0], principal.id)


async def whole(conn: Connection, centre: Centre, handover: HandOver, reader: str) -> HandOverWhole:
    """A hand-over with what stands now; once it is over, with what was signed."""
    items: Sequence[Item] = ()
    if handover.is_open:
        items = await standing(conn, centre, handover.room_id, handover.leaver, await clock.now(conn))
    now = picture.to_read(items)
    read = handover.read_by(reader)
    change = picture.changes(handover.picture, now)
    numbers = await store.numbers(conn, {item.incident_id for item in items if item.incident_id})
    shown = tuple(
        ItemShown(
            key=item.key, section=item.section, noun=item.noun, id=item.id, incident_id=item.incident_id,
            number=numbers.get(item.incident_id) if item.incident_id else None, rule=item.rule, stamp=item.stamp,
            must=item.must, read=read.get(item.key) == item.stamp, came=item.key in change.came,
            changed=item.key in change.changed, due_at=instant(item.due_at), of=item.of, by=item.by, since=instant(item.since),
        )
        for item in picture.in_order(items)
    )  # fmt: skip
    levels = centre.reference.board.levels
    return HandOverWhole(
        handover=(await _show(conn, centre, [handover]))[0], digest=picture.digest(now), items=shown,
        unread=len(picture.unread(now, read)), gone=change.gone if handover.is_open else (),
        level=brief(levels, centre.reference.level_of(handover.room_id)),
    )  # fmt: skip


async def standing_ids(conn: Connection, principal: Principal, at_most: int) -> Sequence[UUID]:
    """Those of this seat's rooms that are open, or ran out unseen, for the snapshot of the live feed."""
    return await store.page(conn, principal.rooms, True, (None, at_most))


async def handovers_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    rooms = centre.reference.rooms.by_id
    lineages = {
        one.id: rooms[one.room_id].lineage if one.room_id in rooms else (one.room_id,) for one in found
    }
    return {
        one.id: Now(one.version, frozenset(lineages[one.id]), msgspec.Raw(msgspec.json.encode(one)))
        for one in await _show(conn, centre, found)
    }


async def _show(conn: Connection, centre: Centre, found: Iterable[HandOver]) -> list[HandOverShown]:
    known = list(found)
    opened = await open_sealed(conn, centre, [note.narrative_id for one in known for note in one.notes], [])
    names = await accounts.names_of(conn, {who for one in known for who in (one.leaver, one.arriver) if who})
    rows = await timers.of_entities(conn, "handover", [one.id for one in known]) if known else {}
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    return [_one(one, rows.get(one.id, []), opened, names, spoken) for one in known]


def _one(
    one: HandOver, rows: Iterable[TimerRow], opened: Opened, names: dict[str, str], spoken: Spoken
) -> HandOverShown:
    due = [row for row in rows if row.kind not in FOLLOWING]
    naming = partial(_names, room_said(spoken, one.room_id))
    return HandOverShown(
        id=one.id, version=one.version, state=one.state, room=one.room_id, seat_id=one.seat_id,
        leaver=one.leaver, leaver_name=names.get(one.leaver), arriver=one.arriver,
        arriver_name=names.get(one.arriver or ""), counts=one.counts,
        notes=tuple(
            HandOverNoteShown(opened.text(note.narrative_id), note.by, instant(note.at)) for note in one.notes
        ),
        opened_at=instant(one.opened_at), offered_at=instant(one.offered_at), ended_at=instant(one.ended_at),
        seen_by=one.seen_by, waiting=next_of(due, spoken, naming),
        alerts=fallen(due, spoken, naming, lambda *_: one.room_id),
    )  # fmt: skip


def _names(room: Said, row: TimerRow, rule: Rule) -> Names:
    return between(room, room, rule, alone(row, ""))
