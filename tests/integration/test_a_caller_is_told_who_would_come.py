"""Promise: while she still speaks one sees who would come, and once somebody is sent she is told when."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from dispatch.runtime.positions import now_ms
from tests.harness import patrols, town
from tests.harness.doors import Doors
from tests.harness.waiting import GUARD_S

WHERE = {"lon": 114.02, "lat": 22.54}
KEPT = "SELECT count(*) FROM recommendation"


@pytest.fixture
async def near(doors: Doors) -> dict[str, Any]:
    """118 stands 100 m from WHERE, 119 a kilometre away; both as `GET /units` shows them, by call sign."""
    units = (await (await doors.seat("dispatcher")).get("/units")).json()["items"]
    by_sign = {unit["call_sign"]: unit for unit in units}
    live, at = doors.runtime.centre.live, now_ms()
    handles = [by_sign[sign]["handle"] for sign in ("118", "119")]
    live.apply(patrols.frame(handles, [114.021, 114.03], [22.54, 22.54], at), at)
    return by_sign


def in_waves(told: dict[str, Any]) -> list[list[str]]:
    return [[row["unit_id"] for row in wave] for wave in told["waves"]]


async def test_who_would_go_is_ranked_before_there_is_an_incident_and_kept_nowhere(
    doors: Doors, near: dict[str, Any]
) -> None:
    taker = await doors.seat("call_taker")
    told = await taker.get("/recommendation", **WHERE)
    assert told.status_code == 200, told.text
    shown = told.json()
    assert (shown["id"], shown["room_id"]) == (None, str(town.NORTH))
    assert shown["waves"][0][0]["unit_id"] == near["118"]["id"]
    incident = await doors.incident(place=WHERE)
    kept = (await taker.get(f"/incidents/{incident['id']}/recommendation")).json()

    assert in_waves(shown) == in_waves(kept)
    assert shown["priority"] == incident["priority"]
    async with doors.runtime.pool.acquire() as conn:
        before = await conn.fetchval(KEPT)
        await taker.get("/recommendation", **WHERE)
        assert await conn.fetchval(KEPT) == before


async def test_while_the_roads_are_searched_nobody_waits_to_send(
    doors: Doors, near: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = await doors.seat("dispatcher")
    incident = await doors.incident(place=WHERE)
    path = f"/incidents/{incident['id']}"
    searching, enough = asyncio.Event(), asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        """The first to ask waits; the order asks for its promise, and is told at once that there is none."""
        if not searching.is_set():
            searching.set()
            await enough.wait()

    monkeypatch.setattr(doors.runtime.roads, "times", slow)
    async with asyncio.timeout(GUARD_S), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(boss.get(f"{path}/recommendation"))
        await searching.wait()
        placed = await boss.made(f"{path}/assignments", {"orders": [{"unit_id": near["119"]["id"]}]}, 201)
        enough.set()
    assert placed["items"][0]["unit_id"] == near["119"]["id"]
    assert asked.result().status_code == 200
    assert asked.result().json()["waves"][0][0]["unit_id"] == near["118"]["id"]
    await boss.made(f"/assignments/{placed['items'][0]['id']}/recall")


async def test_a_place_in_another_datum_is_the_same_place(doors: Doors, near: dict[str, Any]) -> None:
    del near
    taker = await doors.seat("call_taker")
    shown = (await taker.get("/recommendation", lon=114.0251, lat=22.5372, datum="GCJ02")).json()
    assert shown["waves"][0][0]["straight_m"] < 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon": 200, "lat": 22.5},
        {"lon": 114.0},
        WHERE | {"type": "nothing"},
        WHERE | {"priority": 9},
        WHERE | {"datum": "MARS"},
        WHERE | {"units": 0},
        WHERE | {"colour": "red"},
    ],
)
async def test_what_makes_no_question_is_refused(doors: Doors, wrong: dict[str, Any]) -> None:
    assert (await (await doors.seat("call_taker")).get("/recommendation", **wrong)).status_code == 400


async def test_only_who_may_have_a_recommendation_has_a_preview(doors: Doors) -> None:
    for role in ("reviewer", "admin"):
        assert (await (await doors.seat(role)).get("/recommendation", **WHERE)).status_code == 403


async def test_the_promise_is_that_of_the_first_to_come_until_somebody_is_there(
    doors: Doors, near: dict[str, Any]
) -> None:
    boss = await doors.seat("dispatcher")
    incident = await doors.incident(place=WHERE)
    path = f"/incidents/{incident['id']}"
    assert incident["promised_at"] is None
    orders = {"orders": [{"unit_id": near[sign]["id"]} for sign in ("119", "118")]}
    placed = (await boss.made(f"{path}/assignments", orders, 201))["items"]
    promised = [one["promised_at"] for one in placed]
    assert None not in promised
    assert (await boss.get(path)).json()["promised_at"] == min(promised)
    first = placed[promised.index(min(promised))]
    await boss.made(f"/assignments/{first['id']}/recall")
    assert (await boss.get(path)).json()["promised_at"] == max(promised)
    [last] = [one for one in placed if one is not first]
    await boss.made(f"/assignments/{last['id']}/on-scene")
    assert (await boss.get(path)).json()["promised_at"] is None
    await boss.made(f"/assignments/{last['id']}/clear", {"result": "handled"})


async def test_who_cannot_go_or_does_not_answer_promises_nothing_any_more(
    doors: Doors, near: dict[str, Any]
) -> None:
    boss = await doors.seat("dispatcher")
    incident = await doors.incident(place=WHERE)
    path = f"/incidents/{incident['id']}"
    orders = {"orders": [{"unit_id": near[sign]["id"]} for sign in ("119", "118")]}
    placed = (await boss.made(f"{path}/assignments", orders, 201))["items"]
    first, last = sorted(placed, key=lambda one: str(one["promised_at"]))
    await boss.made(f"/assignments/{first['id']}/unable", {"reason": "爆胎"})
    assert (await boss.get(path)).json()["promised_at"] == last["promised_at"]
    await boss.made(f"/assignments/{last['id']}/unable", {"reason": "爆胎"})
    told = (await boss.get(path)).json()
    assert [one["state"] for one in told["assignments"]] == ["unable", "unable"]
    assert told["promised_at"] is None
    for one in placed:
        await boss.made(f"/assignments/{one['id']}/recall")


class Slow:
    """Roads that are not searched before `go`."""

    are_known = True

    def __init__(self) -> None:
        self.asked = 0
        self.all_asked, self.go = asyncio.Event(), asyncio.Event()

    def turn(self, now: datetime) -> None:
        del now

    async def times(self, *_: object) -> None:
        self.asked += 1
        if self.asked == POOL:
            self.all_asked.set()
        await self.go.wait()


POOL = 8
"""As many connections as a replica of these tests has."""


async def test_whoever_only_types_keeps_no_connection_while_roads_are_searched(
    doors: Doors, near: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del near
    taker, pool, slow = await doors.seat("call_taker"), doors.runtime.pool, Slow()
    assert pool.get_max_size() == POOL
    assert (await taker.get("/recommendation", **WHERE)).status_code == 200
    monkeypatch.setattr(doors.runtime.centre, "ways", slow)
    asked = [asyncio.create_task(taker.get("/recommendation", **WHERE)) for _ in range(POOL)]
    await slow.all_asked.wait()
    try:
        assert pool.get_size() - pool.get_idle_size() < POOL
        assert (await taker.get("/incidents")).status_code == 200
    finally:
        slow.go.set()
    assert {(await told).status_code for told in asked} == {200}
