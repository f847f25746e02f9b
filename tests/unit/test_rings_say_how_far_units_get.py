"""A cell is within three minutes when somebody is on one of its roads by then, and a gap when nobody is in time."""

import math
from uuid import UUID

import h3.api.basic_int as h3
import numpy as np
import pytest

from geo.closures import Closure
from geo.extents import extent_from_geojson
from geo.rings import CELL_RES
from geo.roads import Roads
from tests.harness.drawn_town import DrawnTown, Place

ROAD = DrawnTown(
    ("A" + " " * 19 + "B" + " " * 19 + "C" + " " * 39 + "D"), {"AB": {}, "BC": {}, "CD": {}}
)  # 8 km


def reach(roads: Roads, *units: Place, minutes: tuple[float, ...] = (1, 3, 5)) -> dict[int, float]:
    """Cell -> within how many minutes; inf: a gap."""
    lons, lats = np.array([unit[0] for unit in units]), np.array([unit[1] for unit in units])
    found = roads.rings({"car": (lons, lats)}, minutes)
    within = dict(zip(found.minutes, found.covered, strict=True)) | {math.inf: found.gaps}
    cells = [cell for one in within.values() for cell in one]
    assert len(cells) == len(set(cells)), "a cell is in one ring"
    return {cell: minute for minute, some in within.items() for cell in some}


def at(place: Place) -> int:
    cell: int = h3.latlng_to_cell(place[1], place[0], CELL_RES)
    return cell


def test_a_ring_ends_where_the_search_says() -> None:
    roads, start = ROAD.roads, ROAD.between("A", "B", 0.1)
    found = reach(roads, start)
    assert {1, 3, 5, math.inf} == set(found.values())
    assert found[at(start)] == 1
    for a, b in ("AB", "BC", "CD"):
        for place in (ROAD.between(a, b, share) for share in np.linspace(0.02, 0.98, 200).tolist()):
            search = roads.search("car", place)
            search.widen(math.inf)
            there_s = search.times(search.snaps(np.array([start[0]]), np.array([start[1]])), 1).eta_s[0]
            # A cell counts from the first of its sampled places on, some 60 m apart, and is 400 m wide at most.
            assert minute(there_s - 55) <= found[at(place)] <= minute(there_s + 8)


def minute(seconds: float) -> float:
    return next((minutes for minutes in (1, 3, 5) if seconds <= 60 * minutes), math.inf)


def test_every_unit_counts_and_where_one_stands_is_covered_at_once() -> None:
    roads = ROAD.roads
    one, both = reach(roads, ROAD.at["A"]), reach(roads, ROAD.at["A"], ROAD.between("C", "D", 0.9))
    assert one.keys() == both.keys()
    assert all(both[cell] <= one[cell] for cell in one)
    assert one[at(ROAD.between("C", "D", 0.9))] == math.inf
    assert both[at(ROAD.between("C", "D", 0.9))] == 1


def test_what_is_closed_makes_a_gap_behind_it() -> None:
    roads = ROAD.roads
    assert reach(roads, ROAD.at["A"], minutes=(30,))[at(ROAD.between("C", "D", 0.8))] == 30
    middle = {"type": "Point", "coordinates": list(ROAD.between("B", "C"))}
    closed = roads.closed_by([Closure(id=UUID(int=1), extent=extent_from_geojson(middle))])
    assert reach(closed, ROAD.at["A"], minutes=(30,))[at(ROAD.between("C", "D", 0.8))] == math.inf
    foot = roads.closed_by([Closure(id=UUID(int=1), extent=extent_from_geojson(middle), profiles=("foot",))])
    assert reach(foot, ROAD.at["A"], minutes=(30,))[at(ROAD.between("C", "D", 0.8))] == 30


def test_nobody_there_is_one_large_gap() -> None:
    found = ROAD.roads.rings({})
    assert found.covered == ((), (), ())
    assert len(found.gaps) == pytest.approx(len(reach(ROAD.roads, ROAD.at["A"])))
