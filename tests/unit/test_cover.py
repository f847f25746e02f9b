"""Promise: what the next call waits, who is missed and what a move wins are what counting it out gives, for any units and places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dispatch.cover import DEPTH, FAR_S, Cover, Floats, Seconds

BUSY = 0.4
NEAR = st.integers(0, 1_500).map(float)


def times(most: int = DEPTH) -> st.SearchStrategy[Seconds]:
    """Fewer units than are looked at, so that nothing is left out."""
    return st.tuples(st.integers(1, most), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=NEAR)
    )


def cover(seconds: Seconds) -> Cover:
    return Cover(seconds, shares(seconds), BUSY)


def shares(seconds: Seconds) -> Floats:
    raw = np.arange(1.0, seconds.shape[1] + 1)
    return np.asarray(raw / raw.sum())


def counted(seconds: Seconds) -> float:
    """The first, the second, ... answers, each as often as all before it are busy and it is not."""
    whole = 0.0
    for column, share in zip(seconds.T, shares(seconds), strict=True):
        nearest = np.sort(np.minimum(column, FAR_S))
        odds = [(1 - BUSY) * BUSY**k for k in range(len(nearest))]
        whole += share * (sum(odds * nearest) + BUSY ** len(nearest) * FAR_S)
    return whole


def test_a_place_is_answered_by_its_second_as_often_as_its_first_is_busy() -> None:
    assert cover(np.array([[100.0], [300.0]])).expected_s() == pytest.approx(
        0.6 * 100 + 0.24 * 300 + 0.16 * FAR_S
    )


@given(seconds=times())
def test_the_next_call_waits_as_counted(seconds: Seconds) -> None:
    assert cover(seconds).expected_s() == pytest.approx(counted(seconds))


@given(seconds=times())
def test_who_is_missed_is_the_difference_without(seconds: Seconds) -> None:
    for unit, missed in enumerate(cover(seconds).missed_s(seconds)):
        assert missed == pytest.approx(counted(np.delete(seconds, unit, axis=0)) - counted(seconds))


@given(data=st.data(), seconds=times(DEPTH - 1))
def test_what_one_more_wins_is_the_difference_with(data: st.DataObject, seconds: Seconds) -> None:
    post = data.draw(arrays(np.float64, (1, seconds.shape[1]), elements=NEAR))
    assert cover(seconds).won_s(post)[0] == pytest.approx(
        counted(seconds) - counted(np.vstack([seconds, post]))
    )


@given(data=st.data(), seconds=times())
def test_the_best_move_is_the_best_of_all_that_could_be_made(data: st.DataObject, seconds: Seconds) -> None:
    posts = data.draw(arrays(np.float64, (3, seconds.shape[1]), elements=NEAR))
    whole, each = arrays(np.bool_, len(seconds)), arrays(np.bool_, (len(seconds), 3))
    movable = data.draw(st.one_of(whole, each))

    def gain(unit: int, post: int) -> float:
        moved = seconds.copy()
        moved[unit] = posts[post]
        return counted(seconds) - counted(moved)

    may = np.broadcast_to(movable.reshape(len(seconds), -1), (len(seconds), 3))
    best = max((gain(unit, post) for unit, post in np.argwhere(may).tolist()), default=0.0)
    move = cover(seconds).best_move(seconds, posts, movable)
    if move is None:
        assert best <= 1e-6
    else:
        assert may[move.unit, move.post]
        assert move.gain_s == pytest.approx(best) == pytest.approx(gain(move.unit, move.post))


@pytest.mark.parametrize("seed", range(4))
def test_none_of_a_whole_city_is_overlooked_for_the_sake_of_speed(seed: int) -> None:
    lot = np.random.default_rng(seed)
    places, units = lot.random((60, 2)) * 9_000, lot.random((30, 2)) * 9_000 * (1.0, 0.4 + seed / 5)
    seconds = np.hypot(*(units[:, None] - places).transpose(2, 0, 1)) / 9
    posts = np.hypot(*(places[:20, None] - places).transpose(2, 0, 1)) / 9
    known = cover(seconds)
    gains = np.array(
        [
            [known.expected_s() - known.without(here).joined(there[None]).expected_s() for there in posts]
            for here in seconds
        ]
    )
    move = known.best_move(seconds, posts, np.ones(len(seconds), np.bool_))
    assert move is not None
    assert move.gain_s == pytest.approx(gains.max(), abs=BUSY**DEPTH * FAR_S)
    assert gains[move.unit, move.post] == pytest.approx(gains.max(), abs=BUSY**DEPTH * FAR_S)
    assert known.best_move(seconds, posts, np.ones(len(seconds), np.bool_), move.gain_s - 0.01) == move
    assert known.best_move(seconds, posts, np.ones(len(seconds), np.bool_), move.gain_s + 0.01) is None


def test_where_nobody_is_free_somebody_comes_from_afar() -> None:
    assert Cover(np.empty((0, 2)), np.array([0.5, 0.5]), BUSY).expected_s() == FAR_S
