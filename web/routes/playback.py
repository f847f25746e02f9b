"""Playback at the door: where a unit, or everybody of an area, was over a span of time, with figures, stops and orders.

For leaders and reviewers; each look is written into the journal before it is answered.
"""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter

from dispatch.desk import playing_back
from dispatch.errors import Invalid
from dispatch.playback import of_area, of_unit
from dispatch.playback.events import LookedAt
from dispatch.playback.of_area import Area
from dispatch.playback.of_unit import Ground
from dispatch.playback.shown import AreaPlayback, UnitPlayback
from dispatch.work import Actor, Work, check_moment, ms
from geo.coordinates import check_position
from units.tracks.ways import Span
from web.acting import Asked, acts, runtime_of
from web.listing import known_only

TAGS = ["units"]
From = Annotated[datetime, QueryParameter(name="from", description="the first moment, with an offset or Z")]
To = Annotated[datetime, QueryParameter(name="to", description="the moment after the last")]
Why = Annotated[
    str | None, QueryParameter(name="reason", description="why one looks; kept with the look in the journal")
]
Room = Annotated[
    UUID | None, QueryParameter(name="room", description="all units of this room and those below it")
]
BeatCode = Annotated[
    str | None, QueryParameter(name="beat", description="code of a beat: all that were seen in it")
]
Box = Annotated[
    str | None,
    QueryParameter(name="bbox", description="west,south,east,north in degrees: all that were seen in it"),
]


@get("/units/{unit_id:uuid}/playback", opt=acts("unit.playback"), tags=TAGS)
async def play_back_unit(
    request: Asked, unit_id: FromPath[UUID], first: From, to: To, reason: Why = None
) -> UnitPlayback:
    """Where a unit was on duty within at most 24 hours, how far it drove, where it stood, its time in beats, its orders then."""
    known_only(request, ("from", "to", "reason"))
    runtime, span = runtime_of(request), _span(first, to)
    async with runtime.pool.acquire() as conn:
        found = await of_unit.gather(conn, runtime.centre, request.user, unit_id, span)
    looked = LookedAt(from_ms=span.from_ms, to_ms=span.to_ms, units=1, unit_ids=(unit_id,))
    await _write_down(request, looked, reason)
    ground = Ground(runtime.atlases.beats, lambda lon, lat: _road(request, lon, lat))
    return await asyncio.to_thread(of_unit.told, runtime.centre, ground, found)


@get("/playback", opt=acts("unit.playback"), tags=TAGS)
async def play_back_area(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    first: From,
    to: To,
    room: Room = None,
    beat: BeatCode = None,
    bbox: Box = None,
    reason: Why = None,
) -> AreaPlayback:
    """Where everybody of an area was on duty within at most 2 hours; thinned to some megabytes, and told so."""
    known_only(request, ("from", "to", "room", "beat", "bbox", "reason"))
    runtime, span, area = runtime_of(request), _span(first, to), Area(room, beat, _box(bbox))
    async with runtime.pool.acquire() as conn:
        found = await of_area.gather(conn, runtime.centre, runtime.atlases.beats, request.user, (area, span))
    looked = LookedAt(
        from_ms=span.from_ms, to_ms=span.to_ms, units=len(found.people), unit_ids=found.named,
        room_id=area.room_id, beat=area.beat, bbox=area.bbox,
    )  # fmt: skip
    await _write_down(request, looked, reason)
    return await asyncio.to_thread(of_area.told, runtime.centre, found)


async def _write_down(request: Asked, looked: LookedAt, reason: str | None) -> None:
    async def do(w: Work) -> dict[str, UUID]:
        return {"look": await playing_back.look(w, looked)}

    await runtime_of(request).acting.act(Actor(principal=request.user, reason=reason), do)


def _span(first: datetime, to: datetime) -> Span:
    check_moment(first, "from")
    check_moment(to, "to")
    return Span(ms(first), ms(to))


def _box(given: str | None) -> tuple[float, float, float, float] | None:
    if given is None:
        return None
    try:
        west, south, east, north = (float(one) for one in given.split(","))
    except ValueError:
        raise Invalid(
            "bbox holds west,south,east,north in degrees, such as 113.9,22.4,114.1,22.6.", field="bbox"
        ) from None
    check_position(west, south)
    check_position(east, north)
    if not (west < east and south < north):
        raise Invalid("bbox goes from west to east and from south to north.", field="bbox")
    return west, south, east, north


def _road(request: Asked, lon: float, lat: float) -> str | None:
    roads = runtime_of(request).roads.roads
    found = None if roads is None else roads.nearest_road(lon, lat)
    return None if found is None else found[0]


HANDLERS = (play_back_unit, play_back_area)
