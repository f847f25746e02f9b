"""What crews bring into a trial week beside driving: a station of their own, shifts that end, errands, minutes in which nothing is heard.

All of it is drawn before and is a matter of time alone, so that the same holds under every rule. A rule knows what the product would:
the place that was last heard and its age, how long the shift lasts, whether they are at something else that may be left for P1-P2.
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from dispatch.cover import Floats
from dispatch.readiness import eligible

SHIFT_S, GROUPS = 8 * 3_600.0, 4
"""Shifts last so long; so many groups of crews hand over at different hours."""
ERRAND_EVERY_S, ERRAND_S = 3_000.0, 600.0
SILENT_EVERY_S, SILENT_S = 600.0, 60.0
"""Time between errands (silences) and how long they last, in the mean; both exponential."""


class Spans(NamedTuple):
    """Spans of time that don't overlap, in their order: s."""

    begin_s: Floats
    end_s: Floats

    def at(self, now_s: float) -> float | None:
        """Since when, if it is within one."""
        row = int(np.searchsorted(self.begin_s, now_s, side="right")) - 1
        return float(self.begin_s[row]) if row >= 0 and now_s < self.end_s[row] else None


class Crews(NamedTuple):
    """Of each patrol."""

    first_ends_s: Floats
    errands: list[Spans]
    silences: list[Spans]

    def left_s(self, row: int, now_s: float) -> float:
        """How long the shift of a patrol still lasts."""
        return float((self.first_ends_s[row] - now_s) % SHIFT_S)

    def heard_s(self, row: int, now_s: float) -> float:
        """When it was last heard."""
        since_s = self.silences[row].at(now_s)
        return now_s if since_s is None else since_s


class Crew(NamedTuple):
    """One free patrol as it is known: place (lon, lat) and speed as last heard, how long ago; errand: it is at something else.

    truly: where it is, which no rule knows.
    """

    place: tuple[float, float]
    station: int
    shift_left_s: float
    errand: bool
    fix_age_s: float
    speed_mps: float
    truly: tuple[float, float]


class Noted(msgspec.Struct):
    """What it cost them. routine: orders at P3-P4, abroad: those to another station's ground; late_s: work past the end of shifts."""

    routine: int = 0
    abroad: int = 0
    interrupted: int = 0
    late: int = 0
    late_s: float = 0.0

    def sent(self, crew: Crew, station: int, priority: int) -> None:
        """One was ordered; station: where it happened. Interruptions count where the term does, at P2."""
        if "busy" not in eligible(priority):
            self.routine += 1
            self.abroad += crew.station != station
        self.interrupted += crew.errand and priority == 2

    def done(self, over_s: float) -> None:
        """One is free again, so long after the end of the shift in which it was sent."""
        if over_s > 0:
            self.late += 1
            self.late_s += over_s


def crews_of(patrols: int, seed: int, until_s: float) -> Crews:
    """Drawn for a week."""
    lot = np.random.default_rng([seed, 110])
    ends_s = (np.arange(patrols) % GROUPS) * SHIFT_S / GROUPS
    errands = [_spans(lot, ERRAND_EVERY_S, ERRAND_S, until_s) for _ in range(patrols)]
    silences = [_spans(lot, SILENT_EVERY_S, SILENT_S, until_s) for _ in range(patrols)]
    return Crews(ends_s, errands, silences)


def _spans(lot: np.random.Generator, every_s: float, lasts_s: float, until_s: float) -> Spans:
    """One after another, so many as surely reach the end."""
    count = math.ceil(2 * until_s / (every_s + lasts_s)) + 10
    lasting = lot.exponential(lasts_s, count)
    begin = np.cumsum(lot.exponential(every_s, count) + np.concatenate(([0.0], lasting[:-1])))
    known = begin < until_s
    return Spans(begin[known], (begin + lasting)[known])
