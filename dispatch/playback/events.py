"""That somebody looked at tracks: whose, of which time. One fact a look; it changes nothing else.

The journal adds who, when and why.
"""

from uuid import UUID

import msgspec


class LookedAt(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="looked_at", omit_defaults=True
):
    """Units by name as long as they are few, else how many there were in the area. from_ms, to_ms: since 1970, UTC."""

    from_ms: int
    to_ms: int
    units: int
    unit_ids: tuple[UUID, ...] = ()
    room_id: UUID | None = None
    beat: str | None = None
    bbox: tuple[float, float, float, float] | None = None
