"""`cad.fix`: fixes as msgpack columns, the protocol that any language can send in ten lines.

`{"v":1,"units":[handle...],"t":[ms...],"lon":[...],"lat":[...],"speed":[m/s...],"heading":[deg...],"accuracy":[m...],
"datum":"WGS84"}`: 1 to 1,000 rows of equal length; speed, heading, accuracy and datum may be missing, and single values
of the first three may be nil for unknown.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.datums import Datum
from units.frames import MAX_ROWS, Frame, FrameError, frame_of

VERSION = 1
MAX_BYTES = 128 * 1024  # 1,000 rows of nine-byte numbers are half of it

_INT64 = np.iinfo(np.int64)
_FAR = 1e9  # beyond every true speed, heading and accuracy, and still a float32


class _Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    v: int
    units: list[int]
    t: list[int]
    lon: list[float]
    lat: list[float]
    speed: list[float | None] | None = None
    heading: list[float | None] | None = None
    accuracy: list[float | None] | None = None
    datum: Datum = Datum.WGS84


_DECODER = msgspec.msgpack.Decoder(_Columns)


def decode(payload: bytes) -> Frame:
    """The frame in these bytes; FrameError, with the column's name, when they are anything but what stands above."""
    if len(payload) > MAX_BYTES:
        raise FrameError(f"A frame has at most {MAX_BYTES} bytes; this one has {len(payload)}.")
    try:
        sent = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise FrameError(f"This is no msgpack frame of fixes: {error}.") from error
    if sent.v != VERSION:
        raise FrameError(f"A frame has version {VERSION}; this one says {sent.v}.")
    rows = len(sent.units)
    if not 1 <= rows <= MAX_ROWS:
        raise FrameError(f"A frame has 1 to {MAX_ROWS} rows; this one has {rows}.")
    for name in ("t", "lon", "lat", "speed", "heading", "accuracy"):
        column = getattr(sent, name)
        if column is not None and len(column) != rows:
            raise FrameError(
                f"The columns differ in length: units has {rows} rows, {name} has {len(column)}."
            )
    place = (np.array(sent.lon), np.array(sent.lat), sent.datum)
    motion = np.full((rows, 3), np.nan, np.float32)
    for number, column in enumerate((sent.speed, sent.heading, sent.accuracy)):
        if column is not None:
            motion[:, number] = np.clip(np.array(column, np.float64), -1.0, _FAR)  # None becomes NaN
    return frame_of(_integers(sent.units), _integers(sent.t), place, motion)


def _integers(values: list[int]) -> NDArray[np.int64]:
    """i64; what does not fit becomes -1, which no handle and no time is, and costs only its row."""
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array([value if _INT64.min <= value <= _INT64.max else -1 for value in values], np.int64)


def encode(frame: Frame, datum: Datum = Datum.WGS84) -> bytes:
    """The msgpack of a frame. Its positions are written as they are; `datum` says what they are meant in."""
    return msgspec.msgpack.encode(
        _Columns(
            VERSION,
            frame.handle.tolist(),
            frame.t_ms.tolist(),
            frame.lon.tolist(),
            frame.lat.tolist(),
            _optional(frame.speed_mps),
            _optional(frame.heading_deg),
            _optional(frame.accuracy_m),
            datum,
        )
    )


def _optional(values: NDArray[Any]) -> list[float | None] | None:
    """None for a column without any known value; nil for single unknown ones."""
    unknown = np.isnan(values)
    if unknown.all():
        return None
    return [
        None if missing else value for value, missing in zip(values.tolist(), unknown.tolist(), strict=True)
    ]
