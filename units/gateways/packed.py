"""`cad.fixb`: fixes as packed records of 32 bytes, for gateways that carry a whole city each second.

A record, little-endian: u32 handle, u32 flags, i64 t in ms, i32 lon and i32 lat in 1e-7 degree, u16 speed in cm/s, u16 heading in
0.01 degree, u16 accuracy in dm, u16 reserved; 0xFFFF says unknown. Flags: bits 0-1 name the datum (0 WGS84, 1 CGCS2000,
2 GCJ02, 3 BD09), the same in all records of a frame; the other bits are ignored.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.datums import Datum
from units.frames import MAX_ROWS, Frame, FrameError, frame_of

RECORD = np.dtype(
    [
        ("handle", "<u4"),
        ("flags", "<u4"),
        ("t_ms", "<i8"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("speed", "<u2"),
        ("heading", "<u2"),
        ("accuracy", "<u2"),
        ("reserved", "<u2"),
    ]
)
UNKNOWN = 0xFFFF
DATUMS = (Datum.WGS84, Datum.CGCS2000, Datum.GCJ02, Datum.BD09)

_DATUM_BITS = 0x3
_MOST_BYTES = MAX_ROWS * RECORD.itemsize
_MOTION = slice(12, 15)  # speed, heading and accuracy are three neighbours of the 16 u16 of a record
_MOTION_UNITS = np.array((0.01, 0.01, 0.1), np.float32)


def decode(payload: bytes) -> Frame:
    """The frame of 1 to 1,000 records; FrameError when the length is anything else or the datums differ."""
    rows, rest = divmod(len(payload), RECORD.itemsize)
    if rest or not 1 <= rows <= MAX_ROWS:
        raise FrameError(
            f"A packed frame is 1 to {MAX_ROWS} records of {RECORD.itemsize} bytes; this one has {len(payload)} bytes."
        )
    frame = _read(payload)
    if frame is None:
        raise FrameError("The records of a packed frame must all have the same datum in their flags.")
    return frame


def decode_together(payloads: Sequence[bytes]) -> Frame | None:
    """Many packed frames as one; None when that can't be done and each must be decoded by itself."""
    if not all(
        0 < len(payload) <= _MOST_BYTES and not len(payload) % RECORD.itemsize for payload in payloads
    ):
        return None
    return _read(b"".join(payloads))


def _read(payload: bytes) -> Frame | None:
    records = np.frombuffer(payload, RECORD)
    datums = records["flags"] & _DATUM_BITS
    if np.count_nonzero(datums != datums[0]):
        return None
    place = (records["lon"] * 1e-7, records["lat"] * 1e-7, DATUMS[datums[0]])
    codes = records.view("<u2").reshape(len(records), -1)[:, _MOTION]
    motion = codes * _MOTION_UNITS
    motion[codes == UNKNOWN] = np.nan
    return frame_of(records["handle"], records["t_ms"], place, motion)


def encode(frame: Frame, datum: Datum = Datum.WGS84) -> bytes:
    """The records of a frame. Its positions are written as they are; `datum` says what they are meant in."""
    records = np.zeros(len(frame), RECORD)
    records["handle"] = frame.handle
    records["flags"] = DATUMS.index(datum)
    records["t_ms"] = frame.t_ms
    records["lon"] = np.rint(frame.lon * 1e7)
    records["lat"] = np.rint(frame.lat * 1e7)
    records["speed"] = _code(frame.speed_mps, 100)
    records["heading"] = _code(frame.heading_deg, 100)
    records["accuracy"] = _code(frame.accuracy_m, 10)
    return records.tobytes()


def _code(values: NDArray[np.float32], per_unit: int) -> NDArray[np.uint16]:
    codes = np.where(np.isnan(values), UNKNOWN, np.minimum(np.rint(values * per_unit), UNKNOWN - 1))
    return codes.astype(np.uint16)
