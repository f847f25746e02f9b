"""Device promise: what a call point says of itself is seen when it changes, silence is noticed once, and neither costs rows."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from dispatch import places, store
from dispatch.desk import devices
from dispatch.folds import FOLDS
from dispatch.rooms import CallPoint
from dispatch.runtime.bus import Bus
from dispatch.runtime.heartbeats import Heartbeats
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.work import Work, ms
from incidents.call_points import store as point_store
from incidents.call_points.health import Beat, Health
from incidents.call_points.heard import Last
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.on_nats import connected
from tests.harness.street import open_street
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.town import NORTH, POINT_N, POINT_S, Town

PATIENCE_S = 60
MANY = 2_000


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def now(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        return await store.now(conn)


async def beat(town: Town, id_: UUID = POINT_N, **said: Any) -> None:
    """The device is heard, by the test's clock, and what it said is written down."""
    at = ms(await now(town))
    town.centre.heard.take(id_, Beat(at, **said), at)
    heard = {id_: Last(Beat(at, **said), at)}

    async def hear(w: Work) -> list[Health]:
        return await devices.hear(w, heard)

    await town.do(town.somebody("system"), hear, via="system")


async def health(town: Town, id_: UUID = POINT_N) -> Health | None:
    async with town.pool.acquire() as conn:
        return (await point_store.read_health(conn, [id_])).get(id_)


async def facts(town: Town) -> int:
    async with town.pool.acquire() as conn:
        count: int = await conn.fetchval("SELECT count(*) FROM journal WHERE noun = 'call_point_health'")
    return count


async def pass_seconds(clock: Clock, keeper: Timekeeper, seconds: float) -> None:
    await clock.forward(timedelta(seconds=seconds))
    await all_due(keeper)


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.broken == ()


# Silence


async def test_a_device_that_is_not_heard_for_its_time_is_silent_once(
    town: Town, clock: Clock, keeper: Timekeeper
) -> None:
    town.centre.heard.listen(0, hears=True)
    await beat(town)
    for _ in range(4):
        await pass_seconds(clock, keeper, 200)
        await beat(town)
    assert (await health(town)).state == "ok"  # type: ignore[union-attr]
    assert await facts(town) == 1
    await pass_seconds(clock, keeper, 299)
    assert (await health(town)).state == "ok"  # type: ignore[union-attr]
    await pass_seconds(clock, keeper, 2)
    assert (await health(town)).state == "silent"  # type: ignore[union-attr]
    await pass_seconds(clock, keeper, 3600)
    assert await facts(town) == 2
    await beat(town)
    assert (await health(town)).state == "ok"  # type: ignore[union-attr]
    await pass_seconds(clock, keeper, 301)
    assert (await health(town)).state == "silent"  # type: ignore[union-attr]
    await sound(town)


async def test_while_we_cannot_hear_nobody_is_silent(town: Town, clock: Clock, keeper: Timekeeper) -> None:
    """NATS was away for an hour: that says nothing of the devices."""
    town.centre.heard.listen(0, hears=True)
    await beat(town)
    town.centre.heard.listen(0, hears=False)
    await pass_seconds(clock, keeper, 3600)
    assert (await health(town)).state == "ok"  # type: ignore[union-attr]
    town.centre.heard.listen(ms(await now(town)), hears=True)
    await pass_seconds(clock, keeper, 60)
    assert (await health(town)).state == "ok"  # type: ignore[union-attr]
    await pass_seconds(clock, keeper, 300)
    assert (await health(town)).state == "silent"  # type: ignore[union-attr]


async def test_a_device_that_beats_seldom_is_given_its_own_time(
    town: Town, clock: Clock, keeper: Timekeeper
) -> None:
    point = town.centre.reference.call_points[POINT_S]

    async def put(w: Work) -> None:
        await places.put_call_points(w, [msgspec.structs.replace(point, silent_after_s=3600)])

    await town.do(town.somebody("admin"), put)
    await town.followers.load()
    town.centre.heard.listen(0, hears=True)
    await beat(town)
    await beat(town, POINT_S)
    await pass_seconds(clock, keeper, 1800)
    assert (await health(town)).state == "silent"  # type: ignore[union-attr]
    assert (await health(town, POINT_S)).state == "ok"  # type: ignore[union-attr]
    await pass_seconds(clock, keeper, 1801)
    assert (await health(town, POINT_S)).state == "silent"  # type: ignore[union-attr]


