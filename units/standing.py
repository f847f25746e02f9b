"""How far each unit's newest fix is to be relied on, and the last one that was: kept beside the live index.

Fixes are judged when somebody asks, at most once each; so taking them in costs no judging. What the doubts are stands in
`units.doubts`, what they are measured against in `units.history` and `units.datum_watch`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.datums import Datum
from units.datum_watch import DatumWatch, Place, datum_seen
from units.doubts import MOVING_MPS, Bounds, Doubt, Recent, doubt
from units.history import DEGREE, PIECE_MS, History, record_of
from units.positions import NEVER_MS

STEP_DEG = 0.001  # less than the shift of any datum
STEP_WITHIN_MS = 60_000  # a change of datum shows between two fixes not further apart than this

type Slots = NDArray[np.intp]


class Good(NamedTuple):
    """The last fix of a unit that nothing speaks against; t_ms by its corrected clock."""

    t_ms: int
    lon: float
    lat: float


class Newest(NamedTuple):
    """Columns of the newest fixes of some slots, and who they belong to; see `Recent`."""

    t_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed_mps: NDArray[np.float32]
    accuracy_m: NDArray[np.float32]
    top_mps: NDArray[np.float64]
    gateway: NDArray[np.int32]


class Standing:
    """By slot. `city` are bounds beyond which a fix is doubted."""

    def __init__(self, capacity: int) -> None:
        self.city: Bounds | None = None
        self.watch = DatumWatch()
        self.upset = False  # somebody else's suspicion changed: what was judged before must be judged again
        self.doubt = np.zeros(capacity, np.uint8)
        self._history = History(capacity)
        self._good: dict[int, Good] = {}  # of those whose newest is doubtful
        self._stepped_since: dict[
            int, int
        ] = {}  # the time of the fix before the last step that was looked at

    def grow(self, more: int) -> None:
        """Make room for more slots."""
        self._history.grow(more)
        self.doubt = np.append(self.doubt, np.zeros(more, np.uint8))

    # Fixes go by

    def pieces_ended(self, old_t_ms: NDArray[np.int64], t_ms: NDArray[np.int64]) -> Slots:
        """The rows whose newest fix gives way to one of a later piece of time."""
        return np.flatnonzero((old_t_ms // PIECE_MS != t_ms // PIECE_MS) & (old_t_ms != NEVER_MS))

    def replaced(self, slots: Slots, old: Newest) -> None:
        """The newest fixes of these slots give way to others of a later piece."""
        self._history.push(slots, old.t_ms, (old.lon, old.lat), old.speed_mps)

    def late(self, slot: int, newest_t_ms: int, fix: tuple[int, float, float, float]) -> bool:
        """A fix (t, lon, lat, speed) older than the newest; whether that may change what is thought of the newest."""
        return self._history.put(slot, newest_t_ms, record_of(*fix))

    def before(self, slots: Slots) -> NDArray[np.void]:
        """The history records of these slots, for another replica."""
        return self._history.records[slots]

    def merge(self, slots: Slots, newest_t_ms: NDArray[np.int64], before: NDArray[np.void]) -> Slots:
        """Take in another replica's records; the slots whose newest fix may be thought of otherwise now."""
        mine = self._history.records
        first_t_ms = mine["t_ms"][slots, 0]
        passed = before["t_ms"][:, 0] // PIECE_MS < newest_t_ms // PIECE_MS
        fresh = np.flatnonzero((first_t_ms == NEVER_MS) & (before["t_ms"][:, 0] != NEVER_MS) & passed)
        mine[slots[fresh]] = before[fresh]  # a replica that starts takes over everybody's at once
        differ = np.flatnonzero((_bytes(mine[slots]) != _bytes(before)).any(axis=1))
        changed = slots[fresh].tolist()
        for row in differ.tolist():
            slot, t_ms = int(slots[row]), int(newest_t_ms[row])
            records = [record for record in before[row].tolist() if record[0] != NEVER_MS]
            # No shortcut: each must be asked, `any` would stop at the first that is kept.
            if sum(self._history.put(slot, t_ms, record) for record in records):
                changed.append(slot)
        return np.array(changed, np.intp)

    # Judging

    def judge(self, slots: Slots, newest: Newest) -> None:
        """Bring `doubt` up to date for these slots, all of which have a fix."""
        recent = self._recent(slots, newest)
        doubts = doubt(recent, self.city)
        self.doubt[slots] = doubts
        odd = np.flatnonzero(doubts)
        if len(odd):
            self._remember_good(slots[odd], recent.rows(odd))
        for slot in [slot for slot in self._good if not self.doubt[slot]]:
            del self._good[slot]
        for row in np.flatnonzero(_stepped(recent)).tolist():
            self._look_for_a_change_of_datum(int(slots[row]), int(newest.gateway[row]), recent, row)

    def _recent(self, slots: Slots, newest: Newest) -> Recent:
        before = self._history.records[slots]
        return Recent(
            newest.t_ms, newest.lon, newest.lat, newest.speed_mps, newest.accuracy_m, newest.top_mps,
            self.watch.mark(slots, newest.gateway),
            before["t_ms"], before["lon"] * DEGREE, before["lat"] * DEGREE, before["speed_mps"],
        )  # fmt: skip

    def _remember_good(self, slots: Slots, recent: Recent) -> None:
        """Of the fixes before, the newest that was sound itself, unless a later one is remembered."""
        found = np.zeros(len(slots), np.bool_)
        for back in range(recent.before_t_ms.shape[1]):
            then = _then(recent, back)
            sound = (then.t_ms != NEVER_MS) & (doubt(then, self.city) == Doubt.NONE) & ~found
            found |= sound
            for row in np.flatnonzero(sound).tolist():
                good = Good(int(then.t_ms[row]), float(then.lon[row]), float(then.lat[row]))
                slot = int(slots[row])
                self._good[slot] = max(good, self._good.get(slot, good))

    def _look_for_a_change_of_datum(self, slot: int, gateway: int, recent: Recent, row: int) -> None:
        """A unit that stood is elsewhere at once: by the shift of another datum, or back by it?"""
        since_ms = int(recent.before_t_ms[row, 0])
        if self._stepped_since.get(slot) == since_ms:
            return  # one step is one observation
        self._stepped_since[slot] = since_ms
        now: Place = float(recent.lon[row]), float(recent.lat[row])
        before: Place = float(recent.before_lon[row, 0]), float(recent.before_lat[row, 0])
        if datum_seen(before, now) not in (None, Datum.WGS84):
            self.watch.forget([slot])
            self.upset = True
        elif datum_seen(now, before) not in (None, Datum.WGS84):
            self.upset |= self.watch.observe(slot, gateway, now, before)

    def good(self, slot: int) -> Good | None:
        """The last sound fix of a judged slot whose newest is doubtful."""
        return self._good.get(slot)

    def anchored(self, slot: int, gateway: int, fix: Place, truth: Place) -> bool:
        """The unit was truly at `truth` when it sent `fix`; whether that changed who is suspected."""
        return self.watch.observe(slot, gateway, fix, truth)


