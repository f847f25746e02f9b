"""A frame of fixes: what every terminal protocol is turned into before anything else looks at it.

A gateway codec reads bytes and returns a `Frame`; `units.live` applies it. What can't be read at all is a `FrameError`
and the whole frame goes to quarantine; one bad row costs only that row, which is listed in `Frame.rejected`.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from geo.datums import Datum, to_wgs84_columns
from units.errors import UnitError
from units.positions import out_of_range

MAX_ROWS = 1_000
EARLIEST_MS = (
    946_684_800_000  # 2000-01-01: before it a "time in ms" is one in seconds, or a receiver without a date
)
LATEST_MS = 4_102_444_800_000  # 2100-01-01: after it a time is in microseconds
# Speed in m/s, heading in degrees, accuracy in metres; the packed record can say no more.
MOST_MOTION = np.array((655.35, 360.0, 6553.5), np.float32)

type Floats = NDArray[np.floating[Any]]
type Ints = NDArray[np.integer[Any]]


class FrameError(UnitError):
    """The frame can't be read; nothing in it was used."""

    code = "frame_unreadable"


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was dropped at the door: the handle as it was sent, and a sentence."""

    handle: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Fixes in columns of equal length, WGS-84; NaN says unknown.

    handle u32; t_ms i64, ms since 1970 as the terminal said; lon, lat f64 degrees; speed_mps f32; heading_deg f32 in
    0..360 clockwise from north; accuracy_m f32.
    """

    handle: NDArray[np.uint32]
    t_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed_mps: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    accuracy_m: NDArray[np.float32]
    rejected: tuple[Rejected, ...] = ()

    def __len__(self) -> int:
        return len(self.handle)

    def rows(self, which: NDArray[Any]) -> Self:
        """The same frame with only these rows (indices or a mask); what was rejected stays with the whole."""
        return type(self)(
            self.handle[which],
            self.t_ms[which],
            self.lon[which],
            self.lat[which],
            self.speed_mps[which],
            self.heading_deg[which],
            self.accuracy_m[which],
        )


def frame_of(
    handle: Ints, t_ms: Ints, place: tuple[Floats, Floats, Datum], motion: NDArray[np.float32]
) -> Frame:
    """The frame of columns as they were sent: bad rows dropped and named, datum converted, impossible extras unknown.

    `place` is (lon, lat, datum); `motion` is speed_mps, heading_deg, accuracy_m, of shape (n, 3). A speed, heading or
    accuracy that can't be true costs that value, not the fix: the place is worth more than its ornaments.
    """
    lon, lat, datum = place
    bad_handle = (handle < 1) | (handle > 0xFFFF_FFFF)
    bad_t = (t_ms < EARLIEST_MS) | (t_ms > LATEST_MS)
    bad_place = out_of_range(lon, lat)
    bad = bad_handle | bad_t | bad_place
    rejected: tuple[Rejected, ...] = ()
    if np.count_nonzero(bad):
        reasons = (
            (bad_handle, "the handle is no number from 1 to 4294967295"),
            (bad_t, "the time is no UTC time in ms between 2000 and 2100"),
            (bad_place, "lon and lat are no place: finite degrees, -180..180 and -90..90"),
        )
        rejected = tuple(
            Rejected(int(handle[row]), next(reason for mask, reason in reasons if mask[row]))
            for row in np.flatnonzero(bad)
        )
        good = ~bad
        handle, t_ms, lon, lat = handle[good], t_ms[good], lon[good], lat[good]
        motion = motion[good]
    if datum is not Datum.WGS84:
        lon, lat = to_wgs84_columns(lon, lat, datum)
    true = (motion >= 0.0) & (motion <= MOST_MOTION)
    if np.count_nonzero(true) < true.size:
        motion = np.where(true, motion, np.float32(np.nan))
    return Frame(
        handle.astype(np.uint32, copy=False),
        t_ms.astype(np.int64, copy=False),
        lon.astype(np.float64, copy=False),
        lat.astype(np.float64, copy=False),
        motion[:, 0],
        motion[:, 1],
        motion[:, 2],
        rejected,
    )
