"""One unit played back: its way thinned for a screen, its figures, where it stood, its time in the beats of its room, its orders.

For leaders and reviewers of its rooms.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import shapely
from shapely import MultiPolygon

from dispatch.acts import Principal
from dispatch.beats.schedule import Schedules
from dispatch.centre import Centre
from dispatch.cities.beats import Beat, Beats
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.levels import store as level_store
from dispatch.levels.held import Held, held_between, to_be_walked_s
from dispatch.playback import store
from dispatch.playback.duty import DutySpan, duty_spans
from dispatch.playback.reading import Asked, Reader, asked, read, unit_of
from dispatch.playback.shown import Beaten, InBeat, OrderInPlayback, PlanThen, StopThen, UnitPlayback
from dispatch.work import ms
from units.model import Unit
from units.tracks.figures import Stop, clipped, figures, profile, stops
from units.tracks.thinning import shown
from units.tracks.ways import Span, Way, inside_ms

MOST_MS = 24 * 3_600_000
MOST_FIXES = 4_000
"""More no map of a screen tells apart."""
LEAST_STEP_MS = 2_000
STRETCHES = 60  # of the speed profile


class Ground(NamedTuple):
    """What the map knows. road: name of the road beside lon, lat."""

    beats: Beats
    road: Callable[[float, float], str | None]


class Gathered(NamedTuple):
    """What was read of one unit, to be told of off the loop."""

    unit: Unit
    asked: Asked
    duty: list[DutySpan]
    duty_around: list[DutySpan]
    fixes: Reader
    orders: list[OrderInPlayback]
    held: list[Held]


async def gather(
    conn: Connection, centre: Centre, principal: Principal, unit_id: UUID, span: Span
) -> Gathered:
    """Read what is kept of a unit over a span of at most MOST_MS. Raises Invalid, NotAllowed, NotFound."""
    unit = unit_of(centre, principal, unit_id)
    may = await asked(conn, centre, span, MOST_MS)
    turns = (await store.duty_turns(conn, [unit_id], may.wide.from_ms)).get(unit_id, [])
    return Gathered(
        unit, may, duty_spans(turns, may.span), duty_spans(turns, may.wide),
        await read(conn, centre, [unit.handle], may.wide),
        await store.orders_of(conn, unit_id, may.span, principal.rooms),
        await _held(conn, centre, unit, may.span),
    )  # fmt: skip


async def _held(conn: Connection, centre: Centre, unit: Unit, span: Span) -> list[Held]:
    """Which duty levels held in its room meanwhile."""
    since, until = (datetime.fromtimestamp(at / 1000, UTC) for at in (span.from_ms, span.to_ms))
    orders = await level_store.overlapping(conn, since, until)
    room = centre.reference.rooms.by_id[unit.room_id]
    return held_between(orders, centre.reference.board, room.lineage, (since, until))


def told(centre: Centre, ground: Ground, found: Gathered) -> UnitPlayback:
    """What is answered; takes a part of a second of a long day, so that it belongs into a thread."""
    unit, span = found.unit, found.asked.span
    way = found.fixes.ways(centre, {unit.handle: (unit, found.duty_around)})[unit.handle]
    stood = stops(way)
    step_ms = max(LEAST_STEP_MS, (span.to_ms - span.from_ms) // MOST_FIXES)
    track = shown(way, span, step_ms)
    on_ms = sum(one.to_ms - one.from_ms for one in found.duty)
    return UnitPlayback(
        unit_id=unit.id, call_sign=unit.call_sign, kind=unit.kind, room_id=unit.room_id, from_ms=span.from_ms,
        to_ms=span.to_ms, kept_since=instant(found.asked.kept_since), gone_before_ms=found.asked.gone_before_ms,
        step_ms=step_ms, thinned=len(track.t_s) < way.count(span), duty=tuple(found.duty),
        off_duty_s=(span.to_ms - span.from_ms - on_ms) / 1000, track=track, figures=figures(way, span, stood),
        stops=tuple(_named(stop, ground) for stop in clipped(stood, span)), speeds=tuple(profile(way, span, STRETCHES)),
        beats=_beaten(
            way, span, ground.beats.of_room(centre.reference.rooms.by_id[unit.room_id].code), (centre.schedules, found.held)
        ),
        orders=tuple(found.orders),
    )  # fmt: skip


def _named(stop: Stop, ground: Ground) -> StopThen:
    beat = ground.beats.at(stop.lon, stop.lat)
    return StopThen(
        from_ms=stop.from_ms, to_ms=stop.to_ms, lon=stop.lon, lat=stop.lat, road=ground.road(stop.lon, stop.lat),
        beat=None if beat is None else beat.name,
    )  # fmt: skip


def _beaten(
    way: Way, span: Span, beats: list[tuple[Beat, MultiPolygon]], walking: tuple[Schedules, list[Held]]
) -> Beaten | None:
    """Time by beat: those gone through alone, the longest first; beside it for how long each should have been walked."""
    if not beats:
        return None
    schedules, held = walking
    each = [(beat, way.over(inside_ms(way, area), span) / 1000) for beat, area in beats]
    inside_s = way.over(inside_ms(way, shapely.union_all([area for _, area in beats])), span) / 1000
    return Beaten(
        inside_s=inside_s,
        outside_s=way.over(way.known_ms, span) / 1000 - inside_s,
        each=tuple(
            InBeat(beat=beat, inside_s=s, walked_s=to_be_walked_s(schedules, beat.code, held))
            for beat, s in sorted(each, key=lambda one: -one[1])
            if s > 0
        ),
        plans=tuple(
            PlanThen(
                ms(one.since), ms(one.until), one.level.name, one.plan.name if one.plan is not None else None
            )
            for one in held
        ),
    )
