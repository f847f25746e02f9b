"""A cordon 查控圈 is shown, and then drawn: each of its points becomes a task of whoever holds it.

Shown without anything being kept but what was shown, so that what is drawn is what was seen. Searched beside the event loop
and outside any transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, views
from dispatch import store as dispatch_store
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.cordons import MOST_POINTS, Asked
from dispatch.covering import free_on_roads
from dispatch.desk.boards import Board, open_board
from dispatch.desk.case import authorised, open_case
from dispatch.errors import Invalid, NoRoads, RecommendationChanged, Unavailable
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.plans import course, store
from dispatch.plans import events as pe
from dispatch.plans.file import Point, Step
from dispatch.plans.model import P, T, Task
from dispatch.rules import Phrase
from dispatch.work import Work, ms
from incidents import store as incident_store
from incidents.model import Incident
from units.roll import Filter

KEPT = timedelta(minutes=15)
MOST_MINUTES = 30.0
LEAST_LEAD_S = 30.0
PROFILES = ("car", "motorcycle", "foot")
HELD_WITHIN_S = 600.0


class CordonPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One checkpoint 卡点. fugitive_s: from now until he may be there; the unit proposed for it, by road in eta_s seconds.

    in_time: it is set up before him. name: the streets that meet there; leaves_map: where a road leaves the map.
    """

    n: int
    lon: float
    lat: float
    name: str
    streets: tuple[str, ...]
    fugitive_s: float
    unit_id: UUID | None
    call_sign: str | None
    eta_s: float | None
    in_time: bool
    leaves_map: bool = False


class Cordon(msgspec.Struct, frozen=True, kw_only=True):
    """A cordon as it was shown, kept for 15 min. lead_s: how long whoever is sought has been on the way.

    points empty: no way leads out of what is reached within those minutes.
    """

    id: UUID
    incident_id: UUID
    computed_at: datetime
    minutes: float
    lead_s: float
    profile: str
    points: tuple[CordonPoint, ...]
    late: int


class CordonAsked(msgspec.Struct, frozen=True):
    """How wide, for whom; lead_s None: since the incident began."""

    minutes: float
    profile: str = "car"
    lead_s: float | None = None


class Judged(msgspec.Struct, frozen=True):
    """The incident that a cordon is drawn around, and when it was asked for."""

    incident: Incident
    at: datetime


