"""What a seat is shown of a dispute: both statements, who decides, and which rooms answer at the point, trade by trade.

The incident it is about carries all of them. Texts are opened before and handed in by id.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from dispatch.disputes.model import Dispute, DisputeState
from dispatch.instants import Instant, instant
from dispatch.rooms import Reference
from geo.areas import Layer
from geo.errors import NoArea


class StatementShown(msgspec.Struct, frozen=True):
    """What a room says to it; text null: it was erased."""

    room: UUID
    by: str
    at: Instant
    text: str | None


class AreaShown(msgspec.Struct, frozen=True):
    """Which room answers at the point in one trade."""

    layer: Layer
    room: UUID


class DisputeTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When it was raised and when it ended."""

    raised: Instant | None = None
    decided: Instant | None = None
    conceded: Instant | None = None
    withdrawn: Instant | None = None


class DisputeShown(msgspec.Struct, frozen=True, kw_only=True):
    """by_room says that duty is other_room's, judge_room decides. owner: who has it by how it ended; reason: of a decision.

    areas: who answers at the point by the jurisdictions in force; empty while the incident has no place.
    """

    id: UUID
    incident_id: UUID
    state: DisputeState
    version: int
    by_room: UUID
    other_room: UUID
    judge_room: UUID
    raised_by: str
    statements: tuple[StatementShown, ...]
    areas: tuple[AreaShown, ...]
    owner: UUID | None
    ended_by: str | None
    reason: str | None
    times: DisputeTimes


def dispute_shown(d: Dispute, areas: tuple[AreaShown, ...], texts: Mapping[UUID, str]) -> DisputeShown:
    """A dispute with its words."""
    return DisputeShown(
        id=d.id, incident_id=d.incident_id, state=d.state, version=d.version, by_room=d.by_room_id,
        other_room=d.other_room_id, judge_room=d.judge_room_id, raised_by=d.raised_by,
        statements=tuple(
            StatementShown(one.room_id, one.by, instant(one.at), texts.get(one.narrative_id)) for one in d.statements
        ),
        areas=areas, owner=d.owner_room_id, ended_by=d.ended_by,
        reason=texts.get(d.narrative_id) if d.narrative_id else None,
        times=DisputeTimes(**{name: instant(at) for name, at in d.times.items()}),
    )  # fmt: skip


def areas_at(reference: Reference, lon: float | None, lat: float | None) -> tuple[AreaShown, ...]:
    """Who answers at a point in each trade that has jurisdictions."""
    if lon is None or lat is None:
        return ()
    found = []
    for layer in Layer:
        try:
            found.append(AreaShown(layer, reference.areas.owner(lon, lat, layer).room_id))
        except NoArea:
            continue
    return tuple(found)


def texts_of(d: Dispute) -> list[UUID]:
    """The sealed words of a dispute."""
    return [one.narrative_id for one in d.statements] + ([d.narrative_id] if d.narrative_id else [])
