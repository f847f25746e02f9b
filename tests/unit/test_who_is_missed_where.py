"""Promise: one look tells of every unit what counting it out tells, names the ground it leaves bare, and knows rivers."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.cover import DEPTH, Cover
from dispatch.coverage.between import LEAST, MOST, Between
from dispatch.coverage.snapshot import NOT_MISSED, CoverSnapshot
from dispatch.demand.model import RES, Demand, Expected, Seen
from geo.cells import cell_at, disk, middle
from tests.harness.drawn_town import DrawnTown
from units.answers import Around

MIDDLE = (114.0, 22.5)
GROUND = disk(cell_at(*MIDDLE, RES), 4)
WEST, EAST = UUID(int=1), UUID(int=2)
OWNERS = {cell: WEST if middle(cell)[0] < MIDDLE[0] else EAST for cell in GROUND}
DEMAND = Demand(GROUND, [Seen(GROUND[3], 9, 5), Seen(GROUND[40], 9, 2)], owners=OWNERS)
KINDS = ("car", "motorcycle", "foot")
SPOT = st.tuples(st.integers(-40, 40), st.integers(-40, 40), st.integers(0, 2))


def expected() -> Expected:
    told = DEMAND.at(9)
    assert told is not None
    return told


def units(spots: list[tuple[int, int, int]]) -> Around:
    lon, lat, kind = np.array(spots, np.float64).reshape(-1, 3).T
    return Around(
        MIDDLE, np.arange(1, len(spots) + 1, dtype=np.uint32) * 10, MIDDLE[0] + lon / 1000, MIDDLE[1] + lat / 1000,
        kind.astype(np.uint16), KINDS,
    )  # fmt: skip


def look(spots: list[tuple[int, int, int]], between: Between | None = None) -> CoverSnapshot:
    return CoverSnapshot(units(spots), expected(), DEMAND.owners, between, 0, DEMAND.version)


@settings(deadline=None)
@given(spots=st.lists(SPOT, max_size=DEPTH))
def test_of_few_units_each_is_missed_as_much_as_counting_it_out_says(
    spots: list[tuple[int, int, int]],
) -> None:
    snapshot, everybody = look(spots), np.arange(len(spots))
    seconds = snapshot.seconds(everybody)
    counted = Cover(seconds, expected().share)
    told = [snapshot.missed((n + 1) * 10).city_s for n in everybody.tolist()]
    assert told == pytest.approx(counted.missed_s(seconds).tolist(), abs=1e-6)
    assert snapshot.expected_s == pytest.approx(counted.expected_s())


@settings(deadline=None, max_examples=30)
@given(spots=st.lists(SPOT, min_size=DEPTH + 1, max_size=60))
def test_of_many_units_nobody_is_told_wrong_by_a_second(spots: list[tuple[int, int, int]]) -> None:
    snapshot, everybody = look(spots), np.arange(len(spots))
    seconds = snapshot.seconds(everybody)
    counted = Cover(seconds, expected().share).missed_s(seconds)
    told = [snapshot.missed((n + 1) * 10).city_s for n in everybody.tolist()]
    assert np.abs(np.array(told) - counted).max() < 1.0


def test_the_ground_that_becomes_bare_is_named_with_what_a_call_there_waits() -> None:
    snapshot = look([(-20, 0, 0), (20, 0, 0), (22, 5, 0)])
    alone, one_of_two = snapshot.missed(10), snapshot.missed(30)
    assert alone.room_id == WEST
    assert one_of_two.room_id == EAST
    assert alone.city_s > one_of_two.city_s
    share = sum(s for s, owner in zip(expected().share, DEMAND.owners, strict=True) if owner == WEST)
    assert alone.there_s > alone.city_s
    assert alone.there_s * share <= alone.city_s + 1e-9


def test_who_was_not_free_then_is_not_missed_and_nobody_is_no_harm() -> None:
    assert look([(0, 0, 0)]).missed(99) == NOT_MISSED
    assert look([]).missed(10) == NOT_MISSED


def test_a_river_makes_who_stands_behind_it_count_as_far() -> None:
    """Two banks 3 km long, joined only at their western end."""
    town = DrawnTown(f"A{' ' * 29}B\n\n\n\n\nC{' ' * 29}D", {"AB": {}, "CD": {}, "AC": {}})
    near, over = town.at["B"], town.at["D"]
    cells = sorted({cell_at(*near, RES), cell_at(*over, RES)})
    assert len(cells) == 2
    demand = Demand(cells, [])
    roads = town.roads
    between = Between(roads, demand.cells, demand.lon, demand.lat).fill(1)
    assert not between.is_whole
    assert between.fill(9).is_whole
    assert between.is_of(roads, demand.cells)
    assert np.diag(between.times).tolist() == [1.0, 1.0]
    assert between.times.min() >= LEAST
    assert between.times.max() <= MOST
    told = demand.at(0)
    assert told is not None
    here = Around(
        near,
        np.array([1], np.uint32),
        np.array([near[0]]),
        np.array([near[1]]),
        np.zeros(1, np.uint16),
        KINDS,
    )
    straight, by_road = (CoverSnapshot(here, told, demand.owners, ways, 0) for ways in (None, between))
    assert by_road.expected_s > straight.expected_s
