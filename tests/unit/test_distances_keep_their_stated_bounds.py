"""Distances: the approximation stays within its stated bound, the chord never exceeds the geodesic."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coordinates import (
    Point,
    approx_distance_m,
    approx_distances_m,
    are_positions,
    bearing_deg,
    chord_m,
    chords_m,
    destination,
    distance_m,
    distances_m,
    longest_geodesic_m,
    xyz_m,
    xyzs_m,
)
from geo.errors import BadPosition

LONS = st.floats(-180, 180)
LATS = st.floats(-90, 90)
BEARINGS = st.floats(0, 360, exclude_max=True)
ROUNDING_M = 2e-8


def test_the_geodesic_is_the_published_one() -> None:
    # C. Karney, "Algorithms for geodesics", 2013, table 2: JFK to LHR is the usual check of GeographicLib's manual.
    assert distance_m(-73.8, 40.6, -0.5, 51.6) == pytest.approx(5551759.400, abs=5e-4)
    # A quarter of the meridian and a degree of the equator, WGS-84.
    assert distance_m(0, 0, 0, 90) == pytest.approx(10001965.729, abs=1e-3)
    assert distance_m(0, 0, 1, 0) == pytest.approx(math.radians(1) * 6378137.0, abs=1e-6)


@settings(max_examples=400, deadline=None)
@given(LONS, st.floats(-70, 70), BEARINGS, st.floats(0, 50_000))
def test_approximation_is_within_3e_5_up_to_50_km_and_70_degrees(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    if abs(lat2) <= 70:
        assert abs(approx_distance_m(lon, lat, lon2, lat2) - metres) <= 3e-5 * metres + ROUNDING_M


@settings(max_examples=400, deadline=None)
@given(LONS, st.floats(-60, 60), BEARINGS, st.floats(0, 20_000))
def test_approximation_is_within_2e_6_up_to_20_km_and_60_degrees(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    if abs(lat2) <= 60:
        assert abs(approx_distance_m(lon, lat, lon2, lat2) - metres) <= 2e-6 * metres + ROUNDING_M


@settings(max_examples=500, deadline=None)
@given(LONS, LATS, LONS, LATS)
def test_the_geodesic_lies_between_the_chord_and_its_longest_arc_anywhere_on_earth(
    lon1: float, lat1: float, lon2: float, lat2: float
) -> None:
    metres, chord = distance_m(lon1, lat1, lon2, lat2), chord_m(lon1, lat1, lon2, lat2)
    assert chord <= metres + ROUNDING_M
    assert metres <= longest_geodesic_m(chord) + ROUNDING_M


@settings(max_examples=300, deadline=None)
@given(LONS, LATS, BEARINGS, st.floats(0, 100_000))
def test_a_chord_is_short_by_less_than_a_metre_and_a_tenth_at_100_km(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    assert metres - chord_m(lon, lat, lon2, lat2) <= 1.1 * (metres / 100_000) ** 3 + ROUNDING_M


def test_nearly_antipodal_points_are_within_the_longest_arc() -> None:
    for lat in np.linspace(-90, 90, 37):
        for off in (0.0, 0.1, 0.5, 1.0, 3.0):
            chord = chord_m(0, lat, 180 - off, -lat)
            assert distance_m(0, lat, 180 - off, -lat) <= longest_geodesic_m(chord)


@settings(max_examples=200, deadline=None)
@given(LONS, st.floats(-89, 89), BEARINGS, st.floats(1, 1_000_000))
def test_bearing_and_destination_undo_each_other(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    again = destination(lon, lat, bearing_deg(lon, lat, lon2, lat2), metres)
    assert distance_m(lon2, lat2, *again) <= 1e-6
    assert 0.0 <= bearing_deg(lon, lat, lon2, lat2) < 360.0
    assert distance_m(lon, lat, lon2, lat2) == pytest.approx(metres, abs=1e-6)


@pytest.mark.parametrize(
    ("to", "bearing"), [((0, 1), 0.0), ((1, 0), 90.0), ((0, -1), 180.0), ((-1, 0), 270.0), ((0, 0), 0.0)]
)
def test_bearings_turn_clockwise_from_north(to: tuple[float, float], bearing: float) -> None:
    assert bearing_deg(0, 0, *to) == pytest.approx(bearing)


def test_across_the_antimeridian_is_as_near_as_anywhere() -> None:
    assert distance_m(179.999, 10, -179.999, 10) == pytest.approx(distance_m(0.001, 10, -0.001, 10), abs=1e-6)
    assert approx_distance_m(179.999, 10, -179.999, 10) == pytest.approx(219.3, abs=0.1)
    assert bearing_deg(180, 0, -180, 0) == 0.0


def test_columns_say_what_single_numbers_say() -> None:
    rng = np.random.default_rng(110)
    lons, lats = rng.uniform(-180, 180, 50), rng.uniform(-90, 90, 50)
    for columns, single in (
        (distances_m, distance_m),
        (approx_distances_m, approx_distance_m),
        (chords_m, chord_m),
    ):
        found = columns(114.05, 22.54, lons, lats)
        expected = [
            single(114.05, 22.54, lon, lat) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)
        ]
        assert found.shape == (50,)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=ROUNDING_M)
    np.testing.assert_allclose(xyzs_m(lons, lats)[7], xyz_m(lons[7], lats[7]), atol=ROUNDING_M)
    assert distances_m(lons[:, None], lats[:, None], lons, lats).shape == (50, 50)


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [
        (math.nan, 0.0, "lon"),
        (0.0, math.nan, "lat"),
        (math.inf, 0.0, "lon"),
        (0.0, -math.inf, "lat"),
        (180.0000001, 0.0, "lon"),
        (22.5, 114.0, "lat"),
    ],
)
def test_a_point_off_the_globe_is_refused_by_name(lon: float, lat: float, field: str) -> None:
    with pytest.raises(BadPosition) as refusal:
        Point(lon, lat)
    assert refusal.value.code == "bad_position"
    assert refusal.value.details["field"] == field
    assert not are_positions(np.array([lon]), np.array([lat])).any()


def test_the_corners_of_the_globe_are_places() -> None:
    for lon in (-180.0, 180.0):
        for lat in (-90.0, 90.0):
            assert Point(lon, lat) == Point(lon, lat)


def test_a_bad_position_inside_a_message_names_the_field() -> None:
    with pytest.raises(msgspec.ValidationError, match="latitude 95"):
        msgspec.json.decode(b'{"lon": 114.05, "lat": 95}', type=Point)
