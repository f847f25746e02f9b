"""Accepted fixes on their way into tracks: gathered in memory, packed when their minute is over, kept until they are written.

Every replica records what it hears; one of them writes. The others keep their packed minutes until they see them written,
so that whoever follows a dead writer has them.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from units.frames import Frame
from units.tracks.packing import MINUTE_MS, RECORD, Records, TrackRow, pack, records_of, unpack

GRACE_MS = 15_000  # so long after its end a minute is closed: most late fixes are in by then
KEPT_BATCHES = 30  # minutes held for a database that is away; older ones are lost, and counted
PART_ROWS = 50_000  # packed at a time: small enough for the processor's cache


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of all minutes up to and including `through` that were closed together."""

    through: int
    rows: list[TrackRow]


class Recorder:
    """What one replica heard and is not yet known to be written. `dropped` counts rows that no database took.

    kept_ms: so long tracks are kept.
    """

    def __init__(self, kept_ms: int) -> None:
        self.batches: list[Batch] = []
        self.dropped = 0
        self.kept_ms = kept_ms
        self._heard: list[Records] = []
        self._in_work: list[Records] = []

    def take(self, frame: Frame, t_ms: NDArray[np.int64]) -> None:
        """Accepted fixes with their corrected times; called for every frame."""
        self._heard.append(records_of(frame, t_ms))

    def begin_cut(self) -> list[Records]:
        """Take what was heard so far away, to be cut elsewhere (a thread) by `cut`; then call `end_cut`."""
        self._in_work, self._heard = self._heard, []
        return self._in_work

    def end_cut(self, open_records: Records, batch: Batch | None) -> None:
        """Put back what is still open, and keep the closed minutes to be written."""
        self._heard.insert(0, open_records)
        self._in_work = []
        if batch is not None:
            self.batches.append(batch)
        for old in self.batches[:-KEPT_BATCHES]:
            self.dropped += len(old.rows)
        del self.batches[:-KEPT_BATCHES]

    def abandon_cut(self) -> None:
        """The cut failed; nothing is lost by it."""
        self._heard[:0] = self._in_work
        self._in_work = []

    def forget(self, through: int) -> None:
        """What was closed up to this minute is written."""
        self.batches = [batch for batch in self.batches if batch.through > through]

    def recent(self, handle: int, from_ms: int, to_ms: int) -> Records:
        """Fixes of a unit with from_ms <= t < to_ms that may not have been written yet, in no order."""
        return self.recent_of({handle}, from_ms, to_ms)

    def recent_of(self, handles: AbstractSet[int], from_ms: int, to_ms: int) -> Records:
        """The same of several units, in no order."""
        wanted = np.fromiter(handles, np.uint32, len(handles))
        found = [records[np.isin(records["handle"], wanted)] for records in (*self._in_work, *self._heard)]
        found += [
            unpack(row)
            for batch in self.batches
            for row in batch.rows
            if from_ms // MINUTE_MS <= row.minute <= to_ms // MINUTE_MS and row.handle in handles
        ]
        records = np.concatenate(found) if found else np.empty(0, RECORD)
        return records[(records["t_ms"] >= from_ms) & (records["t_ms"] < to_ms)]

    def cut(
        self, heard: list[Records], now_ms: int, everything: bool = False
    ) -> tuple[Records, Batch | None]:
        """(what is still open, the closed minutes packed). Touches nothing of the recorder: fit for a thread.

        `everything` closes the minutes that are not over too: the replica leaves.
        """
        records = np.concatenate(heard) if heard else np.empty(0, RECORD)
        through = now_ms // MINUTE_MS if everything else (now_ms - GRACE_MS) // MINUTE_MS - 1
        closed = np.full(len(records), everything) | (records["t_ms"] < (through + 1) * MINUTE_MS)
        wanted = records[closed & (records["t_ms"] >= now_ms - self.kept_ms)]
        if not len(wanted):
            return records[~closed], None
        parts = len(wanted) // PART_ROWS + 1
        part = (wanted["handle"] % parts).astype(np.uint16)
        order = part.argsort(kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=parts)).tolist()
        starts = [0, *ends[:-1]]
        rows = [
            row for start, end in zip(starts, ends, strict=True) for row in pack(wanted[order[start:end]])
        ]
        return records[~closed], Batch(through, rows)
