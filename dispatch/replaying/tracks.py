"""Where the units of an incident were while they were on it: their tracks by order, gaps left as gaps, and honest about what is gone.

Who asked is logged: it says something about people. Nothing is filled in; a page draws no line over a gap.
"""

import itertools
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from dispatch import store as dispatch_store
from dispatch import views
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.model import Assignment
from dispatch.tracking import MOST_MS, Span, TrackFix, fixes
from dispatch.work import ms
from incidents import store as incident_store
from units.model import Unit

log = structlog.get_logger(__name__)

GAP_MS = 60_000
"""Longer without a fix, and the live map draws a unit grey: a replay knows no more than that."""
BEFORE_MS = 120_000
"""So long before its order a track begins, to show where it came from."""
MOST_FIXES = 6_000


class Gap(msgspec.Struct, frozen=True):
    """Nothing is known between two fixes, or before the first, or after the last; ms since 1970."""

    from_ms: int
    to_ms: int


class UnitTrack(msgspec.Struct, frozen=True, kw_only=True):
    """Where one unit was. t_ms, lon, lat: columns of equal length, oldest first; lon before lat, WGS-84 degrees.

    from_ms, to_ms: what was asked about; gone_before_ms: what is older is not kept any more; thinned: not every fix is told.
    """

    unit_id: UUID
    call_sign: str
    kind: str
    from_ms: int
    to_ms: int
    t_ms: tuple[int, ...]
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    gaps: tuple[Gap, ...]
    gone_before_ms: int | None
    thinned: bool


class Tracks(msgspec.Struct, frozen=True, kw_only=True):
    """The tracks of all units that were ordered. kept_since: null where none are kept at all."""

    items: tuple[UnitTrack, ...]
    gap_ms: int
    kept_since: Instant | None


async def tracks(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    incident_id: UUID,
    span: tuple[datetime | None, datetime | None],
) -> Tracks:
    """The tracks of whoever was ordered, within a span or else while on it. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    authorise(principal, "unit", "track", ("room",) if principal.rooms else ())
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    orders = await dispatch_store.assignments_of(conn, family)
    now = await dispatch_store.now(conn)
    kept_ms = centre.live.recorder.kept_ms if centre.live.recorder is not None else None
    kept_since = None if kept_ms is None else now - timedelta(milliseconds=kept_ms)
    log.info("tracks_replayed", principal=principal.id, incident_id=str(incident_id))
    found = []
    for unit_id, (first, last) in sorted(_spans(orders, ms(now)).items()):
        unit = centre.units.get(unit_id)
        if unit is None:
            continue
        start = max(first, ms(span[0])) if span[0] else first
        end = min(last, ms(span[1])) if span[1] else last
        if start < end:
            found.append(await _track(conn, centre, unit, (start, end), kept_since))
    return Tracks(items=tuple(found), gap_ms=GAP_MS, kept_since=instant(kept_since))


def _spans(orders: list[Assignment], now_ms: int) -> dict[UUID, tuple[int, int]]:
    """unit -> from a little before its first order to the end of its last, at most a day."""
    found: dict[UUID, tuple[int, int]] = {}
    for a in orders:
        if a.unit_id is None or "ordered" not in a.times:
            continue
        first = a.times["ordered"] - BEFORE_MS
        last = max(a.times.values()) + BEFORE_MS if a.is_over else now_ms
        before = found.get(a.unit_id, (first, last))
        first, last = min(before[0], first), min(max(before[1], last), now_ms)
        found[a.unit_id] = (first, min(last, first + MOST_MS))
    return found


async def _track(
    conn: Connection, centre: Centre, unit: Unit, span: tuple[int, int], kept_since: datetime | None
) -> UnitTrack:
    start, end = span
    gone = ms(kept_since) if kept_since is not None and start < ms(kept_since) else None
    gone = end if kept_since is None else gone
    known = [] if gone is not None and gone >= end else await fixes(
        conn, centre, unit.handle, Span(max(start, gone or 0), end, None, MOST_MS // 1000)
    )  # fmt: skip
    shown = thinned(known)
    return UnitTrack(
        unit_id=unit.id, call_sign=unit.call_sign, kind=unit.kind, from_ms=start, to_ms=end,
        t_ms=tuple(f.t_ms for f in shown), lon=tuple(f.lon for f in shown), lat=tuple(f.lat for f in shown),
        gaps=gaps([f.t_ms for f in known], (max(start, gone or 0), end)), gone_before_ms=gone,
        thinned=len(shown) < len(known),
    )  # fmt: skip


def gaps(times: list[int], span: tuple[int, int]) -> tuple[Gap, ...]:
    """Where nothing is known for longer than GAP_MS, within the span."""
    marks = [span[0], *times, span[1]]
    return tuple(Gap(a, b) for a, b in itertools.pairwise(marks) if b - a > GAP_MS or (not times and b > a))


def thinned(known: list[TrackFix]) -> list[TrackFix]:
    """Not more fixes than a page can draw, and never so few that a gap would look like one that is none."""
    if len(known) <= MOST_FIXES:
        return known
    apart = (known[-1].t_ms - known[0].t_ms) / MOST_FIXES
    shown = [known[0]]
    for fix, following in zip(known[1:], [*known[2:], None], strict=True):
        last = following is None or following.t_ms - fix.t_ms > GAP_MS
        if last or fix.t_ms - shown[-1].t_ms >= apart or fix.t_ms - shown[-1].t_ms > GAP_MS:
            shown.append(fix)
    return shown
