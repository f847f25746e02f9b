"""Flood promise: while the funnel is behind the urgent go first, nobody waits for ever, and nobody is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch.runtime.lineup import PATIENCE_S, Lineup

priorities = st.lists(st.integers(1, 4), max_size=60)


def drained(line: Lineup[tuple[int, int]], now_s: float) -> list[tuple[int, int]]:
    taken = []
    while line:
        taken.append(line.popleft(now_s))
    return taken


@given(priorities)
def test_the_urgent_go_first_and_equals_by_arrival(given_: list[int]) -> None:
    line: Lineup[tuple[int, int]] = Lineup()
    for n, priority in enumerate(given_):
        line.append((priority, n), priority, n / 1000)
    assert len(line) == len(given_)
    assert drained(line, PATIENCE_S) == sorted((priority, n) for n, priority in enumerate(given_))


@given(priorities)
def test_whoever_lost_patience_goes_by_arrival(given_: list[int]) -> None:
    line: Lineup[tuple[int, int]] = Lineup()
    for n, priority in enumerate(given_):
        line.append((priority, n), priority, n / 1000)
    assert [n for _, n in drained(line, 1000.0)] == list(range(len(given_)))


@given(st.integers(1, 200))
def test_a_stream_of_urgent_alarms_starves_nobody(more: int) -> None:
    """One that can wait, and a new urgent one each tenth of a second: it is written after PATIENCE_S."""
    line: Lineup[str] = Lineup()
    line.append("noise", 4, 0.0)
    taken = []
    for n in range(more):
        line.append("fire", 1, n / 10)
        taken.append(line.popleft(n / 10))
    assert ("noise" in taken) == ((more - 1) / 10 > PATIENCE_S)


@given(priorities.filter(bool))
def test_what_was_put_back_stands_where_it_stood(given_: list[int]) -> None:
    line: Lineup[tuple[int, int]] = Lineup()
    for n, priority in enumerate(given_):
        line.append((priority, n), priority, float(n))
    before = drained(line, 0.0)
    for priority, n in reversed(before):
        line.put_back((priority, n), priority, float(n))
    assert drained(line, 0.0) == before
