"""Waves 梯次: who of those that may go fills the run card, then who comes after them.

The units come in the order in which they are preferred; nothing here changes it. Pure.
"""

from collections.abc import Sequence
from itertools import islice

from dispatch.ranking.model import Question
from dispatch.response import Requirement, compose, fits_seat
from units.model import Unit


def is_full(question: Question, waves: Sequence[Sequence[object]]) -> bool:
    """Whether nobody more is wanted."""
    return len(waves) >= question.waves and all(len(wave) >= question.size(n) for n, wave in enumerate(waves))


def _may_go(unit: Unit, needed: Requirement) -> bool:
    return not needed.seats or any(fits_seat(unit, seat) for seat in needed.seats)


def in_waves(question: Question, units: Sequence[Unit]) -> list[list[int]]:
    """Wave by wave the places (in `units`) of those who fill the run card best; what `units` asks beyond it is the next in order."""
    left, waves = list(range(len(units))), list[list[int]]()
    for wave in range(question.waves):
        needed = question.asks(wave)
        chosen = set(compose(needed, [units[one] for one in left]) if needed.seats else ())
        size = question.units or needed.count or 1
        others = (i for i in range(len(left)) if i not in chosen and _may_go(units[left[i]], needed))
        picked = chosen | set(islice(others, max(size - len(chosen), 0)))
        if not picked:
            break
        waves.append([left[i] for i in sorted(picked)])
        left = [one for i, one in enumerate(left) if i not in picked]
    return waves
