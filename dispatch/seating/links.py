"""Whether a seat's page is heard: one answer for who may be relieved, what is shown, and when queue and command move.

How long a page may be silent is said by the rule that watches it, and nowhere else. Time in which no replica could hear, as
when the server or the database was away, is held against nobody: from then on every seat has its whole limit again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import standings
from dispatch.journal import Connection
from dispatch.rules import Rules, applies
from dispatch.seating import store
from dispatch.seating.model import Seat

WATCH = "watch_link"
"""The effect of the rule that looks whether a seat's page is heard."""


class Links(msgspec.Struct, frozen=True):
    """What was heard of seats. listening: since when without a gap, None while nobody hears."""

    listening: datetime | None
    heard: Mapping[UUID, datetime]

    def silent_at(self, seat: Seat, limit: timedelta | None) -> datetime | None:
        """From when on it counts as silent unless it is heard before; None: that can't be said."""
        if self.listening is None or limit is None:
            return None
        moments = (seat.since, seat.answering_since, self.heard.get(seat.id), self.listening)
        return max(at for at in moments if at is not None) + limit

    def is_linked(self, seat: Seat, rules: Rules, now: datetime) -> bool:
        """Whether somebody sits there whose page was heard within the limit, or has had no whole limit to be heard in."""
        if seat.holder is None:
            return False
        silent_at = self.silent_at(seat, limit_of(rules, seat))
        return silent_at is None or now < silent_at


async def read(conn: Connection, ids: Iterable[UUID]) -> Links:
    """What was heard of these seats."""
    return Links(await store.listening_since(conn), await store.heard_at(conn, ids))


def limit_of(rules: Rules, seat: Seat) -> timedelta | None:
    """How long its page may be silent: by the rule for its state, else by the strictest; None when nothing watches it."""
    watching = [rule for rule in rules.by_noun.get("seat", ()) if rule.effect == WATCH]
    fitting = [rule for rule in watching if applies(rule, standings.seat(seat))]
    limits = [rule.after(None) for rule in fitting or watching]
    return min((limit for limit in limits if limit is not None), default=None)
