"""Shortfalls of free units as seats see them: which room, how many were free of how many wanted, and what a rule says of it.

Seen in the room and those above it, whose leader may help out.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.levels.shown import LevelBrief, brief_of
from dispatch.rules import FOLLOWING, Rule
from dispatch.shortfalls import store
from dispatch.shortfalls.model import Cause, Shortfall, ShortfallState
from dispatch.shown import AlertShown, Now, TimerRow
from dispatch.waiting import LANGUAGES, Names, Spoken, alone, fallen, room_said


class ShortfallShown(msgspec.Struct, frozen=True, kw_only=True):
    """One shortfall. level: the duty level that wanted more; on_duty, free, wanted: units of the room and below as it began."""

    id: UUID
    version: int
    state: ShortfallState
    room: UUID
    level: LevelBrief | None
    on_duty: int
    free: int
    wanted: int
    began_at: Instant
    ended_at: Instant | None
    cause: Cause | None
    alerts: tuple[AlertShown, ...]


async def shortfalls_shown(
    conn: Connection, centre: Centre, shortfalls: Sequence[Shortfall]
) -> list[ShortfallShown]:
    """These, in the order given."""
    rows = await timers.of_entities(conn, "shortfall", [one.id for one in shortfalls]) if shortfalls else {}
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    return [_shown(centre, one, rows.get(one.id, ()), spoken) for one in shortfalls]


def _shown(centre: Centre, one: Shortfall, rows: Iterable[TimerRow], spoken: Spoken) -> ShortfallShown:
    stand = [row for row in rows if row.kind not in FOLLOWING]
    level = brief_of(centre.reference.board.levels, one.level)

    def naming(row: TimerRow, _: Rule) -> Names:
        room, said = room_said(spoken, one.room_id), alone(row, "")
        return {
            lang: {**said[lang], "on": room[lang], "room": room[lang], "done": _counted(one, lang)}
            for lang in LANGUAGES
        }

    return ShortfallShown(
        id=one.id, version=one.version, state=one.state, room=one.room_id, level=level, on_duty=one.on_duty, free=one.free,
        wanted=one.wanted, began_at=instant(one.began_at), ended_at=instant(one.ended_at), cause=one.cause,
        alerts=fallen(stand, spoken, naming, lambda *_: one.room_id),
    )  # fmt: skip


def _counted(one: Shortfall, lang: str) -> str:
    if lang == "zh":
        return f"空闲{one.free}组，应保留{one.wanted}组"
    return f"{one.free} free of {one.wanted} wanted"


async def shortfalls_by_id(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[ShortfallShown]:
    """These, whoever asks."""
    return await shortfalls_shown(conn, centre, await store.read(conn, ids))


async def shortfalls_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    rooms = centre.reference.rooms.by_id
    return {
        one.id: Now(
            one.version,
            frozenset(rooms[one.room].lineage if one.room in rooms else (one.room,)),
            msgspec.Raw(msgspec.json.encode(one)),
        )
        for one in await shortfalls_by_id(conn, centre, ids)
    }


async def shortfall_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    asked: tuple[UUID | None, bool],
    page: tuple[UUID | None, int],
) -> list[ShortfallShown]:
    """Those of a room and below, or of every one this seat sees, the newest first. asked: the room, and whether only what stands.

    Raises NotFound, NotAllowed.
    """
    authorise(principal, "shortfall", "read", ("room",))
    room_id, standing_only = asked
    if room_id is not None and room_id not in principal.rooms:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    below = principal.rooms if room_id is None else centre.reference.rooms.subtree(room_id) & principal.rooms
    return await shortfalls_shown(conn, centre, await store.page(conn, below, standing_only, page))
