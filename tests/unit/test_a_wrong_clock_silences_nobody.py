"""Duplicate, late, future and foreign fixes: newest time wins, and a terminal whose clock is wrong harms nobody, not even itself."""

import math

import pytest

from tests.harness.patrols import NOW_MS, ROOMS, entry, frame, index_of
from units.answers import Fix, Limits
from units.live import LiveUnits
from units.positions import CHECKS, REASONS, Verdict
from units.roll import Entry

HOUR_MS = 3_600_000


def report(live: LiveUnits, now_ms: int, ahead_ms: int, handle: int = 1, lon: float = 116.4) -> Verdict:
    return Verdict(live.apply(frame([handle], [lon], [39.9], now_ms + ahead_ms), now_ms).verdict[0])


def fix_of(live: LiveUnits, handle: int, now_ms: int) -> Fix:
    fix = live.fix(handle, now_ms)
    assert fix is not None
    return fix


def test_every_check_has_a_sentence() -> None:
    assert (
        [name for name, _ in CHECKS]
        == list(REASONS)
        == [name for name in Verdict if name is not Verdict.NEWEST]
    )


def test_the_verdicts_of_one_frame_stand_row_by_row() -> None:
    live = index_of([1, 2, 3, 4, 5])
    live.apply(frame([2, 3], [116.4, 116.4], [39.9, 39.9], NOW_MS), NOW_MS)
    applied = live.apply(
        frame(
            [1, 2, 3, 77, 4, 5],
            [116.4, 116.5, 116.4, 116.4, 116.4, math.nan],
            [39.9] * 6,
            [NOW_MS + 10_000, NOW_MS - 1, NOW_MS, NOW_MS, NOW_MS + 10_001, NOW_MS],
        ),
        NOW_MS,
    )
    assert [Verdict(verdict).name for verdict in applied.verdict] == [
        "NEWEST",
        "LATE",
        "DUPLICATE",
        "UNKNOWN_UNIT",
        "FUTURE",
        "OUT_OF_RANGE",
    ]
    assert applied.accepted == 1
    assert live.fix(4, NOW_MS) is None
    assert fix_of(live, 2, NOW_MS).lon == 116.4


def test_of_several_fixes_of_one_unit_in_a_frame_the_newest_stays() -> None:
    live = index_of([1])
    live.apply(frame([1, 1, 1], [116.1, 116.3, 116.2], [39.9] * 3, [NOW_MS, NOW_MS + 2, NOW_MS + 1]), NOW_MS)
    assert fix_of(live, 1, NOW_MS).lon == 116.3


def test_a_gateway_cannot_move_a_unit_of_another() -> None:
    live = index_of([1])
    live.register(Entry(2, entry(2).unit_id, "car", "regular", ROOMS[0], gateway="tetra"))
    fixes = frame([1, 2], [116.4, 116.4], [39.9, 39.9])
    assert live.apply(fixes, NOW_MS, "phones").verdict.tolist() == [Verdict.NEWEST, Verdict.FOREIGN]
    assert live.fix(2, NOW_MS) is None
    assert live.apply(fixes, NOW_MS, "tetra").count(Verdict.FOREIGN) == 0
    assert live.fix(2, NOW_MS) is not None


def test_a_clock_an_hour_ahead_is_quarantined_then_learned_corrected_and_said() -> None:
    live = index_of([1, 2])
    verdicts = []
    for second in range(20):
        now_ms = NOW_MS + second * 1_000
        verdicts.append(report(live, now_ms, HOUR_MS))
        assert report(live, now_ms, 0, handle=2) is Verdict.NEWEST, "the neighbour is not harmed"
    quarantined = verdicts.count(Verdict.FUTURE)
    assert verdicts == [Verdict.FUTURE] * quarantined + [Verdict.NEWEST] * (20 - quarantined)
    assert 5 <= quarantined <= 10
    assert live.clock_offsets() == {1: HOUR_MS}
    fix = fix_of(live, 1, NOW_MS + 19_000)
    assert (fix.age_s, fix.quality, fix.clock_offset_ms) == (0.0, "good", HOUR_MS)


