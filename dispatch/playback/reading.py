"""The ways of units as a playback needs them: which time is asked about, whom one may see, when each was on duty, and its fixes.

A little is read before and after the span: whether a fix is to be believed, and whether a unit stands, is seen by what lies around.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import numpy as np

from dispatch import store as dispatch_store
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import Invalid, NotFound
from dispatch.journal import Connection
from dispatch.playback import store
from dispatch.playback.duty import DutySpan, duty_spans, on_duty
from dispatch.work import ms
from units.model import Unit
from units.tracks import store as track_store
from units.tracks.packing import MINUTE_MS, RECORD, Records, TrackRow, unpack
from units.tracks.ways import Span, Way, way_of

AROUND_MS = 300_000


class Asked(NamedTuple):
    """The span that can be told of; gone_before_ms: older fixes are not kept; kept_since: None where none are kept."""

    span: Span
    kept_since: datetime | None
    gone_before_ms: int | None

    @property
    def wide(self) -> Span:
        """With what lies around it, as far as that is kept."""
        start = max(self.span.from_ms - AROUND_MS, self.gone_before_ms or 0)
        return Span(min(start, self.span.to_ms), self.span.to_ms + AROUND_MS)


def allow(principal: Principal) -> None:
    """Raise NotAllowed for whoever may play back nobody's track."""
    authorise(principal, "unit", "playback", ("room",) if principal.rooms else ())


def unit_of(centre: Centre, principal: Principal, unit_id: UUID) -> Unit:
    """A unit whose track this seat may see. Raises NotAllowed, NotFound."""
    allow(principal)
    unit = centre.units.get(unit_id)
    if unit is None or unit.room_id not in principal.rooms:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return unit


async def asked(conn: Connection, centre: Centre, span: Span, most_ms: int) -> Asked:
    """What of a span can be told by now. Raises Invalid."""
    hours = most_ms / 3_600_000
    if not span.from_ms < span.to_ms <= span.from_ms + most_ms:
        raise Invalid(
            f"A playback goes from an earlier to a later time, at most {hours:g} hours apart.", field="to"
        )
    now = await dispatch_store.now(conn)
    if span.from_ms >= ms(now):
        raise Invalid("A playback is of the past; choose an earlier beginning.", field="from")
    recorder = centre.live.recorder
    kept_since = None if recorder is None else now - timedelta(milliseconds=recorder.kept_ms)
    span = Span(span.from_ms, min(span.to_ms, ms(now)))
    gone = span.to_ms if kept_since is None else ms(kept_since)
    return Asked(span, kept_since, min(gone, span.to_ms) if gone > span.from_ms else None)


async def duties(conn: Connection, unit_ids: Sequence[UUID], span: Span) -> dict[UUID, list[DutySpan]]:
    """When each of these units was on duty within a span; who never was is left out."""
    turns = await store.duty_turns(conn, unit_ids, span.from_ms)
    found = {unit_id: duty_spans(of, span) for unit_id, of in turns.items()}
    return {unit_id: spans for unit_id, spans in found.items() if spans}


class Reader(msgspec.Struct, frozen=True):
    """Fixes read in one go, for ways made off the loop. rows: of several units; recent: not yet written, of any."""

    rows: list[TrackRow]
    recent: Records
    span: Span

    def ways(self, centre: Centre, units: dict[int, tuple[Unit, list[DutySpan]]]) -> dict[int, Way]:
        """By handle the way of each unit."""
        parts: dict[int, list[Records]] = {handle: [] for handle in units}
        for row in self.rows:
            parts[row.handle].append(unpack(row))
        for handle in np.unique(self.recent["handle"]).tolist():
            parts[handle].append(self.recent[self.recent["handle"] == handle])
        return {
            handle: way_of(self._within(parts[handle]), unit.kind, on_duty(spans), centre.surroundings)
            for handle, (unit, spans) in units.items()
        }

    def _within(self, parts: list[Records]) -> Records:
        records = np.concatenate(parts) if parts else np.empty(0, RECORD)
        return records[(records["t_ms"] >= self.span.from_ms) & (records["t_ms"] < self.span.to_ms)]


async def read(conn: Connection, centre: Centre, handles: Sequence[int], span: Span) -> Reader:
    """Every kept fix of these units, written or not."""
    rows = await track_store.read_many(
        conn, handles, span.from_ms // MINUTE_MS, (span.to_ms - 1) // MINUTE_MS
    )
    recorder = centre.live.recorder
    recent = (
        np.empty(0, RECORD)
        if recorder is None
        else recorder.recent_of(set(handles), span.from_ms, span.to_ms)
    )
    return Reader(rows, recent, span)
