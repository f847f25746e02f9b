"""Datums: published values, there and back to a millimetre, nothing moved outside the box, no seam at its border."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coordinates import distance_m, distances_m
from geo.datums import (
    BOX_EAST,
    BOX_NORTH,
    BOX_SOUTH,
    BOX_WEST,
    FADE_DEG,
    Datum,
    from_wgs84,
    from_wgs84_columns,
    parse_datum,
    to_wgs84,
    to_wgs84_columns,
)
from geo.errors import BadPosition, UnknownDatum

PROMISED_M = 1e-3
CHINA_LONS = st.floats(BOX_WEST - 1, BOX_EAST + 1)
CHINA_LATS = st.floats(BOX_SOUTH - 1, BOX_NORTH + 1)
NEAR_BORDER = st.floats(-2 * FADE_DEG, 2 * FADE_DEG)
DATUMS = st.sampled_from(list(Datum))


# WGS-84 lon, lat; GCJ-02 lon, lat: the test values of github.com/googollee/eviltransform and wandergis/coordtransform.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ],
)
def test_gcj02_agrees_with_the_published_values(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert from_wgs84(*wgs84, Datum.GCJ02) == pytest.approx(gcj02, abs=1e-12)
    assert distance_m(*to_wgs84(*gcj02, Datum.GCJ02), *wgs84) <= PROMISED_M


def test_bd09_agrees_with_the_published_value() -> None:
    wgs84 = to_wgs84(116.404, 39.915, Datum.GCJ02)
    assert from_wgs84(*wgs84, Datum.BD09) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-10)
    # What Baidu's own conversion service documents for this WGS-84 point; the formulas are known to about a metre.
    own = from_wgs84(114.21892734521, 29.575429778924, Datum.BD09)
    assert distance_m(*own, 114.2307519546763, 29.57908428837437) < 1.0


def test_cgcs2000_is_wgs84_as_far_as_proj_knows() -> None:
    assert to_wgs84(114.05, 22.54, Datum.CGCS2000) == (114.05, 22.54)
    assert from_wgs84(114.05, 22.54, Datum.CGCS2000) == (114.05, 22.54)


@settings(max_examples=300, deadline=None)
@given(CHINA_LONS, CHINA_LATS, DATUMS)
def test_there_and_back_is_the_same_place(lon: float, lat: float, datum: Datum) -> None:
    assert distance_m(*to_wgs84(*from_wgs84(lon, lat, datum), datum), lon, lat) <= PROMISED_M
    assert distance_m(*from_wgs84(*to_wgs84(lon, lat, datum), datum), lon, lat) <= PROMISED_M


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([BOX_WEST, BOX_EAST]), NEAR_BORDER, st.floats(BOX_SOUTH, BOX_NORTH), DATUMS, st.booleans()
)
def test_there_and_back_is_the_same_place_at_the_border_of_the_box(
    border: float, off: float, lat: float, datum: Datum, corner: bool
) -> None:
    lon = border + off
    lat = (BOX_NORTH if lat > 30 else BOX_SOUTH) + off / 3 if corner else lat
    assert distance_m(*to_wgs84(*from_wgs84(lon, lat, datum), datum), lon, lat) <= PROMISED_M
    assert distance_m(*from_wgs84(*to_wgs84(lon, lat, datum), datum), lon, lat) <= PROMISED_M


@settings(max_examples=200, deadline=None)
@given(st.floats(-180, 180), st.floats(-90, 90), DATUMS)
def test_a_point_outside_the_box_is_untouched_and_one_inside_stays_inside(
    lon: float, lat: float, datum: Datum
) -> None:
    inside = BOX_WEST < lon < BOX_EAST and BOX_SOUTH < lat < BOX_NORTH
    for moved_lon, moved_lat in (to_wgs84(lon, lat, datum), from_wgs84(lon, lat, datum)):
        if inside:
            assert BOX_WEST <= moved_lon <= BOX_EAST
            assert BOX_SOUTH <= moved_lat <= BOX_NORTH
        else:
            assert (moved_lon, moved_lat) == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(-122.42, 37.77), (-8.61, 41.15), (7.42, 43.73), (139.69, 35.69), (-54.6, -20.4), (180.0, 90.0)],
)
def test_cities_abroad_are_untouched(lon: float, lat: float) -> None:
    for datum in Datum:
        assert to_wgs84(lon, lat, datum) == (lon, lat)
        assert from_wgs84(lon, lat, datum) == (lon, lat)


# The outermost land of China: west, east, north, and James Shoal in the south.
@pytest.mark.parametrize(("lon", "lat"), [(73.5, 39.4), (135.09, 48.4), (123.3, 53.56), (112.26, 3.97)])
def test_no_place_in_china_lies_in_the_fading_border(lon: float, lat: float) -> None:
    assert BOX_WEST + FADE_DEG < lon < BOX_EAST - FADE_DEG
    assert BOX_SOUTH + FADE_DEG < lat < BOX_NORTH - FADE_DEG


def test_columns_say_what_single_positions_say_and_leave_the_unusable_rows() -> None:
    rng = np.random.default_rng(110)
    lons = np.concatenate((rng.uniform(60, 150, 1000), [math.nan, math.inf, 114.0, 500.0]))
    lats = np.concatenate((rng.uniform(-5, 60, 1000), [22.5, 22.5, math.nan, 95.0]))
    for datum in Datum:
        for columns, single in ((to_wgs84_columns, to_wgs84), (from_wgs84_columns, from_wgs84)):
            found_lons, found_lats = columns(lons, lats, datum)
            expected = np.array(
                [single(lon, lat, datum) for lon, lat in zip(lons[:1000], lats[:1000], strict=True)]
            )
            apart_m = distances_m(found_lons[:1000], found_lats[:1000], expected[:, 0], expected[:, 1])
            assert float(apart_m.max()) <= PROMISED_M
            np.testing.assert_array_equal(found_lons[1000:], lons[1000:])
            np.testing.assert_array_equal(found_lats[1000:], lats[1000:])
            assert found_lons is not lons


def test_an_empty_frame_is_no_trouble() -> None:
    for datum in Datum:
        assert to_wgs84_columns([], [], datum)[0].shape == (0,)


def test_an_unknown_datum_is_refused_with_the_names_that_are_known() -> None:
    assert parse_datum("GCJ02") is Datum.GCJ02
    with pytest.raises(UnknownDatum, match="'gcj-02' is not known; use one of WGS84, CGCS2000, GCJ02, BD09"):
        parse_datum("gcj-02")


@pytest.mark.parametrize("datum", list(Datum))
def test_what_is_no_position_is_refused_in_every_datum(datum: Datum) -> None:
    for lon, lat in ((math.nan, 22.5), (114.0, math.inf), (181.0, 0.0)):
        with pytest.raises(BadPosition):
            to_wgs84(lon, lat, datum)
        with pytest.raises(BadPosition):
            from_wgs84(lon, lat, datum)
