"""Story: a car drives off through the areas of three stations. Each learns of it in time, command goes up, somebody is ahead, all ends."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import chase, town
from tests.harness.borderland import EAST
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.waiting import until

pytestmark = pytest.mark.slow
MOST_ROUNDS = 20


class Night:
    """Two replicas of the town, and its clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock) -> None:
        self.here, self.there, self.clock = here, there, clock

    async def later(self, seconds: float) -> None:
        await self.clock.forward(timedelta(seconds=seconds))
        for doors in (self.here, self.there):
            await chase.see(doors)


@pytest.fixture
async def night(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Night]:
    city = chase.bundle(tmp_path)
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path, city) as here,
            open_replica(url, servers.nats_url, tmp_path, city) as there,
        ):
            await chase.divide(here, there)
            yield Night(here, there, Clock(url))
        await remove_streams(servers.nats_url)


async def order(seat: Seat, path: str, unit: object) -> Any:
    [job] = (await seat.made(f"{path}/assignments", {"orders": [{"unit_id": str(unit)}]}, 201))["items"]
    return job


async def test_it_is_seen_headed_off_led_from_above_caught_and_closed(night: Night) -> None:
    here, there = night.here, night.there
    await night.later(0)
    north, south = (
        await here.seat("dispatcher", of=town.NORTH),
        await there.seat("dispatcher", "leader", of=town.SOUTH),
    )
    east, city = await there.seat("dispatcher", of=EAST), await here.seat("dispatcher", "leader", "reviewer")

    # A caller says that somebody drove off: by these words it is a pursuit, and its plan is pushed by itself.
    incident = await chase.opened(
        here, type="100100", text="撞人后驾车逃逸，白色轿车往东", caller={"number": "13800001234"}
    )
    path = f"/incidents/{incident['id']}"

    async def shown() -> Any:
        return (await city.get(path)).json()

    if not (await shown())["pursuit"]:
        await north.made(f"{path}/pursuit")
    job = await order(north, path, town.N1)
    car = await here.seat("unit", of=str(town.N1), kind="unit")
    for step in ("accept", "en-route"):
        await car.made(f"/assignments/{job['id']}/{step}")
    await city.made(f"{path}/plans", {"code": "pursuit"}, 201)

    # Seen going east: the car behind only chases, and the one of the next station is named, before it has come there.
    await car.made(f"{path}/seen-at", chase.seen(chase.BEGINS, source="unit"))
    ranked = (await city.get(f"{path}/recommendation", units=3, waves=1)).json()
    assert (ranked["basis"], ranked["waves"][0][0]["call_sign"]) == ("road", "218")
    assert "ahead" in [one["key"] for one in ranked["waves"][0][0]["reasons"]]

    # Over the first border: the south learns of it, takes part and sends its own; duty is the north's.
    assert (await south.get(path)).status_code == 404
    await night.later(5)
    await north.made(f"{path}/seen-at", chase.seen(chase.IN_SOUTH))
    assert "pursuit_entered" in [alert["rule"] for alert in (await south.get(path)).json()["alerts"]]
    await south.made(f"{path}/pursuit/join")
    second = await order(south, path, town.S1)

    # Over the second: command is offered to the first room above all three, which takes it. The east may take part as well.
    await night.later(5)
    await south.made(f"{path}/seen-at", chase.seen(chase.IN_EAST))
    now = await shown()
    assert [one["room"] for one in now["pursuit"]["entered"]] == [str(town.SOUTH), str(EAST)]
    assert (now["pursuit"]["offer"]["room"], now["command"]["room"]) == (str(town.CITY), str(town.NORTH))
    await city.made(f"{path}/take")
    await east.made(f"{path}/pursuit/join")
    now = await shown()
    assert (now["room"], now["command"]["room"]) == (str(town.NORTH), str(town.CITY))
    assert not {"command_offered", "pursuit_entered"} & {alert["rule"] for alert in now["alerts"]}

    # For two minutes nobody sees it: whoever dispatches is told to ask around, once somebody has, it is still.
    await night.later(121)
    await until(shown, lambda one: "not_seen" in [alert["rule"] for alert in one["alerts"]])
    await east.made(
        f"{path}/seen-at", {"lon": chase.TOWN.at["I"][0], "lat": chase.TOWN.at["I"][1], "text": "弃车步行"}
    )
    assert "not_seen" not in [alert["rule"] for alert in (await shown())["alerts"]]

    # Caught. Nothing closes while its tasks stand or a unit is on it; then all of it does, once.
    other = await there.seat("unit", of=str(town.S1), kind="unit")
    for step in ("accept", "en-route", "on-scene"):
        await other.made(f"/assignments/{second['id']}/{step}")
    await city.made(f"{path}/pursuit/end", {"outcome": "caught"})
    form = {"kind": "final", "result": "handled", "text": "抓获一人", "people_count": 1}
    await other.made(f"/assignments/{second['id']}/clear", {"result": "handled"})
    await car.made(f"/assignments/{job['id']}/on-scene")
    await car.made(f"/assignments/{job['id']}/clear", {"result": "handled"})
    for one, seat in ((job, car), (second, other)):
        await seat.made(f"/assignments/{one['id']}/feedback", form)
    await city.made(f"{path}/review", {"accept": True})
    alarm = incident["alarms"][0]["id"]
    await (await here.seat("reviewer")).made(f"/alarms/{alarm}/call-back", {"outcome": "satisfied"})
    refused = await city.post(f"{path}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_open"), refused.text
    await settle_tasks(city, path)
    assert (await city.made(f"{path}/close"))["state"] == "closed"

    # The whole of it can be told, at either replica, and is proven by its facts.
    trail = (await (await there.seat("leader")).get(f"{path}/seen-at", limit=100)).json()["items"]
    assert len(trail) == 4
    async with there.runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS, ())
    assert found.sound, found.broken


async def settle_tasks(city: Seat, path: str) -> None:
    """Leave undone what is left, with the reason; what opens behind it too."""
    for _ in range(MOST_ROUNDS):
        plans = (await city.get(f"{path}/plans")).json()
        tasks = [task for plan in plans["plans"] for task in plan["tasks"]] + plans["tasks"]
        for task in tasks:
            if task["state"] in ("open", "pending"):
                body = {"state": "not_applicable", "reason": "嫌疑人已抓获"}
                await city.patch(f"/tasks/{task['id']}", body, task["version"])
        if all(task["state"] not in ("open", "pending") for task in tasks):
            return
    raise AssertionError("there are tasks that nobody can settle")
