"""Acknowledging: whoever has seen what fell due is left in peace by it; everybody else, and every later milestone, is not.

An alert stands until what it says is over, not until somebody has seen it. Who saw it, and when, is in the journal.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch import timers
from dispatch.desk.case import authorised, open_case
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import Incident


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alert as it is shown: by which rule, and what it is of."""

    rule: str
    id: UUID


async def notice(w: Work, incident_id: UUID, alerts: Sequence[Seen] | None = None) -> Incident:
    """The principal has seen these alerts of an incident; None: all that stand. Raises NotFound, NotAllowed."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "notice")
    which = None if alerts is None else [f"{one.rule}:{one.id}" for one in alerts]
    new = await timers.notice(w.conn, case.family, which, w.principal.id, ms(w.now))
    for rule, noun, entity_id in new:
        case.tell(ic.NoticeAlert(rule, noun, entity_id, w.principal.id, ms(w.now)))
    for raised in case.incident.raised if new else ():
        if raised.room_id in w.principal.rooms:  # whoever was told above has taken notice of it with that
            case.tell(ic.TakeNotice(raised.room_id, ms(w.now)))
    await case.save()
    return case.incident
