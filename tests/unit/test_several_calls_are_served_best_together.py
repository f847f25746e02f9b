"""Promise: what is offered for several calls is the best there is, and nobody most urgent pays for it."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.joint import NEVER_S, SAVED_S, WEIGHTS, Wanted, one_after_another, together

NO = np.inf


def wanted(priority: int, *seconds: float, count: int = 1) -> Wanted:
    return Wanted(priority, np.tile(np.array(seconds), (count, 1)))


def cost(waiting: list[Wanted], chosen: tuple[tuple[int, ...], ...]) -> float:
    """Weighted seconds; who is not served waits as good as for ever."""
    return float(
        sum(
            WEIGHTS[one.priority] * (sum(one.soonest[u] for u in units) + NEVER_S * (one.units - len(units)))
            for one, units in zip(waiting, chosen, strict=True)
        )
    )


@st.composite
def queues(draw: st.DrawFn) -> list[Wanted]:
    units = draw(st.integers(1, 4))
    second = st.one_of(st.integers(10, 900).map(float), st.just(NO))
    one = st.builds(
        lambda priority, seconds: wanted(priority, *seconds),
        st.integers(1, 4), st.lists(second, min_size=units, max_size=units),
    )  # fmt: skip
    return sorted(draw(st.lists(one, min_size=1, max_size=4)), key=lambda w: w.priority)


def everything(waiting: list[Wanted]) -> list[tuple[tuple[int, ...], ...]]:
    """All ways to give each call one unit or none."""
    units = [*range(waiting[0].seconds.shape[1]), *([None] * len(waiting))]
    ways = {
        tuple(
            () if u is None or not np.isfinite(one.soonest[u]) else (u,)
            for one, u in zip(waiting, order, strict=True)
        )
        for order in permutations(units, len(waiting))
    }
    return sorted(ways)


def fair(waiting: list[Wanted], usual: tuple[tuple[int, ...], ...], way: tuple[tuple[int, ...], ...]) -> bool:
    return all(
        not theirs or (ours and one.soonest[ours[0]] <= one.soonest[theirs[0]])
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
        np.isfinite(one.soonest[u]) for one, units in zip(waiting, found.offered, strict=True) for u in units
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


@st.composite
def seats(draw: st.DrawFn) -> list[Wanted]:
    """Calls that want one or two, each row with its own units that fit it."""
    units = draw(st.integers(1, 5))
    calls = []
    for priority in sorted(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))):
        times = np.array(draw(st.lists(st.integers(10, 900).map(float), min_size=units, max_size=units)))
        fits = st.lists(st.booleans(), min_size=units, max_size=units)
        rows = [np.where(draw(fits), times, NO) for _ in range(draw(st.integers(1, 2)))]
        calls.append(Wanted(priority, np.array(rows)))
    return calls


@given(waiting=seats())
def test_each_takes_what_it_can_in_its_turn_as_a_single_ranking_would(waiting: list[Wanted]) -> None:
    """Kuhn's augmenting over the units in their order, which is what a run card is filled by."""
    taken: set[int] = set()
    for one, units in zip(waiting, one_after_another(waiting), strict=True):
        order = [int(u) for u in np.argsort(one.soonest, kind="stable") if u not in taken]
        sitting: dict[int, int] = {}

        def seat(unit: int, tried: set[int], one: Wanted = one, sitting: dict[int, int] = sitting) -> bool:
            for row in range(one.units):
                if row in tried or not np.isfinite(one.seconds[row, unit]):
                    continue
                tried.add(row)
                if row not in sitting or seat(sitting[row], tried):
                    sitting[row] = unit
                    return True
            return False

        expected = [unit for unit in order if seat(unit, set())]
        assert sorted(units) == sorted(expected)
        taken |= set(units)


@given(waiting=seats())
def test_no_unit_goes_twice_and_nobody_most_urgent_is_later_or_has_fewer(waiting: list[Wanted]) -> None:
    found = together(waiting)
    if found is None:
        return
    sent = [unit for units in found.offered for unit in units]
    assert len(sent) == len(set(sent))
    assert found.saved_s >= SAVED_S
    for one, ours, theirs in zip(waiting, found.offered, found.usual, strict=True):
        if one.priority == 1:
            assert len(ours) >= len(theirs)
            assert all(one.soonest[u] <= one.soonest[v] for u, v in zip(ours, theirs, strict=False))


def test_a_row_that_only_one_can_fill_keeps_that_one() -> None:
    """A call that wants anybody and somebody armed; the armed one is nearest of all, for both."""
    both = Wanted(3, np.array([[60.0, 90.0, 120.0], [60.0, NO, NO]]))
    assert one_after_another([both]) == ((0, 1),)
    armed = Wanted(3, np.array([[50.0, NO, NO]]))
    found = together([wanted(3, 40.0, 70.0, NO), armed])
    assert found is not None
    assert found.offered == ((1,), (0,))