def _bytes(records: NDArray[np.void]) -> NDArray[np.uint8]:
    """Compared by bytes, a speed that is unknown in both is the same."""
    return np.ascontiguousarray(records).view(np.uint8).reshape(len(records), -1)


def _stepped(recent: Recent) -> NDArray[np.bool_]:
    """Who stood, and stands, but some hundred metres beside where it was within the last minute."""
    span_ms = recent.t_ms - recent.before_t_ms[:, 0]
    slow = (recent.speed_mps < MOVING_MPS) & (recent.before_speed_mps[:, 0] < MOVING_MPS)
    far = (
        np.abs(recent.lat - recent.before_lat[:, 0]) + np.abs(recent.lon - recent.before_lon[:, 0]) > STEP_DEG
    )
    return np.asarray(slow & far & (span_ms <= STEP_WITHIN_MS))


def _then(recent: Recent, back: int) -> Recent:
    """What was known when the fix so many pieces back was the newest."""

    def earlier[A: np.generic](column: NDArray[A], nothing: float) -> NDArray[A]:
        shifted = np.full_like(column, nothing)
        rest = column[:, back + 1 :]
        shifted[:, : rest.shape[1]] = rest
        return shifted

    return Recent(
        recent.before_t_ms[:, back], recent.before_lon[:, back], recent.before_lat[:, back],
        recent.before_speed_mps[:, back], np.full(len(recent.t_ms), np.nan, np.float32),
        recent.top_mps, recent.suspected,
        earlier(recent.before_t_ms, NEVER_MS), earlier(recent.before_lon, 0.0), earlier(recent.before_lat, 0.0),
        earlier(recent.before_speed_mps, 0.0),
    )  # fmt: skip
