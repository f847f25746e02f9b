"""Playback promise: the figures of a way are those one reckons by hand, whatever the fixes went through, and parts add up to the whole."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates import approx_distance_m, destination
from tests.harness.played import LAT, LON, START_MS, Fix, drive, records, stand
from units.tracks.figures import STOOD_MS, clipped, figures, profile, stops
from units.tracks.packing import openings, pack
from units.tracks.thinning import shown
from units.tracks.ways import GAP_MS, Span, Way, inside_ms, way_of

ALWAYS = (Span(START_MS - 10**9, START_MS + 10**9),)


def way(fixes: list[Fix], kind: str = "car", **more: float) -> Way:
    return way_of(records(fixes, **more), kind, ALWAYS, None)  # type: ignore[arg-type]


def span(first_s: float, last_s: float) -> Span:
    return Span(START_MS + round(first_s * 1000), START_MS + round(last_s * 1000))


DAY = [*drive(0, 100), *stand(101, 400, 1_000.0), *drive(401, 500, 1_000.0)]
"""1,000 m in 100 s, five minutes at one place, 990 m more."""


def test_metres_stops_and_time_are_those_reckoned_by_hand() -> None:
    gone = way(DAY)
    told = figures(gone, span(0, 500), stops(gone))
    assert told.driven_m == pytest.approx(1_990, abs=20), "standing for five minutes drives nothing"
    assert (told.known_s, told.unknown_s, told.left_out, told.breaks) == (500, 0, 0, 0)
    assert told.top_mps == 10
    [stop] = stops(gone)
    assert (stop.to_ms - stop.from_ms) / 1000 == pytest.approx(300, abs=8)
    assert approx_distance_m(stop.lon, stop.lat, *destination(LON, LAT, 90.0, 1_000.0)) < 15
    assert told.stood_s == pytest.approx(300, abs=8)
    speeds = profile(gone, span(0, 500), 5)
    assert [round(one.mean_mps or 0) for one in speeds] == [10, 0, 0, 0, 10]


def test_a_red_light_is_no_stop() -> None:
    gone = way([*drive(0, 60), *stand(61, 61 + STOOD_MS // 1000 - 12, 600.0), *drive(170, 300, 600.0)])
    assert stops(gone) == []


def test_a_gap_is_unknown_and_no_way_leads_over_it() -> None:
    gone = way([*drive(0, 100), *drive(200, 300, 5_000.0)])
    told = figures(gone, span(0, 300), [])
    assert told.driven_m == pytest.approx(2_000, rel=0.01)
    assert (told.known_s, told.unknown_s, told.breaks) == (200, 100, 1)
    assert shown(gone, span(0, 300), 1_000).parts == (0, 101)


def test_what_lies_before_and_after_the_first_and_last_fix_is_unknown() -> None:
    told = figures(way(drive(100, 200)), span(0, 400), [])
    assert (told.known_s, told.unknown_s) == (100, 300)
    nothing = figures(way([]), span(0, 400), stops(way([])))
    assert (nothing.driven_m, nothing.known_s, nothing.unknown_s, nothing.top_mps) == (0, 0, 400, None)
    assert [one.mean_mps for one in profile(way([]), span(0, 400), 4)] == [None] * 4


@pytest.mark.parametrize("at", [0, 50, 99])
def test_a_jump_drives_nothing_and_is_told(at: int) -> None:
    fixes = drive(0, 100)
    fixes[at] = (at, 90_000.0, 0.0)
    told = figures(way(fixes), span(0, 100), [])
    assert told.driven_m == pytest.approx(1_000, abs=60)
    assert told.left_out >= 1


def test_inaccurate_fixes_are_left_out_and_counted() -> None:
    rough = records([(30.5, 400.0, 0.0)], accuracy_m=900)
    gone = way_of(np.concatenate((records(drive(0, 60)), rough)), "car", ALWAYS, None)
    told = figures(gone, span(0, 60), [])
    assert (told.left_out, round(told.driven_m, -1)) == (1, 600)


def test_off_duty_nothing_is_known_and_no_way_leads_over_it() -> None:
    watches = (span(0, 40), span(60, 101))
    gone = way_of(records(drive(0, 100)), "car", watches, None)
    told = figures(gone, span(0, 100), [])
    assert told.known_s == pytest.approx(39 + 40)
    assert told.driven_m == pytest.approx(790, rel=0.01)
    assert not ((gone.t_ms >= watches[0].to_ms) & (gone.t_ms < watches[1].from_ms)).any()


def test_time_inside_a_beat_counts_steps_over_its_border_by_their_share() -> None:
    gone = way(drive(0, 100))
    west, _ = destination(LON, LAT, 90.0, 255.0)
    east, _ = destination(LON, LAT, 90.0, 705.0)
    beat = shapely.box(west, LAT - 1, east, LAT + 1)
    assert gone.over(inside_ms(gone, beat), span(0, 100)) / 1000 == pytest.approx(45, abs=0.1)
    still = way(stand(0, 200, 300.0))
    assert still.over(inside_ms(still, beat), span(0, 200)) == 200_000


def test_a_screen_is_told_few_fixes_and_every_end() -> None:
    gone = way([*drive(0, 100), *drive(200, 300, 5_000.0)])
    few = shown(gone, span(0, 300), 10_000)
    assert few.t_s[0] == 0
    assert {100, 200, 299} <= set(few.t_s), "the moment after the last is no part of the span"
    assert len(few.t_s) == len(few.lon) == len(few.lat) <= 24
    assert few.parts == (0, few.t_s.index(200))


def test_the_first_fix_of_a_minute_is_read_without_the_rest() -> None:
    rows = pack(records([*drive(0, 130), (400.0, -20_000.0, -90_000.0)]))
    first = openings([row._replace(data=row.data[:20]) for row in rows])
    by_hand = [min((r for r in records(drive(0, 130)) if r["t_ms"] // 60_000 == row.minute), default=None, key=lambda r: r["t_ms"]) for row in rows]  # fmt: skip
    for got, expected in zip(first[:-1], by_hand[:-1], strict=True):
        assert expected is not None
        assert (got["t_ms"], got["lon"], got["lat"]) == (expected["t_ms"], expected["lon"], expected["lat"])
    assert first[-1]["t_ms"] == START_MS + 400_000


places = st.floats(-3_000, 3_000)
steps = st.tuples(st.integers(1, 40_000), places, places)


@st.composite
def wandering(draw: st.DrawFn) -> list[Fix]:
    """Fixes at any distance in time, some too far apart, to any place around, reachable or not."""
    t_ms, fixes = 0, []
    for step_ms, east, north in draw(st.lists(steps, max_size=25)):
        t_ms += step_ms * (3 if east > 2_800 else 1)
        near = draw(st.booleans())
        fixes.append((t_ms / 1000, east / 100 if near else east, north / 100 if near else north))
    return fixes


@given(wandering(), st.lists(st.integers(-10_000, 1_100_000), min_size=3, max_size=6))
def test_parts_of_a_span_add_up_to_it(fixes: list[Fix], cuts: list[int]) -> None:
    gone, beat = way(fixes), shapely.box(LON - 0.01, LAT - 0.01, LON + 0.005, LAT + 0.01)
    inside, stood = inside_ms(gone, beat), stops(gone)
    edges = [START_MS + at for at in sorted(set(cuts))]
    if len(edges) < 2:
        return
    parts = [Span(a, b) for a, b in itertools.pairwise(edges)]
    whole = figures(gone, Span(edges[0], edges[-1]), stood)
    each = [figures(gone, part, stood) for part in parts]
    for name in ("driven_m", "known_s", "unknown_s", "stood_s", "left_out"):
        assert sum(getattr(one, name) for one in each) == pytest.approx(getattr(whole, name), abs=1e-6), name
    assert sum(gone.over(inside, part) for part in parts) == pytest.approx(
        gone.over(inside, Span(edges[0], edges[-1])), abs=1e-3
    )


@given(wandering(), st.integers(-10_000, 1_000_000), st.integers(1, 1_000_000))
def test_time_in_and_out_and_unknown_is_the_span(fixes: list[Fix], first: int, long: int) -> None:
    gone, asked = way(fixes), Span(START_MS + first, START_MS + first + long)
    told = figures(gone, asked, stops(gone))
    inside = gone.over(inside_ms(gone, shapely.box(LON - 0.01, LAT - 0.01, LON, LAT + 0.02)), asked) / 1000
    outside = told.known_s - inside
    assert inside >= -1e-9
    assert outside >= -1e-9
    assert inside + outside + told.unknown_s == pytest.approx(long / 1000)
    assert sum(one.to_ms - one.from_ms for one in clipped(stops(gone), asked)) / 1000 <= told.known_s + 1e-6


@given(wandering())
def test_no_unbroken_part_is_shorter_than_its_straight_line(fixes: list[Fix]) -> None:
    gone = way(fixes)
    for number in np.unique(gone.part):
        rows = np.flatnonzero(gone.part == number)
        a, b = rows[0], rows[-1]
        straight = approx_distance_m(gone.lon[a], gone.lat[a], gone.lon[b], gone.lat[b])
        assert gone.driven_m[b] - gone.driven_m[a] >= straight * (1 - 1e-5) - 1e-6


@given(wandering(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(fixes: list[Fix], chance: object) -> None:
    whole = records(fixes)
    again = np.concatenate((whole, whole[::2]))
    order = list(range(len(again)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    one, other = way_of(whole, "car", ALWAYS, None), way_of(again[order], "car", ALWAYS, None)
    for name in ("t_ms", "lon", "lat", "part", "known_ms", "driven_m", "left_out_ms"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


@given(wandering())
def test_a_stop_keeps_near_long_enough_and_never_over_a_gap(fixes: list[Fix]) -> None:
    gone = way(fixes)
    for stop in stops(gone):
        rows = np.flatnonzero((gone.t_ms >= stop.from_ms) & (gone.t_ms <= stop.to_ms))
        assert stop.to_ms - stop.from_ms >= STOOD_MS
        assert (np.diff(gone.t_ms[rows]) <= GAP_MS).all()
        assert len(set(gone.part[rows].tolist())) == 1
