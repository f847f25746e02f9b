"""What counts beside the way, in seconds: one table, so that a term that does not help is taken out by taking out its line.

A unit's score is its time to the place and the seconds of all terms; the lowest goes first. No term is below zero, and none keeps
anybody out. At P1 time alone counts, and how sure it is. `VERSION` is kept with every order, and what each term leaned on. Cover is
measured (`load_tests/scenarios/saves_time.py`); the others are how centres do it, and small beside it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from dispatch.leanings import Leaning
from dispatch.plain_times import DETOUR

VERSION = "1"
ALL = frozenset({1, 2, 3, 4})
ROUTINE = frozenset({3, 4})


class Weight(NamedTuple):
    """At which priorities a term counts, the factor of its amount, and the most it adds (s)."""

    at: frozenset[int]
    factor: float
    most_s: float


WEIGHTS: dict[str, Weight] = {
    # By how many seconds longer the next call in the city waits without it.
    "cover": Weight(ROUTINE, 10.0, 300.0),
    # A unit of another station than the incident's, those above and below it.
    "neighbour": Weight(ROUTINE, 30.0, 30.0),
    # Its shift ends soon.
    "shift": Weight(ROUTINE, 30.0, 30.0),
    # Busy with something else, and may be ordered all the same.
    "busy": Weight(frozenset({2}), 30.0, 30.0),
    # The seconds it may have driven since its last position, and what that was uncertain by.
    "fix": Weight(ALL, 0.5, 60.0),
}

MISSED_STEP_S = 0.5
"""Steps of what is missed: two replicas whose looks at it are some seconds apart mostly say the same."""
SHIFT_SOON_S = 45 * 60.0
FRESH_FIX_S = 10.0
SURE_M = 50.0
STANDS = 0.2
"""Of its plain speed: so fast who was standing at his last position may be driving by now, in the mean."""


def terms(leaning: Leaning, priority: int, weights: Mapping[str, Weight] = WEIGHTS) -> dict[str, float]:
    """The seconds of each term that counts, those of none left out."""
    told = {}
    for name, amount in _amounts(leaning).items():
        weight = weights.get(name)
        if weight is not None and priority in weight.at:
            seconds = round(min(weight.factor * amount, weight.most_s), 1)
            if seconds > 0:
                told[name] = seconds
    return told


def score_s(leaning: Leaning, priority: int, weights: Mapping[str, Weight] = WEIGHTS) -> float:
    """By what a unit is ranked: its time and all terms."""
    return round(leaning.eta_s + sum(terms(leaning, priority, weights).values()), 1)


def _amounts(leaning: Leaning) -> dict[str, float]:
    left = leaning.shift_left_s
    return {
        "cover": round(leaning.missed_s / MISSED_STEP_S) * MISSED_STEP_S,
        "neighbour": float(leaning.neighbour),
        "shift": float(left is not None and left <= SHIFT_SOON_S),
        "busy": float(leaning.busy),
        "fix": _unsure_s(leaning),
    }


def _unsure_s(leaning: Leaning) -> float:
    """By how many seconds of its own driving its place may be another than is believed."""
    if leaning.fix_age_s is None:
        return 0.0
    pace = 1.0 if leaning.speed_mps is None else min(max(leaning.speed_mps / leaning.mps, STANDS), 1.0)
    moved_s = max(leaning.fix_age_s - FRESH_FIX_S, 0.0) * pace
    return moved_s + max((leaning.accuracy_m or 0.0) - SURE_M, 0.0) * DETOUR / leaning.mps
