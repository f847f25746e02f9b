"""Frames of fixes: what was sent comes out, one bad row costs only itself, and no bytes raise anything but FrameError."""

import math
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.datums import Datum, from_wgs84_columns
from tests.harness.patrols import NOW_MS, frame
from units.frames import Frame, FrameError
from units.gateways import columns, packed

CODECS = (columns, packed)

fixes = st.lists(
    st.tuples(
        st.integers(1, 2**32 - 1),
        st.integers(946_684_800_000, 4_102_444_800_000),
        st.integers(-1_800_000_000, 1_800_000_000),
        st.integers(-900_000_000, 900_000_000),
        st.none() | st.integers(0, 65_534),
        st.none() | st.integers(0, 36_000),
        st.none() | st.integers(0, 65_534),
    ),
    min_size=1,
    max_size=60,
)


type Rows = list[tuple[int, int, int, int, int | None, int | None, int | None]]


def frame_from(rows: Rows) -> Frame:
    handle, t_ms, lon, lat, speed, heading, accuracy = zip(*rows, strict=True)

    def extra(values: tuple[int | None, ...], unit: float) -> NDArray[np.float32]:
        return np.array([math.nan if value is None else value * unit for value in values], np.float32)

    return Frame(
        np.array(handle, np.uint32),
        np.array(t_ms, np.int64),
        np.array(lon) * 1e-7,
        np.array(lat) * 1e-7,
        extra(speed, 0.01),
        extra(heading, 0.01),
        extra(accuracy, 0.1),
    )


@pytest.mark.parametrize("codec", CODECS)
@given(rows=fixes)
def test_what_was_sent_comes_out(codec: ModuleType, rows: Rows) -> None:
    sent = frame_from(rows)
    got = codec.decode(codec.encode(sent))
    assert got.rejected == ()
    assert got.handle.tolist() == sent.handle.tolist()
    assert got.t_ms.tolist() == sent.t_ms.tolist()
    for name, tolerance in (
        ("lon", 1e-9),
        ("lat", 1e-9),
        ("speed_mps", 1e-3),
        ("heading_deg", 5e-3),
        ("accuracy_m", 1e-2),
    ):
        np.testing.assert_allclose(getattr(got, name), getattr(sent, name), atol=tolerance, equal_nan=True)


@pytest.mark.parametrize("codec", CODECS)
@given(payload=st.binary(max_size=400))
@example(payload=b"")
@example(payload=b"\xdd\xff\xff\xff\xff")  # an array that claims four thousand million rows
@example(payload=b"\x91" * 100_000)  # nested beyond any recursion
@example(payload=bytes(32 * 1_001))
@example(payload=bytes(10_000_000))
def test_any_bytes_are_a_frame_or_a_frame_error(codec: ModuleType, payload: bytes) -> None:
    try:
        got = codec.decode(payload)
    except FrameError:
        return
    assert len(got) + len(got.rejected) >= 1
    assert np.all(np.abs(got.lon) <= 180)


@given(
    rows=fixes,
    cut=st.integers(0, 5_000),
    flips=st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 255)), max_size=4),
)
def test_damaged_msgpack_is_a_frame_or_a_frame_error(
    rows: Rows, cut: int, flips: list[tuple[int, int]]
) -> None:
    payload = bytearray(columns.encode(frame_from(rows)))
    for at, bits in flips:
        payload[at % len(payload)] ^= bits
    try:
        got = columns.decode(bytes(payload[: cut % (len(payload) + 1)] if cut % 2 else payload))
    except FrameError:
        return
    assert np.all(np.isfinite(got.lon))
    assert np.all((got.t_ms > 0) & (got.handle > 0))


good: dict[str, Any] = {
    "v": 1,
    "units": [7, 8],
    "t": [NOW_MS, NOW_MS],
    "lon": [116.4, 116.5],
    "lat": [39.9, 39.8],
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"v": 2}, "version"),
        ({"t": [NOW_MS]}, "t has 1"),
        ({"speed": [1.0, 2.0, 3.0]}, "speed has 3"),
        ({"datum": "WGS72"}, "WGS72"),
        ({"lon": ["116.4", 116.5]}, "lon"),
        ({"lat": None}, "lat"),
        ({"units": [True, 8]}, "units"),
        ({"altitude": [1, 2]}, "altitude"),
        ({"units": [], "t": [], "lon": [], "lat": []}, "0"),
        ({name: [good[name][0]] * 1_001 for name in ("units", "t", "lon", "lat")}, "1001"),
    ],
)
def test_a_frame_that_cannot_be_trusted_is_refused_whole_and_says_why(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(FrameError, match=says):
        columns.decode(msgspec.msgpack.encode(good | change))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lon": [math.nan, 116.5]}, "lon and lat"),
        ({"lon": [181, 116.5]}, "lon and lat"),
        ({"lat": [math.inf, 39.8]}, "lon and lat"),
        ({"units": [0, 8]}, "handle"),
        ({"units": [2**40, 8]}, "handle"),
        ({"units": [2**64 - 1, 8]}, "handle"),
        ({"t": [NOW_MS // 1000, NOW_MS]}, "time"),
        ({"t": [2**63, NOW_MS]}, "time"),
    ],
)
def test_one_bad_row_costs_only_itself_and_is_named(change: dict[str, Any], says: str) -> None:
    got = columns.decode(msgspec.msgpack.encode(good | change))
    assert got.handle.tolist() == [8]
    (rejected,) = got.rejected
    assert says in rejected.reason


def test_an_impossible_speed_heading_or_accuracy_costs_only_that_value() -> None:
    sent = good | {"speed": [-1.0, 7.5], "heading": [400.0, None], "accuracy": [math.inf, math.nan]}
    got = columns.decode(msgspec.msgpack.encode(sent))
    assert got.handle.tolist() == [7, 8]
    assert np.isnan(got.speed_mps[0])
    assert got.speed_mps[1] == 7.5
    assert np.isnan(got.heading_deg).all()
    assert np.isnan(got.accuracy_m).all()


def test_a_truncated_record_refuses_the_frame() -> None:
    with pytest.raises(FrameError, match="63 bytes"):
        packed.decode(packed.encode(frame([1, 2], [116.4, 116.5], [39.9, 39.8]))[:-1])


def test_records_of_different_datums_refuse_the_frame() -> None:
    one = packed.encode(frame([1], [116.4], [39.9]))
    other = packed.encode(frame([2], [116.4], [39.9]), Datum.GCJ02)
    with pytest.raises(FrameError, match="same datum"):
        packed.decode(one + other)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("datum", list(Datum))
def test_every_datum_arrives_as_wgs84(codec: ModuleType, datum: Datum) -> None:
    true = frame([1], [116.397], [39.909])
    lon, lat = from_wgs84_columns(true.lon, true.lat, datum)
    got = codec.decode(codec.encode(frame([1], lon, lat), datum))
    assert got.lon[0] == pytest.approx(116.397, abs=2e-7)
    assert got.lat[0] == pytest.approx(39.909, abs=2e-7)
