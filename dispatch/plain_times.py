"""How long everybody takes to a place: by road where that is known, else by straight line, a detour and a plain speed by kind.

The first and heaviest thing a ranking goes by; what else counts is added to it in seconds (`ranking.weights`).
"""

import numpy as np
from numpy.typing import NDArray

from dispatch.driving import ByRoad
from units.answers import Around

# Mean ratio of road to straight distance in cities is 1.3 to 1.4 (Ballou, Rahardja, Sakai 2002, Transp. Res. A 36).
DETOUR = 1.35
SPEED_MPS = {
    "car": 9.0,
    "motorcycle": 10.0,
    "foot": 1.5,
    "boat": 8.0,
    "drone": 15.0,
    "video": 9.0,
    "other": 6.0,
}


def speed_of(kind: str) -> float:
    """Metres a second of ordinary going about."""
    return SPEED_MPS.get(kind, SPEED_MPS["other"])


def seconds_of(around: Around, road: ByRoad | None) -> NDArray[np.float64]:
    """How long each of these takes: by road where that is known, else by straight line and a plain speed by kind."""
    speeds = np.array([speed_of(kind) for kind in around.kinds] or [1.0])
    if road is None:
        return np.asarray(around.metres * DETOUR / speeds[around.kind])
    straight = np.flatnonzero(np.isnan(road.eta_s))
    seconds = road.eta_s.copy()
    seconds[straight] = around.metres_of(straight) * DETOUR / speeds[around.kind[straight]]
    return seconds
