"""Sending: the nearest suitable units are proposed and kept as shown, then ordered, all or nothing.

The units are locked before anything is written, and a partial unique index stands behind the lock: two dispatchers can
never take one unit, and the other one learns who has it and since when.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import commands as ac
from dispatch import standings, store
from dispatch.cards.matching import Demand, demand
from dispatch.cards.shown import CardShown, card_shown, look_of
from dispatch.centre import Centre
from dispatch.desk import called_away, keeping_facts, looking, notifying, preempting, radio
from dispatch.desk.case import Case, authorised, open_case, open_cases
from dispatch.desk.heading_off import ahead_of
from dispatch.desk.reaching import promise
from dispatch.errors import (
    Invalid,
    NotAllowed,
    NotFound,
    NotNow,
    RecommendationChanged,
    UnitTaken,
    UnitUnavailable,
)
from dispatch.events import Placed
from dispatch.joint_offers import store as offers
from dispatch.journal import Connection
from dispatch.leanings import Leaned, LeanedOn
from dispatch.levels.counting import kept_free
from dispatch.model import AUTOMATIC, Assignment
from dispatch.model import AssignmentState as A
from dispatch.pursuits.meeting import is_foreseen
from dispatch.ranking import (
    Held,
    Question,
    Ranking,
    asked_about,
    enough_for,
    leaned_of,
    on_network,
    rank,
    said,
    with_jobs,
    with_routes,
)
from dispatch.readiness import eligible
from dispatch.response import Requirement
from dispatch.work import Work, ms
from incidents.model import Incident
from incidents.model import IncidentState as S
from incidents.reasons import Reason
from incidents.sightings import store as sightings
from incidents.sightings.trail import Motion, in_order, motion
from units import store as unit_store
from units.model import Duty, Unit

KEPT = timedelta(minutes=15)
STANDS = timedelta(minutes=2)
"""So long ago a joint offer was shown that somebody may still have seen beside this."""
MAX_UNITS = 50
LAST_POINTS = 8

type Basis = Literal["road", "straight_line"]


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an order: to a unit, to a room, or to a room together with the unit it will send."""

    unit_id: UUID | None = None
    room_id: UUID | None = None
    parent_id: UUID | None = None


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown and is kept for 15 min. card: which run card asked for it; null where somebody asked for other units.

    coverage: what all scores lean on; diversions: who may be taken from what can wait, never part of the waves.
    """

    id: UUID
    incident_id: UUID
    computed_at: datetime
    basis: Basis
    waves: tuple[Any, ...]
    passed_over: tuple[Any, ...]
    shortfalls: tuple[Any, ...]
    card: CardShown | None = None
    coverage: LeanedOn | None = None
    diversions: tuple[Any, ...] = ()


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for an incident; question: None while its place is not known; motion: how it moves, while that is foreseen."""

    incident: Incident
    question: Question | None
    motion: Motion | None = None
    now: datetime
    card: CardShown | None = None


async def ask(w: Work, incident_id: UUID, units: int | None = None, waves: int = 2) -> Asking:
    """What somebody asks who may. units: how many a wave, else the run card's count. Raises NotFound, NotAllowed, NotNow, Invalid.

    Nothing is held for the answer: the roads are searched between this act and `keep`, and whoever orders meanwhile waits for nobody.
    """
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "recommend")
    check_size(units, waves)
    asking = _asking(w, case.incident, w.principal.rooms, (units, waves), demand_of(w, case.incident))
    return msgspec.structs.replace(asking, motion=await _motion(w, case))


def check_size(units: int | None, waves: int) -> None:
    """Raises Invalid for more than can be looked through."""
    if (units is not None and not 1 <= units <= MAX_UNITS) or not 1 <= waves <= 5:
        raise Invalid(f"Ask for 1 to {MAX_UNITS} units and 1 to 5 waves.", field="units")


async def propose(
    w: Work,
    case: Case,
    rooms: frozenset[UUID],
    units: int | None,
    waves: int = 1,
    needed: Requirement | Demand | None = None,
) -> Recommendation:
    """Rank the units of these rooms for what its run card asks, or for what is `needed` of it now, and keep what is shown."""
    asking = _asking(w, case.incident, rooms, (units, waves), needed or demand_of(w, case.incident))
    asking = msgspec.structs.replace(asking, motion=await _motion(w, case))
    return await keep(w, asking, *await answered(w.centre, asking))


