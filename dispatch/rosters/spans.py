"""Which beat a unit had from when to when, from its log-ons and log-offs: for whoever asks how long it was in it.

The journal says it, so that it holds for any time and whatever roster came later.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from dispatch.journal import Connection
from dispatch.rosters import store


class BeatSpan(NamedTuple):
    """The unit had the beat of this code from then until then; its polygon is in `Centre.beats.named(code)`."""

    code: str
    since: datetime
    until: datetime


async def beats_of(conn: Connection, unit_id: UUID, since: datetime, until: datetime) -> list[BeatSpan]:
    """The beats a unit had within a time, in their order; one that goes on ends with that time."""
    return spans(await store.log_ons(conn, unit_id, until), since, until)


def spans(
    told: Iterable[tuple[str, datetime, str | None]], since: datetime, until: datetime
) -> list[BeatSpan]:
    """The same from log-ons and log-offs in their order: (fact, when, beat). Pure."""
    found: list[BeatSpan] = []
    code: str | None = None
    begun = since
    for fact, said_at, beat in [*told, ("end", until, None)]:
        at = min(max(said_at, begun), until)  # a claim may lie before the fact it follows
        following = beat if fact == "logged_on" else None
        if following == code and fact == "logged_on":
            continue
        if code is not None and at > max(begun, since):
            found.append(BeatSpan(code, max(begun, since), at))
        code, begun = following, at
    return found
