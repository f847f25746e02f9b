"""What is shown of an incident's last part: what stands in the way of closing, and who reviews it and why.

The desk asks the same before it closes, and before it accepts forms by rule. Pure, like `showing`.
"""

from uuid import UUID

from dispatch.ends import OpenEnd, dispute_end, request_end, supervision_end, task_end
from dispatch.plans.model import STANDING
from dispatch.review import SENTENCES, Matter, ReviewShown, ReviewWhy, reasons
from dispatch.shown import Family
from dispatch.waiting import Spoken, room_said
from incidents.model import Incident
from incidents.model import IncidentState as S
from incidents.types import IncidentType


def open_ends(family: Family, spoken: Spoken) -> tuple[OpenEnd, ...]:
    """All that must be ended before the incident is closed, or excepted by a leader."""
    orders = [
        supervision_end(one, room_said(spoken, one.to_room_id)) for one in family.supervision if one.is_open
    ]
    tasks = [task_end(one.id, one.name) for one in family.tasks if one.state in STANDING]
    disputes = [dispute_end(one) for one in family.disputes if one.is_open]
    return (*orders, *disputes, *(request_end(one) for one in family.requests if one.is_open), *tasks)


def kind_of(incident: Incident, spoken: Spoken) -> IncidentType | None:
    """Its type as far as it is known and in the tree."""
    code = incident.type_verified or incident.type_reported
    types = spoken.reference.types
    return types.get(code) if code is not None and code in types else None


def drawn_by(incident: Incident) -> UUID:
    """Whose lot decides on the random look: its primary order's, or its own where no unit went."""
    return incident.primary_id or incident.id


def review_shown(family: Family, spoken: Spoken) -> ReviewShown | None:
    """Who reviews it and why; None while there is nothing to review."""
    incident = family.incident
    if incident.state is not S.FED_BACK or spoken.lot is None:
        return None
    why = reasons(
        Matter(
            incident=incident, kind=kind_of(incident, spoken), forms=family.forms, orders=family.assignments,
            returned=family.returned, supervised=bool(family.supervision), draw=spoken.lot(drawn_by(incident)),
        )
    )  # fmt: skip
    return ReviewShown("person" if why else "rule", tuple(ReviewWhy(key, *SENTENCES[key]) for key in why))
