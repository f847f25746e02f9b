"""Ground promise: whatever is put in, changed and taken out, the facts at a place are those that a look at every one of them finds."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.broadcasts.model import Area
from dispatch.standing_facts import ground as module
from dispatch.standing_facts.ground import UNSURE_AT_MOST_M, Ground, Held, away_m, inside, warnings
from geo.coordinates import destination
from incidents.duplicates import OpenIncident, OpenIncidents
from incidents.model import Place
from incidents.types import shipped_tree
from tests.harness.town import box

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIDDLE = (114.02, 22.54)
TREE = shipped_tree()


def held(n: int, area: Area | None = None, **more: Any) -> Held:
    told: dict[str, Any] = {
        "id": UUID(int=n), "version": 1, "kind": "dog", "severity": "warns", "personal": False, "room_id": UUID(int=9),
        "text_id": UUID(int=n + 10_000), "area": area or Area(lon=MIDDLE[0], lat=MIDDLE[1], radius_m=50.0), "valid_from": NOW,
    }  # fmt: skip
    return Held(**told | more)


def at(lon: float = MIDDLE[0], lat: float = MIDDLE[1], accuracy_m: float | None = None) -> Place:
    return Place(lon=lon, lat=lat, accuracy_m=accuracy_m)


def ids(ground: Ground, place: Place, now: datetime = NOW) -> list[int]:
    return [one.fact.id.int for one in ground.at(place, now)]


def test_a_ring_reaches_as_far_as_it_says_and_an_unsure_place_a_little_further() -> None:
    ground = Ground([held(1)])
    for bearing in range(0, 360, 30):
        inside, outside = (destination(*MIDDLE, bearing, metres) for metres in (49.9, 50.1))
        assert (ids(ground, at(*inside)), ids(ground, at(*outside))) == ([1], [])
        assert ids(ground, at(*outside, accuracy_m=1.0)) == [1]
    far = destination(*MIDDLE, 90, 50 + UNSURE_AT_MOST_M + 1)
    assert ids(ground, at(*far, accuracy_m=5_000)) == [], (
        "a place that is hardly known warns of no whole quarter"
    )


def test_an_area_is_measured_from_its_edge() -> None:
    square = Area(geometry=box(114.02, 22.54, 114.021, 22.541))
    assert away_m(square, 114.0205, 22.5405) == 0.0
    assert abs(away_m(square, *destination(114.021, 22.5405, 90, 30)) - 30) < 0.1
    assert abs(away_m(square, *destination(114.0205, 22.541, 0, 30)) - 30) < 0.1
    assert ids(Ground([held(1, square)]), at(*destination(114.021, 22.5405, 90, 30), accuracy_m=31)) == [1]


def test_what_warns_comes_first_then_the_nearest_and_each_kind_is_said_once() -> None:
    near = Area(lon=MIDDLE[0], lat=MIDDLE[1], radius_m=10.0)
    edge = Area(lon=destination(*MIDDLE, 90, 60)[0], lat=MIDDLE[1], radius_m=50.0)
    ground = Ground(
        [
            held(1, near, severity="informs", kind="hydrant"),
            held(2, edge),
            held(3, near),
            held(4, near, kind="hazmat"),
        ]
    )
    found = ground.at(at(accuracy_m=50), NOW)
    assert [one.fact.id.int for one in found] == [3, 4, 2, 1]
    assert [one.kind for one in warnings(found)] == ["dog", "hazmat"]


def test_a_fact_is_found_while_it_holds_and_without_a_point_by_its_address() -> None:
    ground = Ground([held(1, valid_from=NOW + HOUR, until=NOW + 2 * HOUR, address="幸福路 5号")])
    assert [ids(ground, at(), NOW + n * HOUR) for n in (0, 1, 2)] == [[], [1], []]
    here = Place(address="  幸福路　5号 ")
    assert ids(ground, here, NOW + HOUR) == [1]
    assert ids(ground, Place(address="幸福路 6号"), NOW + HOUR) == []
    far = Place(lon=115.0, lat=23.0, address="幸福路 5号")
    assert ids(ground, far, NOW + HOUR) == [], "where there is a point, the point counts"


def test_an_older_reading_never_replaces_a_newer_one() -> None:
    ground = Ground([held(1, version=3, kind="hazmat")])
    ground.learn([UUID(int=1)], [held(1, version=2)])
    [one] = ground.at(at(), NOW)
    assert (one.fact.version, one.fact.kind) == (3, "hazmat")


spots = st.tuples(st.floats(113.99, 114.05), st.floats(22.51, 22.57))
areas = st.one_of(
    st.builds(lambda spot, radius: Area(lon=spot[0], lat=spot[1], radius_m=radius), spots, st.floats(1, 2_000)),
    st.builds(
        lambda spot, wide, high: Area(geometry=box(spot[0], spot[1], spot[0] + wide, spot[1] + high)),
        spots, st.floats(0.0005, 0.02), st.floats(0.0005, 0.02),
    ),
)  # fmt: skip
turns = st.lists(st.tuples(st.integers(1, 12), st.none() | areas), max_size=40)


@given(turns, st.lists(st.tuples(spots, st.floats(0, 100)), min_size=1, max_size=5), st.integers(0, 5))
def test_it_finds_what_a_look_at_every_fact_finds(
    changes: list[tuple[int, Area | None]], questions: list[tuple[tuple[float, float], float]], late: int
) -> None:
    before = module.LATE_AT_MOST
    module.LATE_AT_MOST = late  # the tree is built anew now and then
    try:
        ground, truth = Ground(), dict[int, Held]()
        for version, (n, area) in enumerate(changes, start=1):
            if area is None:
                truth.pop(n, None)
            else:
                truth[n] = held(n, area, version=version)
            ground.learn([UUID(int=n)], [truth[n]] if n in truth else [])
        for spot, accuracy in questions:
            wanted = {n for n, one in truth.items() if away_m(one.area, *spot) <= accuracy}
            assert set(ids(ground, at(*spot, accuracy_m=accuracy))) == wanted
    finally:
        module.LATE_AT_MOST = before
    assert len(ground) == len(truth)
    assert {one.id.int for one in ground.within((113.0, 22.0, 115.0, 23.0), NOW)} == set(truth)


def test_a_question_measures_a_handful_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(110)

    def somewhere() -> tuple[float, float]:
        return rng.uniform(113.7, 114.6), rng.uniform(22.4, 22.9)

    def area() -> Area:
        lon, lat = somewhere()
        return Area(lon=lon, lat=lat, radius_m=rng.choice((30.0, 50.0, 300.0)))

    ground = Ground([held(n, area()) for n in range(1, 10_001)])
    measured: list[Area] = []

    def counted(one: Area, lon: float, lat: float) -> float:
        measured.append(one)
        return away_m(one, lon, lat)

    monkeypatch.setattr(module, "away_m", counted)
    for _ in range(100):
        ground.at(at(*somewhere(), 50.0), NOW)
    assert len(measured) < 100 * 20


def incident(n: int, lon: float | None, lat: float | None) -> OpenIncident:
    return OpenIncident(id=UUID(int=n), number=str(n), opened_ms=0, last_alarm_ms=0, lon=lon, lat=lat)


def where(chance: Random, n: int) -> OpenIncident:
    """Around the middle, and some nowhere."""
    if chance.random() < 0.1:
        return incident(n, None, None)
    return incident(n, MIDDLE[0] + chance.uniform(-0.03, 0.03), MIDDLE[1] + chance.uniform(-0.03, 0.03))


@given(st.integers(0, 10**6))
def test_the_incidents_inside_are_those_that_a_look_at_every_one_of_them_finds(seed: int) -> None:
    chance, known = Random(seed), OpenIncidents(TREE)
    open_now: dict[int, OpenIncident] = {}
    for _ in range(80):
        n = chance.randrange(40)
        if chance.random() < 0.2:
            known.remove(UUID(int=n))
            open_now.pop(n, None)
        else:
            open_now[n] = where(chance, n)
            known.add(open_now[n])
    lon, lat = MIDDLE[0] + chance.uniform(-0.02, 0.02), MIDDLE[1] + chance.uniform(-0.02, 0.02)
    areas = [
        Area(lon=lon, lat=lat, radius_m=chance.uniform(1, 2_000)),
        Area(geometry=box(lon, lat, lon + chance.uniform(0.001, 0.05), lat + chance.uniform(0.001, 0.05))),
    ]
    for asked in (areas[:1], areas[1:], areas):
        expected = {
            one.id
            for one in open_now.values()
            if one.lon is not None and any(away_m(area, one.lon, one.lat or 0.0) == 0.0 for area in asked)
        }
        found = inside(asked, known)
        assert (set(found), len(found)) == (expected, len(expected))


def test_a_fact_measures_only_the_incidents_near_it(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[tuple[float, float]] = []

    def measure(_lon: float, _lat: float, *there: float) -> float:
        measured.append((there[0], there[1]))
        return 0.0

    monkeypatch.setattr(module, "distance_m", measure)
    known = OpenIncidents(TREE)
    for n in range(400):
        known.add(incident(n, MIDDLE[0] + 0.05 * (n % 20), MIDDLE[1] + 0.05 * (n // 20)))
    assert inside([Area(lon=MIDDLE[0], lat=MIDDLE[1], radius_m=50.0)], known) == [UUID(int=0)]
    assert measured == [MIDDLE]
