"""How long everything took: in the file, and as the centre has it afterwards, side by side.

Figures give n, p50, p90 and p95, never a mean alone. Where a row is sane and was not refused both must agree to the second;
every interval that does not is counted as `differ`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from web.replaying.calls import Call, Job

type Moments = Mapping[str, datetime]


class Interval(msgspec.Struct, frozen=True):
    """From one moment to another, of a call or of one job of it. `otherwise`: taken where `start` is not known."""

    name: str
    zh: str
    of: Literal["call", "job"]
    start: str
    end: str
    otherwise: str | None = None

    def seconds(self, moments: Moments) -> float | None:
        """How long it took; None where one of the two is not known."""
        start = moments.get(self.start) or moments.get(self.otherwise or "")
        end = moments.get(self.end)
        return None if start is None or end is None else (end - start).total_seconds()


INTERVALS = (
    Interval("answer", "接听", "call", "ringing", "answered"),
    Interval("entry", "录入", "call", "ringing", "entered"),
    Interval("processing", "受理–派警", "call", "answered", "dispatched", "ringing"),
    Interval("acceptance", "签收", "job", "ordered", "accepted"),
    Interval("turnout", "出警", "job", "ordered", "en_route"),
    Interval("travel", "途中", "job", "en_route", "on_scene"),
    Interval("response", "到场", "call", "ringing", "on_scene"),
    Interval("job", "处警全程", "job", "ordered", "cleared"),
    Interval("whole", "警情全程", "call", "ringing", "handled"),
)


class Figures(msgspec.Struct, frozen=True):
    """Seconds; percentiles by linear interpolation (Hyndman and Fan 1996, type 7). None where n is 0."""

    n: int
    p50: float | None
    p90: float | None
    p95: float | None


class Line(msgspec.Struct, frozen=True):
    """One interval of the table."""

    file: Figures
    ours: Figures
    differ: int


class Kept(msgspec.Struct, frozen=True):
    """What the centre has of a call: times of its incident, and of each unit's assignment. Refused jobs are absent."""

    moments: dict[str, datetime]
    jobs: dict[str, dict[str, datetime]]


def figures(seconds: Sequence[float]) -> Figures:
    """n and percentiles of these durations."""
    if not seconds:
        return Figures(0, None, None, None)
    p50, p90, p95 = (round(float(value), 1) for value in np.percentile(seconds, [50, 90, 95]))
    return Figures(len(seconds), p50, p90, p95)


def of_file(call: Call) -> dict[str, datetime]:
    """The moments of a call as the file has them: first order, first on scene, end of the last job."""
    moments = dict(call.times)
    for name, step, choose in (
        ("dispatched", "ordered", min),
        ("on_scene", "on_scene", min),
        ("handled", "cleared", max),
    ):
        seen = [job.times[step] for job in call.jobs if step in job.times]
        if seen:
            moments[name] = choose(seen)
    return moments


def table(calls: Iterable[Call], kept: Mapping[str, Kept]) -> dict[str, Line]:
    """Every interval that occurs, in the order of a call's life; `kept` by call id."""
    known = list(calls)
    lines: dict[str, Line] = {}
    for interval in INTERVALS:
        pairs = [pair for call in known for pair in _pairs(interval, call, kept.get(call.id))]
        file = [there for there, _, _ in pairs if there is not None]
        ours = [here for _, here, _ in pairs if here is not None]
        differ = sum(
            1
            for there, here, sane in pairs
            if sane and there is not None and (here is None or abs(there - here) >= 1)
        )
        if file or ours:
            lines[interval.name] = Line(figures(file), figures(ours), differ)
    return lines


def _pairs(
    interval: Interval, call: Call, kept: Kept | None
) -> Iterable[tuple[float | None, float | None, bool]]:
    """Seconds in the file, seconds with us, and whether both must agree."""
    if interval.of == "call":
        here = interval.seconds(kept.moments) if kept else None
        yield interval.seconds(of_file(call)), here, kept is not None and _all_kept(call, kept)
        return
    for job in call.jobs:
        ours = kept.jobs.get(job.unit) if kept else None
        here = interval.seconds(ours) if ours is not None else None
        yield interval.seconds(job.times), here, ours is not None and job.sane


def _all_kept(call: Call, kept: Kept) -> bool:
    return all(job.sane and job.unit in kept.jobs for job in call.jobs)


def disordered(calls: Iterable[Call]) -> list[tuple[Call, Job]]:
    """Jobs whose times contradict each other."""
    return [(call, job) for call in calls for job in call.jobs if job.disorder is not None]


def estimated(calls: Iterable[Call]) -> list[tuple[Call, Job]]:
    """Jobs whose end the file does not have."""
    return [(call, job) for call in calls for job in call.jobs if job.estimated]
