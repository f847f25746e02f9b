"""Call-backs that are due, as reviewers see them: whom to ask, about what, and why just this caller.

By the rule of the type, again after a reopening, or drawn at random by a lot that nobody can foresee or choose.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import views
from dispatch.acts import Principal, authorise
from dispatch.call_backs import store
from dispatch.call_backs.patience import patience
from dispatch.call_backs.store import Possible
from dispatch.centre import Centre
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.review import SAMPLE_SHARE, ReviewWhy
from dispatch.shown import AlarmShown
from incidents.call_backs import again_at, counted

WITHIN = timedelta(days=7)
READ_AT_ONCE = 500
COUNTED = 1_000
WHY = {
    "again": ("回访不满意后重新处置", "was not satisfied before, and it was reopened"),
    "type": ("该类别须回访", "the type asks for it"),
    "sample": ("随机抽查", "drawn at random"),
}


Wanted = Literal["due", "later", "all"]
"""Of callers to be asked: those whose time has come, those not reached who are tried again later, both."""


class CallBackDue(msgspec.Struct, frozen=True, kw_only=True):
    """A caller to be asked how it went. id: of the alarm, whose caller is masked as everywhere.

    attempts: how many that failed count, of attempts_wanted before it may be ended as not reached (may_end); again_at: when
    to try again.
    """

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
    attempts: int
    attempts_wanted: int
    again_at: Instant | None
    may_end: bool


class CallBackCounts(msgspec.Struct, frozen=True):
    """How many are due now, and how many are tried again later; more: there are even more than were counted."""

    due: int
    later: int
    more: bool


async def call_back_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    page: tuple[UUID | None, int],
    wanted: Wanted = "due",
) -> list[CallBackDue]:
    """The newest first. Raises NotAllowed."""
    authorise(principal, "alarm", "call_back", ("room",))
    now = await clock.now(conn)

    def keep(one: Possible) -> bool:
        return wanted == "all" or (wanted == "later") == is_later(one, now, centre)

    found = await due_in(conn, centre, principal.rooms, now - WITHIN, page, keep)
    alarms = {a.id: a for a in await views.alarms(conn, centre, [one.alarm_id for one, _ in found])}
    return [_shown(one, why, alarms[one.alarm_id], centre) for one, why in found]


async def call_back_counts(conn: Connection, centre: Centre, principal: Principal) -> CallBackCounts:
    """How many callers wait, without showing one of them. Raises NotAllowed."""
    authorise(principal, "alarm", "call_back", ("room",))
    now = await clock.now(conn)
    found = await due_in(conn, centre, principal.rooms, now - WITHIN, (None, COUNTED))
    later = sum(is_later(one, now, centre) for one, _ in found)
    return CallBackCounts(len(found) - later, later, len(found) >= COUNTED)


async def due_in(
    conn: Connection,
    centre: Centre,
    rooms: Iterable[UUID],
    since: datetime,
    page: tuple[UUID | None, int],
    keep: Callable[[Possible], bool] = lambda _: True,
) -> list[tuple[Possible, str]]:
    """Who is to be asked in these rooms, now or again later, and the key of WHY; the newest first.

    Closed incidents only when opened after `since`. keep: only those.
    """
    after, limit = page
    due: list[tuple[Possible, str]] = []
    while len(due) < limit:
        some = await store.possible(conn, list(rooms), since, (after, READ_AT_ONCE))
        due += [(one, why) for one in some if (why := why_asked(one, centre)) is not None and keep(one)]
        if len(some) < READ_AT_ONCE:
            break
        after = some[-1].alarm_id
    return due[:limit]


def is_later(one: Possible, now: datetime, centre: Centre) -> bool:
    """Whether the caller was not reached and is tried again only later."""
    at = again_at(one.unreached, patience(centre.rules, one.priority))
    return at is not None and at > now.timestamp() * 1000


def why_asked(one: Possible, centre: Centre) -> str | None:
    """The key of WHY for which a caller is asked; None: nobody asks this one."""
    types = centre.reference.types
    if one.again:
        return "again"
    if one.type is not None and one.type in types and types.get(one.type).closure.call_back:
        return "type"
    drawn = not one.exercise and centre.seal.lot(one.alarm_id) < SAMPLE_SHARE
    return "sample" if drawn else None


def _shown(one: Possible, why: str, alarm: AlarmShown, centre: Centre) -> CallBackDue:
    wanted = patience(centre.rules, one.priority)
    done = counted(one.unreached, wanted)
    return CallBackDue(
        id=one.alarm_id, alarm=alarm, incident_id=one.incident_id, number=one.number, state=one.state, room=one.room,
        priority=one.priority, type=one.type, exercise=one.exercise, why=ReviewWhy(why, *WHY[why]),
        attempts=done, attempts_wanted=wanted.attempts, again_at=instant(again_at(one.unreached, wanted)),
        may_end=done >= wanted.attempts,
    )  # fmt: skip
