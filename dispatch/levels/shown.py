"""Duty levels as seats see them: what was ordered for which room, by whom and why, what holds in a room, and what is short by it.

Every seat may know every level: who works beside a raised room should.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.beats.shown import beats_now
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.levels import store
from dispatch.levels.counting import counted
from dispatch.levels.cover import Cover
from dispatch.levels.file import Level, LevelSet
from dispatch.levels.model import Cause, DutyLevel, LevelState
from dispatch.rules import FOLLOWING, Phrase
from dispatch.shown import AlertShown, Now, TimerRow, Waiting
from dispatch.unsealing import open_sealed
from dispatch.waiting import Spoken, alone, fallen, next_of


class LevelBrief(msgspec.Struct, frozen=True):
    """A level by name. rank: 0 the everyday one, higher the graver; response: how strongly is answered."""

    code: str
    name: Phrase
    rank: int
    response: int


class NoticedShown(msgspec.Struct, frozen=True):
    """Who has seen it, and when."""

    by: str
    at: Instant


class DutyLevelShown(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a level. before: what was ordered for the room until then; text: why, null when it was erased."""

    id: UUID
    version: int
    room_id: UUID
    level: LevelBrief
    before: LevelBrief | None
    state: LevelState
    ordered_at: Instant
    ordered_by: str
    text: str | None
    until: Instant | None
    returns: bool
    ended_at: Instant | None
    cause: Cause | None
    noticed: tuple[NoticedShown, ...]
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


class BeatHeld(msgspec.Struct, frozen=True):
    """A beat on which too few go round."""

    code: str
    name: str
    wanted: int
    present: int


class DutyNow(msgspec.Struct, frozen=True, kw_only=True):
    """What holds in a room. order: which order decides, null: none; orders: all that hold there, above and below.

    levels: those there are, the everyday one first; beats: where too few go round by the plan of the level.
    """

    room_id: UUID
    level: LevelBrief
    order: UUID | None
    orders: tuple[DutyLevelShown, ...]
    levels: tuple[LevelBrief, ...]
    cover: Cover
    beat_plan: Phrase | None
    beats: tuple[BeatHeld, ...]


def brief(levels: LevelSet, level: Level) -> LevelBrief:
    """A level as it is named beside others."""
    return LevelBrief(level.code, level.name, levels.rank.get(level.code, 0), level.response)


def brief_of(levels: LevelSet, code: str | None) -> LevelBrief | None:
    """The level of a code; one that is in the file no more is called by it."""
    if code is None:
        return None
    level = levels.get(code)
    return brief(levels, level) if level is not None else LevelBrief(code, Phrase(code, code), 0, 1)


async def orders_shown(conn: Connection, centre: Centre, orders: Sequence[DutyLevel]) -> list[DutyLevelShown]:
    """These orders, in the order given."""
    texts = await open_sealed(conn, centre, [one.narrative_id for one in orders if one.narrative_id], [])
    rows = await timers.of_entities(conn, "duty_level", [one.id for one in orders]) if orders else {}
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    return [_shown(one, texts.text(one.narrative_id), rows.get(one.id, ()), spoken) for one in orders]


def _shown(one: DutyLevel, text: str | None, rows: Iterable[TimerRow], spoken: Spoken) -> DutyLevelShown:
    levels = spoken.reference.board.levels
    level = brief_of(levels, one.level) or brief(levels, levels.everyday)
    stand = [row for row in rows if row.kind not in FOLLOWING]

    def naming(row: TimerRow, _: object) -> Mapping[str, Mapping[str, str]]:
        said = alone(row, level.name.zh)
        return {"zh": said["zh"], "en": {**said["en"], "on": level.name.en, "unit": level.name.en}}

    return DutyLevelShown(
        id=one.id, version=one.version, room_id=one.room_id, level=level, before=brief_of(levels, one.before),
        state=one.state, ordered_at=instant(one.ordered_at), ordered_by=one.ordered_by, text=text,
        until=instant(one.until), returns=one.returns, ended_at=instant(one.ended_at), cause=one.cause,
        noticed=tuple(NoticedShown(by, instant(at)) for by, at in one.noticed.items()),
        waiting=next_of(stand, spoken, naming), alerts=fallen(stand, spoken, naming),
    )  # fmt: skip


async def levels_by_id(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[DutyLevelShown]:
    """These, whoever asks."""
    return await orders_shown(conn, centre, await store.read(conn, ids))


async def levels_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now, for the live feed: every room may see each."""
    rooms = centre.reference.rooms.everything
    shown = await levels_by_id(conn, centre, ids)
    return {one.id: Now(one.version, rooms, msgspec.Raw(msgspec.json.encode(one))) for one in shown}


async def history(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    room_id: UUID | None,
    page: tuple[UUID | None, int],
) -> list[DutyLevelShown]:
    """What was ordered for a room, those below and those above it, the newest first. Raises NotAllowed, NotFound."""
    authorise(principal, "duty_level", "read")
    rooms = centre.reference.rooms
    wanted = rooms.everything if room_id is None else _around(centre, _room(centre, room_id))
    return await orders_shown(conn, centre, await store.page(conn, wanted, *page))


async def duty_of(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    room_id: UUID | None,
) -> DutyNow:
    """What holds in a room, the seat's own by default. Raises NotAllowed, NotFound."""
    authorise(principal, "duty_level", "read")
    reference = centre.reference
    room_id = _room(centre, room_id or principal.room_id or reference.rooms.root.id)
    board = await store.read_board(conn)
    centre.stand_at(board)
    level = board.holds(reference.rooms.by_id[room_id].lineage)
    around = _around(centre, room_id)
    orders = [one for one in (await store.holding(conn)).values() if one.room_id in around]
    lineage = reference.rooms.by_id[room_id].lineage
    deciding = [one.id for one in orders if one.room_id in lineage and one.level == level.code]
    plan, now = board.levels.plan_of(level), await clock.now(conn)
    return DutyNow(
        room_id=room_id, level=brief(board.levels, level), order=deciding[0] if deciding else None,
        orders=tuple(await orders_shown(conn, centre, orders)),
        levels=tuple(brief(board.levels, one) for one in board.levels.levels), cover=counted(centre, now).of(room_id, level),
        beat_plan=None if plan is None else plan.name,
        beats=tuple(_thin(centre, room_id, now)),
    )  # fmt: skip


def _thin(centre: Centre, room_id: UUID, now: datetime) -> Iterable[BeatHeld]:
    """Beats that should be walked by the plan in force, and fewer free units are on them than it asks for."""
    for beat in beats_now(centre, centre.reference.rooms.subtree(room_id), now):
        if beat.counting < beat.wanted:
            yield BeatHeld(beat.code, beat.name, beat.wanted, beat.counting)


def _room(centre: Centre, room_id: UUID) -> UUID:
    if room_id not in centre.reference.rooms.by_id:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    return room_id


def _around(centre: Centre, room_id: UUID) -> frozenset[UUID]:
    rooms = centre.reference.rooms
    return frozenset({*rooms.by_id[room_id].lineage, *rooms.subtree(room_id)})
