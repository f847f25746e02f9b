"""Who might be diverted 改派: somebody on his way to what can wait would be much sooner at what is urgent.

Offered beside the usual answer, never painted: a person decides, and `preempting` takes the unit in the act of the order. Who would
replace it where it was going is looked for too, so that it is seen what that costs.
"""

from uuid import UUID

import asyncpg
import msgspec

from dispatch import standings, store
from dispatch.cards.matching import demand
from dispatch.cards.shown import look_of
from dispatch.centre import Centre
from dispatch.desk.ordering import Asking, quickest
from dispatch.ranking import PassedOver, Question, Ranking
from dispatch.readiness import may_preempt
from dispatch.response import Requirement
from incidents import store as incident_store
from incidents.model import Incident


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """Who is free and would be first where the diverted unit was going."""

    unit_id: UUID
    call_sign: str
    eta_s: float


class Diversion(msgspec.Struct, frozen=True, kw_only=True):
    """One who may be diverted. saved_s: sooner than the quickest who is free, None: nobody is.

    incident_id, number, priority: what it is on its way to; replaced_by: None: nobody is free there.
    """

    unit_id: UUID
    call_sign: str
    state: str
    eta_s: float
    saved_s: float | None
    incident_id: UUID
    number: str
    priority: int
    replaced_by: Replacement | None


async def diversions(
    pool: "asyncpg.Pool[asyncpg.Record]", centre: Centre, asking: Asking, ranking: Ranking
) -> tuple[Diversion, ...]:
    """Who may be diverted, quickest first. No connection is held while roads are searched."""
    question, wanted = asking.question, asking.incident
    if question is None or not ranking.under_way:
        return ()
    async with pool.acquire() as conn:
        jobs = await store.holders(conn, [one.unit_id for one in ranking.under_way])
        others = await incident_store.read_incidents(conn, {job["incident_id"] for job in jobs.values()})
    free_s = min((row.eta_s for wave in ranking.waves[:1] for row in wave), default=None)
    offers = []
    for one in ranking.under_way:
        job = jobs.get(one.unit_id)
        other = None if job is None else others.get(job["incident_id"])
        if job is not None and other is not None and _may_wait(other, wanted):
            instead = await _replacement(centre, asking, question, other)
            offers.append(_offered(one, job["state"], other, free_s, instead))
    return tuple(offers)


def _offered(
    one: PassedOver, state: str, other: Incident, free_s: float | None, instead: Replacement | None
) -> Diversion:
    eta_s = one.eta_s or 0.0
    return Diversion(
        unit_id=one.unit_id, call_sign=one.call_sign, state=state, eta_s=eta_s,
        saved_s=None if free_s is None else round(free_s - eta_s, 1), incident_id=other.id, number=other.number,
        priority=other.priority, replaced_by=instead,
    )  # fmt: skip


def _may_wait(other: Incident, wanted: Incident) -> bool:
    """Whether a dispatcher may take a unit from it; a drill takes nobody from what is real."""
    return may_preempt(wanted.priority, other.priority, leader=False) and (
        other.exercise or not wanted.exercise
    )


async def _replacement(
    centre: Centre, asking: Asking, question: Question, other: Incident
) -> Replacement | None:
    if other.lon is None or other.lat is None:
        return None
    asked = msgspec.structs.replace(
        question, lon=other.lon, lat=other.lat, priority=other.priority, room_id=other.room_id,
        needed=_needed(centre, asking, other), more=(), card=None, units=1, waves=1,
        own=centre.reference.own_rooms(other.room_id),
    )  # fmt: skip
    _, found = await quickest(centre, asked, asking.now)
    row = next((row for wave in found.waves for row in wave), None)
    if row is None:
        return None
    return Replacement(unit_id=row.unit_id, call_sign=row.call_sign, eta_s=row.eta_s)


def _needed(centre: Centre, asking: Asking, other: Incident) -> Requirement:
    look = look_of(centre, standings.subject(other), asking.now)
    return demand(centre.reference.run_cards, look, centre.reference).first
