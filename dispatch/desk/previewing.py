"""Who would go: the ranking for a place and a type before there is an incident, while the form is still being filled in.

Nothing is kept and nothing can be ordered by it; the incident that follows is ranked anew.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dispatch import store
from dispatch.acts import Principal, authorise
from dispatch.cards.matching import demand
from dispatch.cards.shown import CardShown, card_shown, look_of
from dispatch.centre import Centre
from dispatch.conditions import Subject
from dispatch.desk.ordering import (
    Basis,
    check_size,
    quickest,
    room_names,
    with_their_jobs,
)
from dispatch.desk.reports import PlaceIn, ReportAlarm, judged, layer_for, wgs84_place
from dispatch.errors import Invalid
from dispatch.leanings import LeanedOn
from dispatch.ranking import Question
from geo.cells import cell15


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
    card: CardShown
    coverage: LeanedOn | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """For what: the place, and type and priority as far as they are known."""

    place: PlaceIn
    type: str | None = None
    priority: int | None = None
    units: int | None = None
    waves: int = 2


async def preview(pool: "asyncpg.Pool[Any]", centre: Centre, principal: Principal, asked: Asked) -> Preview:
    """Rank the units of this seat's rooms. Raises Invalid, UnknownType, BadPosition, NotAllowed.

    While roads are searched no connection is held: nobody who only types keeps one from those who act.
    """
    authorise(principal, "incident", "recommend", {"sees"})
    check_size(asked.units, asked.waves)
    async with pool.acquire() as conn:
        now = await store.now(conn)
    centre.turn(now)
    question, card = _question(centre, principal, asked, now)
    basis, ranking = await quickest(centre, question, now)
    async with pool.acquire() as conn:
        ranking = await with_their_jobs(conn, question, ranking)
    return Preview(
        room_id=question.room_id, priority=question.priority, computed_at=now, basis=basis, waves=ranking.waves,
        passed_over=ranking.passed_over, shortfalls=ranking.shortfalls, card=card, coverage=ranking.on,
    )  # fmt: skip


def _question(
    centre: Centre, principal: Principal, asked: Asked, now: datetime
) -> tuple[Question, CardShown]:
    reference = centre.reference
    place = wgs84_place(asked.place, "place", principal.id)
    if place.lon is None or place.lat is None:
        raise Invalid("A ranking needs lon and lat.", field="lon")
    triage = judged(centre, ReportAlarm(source="call", type=asked.type), (), located=True)
    priority = asked.priority or triage.priority
    room_id = reference.owner(place.lon, place.lat, layer_for(reference, asked.type))
    of = Subject(
        type=asked.type, priority=priority, labels=triage.labels, source="call", room_id=room_id,
        cell15=cell15(place.lon, place.lat), alarms=1,
    )  # fmt: skip
    wanted = demand(reference.run_cards, look_of(centre, of, now), reference)
    card = card_shown(wanted)
    question = Question(
        lon=place.lon, lat=place.lat, priority=priority, room_id=room_id, needed=wanted.first, more=wanted.waves[1:],
        card=(card.name.zh, card.name.en),
        rooms=principal.rooms, units=asked.units, waves=asked.waves, posts=centre.posts,
        room_names=room_names(centre), commitments=centre.commitments, zone=centre.zone,
        own=reference.own_rooms(room_id), names=reference.room_names(),
    )  # fmt: skip
    return question, card
