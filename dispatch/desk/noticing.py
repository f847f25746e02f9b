"""Acknowledging: whoever has seen what fell due is left in peace by it; everybody else, and every later milestone, is not.

An alert stands until what it says is over, not until somebody has seen it. Who saw it, and when, is in the journal.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch import timers
from dispatch.broadcasts import lifecycle as broadcasts
from dispatch.broadcasts.model import Broadcast
from dispatch.desk import broadcasting, event_case
from dispatch.desk.case import authorised, open_case
from dispatch.planned_events import events as e
from dispatch.planned_events.model import PlannedEvent
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


async def notice_event(w: Work, event_id: UUID, alerts: Sequence[Seen] | None = None) -> PlannedEvent:
    """The same of a planned event. Raises NotFound, NotAllowed."""
    event = await event_case.opened(w, event_id, "notice")
    for rule in await _new(w, ("event", event_id), alerts):
        event = await event_case.done(w, event, e.AlertNoticed(rule=rule, by=w.principal.id, at=ms(w.now)))
    return event


async def notice_broadcast(w: Work, id_: UUID, alerts: Sequence[Seen] | None = None) -> Broadcast:
    """The same of a broadcast; where its marks were found is another thing to see. Raises NotFound, NotAllowed."""
    b = await broadcasting.opened(w, id_, "notice")
    for rule in await _new(w, ("broadcast", id_), alerts):
        b = await broadcasting.apply(w, b, broadcasts.NoticeAlert(rule, w.principal.id, ms(w.now)))
    return b


async def _new(w: Work, entity: tuple[str, UUID], alerts: Sequence[Seen] | None) -> list[str]:
    """The rules whose alerts this principal had not seen, of those that were shown or of all."""
    rules = None if alerts is None else [one.rule for one in alerts if one.id == entity[1]]
    return await timers.notice_of(w.conn, entity, rules, w.principal.id, ms(w.now))
