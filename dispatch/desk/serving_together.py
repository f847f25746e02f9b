"""Several incidents wait for the same units: which they are, and the joint offer kept as it was shown.

Offered beside the usual way and never in its place; between these two steps the roads are searched (`joint_offers.searching`).
Nothing is sent here: orders are acts of their own, by the recommendations that are kept.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch import standings, store
from dispatch.acts import Principal, authorise
from dispatch.cards.matching import demand
from dispatch.cards.shown import card_shown, look_of
from dispatch.centre import Centre
from dispatch.joint_offers import store as offers
from dispatch.joint_offers.searching import Waiting
from dispatch.joint_offers.shown import CallOffered, Offer, said
from dispatch.journal import Connection
from dispatch.leanings import Leaning
from dispatch.model import Assignment
from dispatch.model import AssignmentState as A
from dispatch.plain_times import speed_of
from dispatch.ranking import Row
from dispatch.ranking import said as said_of_it
from dispatch.response import Requirement, left_open
from dispatch.work import Work, ms
from geo.coordinates import distance_m
from incidents import store as incident_store
from incidents.model import Incident
from incidents.model import IncidentState as S
from incidents.reasons import Reason
from incidents.types import Seat

MOST = 40
"""So many incidents are looked at, the first of the queue; behind them nobody plans yet."""
STUCK = frozenset({A.UNABLE, A.EXPIRED})
"""Orders that nobody carries out unless somebody acts."""


async def waiting(conn: Connection, centre: Centre, principal: Principal, now: datetime) -> list[Waiting]:
    """Those that still want somebody, in the order of the queue; drills among themselves, while nothing real competes.

    Raises NotAllowed for a seat that could not order what it is offered.
    """
    authorise(principal, "incident", "recommend", {"sees"})
    authorise(principal, "incident", "order", {"room"})
    centre.turn(now)
    ids = await offers.waiting(conn, principal.rooms, MOST)
    if len(ids) < 2:
        return []
    incidents = await incident_store.read_incidents(conn, [*ids, *await incident_store.children(conn, ids)])
    orders: dict[UUID, list[Assignment]] = {}
    for order in await store.assignments_of(conn, incidents):
        of = incidents[order.incident_id]
        orders.setdefault(of.merged_into or of.id, []).append(order)
    asked = (_lacking(centre, incidents[id_], orders.get(id_, []), now) for id_ in ids if id_ in incidents)
    found = [one for one in asked if one.seats]
    real = [one for one in found if not one.incident.exercise]
    return real if len(real) > 1 else [one for one in found if one.incident.exercise]


def _lacking(centre: Centre, incident: Incident, orders: Sequence[Assignment], now: datetime) -> Waiting:
    """What its card still lacks; nothing of one that moves, or that was promised for later: they are served otherwise."""
    wanted = demand(
        centre.reference.run_cards, look_of(centre, standings.subject(incident), now), centre.reference
    )
    return Waiting(incident, wanted, _seats(centre, incident, orders, now, wanted.first))


def _seats(
    centre: Centre, incident: Incident, orders: Sequence[Assignment], now: datetime, asked: Requirement
) -> tuple[Seat | None, ...]:
    later = incident.promised is not None and incident.promised > ms(now)
    going = [one for one in orders if one.state is A.STACKED or (one.is_open and one.state not in STUCK)]
    if (
        incident.is_moving or later or any(one.room_id is not None for one in going)
    ):  # a room names whom it sends
        return ()
    if not asked.seats:  # nothing is asked for: whoever comes
        return (None,) if incident.state is S.RECEIVED and not going else ()
    units = [centre.units.get(one.unit_id) for one in going if one.unit_id is not None]
    short = left_open(asked, [unit for unit in units if unit is not None])
    return tuple(seat for seat, missing in short for _ in range(missing))


async def keep(w: Work, offer: Offer, of: Sequence[Waiting]) -> Offer:
    """Keep it, a recommendation for each of its calls; as it was kept first, by whichever replica."""
    known = {one.incident.id: one for one in of}
    rows = [
        (call.recommendation_id, call.incident_id, _recommendation(w, known[call.incident_id], call, offer))
        for call in offer.calls
    ]
    body = await offers.keep(w.conn, rows, w.now, w.principal.id)
    return offer if body is None else msgspec.json.decode(body, type=Offer)


def _recommendation(w: Work, of: Waiting, call: CallOffered, offer: Offer) -> str:
    """The offered units of one call, kept as any recommendation is, with the whole offer beside it (JSON)."""
    incident = of.incident
    shown = {
        "id": call.recommendation_id, "incident_id": incident.id, "computed_at": w.now, "basis": offer.basis,
        "waves": (tuple(_row(w, incident, call, n, offer) for n in range(len(call.offered))),),
        "passed_over": (), "shortfalls": (), "card": card_shown(of.wanted), "coverage": None,
    }  # fmt: skip
    kept = {"cell15": incident.cell15, "priority": incident.priority, "shown": shown, "together": offer}
    return msgspec.json.encode(kept).decode()


def _row(w: Work, incident: Incident, call: CallOffered, n: int, offer: Offer) -> Row:
    one = call.offered[n]
    unit = w.centre.units[one.unit_id]
    fix = w.centre.live.fix(unit.handle, ms(w.now))
    straight_m = 0.0
    if fix is not None and incident.lon is not None and incident.lat is not None:
        straight_m = distance_m(incident.lon, incident.lat, fix.lon, fix.lat)
    far = Reason("nearest", {"distance_m": round(straight_m)})
    if one.road_m is not None:
        far = Reason("by_road", {"road_m": round(one.road_m)})
    return Row(
        unit_id=unit.id, handle=unit.handle, call_sign=unit.call_sign, eta_s=one.eta_s, road_m=one.road_m,
        straight_m=round(straight_m, 1), fix_age_s=round(fix.age_s, 1) if fix else None, state=one.state, skills=unit.skills,
        reasons=(said_of_it(far), said("part_of_it", {"others": len(offer.calls) - 1})), warnings=(),
        score_s=one.eta_s, terms={}, leaning=Leaning(eta_s=one.eta_s, mps=speed_of(unit.kind)),
    )  # fmt: skip
