"""One unit's fixes of one minute as a few hundred bytes, and back: the whole of a track is a row of these.

A row: u8 version, u8 which columns change after the second fix, u16 how many fixes; then fix by fix the zigzag varints of
t, lon, lat, speed, heading, accuracy: time and place as differences of differences, the rest as differences. After the
second fix only columns that change are written, so a unit that stands costs next to nothing. Little-endian.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from units.frames import Frame

MINUTE_MS = 60_000
VERSION = 1
UNKNOWN = 0xFFFF
DEGREE = 1e-6  # 11 cm: finer than any fix
# t in ms, place in DEGREE, speed in dm/s, heading in degrees, accuracy in metres.
RECORD = np.dtype(
    [
        ("handle", "<u4"),
        ("t_ms", "<i8"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("speed", "<u2"),
        ("heading", "<u2"),
        ("accuracy", "<u2"),
    ]
)

_HEADER = np.dtype([("version", "u1"), ("mask", "u1"), ("count", "<u2")])
_COLUMNS = ("t_ms", "lon", "lat", "speed", "heading", "accuracy")
_LONGEST = 5  # octets of a varint of 32 bits
OPENING_BYTES = 4 + 3 * _LONGEST + 1  # the header, and time and place of the first fix
_TWICE = 3  # so many of them as differences of differences
_MOST_IN_A_ROW = 0xFFFF
_BITS = 1 << np.arange(len(_COLUMNS), dtype=np.uint8)

type Records = NDArray[np.void]


class TrackUnreadable(ValueError):
    """This is no row of a track of version 1."""

    code = "track_unreadable"


class TrackRow(NamedTuple):
    """The fixes of one unit in one minute (minutes since 1970, UTC)."""

    handle: int
    minute: int
    fixes: int
    data: bytes


def records_of(frame: Frame, t_ms: NDArray[np.int64]) -> Records:
    """The fixes of a frame as a track keeps them, at these (corrected) times."""
    records = np.empty(len(frame), RECORD)
    records["handle"] = frame.handle
    records["t_ms"] = t_ms
    records["lon"] = np.rint(frame.lon / DEGREE)
    records["lat"] = np.rint(frame.lat / DEGREE)
    for name, values, per_unit in (
        ("speed", frame.speed_mps, 10),
        ("heading", frame.heading_deg, 1),
        ("accuracy", frame.accuracy_m, 1),
    ):
        records[name] = np.where(np.isnan(values), UNKNOWN, np.rint(values * per_unit))
    return records


def pack(records: Records) -> list[TrackRow]:
    """Rows by handle and minute; fixes said twice are kept once."""
    return list(_packed(_in_order(records))) if len(records) else []


def unpack(row: TrackRow) -> Records:
    """The fixes of a row, oldest first; TrackUnreadable when it is none."""
    values, mask, count = _values(row.data)
    whole = min(count, 2) * len(_COLUMNS)
    changing = np.flatnonzero(mask & _BITS)
    further = max(count - 2, 0)
    if not count or len(values) != whole + further * len(changing):
        raise TrackUnreadable(f"A row of unit {row.handle} does not hold the {count} fixes it says.")
    steps = np.zeros((count, len(_COLUMNS)), np.int64)
    steps[:2] = values[:whole].reshape(-1, len(_COLUMNS))
    steps[2:, changing] = values[whole:].reshape(further, len(changing))
    steps[1:, :_TWICE] = np.cumsum(steps[1:, :_TWICE], axis=0)
    columns = np.cumsum(steps, axis=0)
    records = np.empty(count, RECORD)
    records["handle"] = row.handle
    for number, name in enumerate(_COLUMNS):
        records[name] = columns[:, number]
    records["t_ms"] += row.minute * MINUTE_MS
    return records


def openings(rows: Sequence[TrackRow]) -> Records:
    """The first fix of each row with its time and place alone, read without the rest: OPENING_BYTES of each row are enough."""
    records = np.full(len(rows), UNKNOWN, RECORD)
    if not rows:
        return records
    heads = b"".join(row.data[:OPENING_BYTES].ljust(OPENING_BYTES, b"\0") for row in rows)
    octets = np.frombuffer(heads, np.uint8).reshape(len(rows), OPENING_BYTES)
    if (octets[:, 0] != VERSION).any():
        raise TrackUnreadable
    at = np.full(len(rows), _HEADER.itemsize)
    for name in _COLUMNS[:_TWICE]:
        records[name] = _next_values(octets, at)
    records["handle"] = [row.handle for row in rows]
    records["t_ms"] += np.array([row.minute for row in rows], np.int64) * MINUTE_MS
    return records


def _next_values(octets: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """One varint of every row, which begins at `at` and is stepped over."""
    zigzag = np.zeros(len(octets), np.uint64)
    rows, more = np.arange(len(octets)), np.ones(len(octets), np.bool_)
    for place in range(_LONGEST):
        octet = octets[rows, at]
        zigzag += np.where(more, octet & 0x7F, 0).astype(np.uint64) << np.uint64(7 * place)
        at += more
        more &= octet >= 0x80
    return (zigzag >> np.uint64(1)).astype(np.int64) ^ -(zigzag & np.uint64(1)).astype(np.int64)


def merged(rows: list[TrackRow]) -> list[TrackRow]:
    """Rows of which several may be of one unit and minute, those joined."""
    return pack(np.concatenate([unpack(row) for row in rows])) if rows else []


def _in_order(records: Records) -> Records:
    """By unit and time, once each; of two with one time the greater place."""
    order = np.lexsort((records["lat"], records["lon"], records["t_ms"], records["handle"]))
    records = records[order]
    again = (records["handle"][1:] == records["handle"][:-1]) & (records["t_ms"][1:] == records["t_ms"][:-1])
    once: Records = records[np.append(~again, True)]
    return once


def _packed(records: Records) -> Iterator[TrackRow]:
    minute = records["t_ms"] // MINUTE_MS
    turns = (
        np.flatnonzero((records["handle"][1:] != records["handle"][:-1]) | (minute[1:] != minute[:-1])) + 1
    )
    starts = np.append(0, turns)
    counts = np.diff(np.append(starts, len(records)))
    rank = np.arange(len(records)) - np.repeat(starts, counts)  # which fix of its row
    steps = _steps(records, rank)
    changes = np.logical_or.reduceat((steps != 0) & (rank > 1)[:, np.newaxis], starts, axis=0)
    kept = np.repeat(changes, counts, axis=0) | (rank < 2)[:, np.newaxis]
    data, ends = _varints(steps[kept])
    # Where a row's last varint ends: after as many values as are kept up to it.
    row_ends = ends[np.cumsum(np.add.reduceat(kept.sum(axis=1), starts)) - 1].tolist()
    headers = np.zeros(len(starts), _HEADER)
    headers["version"], headers["mask"], headers["count"] = VERSION, changes @ _BITS, counts
    heads, whole = headers.tobytes(), data.tobytes()
    begin = 0
    rows = zip(
        records["handle"][starts].tolist(), minute[starts].tolist(), counts.tolist(), row_ends, strict=True
    )
    for number, (handle, at, count, end) in enumerate(rows):
        yield TrackRow(handle, at, count, heads[4 * number : 4 * number + 4] + whole[begin:end])
        begin = end


def _steps(records: Records, rank: NDArray[np.intp]) -> NDArray[np.int64]:
    """By row of fixes and column what is written: the first value, the first difference, then as said above."""
    values = np.empty((len(records), len(_COLUMNS)), np.int64)
    for number, name in enumerate(_COLUMNS):
        values[:, number] = records[name]
    values[:, 0] %= MINUTE_MS
    steps = values.copy()
    later = rank > 0
    steps[later] = values[later] - values[np.flatnonzero(later) - 1]
    twice = steps[:, :_TWICE].copy()
    third = np.flatnonzero(rank > 1)
    steps[third, :_TWICE] = twice[third] - twice[third - 1]
    return steps


def _varints(values: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Zigzag varints one after another, and where each ends."""
    zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    sizes = np.ones(len(values), np.int64)
    for bits in range(7, 64, 7):
        longer = zigzag >= np.uint64(1 << bits)
        if not np.count_nonzero(longer):
            break
        sizes += longer
    ends = np.cumsum(sizes)
    starts = ends - sizes
    data = np.empty(int(ends[-1]), np.uint8)
    data[starts] = zigzag & np.uint64(0x7F)
    for place in range(1, int(sizes.max())):
        rows = np.flatnonzero(sizes > place)
        data[starts[rows] + place] = (zigzag[rows] >> np.uint64(7 * place)) & np.uint64(0x7F)
        data[starts[rows] + place - 1] |= 0x80
    return data, ends


def _values(data: bytes) -> tuple[NDArray[np.int64], np.uint8, int]:
    if len(data) < _HEADER.itemsize + 1 or data[0] != VERSION or data[-1] & 0x80:
        raise TrackUnreadable
    header = np.frombuffer(data, _HEADER, 1)[0]
    raw = np.frombuffer(data, np.uint8, offset=_HEADER.itemsize)
    starts = np.append(0, np.flatnonzero(raw < 0x80)[:-1] + 1)
    place = np.arange(len(raw)) - np.repeat(starts, np.diff(np.append(starts, len(raw))))
    if place.max() > 8:
        raise TrackUnreadable
    zigzag: NDArray[Any] = np.add.reduceat(
        (raw & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64), starts
    )
    values = (zigzag >> np.uint64(1)).astype(np.int64) ^ -(zigzag & np.uint64(1)).astype(np.int64)
    return values, header["mask"], int(header["count"])
