"""Promise: expected calls are shares of one whole, more where and when more came, and nowhere nothing."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.demand.model import HOURS, RES, Demand, Seen, hour_of_week
from geo.cells import cell15, cell_at, cell_of_stem, parent

GROUND = [cell_at(113.9 + n / 50, 22.5, RES) for n in range(6)]
SEEN = st.lists(
    st.builds(Seen, st.sampled_from(GROUND), st.integers(0, HOURS - 1), st.integers(1, 50)), max_size=20
)


@given(seen=SEEN, hour=st.integers(0, HOURS - 1))
def test_it_is_a_whole_and_nowhere_nothing(seen: list[Seen], hour: int) -> None:
    expected = Demand(GROUND, seen).at(hour)
    assert expected is not None
    assert expected.share.sum() == pytest.approx(1.0)
    assert expected.share.min() > 0
    assert expected.cells.tolist() == sorted(GROUND)


@given(seen=SEEN, hour=st.integers(0, HOURS - 1), more=st.integers(1, 50))
def test_where_more_came_more_is_expected(seen: list[Seen], hour: int, more: int) -> None:
    before = Demand(GROUND, seen).at(hour)
    after = Demand(GROUND, [*seen, Seen(GROUND[0], hour, more)]).at(hour)
    assert before is not None
    assert after is not None
    row = after.cells.tolist().index(GROUND[0])
    assert after.share[row] >= before.share[row] - 1e-12
    assert after.calls > before.calls


def test_the_hour_itself_says_more_than_its_neighbour_and_that_more_than_another_day() -> None:
    demand = Demand(GROUND, [Seen(GROUND[0], 30, 8), Seen(GROUND[1], 31, 8), Seen(GROUND[2], 30 + 48, 8)])
    expected = demand.at(30)
    assert expected is not None
    share = dict(zip(expected.cells.tolist(), expected.share.tolist(), strict=True))
    assert share[GROUND[0]] > share[GROUND[1]] > share[GROUND[2]] > share[GROUND[3]]


def test_where_there_is_no_ground_nothing_is_said() -> None:
    assert Demand([], []).at(5) is None


def test_the_week_begins_on_monday_at_midnight() -> None:
    assert hour_of_week(datetime(2026, 11, 30, 0, 59)) == 0  # noqa: DTZ001  # the city's own clock
    assert hour_of_week(datetime(2026, 12, 6, 23, 0)) == HOURS - 1  # noqa: DTZ001


@given(lon=st.floats(-179, 179), lat=st.floats(-85, 85), res=st.integers(0, 15))
def test_a_stem_is_told_from_any_place_of_its_cell(lon: float, lat: float, res: int) -> None:
    stored = cell15(lon, lat)
    assert cell_of_stem(stored >> 3 * (15 - res), res) == parent(stored, res)
