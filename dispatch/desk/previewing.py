"""Who would go: the ranking for a place and a type before there is an incident, while the form is still being filled in.

Nothing is kept and nothing can be ordered by it; the incident that follows is ranked anew.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.acts import authorise
from dispatch.desk.ordering import Basis, answered, check_size, room_names
from dispatch.desk.reports import PlaceIn, ReportAlarm, judged, layer_for, wgs84_place
from dispatch.errors import Invalid
from dispatch.ranking import Question
from dispatch.response import requirement
from dispatch.work import Work


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation for no incident. room_id: which would own it; priority: as it would be judged."""

    id: None = None
    incident_id: None = None
    room_id: UUID
    priority: int
    computed_at: datetime
    basis: Basis
    waves: tuple[Any, ...]
    passed_over: tuple[Any, ...]
    shortfalls: tuple[Any, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """For what: the place, and type and priority as far as they are known."""

    place: PlaceIn
    type: str | None = None
    priority: int | None = None
    units: int | None = None
    waves: int = 2


async def preview(w: Work, asked: Asked) -> Preview:
    """Rank the units of this seat's rooms. Raises Invalid, UnknownType, BadPosition, NotAllowed."""
    authorise(w.principal, "incident", "recommend", {"sees"})
    check_size(asked.units, asked.waves)
    reference = w.centre.reference
    place = wgs84_place(asked.place, "place", w.principal.id)
    if place.lon is None or place.lat is None:
        raise Invalid("A ranking needs lon and lat.", field="lon")
    triage = judged(w.centre, ReportAlarm(source="call", type=asked.type), (), located=True)
    priority = asked.priority or triage.priority
    room_id = reference.owner(place.lon, place.lat, layer_for(reference, asked.type))
    question = Question(
        lon=place.lon, lat=place.lat, priority=priority, room_id=room_id,
        needed=requirement(reference.types, asked.type, priority, labels=triage.labels),
        rooms=w.principal.rooms, units=asked.units, waves=asked.waves, posts=w.centre.posts, room_names=room_names(w),
    )  # fmt: skip
    basis, ranking = await answered(w, question)
    return Preview(
        room_id=room_id, priority=priority, computed_at=w.now, basis=basis, waves=ranking.waves,
        passed_over=ranking.passed_over, shortfalls=ranking.shortfalls,
    )  # fmt: skip
