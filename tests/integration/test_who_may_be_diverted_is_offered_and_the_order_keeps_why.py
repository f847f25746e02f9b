"""Diversion promise: who is on his way to what can wait and much sooner is offered apart; one act diverts, orders keep their why."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch.leanings import Leaned
from dispatch.ranking.weights import score_s
from dispatch.runtime.embedded import Embedded
from dispatch.runtime.positions import now_ms
from tests.conftest import remove_streams
from tests.harness import patrols, town
from tests.harness.databases import Databases
from tests.harness.doors import Doors, open_doors
from tests.harness.waiting import GUARD_S

HERE = {"lon": 114.02, "lat": 22.54}
THERE = {"lon": 114.03, "lat": 22.54}


@pytest.fixture(scope="module")
async def doors(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Doors]:
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path_factory.mktemp("doors")) as opened:
            yield opened
        await remove_streams(servers.nats_url)


def see(doors: Doors, **at: float) -> None:
    """Units on the line of the incidents, by longitude."""
    now = now_ms()
    handles = [getattr(town, name).int for name in at]
    frame = patrols.frame(handles, list(at.values()), [HERE["lat"]] * len(at), now)
    doors.runtime.centre.live.apply(frame, now)


async def opened(doors: Doors, place: dict[str, float], priority: int) -> str:
    taker, chief = await doors.seat("call_taker"), await doors.seat("dispatcher", "leader")
    body = {"source": "call", "type": "200100", "place": place}
    made = (await taker.made("/alarms", body, 201))["incident"]
    if made["priority"] != priority:
        told = await chief.patch(
            f"/incidents/{made['id']}", {"priority": priority, "reason": "分级"}, made["version"]
        )
        assert told.status_code == 200, told.text
    return str(made["id"])


async def state(doors: Doors, unit: UUID, *states: str) -> None:
    async with asyncio.timeout(GUARD_S):
        while doors.runtime.centre.live.entry(unit.int).state not in states:
            await asyncio.sleep(0.02)


async def placed(doors: Doors, assignment: str) -> dict[str, Any]:
    async with doors.runtime.pool.acquire() as conn:
        body = await conn.fetchval(
            "SELECT body::text FROM journal WHERE id = $1 AND fact = 'placed'", UUID(assignment)
        )
    return dict(msgspec.json.decode(body))


async def test_an_order_keeps_what_the_ranking_leaned_on_and_its_score_is_worked_out_again(
    doors: Doors,
) -> None:
    see(doors, N1=114.031, S1=114.09)
    boss = await doors.seat("dispatcher")
    quarrel = await opened(doors, THERE, 4)
    shown = (await boss.get(f"/incidents/{quarrel}/recommendation", units=1)).json()
    [row] = shown["waves"][0]
    assert row["unit_id"] == str(town.N1)
    assert shown["coverage"]["weights"]
    assert shown["coverage"]["demand"] == (doors.runtime.centre.demand or pytest.fail("no ground")).version
    assert shown["coverage"]["cover_as_of"]
    assert row["terms"]["cover"] > 0
    [bare] = [one for one in row["warnings"] if one["key"] == "leaves_bare"]
    assert bare["effect_s"] == row["terms"]["cover"]
    assert bare["zh"].startswith("离开后北所空缺")
    body = {"orders": [{"unit_id": row["unit_id"]}], "kind": "order", "recommendation_id": shown["id"]}
    [order] = (await boss.made(f"/incidents/{quarrel}/assignments", body, 201))["items"]
    leaned = msgspec.convert((await placed(doors, order["id"]))["leaned"], Leaned)
    assert score_s(leaned.leaning, leaned.priority) == leaned.score_s == row["score_s"]
    assert leaned.on.demand == shown["coverage"]["demand"]
    assert leaned.leaning.fix_age_s is not None


async def test_who_is_under_way_to_what_can_wait_is_offered_with_who_replaces_it(doors: Doors) -> None:
    await state(doors, town.N1, "ordered", "delivered")
    see(doors, N1=114.021, S1=114.09)
    boss = await doors.seat("dispatcher")
    stabbing = await opened(doors, HERE, 1)
    shown = (await boss.get(f"/incidents/{stabbing}/recommendation", units=1, waves=1)).json()
    assert str(town.N1) not in {row["unit_id"] for wave in shown["waves"] for row in wave}
    [offer] = shown["diversions"]
    assert (offer["unit_id"], offer["priority"]) == (str(town.N1), 4)
    assert offer["number"]
    assert offer["saved_s"] == pytest.approx(shown["waves"][0][0]["eta_s"] - offer["eta_s"], abs=0.2)
    assert offer["saved_s"] >= 60
    assert offer["replaced_by"]["unit_id"] == str(town.S1)
    body = {
        "orders": [{"unit_id": offer["unit_id"]}], "kind": "order", "preempt": True, "reason": "改派",
        "recommendation_id": shown["id"],
    }  # fmt: skip
    [order] = (await boss.made(f"/incidents/{stabbing}/assignments", body, 201))["items"]
    assert order["unit_id"] == str(town.N1)
    left = (await boss.get(f"/incidents/{offer['incident_id']}")).json()
    assert left["state"] == "received", "it waits again, and somebody must act"
    assert left["waiting"] is not None


async def test_nobody_is_offered_for_what_can_wait_itself(doors: Doors) -> None:
    boss = await doors.seat("dispatcher")
    await state(doors, town.N1, "ordered", "delivered")
    for priority in (3, 4):
        other = await opened(doors, HERE, priority)
        shown = (await boss.get(f"/incidents/{other}/recommendation", units=1)).json()
        assert shown["diversions"] == []