async def answered(centre: Centre, asking: Asking) -> tuple[Basis, Ranking]:
    """The ranking, by road where there are roads. The database is not asked."""
    if asking.question is None:
        return "straight_line", Ranking(waves=(), passed_over=(), shortfalls=(said(Reason("no_place")),))
    if asking.motion is not None:
        return await ahead_of(centre, asking.question, asking.motion, asking.now)
    return await quickest(centre, asking.question, asking.now)


async def keep(
    w: Work, asking: Asking, basis: Basis, ranking: Ranking, diversions: tuple[Any, ...] = ()
) -> Recommendation:
    """Keep what is shown, with the jobs that those have who are passed over."""
    incident = asking.incident
    if asking.question is not None:
        ranking = await with_their_jobs(w.conn, asking.question, ranking)
    shown = Recommendation(
        id=uuid7(), incident_id=incident.id, computed_at=asking.now, basis=basis, waves=ranking.waves,
        passed_over=ranking.passed_over, shortfalls=ranking.shortfalls, card=asking.card,
        coverage=ranking.on, diversions=diversions,
    )  # fmt: skip
    beside = await offers.offered_to(w.conn, incident.id, w.now - STANDS)
    offered = {} if beside is None else {"offered_together": msgspec.Raw(beside.encode())}
    kept = msgspec.json.encode(
        {"cell15": incident.cell15, "priority": incident.priority, "shown": shown, **offered}
    ).decode()
    await store.add_recommendation(w.conn, shown.id, incident.id, asking.now, w.principal.id, kept)
    return shown


async def _motion(w: Work, case: Case) -> Motion | None:
    """How it goes on, of an incident that moves and was seen lately."""
    if not case.incident.is_moving:
        return None
    going = motion(in_order(await sightings.newest(w.conn, case.family, LAST_POINTS)))
    return going if going is not None and is_foreseen(going, ms(w.now)) else None


def demand_of(w: Work, incident: Incident) -> Demand:
    """What the run card of an incident asks for just now."""
    return demand(
        w.centre.reference.run_cards,
        look_of(w.centre, standings.subject(incident), w.now),
        w.centre.reference,
    )


def _asking(
    w: Work,
    incident: Incident,
    rooms: frozenset[UUID],
    size: tuple[int | None, int],
    wanted: Requirement | Demand,
) -> Asking:
    units, waves = size
    asked = (wanted,) if isinstance(wanted, Requirement) else wanted.waves
    card = None if isinstance(wanted, Requirement) else card_shown(wanted)
    if incident.lon is None or incident.lat is None:
        return Asking(incident=incident, question=None, now=w.now, card=card)
    question = Question(
        lon=incident.lon, lat=incident.lat, priority=incident.priority, room_id=incident.room_id, needed=asked[0],
        more=asked[1:], card=None if card is None else (card.name.zh, card.name.en), rooms=rooms, units=units, waves=waves,
        posts=w.centre.posts, room_names=room_names(w.centre), commitments=w.centre.commitments, zone=w.centre.zone,
        own=w.centre.reference.own_rooms(incident.room_id), names=w.centre.reference.room_names(),
    )  # fmt: skip
    return Asking(incident=incident, question=question, now=w.now, card=card)


def room_names(centre: Centre) -> dict[UUID, str]:
    """How rooms are called beside a unit."""
    return {room.id: room.name_zh for room in centre.reference.rooms.by_id.values()}


async def with_their_jobs(conn: Connection, question: Question, ranking: Ranking) -> Ranking:
    """The ranking with the jobs that quicker ones have which are passed over."""
    jobs = await store.holders(conn, [passed.unit_id for passed in ranking.passed_over])
    held = {id_: Held(job["number"], job["priority"], job["state"]) for id_, job in jobs.items()}
    return with_jobs(ranking, question.priority, held)


async def quickest(centre: Centre, question: Question, now: datetime) -> tuple[Basis, Ranking]:
    """By road: the search goes as far as it must until the waves are sure. Without roads, or in need, by straight lines.

    The database is not asked.
    """
    goal = (question.lon, question.lat)
    enough = enough_for(question)
    cover, free = await centre.cover.now(centre, now), kept_free(centre, question.priority, now)
    question = msgspec.structs.replace(question, cover=cover, free=free)
    while True:
        around = asked_about(centre.live, question)
        ways = centre.ways
        road = await ways.times(goal, question.priority, around, enough) if ways else None
        ranking = on_network(
            rank(centre.reference.types, centre.live, centre.units.get, question, ms(now), road),
            centre.network,
        )
        if road is None or ways is None:
            return "straight_line", ranking
        if ranking.sure:
            proposed = [row.handle for wave in ranking.waves for row in wave if row.road_m is not None]
            return "road", with_routes(ranking, await ways.routes(road, proposed))
        enough *= 4


