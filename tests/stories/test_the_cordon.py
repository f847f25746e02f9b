"""Story: robbers drive off. A cordon 查控圈 is drawn around them, every way out has a checkpoint and every checkpoint an end."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dispatch.desk.cordoning import HELD_WITHIN_S
from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.seeds.bundling import Commission, build
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.cities import silent
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.waiting import until
from tests.integration.test_plans_are_worked_at_every_replica import GRID, PURSUIT, ROWS, opened, plans, see
from tests.stories.test_the_pursuit_over_three_stations import settle_tasks

pytestmark = pytest.mark.slow
CENTRE, CORNERS = "M", set("AEUY")


@pytest.fixture
async def night(
    databases: Databases, servers: Embedded, tmp_path: Path
) -> AsyncIterator[tuple[Doors, Doors, Clock]]:
    build(Commission(source=GRID.write(tmp_path / "town.osm.pbf"), out=tmp_path / "bundle"), silent)
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path, tmp_path / "bundle") as here,
            open_replica(url, servers.nats_url, tmp_path, tmp_path / "bundle") as there,
        ):
            yield here, there, Clock(url)
        await remove_streams(servers.nats_url)


def crossing_at(point: dict[str, Any]) -> str:
    """The letter of the crossing a checkpoint stands at."""
    apart = {name: abs(lon - point["lon"]) + abs(lat - point["lat"]) for name, (lon, lat) in GRID.at.items()}
    return min(apart, key=lambda name: apart[name])


def reached_from(start: str, held: set[str]) -> set[str]:
    """Where one can drive to without passing a crossing that is held."""
    beside: dict[str, set[str]] = {name: set() for name in GRID.at}
    for line in (*ROWS, *("".join(column) for column in zip(*ROWS, strict=True))):
        for one, other in pairwise(line):
            beside[one].add(other)
            beside[other].add(one)
    found, waiting = {start}, [start]
    while waiting:
        for name in beside[waiting.pop()] - held - found:
            found.add(name)
            waiting.append(name)
    return found


async def checkpoints(seat: Seat, incident: dict[str, Any]) -> list[dict[str, Any]]:
    told = await plans(seat, incident)
    tasks = [*told["tasks"], *(task for plan in told["plans"] for task in plan["tasks"])]
    return [task for task in tasks if task["kind"] == "checkpoint"]


async def test_it_is_closed_manned_missed_at_one_point_and_opened_again(
    night: tuple[Doors, Doors, Clock],
) -> None:
    here, there, clock = night
    for doors in (here, there):
        await see(doors)
    city = await here.seat("dispatcher", "leader", "reviewer")
    incident = await opened(here, PURSUIT)
    path = f"/incidents/{incident['id']}"
    await city.made(f"{path}/plans", {"code": "pursuit"}, 201)

    # Shown at one replica: whoever holds these crossings holds every way out of the middle of the town.
    cordon = (await city.get(f"{path}/cordon", minutes=0.6, lead_s=5)).json()
    held = {crossing_at(point) for point in cordon["points"]}
    assert CENTRE not in held
    assert reached_from(CENTRE, set()) >= CORNERS
    assert not reached_from(CENTRE, held) & CORNERS
    for spare in held:
        assert reached_from(CENTRE, held - {spare}) & CORNERS, "no checkpoint stands where none is needed"

    # Drawn at the other: each station is told of its own points, in the same moment.
    leader = await there.seat("dispatcher", "leader")
    made = (await leader.made(f"{path}/cordon", {"cordon_id": cordon["id"]}, 201))["items"]
    assert {crossing_at(task["place"]) for task in made} == held
    rooms = {str(unit): str(room) for unit, (_, _, room) in town.UNITS.items()}
    manned = {task["id"]: task for task in made if task["unit_id"]}
    assert manned
    assert {task["room"] for task in manned.values()} == {rooms[one["unit_id"]] for one in manned.values()}

    # The city orders the cars, their stations say which points stand; one is never reached, and that is said when its time is over.
    await city.made(
        f"{path}/assignments", {"orders": [{"unit_id": one["unit_id"]} for one in manned.values()]}, 201
    )
    first, *rest = manned.values()
    for task in rest:
        station = await there.seat("dispatcher", of=task["room"])
        body = {"state": "done", "text": "设卡到位"}
        told = await station.patch(f"/tasks/{task['id']}", body, task["version"])
        assert told.status_code == 200, told.text
    await clock.forward(timedelta(seconds=HELD_WITHIN_S + 1))

    async def alerts() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await city.get(path)).json()["alerts"]
        return found

    await until(alerts, lambda found: "task_due" in {one["rule"] for one in found})
    states = {task["id"]: task["state"] for task in await checkpoints(leader, incident)}
    assert states[first["id"]] == "open", "late is late; nothing is taken off the list by itself"
    assert {states[task["id"]] for task in rest} == {"done"}

    # They are caught at a point. Every car is free again, but nothing closes before the open points are called off by name.
    form = {"kind": "final", "result": "handled", "text": "抓获两人", "people_count": 2}
    for job in (await city.get(path)).json()["assignments"]:
        car = await here.seat("unit", of=job["unit"]["id"], kind="unit")
        for step in ("accept", "en-route", "on-scene"):
            await car.made(f"/assignments/{job['id']}/{step}")
        await car.made(f"/assignments/{job['id']}/clear", {"result": "handled"})
        await car.made(f"/assignments/{job['id']}/feedback", form)
    await city.made(f"{path}/review", {"accept": True})
    refused = await city.post(f"{path}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_open"), refused.text
    await settle_tasks(city, path)
    ended = {task["id"]: task for task in await checkpoints(leader, incident)}
    assert ended[first["id"]]["state"] == "not_applicable"
    assert ended[first["id"]]["reason"]
    await (await here.seat("reviewer")).made(
        f"/alarms/{incident['alarms'][0]['id']}/call-back", {"outcome": "satisfied"}
    )
    assert (await city.made(f"{path}/close"))["state"] == "closed"
    async with there.runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS, ())
    assert found.sound, found.broken
