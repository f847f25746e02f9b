"""A video patrol is asked to look: an order that sends nobody, with the cameras around the place in words.

It is accepted and cleared as any order, never en route or on scene, counts nothing towards the state of its incident, and ends by
itself when nobody responds any more (`Case.look_no_more`).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from dispatch.cameras.near import around, said
from dispatch.desk import radio
from dispatch.desk.case import Case
from dispatch.errors import Invalid, NotNow
from dispatch.model import WATCHES, Assignment
from dispatch.work import Work
from incidents.model import SETTLING, Incident
from units.model import Unit

if TYPE_CHECKING:  # ordering asks here
    from dispatch.desk.ordering import Order


def flags(unit: Unit | None) -> tuple[str, ...]:
    """What marks an order to this unit."""
    return (WATCHES,) if unit is not None and unit.is_video_patrol else ()


def who_go(units: Mapping[UUID, Unit]) -> frozenset[UUID]:
    """Those of some ordered units that are on the way somewhere."""
    return frozenset(id_ for id_, unit in units.items() if not unit.is_video_patrol)


def check(case: Case, orders: Iterable["Order"], units: Mapping[UUID, Unit]) -> None:
    """Pass silently, or raise: looking answers no order to a room, and takes up no incident that was already handled."""
    orders = list(orders)
    if any(
        o.parent_id is not None and o.unit_id is not None and units[o.unit_id].is_video_patrol for o in orders
    ):
        raise Invalid(
            "A video patrol goes nowhere: name a unit that does for the order of a room.", field="parent_id"
        )
    if case.incident.state not in SETTLING:
        return
    if all(o.unit_id is not None and units[o.unit_id].is_video_patrol for o in orders):
        raise NotNow(
            f"Incident {case.incident.number} is {case.incident.state}: a video patrol looks while somebody responds. Order a "
            "unit that goes, or reopen it first.",
            state=case.incident.state,
        )


async def say_where(w: Work, unit: Unit, incident: Incident, assignment: Assignment) -> None:
    """Tell its terminal which cameras stand around the place."""
    if incident.lon is None or incident.lat is None:
        return
    words = said(around(w.centre.reference.cameras.values(), incident.lon, incident.lat))
    await radio.say(w, unit, "update", incident, assignment, text=f"{words.zh} / {words.en}")
