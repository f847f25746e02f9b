"""Which plans an incident calls for: by type, urgency, labels, area, words of its address and the city's clock. Pure.

Asked when an incident was opened and whenever what is known of it changes; `pushed` says what becomes of earlier proposals.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.plans.file import Hours, Match, Plan, PlanSet
from dispatch.plans.model import IncidentPlan
from dispatch.rooms import Reference
from incidents.model import RESPONDING, Incident
from incidents.types import TypeTree


class Look(msgspec.Struct, frozen=True):
    """What plans look at. rooms: codes of the room that has duty and of those above; at: on the city's clock."""

    lineage: tuple[str, ...]
    priority: int
    labels: tuple[str, ...]
    rooms: tuple[str, ...]
    address: str
    at: datetime


def look_of(incident: Incident, reference: Reference, at: datetime) -> Look:
    """An incident as plans see it."""
    code = incident.type_verified or incident.type_reported
    rooms = reference.rooms.by_id
    lineage = rooms[incident.room_id].lineage if incident.room_id in rooms else ()
    place = incident.place
    return Look(
        lineage=_types(reference.types, code), priority=incident.priority, labels=incident.labels,
        rooms=tuple(rooms[id_].code for id_ in lineage if id_ in rooms),
        address=(place.address or "").casefold() if place is not None else "", at=at,
    )  # fmt: skip


def _types(tree: TypeTree, code: str | None) -> tuple[str, ...]:
    return tree.get(code).lineage if code is not None and code in tree else ()


def matching(plans: Iterable[Plan], look: Look) -> list[Plan]:
    """Those that fit, in their order."""
    return [plan for plan in plans if any(fits(match, look) for match in plan.match)]


def fits(match: Match, look: Look) -> bool:
    """Whether an incident is like that in every way the match names."""
    return (
        (not match.types or not set(match.types).isdisjoint(look.lineage))
        and (match.priority is None or look.priority <= match.priority)
        and set(match.labels) <= set(look.labels)
        and (not match.rooms or not set(match.rooms).isdisjoint(look.rooms))
        and (not match.words or any(word.casefold() in look.address for word in match.words))
        and (match.hours is None or within(match.hours, look.at))
    )


def within(hours: Hours, at: datetime) -> bool:
    """Whether a moment of the city's clock lies within; a span over midnight belongs to the day on which it began."""
    clock, today = f"{at:%H:%M}", at.isoweekday()
    if hours.start <= hours.end:
        return hours.start <= clock < hours.end and _on(hours, today)
    if clock >= hours.start:
        return _on(hours, today)
    return clock < hours.end and _on(hours, (today - 2) % 7 + 1)


def _on(hours: Hours, day: int) -> bool:
    return not hours.days or day in hours.days


def _has_another(row: IncidentPlan, rows: Collection[IncidentPlan]) -> bool:
    """Whether the same plan is in force, or was proposed before, on an incident that was merged with its own."""
    others = [one for one in rows if one.code == row.code and one.id != row.id]
    return any(one.state == "active" or (one.state == "proposed" and one.id < row.id) for one in others)


class Pushed(msgspec.Struct, frozen=True):
    """What becomes of proposals: these are new, those fit no more."""

    fresh: tuple[Plan, ...]
    withdrawn: tuple[UUID, ...]


def pushed(
    plans: PlanSet, incident: Incident, rows: Collection[IncidentPlan], look: Look, *, push: bool
) -> Pushed:
    """The difference to what was pushed before. A plan that stands, or was refused or ended in this round, is not pushed again.

    push: whether the act is of now; what is keyed in later pushes nothing.
    """
    fitting = matching(plans, look) if incident.state in RESPONDING else []
    codes = {plan.code for plan in fitting}
    gone = tuple(
        row.id
        for row in rows
        if row.state == "proposed" and (row.code not in codes or _has_another(row, rows))
    )
    held = {row.code for row in rows if row.holds(incident.round) and row.id not in gone}
    fresh = tuple(plan for plan in fitting if plan.code not in held) if push else ()
    return Pushed(fresh, gone)
