"""A replica as it serves, watched: how old fixes are when they stand in its index, how many, and a digest of all of them.

`serve` with one part replaced by itself with an eye on it; what is seen comes out at `/metrics` like everything else.
"""

import sys
import time
from typing import Any

import numpy as np
from prometheus_client import Gauge, Histogram

from dispatch.runtime import bootstrap, positions
from load_tests.patrols import digest
from units.gateways.packed import RECORD
from units.gathering import Gathering, TakenIn
from web.cli import main as serve

STEP = 1.12
LAG_MS = tuple(0.25 * STEP**n for n in range(120))
"""0.25 ms to three minutes, each an eighth more: percentiles are that exact."""
LAG = Histogram("load_fix_lag_ms", "From the time a frame carries to its fixes in the index.", buckets=LAG_MS)
PLACED = Gauge("load_units_placed", "Units with a fix.")
DIGEST = Gauge("load_digest", "The first 52 bits of a hash over everybody's newest fix.")


class WatchedGathering(Gathering):
    """Looks at the clock after everything was taken in."""

    def take_in(self, received_at_ms: int) -> TakenIn:
        frames = [
            (int(np.frombuffer(payload, RECORD, 1)["t_ms"][0]), len(payload) // RECORD.itemsize)
            for payloads in self._payloads.values()
            for payload in payloads
        ]
        taken = super().take_in(received_at_ms)
        now_ms = time.time_ns() / 1e6
        for t_ms, rows in frames:
            _seen(now_ms - t_ms, rows)
        return taken


def _seen(lag_ms: float, rows: int) -> None:
    """Count every fix of the frame, at the cost of one."""
    LAG._sum.inc(lag_ms * rows)  # noqa: SLF001 - the library counts one at a time only
    for bound, bucket in zip(LAG._upper_bounds, LAG._buckets, strict=True):  # noqa: SLF001
        if lag_ms <= bound:
            bucket.inc(rows)
            break


class WatchedPositions(positions.Positions):
    """Says how many units have a place, and which."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        PLACED.set_function(lambda: self._live.placed)
        DIGEST.set_function(self._digest)

    def _digest(self) -> float:
        frame, _ = self._live.last_fixes()
        wire = (np.rint(column * 1e7).astype(np.int64) for column in (frame.lon, frame.lat))
        return digest(frame.handle, frame.t_ms, *wire)


def main() -> int:
    """`serve`, watched."""
    for module, name, watched in (
        (positions, "Gathering", WatchedGathering),
        (bootstrap, "Positions", WatchedPositions),
    ):
        setattr(module, name, watched)
    return serve()


if __name__ == "__main__":
    sys.exit(main())