def test_a_single_fix_from_the_future_teaches_nothing_and_is_forgotten() -> None:
    live = index_of([1])
    for second in range(0, 60, 4):
        assert report(live, NOW_MS + second * 1_000, HOUR_MS) is Verdict.FUTURE
        assert report(live, NOW_MS + second * 1_000 + 2_000, 0) is Verdict.NEWEST
    assert live.clock_offsets() == {}


def test_a_burst_from_the_future_in_one_breath_teaches_nothing() -> None:
    live = index_of([1])
    for _ in range(50):
        assert report(live, NOW_MS, HOUR_MS) is Verdict.FUTURE
    assert live.clock_offsets() == {}


def test_a_clock_put_right_again_is_learned_too() -> None:
    live = index_of([1])
    for second in range(15):
        report(live, NOW_MS + second * 1_000, HOUR_MS)
    verdicts = [report(live, NOW_MS + second * 1_000, 0) for second in range(15, 30)]
    assert verdicts[0] is Verdict.LATE
    assert verdicts[-1] is Verdict.NEWEST
    assert live.clock_offsets() == {}
    assert fix_of(live, 1, NOW_MS + 29_000).age_s == 0


def test_a_clock_behind_is_said_but_never_corrected_stale_must_not_look_live() -> None:
    live = index_of([1])
    for second in range(15):
        assert report(live, NOW_MS + second * 1_000, -HOUR_MS) is Verdict.NEWEST
    assert live.clock_offsets() == {1: -HOUR_MS}
    fix = fix_of(live, 1, NOW_MS + 14_000)
    assert (fix.age_s, fix.quality) == (3_600.0, "poor")


def test_lost_counts_from_when_the_terminal_was_last_heard_and_age_from_its_fix() -> None:
    live = index_of([1])
    live.apply(frame([1], [116.4], [39.9], NOW_MS - 40_000), NOW_MS)
    assert fix_of(live, 1, NOW_MS + 80_000).age_s == 120
    assert fix_of(live, 1, NOW_MS + 120_000).quality == "poor"
    assert fix_of(live, 1, NOW_MS + 120_001).quality == "lost"
    live.apply(frame([1], [116.4], [39.9], NOW_MS - 90_000), NOW_MS + 130_000)
    assert fix_of(live, 1, NOW_MS + 130_001).quality == "poor", (
        "a late fix still proves that the terminal lives"
    )


def test_time_alone_turns_a_good_fix_poor_and_lost_and_counts_as_a_change() -> None:
    live = LiveUnits(Limits(poor_after_ms=10_000, lost_after_ms=20_000))
    for handle in (1, 2):
        live.register(entry(handle))
    live.apply(frame([1], [116.4], [39.9]), NOW_MS)
    seen = []
    for second in (0, 10, 11, 20, 21, 60):
        mark = live.revision
        live.refresh_quality(NOW_MS + second * 1_000)
        seen.append(live.positions(NOW_MS + second * 1_000, after=mark).quality.tolist())
    assert seen == [[0], [], [1], [], [2], []]


def test_an_inaccurate_fix_is_poor() -> None:
    live = index_of([1])
    rough = frame([1], [116.4], [39.9])
    rough.accuracy_m[:] = 101
    live.apply(rough, NOW_MS)
    fix = fix_of(live, 1, NOW_MS)
    assert fix.quality == "poor"
    assert fix.accuracy_m == 101
    assert fix.speed_mps == 10


@pytest.mark.parametrize("second", [0, 100])
def test_a_unit_never_seen_has_no_fix_however_long(second: int) -> None:
    assert index_of([1]).fix(1, NOW_MS + second * 1_000) is None
