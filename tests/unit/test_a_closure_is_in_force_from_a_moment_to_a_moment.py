"""A road closure begins and ends by its times, or when somebody ends it; its facts in order make its row."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch.closures.model import Ended, PutIn, RoadClosure, evolve, in_force
from dispatch.runtime.roads import RoadSearch
from tests.harness.drawn_town import DrawnTown

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOWN = DrawnTown("A     B\n\nC     D", {"AB": {}, "BD": {}, "DC": {}, "CA": {}})
AB: dict[str, Any] = {"type": "LineString", "coordinates": [list(TOWN.at["A"]), list(TOWN.at["B"])]}


def closure(id_: int = 1, **more: Any) -> RoadClosure:
    given: dict[str, Any] = {
        "name": "积水", "kind": "closed", "factor": 0.0, "geometry": AB, "profiles": (), "valid_from": NOW, "until": None,
        "by": "somebody", "room_id": UUID(int=9), "segments": None, "streets": (), "recorded_at": NOW,
    }  # fmt: skip
    return evolve(None, UUID(int=id_), PutIn(**given | more))


def test_it_is_planned_then_in_force_then_over() -> None:
    one = closure(valid_from=NOW + HOUR, until=NOW + 2 * HOUR)
    assert [one.state(NOW + n * HOUR) for n in (0, 1, 1.5, 2, 3)] == [
        "planned",
        "in_force",
        "in_force",
        "over",
        "over",
    ]
    endless = closure(2)
    assert endless.state(NOW + 10_000 * HOUR) == "in_force"
    assert in_force([one, endless], NOW) == (endless,)


def test_whoever_ends_it_ends_it_for_good() -> None:
    ended = evolve(closure(), UUID(int=1), Ended(at=NOW + HOUR))
    assert (ended.ended_at, ended.version) == (NOW + HOUR, 2)
    assert ended.state(NOW + HOUR) == "over"
    with pytest.raises(ValueError, match="does not start"):
        evolve(None, UUID(int=1), Ended(at=NOW))


def test_its_row_goes_out_and_back() -> None:
    one = closure(until=NOW + HOUR, profiles=("car",), segments=3, streets=("深南大道",))
    assert msgspec.json.decode(msgspec.json.encode(one), type=RoadClosure) == one


async def test_the_search_takes_what_is_in_force_by_now_and_keeps_it_through_a_new_city() -> None:
    search = RoadSearch()
    try:
        search.turn(NOW)
        await search.hold([closure(valid_from=NOW + HOUR, until=NOW + 2 * HOUR)])
        await search.use(TOWN.roads)
        assert await closed(search) == 0
        search.turn(NOW + HOUR)
        assert await closed(search) == 1
        await search.use(TOWN.roads)
        assert await closed(search) == 1
        search.turn(NOW)
        assert await closed(search) == 1, "time does not go back"
        search.turn(NOW + 2 * HOUR)
        assert await closed(search) == 0
        await search.use(None)
        assert not search.are_known
        assert await search.covered(closure()) is None
    finally:
        search.close()


async def test_a_drawing_that_nobody_can_read_keeps_no_other_closure_from_counting() -> None:
    search = RoadSearch()
    try:
        search.turn(NOW)
        await search.use(TOWN.roads)
        await search.hold([closure(1, geometry={"type": "Spiral"}), closure(2)])
        assert await closed(search) == 1
    finally:
        search.close()


async def closed(search: RoadSearch) -> int:
    roads = await search.roads_now()
    assert roads is not None
    return len(roads.closures)


async def test_a_street_closed_for_all_but_blue_light_holds_only_the_others() -> None:
    roads = TOWN.roads
    mine = closure(profiles=("car", "motorcycle", "foot")).on_roads()
    shut = roads.closed_by([mine])
    west, goal = TOWN.between("C", "A", 0.9), TOWN.between("B", "D", 0.1)
    for profile, is_held in (("car", True), ("motorcycle", True), ("foot", True), ("blue_light", False)):
        before, after = (one.way(west, goal, profile).length_m for one in (roads, shut))
        assert (after > before + 100) is is_held, profile
