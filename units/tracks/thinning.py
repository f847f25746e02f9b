"""Of a way no more than a screen can draw, or a line can carry: every so many seconds a fix, and each end of each unbroken part.

Where nothing is left out nothing is moved either; a page draws no line over a break.
"""

import msgspec
import numpy as np

from units.tracks.ways import Floats, Integers, Span, Way

MS_A_SECOND = 1000


class ShownTrack(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, oldest first: t_s whole seconds since the span began; lon, lat degrees to about a metre.

    parts: at which row each unbroken part begins.
    """

    t_s: tuple[int, ...]
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    parts: tuple[int, ...]


def shown(way: Way, span: Span, step_ms: int) -> ShownTrack:
    """The fixes of a span, those of a part at least `step_ms` apart."""
    inside = np.flatnonzero((way.t_ms >= span.from_ms) & (way.t_ms < span.to_ms))
    part = way.part[inside]
    kept = inside[_kept(way.t_ms[inside], part, step_ms)]
    return columns((way.t_ms[kept], way.lon[kept], way.lat[kept]), way.part[kept], span)


def columns(fixes: tuple[Integers, Floats, Floats], part: Integers, span: Span) -> ShownTrack:
    """Fixes as a page gets them."""
    t_ms, lon, lat = fixes
    begins = np.flatnonzero(np.append(True, part[1:] != part[:-1])) if len(part) else np.zeros(0, np.int64)
    return ShownTrack(
        t_s=tuple(((t_ms - span.from_ms) // MS_A_SECOND).tolist()),
        lon=tuple(np.round(lon, 5).tolist()),
        lat=tuple(np.round(lat, 5).tolist()),
        parts=tuple(begins.tolist()),
    )


def _kept(t_ms: Integers, part: Integers, step_ms: int) -> list[int]:
    kept: list[int] = []
    times, parts = t_ms.tolist(), part.tolist()
    for n, at in enumerate(times):
        is_end = n + 1 == len(times) or parts[n + 1] != parts[n] or n == 0 or parts[n - 1] != parts[n]
        if is_end or at - times[kept[-1]] >= step_ms:
            kept.append(n)
    return kept
