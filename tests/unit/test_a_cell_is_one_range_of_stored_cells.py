"""Cells: BETWEEN lo AND hi is the same as "in this cell"; the reach of a cell holds for every point in it."""

import math

import h3.api.basic_int as h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import (
    beyond_disk_m,
    cell15,
    cell_at,
    cell_range,
    cell_shape,
    cell_text,
    check_cell,
    disk,
    parent,
    parse_cell,
    resolution,
    ring,
)
from geo.coordinates import destination, distance_m
from geo.errors import BadCell, BadPosition

LONS = st.floats(-180, 180)
LATS = st.floats(-90, 90)
RESOLUTIONS = st.integers(0, 15)
BIGINT_MAX = 2**63 - 1


@st.composite
def places_near_a_pentagon(draw: st.DrawFn) -> tuple[float, float]:
    res = draw(RESOLUTIONS)
    pentagon = draw(st.sampled_from(sorted(h3.get_pentagons(res))))
    shape = cell_shape(pentagon)
    return destination(shape.lon, shape.lat, draw(st.floats(0, 360)), draw(st.floats(0, 3)) * shape.outer_m)


PLACES = st.one_of(st.tuples(LONS, LATS), places_near_a_pentagon())


@settings(max_examples=300, deadline=None)
@given(PLACES, RESOLUTIONS, st.floats(0, 360), st.floats(0, 3))
def test_a_stored_cell_is_between_exactly_when_it_lies_in_the_cell(
    place: tuple[float, float], res: int, bearing: float, cells_away: float
) -> None:
    cell = cell_at(*place, res)
    lo, hi = cell_range(cell)
    assert 0 < lo <= hi <= BIGINT_MAX
    stored = cell15(*destination(*place, bearing, cells_away * cell_shape(cell).outer_m))
    assert (lo <= stored <= hi) == (parent(stored, res) == cell)


@settings(max_examples=100, deadline=None)
@given(PLACES, RESOLUTIONS)
def test_the_ends_of_the_range_are_the_first_and_the_last_descendant(
    place: tuple[float, float], res: int
) -> None:
    cell = cell_at(*place, res)
    lo, hi = cell_range(cell)
    for end in (lo, hi):
        assert h3.is_valid_cell(end)
        assert h3.cell_to_parent(end, res) == cell
    step = 8 ** (15 - res)
    for outside in (lo - 1, hi + 1, lo - step, hi + step):
        assert not (h3.is_valid_cell(outside) and resolution(outside) == 15 and parent(outside, res) == cell)


def test_a_stored_cell_is_its_own_range() -> None:
    cell = cell15(114.05, 22.54)
    assert cell_range(cell) == (cell, cell)


@settings(max_examples=300, deadline=None)
@given(PLACES, RESOLUTIONS)
def test_no_point_of_a_cell_is_farther_from_its_centre_than_it_says(
    place: tuple[float, float], res: int
) -> None:
    shape = cell_shape(cell_at(*place, res))
    assert distance_m(*place, shape.lon, shape.lat) <= shape.outer_m


@settings(max_examples=300, deadline=None)
@given(PLACES, RESOLUTIONS, st.floats(0, 360), st.floats(0, 1))
def test_whoever_stays_in_the_inscribed_circle_stays_in_the_cell(
    place: tuple[float, float], res: int, bearing: float, share: float
) -> None:
    cell = cell_at(*place, res)
    shape = cell_shape(cell)
    assert 0.5 * shape.outer_m < shape.inner_m < shape.outer_m
    for metres in (share * shape.inner_m, shape.inner_m):
        assert cell_at(*destination(shape.lon, shape.lat, bearing, metres), res) == cell


@settings(max_examples=200, deadline=None)
@given(PLACES, st.integers(3, 12), st.integers(0, 4), st.floats(0, 360), st.floats(0, 8))
def test_nothing_outside_a_disk_is_nearer_than_promised(
    place: tuple[float, float], res: int, k: int, bearing: float, cells_away: float
) -> None:
    cell = cell_at(*place, res)
    floor_m = beyond_disk_m(*place, cell, k)
    assert floor_m < math.inf
    other = destination(*place, bearing, cells_away * cell_shape(cell).outer_m)
    if cell_at(*other, res) not in disk(cell, k):
        assert distance_m(*place, *other) >= floor_m


def test_the_promise_grows_with_the_disk_and_ends_with_the_globe() -> None:
    cell = cell_at(114.05, 22.54, 8)
    floors_m = [beyond_disk_m(114.05, 22.54, cell, k) for k in range(6)]
    assert floors_m == sorted(floors_m)
    assert floors_m[5] > 3000
    assert beyond_disk_m(114.05, 22.54, cell_at(114.05, 22.54, 0), 15) == math.inf


def test_a_disk_is_its_rings() -> None:
    cell = cell_at(114.05, 22.54, 8)
    assert sorted(disk(cell, 3)) == sorted(c for k in range(4) for c in ring(cell, k))
    assert len(disk(cell, 3)) == 37
    assert disk(cell, 0) == [cell]


@settings(max_examples=100, deadline=None)
@given(PLACES, RESOLUTIONS)
def test_text_and_back_is_the_same_cell(place: tuple[float, float], res: int) -> None:
    cell = cell_at(*place, res)
    assert len(cell_text(cell)) == 15
    assert parse_cell(cell_text(cell)) == parse_cell(cell_text(cell).upper()) == cell
    assert cell_text(cell) == h3.int_to_str(cell)
    assert resolution(cell) == res


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8f",
        "zz411c6e2a4b2d3",
        "ffffffffffffffff",
        "000000000000000",
        "0x8f411c6e2a4b2d",
        "8f411c6e2a4b2d9\n",
        "８f411c6e2a4b2d3",
    ],
)
def test_text_that_is_no_cell_is_refused(text: str) -> None:
    with pytest.raises(BadCell) as refusal:
        parse_cell(text)
    assert refusal.value.code == "bad_cell"


@pytest.mark.parametrize("cell", [0, -1, 5, 2**63, 2**64, 2**80])
def test_a_number_that_is_no_cell_is_refused(cell: int) -> None:
    for ask in (check_cell, cell_range, cell_text, resolution, cell_shape):
        with pytest.raises(BadCell, match="is not an H3 cell"):
            ask(cell)


def test_a_finer_parent_is_refused() -> None:
    with pytest.raises(BadCell, match="has no parent of resolution 9"):
        parent(cell_at(114.05, 22.54, 8), 9)


@pytest.mark.parametrize(("lon", "lat"), [(0, 95), (500, 0), (math.nan, 0), (0, math.inf)])
def test_a_place_off_the_globe_has_no_cell(lon: float, lat: float) -> None:
    with pytest.raises(BadPosition):
        cell15(lon, lat)
