"""Duty levels as seats see them: what was ordered for which room, by whom and why, what holds in a room, and what is short by it.

Every seat may know every level: who works beside a raised room should.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any
from uuid import UUID

import msgspec
import shapely

from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.cities.beats import Beat
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.levels import store
from dispatch.levels.file import Level, LevelSet
from dispatch.levels.model import Cause, DutyLevel, LevelState
from dispatch.rules import FOLLOWING, Phrase
from dispatch.shown import AlertShown, Now, TimerRow, Waiting
from dispatch.unsealing import open_sealed
from dispatch.waiting import Spoken, alone, fallen, next_of
from geo.polygons import polygon_from_geojson
from units.roll import PROGRESS, Filter

ON_DUTY = frozenset(PROGRESS) - {"off_duty"}


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


class Cover(msgspec.Struct, frozen=True):
    """Units of a room and below: on duty, free, and how many should be; short: how many too few."""

    on_duty: int
    free: int
    wanted: int
    short: int


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
    beats: Sequence[tuple[Beat, dict[str, Any]]] = (),
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
    plan = board.levels.plan_of(level)
    return DutyNow(
        room_id=room_id, level=brief(board.levels, level), order=deciding[0] if deciding else None,
        orders=tuple(await orders_shown(conn, centre, orders)),
        levels=tuple(brief(board.levels, one) for one in board.levels.levels), cover=cover_of(centre, room_id, level),
        beat_plan=None if plan is None else plan.name,
        beats=() if plan is None else tuple(_thin(centre, room_id, beats, plan.wanted)),
    )  # fmt: skip


def cover_of(centre: Centre, room_id: UUID, level: Level) -> Cover:
    """How many of a room's units are free, against what its level asks for."""
    rooms = centre.reference.rooms.subtree(room_id)
    states = [
        centre.live.entry(unit.handle).state
        for unit in centre.units.values()
        if unit.on_duty and unit.unit_class == "regular" and unit.ordered_by in rooms
    ]
    free = states.count("available")
    wanted = ceil((level.min_free or 0) * len(states))
    return Cover(len(states), free, wanted, max(wanted - free, 0))


def _thin(
    centre: Centre, room_id: UUID, beats: Sequence[tuple[Beat, dict[str, Any]]], wanted: Any
) -> Iterable[BeatHeld]:
    rooms = centre.reference.rooms
    below = {rooms.by_id[id_].code for id_ in rooms.subtree(room_id)}
    which = Filter(states=ON_DUTY, classes=frozenset({"regular"}))
    for beat, geometry in beats:
        asked = wanted(beat.code)
        if beat.room not in below or not asked:
            continue
        ground: shapely.geometry.base.BaseGeometry = polygon_from_geojson(geometry)
        present = len(centre.live.inside(ground, which))
        if present < asked:
            yield BeatHeld(beat.code, beat.name, asked, present)


def _room(centre: Centre, room_id: UUID) -> UUID:
    if room_id not in centre.reference.rooms.by_id:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    return room_id


def _around(centre: Centre, room_id: UUID) -> frozenset[UUID]:
    rooms = centre.reference.rooms
    return frozenset({*rooms.by_id[room_id].lineage, *rooms.subtree(room_id)})
