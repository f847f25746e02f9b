"""Fixed positions 岗, such as a school crossing 护学岗: places where a unit stands at set times of the city's week.

Admin data. Whether a unit is at its post just now is worked out from the times, never kept: ranking and board ask here.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec

from units.weekly import Hours, ends


class Turn(Hours, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When one unit stands there. An end that is not after its start lies on the next day."""

    unit_id: UUID


class FixedPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is manned at set times. lon, lat: WGS-84 degrees."""

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None = None
    turns: tuple[Turn, ...] = ()
    version: int = 1


class AtPost(msgspec.Struct, frozen=True):
    """A unit's post just now and until when."""

    position: FixedPosition
    until: datetime


class Posts:
    """All fixed positions by unit. zone: of the city, in whose time the turns are said."""

    def __init__(self, positions: Iterable[FixedPosition], zone: tzinfo) -> None:
        self.positions = tuple(positions)
        self._zone = zone
        self._turns: dict[UUID, list[tuple[FixedPosition, Turn]]] = {}
        for position in self.positions:
            for turn in position.turns:
                self._turns.setdefault(turn.unit_id, []).append((position, turn))

    def of(self, unit_id: UUID, now: datetime) -> AtPost | None:
        """Where the unit has to stand now; of several turns at once the one that lasts longest."""
        found = [
            AtPost(position, until)
            for position, turn in self._turns.get(unit_id, ())
            if (until := ends(turn, now, self._zone)) is not None
        ]
        return max(found, key=lambda post: post.until, default=None)
