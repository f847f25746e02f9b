"""Road closures as seats see them, those that stand or all there ever were, the newest first.

Everybody who works in the centre may read them; what is over stays readable.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.closures import store
from dispatch.closures.model import Kind, RoadClosure, State
from dispatch.instants import Instant, instant
from dispatch.journal import Connection


class ClosureShown(msgspec.Struct, frozen=True, kw_only=True):
    """One closure. factor: of the speed, 0 when closed; profiles: whom it holds, empty: everybody; until null: until ended.

    segments, streets: what it covered when it was put in; segments null where no roads were known.
    """

    id: UUID
    name: str
    kind: Kind
    factor: float
    geometry: dict[str, Any]
    profiles: tuple[str, ...]
    state: State
    valid_from: Instant
    until: Instant | None
    ended_at: Instant | None
    by: str
    room_id: UUID
    segments: int | None
    streets: tuple[str, ...]
    recorded_at: Instant
    version: int


async def closures(conn: Connection, _: Centre, ids: Sequence[UUID]) -> list[ClosureShown]:
    """These, whatever became of them."""
    now = await clock.now(conn)
    return [_shown(one, now) for one in await store.read(conn, ids)]


async def closure_page(
    conn: Connection, principal: Principal, page: tuple[UUID | None, int], past: bool
) -> list[ClosureShown]:
    """The newest first; past: those that are over too. Raises NotAllowed."""
    authorise(principal, "closure", "read")
    now = await clock.now(conn)
    return [_shown(one, now) for one in await store.page(conn, *page, past)]


def _shown(one: RoadClosure, now: datetime) -> ClosureShown:
    values = msgspec.structs.asdict(one)
    moments = {name: instant(values[name]) for name in ("valid_from", "until", "ended_at", "recorded_at")}
    return ClosureShown(**values | moments, state=one.state(now))