async def test_a_device_never_heard_is_missed_by_nobody(town: Town, clock: Clock, keeper: Timekeeper) -> None:
    town.centre.heard.listen(0, hears=True)
    await pass_seconds(clock, keeper, 86_400)
    assert await health(town) is None
    assert await facts(town) == 0


# What it says


async def test_what_a_device_says_is_told_when_it_changes(town: Town) -> None:
    for said in ({}, {"battery": 90}, {"battery": 15}, {"battery": 22}, {"battery": 15, "fault": "door"}, {}):
        await beat(town, **said)
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT body->>'state' FROM journal WHERE noun = 'call_point_health' ORDER BY version"
        )
    assert [row[0] for row in rows] == ["ok", "low_battery", "fault", "ok"]
    await sound(town)


# Many of them


class Ear:
    """The heartbeats of one replica that holds the lease and is not on any network."""

    def __init__(self, town: Town) -> None:
        self.bus = Bus(["nats://127.0.0.1:1"])
        lease: Any = SimpleNamespace(held=True)
        self.heartbeats = Heartbeats(town.pool, self.bus, lease, town.centre, lambda: None)

    async def hear(self, code: str, **said: Any) -> None:
        data = msgspec.json.encode({"at": datetime.now(UTC), **said})
        await self.heartbeats.received(f"cad.call_point.{code}.heartbeat", data)


async def test_thousands_that_beat_cost_a_row_only_when_they_change(town: Town) -> None:
    points = [
        CallPoint(id=UUID(int=1000 + n), code=f"P{n}", name=f"{n}", lon=114.01 + n / 1e6, lat=22.53)
        for n in range(MANY)
    ]
    await town.do(town.somebody("admin"), lambda w: places.put_call_points(w, points))
    await town.followers.load()
    ear = Ear(town)
    for n in range(MANY):
        await ear.hear(f"P{n}")
    assert await ear.heartbeats.judge() == MANY
    for _ in range(3):
        for n in range(MANY):
            await ear.hear(f"P{n}", battery=80)
        assert await ear.heartbeats.judge() == 0
    await ear.hear("P7", battery=5)
    assert await ear.heartbeats.judge() == 1
    assert await facts(town) == MANY + 1
    await ear.heartbeats.keep()
    async with town.pool.acquire() as conn:
        kept = await point_store.all_seen(conn)
    assert len(kept) == MANY
    assert kept[UUID(int=1007)].beat.battery == 5
    await sound(town)


async def test_a_replica_that_starts_knows_who_was_heard(town: Town) -> None:
    ear = Ear(town)
    await ear.hear("CP-N", battery=50)
    await ear.heartbeats.judge()
    await ear.heartbeats.keep()
    town.centre.heard.__init__()  # type: ignore[misc]  # as after a start
    again = Ear(town)
    await again.heartbeats.load()
    last = town.centre.heard.last(POINT_N)
    assert last is not None
    assert last.beat.battery == 50
    assert await again.heartbeats.judge() == 0


# At the doors


