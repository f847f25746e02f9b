"""How many regular units a room and those below have on duty and free, and how many its duty level wants to stay free.

One count (`counting`) for the strip, for who watches it and for the words of a ranking, so that none says another number. Pure.
"""

from collections.abc import Mapping
from math import ceil
from uuid import UUID

import msgspec

from dispatch.levels.file import Level
from dispatch.rooms import Reference


class Cover(msgspec.Struct, frozen=True):
    """Units of a room and below: on duty, free, and how many should be; short: how many too few."""

    on_duty: int
    free: int
    wanted: int
    short: int


def wanted_of(level: Level, on_duty: int) -> int:
    """How many of so many should stay free: the share of the level, but never all, or nobody could ever be sent."""
    share = ceil(round((level.min_free or 0.0) * on_duty, 6))
    return max(min(share, on_duty - 1), 0)


class FreeUnits:
    """A count at one moment. on_duty, free: by the room that orders them, without those below it."""

    def __init__(self, reference: Reference, on_duty: Mapping[UUID, int], free: Mapping[UUID, int]) -> None:
        self._reference = reference
        self._on_duty, self._free = self._added_up(on_duty), self._added_up(free)

    def _added_up(self, own: Mapping[UUID, int]) -> dict[UUID, int]:
        rooms, found = self._reference.rooms.by_id, dict[UUID, int]()
        for room_id, count in own.items():
            for above in rooms[room_id].lineage if room_id in rooms else ():
                found[above] = found.get(above, 0) + count
        return found

    def of(self, room_id: UUID, level: Level | None = None) -> Cover:
        """A room with those below it. level: that is to hold there, None: the one that does."""
        on_duty, free = self._on_duty.get(room_id, 0), self._free.get(room_id, 0)
        wanted = wanted_of(level or self._reference.level_of(room_id), on_duty)
        return Cover(on_duty, free, wanted, max(wanted - free, 0))

    def left_without(self, room_id: UUID) -> tuple[UUID, int, int] | None:
        """The nearest room that would have too few without one more of this room's: (room, how many are left, wanted)."""
        room = self._reference.rooms.by_id.get(room_id)
        for above in room.lineage if room is not None else ():
            cover = self.of(above)
            if cover.free - 1 < cover.wanted:
                return above, max(cover.free - 1, 0), cover.wanted
        return None


def asks(reference: Reference) -> bool:
    """Whether any level that holds somewhere wants units to stay free: mostly none does, and nobody need count."""
    board = reference.board
    holding = [board.levels.everyday, *(board.levels.get(code) for code in board.ordered.values())]
    return any(level is not None and level.min_free for level in holding)
