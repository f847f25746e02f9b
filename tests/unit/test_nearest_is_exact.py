"""The nearest units are exactly those that looking at everybody would give, wherever, however many, whatever moved."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coordinates import chord_m, destination, distance_m
from tests.harness.patrols import (
    KINDS,
    NOW_MS,
    ROOMS,
    STATES,
    entry,
    everybody_by_distance,
    frame,
    index_of,
)
from units import nearby
from units.live import LiveUnits
from units.roll import Filter, UnknownHandle

subsets = {
    "states": st.none() | st.frozensets(st.sampled_from(STATES)),
    "kinds": st.none() | st.frozensets(st.sampled_from((*KINDS, "boat"))),
    "classes": st.none() | st.frozensets(st.sampled_from(("regular", "auxiliary"))),
    "skills": st.frozensets(st.sampled_from(("dog", "water", "unheard of")), max_size=2),
    "rooms": st.none() | st.frozensets(st.sampled_from(ROOMS)),
    "exclude": st.frozensets(st.integers(1, 400), max_size=5),
    "ordered_by": st.none() | st.frozensets(st.sampled_from(ROOMS)),
}
filters = st.builds(Filter, **subsets)


type Places = list[tuple[float, float]]
type Town = tuple[tuple[float, float], float, Places, np.random.Generator]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Units somewhere on earth: scattered over a country, a city, a few crossroads, or one and the same doorstep."""
    lon, lat = draw(st.floats(-180, 180)), draw(st.floats(-85, 85))
    spread_deg = draw(st.sampled_from((0.0, 1e-4, 0.01, 0.3, 4.0)))
    count = draw(st.integers(0, 400))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    crossroads = chance.uniform(-spread_deg, spread_deg, (draw(st.sampled_from((1, 3, 1000))), 2))
    chosen = crossroads[chance.integers(0, len(crossroads), count)]
    places = chosen + chance.normal(0, spread_deg / 50 if len(crossroads) < 1000 else 0, (count, 2))
    places = [((lon + dx + 180) % 360 - 180, max(-90.0, min(90.0, lat + dy))) for dx, dy in places.tolist()]
    return (lon, lat), spread_deg, places, chance


