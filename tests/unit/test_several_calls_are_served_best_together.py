"""Promise: what is offered for several calls is the best there is, and nobody most urgent pays for it."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.joint import NEVER_S, SAVED_S, WEIGHTS, Wanted, one_after_another, together

NO = np.inf


def wanted(priority: int, *seconds: float, count: int = 1) -> Wanted:
    return Wanted(priority, count, np.array(seconds))


def cost(waiting: list[Wanted], chosen: tuple[tuple[int, ...], ...]) -> float:
    """Weighted seconds; who is not served waits as good as for ever."""
    return float(
        sum(
            WEIGHTS[one.priority] * (sum(one.seconds[u] for u in units) + NEVER_S * (one.units - len(units)))
            for one, units in zip(waiting, chosen, strict=True)
        )
    )


@st.composite
def queues(draw: st.DrawFn) -> list[Wanted]:
    units = draw(st.integers(1, 4))
    second = st.one_of(st.integers(10, 900).map(float), st.just(NO))
    one = st.builds(
        lambda priority, seconds: Wanted(priority, 1, np.array(seconds)),
        st.integers(1, 4), st.lists(second, min_size=units, max_size=units),
    )  # fmt: skip
    return sorted(draw(st.lists(one, min_size=1, max_size=4)), key=lambda w: w.priority)


def everything(waiting: list[Wanted]) -> list[tuple[tuple[int, ...], ...]]:
    """All ways to give each call one unit or none."""
    units = [*range(len(waiting[0].seconds)), *([None] * len(waiting))]
    ways = {
        tuple(
            () if u is None or not np.isfinite(one.seconds[u]) else (u,)
            for one, u in zip(waiting, order, strict=True)
        )
        for order in permutations(units, len(waiting))
    }
    return sorted(ways)


def fair(waiting: list[Wanted], usual: tuple[tuple[int, ...], ...], way: tuple[tuple[int, ...], ...]) -> bool:
    return all(
        not theirs or (ours and one.seconds[ours[0]] <= one.seconds[theirs[0]])
        for one, ours, theirs in zip(waiting, way, usual, strict=True)
        if one.priority == 1
    )


@given(waiting=queues())
def test_it_is_the_best_of_all_ways_that_are_fair_to_the_most_urgent(waiting: list[Wanted]) -> None:
    usual, found = one_after_another(waiting), together(waiting)
    best = min(cost(waiting, way) for way in everything(waiting) if fair(waiting, usual, way))
    saved_s = (cost(waiting, usual) - best) / WEIGHTS[3]
    if found is None:
        assert saved_s < SAVED_S + 1e-3
        return
    assert found.saved_s == pytest.approx(saved_s)
    assert found.usual == usual
    assert fair(waiting, usual, found.offered)
    sent = [unit for units in found.offered for unit in units]
    assert len(sent) == len(set(sent))
    assert all(
        np.isfinite(one.seconds[u]) for one, units in zip(waiting, found.offered, strict=True) for u in units
    )


def test_the_first_leaves_the_only_one_that_the_second_can_have() -> None:
    near, far = wanted(3, 60.0, 90.0), wanted(3, 100.0, NO)
    found = together([near, far])
    assert found is not None
    assert (found.usual, found.offered) == (((0,), ()), ((1,), (0,)))
    assert found.saved_s == pytest.approx(NEVER_S + 60.0 - 90.0 - 100.0)


def test_of_two_calls_for_one_unit_the_more_urgent_has_it() -> None:
    assert together([wanted(2, 300.0), wanted(4, 20.0)]) is None


def test_the_most_urgent_keeps_the_quickest() -> None:
    assert together([wanted(1, 60.0, 70.0), wanted(3, 100.0, 1_000.0)]) is None


def test_nothing_is_offered_where_little_is_saved_or_nobody_waits() -> None:
    assert together([wanted(3, 60.0, 90.0), wanted(3, 60.0, 100.0)]) is None
    assert together([]) is None


def test_a_call_that_wants_two_has_two() -> None:
    found = together([wanted(2, 60.0, 80.0, 200.0, count=2), wanted(3, 90.0, 95.0, NO)])
    assert found is not None
    assert sorted(map(len, found.offered)) == [1, 2]
