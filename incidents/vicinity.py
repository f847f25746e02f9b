"""Which open incidents lie around a place, newest first: the part of the search for duplicates that every alarm asks.

Each H3 cell that was ever asked about keeps a row of the newest incidents of its disk, so that an alarm in a crowded
quarter reads one row instead of sorting nineteen. A row that has lost too many is made anew from the cells.
"""

import heapq
from bisect import bisect_left, insort
from collections import deque
from itertools import islice
from operator import attrgetter

from geo import cells
from incidents.likeness import OpenIncident

CELL_RES = 8
# Two rings of res-8 cells hold every point within likeness.REACH_M of any point of the middle cell (a test walks the globe).
RINGS = 2
ROW_ENTRIES = 120
_DISKS_KEPT = 50_000
_order = attrgetter("order")


class Entry:
    """An incident at its place in time. order: (last alarm in ms, a number); live: False once it was lifted."""

    __slots__ = ("incident", "live", "order")

    def __init__(self, incident: OpenIncident, serial: int) -> None:
        self.incident = incident
        self.order = (incident.last_alarm_ms, serial)
        self.live = True


class Vicinity:
    """Entries by cell, and rows of the newest by disk."""

    def __init__(self) -> None:
        self._cells: dict[int, list[Entry]] = {}
        self._rows: dict[int, deque[Entry]] = {}
        self._disks: dict[int, tuple[int, ...]] = {}

    def place(self, entry: Entry, cell15: int) -> None:
        """Put an entry where its incident is."""
        cell = cells.parent(cell15, CELL_RES)
        found = self._cells.setdefault(cell, [])
        if not found or found[-1].order < entry.order:
            found.append(entry)
        else:
            insort(found, entry, key=_order)
        for middle in self._disk(cell):  # a cell lies in the disk of every cell in its own disk
            row = self._rows.get(middle)
            if row is None:
                continue
            if row and row[-1].order > entry.order:
                del self._rows[middle]
            else:
                row.append(entry)

    def lift(self, entry: Entry, cell15: int) -> None:
        """Take it away; rows only learn that it is no longer live."""
        entry.live = False
        cell = cells.parent(cell15, CELL_RES)
        found = self._cells[cell]
        del found[bisect_left(found, entry.order, key=_order)]
        if not found:
            del self._cells[cell]

    def newest(self, cell15: int, oldest_ms: int, most: int) -> list[OpenIncident]:
        """The incidents of the disk around, newest first, none older than that; `most`: up to ROW_ENTRIES."""
        middle = cells.parent(cell15, CELL_RES)
        row = self._rows.get(middle)
        if row is None:
            row = self._rows[middle] = self._made(middle)
        found = _newest_of(row, oldest_ms, most)
        if len(found) == most or len(row) < ROW_ENTRIES or row[0].order[0] < oldest_ms:
            return found
        # Older ones fell out of the row that would have their turn now.
        row = self._rows[middle] = self._made(middle)
        return _newest_of(row, oldest_ms, most)

    def _made(self, middle: int) -> deque[Entry]:
        if len(self._rows) >= _DISKS_KEPT:
            self._rows.clear()
        lists = [found for cell in self._disk(middle) if (found := self._cells.get(cell))]
        newest = list(islice(heapq.merge(*map(reversed, lists), key=_order, reverse=True), ROW_ENTRIES))
        return deque(reversed(newest), maxlen=ROW_ENTRIES)

    def _disk(self, cell: int) -> tuple[int, ...]:
        disk = self._disks.get(cell)
        if disk is None:
            if len(self._disks) >= _DISKS_KEPT:
                self._disks.clear()
            disk = self._disks[cell] = tuple(cells.disk(cell, RINGS))
        return disk


def _newest_of(row: deque[Entry], oldest_ms: int, most: int) -> list[OpenIncident]:
    found = []
    for entry in reversed(row):
        if entry.live:
            if entry.order[0] < oldest_ms:
                break
            found.append(entry.incident)
            if len(found) == most:
                break
    return found
