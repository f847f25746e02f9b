"""A whole area played back: all units of a room, or all that were seen in a box or a beat, as much of each as can be told at once.

First a fix a minute of everybody, to see who was there; then every fix of those, unless they are too many: then it stays at that,
and says so. So an answer has a bound whatever is asked for.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.cities.beats import Beats
from dispatch.errors import Invalid, NotFound
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.playback import store
from dispatch.playback.duty import DutySpan, on_duty
from dispatch.playback.reading import Asked, Reader, allow, asked, duties, read
from dispatch.playback.shown import AreaPlayback, IncidentThen, TrackThen
from units.model import Unit
from units.tracks import store as track_store
from units.tracks.figures import clipped, figures, stops
from units.tracks.packing import DEGREE, MINUTE_MS, RECORD, Records, TrackRow, openings
from units.tracks.recording import Recorder
from units.tracks.thinning import columns, shown
from units.tracks.ways import Span, inside_ms

MOST_MS = 2 * 3_600_000
BUDGET_BYTES = 4_000_000
BYTES_A_FIX = 26  # in JSON: seconds, and two degrees of five digits
MOST_FIXES = BUDGET_BYTES // BYTES_A_FIX
MOST_ROWS = 12_000
"""Rows (a unit and minute) that are read whole: about a second of a core."""
MOST_UNITS = 500  # in detail; their names stand in the fact of the look
LEAST_STEP_MS = 2_000
MOST_INCIDENTS = 500

type People = dict[int, tuple[Unit, list[DutySpan]]]
"""By handle each unit and when it was on duty."""


class Area(NamedTuple):
    """Of one of these three: a room with those below it, a beat by its code, a box (west, south, east, north)."""

    room_id: UUID | None
    beat: str | None
    bbox: tuple[float, float, float, float] | None


class Gathered(NamedTuple):
    """What was read of an area, to be told of off the loop. Who was there: first fixes by minute, looked at each so many minutes; detail: every fix, where that can be told."""

    asked: Asked
    people: People
    seen: Records
    each_min: int
    ground: BaseGeometry | None
    detail: Reader | None
    incidents: list[IncidentThen]

    @property
    def named(self) -> tuple[UUID, ...]:
        """The units whose tracks are told in detail."""
        return tuple(unit.id for unit, _ in self.people.values()) if self.detail else ()


async def gather(
    conn: Connection, centre: Centre, beats: Beats, principal: Principal, of: tuple[Area, Span]
) -> Gathered:
    """Read what is kept of an area over a span of at most MOST_MS. Raises Invalid, NotAllowed, NotFound."""
    area, span = of
    allow(principal)
    rooms, ground = _extent(centre, beats, principal, area)
    may = await asked(conn, centre, span, MOST_MS)
    units = [unit for unit in centre.units.values() if unit.room_id in rooms]
    duty = await duties(conn, [unit.id for unit in units], may.wide)
    people: People = {unit.handle: (unit, duty[unit.id]) for unit in units if unit.id in duty}
    box = None if ground is None else ground.bounds
    incidents = await store.incidents_then(
        conn, may.span, principal.rooms, (rooms if area.room_id else None, box), MOST_INCIDENTS + 1
    )
    return await _found(conn, centre, (may, people, ground), incidents)


def _extent(
    centre: Centre, beats: Beats, principal: Principal, area: Area
) -> tuple[frozenset[UUID], BaseGeometry | None]:
    """Rooms whose units are meant, and the ground on which they must have been seen."""
    if sum(one is not None for one in area) != 1:
        raise Invalid("Name one of room, beat and bbox as the area of a playback.", field="room")
    if area.room_id is not None:
        rooms = centre.reference.rooms.subtree(area.room_id) & principal.rooms
        if not rooms:
            raise NotFound(f"There is no room {area.room_id}.", noun="room")
        return rooms, None
    if area.beat is not None:
        beat = beats.named(area.beat)
        if beat is None:
            raise NotFound(f"There is no beat {area.beat}.", noun="beat", field="beat")
        return principal.rooms, beat[1]
    assert area.bbox is not None
    return principal.rooms, shapely.box(*area.bbox)


async def _found(
    conn: Connection,
    centre: Centre,
    of: tuple[Asked, People, BaseGeometry | None],
    incidents: list[IncidentThen],
) -> Gathered:
    may, people, ground = of
    span = may.span
    minutes = range(span.from_ms // MINUTE_MS, (span.to_ms - 1) // MINUTE_MS + 1)
    each = 1
    seen = np.empty(0, RECORD)
    if ground is not None or not _in_detail(people, may):
        each = minutes_apart(len(people), len(minutes))
        seen = await seen_by_minutes(conn, centre.live.recorder, people, (span, minutes[::each]))
        if ground is not None:
            inside = shapely.intersects_xy(ground, seen["lon"] * DEGREE, seen["lat"] * DEGREE)
            there = set(np.unique(seen["handle"][inside]).tolist())
            people = {handle: one for handle, one in people.items() if handle in there}
            seen = seen[np.isin(seen["handle"], list(there))]
    detail = await read(conn, centre, list(people), may.wide) if _in_detail(people, may) else None
    return Gathered(may, people, seen, each, ground, detail, incidents)


def minutes_apart(units: int, minutes: int) -> int:
    """Each how many minutes a fix of so many units over so many minutes can be told."""
    return max(1, -(-units * minutes // MOST_FIXES))


def _in_detail(people: People, may: Asked) -> bool:
    minutes = (may.wide.to_ms - may.wide.from_ms) // MINUTE_MS + 2
    return len(people) <= MOST_UNITS and len(people) * minutes <= MOST_ROWS


async def seen_by_minutes(
    conn: Connection, recorder: Recorder | None, people: People, when: tuple[Span, Sequence[int]]
) -> Records:
    """The first fix of each unit on duty in each of these minutes, by unit and time."""
    span, minutes = when
    rows = await track_store.read_openings(conn, list(people), list(minutes))
    recent = None if recorder is None else recorder.recent_of(set(people), span.from_ms, span.to_ms)
    return await asyncio.to_thread(_firsts, rows, recent, people, minutes)


def _firsts(rows: list[TrackRow], recent: Records | None, people: People, minutes: Sequence[int]) -> Records:
    written = openings(rows)
    records = written if recent is None else np.concatenate((written, recent))
    records = records[np.isin(records["t_ms"] // MINUTE_MS, np.array(minutes))]
    records = records[np.lexsort((records["t_ms"], records["handle"]))]
    minute = records["t_ms"] // MINUTE_MS
    first = np.append(True, (records["handle"][1:] != records["handle"][:-1]) | (minute[1:] != minute[:-1]))
    records = records[first[: len(records)]]
    kept = np.zeros(len(records), np.bool_)
    for handle, begin, end in _runs(records):
        t_ms = records["t_ms"][begin:end]
        for duty in on_duty(people[handle][1]):
            kept[begin:end] |= (t_ms >= duty.from_ms) & (t_ms < duty.to_ms)
    on: Records = records[kept]
    return on


def _runs(records: Records) -> list[tuple[int, int, int]]:
    """Handle, first and last row (exclusive) of each unit; the records lie unit by unit."""
    handles, begins = np.unique(records["handle"], return_index=True)
    ends = np.append(begins[1:], len(records))
    return list(zip(handles.tolist(), begins.tolist(), ends.tolist(), strict=True))


def told(centre: Centre, found: Gathered) -> AreaPlayback:
    """What is answered; of many units it takes a second, so that it belongs into a thread."""
    may, span = found.asked, found.asked.span
    if found.detail is not None:
        step_ms = max(LEAST_STEP_MS, -(-len(found.people) * (span.to_ms - span.from_ms) // MOST_FIXES))
        items, thinned = _detailed(centre, found, step_ms)
    else:
        step_ms = found.each_min * MINUTE_MS
        items, thinned = _by_minutes(found, step_ms), True
    return AreaPlayback(
        from_ms=span.from_ms, to_ms=span.to_ms, kept_since=instant(may.kept_since), gone_before_ms=may.gone_before_ms,
        detailed=found.detail is not None, step_ms=step_ms, thinned=thinned, looked_each_s=found.each_min * MINUTE_MS // 1000,
        items=tuple(sorted(items, key=lambda one: one.call_sign)), incidents=tuple(found.incidents[:MOST_INCIDENTS]),
        incidents_left_out=len(found.incidents) > MOST_INCIDENTS,
    )  # fmt: skip


def _detailed(centre: Centre, found: Gathered, step_ms: int) -> tuple[list[TrackThen], bool]:
    assert found.detail is not None
    span, items, thinned = found.asked.span, [], False
    for handle, way in found.detail.ways(centre, found.people).items():
        unit, count = found.people[handle][0], way.count(span)
        if not count:
            continue
        track, stood = shown(way, span, step_ms), stops(way)
        thinned |= len(track.t_s) < count
        inside = None if found.ground is None else way.over(inside_ms(way, found.ground), span) / 1000
        items.append(
            TrackThen(
                unit_id=unit.id, call_sign=unit.call_sign, kind=unit.kind, room_id=unit.room_id, track=track,
                figures=figures(way, span, stood), stops=tuple(clipped(stood, span)), in_area_s=inside,
            )
        )  # fmt: skip
    return items, thinned


def _by_minutes(found: Gathered, step_ms: int) -> list[TrackThen]:
    items = []
    for handle, begin, end in _runs(found.seen):
        unit, records = found.people[handle][0], found.seen[begin:end]
        t_ms = records["t_ms"]
        part = _parts(t_ms, step_ms)
        track = columns((t_ms, records["lon"] * DEGREE, records["lat"] * DEGREE), part, found.asked.span)
        items.append(
            TrackThen(
                unit_id=unit.id, call_sign=unit.call_sign, kind=unit.kind, room_id=unit.room_id, track=track,
                figures=None, stops=(), in_area_s=None,
            )
        )  # fmt: skip
    return items


def _parts(t_ms: NDArray[np.int64], step_ms: int) -> NDArray[np.int64]:
    """Where a minute that was looked at holds no fix, the way breaks off."""
    return np.append(0, np.cumsum(np.diff(t_ms) > step_ms + MINUTE_MS))[: len(t_ms)]