@pytest.fixture
async def gateway(doors: Doors) -> AsyncIterator[Client]:
    async with asyncio.timeout(PATIENCE_S):
        await doors.runtime.bus.wait_ready()
    client = await connected(doors.runtime.settings.nats_url)
    yield client
    await client.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_seats_see_what_is_amiss_in_the_list_and_on_the_live_feed(
    doors: Doors, gateway: Client
) -> None:
    seat = await doors.seat("dispatcher", of=NORTH)
    async with open_street(doors) as street, street.as_seat(seat) as socket:
        await socket.send(json.dumps({"subscribe": {"room": str(NORTH)}}))
        said = json.dumps({"at": datetime.now(UTC).isoformat(), "battery": 9, "fault": "cover open"})
        for code in ("CP-N", "CP-S"):
            await gateway.publish(f"cad.call_point.{code}.heartbeat", said.encode())

        async def told() -> dict[str, Any]:
            while True:
                message = await socket.recv()
                event = json.loads(message).get("event", {}) if isinstance(message, str) else {}
                if event.get("noun") == "call_point_health":
                    return dict(event)

        event = await asyncio.wait_for(told(), PATIENCE_S)
    assert (event["id"], event["fact"]) == (str(POINT_N), "health_changed")
    assert event["now"]["state"] == "fault"
    assert event["now"]["alert"]["en"] == "the call point reports a fault: cover open"
    listed = (await seat.get("/call-points", state="alert")).json()
    assert [one["code"] for one in listed["items"]] == ["CP-N"]  # the other is none of the north's business
    assert listed["items"][0]["battery"] == 9
    assert listed["items"][0]["answering"][0] == str(NORTH)
    city = await doors.seat("dispatcher")

    async def both() -> bool:
        return len((await city.get("/call-points", state="fault")).json()["items"]) == 2

    await until(both)
    page = (await city.get("/call-points", limit=1)).json()
    after = (await city.get("/call-points", limit=1, after=page["next"])).json()
    assert [page["items"][0]["code"], after["items"][0]["code"]] == ["CP-N", "CP-S"]
    wrong = await city.get("/call-points", state="dead")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "state")


async def test_what_cannot_be_used_is_put_aside_and_the_next_one_heard(doors: Doors, gateway: Client) -> None:
    aside: list[Msg] = []

    async def put_aside(msg: Msg) -> None:
        aside.append(msg)

    await gateway.subscribe("cad.quarantine.*", cb=put_aside)
    good = json.dumps({"at": datetime.now(UTC).isoformat()}).encode()
    await gateway.publish("cad.call_point.CP-N.heartbeat", b"\xff")
    for _ in range(3):
        await gateway.publish("cad.call_point.NOBODY.heartbeat", good)
    await gateway.publish("cad.call_point.CP-N.heartbeat", good)
    seat = await doors.seat("dispatcher")

    async def well() -> bool:
        listed = (await seat.get("/call-points", state="ok")).json()["items"]
        return [one["code"] for one in listed] == ["CP-N"]

    await until(well)
    reasons = sorted(str((msg.headers or {})["Dispatch-Reason"]) for msg in aside)
    assert len(reasons) == 2
    assert "There is no call point NOBODY" in reasons[1]


async def test_a_press_shows_its_cameras_and_talk_link_and_is_answered_at_the_door(doors: Doors) -> None:
    admin = await doors.seat("admin")
    listed = await admin.get("/admin/call-points")
    items = listed.json()["items"]
    for item in items:
        item |= {
            "cameras": ["门口", "路口"], "camera_links": {"门口": "https://video.example/1"},
            "talk_link": "sip:cp@talk.example",
        }  # fmt: skip
    changed = await admin.put("/admin/call-points", {"items": items}, listed.headers["etag"])
    assert changed.status_code == 200, changed.text
    taker, other = await doors.seat("call_taker"), await doors.seat("call_taker", "leader")
    body = {"source": "call_point", "call_point_id": "CP-S"}
    made = await taker.made("/alarms", body, 201)
    (point,) = made["incident"]["call_points"]
    assert point["talk_link"] == "sip:cp@talk.example"
    assert point["cameras"] == [
        {"name": "门口", "link": "https://video.example/1"},
        {"name": "路口", "link": None},
    ]
    assert made["incident"]["press"]["state"] == "ringing"
    answer = f"/alarms/{made['alarm']['id']}/answer"
    heard = await taker.made(answer, {"outcome": "spoken"})
    assert heard["press"]["state"] == "answered"
    assert heard["times"]["answered"]
    late = await other.post(answer, {"outcome": "silent"})
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    nobody = await other.post(answer, {"outcome": "perhaps"})
    assert nobody.status_code == 400
