"""The hub of the live feed on one replica: every change goes to every seat that may see it, every tick of positions too.

It knows no network, no database and no clock, and never waits: a seat that cannot keep up is cut, the others are not
held up by it.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from geo.cells import cell_shape
from units.wire import Sheet
from web.live_messages import Bounds, Change, Entity, Key
from web.live_seats import Outbox, Seat

METRES_PER_DEGREE = 110_500.0  # of latitude at the least, anywhere on the ellipsoid

type RoomTable = Callable[[frozenset[UUID]], NDArray[np.bool_]]
"""Rooms -> mask over the room codes of a sheet (`LiveUnits.room_codes`)."""


class Hub:
    """Who listens, and how far the feed has come.

    Args:
        head: seq of the last row that was published before anybody listened.
    """

    def __init__(self, head: int = 0) -> None:
        self.head = head
        self.lines: set[Outbox] = set()
        self._seats: set[Seat] = set()

    def __len__(self) -> int:
        return len(self._seats)

    def attach(self, seat: Seat) -> bool:
        """Tell the seat every change from now on; False while it has not yet been told what was published before."""
        if seat.cursor < self.head:
            return False
        self._seats.add(seat)
        return True

    def detach(self, seat: Seat) -> None:
        """Tell it nothing more; harmless when it was never attached."""
        self._seats.discard(seat)

    def publish(self, changes: Iterable[Change]) -> None:
        """Tell all seats, in order of seq."""
        for change in changes:
            for seat in self._seats:
                seat.tell(change)
            self.head = max(self.head, change.seq)

    def whisper(self, key: Key, entity: Entity, said: bytes, gone: bytes) -> None:
        """Tell all seats what is in no ledger; later ones take the place of earlier ones."""
        for seat in list(self._seats):
            seat.whisper(key, entity, said, gone)

    def tell_present(self, incident_id: UUID, said: bytes) -> None:
        """Tell who has an incident open to every room's seat that has it on its screen."""
        for seat in self._seats:
            if seat.room_id is not None and seat.has(("incident", incident_id)):
                seat.outbox.put(said)

    def beat(self, heartbeat: bytes) -> None:
        """Let idle lines know that they live; a line with anything pending shows that by itself."""
        for line in self.lines:
            if not len(line):
                line.put(heartbeat)

    def tick(self, sheet: Sheet, room_table: RoomTable) -> None:
        """Give every seat the positions it may see and wants; equal parts are cut once."""
        frames: dict[tuple[frozenset[UUID], tuple[Bounds, ...] | None], bytes | None] = {}
        rooms: dict[frozenset[UUID], NDArray[np.bool_]] = {}
        ground = _Ground(sheet.cells)
        for seat in self._seats:
            part = (seat.rooms, seat.view)
            if part not in frames:
                allowed = rooms.get(seat.rooms)
                if allowed is None:
                    allowed = rooms[seat.rooms] = room_table(seat.rooms)[sheet.rooms]
                frames[part] = sheet.frame(allowed & ground.inside(seat.view))
            frame = frames[part]
            if frame is not None:
                seat.outbox.put_frame(frame)


class _Ground:
    """The cells of a tick by their boxes, each once however many rooms have units in it: asked by every seat."""

    def __init__(self, cells: NDArray[np.uint64]) -> None:
        first = np.append(True, cells[1:] != cells[:-1])[: len(cells)]  # a sheet is sorted by cell
        boxes = np.array([_box(cell) for cell in cells[first].tolist()], np.float64).reshape(-1, 4)
        self._wests, self._souths, self._easts, self._norths = np.ascontiguousarray(boxes.T)
        self._of_group = first.cumsum() - 1
        self._beyond = len(boxes) > 0 and bool(self._wests.min() < -180.0 or self._easts.max() > 180.0)

    def inside(self, view: tuple[Bounds, ...] | None) -> NDArray[np.bool_]:
        """Which groups of the sheet lie in cells that may hold a point of the view."""
        if view is None:
            return np.ones(len(self._of_group), np.bool_)
        inside = np.zeros(len(self._wests), np.bool_)
        for west, south, east, north in view:
            across = east if west <= east else east + 360.0
            for turn in (-360.0, 0.0, 360.0) if self._beyond or across != east else (0.0,):
                wide = (self._wests <= across - turn) & (self._easts >= west - turn)
                inside |= wide & (self._souths <= north) & (self._norths >= south)
        return inside.take(self._of_group)


@lru_cache(maxsize=2**16)
def _box(cell: int) -> Bounds:
    """west, south, east, north around a cell; longitudes may lie beyond 180 degrees."""
    shape = cell_shape(cell)
    lat_reach = shape.outer_m / METRES_PER_DEGREE
    poleward = min(abs(shape.lat) + lat_reach, 90.0)
    shrink = math.cos(math.radians(poleward))
    lon_reach = min(lat_reach / shrink, 180.0) if shrink > 1e-6 else 180.0
    return (shape.lon - lon_reach, shape.lat - lat_reach, shape.lon + lon_reach, shape.lat + lat_reach)
