"""Where every unit is now: fixes in, nearest and visible units out, in memory, on every replica the same.

A plain class with one writer, no lock and no await. Which fix is the newest is decided by (t, received) alone, so the order in
which fixes, duplicates and snapshots arrive does not matter: late replicas end with the same index as the rest.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from units.answers import Applied, Around, Fix, Limits, Near
from units.cells import CellTable
from units.clocks import LAG_MS, Clocks, offset_of
from units.doubts import Bounds, Doubt
from units.frames import Frame
from units.nearby import Places
from units.positions import FUTURE_MS, NEVER_MS, Beside, Verdict, judge
from units.roll import PROGRESS, Entry, Filter, Roll
from units.snapshots import Fixes, decode_fixes, encode_fixes
from units.standing import Newest, Standing
from units.tracks.recording import Recorder
from units.wire import QUALITY, PositionColumns

SNAPSHOT_ROWS = 4_096
SETTLE_DRIFT_M = 20.0
SETTLE_LOOSE = 32
PART_ROWS = 4_096  # judged at a time: more would fall out of the processor's cache
EVERYBODY = Filter()
OFF_DUTY = PROGRESS.index("off_duty")

GOOD, POOR, LOST, NEVER, DOUBTFUL = range(len(QUALITY))

type Slots = NDArray[np.intp]
type Rows = NDArray[np.intp]


class LiveUnits:
    """The live index. Register units first; fixes of unknown handles are counted and dropped."""

    def __init__(self, limits: Limits | None = None, capacity: int = 1_024) -> None:
        self.limits = limits or Limits()
        self.revision = 0  # rises with every change; see `changed_since`
        self.clocks = Clocks()
        self.recorder: Recorder | None = None  # hears of every accepted fix of units on duty
        self._roll = Roll(capacity)
        self._places = Places(capacity, self._roll.choice)
        self._cells = CellTable(capacity)
        self._fixes = Fixes.empty(capacity)
        self._quality = np.full(capacity, NEVER, np.uint8)
        self._standing = Standing(capacity)
        self._changed = np.zeros(capacity, np.int64)
        self._judged = np.zeros(capacity, np.int64)  # the revision in which each unit's fix was judged last
        self._scratch = np.zeros(capacity, np.intp)
        self._corrected = 0  # how many terminals have a clock offset

    # Who there is

    def __len__(self) -> int:
        return int(np.count_nonzero(self._roll.listed))

    @property
    def placed(self) -> int:
        """How many listed units have a fix."""
        count = len(self._roll)
        return int(np.count_nonzero(self._roll.listed[:count] & (self._fixes.t_ms[:count] != NEVER_MS)))

    def __contains__(self, handle: int) -> bool:
        return self._roll.knows(handle)

    def register(self, entry: Entry) -> None:
        """Add a unit, or change what is known of it; its position stays."""
        if len(self._roll) == self._roll.capacity:
            self._grow(2 * self._roll.capacity)
        self._rechoose(self._roll.write(entry))

    def set_state(self, handle: int, state: str) -> None:
        """The unit's duty or the state of its open assignment changed; UnknownHandle when there is no such unit."""
        slot = self._roll.slot(handle)
        self._roll.set_state(slot, state)
        self._rechoose(slot)

    def remove(self, handle: int) -> None:
        """The unit is struck off: its fixes are unknown from now on. UnknownHandle when there is no such unit."""
        slot = self._roll.slot(handle)
        self._roll.strike_off(slot)
        self._rechoose(slot)

    def entry(self, handle: int) -> Entry:
        """What is known of a unit; UnknownHandle when there is no such unit."""
        return self._roll.entries[self._roll.slot(handle)]

    def _rechoose(self, slot: int) -> None:
        self._places.let_loose(np.array([slot]))
        self._touch(slot)

    def _touch(self, slots: int | Slots) -> None:
        self.revision += 1
        self._changed[slots] = self.revision

    def _grow(self, capacity: int) -> None:
        more = capacity - self._roll.capacity
        self._roll.grow(capacity)
        self._places.grow(capacity)
        self._cells.grow(capacity)
        self._fixes = self._fixes.grown(more)
        self._quality = np.append(self._quality, np.full(more, NEVER, np.uint8))
        self._standing.grow(more)
        self._changed = np.append(self._changed, np.zeros(more, np.int64))
        self._judged = np.append(self._judged, np.zeros(more, np.int64))
        self._scratch = np.append(self._scratch, np.zeros(more, np.intp))

    # Fixes in

    def apply(self, frame: Frame, received_at_ms: int, gateway: str | None = None) -> Applied:
        """Take in a frame. `gateway` is who sent it; None is trusted for every unit (a replay, a test)."""
        slots, known = self._roll.slots_of(frame.handle)
        t_ms = frame.t_ms - self._fixes.offset_ms[slots] if self._corrected else frame.t_ms
        beside = Beside(
            known,
            self._foreign(slots, gateway),
            t_ms,
            frame.lon,
            frame.lat,
            self._fixes.t_ms[slots],
            received_at_ms,
        )
        verdict = judge(beside)
        heard = slots
        if np.count_nonzero(verdict):
            heard = slots[(verdict == Verdict.NEWEST) | (verdict >= Verdict.LATE)]
        self._fixes.heard_ms[heard] = np.maximum(self._fixes.heard_ms[heard], received_at_ms)
        self._watch_clocks(slots, frame.t_ms - received_at_ms, verdict, received_at_ms)
        rows = self._winners(frame, slots, t_ms, verdict, received_at_ms)
        if rows is None:
            self._store(slots, frame, t_ms, received_at_ms)
        else:
            if len(rows):
                self._store(slots[rows], frame.rows(rows), t_ms[rows], received_at_ms)
            self._keep_late(slots, frame, t_ms, verdict)
        if self.recorder is not None:
            self._record(self.recorder, slots, frame, t_ms, verdict)
        return Applied(verdict)

    def _record(
        self,
        recorder: Recorder,
        slots: Slots,
        frame: Frame,
        t_ms: NDArray[np.int64],
        verdict: NDArray[np.uint8],
    ) -> None:
        """Keep the accepted and the late fixes of units on duty for their tracks; nobody off duty is tracked."""
        wanted = ((verdict == Verdict.NEWEST) | (verdict == Verdict.LATE)) & (
            self._roll.state[slots] != OFF_DUTY
        )
        count = np.count_nonzero(wanted)
        if count == len(frame):
            recorder.take(frame, t_ms)
        elif count:
            recorder.take(frame.rows(wanted), t_ms[wanted])

    def _keep_late(
        self, slots: Slots, frame: Frame, t_ms: NDArray[np.int64], verdict: NDArray[np.uint8]
    ) -> None:
        """Fixes older than the newest still say whether the newest is to be believed."""
        past = (verdict == Verdict.NEWEST) | (verdict == Verdict.LATE)
        past &= t_ms < self._fixes.t_ms[slots]
        for row in np.flatnonzero(past).tolist():
            slot = int(slots[row])
            fix = int(t_ms[row]), float(frame.lon[row]), float(frame.lat[row]), float(frame.speed_mps[row])
            if self._standing.late(slot, int(self._fixes.t_ms[slot]), fix):
                self._touch(slot)

    def _foreign(self, slots: Slots, gateway: str | None) -> NDArray[np.bool_]:
        if gateway is None:
            return np.zeros(len(slots), np.bool_)
        owner = self._roll.gateway[slots]
        return np.asarray((owner != self._roll.gateway_code(gateway)) & (owner >= 0))

    def _winners(
        self,
        frame: Frame,
        slots: Slots,
        t_ms: NDArray[np.int64],
        verdict: NDArray[np.uint8],
        received_at_ms: int,
    ) -> Rows | None:
        """The rows to keep, at most one a unit; None means all of them, the ordinary case."""
        rows: Rows | None = None
        if np.count_nonzero(verdict):
            wins = verdict == Verdict.NEWEST
            again = np.flatnonzero(verdict == Verdict.DUPLICATE)
            if len(again):
                wins[again] = self._ties(slots[again], frame.rows(again), received_at_ms)
            rows = np.flatnonzero(wins)
            slots = slots[rows]
        order = np.arange(len(slots))
        self._scratch[slots] = order
        if not np.count_nonzero(self._scratch[slots] != order):
            return rows
        rows = order if rows is None else rows
        some = frame.rows(rows)
        content = (some.accuracy_m, some.heading_deg, some.speed_mps, some.lat, some.lon)
        ranked = np.lexsort((*content, t_ms[rows], slots))
        last = np.append(slots[ranked][1:] != slots[ranked][:-1], True)
        kept: Rows = rows[ranked[last]]
        return kept

    def _ties(self, slots: Slots, again: Frame, received: int | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Of fixes with the time of the known one: which replace it. The later received does; else the greater content."""
        known = self._fixes.received_ms[slots]
        wins = np.asarray(received > known)
        for row in np.flatnonzero(received == known).tolist():
            wins[row] = _content(again, row) > self._content_of(int(slots[row]))
        return wins

    def _content_of(self, slot: int) -> tuple[float, ...]:
        fixes = self._fixes
        values = (self._places.lon[slot], self._places.lat[slot], fixes.speed_mps[slot])
        return _sortable((*values, fixes.heading_deg[slot], fixes.accuracy_m[slot]))

    def _store(
        self, slots: Slots, frame: Frame, t_ms: NDArray[np.int64], received: int | NDArray[np.int64]
    ) -> None:
        fixes = self._fixes
        passed = self._standing.pieces_ended(fixes.t_ms[slots], t_ms)
        if len(passed):
            self._standing.replaced(slots[passed], self._newest(slots[passed]))
        fixes.t_ms[slots] = t_ms
        fixes.received_ms[slots] = received
        fixes.speed_mps[slots] = frame.speed_mps
        fixes.heading_deg[slots] = frame.heading_deg
        fixes.accuracy_m[slots] = frame.accuracy_m
        xyz = self._places.move(slots, frame.lon, frame.lat)
        self._cells.move(slots, frame.lon, frame.lat, xyz)
        self._touch(slots)

    # Clocks of terminals

    def _watch_clocks(
        self, slots: Slots, leads_ms: NDArray[np.int64], verdict: NDArray[np.uint8], received_at_ms: int
    ) -> None:
        """Learn the clock offsets of terminals whose times look wrong; others are not looked at."""
        off_ms = leads_ms - self._fixes.offset_ms[slots] if self._corrected else leads_ms
        odd = (off_ms > FUTURE_MS) | (off_ms < -LAG_MS)
        if not np.count_nonzero(odd) and not len(self.clocks):
            return
        trusted = (verdict == Verdict.NEWEST) | (verdict >= Verdict.FUTURE)
        self.clocks.forget(slots[trusted & ~odd].tolist())
        odd &= trusted
        newest: dict[int, int] = {}
        for slot, lead_ms in zip(slots[odd].tolist(), leads_ms[odd].tolist(), strict=True):
            newest[slot] = max(lead_ms, newest.get(slot, lead_ms))
        for slot, lead_ms in newest.items():
            steady_ms = self.clocks.observe(slot, lead_ms, received_at_ms)
            if steady_ms is not None and offset_of(steady_ms) != self._fixes.offset_ms[slot]:
                self._set_offset(slot, offset_of(steady_ms), received_at_ms)

    def _set_offset(self, slot: int, offset_ms: int, since_ms: int) -> None:
        fixes = self._fixes
        self._corrected += int(offset_ms != 0) - int(fixes.offset_ms[slot] != 0)
        fixes.offset_ms[slot] = offset_ms
        fixes.offset_since_ms[slot] = since_ms
        self._touch(slot)

    def clock_offsets(self) -> dict[int, int]:
        """Handle → ms by which the terminal's clock runs ahead and is corrected, or (below zero) steadily lags and is not."""
        wrong = np.flatnonzero(self._fixes.offset_ms)
        said = {int(self._roll.handle[slot]): int(self._fixes.offset_ms[slot]) for slot in wrong}
        lags = {int(self._roll.handle[slot]): lead_ms for slot, lead_ms in self.clocks.steady_lags()}
        return lags | said

    # Questions

    def nearest(self, lon: float, lat: float, k: int, which: Filter | None = None) -> list[Near]:
        """The k nearest units that have a fix, by geodesic distance, equal ones by handle; exact in every case.

        Up to 10 km the stated distance may be 1.1 mm too long; beyond it is the geodesic.

        BadPosition when (lon, lat) is no place.
        """
        if k <= 0:
            return []
        slots, distances = self._places.nearest(
            lon, lat, k, which=which or EVERYBODY, order=self._roll.handle
        )
        return list(map(Near, map(self._roll.entries.__getitem__, slots), distances))

    def inside(self, area: Bounds | BaseGeometry, which: Filter | None = None) -> list[Entry]:
        """Units whose fix lies in the area, its border included, by handle.

        `area` is (west, south, east, north), which may cross the antimeridian with west > east, or a shapely geometry.
        """
        bounds = area.bounds if isinstance(area, BaseGeometry) else area
        slots = self._within(bounds)
        if isinstance(area, BaseGeometry):
            slots = slots[shapely.intersects_xy(area, self._places.lon[slots], self._places.lat[slots])]
        slots = slots[self._roll.choice(which or Filter())(slots)]
        return [self._roll.entries[slot] for slot in self._roll.by_handle(slots).tolist()]

    def _within(self, bounds: Bounds) -> Slots:
        west, south, east, north = bounds
        lon, lat = self._places.lon[: len(self._roll)], self._places.lat[: len(self._roll)]
        across = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
        return np.flatnonzero(across & (lat >= south) & (lat <= north))

    def fix(self, handle: int, now_ms: int) -> Fix | None:
        """The newest fix of a unit, None when it never had one; UnknownHandle when there is no such unit."""
        self._roll.slot(handle)
        return self.fixes([handle], now_ms).get(handle)

    def fixes(self, handles: Sequence[int], now_ms: int) -> dict[int, Fix]:
        """The newest fixes of these units by handle, judged together; who has none or is not known is absent."""
        asked = np.array(handles, np.uint32)
        slots, known = self._roll.slots_of(asked)
        slots = slots[known & (self._fixes.t_ms[slots] != NEVER_MS)]
        quality, fixes, places = self._qualities(slots, now_ms), self._fixes, self._places
        columns = (
            self._roll.handle, places.lon, places.lat, fixes.t_ms, fixes.received_ms,
            fixes.speed_mps, fixes.heading_deg, fixes.accuracy_m, fixes.offset_ms, self._standing.doubt,
        )  # fmt: skip
        rows = zip(
            slots.tolist(), quality.tolist(), *(column[slots].tolist() for column in columns), strict=True
        )
        return {
            handle: Fix(
                lon, lat, t_ms, received_ms, max(now_ms - t_ms, 0) / 1000,
                _known(speed), _known(heading), _known(accuracy), QUALITY[of], offset_ms,
                Doubt(doubt), self._standing.good(slot),
            )
            for slot, of, handle, lon, lat, t_ms, received_ms, speed, heading, accuracy, offset_ms, doubt in rows
        }  # fmt: skip

    def lost(self, handles: Iterable[int], now_ms: int) -> list[bool]:
        """Whether each of these units was not heard for so long that its place is in doubt, or it is doubtful, or none."""
        slots, _ = self._roll.slots_of(np.array(list(handles), np.uint32))
        return [quality in (LOST, NEVER, DOUBTFUL) for quality in self._qualities(slots, now_ms).tolist()]

    def around(self, lon: float, lat: float, which: Filter, only: Iterable[int] | None = None) -> Around:
        """All units that have a fix, seen from (lon, lat); `only`: of these handles."""
        count = len(self._roll)
        placed = self._roll.listed[:count] & (self._fixes.t_ms[:count] != NEVER_MS)
        slots = np.flatnonzero(placed)
        if only is not None:
            slots = slots[np.isin(self._roll.handle[slots], list(only))]
        slots = slots[self._roll.choice(which)(slots)]
        slots = self._roll.by_handle(slots)
        lons, lats = self._places.lon[slots], self._places.lat[slots]
        return Around(
            (lon, lat), self._roll.handle[slots], lons, lats, self._roll.kind[slots], self._roll.kinds
        )

    def never_seen(self, which: Filter) -> list[Entry]:
        """Units that no fix ever came of, by handle: they have no distance, and must not be forgotten for that."""
        count = len(self._roll)
        slots = np.flatnonzero(self._roll.listed[:count] & (self._fixes.t_ms[:count] == NEVER_MS))
        slots = slots[self._roll.choice(which)(slots)]
        return [self._roll.entries[slot] for slot in self._roll.by_handle(slots).tolist()]

    def tally(self, which: Filter) -> dict[UUID, int]:
        """How many units there are by the room that may order them, those never positioned among them."""
        roll = self._roll
        slots = np.arange(len(roll))
        groups, many = np.unique(roll.room[slots[roll.choice(which)(slots)]], return_counts=True)
        found: dict[UUID, int] = {}
        for group, count in zip(groups.tolist(), many.tolist(), strict=True):
            _, orders = roll.rooms.values[group]
            found[orders] = found.get(orders, 0) + count
        return found

    def settle(self) -> None:
        """Prepare the next nearest search in an idle moment instead of inside it; call it about once a second."""
        self._places.settle(SETTLE_DRIFT_M, SETTLE_LOOSE)

    # The live picture

    def refresh_quality(self, now_ms: int) -> int:
        """Let time pass: units whose fix became poor, lost or good again count as changed. Returns how many."""
        count, changes = len(self._roll), 0
        for start in range(0, count, PART_ROWS):
            part = np.arange(start, min(start + PART_ROWS, count))
            quality = self._qualities(part, now_ms)
            turned = np.flatnonzero(quality != self._quality[part])
            if len(turned):
                self._quality[part[turned]] = quality[turned]
                self._touch(part[turned])
                changes += len(turned)
        return changes

    def _qualities(self, slots: Slots, now_ms: int) -> NDArray[np.uint8]:
        fixes, limits = self._fixes, self.limits
        old = now_ms - fixes.t_ms[slots] > limits.poor_after_ms
        poor = old | (fixes.accuracy_m[slots] > limits.poor_accuracy_m)
        quality = poor.astype(np.uint8)
        self._judge(slots)
        quality[self._standing.doubt[slots] != Doubt.NONE] = DOUBTFUL
        quality[now_ms - fixes.heard_ms[slots] > limits.lost_after_ms] = LOST
        quality[fixes.t_ms[slots] == NEVER_MS] = NEVER
        return quality

    def _judge(self, slots: Slots) -> None:
        """Judge those of these slots that changed since they were judged last."""
        stale = slots[self._judged[slots] != self._changed[slots]]
        stale = stale[self._fixes.t_ms[stale] != NEVER_MS]
        self._judged[stale] = self._changed[stale]
        for start in range(0, len(stale), PART_ROWS):
            part = stale[start : start + PART_ROWS]
            self._standing.judge(part, self._newest(part))
        if self._standing.upset:
            self._standing.upset = False
            self._judged[:] = -1

    def _newest(self, slots: Slots) -> Newest:
        fixes, places, roll = self._fixes, self._places, self._roll
        return Newest(
            fixes.t_ms[slots], places.lon[slots], places.lat[slots], fixes.speed_mps[slots],
            fixes.accuracy_m[slots], roll.top_mps[slots] * self.limits.pace, roll.gateway[slots],
        )  # fmt: skip

    def within(self, city: Bounds | None) -> None:
        """The city is inside (west, south, east, north): fixes beyond are doubted. None: nobody is outside."""
        if city != self._standing.city:
            self._standing.city = city
            self._judged[:] = -1

    def anchor(self, handle: int, lon: float, lat: float) -> None:
        """The unit is known to be at (lon, lat) now, e.g. on the scene of its incident: evidence about its datum."""
        slot = self._roll.slot(handle)
        if self._fixes.t_ms[slot] == NEVER_MS:
            return
        fix = float(self._places.lon[slot]), float(self._places.lat[slot])
        if self._standing.anchored(slot, int(self._roll.gateway[slot]), fix, (lon, lat)):
            self._judged[:] = -1

    def positions(self, now_ms: int, after: int = -1) -> PositionColumns:
        """Columns of the live feed for the units changed since revision `after` (all by default).

        Units without a fix are left out. Remember `revision` and pass it the next time.
        """
        count = len(self._roll)
        shown = (self._changed[:count] > after) & self._roll.listed[:count]
        slots = np.flatnonzero(shown & (self._fixes.t_ms[:count] != NEVER_MS))
        fixes = self._fixes
        return PositionColumns(
            self._roll.handle[slots],
            self._places.lon[slots],
            self._places.lat[slots],
            fixes.heading_deg[slots],
            np.maximum(now_ms - fixes.t_ms[slots], 0),
            fixes.speed_mps[slots],
            self._roll.state[slots],
            self._qualities(slots, now_ms),
            self._cells.cell[self._cells.index[slots]],
            self._roll.room[slots],
        )

    def room_codes(self, rooms: Iterable[Any]) -> NDArray[np.bool_]:
        """A table for `PositionColumns.room`: True at the code of what these rooms see, own units and lent ones."""
        return self._roll.rooms.seen_by(rooms)

    # Between replicas

    def snapshot(self) -> list[bytes]:
        """All newest fixes, SNAPSHOT_ROWS units a message, for `load` of another replica."""
        count = len(self._roll)
        placed = np.flatnonzero((self._fixes.t_ms[:count] != NEVER_MS) & self._roll.listed[:count])
        parts = (placed[start : start + SNAPSHOT_ROWS] for start in range(0, len(placed), SNAPSHOT_ROWS))
        return [
            encode_fixes(
                self._roll.handle[part],
                self._places.lon[part],
                self._places.lat[part],
                self._fixes.rows(part),
                self._standing.before(part),
            )
            for part in parts
        ]

    def load(self, message: bytes) -> int:
        """Merge one message of a snapshot, however old; returns how many units moved. SnapshotUnreadable when unreadable."""
        handle, lon, lat, fixes, before = decode_fixes(message)
        slots, known = self._roll.slots_of(handle)
        moved = self._merge(handle, lon, lat, fixes)
        if before is not None:
            slots = slots[known]
            changed = self._standing.merge(slots, self._fixes.t_ms[slots], before[known])
            if len(changed):
                self._touch(changed)
        return moved

    def load_last_fixes(self, frame: Frame, received_at_ms: NDArray[np.int64]) -> int:
        """Merge stored last fixes, as `last_fixes` gave them. Returns how many units moved."""
        fixes = Fixes.empty(len(frame))
        fixes.t_ms[:] = frame.t_ms
        fixes.received_ms[:] = received_at_ms
        fixes.heard_ms[:] = received_at_ms
        fixes.speed_mps[:] = frame.speed_mps
        fixes.heading_deg[:] = frame.heading_deg
        fixes.accuracy_m[:] = frame.accuracy_m
        return self._merge(frame.handle, frame.lon, frame.lat, fixes)

    def last_fixes(self, after: int = -1) -> tuple[Frame, NDArray[np.int64]]:
        """What to store of the units changed since revision `after`: a frame, and its times of receipt in ms.

        t_ms is corrected by the clock offset, so that stored fixes stay in order when a clock is put right.
        """
        count = len(self._roll)
        placed = (self._changed[:count] > after) & (self._fixes.t_ms[:count] != NEVER_MS)
        slots = np.flatnonzero(placed & self._roll.listed[:count])
        fixes = self._fixes.rows(slots)
        lon, lat = self._places.lon[slots], self._places.lat[slots]
        motion = (fixes.speed_mps, fixes.heading_deg, fixes.accuracy_m)
        return Frame(self._roll.handle[slots], fixes.t_ms, lon, lat, *motion), fixes.received_ms

    def _merge(
        self, handle: NDArray[np.uint32], lon: NDArray[np.float64], lat: NDArray[np.float64], other: Fixes
    ) -> int:
        slots, known = self._roll.slots_of(handle)
        rows = np.flatnonzero(known)
        slots, other = slots[rows], other.rows(rows)
        mine = self._fixes
        mine.heard_ms[slots] = np.maximum(mine.heard_ms[slots], other.heard_ms)
        frame = Frame(
            handle[rows],
            other.t_ms,
            lon[rows],
            lat[rows],
            other.speed_mps,
            other.heading_deg,
            other.accuracy_m,
        )
        wins = other.t_ms > mine.t_ms[slots]
        again = np.flatnonzero(other.t_ms == mine.t_ms[slots])
        if len(again):
            wins[again] = self._ties(slots[again], frame.rows(again), other.received_ms[again])
        self._adopt_offsets(slots, other)
        if np.count_nonzero(wins):
            self._store(slots[wins], frame.rows(wins), other.t_ms[wins], other.received_ms[wins])
        lost = np.full(len(rows), Verdict.LATE, np.uint8)
        self._keep_late(slots, frame, other.t_ms, lost)
        return int(np.count_nonzero(wins))

    def _adopt_offsets(self, slots: Slots, other: Fixes) -> None:
        """Of two opinions about a clock the later one counts, the greater of two equally late."""
        mine = self._fixes
        later = other.offset_since_ms > mine.offset_since_ms[slots]
        equal = other.offset_since_ms == mine.offset_since_ms[slots]
        for row in np.flatnonzero(later | (equal & (other.offset_ms > mine.offset_ms[slots]))):
            self._set_offset(int(slots[row]), int(other.offset_ms[row]), int(other.offset_since_ms[row]))


def _content(frame: Frame, row: int) -> tuple[float, ...]:
    values = (frame.lon[row], frame.lat[row], frame.speed_mps[row])
    return _sortable((*values, frame.heading_deg[row], frame.accuracy_m[row]))


def _sortable(values: tuple[Any, ...]) -> tuple[float, ...]:
    """NaN compares greatest, as in np.lexsort."""
    return tuple(math.inf if math.isnan(value) else float(value) for value in values)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
