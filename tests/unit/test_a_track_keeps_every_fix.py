"""Tracks: what was accepted comes out of its row, whatever it was; rows join in any order; nothing is kept of the off duty."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.patrols import NOW_MS, entry, frame, index_of
from units.roll import Entry
from units.tracks.packing import MINUTE_MS, RECORD, Records, TrackRow, TrackUnreadable, merged, pack, unpack
from units.tracks.recording import GRACE_MS, KEPT_BATCHES, Batch, Recorder

START_MS = NOW_MS - NOW_MS % MINUTE_MS
DAY_MS = 86_400_000

fixes = st.lists(
    st.tuples(
        st.sampled_from((1, 2, 4_294_967_295)),
        st.integers(-70_000, 130_000),
        st.integers(-180_000_000, 180_000_000) | st.integers(116_400_000, 116_400_300),
        st.integers(-90_000_000, 90_000_000) | st.just(39_900_000),
        st.integers(0, 65_535) | st.just(0),
        st.integers(0, 360) | st.just(65_535),
        st.integers(0, 65_535) | st.just(5),
    ),
    max_size=80,
    unique_by=lambda fix: fix[:2],
)

type Fixes = list[tuple[int, ...]]


def records_from(rows: Fixes) -> Records:
    return np.array([(row[0], START_MS + row[1], *row[2:]) for row in rows], RECORD)


def as_set(rows: list[TrackRow]) -> set[tuple[int, ...]]:
    return {record for row in rows for record in unpack(row).tolist()}


@settings(deadline=None)
@given(rows=fixes)
def test_every_fix_comes_out_of_the_row_of_its_unit_and_minute(rows: Fixes) -> None:
    records = records_from(rows)
    packed = pack(records)
    assert as_set(packed) == set(records.tolist())
    assert sum(row.fixes for row in packed) == len(rows)
    for row in packed:
        times = unpack(row)["t_ms"].tolist()
        assert times == sorted(times)
        assert {t_ms // MINUTE_MS for t_ms in times} == {row.minute}
    assert len({row[:2] for row in packed}) == len(packed)


@settings(deadline=None)
@given(rows=fixes, chance=st.randoms(use_true_random=False))
def test_parts_of_a_minute_join_in_any_order_and_twice_is_once(rows: Fixes, chance: Random) -> None:
    cut = len(rows) // 2
    parts = [*pack(records_from(rows[: cut + 1])), *pack(records_from(rows[cut:])), *pack(records_from(rows))]
    chance.shuffle(parts)
    assert merged(parts) == pack(records_from(rows))


@settings(deadline=None)
@given(data=st.binary(max_size=60))
def test_bytes_that_are_no_row_are_refused(data: bytes) -> None:
    try:
        got = unpack(TrackRow(1, 1, 1, data))
    except TrackUnreadable:
        return
    assert len(got) == int.from_bytes(data[2:4], "little")


def test_a_unit_that_stands_costs_next_to_nothing_and_one_that_drives_a_few_bytes_a_fix() -> None:
    seconds = np.arange(60)
    stands = np.zeros(60, RECORD)
    stands["t_ms"], stands["lon"], stands["lat"] = START_MS + seconds * 1000, 116_400_000, 39_900_000
    drives = stands.copy()
    drives["lon"] += (seconds * 117 + seconds % 3).astype(np.int32)
    (still,), (moving,) = pack(stands), pack(drives)
    assert len(still.data) < 40
    assert len(moving.data) < 60 * 2.5


# Recording


def close(recorder: Recorder, now_ms: int) -> Batch | None:
    open_records, batch = recorder.cut(recorder.begin_cut(), now_ms)
    recorder.end_cut(open_records, batch)
    return batch


def test_accepted_and_late_fixes_of_units_on_duty_are_recorded_and_no_others() -> None:
    live = index_of([1, 2, 3])
    off = entry(3)
    live.register(Entry(3, off.unit_id, off.kind, off.unit_class, off.room_id, state="off_duty"))
    live.recorder = Recorder(DAY_MS)
    live.apply(frame([1, 2, 3, 99], [116.4] * 4, [39.9] * 4, START_MS), START_MS)
    live.apply(
        frame([1, 1], [116.5, 116.3], [39.9] * 2, [START_MS + 2_000, START_MS + 1_000]), START_MS + 3_000
    )
    live.apply(frame([2, 2], [116.5, 116.4], [39.9] * 2, [START_MS - 5_000, START_MS]), START_MS + 3_000)
    live.apply(frame([2], [116.5], [39.9], START_MS + 50_000), START_MS + 3_000)
    seen = {
        handle: sorted(
            t - START_MS for t in live.recorder.recent(handle, 0, START_MS + DAY_MS)["t_ms"].tolist()
        )
        for handle in (1, 2, 3)
    }
    assert seen == {1: [0, 1_000, 2_000], 2: [-5_000, 0], 3: []}


def test_a_minute_is_closed_after_its_end_and_late_fixes_go_to_the_minute_they_belong_to() -> None:
    recorder = Recorder(DAY_MS)
    for second in (0, 30, 59, 61):
        recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS + second * 1000]))
    assert close(recorder, START_MS + MINUTE_MS + GRACE_MS - 1) is None, "some may still be on their way"
    batch = close(recorder, START_MS + MINUTE_MS + GRACE_MS)
    assert batch is not None
    assert [(row.minute - START_MS // MINUTE_MS, row.fixes) for row in batch.rows] == [(0, 3)]
    recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS + 15_000]))
    late = close(recorder, START_MS + 2 * MINUTE_MS + GRACE_MS)
    assert late is not None
    assert [(row.minute - START_MS // MINUTE_MS, row.fixes) for row in late.rows] == [(0, 1), (1, 1)]
    assert len(recorder.recent(1, START_MS, START_MS + DAY_MS)) == 5, (
        "nothing is written yet, so nothing is forgotten"
    )
    recorder.forget(batch.through)
    assert [kept.through for kept in recorder.batches] == [late.through]


def test_a_fix_older_than_tracks_are_kept_is_not_recorded() -> None:
    recorder = Recorder(kept_ms=3_600_000)
    recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS - 4_000_000]))
    assert close(recorder, START_MS) is None


def test_while_no_database_takes_them_minutes_are_kept_in_bounded_number() -> None:
    recorder = Recorder(DAY_MS)
    for minute in range(KEPT_BATCHES + 3):
        recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS + minute * MINUTE_MS]))
        close(recorder, START_MS + (minute + 1) * MINUTE_MS + GRACE_MS)
    assert len(recorder.batches) == KEPT_BATCHES
    assert recorder.dropped == 3


def test_a_cut_that_fails_loses_nothing() -> None:
    recorder = Recorder(DAY_MS)
    recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS]))
    recorder.begin_cut()
    recorder.take(frame([1], [116.4], [39.9], 0), np.array([START_MS + 1]))
    assert len(recorder.recent(1, START_MS, START_MS + 10)) == 2, "it is seen while it is being cut"
    recorder.abandon_cut()
    assert len(recorder.recent(1, START_MS, START_MS + 10)) == 2


@pytest.mark.parametrize("value", [b"", b"\x01\x00\x01\x00", b"\x02" + bytes(20)])
def test_a_damaged_row_says_so(value: bytes) -> None:
    with pytest.raises(TrackUnreadable):
        unpack(TrackRow(7, 1, 1, value))
