"""What stands of disputes about an incident: in the way of its end and of a plain hand-over, and the timers that chase a decision.

Beside `disputing`, for all who only have to know of them.
"""

from collections.abc import Mapping
from uuid import UUID

from dispatch import standings
from dispatch.desk.case import Case, by_member
from dispatch.disputes import store as dispute_store
from dispatch.disputes.lifecycle import settled_on
from dispatch.disputes.model import Ground
from dispatch.ends import OpenEnd, dispute_end
from dispatch.errors import NotNow
from dispatch.work import Work
from incidents.model import Incident


async def open_ends(w: Work, case: Case) -> list[OpenEnd]:
    """The dispute about the incident or one merged into it that stands."""
    return [dispute_end(one) for one in await dispute_store.of_incidents(w.conn, case.family) if one.is_open]


async def follow(w: Work, case: Case) -> None:
    """Say how its disputes stand now: the incident has ended all the same, is more urgent, was taken up again."""
    await follow_disputes(w, {case.id: case})


async def follow_disputes(w: Work, cases: Mapping[UUID, Case]) -> None:
    """The same for several incidents."""
    of = by_member(cases)
    for one in await dispute_store.of_incidents(w.conn, of):
        w.follow(standings.dispute(one, of[one.incident_id].incident))


def ground_of(incident: Incident) -> Ground:
    """What is known of it that duty follows from: point and type."""
    return Ground(incident.cell15, incident.type_verified or incident.type_reported)


async def check_undisputed(w: Work, case: Case) -> None:
    """Raise NotNow while it is disputed, or where a room above has decided on what is still all that is known."""
    disputes = await dispute_store.of_incidents(w.conn, case.family)
    open_one = next((one for one in disputes if one.is_open), None)
    named = w.centre.reference.rooms.by_id
    if open_one is not None and open_one.judge_room_id not in w.principal.rooms:
        judge = named[open_one.judge_room_id].name_en
        raise NotNow(
            f"The duty of {case.incident.number} is disputed and {judge} decides; concede or withdraw the dispute to end it.",
            dispute_id=str(open_one.id),
        )
    if open_one is not None:
        raise NotNow(
            f"The duty of {case.incident.number} is disputed; decide the dispute, which hands it over.",
            dispute_id=str(open_one.id),
        )
    decided = settled_on(disputes, ground_of(case.incident))
    if decided is not None and decided.judge_room_id not in w.principal.rooms:
        raise NotNow(
            f"{named[decided.judge_room_id].name_en} has decided who has the duty of {case.incident.number}; a changed place "
            "or type opens it again, or that room hands it over.",
            dispute_id=str(decided.id),
        )
