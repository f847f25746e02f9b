"""Several calls wait and want the same units: who goes where so that together they wait least.

Offered beside the usual way, one call after another by urgency, when that would leave somebody much later. Solved exactly as
an assignment problem (D. F. Crouse 2016, doi:10.1109/TAES.2016.140952, in scipy); nobody who is more urgent pays for it.
"""

from collections.abc import Sequence
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
    """One waiting call: its priority, how many units it wants, how soon each unit would be there (s; inf: not to be sent)."""

    priority: int
    units: int
    seconds: Floats


class Together(NamedTuple):
    """Units of each call, in the order of the calls; saved_s: by how much sooner all of them, each second weighted as at P3."""

    usual: tuple[tuple[int, ...], ...]
    offered: tuple[tuple[int, ...], ...]
    saved_s: float


def one_after_another(waiting: Sequence[Wanted]) -> tuple[tuple[int, ...], ...]:
    """Each in turn takes the quickest that are left: what a queue does. The calls are in that order."""
    taken: set[int] = set()
    chosen = []
    for one in waiting:
        order = [
            int(unit) for unit in np.argsort(one.seconds, kind="stable") if np.isfinite(one.seconds[unit])
        ]
        units = tuple([unit for unit in order if unit not in taken][: one.units])
        taken |= set(units)
        chosen.append(units)
    return tuple(chosen)


def together(waiting: Sequence[Wanted]) -> Together | None:
    """The best for all, if it saves enough; None: the usual way is as good.

    A call of priority 1 is never served later, or by fewer, than in its turn. waiting: by urgency, as the queue stands; all
    columns of one length.
    """
    from scipy.optimize import linear_sum_assignment  # spares a replica that comes back 0.1 s

    if not waiting:
        return None
    usual = one_after_another(waiting)
    rows, limits = _rows(waiting, usual)
    costs = np.array([
        np.where(np.isfinite(one.seconds) & (one.seconds <= limit), WEIGHTS[one.priority] * one.seconds, np.nan)
        for (_, one), limit in zip(rows, limits, strict=True)
    ])  # fmt: skip
    if not costs.size:
        return None
    never = np.array([[WEIGHTS[one.priority] * NEVER_S] for _, one in rows])
    nobody = np.repeat(never, len(rows), axis=1)  # a column for each that may be left without
    filled = np.hstack([np.where(np.isnan(costs), 2 * never, costs), nobody])
    chosen: list[list[int]] = [[] for _ in waiting]
    for row, unit in zip(*linear_sum_assignment(filled), strict=True):
        if unit < costs.shape[1] and not np.isnan(costs[row, unit]):
            chosen[rows[row][0]].append(int(unit))
    offered = tuple(
        tuple(sorted(units, key=lambda unit: (one.seconds[unit], unit)))
        for one, units in zip(waiting, chosen, strict=True)
    )
    saved_s = (_cost(waiting, usual) - _cost(waiting, offered)) / WEIGHTS[3]
    if saved_s < SAVED_S or any(
        len(ours) < len(theirs)
        for one, ours, theirs in zip(waiting, offered, usual, strict=True)
        if one.priority == 1
    ):
        return None
    return Together(usual, offered, saved_s)


def _rows(
    waiting: Sequence[Wanted], usual: Sequence[Sequence[int]]
) -> tuple[list[tuple[int, Wanted]], list[float]]:
    """One row for each unit wanted, and the latest that it may come."""
    rows, limits = [], []
    for n, (one, units) in enumerate(zip(waiting, usual, strict=True)):
        for k in range(one.units):
            rows.append((n, one))
            limits.append(float(one.seconds[units[k]]) if one.priority == 1 and k < len(units) else np.inf)
    return rows, limits


def _cost(waiting: Sequence[Wanted], chosen: Sequence[Sequence[int]]) -> float:
    """Weighted seconds; whoever is not served costs more than any way."""
    return sum(
        WEIGHTS[one.priority]
        * (sum(float(one.seconds[unit]) for unit in units) + (one.units - len(units)) * NEVER_S)
        for one, units in zip(waiting, chosen, strict=True)
    )
