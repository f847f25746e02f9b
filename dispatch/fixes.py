"""A unit's newest position as a seat is shown it: how old, how far to be relied on, and where it was last for sure.

A part of every unit on its way to a board or a map.
"""

import msgspec

from dispatch.instants import Instant, instant
from units.answers import Fix
from units.doubts import DOUBTS, Doubt
from units.standing import Good


class DoubtShown(msgspec.Struct, frozen=True):
    """Why a position is not to be relied on."""

    key: str
    zh: str
    en: str


class GoodFixShown(msgspec.Struct, frozen=True):
    """The last position that nothing spoke against."""

    lon: float
    lat: float
    at: Instant | None
    age_s: float


class FixShown(msgspec.Struct, frozen=True):
    """The newest position; speed m/s, heading degree, None where unknown.

    `clock_ahead_s`: by so much the terminal's clock runs ahead and is corrected. `last_good` only beside a `doubt`.
    """

    lon: float
    lat: float
    at: Instant | None
    age_s: float
    speed: float | None
    heading: float | None
    accuracy_m: float | None
    quality: str
    clock_ahead_s: float = 0.0
    doubt: DoubtShown | None = None
    last_good: GoodFixShown | None = None


def fix_shown(fix: Fix | None, now_ms: int) -> FixShown | None:
    """The newest position of a unit, as old as it is then; None: there never was one."""
    if fix is None:
        return None
    return FixShown(
        lon=fix.lon,
        lat=fix.lat,
        at=instant(fix.t_ms),
        age_s=round(fix.age_s, 3),
        speed=fix.speed_mps,
        heading=fix.heading_deg,
        accuracy_m=fix.accuracy_m,
        quality=fix.quality,
        clock_ahead_s=fix.clock_offset_ms / 1000,
        doubt=_doubt_shown(fix.doubt),
        last_good=_good_shown(fix.good, now_ms),
    )


def _doubt_shown(doubt: Doubt) -> DoubtShown | None:
    return None if doubt is Doubt.NONE else DoubtShown(doubt.name.lower(), *DOUBTS[doubt])


def _good_shown(good: Good | None, now_ms: int) -> GoodFixShown | None:
    if good is None:
        return None
    age_s = round(max(now_ms - good.t_ms, 0) / 1000, 3)
    return GoodFixShown(lon=good.lon, lat=good.lat, at=instant(good.t_ms), age_s=age_s)