async def order(
    w: Work,
    incident_id: UUID,
    orders: list[Order],
    kind: Literal["order", "stack"] = "order",
    recommendation_id: UUID | None = None,
    preempt: bool = False,
) -> list[Assignment]:
    """Order all of them or none; one assignment per order, in the order given.

    preempt: take them from less urgent jobs, with a reason. Raises UnitTaken, UnitUnavailable, PreemptionRefused,
    RecommendationChanged, NotFound, NotNow, Invalid.
    """
    unit_ids = [o.unit_id for o in orders if o.unit_id]
    others = await preempting.incidents_of(w, unit_ids) if preempt else []
    case, cases = await _opened(w, incident_id, others)
    _check(w, orders, kind, preempt)
    units = await unit_store.lock_units(w.conn, unit_ids)
    held = await store.holders(w.conn, units)
    if preempt and held:
        held = await preempting.take_away(w, case, cases, units, held)
    leaned = {}
    if recommendation_id is not None:
        leaned = await _check_unchanged(w, case, recommendation_id, units, held if kind == "order" else None)
    busy = held if kind == "order" else _here(case, held)
    for o in orders:
        if o.unit_id is not None:
            check_unit(w, case, units.get(o.unit_id), o.unit_id, busy)
    if kind == "order":
        looking.check(case, orders, units)
        await case.restart_if_settled()
    at, flags = w.step_time(case.incident.began)
    flags += (AUTOMATIC,) if w.actor.via == "system" else ()
    sending = _Sending(
        A.STACKED if kind == "stack" else A.ORDERED,
        recommendation_id,
        units,
        at,
        flags,
        _of_own_room(w, case),
        leaned,
    )
    placed = [await _place(w, case, o, sending) for o in orders]
    await case.follow()
    await case.save()
    if kind == "order":
        for assignment in placed:
            await tell(w, case, case.assignments[assignment.id], units)
        await notifying.tell_auxiliaries(w, case.incident, looking.who_go(units))
    if rooms := [(case.id, room_id, "ordered") for room_id in {o.room_id for o in orders} if room_id]:
        await store.add_audience(w.conn, rooms)
    await show_to_lenders(w, case, units.values())
    return [case.assignments[a.id] for a in placed]


async def _opened(w: Work, incident_id: UUID, others: list[UUID]) -> tuple[Case, dict[UUID, Case]]:
    """The incident that orders, and with it those it may take units from, all locked."""
    cases = await open_cases(w, [incident_id, *others])
    case = cases.get(incident_id)
    if case is None:
        raise NotFound(f"There is no incident {incident_id}.", noun="incident")
    if case.incident.state is S.MERGED:
        await authorised(w, case, "read")
        raise NotNow(
            f"Incident {case.incident.number} was merged; order on the incident it was merged into.",
            merged_into=str(case.incident.merged_into),
        )
    await authorised(w, case, "order")
    return case, cases


async def show_to_lenders(w: Work, case: Case, units: Iterable[Unit]) -> None:
    """Both rooms of a lent unit see the incidents it is ordered to."""
    rows = {(case.id, room, "lent") for unit in units if unit.lent_to for room in unit.seen_by}
    if rows:
        await store.add_audience(w.conn, sorted(rows))


def _here(case: Case, held: dict[UUID, dict[str, Any]]) -> dict[UUID, dict[str, Any]]:
    """Jobs on this very incident: what a unit is doing already is not kept for later."""
    return {unit_id: job for unit_id, job in held.items() if job["incident_id"] in case.family}


def _check(w: Work, orders: list[Order], kind: str, preempt: bool) -> None:
    if preempt and kind == "stack":
        raise Invalid("What is kept for later takes no unit from its job.", field="preempt")
    if not orders:
        raise Invalid("An order names at least one unit or room.", field="orders")
    if len(orders) > MAX_UNITS:
        raise Invalid(f"One order names at most {MAX_UNITS} units.", field="orders")
    unit_ids = [o.unit_id for o in orders if o.unit_id]
    if len(set(unit_ids)) != len(unit_ids):
        raise Invalid("A unit is named twice in this order.", field="orders")
    for o in orders:
        if o.unit_id is None and o.room_id is None:
            raise Invalid("Each order names a unit_id, a room_id, or both.", field="orders")
        if o.parent_id is not None and (o.room_id is not None or o.unit_id is None):
            raise Invalid("parent_id goes with the unit_id that a room names for its order.", field="orders")
        if kind == "stack" and o.room_id is not None:
            raise Invalid("Only a unit's job can be kept for later; a room is ordered at once.", field="kind")
        if o.room_id is not None and o.room_id not in w.centre.reference.rooms.by_id:
            raise NotFound(f"There is no room {o.room_id}.", noun="room")


