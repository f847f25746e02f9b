"""Where a unit was while on duty, read back from its track: for reviews of an incident and for the unit itself.

What was heard in the last minute or so stands in this replica's memory and not yet in the database; both are read. Who asked for
whose track is logged: it says something about people.
"""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import msgspec
import numpy as np
import structlog

from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import Invalid, NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from units.tracks import store as track_store
from units.tracks.packing import DEGREE, MINUTE_MS, UNKNOWN, Records, unpack

MOST_MS = 24 * 3_600_000

log = structlog.get_logger(__name__)


class TrackFix(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of a track; speed m/s, heading degree, None where unknown."""

    at: Instant
    t_ms: int
    lon: float
    lat: float
    speed: float | None
    heading: float | None
    accuracy_m: float | None


class Span(NamedTuple):
    """from_ms <= t < to_ms, later than `after_ms`, at most `limit` fixes."""

    from_ms: int
    to_ms: int
    after_ms: int | None
    limit: int


async def track(
    conn: Connection, centre: Centre, principal: Principal, unit_id: UUID, span: Span
) -> list[TrackFix]:
    """A unit's accepted fixes of a span, oldest first. Raises Invalid, NotAllowed and NotFound."""
    authorise(principal, "unit", "track", ("room",) if principal.rooms else ("unit",))
    unit = centre.units.get(unit_id)
    if unit is None or not (unit.room_id in principal.rooms or unit_id == principal.unit_id):
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    if not span.from_ms < span.to_ms <= span.from_ms + MOST_MS:
        raise Invalid("A track is read from an earlier to a later time, at most 24 hours apart.", field="to")
    log.info(
        "track_read", principal=principal.id, unit_id=str(unit_id), from_ms=span.from_ms, to_ms=span.to_ms
    )
    return await fixes(conn, centre, unit.handle, span)


async def fixes(conn: Connection, centre: Centre, handle: int, span: Span) -> list[TrackFix]:
    """The same, whoever asks."""
    start_ms = span.from_ms if span.after_ms is None else max(span.from_ms, span.after_ms + 1)
    rows = await track_store.read(conn, handle, start_ms // MINUTE_MS, (span.to_ms - 1) // MINUTE_MS)
    parts = [unpack(row) for row in rows]
    if centre.live.recorder is not None:
        parts.append(centre.live.recorder.recent(handle, start_ms, span.to_ms))
    if not parts:
        return []
    records = np.concatenate(parts)
    records = records[(records["t_ms"] >= start_ms) & (records["t_ms"] < span.to_ms)]
    _, first = np.unique(records["t_ms"], return_index=True)
    return [_shown(*values) for values in _columns(records[first[: span.limit]])]


def _columns(records: Records) -> Iterator[tuple[int, ...]]:
    names = ("t_ms", "lon", "lat", "speed", "heading", "accuracy")
    return zip(*(records[name].tolist() for name in names), strict=True)


def _shown(t_ms: int, lon: int, lat: int, speed: int, heading: int, accuracy: int) -> TrackFix:
    return TrackFix(
        at=instant(t_ms),
        t_ms=t_ms,
        lon=round(lon * DEGREE, 6),
        lat=round(lat * DEGREE, 6),
        speed=None if speed == UNKNOWN else speed / 10,
        heading=None if heading == UNKNOWN else float(heading),
        accuracy_m=None if accuracy == UNKNOWN else float(accuracy),
    )
