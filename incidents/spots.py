"""Open incidents by where they are, so that whatever holds somewhere asks those around it and not all of them.

Squares of a hundredth of a degree; what a box reaches is read from its squares, or from all that are taken where those are fewer.
"""

import math
from collections.abc import Iterable
from uuid import UUID

from incidents.likeness import OpenIncident

SQUARES_A_DEGREE = 100

type Square = tuple[int, int]


class Spots:
    """Incidents whose place is known, by square. One writer, no lock."""

    def __init__(self) -> None:
        self._squares: dict[Square, dict[UUID, OpenIncident]] = {}

    def put(self, incident: OpenIncident) -> None:
        """Take in an incident where it is; without a place it is nowhere."""
        if incident.lon is not None and incident.lat is not None:
            self._squares.setdefault(_square(incident.lon, incident.lat), {})[incident.id] = incident

    def take(self, incident: OpenIncident) -> None:
        """Take it away from there."""
        if incident.lon is None or incident.lat is None:
            return
        square = _square(incident.lon, incident.lat)
        here = self._squares[square]
        del here[incident.id]
        if not here:
            del self._squares[square]

    def within(self, box: tuple[float, float, float, float]) -> list[OpenIncident]:
        """Those in a box: west, south, east, north, its borders included."""
        west, south, east, north = box
        return [
            one
            for square in self._touched(_square(west, south), _square(east, north))
            for one in self._squares.get(square, {}).values()
            if west <= (one.lon or 0.0) <= east and south <= (one.lat or 0.0) <= north
        ]

    def _touched(self, first: Square, last: Square) -> Iterable[Square]:
        columns, rows = range(first[0], last[0] + 1), range(first[1], last[1] + 1)
        if len(columns) * len(rows) > len(self._squares):
            return (one for one in self._squares if one[0] in columns and one[1] in rows)
        return ((column, row) for column in columns for row in rows)


def _square(lon: float, lat: float) -> Square:
    return math.floor(lon * SQUARES_A_DEGREE), math.floor(lat * SQUARES_A_DEGREE)