def check_unit(
    w: Work, case: Case, unit: Unit | None, unit_id: UUID, held: dict[UUID, dict[str, Any]]
) -> None:
    """Pass silently, or raise why this unit can't be ordered to the incident now."""
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    if unit.ordered_by not in w.principal.rooms:
        raise _outside(w, unit)
    if unit.unit_class == "auxiliary":
        raise UnitUnavailable(
            f"{unit.call_sign} is auxiliary: it is notified, not ordered.", unit_id=str(unit.id)
        )
    if unit.id in held:
        raise taken(unit, held[unit.id])
    if unit.duty.value not in eligible(case.incident.priority):
        may = {Duty.BUSY: "may be ordered only for P1 and P2", Duty.BREAK: "may be ordered only for P1"}
        raise UnitUnavailable(
            f"{unit.call_sign} is {unit.duty} and {may.get(unit.duty, 'may not be ordered')}; choose another unit.",
            unit_id=str(unit.id), state=unit.duty.value,
        )  # fmt: skip


def _outside(w: Work, unit: Unit) -> NotAllowed:
    if unit.lent_to is None or unit.room_id not in w.principal.rooms:
        return NotAllowed(
            f"{unit.call_sign} belongs to a room outside yours; ask its room or one above to send it."
        )
    room = w.centre.reference.rooms.by_id[unit.lent_to]
    return NotAllowed(
        f"{unit.call_sign} is lent to {room.name_zh} {room.name_en}; take it back first, or ask that room to send it."
    )


