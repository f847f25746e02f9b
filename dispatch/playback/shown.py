"""What a playback answers with. Tracks are columns, thinned to what a screen can draw; figures are of every fix that is kept.

Moments are ms since 1970, UTC, places WGS-84 degrees.
"""

from uuid import UUID

import msgspec

from dispatch.cities.beats import Beat
from dispatch.instants import Instant
from dispatch.playback.duty import DutySpan
from dispatch.rules import Phrase
from units.model import UnitKind
from units.tracks.figures import Figures, Speed, Stop
from units.tracks.thinning import ShownTrack


class StopThen(Stop, frozen=True, kw_only=True):
    """Where it stood, with the road beside it and the beat around it as far as the map knows them."""

    road: str | None
    beat: str | None


class InBeat(msgspec.Struct, frozen=True, kw_only=True):
    """Time within one beat. walked_s: for how long it should have been walked meanwhile, by the beat plan in force then."""

    beat: Beat
    inside_s: float
    walked_s: float


class PlanThen(msgspec.Struct, frozen=True):
    """The beat plan of a duty level held in the unit's room from one moment to another."""

    from_ms: int
    to_ms: int
    level: Phrase
    plan: Phrase | None


class Beaten(msgspec.Struct, frozen=True, kw_only=True):
    """Known time inside the beats of the unit's room, together and each, and outside of all; with unknown_s they add up to the span.

    plans: by which beats were to be walked, one after the other.
    """

    inside_s: float
    outside_s: float
    each: tuple[InBeat, ...]
    plans: tuple[PlanThen, ...]


class OrderInPlayback(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the unit. incident_id and what follows: null of an incident that this seat does not see. times: step -> when."""

    id: UUID
    role: str
    state: str
    times: dict[str, Instant]
    incident_id: UUID | None
    number: str | None
    priority: int | None
    type: str | None
    lon: float | None
    lat: float | None


class IncidentThen(msgspec.Struct, frozen=True):
    """An incident that was opened in the span."""

    id: UUID
    number: str
    priority: int
    type: str | None
    state: str
    opened_ms: int
    lon: float | None
    lat: float | None


class UnitPlayback(msgspec.Struct, frozen=True, kw_only=True):
    """One unit over a span. gone_before_ms: what is older is not kept any more; kept_since: null where no tracks are kept at all.

    duty: when it was on duty, the rest is never shown and is part of figures.unknown_s; off_duty_s of it. step_ms: fixes told are
    about so far apart; thinned: not every fix is told. beats: null where the city has none for its room.
    """

    unit_id: UUID
    call_sign: str
    kind: UnitKind
    room_id: UUID
    from_ms: int
    to_ms: int
    kept_since: Instant | None
    gone_before_ms: int | None
    step_ms: int
    thinned: bool
    duty: tuple[DutySpan, ...]
    off_duty_s: float
    track: ShownTrack
    figures: Figures
    stops: tuple[StopThen, ...]
    speeds: tuple[Speed, ...]
    beats: Beaten | None
    orders: tuple[OrderInPlayback, ...]


class TrackThen(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of an area. figures null: the area is too large for them. in_area_s: known time within a box or a beat."""

    unit_id: UUID
    call_sign: str
    kind: UnitKind
    room_id: UUID
    track: ShownTrack
    figures: Figures | None
    stops: tuple[Stop, ...]
    in_area_s: float | None


class AreaPlayback(msgspec.Struct, frozen=True, kw_only=True):
    """All units of a room, or that were seen in a box or a beat. looked_each_s: whether they were there was looked at so often.

    detailed: figures were taken of every fix; else a fix each step_ms alone was read, because the area or the time is large.
    """

    from_ms: int
    to_ms: int
    kept_since: Instant | None
    gone_before_ms: int | None
    detailed: bool
    step_ms: int
    thinned: bool
    looked_each_s: int
    items: tuple[TrackThen, ...]
    incidents: tuple[IncidentThen, ...]
    incidents_left_out: bool
