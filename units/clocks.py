"""Clocks of terminals: a terminal whose clock runs ahead is recognised, corrected and named, and silences nobody.

A fix can't come from the future, so a steady lead proves a wrong clock and may be corrected. A steady lag proves
nothing (a slow bearer replays old fixes at their own pace just so); it is said, never corrected: stale must not look live.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from units.positions import FUTURE_MS

LAG_MS = 30_000  # a fix older than this on arrival is slow, or its clock is behind
STEADY_MS = 2_000  # a clock's lead is steady when it stays this close ...
STEADY_COUNT = 5  # ... for this many frames ...
STEADY_SPAN_MS = 8_000  # ... over at least this long: a buffer emptied in one breath teaches nothing


@dataclass(slots=True)
class _Streak:
    reference_ms: int
    lead_ms: int  # the greatest seen: the fix that was least delayed tells the clock best
    since_ms: int
    latest_ms: int
    count: int


class Clocks:
    """The leads (t - received) of terminals that looked wrong, by slot. Ordinary terminals never come here."""

    def __init__(self) -> None:
        self._streaks: dict[int, _Streak] = {}

    def observe(self, slot: int, lead_ms: int, received_at_ms: int) -> int | None:
        """Note the lead of the newest fix of a frame; returns the lead once it is steady, else None."""
        streak = self._streaks.get(slot)
        if streak is None or abs(lead_ms - streak.reference_ms) > STEADY_MS:
            self._streaks[slot] = _Streak(lead_ms, lead_ms, received_at_ms, received_at_ms, 1)
            return None
        if received_at_ms <= streak.latest_ms:
            return None
        streak.latest_ms = received_at_ms
        streak.count += 1
        streak.lead_ms = max(streak.lead_ms, lead_ms)
        if streak.count < STEADY_COUNT or received_at_ms - streak.since_ms < STEADY_SPAN_MS:
            return None
        return streak.lead_ms

    def __len__(self) -> int:
        return len(self._streaks)

    def forget(self, slots: Iterable[int]) -> None:
        """These terminals look right."""
        for slot in self._streaks.keys() & set(slots):
            del self._streaks[slot]

    def steady_lags(self) -> Iterator[tuple[int, int]]:
        """(slot, lead in ms, below zero) of terminals that have been steadily behind: slow bearers or wrong clocks."""
        for slot, streak in self._streaks.items():
            long_enough = streak.latest_ms - streak.since_ms >= STEADY_SPAN_MS
            if streak.lead_ms < 0 and streak.count >= STEADY_COUNT and long_enough:
                yield slot, streak.lead_ms


def offset_of(steady_lead_ms: int) -> int:
    """What to subtract from a terminal's times, in ms, given its steady lead: only a lead is ever corrected."""
    return steady_lead_ms if steady_lead_ms > FUTURE_MS else 0
