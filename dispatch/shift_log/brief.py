"""Since you looked away: what happened in one's rooms meanwhile, counted and listed, the most important first.

Read at sit-down and at a hand-over; from the journal, and from what has fallen due and still stands.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch.acts import Principal, authorise
from dispatch.errors import Invalid
from dispatch.handovers import store as handovers
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.rules import FOLLOWING
from dispatch.shift_log import store
from dispatch.shift_log.store import Moment

Kind = Literal["emergency", "p1", "raised", "overdue", "supervision", "command", "seat", "closed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most important first."""
TOLD: dict[tuple[str, str], Kind] = {
    ("emergency", "pressed"): "emergency",
    ("incident", "opened"): "p1",
    ("incident", "raised"): "raised",
    ("supervision", "given"): "supervision",
    ("supervision", "answered"): "supervision",
    ("supervision", "returned"): "supervision",
    ("incident", "command_taken"): "command",
    ("incident", "command_handed_back"): "command",
    ("seat", "covered"): "seat",
    ("handover", "signed"): "seat",
    ("handover", "abandoned"): "seat",
    ("incident", "closed"): "closed",
    ("incident", "ended"): "closed",
}
USUAL = timedelta(hours=12)
FURTHEST = timedelta(days=7)
READ_AT_MOST = 5_000
LISTED_OF_EACH = 50


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. fact: of its noun; rule: of what fell due; state, priority: of its incident, as they are now."""

    kind: Kind
    noun: str
    fact: str
    id: UUID
    at: Instant
    who: str | None = None
    rule: str | None = None
    incident_id: UUID | None = None
    number: str | None = None
    priority: int | None = None
    state: str | None = None
    type: str | None = None
    code: str | None = None


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the rooms of a seat between two moments. counts: all of it; items: of each kind the newest."""

    since: Instant
    until: Instant
    counts: dict[str, int]
    items: tuple[Happened, ...]


async def brief(conn: Connection, principal: Principal, since: datetime | None) -> Brief:
    """Since a moment, or since this person was last at a seat. Raises Invalid, NotAllowed."""
    authorise(principal, "log_entry", "read", ("room",))
    now = await clock.now(conn)
    begin = since or await store.last_present(conn, principal.id) or now - USUAL
    if begin > now:
        raise Invalid("since lies behind us, not ahead.", field="since")
    begin = max(begin, now - FURTHEST)
    told = await store.moments(conn, principal.rooms, (begin, now), tuple(TOLD), READ_AT_MOST)
    found = [_happened(one) for one in told]
    found += await _overdue(conn, principal, (begin, now))
    counts = Counter(one.kind for one in found)
    items = [one for kind in KINDS for one in _newest([f for f in found if f.kind == kind])]
    return Brief(
        since=instant(begin), until=instant(now), counts={kind: counts[kind] for kind in KINDS}, items=tuple(items)
    )  # fmt: skip


async def _overdue(conn: Connection, principal: Principal, span: tuple[datetime, datetime]) -> list[Happened]:
    """What fell due meanwhile, still stands, and this person has not acknowledged."""
    fired = await handovers.fallen_between(conn, principal.rooms, principal.id, span, FOLLOWING)
    return [
        Happened(
            kind="overdue", noun=one.noun, fact="rule_fired", id=one.id, at=instant(one.at), rule=one.rule,
            incident_id=one.incident_id, number=one.number, priority=one.priority, state=one.state, type=one.type,
        )
        for one in fired
    ]  # fmt: skip


def _newest(found: list[Happened]) -> list[Happened]:
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:LISTED_OF_EACH]


def _happened(one: Moment) -> Happened:
    return Happened(
        kind=TOLD[(one.noun, one.fact)], noun=one.noun, fact=one.fact, id=one.id, at=instant(one.at), who=one.who,
        incident_id=one.incident_id, number=one.number, priority=one.priority, state=one.state, type=one.type, code=one.code,
    )  # fmt: skip
