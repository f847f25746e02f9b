"""Doubtful fixes: every doubt has a name, the same on every replica; the newest stays, and so does the last good one."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coordinates import approx_distance_m, destination
from geo.datums import Datum, from_wgs84
from tests.harness.patrols import NOW_MS, entry, index_of
from units.answers import Fix, Limits
from units.doubts import CHECKS, DOUBTS, MOST_ACCURACY_M, SLACK_M, TOP_MPS, Bounds, Doubt, Recent, doubt
from units.frames import Frame
from units.live import LiveUnits
from units.positions import NEVER_MS
from units.roll import Entry

CITY: Bounds = (116.0, 39.5, 117.0, 40.5)
HERE = (116.4, 39.9)
CAR, MOTORCYCLE, FOOT = 3, 1, 2

type At = tuple[float, float]
type Past = tuple[int, float, float, float]


def send(
    live: LiveUnits, second: float, place: At, speed: float = 0.0, accuracy: float = 5.0, handle: int = CAR
) -> None:
    now_ms = NOW_MS + round(second * 1000)
    live.apply(frame_of([handle], [now_ms], [place], [speed], [accuracy]), now_ms)


def frame_of(
    handles: list[int], t_ms: list[int], places: list[At], speeds: list[float], accuracies: list[float]
) -> Frame:
    lon, lat = [place[0] for place in places], [place[1] for place in places]
    north = np.full(len(handles), 0.0, np.float32)
    speed, accuracy = np.array(speeds, np.float32), np.array(accuracies, np.float32)
    return Frame(
        np.array(handles, np.uint32), np.array(t_ms), np.array(lon), np.array(lat), speed, north, accuracy
    )


def fix_of(live: LiveUnits, second: float, handle: int = CAR) -> Fix:
    fix = live.fix(handle, NOW_MS + round(second * 1000))
    assert fix is not None
    return fix


def east(metres: float, here: At = HERE) -> At:
    return destination(*here, 90.0, metres)


def town() -> LiveUnits:
    live = index_of([1, 2, 3])
    live.within(CITY)
    return live


def test_every_doubt_has_a_check_and_two_sentences() -> None:
    assert [name for name, _ in CHECKS] == list(DOUBTS) == [name for name in Doubt if name is not Doubt.NONE]
    assert all(zh and en for zh, en in DOUBTS.values())


def test_a_spike_is_doubted_and_the_return_from_it_is_not() -> None:
    live = town()
    for second in range(0, 40, 6):
        send(live, second, east(second * 10), 10)
    send(live, 42, east(9_000), 10)
    spike = fix_of(live, 42)
    assert (spike.quality, spike.doubt) == ("doubtful", Doubt.JUMP)
    assert approx_distance_m(spike.lon, spike.lat, *east(9_000)) < 0.1, "the newest stays where it says it is"
    assert spike.good is not None
    assert spike.good.t_ms == NOW_MS + 36_000
    assert approx_distance_m(spike.good.lon, spike.good.lat, *east(360)) < 0.1
    send(live, 48, east(480), 10)
    assert (fix_of(live, 48).quality, fix_of(live, 48).good) == ("good", None)


def test_a_move_that_lasts_is_believed() -> None:
    live = town()
    for second in range(0, 60, 6):
        send(live, second, HERE)
    doubts = []
    for second in range(60, 90, 6):
        send(live, second, east(20_000))
        doubts.append(fix_of(live, second).doubt)
    assert doubts == [Doubt.JUMP, Doubt.JUMP, Doubt.NONE, Doubt.NONE, Doubt.NONE]


@pytest.mark.parametrize(("handle", "kind", "far_m"), [(CAR, "car", 800), (FOOT, "foot", 400)])
def test_how_far_is_too_far_depends_on_the_kind(handle: int, kind: str, far_m: float) -> None:
    assert entry(handle).kind == kind
    for metres, expected in ((far_m - 120, Doubt.NONE), (far_m + 20, Doubt.JUMP)):
        live = town()
        send(live, 0, HERE, handle=handle, accuracy=0)
        send(live, 10, east(metres), handle=handle, accuracy=0)
        assert fix_of(live, 10, handle).doubt is expected


def test_after_a_long_silence_a_unit_may_be_anywhere_it_can_have_gone() -> None:
    live = town()
    send(live, 0, HERE)
    send(live, 600, east(30_000))
    assert fix_of(live, 600).doubt is Doubt.NONE


def test_a_place_that_stands_still_while_the_speed_says_moving_is_stuck() -> None:
    live = town()
    doubts = []
    for second in range(30):
        send(live, second, HERE, 12)
        doubts.append(fix_of(live, second).doubt)
    assert Doubt.NONE in doubts[:10]
    assert set(doubts[18:]) == {Doubt.STUCK}
    send(live, 30, east(60), 12)
    assert fix_of(live, 30).doubt is Doubt.NONE


def test_a_car_that_waits_is_not_stuck() -> None:
    live = town()
    for second in range(60):
        send(live, second, HERE, 0.4)
    assert fix_of(live, 60).doubt is Doubt.NONE


def test_a_fix_outside_the_city_and_one_of_a_whole_district_are_doubted() -> None:
    live = town()
    send(live, 0, (118.0, 39.9))
    assert fix_of(live, 0).doubt is Doubt.OUTSIDE
    send(live, 1, HERE, accuracy=501, handle=FOOT)
    assert fix_of(live, 1, FOOT).doubt is Doubt.INACCURATE
    live.within(None)
    assert fix_of(live, 0).doubt is Doubt.NONE, "where there is no city nobody is outside"


def test_the_last_good_fix_is_kept_however_long_the_doubt_lasts() -> None:
    live = town()
    send(live, 0, HERE)
    for second in range(6, 120, 6):
        send(live, second, east(second), accuracy=2_000)
        live.refresh_quality(NOW_MS + second * 1000)
    # Fixes without a stated accuracy of their own are taken as they were; the first is the last that was good.
    fix = fix_of(live, 120)
    assert fix.doubt is Doubt.INACCURATE
    assert fix.good is not None


def test_the_live_feed_and_the_lists_say_doubtful() -> None:
    live = town()
    send(live, 0, (118.0, 39.9))
    shown = live.positions(NOW_MS)
    assert shown.quality.tolist() == [4]
    assert live.lost([CAR], NOW_MS) == [True], "it goes last"


# Datums


def shifted(place: At, datum: Datum = Datum.GCJ02) -> At:
    return from_wgs84(*place, datum)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_terminal_beside_its_scenes_by_the_shift_of_another_datum_is_suspected_at_the_second(
    datum: Datum,
) -> None:
    live = town()
    seen = []
    for number in range(3):
        scene = east(3_000 * number)
        send(live, 600 * number, shifted(east(30, scene), datum))
        live.anchor(CAR, *scene)
        seen.append(fix_of(live, 600 * number).doubt)
    assert seen == [Doubt.NONE, Doubt.DATUM, Doubt.DATUM]
    for number in (3, 4):
        scene = east(3_000 * number)
        send(live, 600 * number, scene)
        live.anchor(CAR, *scene)
    assert fix_of(live, 2_400).doubt is Doubt.NONE, "it was put right, and two scenes say so"


def test_a_unit_that_is_merely_far_from_its_scene_is_not_suspected() -> None:
    live = town()
    for number, metres in enumerate((300.0, 450.0, 600.0, 5_000.0)):
        send(live, 600 * number, east(metres))
        live.anchor(CAR, *HERE)
        assert fix_of(live, 600 * number).doubt is Doubt.NONE


def test_a_gateway_whose_standing_units_all_step_by_the_shift_is_suspected_whole() -> None:
    handles = range(11, 16)
    live = index_of([])
    for handle in handles:
        live.register(
            Entry(handle, entry(handle).unit_id, "car", "regular", entry(handle).room_id, gateway="tetra")
        )
    places = {handle: east(200 * handle) for handle in handles}
    for second in (0, 6, 12, 18):
        for handle, place in places.items():
            send(live, second, place if second < 18 else shifted(place), handle=handle)
    live.refresh_quality(NOW_MS + 18_000)
    live.refresh_quality(NOW_MS + 19_000)
    assert {fix_of(live, 19, handle).doubt for handle in handles} == {Doubt.DATUM}


# The pure function


def plainly(
    fix: tuple[int, float, float, float, float], before: Sequence[Past], kind: str, suspected: bool
) -> Doubt:
    """The checks said again, one fix at a time."""
    t_ms, lon, lat, speed, accuracy = fix
    if not (CITY[0] <= lon <= CITY[2] and CITY[1] <= lat <= CITY[3]):
        return Doubt.OUTSIDE
    if suspected:
        return Doubt.DATUM
    slack_m = SLACK_M + (0 if math.isnan(accuracy) else min(accuracy, MOST_ACCURACY_M))
    steps = [(approx_distance_m(x, y, lon, lat), (t_ms - t) / 1000, v) for t, x, y, v in before]
    if 2 * sum(step <= TOP_MPS[kind] * dt + slack_m for step, dt, _ in steps) < len(steps):
        return Doubt.JUMP
    still = len(steps) == 3 and all(step <= 2 and v >= 3 for step, _, v in steps)
    if still and speed >= 3 and 10 <= max(dt for _, dt, _ in steps) <= 120:
        return Doubt.STUCK
    return Doubt.INACCURATE if accuracy > MOST_ACCURACY_M else Doubt.NONE


lons = st.sampled_from((116.4, 116.40001, 116.405, 116.45, 116.9, 117.2))
lats = st.sampled_from((39.9, 39.904, 40.3, 40.6))
speeds = st.sampled_from((0.0, 2.5, 3.0, 20.0, math.nan))
pasts = st.lists(
    st.tuples(st.integers(1, 100), lons, lats, speeds), max_size=3, unique_by=lambda past: past[0]
)
units = st.tuples(
    lons, lats, speeds, st.sampled_from((0.0, 40.0, 499.0, 600.0, math.nan)), pasts, st.sampled_from(("car", "foot", "drone")),
    st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(cases=st.lists(units, max_size=12))
def test_columns_and_one_fix_at_a_time_agree(
    cases: list[tuple[float, float, float, float, list[Past], str, bool]],
) -> None:
    before = [[(NOW_MS - t * 500, x, y, v) for t, x, y, v in sorted(case[4])] for case in cases]
    nothing = (NEVER_MS, 0.0, 0.0, 0.0)
    table = np.array([(*past, *[nothing] * 3)[:3] for past in before] or np.empty((0, 3, 4)))
    columns = [np.array([case[at] for case in cases], np.float64) for at in range(4)]
    recent = Recent(
        np.full(len(cases), NOW_MS), columns[0], columns[1], columns[2].astype(np.float32), columns[3].astype(np.float32),
        np.array([TOP_MPS[case[5]] for case in cases], np.float64), np.array([case[6] for case in cases], np.bool_),
        table[:, :, 0].astype(np.int64), table[:, :, 1], table[:, :, 2], table[:, :, 3].astype(np.float32),
    )  # fmt: skip
    expected = [
        plainly((NOW_MS, *case[:4]), past, *case[5:]) for case, past in zip(cases, before, strict=True)
    ]
    assert [Doubt(code) for code in doubt(recent, CITY)] == expected


fixes = st.lists(
    st.tuples(st.sampled_from((1, 2)), st.integers(0, 40), st.integers(0, 3), st.sampled_from((0.0, 15.0))),
    max_size=25,
    unique_by=lambda row: row[:2],
)


@settings(deadline=None, max_examples=100)
@given(rows=fixes, chance=st.randoms(use_true_random=False), size=st.integers(1, 9))
def test_in_whatever_order_and_frames_fixes_come_the_doubts_are_the_same(
    rows: list[tuple[int, int, int, float]], chance: Random, size: int
) -> None:
    in_time, mixed, replica = town(), town(), town()
    for handle, second, step, speed in sorted(rows, key=lambda row: row[1]):
        send(in_time, second * 1.5, east(step * 900), speed, handle=handle)
    chance.shuffle(rows)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        frame = frame_of(
            [row[0] for row in part],
            [NOW_MS + round(row[1] * 1500) for row in part],
            [east(row[2] * 900) for row in part],
            [row[3] for row in part],
            [5.0] * len(part),
        )
        mixed.apply(frame, NOW_MS + 60_000)
        for message in mixed.snapshot():
            replica.load(message)
    for handle in {row[0] for row in rows}:
        one = fix_of(in_time, 60, handle)
        for other in (fix_of(mixed, 60, handle), fix_of(replica, 60, handle)):
            assert (one.lon, one.t_ms, one.doubt, one.good) == (
                other.lon,
                other.t_ms,
                other.doubt,
                other.good,
            )


def test_simulated_units_may_be_as_many_times_as_fast_as_their_city_runs() -> None:
    doubts = []
    for pace in (1.0, 10.0):
        live = LiveUnits(Limits(pace=pace))
        live.register(entry(CAR))
        send(live, 0, HERE)
        send(live, 10, east(2_000))
        doubts.append(fix_of(live, 10).doubt)
    assert doubts == [Doubt.JUMP, Doubt.NONE]
