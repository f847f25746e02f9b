"""Which duty level holds where: the highest that was ordered for a room or one above it. Pure, kept by every replica.

So a level ordered above reaches everything below, and lowering it never lowers what a room below ordered for itself.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from dispatch.levels.file import Level, LevelSet, shipped


class Board(msgspec.Struct, frozen=True):
    """The levels that hold. number: rises with every change of what holds; ordered: room -> code of the level ordered for it."""

    number: int
    levels: LevelSet
    ordered: Mapping[UUID, str] = {}

    def holds(self, lineage: Iterable[UUID]) -> Level:
        """The level in a room; lineage: itself and all above it."""
        found = [self.levels.rank.get(self.ordered[id_], 0) for id_ in lineage if id_ in self.ordered]
        return self.levels.levels[max(found, default=0)]

    def with_order(self, room_id: UUID, code: str | None) -> "Board":
        """The same after a level was ordered for a room; None: after what was ordered for it has ended."""
        ordered = {id_: one for id_, one in self.ordered.items() if id_ != room_id}
        if code is not None:
            ordered[room_id] = code
        return Board(self.number + 1, self.levels, ordered)


EVERYDAY = Board(0, shipped())
"""Nothing was ordered."""
