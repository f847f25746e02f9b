"""Simulated patrols keep to the streets and their directions, go round their beats, and fall silent without coverage."""

from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely

from dispatch.seeds.patrolling import PatrolGround
from geo.coordinates import distance_m
from geo.osm import Extract, Road
from geo.roads import Roads
from tests.harness import bay
from tests.harness.patrols import NOW_MS
from units.driving import Drive, straight
from units.simulator import Habits, Radios, Reply, Terminal

#  4 --- 3     a square of 1 km a side; the southern side leads only east (1 → 2),
#  |     |     so from 2 to 1 one drives round by 3 and 4
#  1 --> 2
CORNERS = {1: (10.0, 0.0), 2: (10.009, 0.0), 3: (10.009, 0.009), 4: (10.0, 0.009)}


def square(**more: Any) -> Extract:
    def road(id_: int, nodes: tuple[int, ...], oneway: int, kind: str = "residential") -> Road:
        line = tuple(CORNERS[node] for node in nodes)
        return Road(
            id=id_, kind=kind, name="路", oneway=oneway, max_kmh=36.0, bridge=False, nodes=nodes, line=line
        )

    told: dict[str, Any] = {
        "roads": (road(1, (1, 2), 1), road(2, (2, 3, 4, 1), 0)), "places": (), "shores": (), "waters": (), "greens": (),
        "rails": (), "lights": frozenset(), "credit": None, "bounds": (10.0, 0.0, 10.009, 0.009),
    }  # fmt: skip
    return Extract(**(told | more))


def test_a_one_way_street_is_driven_one_way() -> None:
    roads = Roads.of(square())
    there, back = roads.way(CORNERS[1], CORNERS[2]), roads.way(CORNERS[2], CORNERS[1])
    assert there.length_m == pytest.approx(1_000, rel=0.01)
    assert back.length_m == pytest.approx(3_000, rel=0.01)


def test_a_corner_that_one_cannot_come_back_from_is_not_driven_to() -> None:
    trap = Road(
        id=9, kind="residential", name=None, oneway=1, max_kmh=None, bridge=False, nodes=(3, 7), line=(CORNERS[3], (10.012, 0.009))
    )  # fmt: skip
    roads = Roads.of(square(roads=(*square().roads, trap)))
    course = roads.way(CORNERS[1], (10.012, 0.009))
    assert course.corners[-2] == pytest.approx(CORNERS[3])


def test_a_journey_takes_its_time_and_stands_at_its_lights() -> None:
    course = straight((10.0, 0.0), (10.009, 0.0), 10.0)
    drive = Drive(course.corners, course.speeds_mps, (20.0, 0.0), NOW_MS, 1.0)
    assert (drive.arrives_ms - NOW_MS) / 1000 == pytest.approx(120, rel=0.01)
    assert drive.at(NOW_MS + 19_000)[:3] == (10.0, 0.0, 0.0)
    half = drive.at(NOW_MS + 70_000)
    assert half.lon == pytest.approx(10.0045, abs=1e-4)
    assert half.speed_mps == 10.0
    assert half.heading_deg == pytest.approx(90, abs=0.01)
    assert drive.at(NOW_MS + 10_000_000)[:3] == (10.009, 0.0, 0.0)


def order(lon: float, lat: float) -> dict[str, Any]:
    return {
        "order_id": "o", "assignment_id": "a", "n": 1, "kind": "order", "expires_at": None, "lon": lon, "lat": lat, "priority": 1,
    }  # fmt: skip


