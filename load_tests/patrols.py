"""Thousands of patrols for measurements: half of them crowded around forty centres, all moving like traffic."""

import hashlib
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from units.frames import Frame
from units.live import LiveUnits
from units.roll import Entry

WEST, SOUTH, EAST, NORTH = 116.1, 39.6, 116.7, 40.2
START_MS = 1_790_000_000_000
SIDE = 14
ROOMS = SIDE * SIDE
METRES_A_DEGREE = 111_320.0


class Patrols:
    """`count` units with handles from 1; three of five are available."""

    turns_s: float | None = None
    """Whoever drives turns round so often; None: never."""

    def __init__(self, count: int, seed: int = 110) -> None:
        self.chance = np.random.default_rng(seed)
        self.count = count
        self.handles = np.arange(1, count + 1, dtype=np.uint32)
        self.available = self.handles % 5 < 3
        centres = self.chance.uniform((WEST, SOUTH), (EAST, NORTH), (40, 2))
        crowded = centres[self.chance.integers(0, 40, count)] + self.chance.normal(0, 0.01, (count, 2))
        scattered = self.chance.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))
        places = np.where(self.chance.random((count, 1)) < 0.5, crowded, scattered)
        self.lon, self.lat = places[:, 0].copy(), places[:, 1].copy()
        self._set_out()

    @classmethod
    def of(cls, places: Sequence[tuple[int, float, float]], turns_s: float) -> Self:
        """Units of a city that is there (handle, lon, lat), each from where it stands; half of them drive to and fro."""
        made = cls(len(places))
        handles, lon, lat = zip(*places, strict=True)
        made.handles = np.array(handles, np.uint32)
        made.lon, made.lat = np.array(lon), np.array(lat)
        made.turns_s = turns_s
        made._set_out()
        return made

    def _set_out(self) -> None:
        heading = self.chance.uniform(0, 2 * np.pi, self.count)
        speed_mps = np.where(
            self.chance.random(self.count) < 0.5, self.chance.uniform(3, 18, self.count), 0.0
        )
        self._dlon = np.sin(heading) * speed_mps / METRES_A_DEGREE / np.cos(np.radians(self.lat))
        self._dlat = np.cos(heading) * speed_mps / METRES_A_DEGREE
        self._speed = speed_mps.astype(np.float32)
        self._heading = np.degrees(heading).astype(np.float32)
        self._driven_s = 0.0

    def in_grid(self, side: int) -> NDArray[np.int64]:
        """In which square of a grid of so many a side each stands, row by row from the south-west: units belong where they are."""
        across = np.clip((self.lon - WEST) / (EAST - WEST) * side, 0, side - 1).astype(np.int64)
        up = np.clip((self.lat - SOUTH) / (NORTH - SOUTH) * side, 0, side - 1).astype(np.int64)
        return up * side + across

    def drive(self, seconds: float) -> None:
        """Half of them move on; the others stand."""
        self.lon += self._dlon * seconds
        self.lat += self._dlat * seconds
        self._driven_s += seconds
        if self.turns_s is not None and self._driven_s >= self.turns_s:
            self._driven_s, self._dlon, self._dlat = 0.0, -self._dlon, -self._dlat
            self._heading = (self._heading + 180) % 360

    def frames(self, t_ms: int, rows: int) -> list[Frame]:
        """Everybody's fix, in no order that would help, `rows` to a frame."""
        order = self.chance.permutation(self.count)
        return [self.frame(order[start : start + rows], t_ms) for start in range(0, self.count, rows)]

    def frame(self, which: NDArray[np.int64], t_ms: int) -> Frame:
        """The fixes of these rows."""
        times = np.full(len(which), t_ms, np.int64)
        accuracy = np.full(len(which), 5.0, np.float32)
        return Frame(
            self.handles[which],
            times,
            self.lon[which],
            self.lat[which],
            self._speed[which],
            self._heading[which],
            accuracy,
        )

    def index(self) -> LiveUnits:
        """A live index in which they are registered and not yet seen."""
        live, rooms = LiveUnits(capacity=self.count), self.in_grid(SIDE)
        for handle, available in zip(self.handles.tolist(), self.available.tolist(), strict=True):
            state = "available" if available else "busy"
            room = UUID(int=1 + int(rooms[handle - 1]))
            live.register(Entry(handle, UUID(int=handle), "car", "regular", room, frozenset(), state))
        return live

    def questions(self, count: int) -> list[tuple[float, float]]:
        """Places of incidents: half of them where the units are."""
        anywhere = self.chance.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))
        unit = self.chance.integers(0, self.count, count)
        near = np.stack((self.lon[unit], self.lat[unit]), axis=1) + self.chance.normal(0, 0.003, (count, 2))
        return [
            (float(lon), float(lat))
            for lon, lat in np.where(self.chance.random((count, 1)) < 0.5, anywhere, near)
        ]


def digest(handle: NDArray[Any], t_ms: NDArray[Any], lon: NDArray[Any], lat: NDArray[Any]) -> float:
    """The first 52 bits of a hash of these fixes, whatever their order, exact as a float; lon, lat in 1e-7 degree."""
    order = np.argsort(handle)
    columns = (np.asarray(column)[order].astype("<i8").tobytes() for column in (handle, t_ms, lon, lat))
    return float(int.from_bytes(hashlib.sha256(b"".join(columns)).digest()[:8]) >> 12)
