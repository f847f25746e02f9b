"""What a seat is shown of a pursuit: the trail, its motion, whose areas it crossed, to whom command is offered.

An incident carries the newest part of its trail. Pure; texts are opened before and handed in by id.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from incidents.model import Incident, Pursuit, PursuitOutcome
from incidents.sightings.model import Sighting, SightingSource
from incidents.sightings.trail import STALE_S, in_order, jumps, motion

TRAIL = 60
"""So many points an incident carries; `GET /incidents/{id}/seen-at` has them all."""


class SightingShown(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the trail. jump: it cannot have been reached from the one before, and is kept all the same."""

    id: UUID
    at: Instant
    recorded_at: Instant
    lon: float
    lat: float
    heading: float | None
    speed: float | None
    source: SightingSource
    by: str
    unit_id: UUID | None
    text: str | None
    flags: tuple[str, ...]
    jump: bool


class MotionShown(msgspec.Struct, frozen=True):
    """How it goes on from the newest point, straight on: degrees from north, m/s; nobody claims it after stale_at."""

    lon: float
    lat: float
    at: Instant
    heading: float
    speed: float
    stale_at: Instant


class EnteredShown(msgspec.Struct, frozen=True):
    """Into whose area it came; joined_at: since when that room takes part."""

    room: UUID
    at: Instant
    joined_at: Instant | None


class OfferShown(msgspec.Struct, frozen=True):
    """The room that may take command."""

    room: UUID
    at: Instant
    declined_at: Instant | None


class PursuitShown(msgspec.Struct, frozen=True, kw_only=True):
    """trail: the newest points in the order of their claimed times, trail_total counts all. moving: until it has ended."""

    moving: bool
    since: Instant
    last_seen: Instant
    ended_at: Instant | None
    outcome: PursuitOutcome | None
    trail: tuple[SightingShown, ...]
    trail_total: int
    motion: MotionShown | None
    entered: tuple[EnteredShown, ...]
    offer: OfferShown | None


def pursuit_shown(
    i: Incident, sightings: Iterable[Sighting], total: int, texts: Mapping[UUID, str]
) -> PursuitShown | None:
    """The pursuit of an incident; None for one that never moved."""
    if i.pursuit is None and not i.is_moving:
        return None
    ordered = in_order(sightings)
    p = i.pursuit or Pursuit(i.began or 0)
    return PursuitShown(
        moving=i.is_moving, since=instant(p.since), last_seen=instant(i.last_seen), ended_at=instant(p.ended_at),
        outcome=p.outcome, trail=trail_shown(ordered, texts), trail_total=total,
        motion=_motion_shown(ordered) if i.is_moving else None,
        entered=tuple(EnteredShown(one.room_id, instant(one.at), instant(one.joined_at)) for one in p.entered),
        offer=None if p.offer is None else OfferShown(p.offer.room_id, instant(p.offer.at), instant(p.offer.declined_at)),
    )  # fmt: skip


def trail_shown(ordered: Sequence[Sighting], texts: Mapping[UUID, str]) -> tuple[SightingShown, ...]:
    """Points in their order, with what was said."""
    impossible = jumps(ordered)
    return tuple(
        SightingShown(
            id=one.id, at=instant(one.at), recorded_at=instant(one.recorded_at), lon=one.lon, lat=one.lat,
            heading=one.heading, speed=one.speed, source=one.source, by=one.by, unit_id=one.unit_id,
            text=texts.get(one.narrative_id) if one.narrative_id else None, flags=one.flags, jump=n in impossible,
        )
        for n, one in enumerate(ordered)
    )  # fmt: skip


def _motion_shown(ordered: Sequence[Sighting]) -> MotionShown | None:
    going = motion(ordered)
    if going is None:
        return None
    stale = instant(going.at + round(STALE_S * 1000))
    return MotionShown(
        going.lon, going.lat, instant(going.at), round(going.heading, 1), round(going.speed, 1), stale
    )
