"""Several calls wait and want the same units: who goes where so that together they wait least.

Offered beside the usual way, one call after another by urgency, when that would leave somebody much later. Solved exactly as
an assignment problem (D. F. Crouse 2016, doi:10.1109/TAES.2016.140952, in scipy); nobody who is more urgent pays for it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

WEIGHTS = {1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0}
"""How much a second of waiting counts, by priority."""
SAVED_S = 60.0
"""What is saved in all, weighted as at P3, before anything is offered."""
NEVER_S = 1e7
"""In place of never: longer than anybody drives, so that as many calls as can be are served, the urgent first."""


class Wanted(NamedTuple):
    """One waiting call: its priority, how soon each unit would be there (s), a row for each that it wants.

    inf: not to be sent, or not fit for what that row asks. A unit's time is the same in each row in which it is finite.
    """

    priority: int
    seconds: Floats

    @property
    def units(self) -> int:
        """How many units it wants."""
        return len(self.seconds)

    @property
    def soonest(self) -> Floats:
        """Each unit's time; inf: fit for nothing of it."""
        return np.asarray(self.seconds.min(axis=0, initial=np.inf))


class Together(NamedTuple):
    """Units of each call, quickest first, in the order of the calls; saved_s: by how much sooner all of them, each second weighted as at P3."""

    usual: tuple[tuple[int, ...], ...]
    offered: tuple[tuple[int, ...], ...]
    saved_s: float


def one_after_another(waiting: Sequence[Wanted]) -> tuple[tuple[int, ...], ...]:
    """Each in turn takes the quickest that are left: what a queue does. The calls are in that order."""
    return tuple(
        _by_time(one, seated.values()) for one, seated in zip(waiting, _seated(waiting), strict=True)
    )


def together(waiting: Sequence[Wanted]) -> Together | None:
    """The best for all, if it saves enough; None: the usual way is as good.

    A call of priority 1 is never served later, or by fewer, than in its turn. waiting: by urgency, as the queue stands; all
    columns of one length.
    """
    seated = _seated(waiting)
    rows = [(n, row) for n, one in enumerate(waiting) for row in range(one.units)]
    if not rows:
        return None
    costs = np.array([_allowed(waiting[n], row, seated[n].get(row)) for n, row in rows])
    never = np.array([[WEIGHTS[waiting[n].priority] * NEVER_S] for n, _ in rows])
    nobody = np.repeat(never, len(rows), axis=1)  # a column for each that may be left without
    filled = np.hstack([np.where(np.isnan(costs), 2 * never, costs), nobody])
    chosen: list[list[int]] = [[] for _ in waiting]
    for row, unit in _pairs(filled):
        if unit < costs.shape[1] and not np.isnan(costs[row, unit]):
            chosen[rows[row][0]].append(unit)
    usual = one_after_another(waiting)
    offered = tuple(_by_time(one, units) for one, units in zip(waiting, chosen, strict=True))
    saved_s = (_cost(waiting, usual) - _cost(waiting, offered)) / WEIGHTS[3]
    if saved_s < SAVED_S or any(
        len(ours) < len(theirs)
        for one, ours, theirs in zip(waiting, offered, usual, strict=True)
        if one.priority == 1
    ):
        return None
    return Together(usual, offered, saved_s)


def _seated(waiting: Sequence[Wanted]) -> list[dict[int, int]]:
    """Row -> unit of each call, served in turn: as many rows as can be, by the quickest of whom the earlier ones have left."""
    free = np.ones(waiting[0].seconds.shape[1] if waiting else 0, np.bool_)
    found = []
    for one in waiting:
        # By their places in the order of time, of which no two are alike: the first of equals is taken, as in any list.
        place = np.argsort(np.argsort(one.soonest, kind="stable"), kind="stable").astype(np.float64)
        costs = np.where(np.isfinite(one.seconds) & free, place, np.inf)
        never = 1.0 + place.size * (one.units + 1)
        filled = np.hstack(
            [np.where(np.isinf(costs), 2 * never, costs), np.full((one.units, one.units), never)]
        )
        seated = {
            row: unit for row, unit in _pairs(filled) if unit < place.size and np.isfinite(costs[row, unit])
        }
        free[list(seated.values())] = False
        found.append(seated)
    return found


def _pairs(costs: Floats) -> list[tuple[int, int]]:
    """Which rows go with which columns at the least cost in all."""
    from scipy.optimize import linear_sum_assignment  # spares a replica that comes back 0.1 s

    rows, columns = linear_sum_assignment(costs)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _allowed(one: Wanted, row: int, usual: int | None) -> Floats:
    """What each unit costs in a row; nan: it does not go there. At P1 nobody comes later than who comes usually."""
    seconds = one.seconds[row]
    latest = float(seconds[usual]) if one.priority == 1 and usual is not None else np.inf
    return np.where(np.isfinite(seconds) & (seconds <= latest), WEIGHTS[one.priority] * seconds, np.nan)


def _by_time(one: Wanted, units: Iterable[int]) -> tuple[int, ...]:
    soonest = one.soonest
    return tuple(sorted(units, key=lambda unit: (soonest[unit], unit)))


def _cost(waiting: Sequence[Wanted], chosen: Sequence[Sequence[int]]) -> float:
    """Weighted seconds; whoever is not served costs more than any way."""
    return sum(
        WEIGHTS[one.priority]
        * (sum(float(one.soonest[unit]) for unit in units) + (one.units - len(units)) * NEVER_S)
        for one, units in zip(waiting, chosen, strict=True)
    )
