"""A planned event before it is held: drafted, written anew, submitted, approved or returned by the room above, cancelled.

Whoever submits one never approves it. From its approval on every seat sees it, and its units are told where to be.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.desk.event_case import done, kept, kept_if_said, opened, posted, say_to_units, tell
from dispatch.desk.rephasing import follow, numbered, opened_as_read
from dispatch.errors import Invalid, NotAllowed, NotFound
from dispatch.planned_events import events as e
from dispatch.planned_events import grounds
from dispatch.planned_events.model import Kind, Phase, PlannedEvent, S
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment, ms

LASTS_AT_MOST = timedelta(days=14)
AHEAD_AT_MOST = timedelta(days=366)


class EventPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be held. area: GeoJSON, polygons or a route; room_id None: one's own; command_room_id None: the owner.

    note: the duty level and what it means here; contact: whom to ring first; both are sealed.
    """

    name: str
    kind: Kind
    area: object
    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None = None
    command_room_id: UUID | None = None
    command_seat: str | None = None
    phases: tuple[Phase, ...] = ()
    crowd: int | None = None
    talk_group: str | None = None
    note: str | None = None
    contact: str | None = None
    exercise: bool = False


async def draft(w: Work, plan: EventPlan) -> PlannedEvent:
    """Write one down for one's own room or one below. Raises Invalid, BadArea, NotFound, NotAllowed."""
    room_id = plan.room_id or w.principal.room_id
    room = w.centre.reference.rooms.by_id.get(room_id) if room_id else None
    if room is None:
        raise NotFound(f"There is no room {room_id}.", noun="room", field="room_id")
    acts.authorise(w.principal, "event", "draft", {"room"} if room.id in w.principal.rooms else ())
    id_: UUID = uuid7()
    said = await _said(w, id_, plan, room.id)
    return await tell(w, None, id_, [e.Drafted(**said, by=w.principal.id, at=ms(w.now))])


async def amend(w: Work, event_id: UUID, plan: EventPlan, version: int) -> PlannedEvent:
    """Write it anew as a whole; its owner stays, and posts for a phase follow it.

    Raises Behind, Invalid, BadArea, NotFound, NotAllowed, NotNow, UnitPromised.
    """
    event = await opened_as_read(w, event_id, "amend", version)
    said = await _said(w, event_id, plan, event.room_id, event.phases)
    return (await follow(w, event, e.Amended(**said, by=w.principal.id, at=ms(w.now))))[0]


async def submit(w: Work, event_id: UUID) -> PlannedEvent:
    """Ask the room above for approval. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "submit")
    if event.ends_at <= w.now:
        raise Invalid(f"{event.name} would be over already; correct its times.", field="ends_at")
    return await done(w, event, e.Submitted(by=w.principal.id, at=_at(w, event)))


async def approve(w: Work, event_id: UUID) -> PlannedEvent:
    """It will be held. Raises NotFound, NotAllowed (also for whoever submitted it), NotNow."""
    event = await opened(w, event_id, "approve")
    if event.submitted_by == w.principal.id:
        raise NotAllowed(
            "Who submitted a planned event does not approve it; another leader of the room above does.",
            act="approve",
        )
    event = await done(w, event, e.Approved(by=w.principal.id, at=_at(w, event)))
    for post in event.standing:
        await say_to_units(
            w, event, [post.unit_id], posted(w, event, post.name, post.starts_at, post.ends_at)
        )
    return event


async def return_(w: Work, event_id: UUID, text: str | None) -> PlannedEvent:
    """It will not do as it is; why is said. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "return")
    why = await kept(w, event_id, text)
    return await done(w, event, e.Returned(by=w.principal.id, at=_at(w, event), narrative_id=why))


async def cancel(w: Work, event_id: UUID, text: str | None) -> PlannedEvent:
    """It is not held; why is said, and units that were told of it hear so. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "cancel")
    why = await kept(w, event_id, text)
    if event.state is S.APPROVED:
        await say_to_units(w, event, event.units, f"{event.name}取消，岗位解除 cancelled, your post with it")
    return await done(w, event, e.Cancelled(by=w.principal.id, at=_at(w, event), narrative_id=why))


def _at(w: Work, event: PlannedEvent) -> int:
    return w.step_time(max(event.times.values()))[0]


async def _said(
    w: Work, id_: UUID, plan: EventPlan, room_id: UUID, known: tuple[Phase, ...] = ()
) -> dict[str, Any]:
    """What the fact says of it, checked. Raises Invalid, BadArea, NotFound."""
    _check_times(w, plan)
    for field in ("name", "talk_group", "command_seat"):
        check_texts(getattr(plan, field), field)
    if not plan.name.strip():
        raise Invalid("Give the event a name that may be public.", field="name")
    command = plan.command_room_id or room_id
    if command not in w.centre.reference.rooms.by_id:
        raise NotFound(f"There is no room {command}.", noun="room", field="command_room_id")
    return {
        "name": plan.name.strip(), "kind": plan.kind, "exercise": plan.exercise, "room_id": room_id,
        "command_room_id": command, "command_seat": plan.command_seat, "area": grounds.checked(plan.area),
        "starts_at": plan.starts_at, "ends_at": plan.ends_at, "phases": numbered(known, plan.phases), "crowd": plan.crowd,
        "talk_group": plan.talk_group, "note_id": await kept_if_said(w, id_, plan.note, "note"),
        "contact_id": await kept_if_said(w, id_, plan.contact, "contact"),
    }  # fmt: skip


def _check_times(w: Work, plan: EventPlan) -> None:
    for field in ("starts_at", "ends_at"):
        check_moment(getattr(plan, field), field)
    if not plan.starts_at < plan.ends_at <= plan.starts_at + LASTS_AT_MOST:
        raise Invalid(
            f"An event ends after it starts, within {LASTS_AT_MOST.days} days; correct ends_at.",
            field="ends_at",
        )
    if not w.now < plan.ends_at or plan.starts_at > w.now + AHEAD_AT_MOST:
        raise Invalid(
            f"An event lies ahead, by {AHEAD_AT_MOST.days} days at most; correct starts_at.",
            field="starts_at",
        )
    for phase in plan.phases:
        if not plan.starts_at <= phase.starts_at < phase.ends_at <= plan.ends_at:
            raise Invalid(f"The phase {phase.name} does not lie within the event.", field="phases")
