"""Late replicas, and those that lost the bus, end with the same index as the rest: order and repetition do not matter."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.patrols import NOW_MS, frame, index_of
from units.live import LiveUnits
from units.snapshots import SnapshotUnreadable

UNITS = (1, 2, 3, 4)

# Few times, places and units, so that ties, repetitions and late fixes are the rule.
events = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.sampled_from((*UNITS, 99)), st.integers(0, 4), st.integers(0, 3)),
            min_size=1,
            max_size=4,
        ),
        st.integers(4_000, 4_003),
    ),
    max_size=14,
)


type Event = tuple[list[tuple[int, int, int]], int]


def take_in(live: LiveUnits, event: Event) -> None:
    rows, received = event
    handles = [row[0] for row in rows]
    lon = [116.0 + row[2] * 0.03 for row in rows]
    live.apply(
        frame(handles, lon, [39.9] * len(rows), [NOW_MS + row[1] * 1_000 for row in rows]), NOW_MS + received
    )


def picture(live: LiveUnits) -> tuple[Any, ...]:
    now_ms = NOW_MS + 10_000
    fixes = {handle: live.fix(handle, now_ms) for handle in UNITS}
    near = [(found.entry.handle, found.distance_m) for found in live.nearest(116.01, 39.9, 10)]
    shown = live.positions(now_ms)
    return fixes, near, sorted(zip(shown.handle.tolist(), shown.cell.tolist(), strict=True))


@settings(deadline=None)
@given(events=events, chance=st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_index(events: list[Event], chance: Random) -> None:
    ordered, shuffled = index_of(UNITS), index_of(UNITS)
    for event in events:
        take_in(ordered, event)
    again = events + chance.sample(events, len(events) // 2)
    chance.shuffle(again)
    for event in again:
        take_in(shuffled, event)
    assert picture(shuffled) == picture(ordered)


@settings(deadline=None)
@given(
    events=events, cut=st.integers(0, 14), missed=st.integers(0, 14), chance=st.randoms(use_true_random=False)
)
def test_a_stale_snapshot_and_the_events_since_equal_all_events(
    events: list[Event], cut: int, missed: int, chance: Random
) -> None:
    holder, late = index_of(UNITS), index_of(UNITS)
    for event in events[missed:cut]:
        take_in(late, event)  # what it heard before it lost the bus, out of the middle
    for event in events[:cut]:
        take_in(holder, event)
    messages = holder.snapshot()
    buffered = events[cut:]
    for event in buffered:
        take_in(holder, event)
    steps: list[bytes | Event] = [*messages, *buffered]
    chance.shuffle(steps)
    for step in steps:
        if isinstance(step, bytes):
            late.load(step)
        else:
            take_in(late, step)
    assert picture(late) == picture(holder)


def test_stored_last_fixes_bring_back_the_places_after_a_restart() -> None:
    before, after = index_of(UNITS), index_of(UNITS)
    before.apply(frame([1, 2], [116.4, 116.5], [39.9, 39.8], [NOW_MS, NOW_MS - 5]), NOW_MS + 100)
    stored, received = before.last_fixes()
    assert after.load_last_fixes(stored, received) == 2
    assert picture(after) == picture(before)
    mark = before.revision
    before.apply(frame([2], [116.6], [39.8], NOW_MS + 1_000), NOW_MS + 1_000)
    assert before.last_fixes(after=mark)[0].handle.tolist() == [2]


def test_a_snapshot_of_a_city_comes_in_several_messages_and_rebuilds_it() -> None:
    count = 9_000
    chance = np.random.default_rng(1)
    handles = np.arange(1, count + 1)
    lon, lat = chance.uniform(116, 117, count), chance.uniform(39, 40, count)
    holder, late = index_of(handles.tolist()), index_of(handles.tolist())
    holder.apply(frame(handles, lon, lat), NOW_MS)
    messages = holder.snapshot()
    assert len(messages) == 3
    assert sum(late.load(message) for message in messages) == count
    assert late.snapshot() == messages
    assert sum(late.load(message) for message in messages) == 0


def test_a_learned_clock_offset_travels_with_the_snapshot() -> None:
    holder, late = index_of(UNITS), index_of(UNITS)
    hour_ms = 3_600_000
    for second in range(12):
        now_ms = NOW_MS + second * 1_000
        holder.apply(frame([1], [116.4 + second * 1e-4], [39.9], now_ms + hour_ms), now_ms)
    (message,) = holder.snapshot()
    late.load(message)
    assert late.clock_offsets() == holder.clock_offsets() == {1: hour_ms}
    now_ms = NOW_MS + 12_000
    late.apply(frame([1], [116.5], [39.9], now_ms + hour_ms), now_ms)
    fix = late.fix(1, now_ms)
    assert fix is not None
    assert (fix.lon, fix.t_ms) == (116.5, now_ms)


@given(payload=st.binary(max_size=200))
def test_bytes_that_are_no_snapshot_are_refused_and_change_nothing(payload: bytes) -> None:
    live = index_of(UNITS)
    with pytest.raises(SnapshotUnreadable):
        live.load(payload)
    assert live.positions(NOW_MS).handle.tolist() == []
