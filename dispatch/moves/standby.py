"""Where a unit stands by as a seat and its crew see it.

The last step on its way to a board or a telephone.
"""

from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from units.model import Standby, StandbyState


class StandbyShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit without a job stands by 移位待命: a known place, who asked (`room`), since when and until when; there_at: it has come."""

    id: UUID
    name: str
    lon: float
    lat: float
    state: StandbyState
    room: UUID
    sent_at: Instant
    until: Instant
    there_at: Instant | None


def standby_shown(known: Standby | None) -> StandbyShown | None:
    """Where a unit stands by, while that counts."""
    if known is None:
        return None
    return StandbyShown(
        id=known.id, name=known.name, lon=known.lon, lat=known.lat, state=known.state, room=known.room_id,
        sent_at=instant(known.sent_at), until=instant(known.until), there_at=instant(known.there_at),
    )  # fmt: skip