def test_a_crew_ordered_across_the_city_never_leaves_the_streets_until_it_is_there() -> None:
    extract = bay.extract(110)
    roads = Roads.of(extract)
    start, end = tuple(roads.corners[10].tolist()), tuple(roads.corners[-10].tolist())
    air = Radios([Terminal(7, "car", *start)], Habits(), Random(1), now_ms=NOW_MS, boot=1, ways=roads.way)
    air.hear(7, order(*end), NOW_MS)
    streets = shapely.MultiLineString([road.line for road in extract.roads])
    said: list[Reply] = []
    seen = []
    for second in range(0, 3_000, 5):
        said += air.step(NOW_MS + second * 1_000)
        (frame,) = air.frames(NOW_MS + second * 1_000)
        seen.append((float(frame.lon[0]), float(frame.lat[0])))
    assert [reply.payload["act"] for reply in said][:4] == ["deliver", "accept", "en_route", "on_scene"]
    away = shapely.distance(streets, shapely.points(np.array(seen)))
    assert float(away.max()) < 1e-7
    assert distance_m(*seen[-1], *end) < 1
    steps = [distance_m(*one, *other) for one, other in pairwise(seen)]
    assert max(steps) < 5 * 30
    assert sum(steps) > distance_m(*start, *end)


def test_an_idle_car_goes_round_its_beat_and_a_boat_stays_on_the_water() -> None:
    city, extract = bay.city(110), bay.extract(110)
    ground = PatrolGround(city, extract, Random(1))
    water = shapely.union_all(
        [shapely.geometry.shape(j.geometry) for j in city.jurisdictions if j.layer == "water"]
    )
    units = [unit for unit in city.units if unit.kind in ("car", "boat") and unit.lon is not None][:40]
    terminals = []
    for number, unit in enumerate(units):
        assert unit.lon is not None
        assert unit.lat is not None
        beat = ground.beat(unit.kind, unit.room_id, (unit.lon, unit.lat))
        assert len(beat) > 1 or unit.kind == "boat"
        terminals.append(Terminal(number, unit.kind, unit.lon, unit.lat, beat))
    air = Radios(terminals, Habits(), Random(2), now_ms=NOW_MS, boot=1, ways=Roads.of(extract).way)
    places = []
    for minute in range(30):
        assert air.step(NOW_MS + minute * 60_000) == []
        (frame,) = air.frames(NOW_MS + minute * 60_000)
        places.append(np.column_stack((frame.lon, frame.lat)))
    moved = np.abs(places[-1] - places[0]).sum(axis=1) > 1e-6
    assert moved.mean() > 0.9
    afloat = [n for n, unit in enumerate(units) if unit.kind == "boat"]
    assert afloat
    assert all(shapely.intersects_xy(water, *place[n]) for place in places for n in afloat)


def test_a_terminal_out_of_coverage_sends_no_fixes_and_what_it_says_comes_late() -> None:
    habits = Habits(outage_every_s=60.0, outage_s=(300.0, 300.0), accept_s=(1, 1), turnout_s=(1, 1))
    air = Radios([Terminal(7, "car", *CORNERS[1])], habits, Random(3), now_ms=NOW_MS, boot=1)
    silent, second = 0, 0
    while air.frames(NOW_MS + second * 1_000):
        second += 1
        air.step(NOW_MS + second * 1_000)
    lost_s = second
    air.hear(7, order(*CORNERS[3]), NOW_MS + lost_s * 1_000)
    while not air.frames(NOW_MS + second * 1_000):
        assert air.step(NOW_MS + second * 1_000) == []
        second, silent = second + 1, silent + 1
    assert silent == pytest.approx(300, abs=2)
    said = [reply for later in range(second, second + 10) for reply in air.step(NOW_MS + later * 1_000)]
    assert "deliver" in [reply.payload["act"] for reply in said]


def test_one_who_stands_still_for_the_centre_stays_where_it_is() -> None:
    air = Radios(
        [Terminal(7, "car", *CORNERS[1], tuple(CORNERS.values()))], Habits(), Random(1), now_ms=NOW_MS, boot=1
    )
    for second in (0, 60, 3_600):
        (frame,) = air.frames(NOW_MS + second * 1_000)  # no step: its crew does nothing
        assert (float(frame.lon[0]), float(frame.lat[0])) == CORNERS[1]