def taken(unit: Unit, holder: dict[str, Any]) -> UnitTaken:
    """Who holds the unit, and since when."""
    since = min(msgspec.json.decode(holder["times"]).values())
    said_at = (
        datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    return UnitTaken(
        f"{unit.call_sign} is {holder['state']} for incident {holder['number']} since {said_at}; choose another unit.",
        unit_id=str(unit.id), call_sign=unit.call_sign, held_by=holder["number"],
        incident_id=str(holder["incident_id"]), assignment_id=str(holder["assignment_id"]), since=said_at,
        state=holder["state"],
    )  # fmt: skip


class _Sending(msgspec.Struct, frozen=True):
    """What all lines of one order share."""

    state: A
    recommendation_id: UUID | None
    units: dict[UUID, Unit]
    at: int
    flags: tuple[str, ...]
    own_room: UUID | None
    leaned: dict[UUID, Leaned]


async def _place(w: Work, case: Case, o: Order, sending: _Sending) -> Assignment:
    """Write one line: the room's assignment, the unit's, or both with the room's as parent.

    A seat of an ordered room names its unit by this, whether it says so or not.
    """
    looks = o.unit_id is not None and bool(looking.flags(sending.units.get(o.unit_id)))
    parent_id = o.parent_id or (sending.own_room if sending.state is A.ORDERED and not looks else None)
    if o.room_id is not None:
        room = _write(w, case, sending, room_id=o.room_id)
        if o.unit_id is None:
            return room
        parent_id = None if looks else room.id
    elif parent_id is not None:
        _clear_parent(w, case, parent_id, sending.at)
    if o.unit_id is None:
        raise Invalid("Each order names a unit_id, a room_id, or both.", field="orders")
    unit = sending.units[o.unit_id]
    kept = next((a for a in case.assignments.values() if a.unit_id == unit.id and a.state is A.STACKED), None)
    if kept is not None and sending.state is A.STACKED:
        return kept
    promised = await promise(w, case.incident, unit) if sending.state is A.ORDERED else None
    if kept is not None:
        at = max(sending.at, kept.times[A.STACKED])
        if (kept.incident_id, kept.parent_id) == (case.id, parent_id):
            case.tell_assignment(
                kept.id, ac.Send(at, case.incident.round, unit.crew, sending.flags, promised, case.known_here)
            )
            called_away.by_a_job(w, unit)
            return case.assignments[kept.id]
        case.tell_assignment(kept.id, ac.TakeExit("recalled", at))  # kept elsewhere: it goes out from here
    more = {
        "parent_id": parent_id,
        "recommendation_id": sending.recommendation_id,
        "promised_at": promised,
        "leaned": sending.leaned.get(unit.id),
    }
    return _write(w, case, sending, unit_id=unit.id, crew=unit.crew, **more)


def _of_own_room(w: Work, case: Case) -> UUID | None:
    """The order that stands to the principal's own room and for which no unit was named yet."""
    named = {a.parent_id for a in case.assignments.values()}
    mine = (a for a in case.open_assignments if a.room_id is not None and a.room_id == w.principal.room_id)
    return next((a.id for a in mine if a.id not in named and a.incident_id == case.id), None)


def _write(w: Work, case: Case, sending: _Sending, **more: Any) -> Assignment:
    ordered_by = w.principal.room_id or case.incident.room_id
    unit = None if (unit_id := more.get("unit_id")) is None else sending.units[unit_id]
    fact = Placed(
        incident_id=case.id,
        state=sending.state,
        round=case.incident.round,
        ordered_by=ordered_by,
        at=sending.at,
        flags=(*sending.flags, *looking.flags(unit)),
        known=case.known_here if sending.state is A.ORDERED else (),
        **more,
    )
    return case.place(uuid7(), fact, unit)


def _clear_parent(w: Work, case: Case, parent_id: UUID, at: int) -> None:
    """A station that names its unit has done its part: its own order is accepted, if it was not yet, and cleared."""
    parent = case.assignments.get(parent_id)
    if parent is None or parent.room_id is None:
        raise NotFound(f"There is no order to a room {parent_id} on this incident.", noun="assignment")
    if parent.room_id not in w.principal.rooms:
        raise NotFound(f"The order {parent_id} was given to another room.", noun="assignment")
    if parent.state is A.CLEARED:  # it has named a unit before and now names another
        return
    if A.ACCEPTED.value not in parent.times:
        case.tell_assignment(parent_id, ac.Step(A.ACCEPTED, max(at, *parent.times.values())))
    case.tell_assignment(parent_id, ac.Step(A.CLEARED, max(at, *case.assignments[parent_id].times.values())))


async def _check_unchanged(
    w: Work,
    case: Case,
    recommendation_id: UUID,
    units: dict[UUID, Unit],
    held: dict[UUID, dict[str, Any]] | None,
) -> dict[UUID, Leaned]:
    """The set that is shown is the set that is sent: nothing it showed may have changed. What each was proposed for.

    held: None for what is kept for later, which waits for units that have become busy since.
    """
    kept = await store.read_recommendation(w.conn, recommendation_id, w.now - KEPT)
    if kept is None or kept[0] != case.id:
        raise RecommendationChanged(
            "This recommendation is older than 15 minutes or unknown; ask for a new one."
        )
    body = msgspec.json.decode(kept[2])
    if (body["cell15"], body["priority"]) != (case.incident.cell15, case.incident.priority):
        raise RecommendationChanged(
            "The place or priority has changed since this was shown; look at the new ranking."
        )
    shown = {row["unit_id"]: row for wave in body["shown"]["waves"] for row in wave}
    if held is not None:
        _check_as_shown(shown, units, held)
    return {id_: leaned for id_ in units if (leaned := leaned_of(body, shown.get(str(id_)))) is not None}


def _check_as_shown(
    shown: dict[str, dict[str, Any]], units: dict[UUID, Unit], held: dict[UUID, dict[str, Any]]
) -> None:
    """Pass silently, or raise who of those that were shown has been taken, or does something else now."""
    for unit in units.values():
        row = shown.get(str(unit.id))
        if row is None:
            continue
        if unit.id in held:
            raise taken(unit, held[unit.id])
        if row["state"] != unit.duty.value:
            raise RecommendationChanged(
                f"{unit.call_sign} was {row['state']} when this was shown and is {unit.duty} now; choose again.",
                unit_id=str(unit.id), call_sign=unit.call_sign, was=row["state"], state=unit.duty.value,
            )  # fmt: skip


async def tell(w: Work, case: Case, assignment: Assignment, units: dict[UUID, Unit]) -> None:
    """Send the order to the unit's terminal, with the text of the first alarm."""
    if assignment.unit_id is None:
        return
    await radio.say(
        w,
        units[assignment.unit_id],
        "order",
        case.incident,
        assignment,
        narrative_id=await radio.first_text(w, case.family),
        cautions=keeping_facts.cautions(w, case.incident),
    )
    if assignment.watches:
        await looking.say_where(w, units[assignment.unit_id], case.incident, assignment)