async def judge(conn: Connection, principal: Principal, incident_id: UUID, asked: CordonAsked) -> Judged:
    """Whether a cordon may be shown. Raises Invalid, NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    acts.authorise(principal, "incident", "recommend", ("sees", "room"))
    if not 0 < asked.minutes <= MOST_MINUTES:
        raise Invalid(f"minutes is more than 0 and at most {MOST_MINUTES:.0f}.", field="minutes")
    if asked.profile not in PROFILES:
        raise Invalid(
            f"There is no profile {asked.profile!r:.40}; it is one of {', '.join(PROFILES)}.", field="profile"
        )
    if asked.lead_s is not None and not 0 <= asked.lead_s < asked.minutes * 60:
        raise Invalid("lead_s is at least 0 and less than the minutes asked for.", field="lead_s")
    incident = (await incident_store.read_incidents(conn, [incident_id]))[incident_id]
    if incident.lon is None or incident.lat is None:
        raise Invalid("This incident has no place yet; set it, then ask for a cordon.", field="place")
    return Judged(incident, await dispatch_store.now(conn))


async def search(centre: Centre, principal: Principal, judged: Judged, asked: CordonAsked) -> Cordon:
    """The cordon as it would be drawn now. Raises NoRoads, Unavailable."""
    incident, at = judged.incident, judged.at
    ways = centre.ways
    if ways is None or not ways.are_known or incident.lon is None or incident.lat is None:
        raise NoRoads
    ways.turn(at)
    lead_s = _lead_s(incident, at, asked)
    committed = centre.commitments.at(incident.lon, incident.lat)
    handles = free_on_roads(centre.live, principal.rooms, ms(at), committed)
    around = centre.live.around(incident.lon, incident.lat, Filter(), only=handles)
    wanted = Asked((incident.lon, incident.lat), asked.profile, lead_s, asked.minutes * 60)
    found = await ways.cordon(wanted, around)
    if found is None:
        raise Unavailable("No road is near this incident, or the search took too long just now; ask again.")
    if len(found) > MOST_POINTS:
        raise Invalid(
            f"It would take {len(found)} checkpoints, more than {MOST_POINTS}; ask for fewer minutes.",
            field="minutes",
        )
    points = tuple(
        CordonPoint(
            n=n, lon=round(one.lon, 6), lat=round(one.lat, 6), name=" × ".join(one.streets) or f"{one.lon:.5f}, {one.lat:.5f}",
            streets=one.streets, fugitive_s=round(one.fugitive_s, 1),
            unit_id=centre.handles.get(one.handle) if one.handle is not None else None,
            call_sign=_call_sign(centre, one.handle), eta_s=None if one.eta_s is None else round(one.eta_s, 1),
            in_time=one.in_time, leaves_map=one.leaves_map,
        )
        for n, one in enumerate(found, 1)
    )  # fmt: skip
    return Cordon(
        id=uuid7(), incident_id=incident.id, computed_at=at, minutes=asked.minutes, lead_s=round(lead_s, 1),
        profile=asked.profile, points=points, late=sum(1 for one in points if not one.in_time),
    )  # fmt: skip


def _lead_s(incident: Incident, at: datetime, asked: CordonAsked) -> float:
    """How long he has been on the way: since the incident began, but never more than half of what is asked for."""
    if asked.lead_s is not None:
        return asked.lead_s
    since = incident.began
    gone_s = 0.0 if since is None else (ms(at) - since) / 1000
    return min(max(gone_s, LEAST_LEAD_S), asked.minutes * 60 / 2)


def _call_sign(centre: Centre, handle: int | None) -> str | None:
    unit = centre.units.get(centre.handles[handle]) if handle in centre.handles else None
    return unit.call_sign if unit is not None else None


async def draw(w: Work, incident_id: UUID, cordon_id: UUID, wanted: Sequence[int] | None) -> list[Task]:
    """Draw a cordon that was shown: a task for each of its points, or for those wanted. Raises RecommendationChanged, Invalid.

    A task that asked for a cordon is done by it.
    """
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "draw_cordon")
    text = await store.read_cordon(w.conn, cordon_id, incident_id, w.now - KEPT)
    if text is None:
        raise RecommendationChanged("This cordon was shown too long ago, or never; ask for it again.")
    cordon = msgspec.json.decode(text, type=Cordon)
    points = [one for one in cordon.points if wanted is None or one.n in wanted]
    if not points or (wanted is not None and len(points) != len(set(wanted))):
        raise Invalid("points are numbers of points that were shown, at least one.", field="points")
    board = await open_board(w, case)
    asking = _asked_for(board)
    made = [board.tell_task(uuid7(), _checkpoint(w, board, one, asking)) for one in points]
    if asking is not None:
        board.tell_task(asking.id, pe.Done(done_at=w.now, done_by=w.principal.id, by_itself=True))
    board.go_on()
    await board.save()
    await dispatch_store.add_audience(
        w.conn, [(case.id, room_id, "ordered") for room_id in sorted({task.room_id for task in made})]
    )
    return made


def _asked_for(board: Board) -> Task | None:
    """The first task that asks for a cordon."""
    active = {plan.id for plan in board.plans.values() if plan.state is P.ACTIVE}
    asking = (one for one in board.tasks.values() if one.step.kind == "cordon" and one.state is T.OPEN)
    return next((one for one in asking if one.plan_id in active), None)


def _checkpoint(w: Work, board: Board, point: CordonPoint, asking: Task | None) -> pe.Added:
    """The task of one point: of the room whose unit is proposed, else of the room that draws."""
    unit = w.centre.units.get(point.unit_id) if point.unit_id else None
    own = w.principal.room_id or board.case.incident.room_id
    step = Step(
        key=f"checkpoint-{point.n}", title=Phrase(f"设卡：{point.name}", f"Checkpoint: {point.name}"), kind="checkpoint",
        tier=course.OWN, due_s=HELD_WITHIN_S, place=Point(point.lon, point.lat, point.name),
    )  # fmt: skip
    return pe.Added(
        incident_id=board.case.id, plan_id=asking.plan_id if asking else None, parent_id=asking.id if asking else None,
        step=step, room_id=unit.room_id if unit is not None else own, state=T.OPEN, place=step.place,
        unit_id=point.unit_id, added_at=w.now, opened_at=w.now, due_at=course.due(step, board.case.incident, w.now),
    )  # fmt: skip


async def keep(conn: Connection, cordon: Cordon, by: str) -> None:
    """Remember what was shown."""
    await store.add_cordon(conn, cordon, by)


class CordonShown(msgspec.Struct, frozen=True, kw_only=True):
    """A cordon as a seat sees it."""

    id: UUID
    incident_id: UUID
    computed_at: Instant
    minutes: float
    lead_s: float
    profile: str
    points: tuple[CordonPoint, ...]
    late: int


def cordon_shown(cordon: Cordon) -> CordonShown:
    """The same with its time in words."""
    return CordonShown(**msgspec.structs.asdict(cordon) | {"computed_at": instant(cordon.computed_at)})
