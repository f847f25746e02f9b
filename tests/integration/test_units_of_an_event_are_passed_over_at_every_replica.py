"""Ranking promise: who belongs to a running event is passed over at every replica, in words, but not for what happens in the event.

A P1 or a person's choice takes it from anywhere.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dispatch.runtime.embedded import Embedded
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.waiting import GUARD_S
from units.frames import Frame

AREA = town.box(114.01, 22.53, 114.03, 22.55)
WHERE = {town.N1.int: (114.021, 22.54), town.S1.int: (114.06, 22.54)}
"""118 is nearer than 218 to what happens inside."""


class Two:
    """Two replicas of one centre, and its database's clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock) -> None:
        self.here, self.there, self.clock = here, there, clock


@pytest.fixture
async def two(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Two]:
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path) as here,
            open_replica(url, servers.nats_url, tmp_path) as there,
        ):
            clock = Clock(url)
            for doors in (here, there):
                await see(doors)
            yield Two(here, there, clock)
        await remove_streams(servers.nats_url)


async def see(doors: Doors) -> None:
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    unknown = np.full(len(WHERE), np.nan, np.float32)
    frame = Frame(
        np.array(list(WHERE), np.uint32), np.full(len(WHERE), now, np.int64),
        np.array([lon for lon, _ in WHERE.values()]), np.array([lat for _, lat in WHERE.values()]),
        unknown, unknown, unknown,
    )  # fmt: skip
    doors.runtime.centre.live.apply(frame, now)


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(GUARD_S):
        while not await asked():
            await asyncio.sleep(0.02)


async def people(two: Two) -> tuple[Seat, Seat]:
    return await two.here.seat("dispatcher", "leader", of=town.NORTH), await two.here.seat("leader")


async def running(two: Two, **more: Any) -> dict[str, Any]:
    """An event of the north with 118 at a post, started by its time."""
    below, above = await people(two)
    now = datetime.now(UTC)
    body = {
        "name": "晚场足球赛", "kind": "sport", "area": AREA, "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=4)).isoformat(),
    }  # fmt: skip
    event = await below.made("/events", body | more, 201)
    path = f"/events/{event['id']}"
    post = {"unit_id": str(town.N1), "name": "一号门", "lon": 114.02, "lat": 22.54}
    await below.made(f"{path}/posts", post, 201)
    await below.made(f"{path}/submit")
    assert (await below.post(f"{path}/approve")).status_code == 403
    assert (await above.made(f"{path}/approve"))["state"] == "approved"
    await two.clock.forward(timedelta(hours=1, seconds=1))
    for doors in (two.here, two.there):
        await see(doors)
        await until(lambda doors=doors: knows(doors))  # type: ignore[misc]
    told: dict[str, Any] = (await below.get(path)).json()
    assert told["state"] == "running"
    return told


async def knows(doors: Doors) -> bool:
    seat = await doors.seat("dispatcher")
    unit = (await seat.get(f"/units/{town.N1}")).json()
    return unit["event"] is not None


async def ranked(doors: Doors, incident_id: str) -> dict[str, Any]:
    told: dict[str, Any] = (
        await (await doors.seat("dispatcher")).get(f"/incidents/{incident_id}/recommendation", units=2)
    ).json()
    return told


def signs(told: dict[str, Any]) -> list[str]:
    return [row["call_sign"] for wave in told["waves"] for row in wave]


async def inside(two: Two, priority: int) -> str:
    return await at(two, priority, 114.02)


async def outside(two: Two, priority: int) -> str:
    """Beyond the border of the event; 118 is still the nearest."""
    return await at(two, priority, 114.035)


async def at(two: Two, priority: int, lon: float) -> str:
    told = await two.here.incident(place={"lon": lon, "lat": 22.54})
    boss = await two.here.seat("leader")
    body = {"priority": priority, "reason": "test"}
    if told["priority"] != priority:
        changed = await boss.patch(f"/incidents/{told['id']}", body, told["version"])
        assert changed.status_code == 200, changed.text
    return str(told["id"])


async def test_it_is_passed_over_in_words_proposed_for_a_p1_and_taken_by_choice(two: Two) -> None:
    calm, urgent = await outside(two, 3), await outside(two, 1)
    assert signs(await ranked(two.here, calm))[0] == "118"
    event = await running(two)
    for doors in (two.here, two.there):
        told = await ranked(doors, calm)
        assert "118" not in signs(told)
        [passed] = [one for one in told["passed_over"] if one["call_sign"] == "118"]
        assert [why["key"] for why in passed["why_nots"]] == ["committed"]
        assert passed["why_nots"][0]["zh"].startswith("安保任务“晚场足球赛”岗位：一号门")
        told = await ranked(doors, urgent)
        assert signs(told)[0] == "118"
        assert "committed" in [why["key"] for why in told["waves"][0][0]["warnings"]]
        shown = (await (await doors.seat("dispatcher")).get(f"/units/{town.N1}")).json()
        assert (shown["event"]["id"], shown["event"]["post"]) == (event["id"], "一号门")
    desk = await two.here.seat("dispatcher")
    orders = {"orders": [{"unit_id": str(town.N1)}]}
    assert (await desk.made(f"/incidents/{calm}/assignments", orders, 201))["items"][0]["state"] == "ordered"