def by_column(places: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    lon, lat = zip(*places, strict=True)
    return list(lon), list(lat)


def agree(
    live: LiveUnits,
    where: dict[int, tuple[float, float]],
    here: tuple[float, float],
    k: int,
    which: Filter,
) -> None:
    expected = everybody_by_distance(where, *here, which)[:k]
    found = live.nearest(*here, k, which)
    assert [near.entry.handle for near in found] == [handle for handle, _ in expected]
    assert [near.distance_m for near in found] == pytest.approx(
        [metres for _, metres in expected], abs=1.1e-3
    )


@settings(max_examples=150, deadline=None)
@given(town=towns(), which=filters, k=st.integers(1, 40), kilometres=st.sampled_from((0.0, 0.1, 3.0, 60.0)))
def test_nearest_equals_looking_at_everybody_before_and_after_they_moved(
    town: Town, which: Filter, k: int, kilometres: float
) -> None:
    (lon, lat), spread_deg, places, chance = town
    where = dict(enumerate(places, 1))
    live = index_of(list(where))
    if where:
        handles = list(where)
        live.apply(frame(handles, *by_column(where.values())), NOW_MS)
    dx, dy = chance.uniform(-1, 1, 2) * (spread_deg + kilometres / 111)
    here = ((lon + dx + 180) % 360 - 180, max(-90.0, min(90.0, lat + dy)))
    agree(live, where, here, k, which)

    for step in range(1, 4):
        moved = [handle for handle in where if chance.random() < 0.5]
        drift_deg = chance.choice((1e-5, 1e-3, 0.02))
        for handle in moved:
            x, y = where[handle]
            x, y = (x + chance.normal(0, drift_deg) + 180) % 360 - 180, y + chance.normal(0, drift_deg)
            where[handle] = x, max(-90.0, min(90.0, y))
        if moved:
            lon_lat = by_column(where[handle] for handle in moved)
            live.apply(frame(moved, *lon_lat, NOW_MS + step), NOW_MS + step)
        agree(live, where, here, k, which)
        agree(live, where, (lon, lat), k, Filter())


@pytest.mark.parametrize(("count", "questions"), [(10, 200), (1_000, 200), (20_000, 150), (100_000, 60)])
def test_nearest_equals_looking_at_everybody_in_a_city_of_any_size(count: int, questions: int) -> None:
    chance = np.random.default_rng(count)
    centres = chance.uniform((116.1, 39.6), (116.7, 40.2), (40, 2))
    downtown = centres[chance.integers(0, 40, count)] + chance.normal(0, 0.004, (count, 2))
    spread = chance.uniform((116.1, 39.6), (116.7, 40.2), (count, 2))
    places = np.where(chance.random((count, 1)) < 0.5, downtown, spread)
    live = index_of(range(1, count + 1))
    handles = np.arange(1, count + 1)
    live.apply(frame(handles, places[:, 0], places[:, 1]), NOW_MS)
    available = Filter(states=frozenset({"available"}))
    rare = Filter(skills=frozenset({"water"}), kinds=frozenset({"foot"}), rooms=frozenset(ROOMS[:1]))
    for question in range(questions):
        if question % 20 == 10:
            some = np.flatnonzero(chance.random(count) < 0.3)
            places[some] += chance.normal(0, chance.choice((2e-4, 2e-3)), (len(some), 2))
            t_ms = NOW_MS + question
            live.apply(frame(some + 1, places[some, 0], places[some, 1], t_ms), t_ms)
        where = centres[question % 40] if question % 2 else chance.uniform((116.0, 39.5), (116.8, 40.3))
        here = (float(where[0]), float(where[1]))
        within = np.argsort(np.hypot(*((places - where) * (0.76, 1)).T))[:3_000]
        some_handles = {int(row) + 1: (places[row, 0], places[row, 1]) for row in within}
        agree(live, some_handles, here, 10, available)
        if count <= 1_000:
            agree(live, dict(enumerate(map(tuple, places), 1)), here, 5, rare)


def test_the_tree_is_used_and_the_loose_are_seen() -> None:
    live = index_of(range(1, 2_001))
    chance = np.random.default_rng(5)
    lon, lat = chance.uniform(116.2, 116.6, 2_000), chance.uniform(39.7, 40.1, 2_000)
    live.apply(frame(range(1, 2_001), lon, lat), NOW_MS)
    live.settle()
    far = int(np.argmax(np.hypot(lon - 116.4, lat - 39.9))) + 1
    live.apply(frame([far], [116.4], [39.9], NOW_MS + 1), NOW_MS + 1)
    assert live._places._loose_count == 1, "it jumped further than the tree may drift"
    assert live.nearest(116.4, 39.9, 1)[0].entry.handle == far
    assert live._places.drift_m < nearby.MAX_DRIFT_M


def test_a_filter_asked_for_often_has_its_own_tree_and_still_sees_every_change() -> None:
    chance = np.random.default_rng(7)
    handles = list(range(1, 501))
    places = {
        handle: (float(x), float(y)) for handle, (x, y) in enumerate(chance.uniform(0, 0.2, (500, 2)), 1)
    }
    live, states = index_of(handles), {handle: entry(handle).state for handle in handles}
    live.apply(frame(handles, *by_column(places.values())), NOW_MS)
    live.settle()
    free = Filter(states=frozenset({"available"}))
    for round_ in range(60):
        lon, lat = chance.uniform(0, 0.2, 2).tolist()
        expected = sorted(
            (distance_m(lon, lat, *places[handle]), handle)
            for handle in handles
            if states[handle] == "available"
        )[:10]
        found = live.nearest(lon, lat, 10, free)
        assert [near.entry.handle for near in found] == [handle for _, handle in expected], round_
        for handle in chance.choice(handles, 5, replace=False).tolist():
            states[handle] = str(chance.choice(("available", "busy")))
            live.set_state(handle, states[handle])
        if round_ % 20 == 19:
            live.settle()
    assert live._places._asked[free].tree is not None


def test_the_geodesic_decides_where_chord_and_geodesic_disagree() -> None:
    # The meridian bends more sharply than the equator: 1,000,005 m north has the shorter chord than 1,000,000 m east.
    live = index_of([1, 2])
    north, east = destination(20.0, 0.0, 0.0, 1_000_005.0), destination(20.0, 0.0, 90.0, 1_000_000.0)
    assert chord_m(20.0, 0.0, *north) < chord_m(20.0, 0.0, *east)
    live.apply(frame([1, 2], *by_column([north, east])), NOW_MS)
    assert [near.entry.handle for near in live.nearest(20.0, 0.0, 1)] == [2]


def test_units_without_a_fix_and_units_struck_off_are_nobodys_neighbours() -> None:
    live = index_of([1, 2, 3])
    live.apply(frame([1, 2], [116.4, 116.5], [39.9, 39.9]), NOW_MS)
    live.remove(1)
    assert [near.entry.handle for near in live.nearest(116.4, 39.9, 5)] == [2]
    assert live.nearest(116.4, 39.9, 0) == []
    with pytest.raises(UnknownHandle, match="handle 1"):
        live.set_state(1, "busy")


def test_a_change_of_state_or_skill_is_seen_by_the_next_question() -> None:
    live = index_of([4])
    live.apply(frame([4], [116.4], [39.9]), NOW_MS)
    available, dog = Filter(states=frozenset({"available"})), Filter(skills=frozenset({"drone pilot"}))
    assert [near.entry for near in live.nearest(116.4, 39.9, 5, available)] == [entry(4)]
    assert live.nearest(116.4, 39.9, 5, dog) == []
    live.set_state(4, "ordered")
    assert live.nearest(116.4, 39.9, 5, available) == []
    unit = entry(4)
    live.register(type(unit)(4, unit.unit_id, "car", "regular", unit.room_id, frozenset({"drone pilot"})))
    assert [near.entry.handle for near in live.nearest(116.4, 39.9, 5, dog)] == [4]


def test_a_state_nobody_knows_is_refused_and_leaves_everything_as_it_was() -> None:
    live = index_of([4])
    with pytest.raises(ValueError, match="'asleep' is no state of a unit"):
        live.set_state(4, "asleep")
    assert live.entry(4) == entry(4)


def test_inside_takes_bounds_polygons_and_the_border_and_crosses_the_antimeridian() -> None:
    import shapely

    live = index_of([1, 2, 3, 4])
    live.apply(frame([1, 2, 3, 4], [179.9, -179.9, 116.5, 116.7], [0.0, 0.0, 39.9, 39.9]), NOW_MS)
    assert [unit.handle for unit in live.inside((179.5, -1.0, -179.5, 1.0))] == [1, 2]
    square = shapely.box(116.4, 39.8, 116.7, 40.0)
    assert [unit.handle for unit in live.inside(square)] == [3, 4], "the border is inside"
    triangle = shapely.Polygon([(116.4, 39.8), (116.7, 39.8), (116.4, 40.0)])
    assert [unit.handle for unit in live.inside(triangle)] == [3]
    assert live.inside(square, Filter(exclude=frozenset({3, 4}))) == []


def test_whoever_was_asked_for_before_its_first_fix_is_found_after_it() -> None:
    live = index_of([1, 2])
    which = Filter(rooms=frozenset(ROOMS))
    assert live.nearest(114.0, 22.5, 5, which) == []
    live.apply(frame([1], [114.0], [22.5]), NOW_MS)
    assert [near.entry.handle for near in live.nearest(114.0, 22.5, 5, which)] == [1]
    live.apply(frame([2], [114.001], [22.5]), NOW_MS)
    assert [near.entry.handle for near in live.nearest(114.0, 22.5, 5, which)] == [1, 2]
