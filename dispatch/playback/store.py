"""What a playback reads beside tracks: when units were on duty, what they were ordered to, which incidents were opened.

Nothing is written here.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dispatch.instants import EPOCH, instant
from dispatch.journal import Connection
from dispatch.model import OVER
from dispatch.playback.duty import Turn
from dispatch.playback.shown import IncidentThen, OrderInPlayback
from units.tracks.ways import Span

# From the last log-off before the span on: a shift is some dozens of facts.
DUTY_TURNS = """
SELECT u.id, (extract(epoch FROM coalesce(j.claimed_at, j.recorded_at)) * 1000)::bigint, j.fact, j.body->>'duty'
FROM unnest($1::uuid[]) AS u(id) CROSS JOIN LATERAL (
    SELECT coalesce(max(b.version), 0) AS version FROM journal b
    WHERE b.noun = 'unit' AND b.id = u.id AND b.fact = 'logged_off' AND b.recorded_at < $2) AS base
JOIN journal j ON j.noun = 'unit' AND j.id = u.id AND j.version >= base.version
WHERE j.fact IN ('logged_on', 'logged_off', 'duty_changed')
ORDER BY u.id, j.version
"""
# $3 rooms of the seat: of an incident that it does not see the order alone is told.
ORDERS_OF = """
SELECT a.id, a.role, a.state, a.times::text, seen.id, seen.number, seen.priority, seen.type, seen.lon, seen.lat
FROM assignment a LEFT JOIN LATERAL (
    SELECT i.id, i.number, i.priority, coalesce(i.type_verified, i.type_reported) AS type, i.lon, i.lat FROM incident i
    WHERE i.id = a.incident_id
      AND EXISTS (SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($3::uuid[]))) AS seen ON true
WHERE a.unit_id = $1 AND (a.times->>'ordered')::bigint < $2
ORDER BY a.id DESC LIMIT $4
"""
INCIDENTS_THEN = """
SELECT i.id, i.number, i.priority, coalesce(i.type_verified, i.type_reported), i.state,
       (extract(epoch FROM i.opened_at) * 1000)::bigint, i.lon, i.lat
FROM incident i
WHERE i.opened_at >= $1 AND i.opened_at < $2 AND i.state <> 'merged'
  AND EXISTS (SELECT FROM audience v WHERE v.incident_id = i.id AND v.room_id = ANY($3::uuid[]))
  AND ($4::uuid[] IS NULL OR i.room_id = ANY($4::uuid[]))
  AND ($5::float8[] IS NULL OR (i.lon BETWEEN ($5::float8[])[1] AND ($5::float8[])[3]
       AND i.lat BETWEEN ($5::float8[])[2] AND ($5::float8[])[4]))
ORDER BY i.opened_at, i.id LIMIT $6
"""
_MOST_ORDERS = 300  # of one unit, the newest: far more than a day's


async def duty_turns(conn: Connection, unit_ids: Iterable[UUID], before_ms: int) -> dict[UUID, list[Turn]]:
    """Facts about duty of these units since the last log-off before a moment, in order."""
    found: dict[UUID, list[Turn]] = {}
    before = EPOCH + timedelta(milliseconds=before_ms)
    for row in await conn.fetch(DUTY_TURNS, list(unit_ids), before):
        found.setdefault(row[0], []).append(Turn(*row))
    return found


async def orders_of(
    conn: Connection, unit_id: UUID, span: Span, rooms: Iterable[UUID]
) -> list[OrderInPlayback]:
    """The unit's orders that stood within a span, oldest first."""
    rows = await conn.fetch(ORDERS_OF, unit_id, span.to_ms, list(rooms), _MOST_ORDERS)
    return [_order(row) for row in reversed(rows) if _stood_until(row) >= span.from_ms]


def _stood_until(row: Sequence[Any]) -> float:
    times: dict[str, int] = msgspec.json.decode(row[3])
    return max(times.values()) if row[2] in OVER else math.inf


async def incidents_then(
    conn: Connection,
    span: Span,
    rooms: Iterable[UUID],
    area: tuple[Iterable[UUID] | None, Sequence[float] | None],
    limit: int,
) -> list[IncidentThen]:
    """Incidents that these rooms see and that were opened within a span: of some rooms, or in a box, or anywhere."""
    of, box = area
    rows = await conn.fetch(
        INCIDENTS_THEN, *(EPOCH + timedelta(milliseconds=at) for at in span), list(rooms), None if of is None else list(of), None if box is None else list(box), limit
    )  # fmt: skip
    return [IncidentThen(*row) for row in rows]


def _order(row: Sequence[Any]) -> OrderInPlayback:
    times = {step: instant(at) for step, at in msgspec.json.decode(row[3]).items()}
    return OrderInPlayback(
        id=row[0], role=row[1], state=row[2], times=times, incident_id=row[4], number=row[5], priority=row[6],
        type=row[7], lon=row[8], lat=row[9],
    )  # fmt: skip
