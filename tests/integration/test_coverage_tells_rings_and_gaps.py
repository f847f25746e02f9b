"""Coverage promise: a room sees how far its free units get in a few minutes, and where on its ground nobody is in time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import h3.api.basic_str as h3
import msgspec
import pytest

from dispatch.covering import asked_minutes
from dispatch.errors import Invalid
from dispatch.runtime.embedded import Embedded
from dispatch.runtime.positions import now_ms
from geo.roads import Roads
from tests.conftest import remove_streams
from tests.harness import patrols, town
from tests.harness.databases import Databases
from tests.harness.doors import Doors, open_doors
from tests.harness.drawn_town import DrawnTown, Place
from tests.harness.waiting import GUARD_S
from units.roll import Entry

LONG = DrawnTown(f"A{' ' * 29}B{' ' * 19}C{' ' * 49}D", {"AB": {}, "BC": {}, "CD": {}})
SOUTHWARD_DEG = 0.06  # into the middle of the little town, across the border of north and south


def moved(place: Place) -> Place:
    return place[0], place[1] - SOUTHWARD_DEG


def roads() -> Roads:
    """A street of 10 km along the little town's middle."""
    extract = LONG.extract
    streets = [msgspec.structs.replace(road, line=tuple(map(moved, road.line))) for road in extract.roads]
    return Roads.of(msgspec.structs.replace(extract, roads=tuple(streets)))


WEST, EAST = moved(LONG.between("A", "B", 0.2)), moved(LONG.between("C", "D", 0.8))


@pytest.fixture(scope="module")
async def doors(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Doors]:
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path_factory.mktemp("doors")) as opened:
            yield opened
        await remove_streams(servers.nats_url)


async def see(doors: Doors, **at: Place) -> None:
    now = now_ms()
    handles = [getattr(town, name).int for name in at]
    frame = patrols.frame(handles, [one[0] for one in at.values()], [one[1] for one in at.values()], now)
    doors.runtime.centre.live.apply(frame, now)


def cell(place: Place) -> str:
    told: str = h3.latlng_to_cell(place[1], place[0], 9)
    return told


async def coverage(doors: Doors, of: Any = town.CITY, **params: Any) -> dict[str, Any]:
    told = await (await doors.seat("leader", of=of)).get("/coverage", **params)
    assert told.status_code == 200, told.text
    body: dict[str, Any] = told.json()
    return body


async def test_without_roads_one_sentence_says_so(doors: Doors) -> None:
    told = await (await doors.seat("leader")).get("/coverage")
    assert (told.status_code, told.json()["code"]) == (409, "no_roads")
    assert "No roads are known here" in told.json()["detail"]


async def test_rings_of_the_free_units_and_the_gaps_on_the_own_ground(doors: Doors) -> None:
    await doors.runtime.roads.use(roads())
    await see(doors, N1=WEST, S1=EAST)
    told = await coverage(doors)
    assert ([ring["minutes"] for ring in told["rings"]], told["units"], told["resolution"]) == (
        [1, 3, 5],
        2,
        9,
    )
    first = told["rings"][0]["cells"]
    assert {cell(WEST), cell(EAST)} <= set(first)
    middle = cell(moved(LONG.at["C"]))
    assert middle in told["gaps"]
    north, south = await coverage(doors, town.NORTH), await coverage(doors, town.SOUTH)
    assert (north["units"], south["units"]) == (1, 1)
    assert cell(EAST) not in [one for ring in north["rings"] for one in ring["cells"]]
    assert cell(EAST) not in north["gaps"], "that is not the north's ground"
    assert cell(EAST) in south["rings"][0]["cells"]
    assert set(told["gaps"]) <= set(north["gaps"]) | set(south["gaps"])


async def test_who_is_busy_covers_nothing(doors: Doors) -> None:
    await doors.runtime.roads.use(roads())
    await see(doors, N1=WEST, S1=EAST)
    boss = await doors.seat("leader")
    await boss.made(f"/units/{town.S1}/duty", {"duty": "busy"})
    async with asyncio.timeout(GUARD_S):
        while (await coverage(doors))["units"] != 1:
            await asyncio.sleep(0.02)
    assert cell(EAST) in (await coverage(doors))["gaps"]
    await boss.made(f"/units/{town.S1}/duty", {"duty": "available"})
    async with asyncio.timeout(GUARD_S):
        while (await coverage(doors))["units"] != 2:
            await asyncio.sleep(0.02)


async def test_an_auxiliary_is_counted_apart_in_the_first_ring_and_closes_no_gap(doors: Doors) -> None:
    await doors.runtime.roads.use(roads())
    await see(doors, N1=WEST, S1=EAST)
    middle, live = moved(LONG.at["C"]), doors.runtime.centre.live
    guard = Entry(990, UUID(int=990), "foot", "auxiliary", town.NORTH, state="available")
    live.register(guard)
    now = now_ms()
    live.apply(patrols.frame([guard.handle], [middle[0]], [middle[1]], now), now)
    told = await coverage(doors)
    assert (told["units"], told["auxiliaries"]) == (2, 1)
    assert [ring["minutes"] for ring in told["auxiliary"]] == [1]
    assert cell(middle) in told["auxiliary"][0]["cells"]
    assert cell(middle) in told["gaps"]
    assert cell(middle) not in [one for ring in told["rings"] for one in ring["cells"]]


async def test_a_closed_road_is_a_gap_behind_it(doors: Doors) -> None:
    await doors.runtime.roads.use(roads())
    await see(doors, N1=WEST)
    behind, asked = cell(moved(LONG.between("C", "D", 0.1))), {"minutes": "30"}
    assert behind in (await coverage(doors, town.NORTH, **asked))["rings"][0]["cells"]
    boss = await doors.seat("leader")
    spot = {"type": "Point", "coordinates": list(moved(LONG.between("B", "C")))}
    closure = await boss.made("/closures", {"name": "塌方", "geometry": spot}, 201)
    closed = await coverage(doors, town.NORTH, **asked)
    assert behind not in closed["rings"][0]["cells"]
    assert cell(WEST) in closed["rings"][0]["cells"]
    await boss.made(f"/closures/{closure['id']}/end")


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1,61", "nan", "1,nan,3", "1,2,3,4,5,6,7"])
def test_minutes_are_few_and_rising(text: str) -> None:
    with pytest.raises(Invalid):
        asked_minutes(text)
    assert asked_minutes("5, 1,3,3") == (1, 3, 5)


async def test_a_terminal_and_an_unknown_parameter_are_refused(doors: Doors) -> None:
    unit = await doors.seat("unit", of=town.N1, kind="unit")
    assert (await unit.get("/coverage")).status_code == 403
    assert (await (await doors.seat("leader")).get("/coverage", minute="3")).status_code == 400
