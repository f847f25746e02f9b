"""What counts beside the way, in seconds: one table, so that a term that does not help is taken out by taking out its line.

A unit's score is its time to the place and the seconds of all terms; the lowest goes first. No term is below zero, and none keeps
anybody out. At P1 time alone counts. `VERSION` is kept with every order, and what each term leaned on. What each spares and costs is
measured (`load_tests/scenarios/each_term.py`). The age of a position is said and costs nothing: who is not sure to be where he was last
seen is as often nearer as farther, and seconds for that sent others who came later.
"""

from collections.abc import Mapping
from typing import NamedTuple

from dispatch.leanings import Leaning

VERSION = "2"
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
}

MISSED_STEP_S = 0.5
"""Steps of what is missed: two replicas whose looks at it are some seconds apart mostly say the same."""
SHIFT_SOON_S = 45 * 60.0


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
    }