async def test_what_happens_inside_is_for_the_units_of_the_event(two: Two) -> None:
    calm, outer = await inside(two, 3), await outside(two, 3)
    event = await running(two)
    for doors in (two.here, two.there):
        answer = await ranked(doors, calm)
        assert signs(answer)[0] == "118"
        row = answer["waves"][0][0]
        [why] = [one for one in row["reasons"] if one["key"] == "secures_here"]
        assert why["zh"] == "属安保任务“晚场足球赛”（一号门），警情就在其中"
        assert why["en"] == "belongs to event 晚场足球赛, post 一号门, that this lies in"
        assert "committed" not in [one["key"] for one in row["warnings"]]
        assert signs(await ranked(doors, outer))[0] == "218"
        desk = await doors.seat("dispatcher")
        form = await desk.get("/recommendation", lon=114.02, lat=22.54, priority=3)
        assert signs(form.json())[0] == "118", "before there is an incident"
    boss = await two.here.seat("leader")
    moved = {"place": {"lon": 114.035, "lat": 22.54}, "reason": "说错了"}

    async def told() -> bool:
        """The event may be linked to it meanwhile, which is a version of its own."""
        read = (await boss.get(f"/incidents/{calm}")).json()
        return (await boss.patch(f"/incidents/{calm}", moved, read["version"])).status_code == 200

    await until(told)
    below, _ = await people(two)
    for doors in (two.here, two.there):
        assert signs(await ranked(doors, calm))[0] == "218", "it is not inside any more"
    await below.made(f"/events/{event['id']}/end")
    for doors in (two.here, two.there):
        await until(lambda doors=doors: first(doors, calm, "118"))  # type: ignore[misc]


async def test_who_is_withdrawn_or_freed_by_the_end_is_proposed_again_at_both(two: Two) -> None:
    calm = await outside(two, 3)
    event = await running(two)
    below, _ = await people(two)
    path = f"/events/{event['id']}"
    [post] = event["posts"]
    assert (await below.post(f"{path}/posts/{post['id']}/withdraw")).status_code == 400, "a reason is needed"
    await below.made(f"{path}/posts/{post['id']}/withdraw", {"reason": "车坏了"})
    assert signs(await ranked(two.here, calm))[0] == "118", "before it was answered"
    await until(lambda: first(two.there, calm, "118"))
    again = {"unit_id": str(town.N1), "name": "二号门", "lon": 114.02, "lat": 22.54}
    await below.made(f"{path}/posts", again | {"starts_at": event["starts_at"]}, 201)
    await until(lambda: first(two.there, calm, "218"))
    await two.clock.forward(timedelta(hours=5))
    for doors in (two.here, two.there):
        await see(doors)
        assert signs(await ranked(doors, calm))[0] == "218", "its time frees nobody"
    await below.made(f"{path}/end")
    for doors in (two.here, two.there):
        await until(lambda doors=doors: first(doors, calm, "118"))  # type: ignore[misc]


async def first(doors: Doors, incident_id: str, sign: str) -> bool:
    return signs(await ranked(doors, incident_id))[:1] == [sign]


async def test_a_drill_keeps_nobody_from_what_is_real(two: Two) -> None:
    calm = await outside(two, 3)
    await running(two, exercise=True)
    told = await ranked(two.there, calm)
    assert signs(told)[0] == "118"
    assert "committed_exercise" in [why["key"] for why in told["waves"][0][0]["warnings"]]


async def test_it_is_started_once_though_two_engines_look_and_links_what_lies_inside(two: Two) -> None:
    one = await inside(two, 3)
    event = await running(two)
    other = await inside(two, 3)
    desk = await two.there.seat("dispatcher", "leader", of=town.NORTH)

    async def linked() -> bool:
        told = (await desk.get(f"/events/{event['id']}")).json()
        return {row["id"] for row in told["incidents"]} == {one, other}

    await until(linked)
    log = (await desk.get(f"/events/{event['id']}/log")).json()["items"]
    assert [row["fact"] for row in log].count("started") == 1
    assert "event" in (await desk.get(f"/incidents/{one}")).json()["labels"]


async def test_a_unit_sees_its_post_and_checks_in_with_its_own_key(two: Two) -> None:
    event = await running(two)
    crew = await two.there.seat("unit", of=town.N1, kind="unit")
    other = await two.there.seat("unit", of=town.N2, kind="unit")
    [mine] = (await crew.get("/events", state="open")).json()["items"]
    assert (mine["id"], mine["posts"][0]["name"]) == (event["id"], "一号门")
    assert (await other.get("/events")).json()["items"] == []
    path = f"/events/{event['id']}/posts/{mine['posts'][0]['id']}/check-in"
    assert (await other.post(path)).status_code == 404
    there = await crew.made(path)
    assert there["posts"][0]["checked_in_at"] is not None
    assert (await crew.made(path))["version"] == there["version"], "once is enough"
    assert (await crew.post(f"/events/{event['id']}/end")).status_code == 403
