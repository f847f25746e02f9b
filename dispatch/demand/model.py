"""Expected calls by H3 cell and hour of the week, from what came before; spread thin over the ground where nothing has yet.

One hour alone says little: its neighbours and the same hour of other days count too, less. Pure.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from geo.cells import middle

RES = 8
"""About 0.7 km²: a few streets."""
HOURS = 168
DAY_H = 24
WEEKS = 8
"""So far back is looked."""
BESIDE, OTHER_DAYS = 0.5, 0.15
"""What the hour before and after, and the same hour of each other day, count beside the hour itself."""
EVENLY = 0.2
"""This share of all calls is expected anywhere, evenly: a quiet street is no desert."""

VERSION_BYTES = 6

type Floats = NDArray[np.float64]


class Seen(NamedTuple):
    """So many incidents in one cell in one hour of the week (0: Monday, midnight to one)."""

    cell: int
    hour: int
    incidents: int


class Expected(NamedTuple):
    """Where calls are expected in one hour: middles of cells (degrees), the share of each (together 1), calls in all that hour."""

    cells: NDArray[np.int64]
    lon: Floats
    lat: Floats
    share: Floats
    calls: float


class Demand:
    """Of one city. ground: cells in which something may happen at all; seen: what has, within so many weeks.

    owners: the room that answers for a cell, where that is known; version: of what it was made of.
    """

    def __init__(
        self,
        ground: Iterable[int],
        seen: Sequence[Seen],
        weeks: float = WEEKS,
        owners: Mapping[int, UUID] | None = None,
    ) -> None:
        self.cells = np.array(sorted({*ground, *(one.cell for one in seen)}), np.int64)
        places = [middle(cell) for cell in self.cells.tolist()]
        self.lon, self.lat = np.array(places).reshape(-1, 2).T
        counts = np.zeros((HOURS, len(self.cells)))
        rows = {cell: n for n, cell in enumerate(self.cells.tolist())}
        for one in seen:
            counts[one.hour, rows[one.cell]] += one.incidents
        self._counts = counts / max(weeks, 1.0)
        self.owners = tuple((owners or {}).get(cell) for cell in self.cells.tolist())
        told = hashlib.blake2b(self.cells.tobytes() + self._counts.tobytes(), digest_size=VERSION_BYTES)
        self.version = told.hexdigest()

    def at(self, hour: int) -> Expected | None:
        """What is expected in this hour of the week; None where there is no ground at all."""
        if not len(self.cells):
            return None
        told = _around(self._counts, hour % HOURS)
        whole = told.sum()
        evenly = np.full(len(told), 1.0 / len(told))
        share = EVENLY * evenly + (1 - EVENLY) * told / whole if whole else evenly
        return Expected(self.cells, self.lon, self.lat, share, float(self._counts[hour % HOURS].sum()))


def hour_of_week(local: datetime) -> int:
    """0 to 167, from Monday midnight, on the city's own clock."""
    return local.weekday() * DAY_H + local.hour


def _around(counts: Floats, hour: int) -> Floats:
    """The counts of an hour with those of hours like it, weighted."""
    told = counts[hour] + BESIDE * (counts[(hour - 1) % HOURS] + counts[(hour + 1) % HOURS])
    days = [(hour + DAY_H * n) % HOURS for n in range(1, HOURS // DAY_H)]
    return np.asarray(told + OTHER_DAYS * counts[days].sum(axis=0))
