"""Promise: who commands on the spot, where to gather and how many are hurt stands with its time, and whoever comes is told where to."""

from typing import Any

from tests.harness import town
from tests.harness.doors import Doors

WHERE = {"lon": 114.021, "lat": 22.541, "address": "北门停车场"}


async def sent(doors: Doors) -> tuple[Any, str, str]:
    """A dispatcher, the path of an incident that 118 was ordered to, and that unit."""
    boss = await doors.seat("dispatcher")
    path = f"/incidents/{(await doors.incident())['id']}"
    unit = str(town.N1)
    await boss.made(f"{path}/assignments", {"orders": [{"unit_id": unit}]}, 201)
    return boss, path, unit


async def over(boss: Any, path: str) -> None:
    for one in (await boss.get(path)).json()["assignments"]:
        await boss.made(f"/assignments/{one['id']}/recall")


async def test_what_is_known_stands_with_its_time_and_what_is_left_out_stays(doors: Doors) -> None:
    boss, path, unit = await sent(doors)
    counted = {"dead": 0, "injured": 3, "missing": 1, "at": "2026-01-02T03:04:05.000Z"}
    await boss.made(f"{path}/scene", {"commander_id": unit, "casualties": counted})
    told = (await boss.made(f"{path}/scene", {"staging": WHERE}))["scene"]
    assert (told["commander_id"], told["casualties"]) == (unit, counted)
    assert (told["staging"]["lon"], told["staging"]["address"]) == (WHERE["lon"], WHERE["address"])
    rows = (await boss.get(f"{path}/timeline", limit=500)).json()["items"]
    assert [row["fact"] for row in rows].count("scene_set") == 2
    nothing = {"commander_id": None, "staging": None, "casualties": None}
    assert (await boss.made(f"{path}/scene", nothing))["scene"] is None
    await over(boss, path)


async def test_whoever_is_on_the_way_is_told_where_to_gather(doors: Doors) -> None:
    boss, path, _ = await sent(doors)
    [job] = (await boss.get(path)).json()["assignments"]
    before = len((await boss.get(f"/assignments/{job['id']}/messages")).json()["items"])
    await boss.made(f"{path}/scene", {"staging": WHERE})
    told = (await boss.get(f"/assignments/{job['id']}/messages")).json()["items"]
    assert len(told) == before + 1
    assert told[-1]["kind"] == "update"
    await over(boss, path)


async def test_only_who_is_there_commands_the_scene_and_only_as_long(doors: Doors) -> None:
    boss, path, unit = await sent(doors)
    told = await boss.post(f"{path}/scene", {"commander_id": str(town.N2)})
    assert (told.status_code, told.json()["field"]) == (400, "commander_id")
    await boss.made(f"{path}/scene", {"commander_id": unit})
    await over(boss, path)
    assert (await boss.get(path)).json()["scene"]["commander_id"] is None


async def test_nobody_is_counted_in_the_future_or_below_nought(doors: Doors) -> None:
    boss, path, _ = await sent(doors)
    for wrong in ({"injured": 1, "at": "2199-01-01T00:00:00Z"}, {"injured": -1}):
        assert (await boss.post(f"{path}/scene", {"casualties": wrong})).status_code == 400
    assert (await boss.post(f"{path}/scene", {"staging": {"address": "某处"}})).json()["field"] == "staging"
    await over(boss, path)


async def test_a_call_taker_does_not_run_the_scene(doors: Doors) -> None:
    boss, path, _ = await sent(doors)
    taker = await doors.seat("call_taker")
    assert (await taker.post(f"{path}/scene", {"casualties": {"injured": 1}})).status_code == 403
    await over(boss, path)
