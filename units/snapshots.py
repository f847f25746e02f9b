"""The newest fixes in columns, and the messages in which replicas hand them to each other.

A replica that starts late, or lost its bus for a while, merges these messages and ends with the same index as the rest.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.coordinates import are_positions
from units.errors import UnitError
from units.history import KEPT, RECORD
from units.positions import NEVER_MS

VERSION = 1
MAX_ROWS = 65_536


class SnapshotUnreadable(UnitError):
    """This is no snapshot of positions of version 1; nothing of it was used."""

    code = "snapshot_unreadable"


_TYPES = {
    "handle": "<u4",
    "speed_mps": "<f4",
    "heading_deg": "<f4",
    "accuracy_m": "<f4",
    "lon": "<f8",
    "lat": "<f8",
}


@dataclass(slots=True, eq=False)
class Fixes:
    """Newest fixes in columns of equal length. Times in ms; NaN says unknown; NEVER_MS never.

    t_ms is corrected: the terminal said t_ms + offset_ms. heard_ms is when anything was last received.
    """

    t_ms: NDArray[np.int64]
    received_ms: NDArray[np.int64]
    heard_ms: NDArray[np.int64]
    speed_mps: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    accuracy_m: NDArray[np.float32]
    offset_ms: NDArray[np.int64]
    offset_since_ms: NDArray[np.int64]

    @classmethod
    def empty(cls, rows: int) -> Self:
        """Rows of units that were never seen. What belongs to one unit lies side by side in memory: one fix, one place."""
        records = np.zeros(rows, [(field.name, _TYPES.get(field.name, "<i8")) for field in fields(cls)])
        for name in ("t_ms", "received_ms", "heard_ms", "offset_since_ms"):
            records[name] = NEVER_MS
        for name in ("speed_mps", "heading_deg", "accuracy_m"):
            records[name] = np.nan
        return cls(*(records[field.name] for field in fields(cls)))

    def grown(self, more: int) -> Self:
        """The same with more rows, never seen."""
        rows = len(self.t_ms)
        new = type(self).empty(rows + more)
        for field in fields(self):
            getattr(new, field.name)[:rows] = getattr(self, field.name)
        return new

    def rows(self, which: NDArray[np.intp]) -> Self:
        """A copy of these rows."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Little-endian columns as bytes, in the types of `Fixes`; handle u32, lon and lat f64 degrees WGS-84.

    `before` holds the records of `units.history`; older replicas send none.
    """

    v: int
    handle: bytes
    lon: bytes
    lat: bytes
    t_ms: bytes
    received_ms: bytes
    heard_ms: bytes
    speed_mps: bytes
    heading_deg: bytes
    accuracy_m: bytes
    offset_ms: bytes
    offset_since_ms: bytes
    before: bytes = b""


_COLUMNS = _Message.__struct_fields__[1:-1]
_DECODER = msgspec.msgpack.Decoder(_Message)


def encode_fixes(
    handle: NDArray[np.uint32],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    fixes: Fixes,
    before: NDArray[np.void],
) -> bytes:
    """One message of a snapshot (msgpack). `before`: the history records of these units."""
    columns: dict[str, NDArray[Any]] = {"handle": handle, "lon": lon, "lat": lat}
    columns |= {field.name: getattr(fixes, field.name) for field in fields(fixes)}
    raw = {name: columns[name].astype(_TYPES.get(name, "<i8"), copy=False).tobytes() for name in _COLUMNS}
    return msgspec.msgpack.encode(_Message(v=VERSION, before=before.tobytes(), **raw))


def decode_fixes(
    message: bytes,
) -> tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.float64], Fixes, NDArray[np.void] | None]:
    """(handle, lon, lat, fixes, history or None) of one message; SnapshotUnreadable when it is anything else."""
    try:
        read = _DECODER.decode(message)
        columns = {name: np.frombuffer(getattr(read, name), _TYPES.get(name, "<i8")) for name in _COLUMNS}
        before = np.frombuffer(read.before, RECORD).reshape(-1, KEPT) if read.before else None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise SnapshotUnreadable(f"This is no snapshot of positions: {error}.") from error
    if read.v != VERSION:
        raise SnapshotUnreadable(f"This snapshot has version {read.v}; this replica reads version {VERSION}.")
    lengths = {len(column) for column in columns.values()} | ({len(before)} if before is not None else set())
    if len(lengths) != 1 or len(columns["handle"]) > MAX_ROWS:
        raise SnapshotUnreadable("The columns of this snapshot differ in length or are too long.")
    if not np.all(are_positions(columns["lon"], columns["lat"])):
        raise SnapshotUnreadable("A position in this snapshot lies nowhere on earth.")
    fixes = Fixes(*(columns[field.name] for field in fields(Fixes)))
    return columns["handle"], columns["lon"], columns["lat"], fixes, before
