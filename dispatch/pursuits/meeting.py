"""Who meets what moves: units that are at a place on its way before it is there, each with the moment when it comes by.

It is taken to go straight on along its heading. Each unit's time to some places ahead is compared with the target's own; between
two places both times are taken as even. A unit that is nowhere in time chases: it counts as at the last place, later than all
that meet it. Pure; the times come from the same search as any ranking.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.driving import ByRoad
from geo.coordinates import bearing_deg
from incidents.sightings.trail import STALE_S, Motion
from units.answers import Around

AHEAD_S = (0.0, 45.0, 90.0, 150.0, 225.0, 300.0)
"""From now; farther ahead nobody knows where he will have turned."""
SIDE_DEG = 90.0
"""A unit that stands farther round from the heading than this is behind it."""

type Floats = NDArray[np.float64]


class Met(msgspec.Struct, frozen=True):
    """How a unit stands to what moves: seconds from now until they meet, None: nowhere within what is foreseen."""

    meets_s: float | None
    is_ahead: bool


class Meeting(msgspec.Struct, frozen=True):
    """For the units of `around`, row by row: when they meet it (inf: not), where of the places, and the time they rank by.

    reached_s: up to here everybody is known; road: what was searched towards where it is now, None: straight lines.
    """

    around: Around
    meets_s: Floats
    place: NDArray[np.intp]
    rank_s: Floats
    ahead: NDArray[np.bool_]
    reached_s: float
    road: ByRoad | None = None

    def of(self, row: int) -> Met:
        """How the unit of a row stands to it."""
        meets_s = float(self.meets_s[row])
        return Met(meets_s if np.isfinite(meets_s) else None, bool(self.ahead[row]))


def is_foreseen(motion: Motion, now_ms: int) -> bool:
    """Whether it was seen so lately that one may say where it is going."""
    return now_ms - motion.at <= STALE_S * 1000


def places(motion: Motion, now_ms: int) -> list[tuple[float, float]]:
    """Where it is now and will be after each of AHEAD_S."""
    return [motion.place(now_ms + 1000 * seconds) for seconds in AHEAD_S]


def seen_from(around: Around, place: tuple[float, float]) -> Around:
    """The same units, seen from another place."""
    return replace(around, place=place)


def meeting(
    around: Around, motion: Motion, now_ms: int, seconds: Sequence[Floats], reached_s: Sequence[float]
) -> Meeting:
    """Who meets it and when. seconds: of each unit to each place; reached_s: up to where each of these searches knows everybody."""
    times = np.array(AHEAD_S)
    slack = times[:, None] - np.array(seconds)  # how much earlier than the target, place by place
    there = slack >= 0
    met = there.any(axis=0)
    place = np.where(met, there.argmax(axis=0), len(AHEAD_S) - 1)
    columns = np.arange(len(around.handles))
    before = np.maximum(place - 1, 0)
    late, early = -slack[before, columns], slack[place, columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(late) & (late + early > 0), late / (late + early), 1.0)
    at_s = times[before] + (times[place] - times[before]) * np.clip(share, 0.0, 1.0)
    meets_s = np.where(met, np.where(place == 0, 0.0, at_s), np.inf)
    unsure = [times[max(k - 1, 0)] for k, known in enumerate(reached_s) if known < times[k]]
    return Meeting(
        around=around, meets_s=meets_s, place=place,
        rank_s=np.where(met, meets_s, np.maximum(np.array(seconds)[-1], times[-1])),
        ahead=_is_ahead(around, motion, now_ms), reached_s=float(min([*unsure, max(reached_s[-1], times[-1])])),
    )  # fmt: skip


def _is_ahead(around: Around, motion: Motion, now_ms: int) -> NDArray[np.bool_]:
    here = motion.place(now_ms)
    pairs = zip(around.lon.tolist(), around.lat.tolist(), strict=True)
    bearings = np.array([bearing_deg(*here, lon, lat) for lon, lat in pairs])
    off = np.abs((bearings - motion.heading + 180.0) % 360.0 - 180.0)
    return np.asarray(off <= SIDE_DEG)
