"""Call-backs that are due, as reviewers see them: whom to ask, about what, and why just this caller.

By the rule of the type, again after a reopening, or drawn at random by a lot that nobody can foresee or choose.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import views
from dispatch.acts import Principal, authorise
from dispatch.call_backs import store
from dispatch.call_backs.store import Possible
from dispatch.centre import Centre
from dispatch.journal import Connection
from dispatch.review import SAMPLE_SHARE, ReviewWhy
from dispatch.shown import AlarmShown

WITHIN = timedelta(days=7)
READ_AT_ONCE = 500
WHY = {
    "again": ("回访不满意后重新处置", "was not satisfied before, and it was reopened"),
    "type": ("该类别须回访", "the type asks for it"),
    "sample": ("随机抽查", "drawn at random"),
}


class CallBackDue(msgspec.Struct, frozen=True, kw_only=True):
    """A caller to be asked how it went. id: of the alarm, whose caller is masked as everywhere."""

    id: UUID
    alarm: AlarmShown
    incident_id: UUID
    number: str
    state: str
    room: UUID
    priority: int
    type: str | None
    exercise: bool
    why: ReviewWhy


async def call_back_page(
    conn: Connection, centre: Centre, principal: Principal, page: tuple[UUID | None, int]
) -> list[CallBackDue]:
    """The newest first. Raises NotAllowed."""
    authorise(principal, "alarm", "call_back", ("room",))
    due = await due_in(conn, centre, principal.rooms, await clock.now(conn) - WITHIN, page)
    alarms = {a.id: a for a in await views.alarms(conn, centre, [one.alarm_id for one, _ in due])}
    return [_shown(one, why, alarms[one.alarm_id]) for one, why in due]


async def due_in(
    conn: Connection, centre: Centre, rooms: Iterable[UUID], since: datetime, page: tuple[UUID | None, int]
) -> list[tuple[Possible, str]]:
    """Who is to be asked in these rooms, and the key of WHY; the newest first, closed incidents only when opened after `since`."""
    after, limit = page
    due: list[tuple[Possible, str]] = []
    while len(due) < limit:
        some = await store.possible(conn, list(rooms), since, (after, READ_AT_ONCE))
        due += [(one, why) for one in some if (why := why_asked(one, centre)) is not None]
        if len(some) < READ_AT_ONCE:
            break
        after = some[-1].alarm_id
    return due[:limit]


def why_asked(one: Possible, centre: Centre) -> str | None:
    """The key of WHY for which a caller is asked; None: nobody asks this one."""
    types = centre.reference.types
    if one.again:
        return "again"
    if one.type is not None and one.type in types and types.get(one.type).closure.call_back:
        return "type"
    drawn = not one.exercise and centre.seal.lot(one.alarm_id) < SAMPLE_SHARE
    return "sample" if drawn else None


def _shown(one: Possible, why: str, alarm: AlarmShown) -> CallBackDue:
    return CallBackDue(
        id=one.alarm_id, alarm=alarm, incident_id=one.incident_id, number=one.number, state=one.state, room=one.room,
        priority=one.priority, type=one.type, exercise=one.exercise, why=ReviewWhy(why, *WHY[why]),
    )  # fmt: skip
