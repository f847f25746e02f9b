"""Binary position frames of the live feed: the moving dots on every console, encoded once and cut per seat.

Layout, little-endian: u8 kind, u8 version, u16 reserved, u32 count, u64 tick ms; then the columns u32 handle, i32 lon, i32 lat
(1e-7 degree), u16 heading (0.01 degree, 65535 unknown), u16 age (0.1 s, 65535 older), u8 speed (m/s, 255 unknown),
u8 state (low nibble: index in `units.roll.PROGRESS`, high nibble: index in QUALITY).
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KIND_POSITIONS = 1
VERSION = 1
QUALITY = ("good", "poor", "lost", "never", "doubtful")

_HEADER = struct.Struct("<BBHIQ")
_MAX_AGE = 65_534


@dataclass(frozen=True, slots=True, eq=False)
class PositionColumns:
    """Positions of units at one moment, in columns of equal length; NaN says unknown.

    handle u32; lon, lat f64 degrees; heading_deg f32; age_ms i64; speed_mps f32; progress u8 (PROGRESS); quality u8
    (QUALITY); cell u64 (H3 resolution 7); room i32 (code of the live index, see `LiveUnits.room_codes`).
    """

    handle: NDArray[np.uint32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    heading_deg: NDArray[np.float32]
    age_ms: NDArray[np.int64]
    speed_mps: NDArray[np.float32]
    progress: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    cell: NDArray[np.uint64]
    room: NDArray[np.int32]


class Sheet:
    """One tick of positions, encoded and sorted by (cell, room), so that each console's part is a handful of slices.

    `cells` and `rooms` name the groups; give `frame` a mask over them.
    """

    def __init__(self, positions: PositionColumns, tick_ms: int) -> None:
        order = np.lexsort((positions.handle, positions.room, positions.cell))
        cell, room = positions.cell[order], positions.room[order]
        turns = np.flatnonzero((cell[1:] != cell[:-1]) | (room[1:] != room[:-1])) + 1
        self._starts = np.append(0, turns) if len(order) else np.empty(0, np.intp)
        self._counts = np.diff(np.append(self._starts, len(order)))
        self.cells: NDArray[np.uint64] = cell[self._starts]
        self.rooms: NDArray[np.int32] = room[self._starts]
        self.tick_ms = tick_ms
        self._numbers = np.arange(len(order))
        self._columns = [column[order] for column in _encoded(positions)]
        self._whole: bytes | None = None

    def __len__(self) -> int:
        return int(self._counts.sum())

    def frame(self, groups: NDArray[np.bool_] | None = None) -> bytes | None:
        """The binary frame of the groups in the mask (None: all of them); None when nobody is in it."""
        chosen = None if groups is None else np.flatnonzero(groups)
        if chosen is None or len(chosen) == len(self._counts):
            if self._whole is None:
                self._whole = self._pack(self._columns)
            return self._whole if len(self) else None
        if not len(chosen):
            return None
        # Row numbers of all chosen slices at once: each slice's start, less the rows before it, plus a running number.
        counts = self._counts.take(chosen)
        ends = counts.cumsum()
        rows = (self._starts.take(chosen) - ends + counts).repeat(counts)
        rows += self._numbers[: len(rows)]
        return self._pack([column.take(rows) for column in self._columns])

    def _pack(self, columns: list[NDArray[Any]]) -> bytes:
        header = _HEADER.pack(KIND_POSITIONS, VERSION, 0, len(columns[0]), self.tick_ms)
        return b"".join((header, *(column.tobytes() for column in columns)))


def _encoded(positions: PositionColumns) -> list[NDArray[Any]]:
    heading = np.where(np.isnan(positions.heading_deg), 65_535, np.rint(positions.heading_deg * 100) % 36_000)
    speed = np.where(np.isnan(positions.speed_mps), 255, np.minimum(np.rint(positions.speed_mps), 254))
    age = positions.age_ms // 100
    return [
        positions.handle.astype("<u4"),
        np.rint(positions.lon * 1e7).astype("<i4"),
        np.rint(positions.lat * 1e7).astype("<i4"),
        heading.astype("<u2"),
        np.where(age > _MAX_AGE, 65_535, age).astype("<u2"),
        speed.astype("<u1"),
        (positions.progress | (positions.quality << 4)).astype("<u1"),
    ]


def decode_positions(frame: bytes) -> tuple[int, NDArray[Any]]:
    """(tick ms, structured array) of a position frame, as a client reads it; ValueError when it is none.

    Fields: handle, lon, lat (1e-7 degree), heading (0.01 degree), age (0.1 s), speed (m/s), state.
    """
    if len(frame) < _HEADER.size:
        raise ValueError("a position frame is at least 16 bytes")
    kind, version, _, count, tick_ms = _HEADER.unpack_from(frame)
    if (kind, version) != (KIND_POSITIONS, VERSION) or len(frame) != _HEADER.size + count * ROW.itemsize:
        raise ValueError(f"no position frame of kind {KIND_POSITIONS}, version {VERSION} with {count} rows")
    rows = np.empty(count, ROW)
    offset = _HEADER.size
    for name in ROW.names or ():
        column = ROW[name]
        rows[name] = np.frombuffer(frame, column, count, offset)
        offset += count * column.itemsize
    return tick_ms, rows


ROW = np.dtype(
    [
        ("handle", "<u4"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("heading", "<u2"),
        ("age", "<u2"),
        ("speed", "u1"),
        ("state", "u1"),
    ]
)
