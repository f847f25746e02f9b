"""Position frames of the live feed: the layout of the contract, cut per cell and room, and cells that are always right."""

import struct
from typing import Any

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.harness.patrols import NOW_MS, ROOMS, entry, frame, index_of
from units.live import LiveUnits
from units.roll import PROGRESS
from units.wire import QUALITY, Sheet, decode_positions


def city(count: int) -> tuple[LiveUnits, NDArray[Any], NDArray[Any]]:
    chance = np.random.default_rng(count)
    live = index_of(range(1, count + 1))
    lon, lat = chance.uniform(116.2, 116.6, count), chance.uniform(39.7, 40.1, count)
    live.apply(frame(range(1, count + 1), lon, lat), NOW_MS)
    return live, lon, lat


def read(sent: bytes | None) -> NDArray[Any]:
    assert sent is not None
    return decode_positions(sent)[1]


def test_the_frame_has_the_layout_of_the_contract_to_the_byte() -> None:
    live = index_of([0x01020304])
    live.apply(frame([0x01020304], [116.4], [-39.9]), NOW_MS)
    live.set_state(0x01020304, "on_scene")
    now_ms = NOW_MS + 40_000
    sent = Sheet(live.positions(now_ms), now_ms).frame()
    assert sent == struct.pack("<BBHIQ", 1, 1, 0, 1, now_ms) + struct.pack(
        "<IiiHHBB",
        0x01020304,
        1_164_000_000,
        -399_000_000,
        9_000,
        400,
        10,
        PROGRESS.index("on_scene") | QUALITY.index("poor") << 4,
    )


def test_unknown_values_and_old_fixes_have_their_own_numbers() -> None:
    live = index_of([1])
    bare = frame([1], [116.4], [39.9])
    bare.speed_mps[:] = np.nan
    bare.heading_deg[:] = np.nan
    live.apply(bare, NOW_MS)
    later = NOW_MS + 6_553_500
    rows = read(Sheet(live.positions(later), later).frame())
    assert (rows["speed"][0], rows["heading"][0], rows["age"][0], rows["state"][0] >> 4) == (
        255,
        65_535,
        65_535,
        2,
    )


def test_heading_360_is_north() -> None:
    live = index_of([1])
    north = frame([1], [116.4], [39.9])
    north.heading_deg[:] = 360
    live.apply(north, NOW_MS)
    assert read(Sheet(live.positions(NOW_MS), NOW_MS).frame())["heading"][0] == 0


def test_a_seat_gets_its_rooms_and_cells_and_nothing_else() -> None:
    live, lon, lat = city(3_000)
    sheet = Sheet(live.positions(NOW_MS), NOW_MS)
    mine = live.room_codes(ROOMS[1:3])[sheet.rooms]
    cells = set(sheet.cells[::3].tolist())
    view = np.isin(sheet.cells, list(cells))
    rows = read(sheet.frame(mine & view))
    expected = {
        handle
        for handle in range(1, 3_001)
        if {entry(handle).room_id, entry(handle).lent_to} & set(ROOMS[1:3])
        and h3.str_to_int(h3.latlng_to_cell(lat[handle - 1], lon[handle - 1], 7)) in cells
    }
    assert set(rows["handle"].tolist()) == expected
    assert len(rows) == len(expected)
    by_handle = {int(row["handle"]): row for row in rows}
    assert all(by_handle[handle]["lon"] == round(lon[handle - 1] * 1e7) for handle in expected)


def test_nobody_in_view_is_no_frame_and_everybody_is_the_whole_sheet() -> None:
    live, _, _ = city(50)
    sheet = Sheet(live.positions(NOW_MS), NOW_MS)
    assert sheet.frame(np.zeros(len(sheet.rooms), np.bool_)) is None
    assert len(read(sheet.frame())) == 50
    assert Sheet(live.positions(NOW_MS, after=live.revision), NOW_MS).frame() is None


def test_only_what_changed_since_the_last_tick_is_sent() -> None:
    live, _, _ = city(20)
    mark = live.revision
    live.set_state(3, "busy")
    live.apply(frame([5], [116.4], [39.9], NOW_MS + 1), NOW_MS + 1)
    assert live.positions(NOW_MS, after=mark).handle.tolist() == [3, 5]
    live.remove(5)
    assert live.positions(NOW_MS, after=mark).handle.tolist() == [3]


@settings(deadline=None, max_examples=60)
@given(
    lon=st.floats(-179, 179),
    lat=st.floats(-84, 84),
    step_m=st.sampled_from((1, 30, 400, 3_000)),
    seed=st.integers(0, 2**32),
)
def test_the_cell_of_a_unit_is_h3s_own_however_it_moved(
    lon: float, lat: float, step_m: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    live = index_of([1])
    for second in range(40):
        lon += chance.normal(0, step_m / 111_000)
        lat = max(-89.9, min(89.9, lat + chance.normal(0, step_m / 111_000)))
        lon = (lon + 180) % 360 - 180
        live.apply(frame([1], [lon], [lat], NOW_MS + second), NOW_MS + second)
        assert live.positions(NOW_MS).cell.tolist() == [h3.str_to_int(h3.latlng_to_cell(lat, lon, 7))]


def test_bytes_that_are_no_position_frame_are_refused() -> None:
    live, _, _ = city(2)
    whole = Sheet(live.positions(NOW_MS), NOW_MS).frame()
    assert whole is not None
    for broken in (b"", whole[:15], whole[:-1], b"\x02" + whole[1:]):
        with pytest.raises(ValueError, match="position frame"):
            decode_positions(broken)
