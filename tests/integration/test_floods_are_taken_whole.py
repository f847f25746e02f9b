"""Flood promise: a thousand presses are one incident, a hundred callers of one fire are seen by all, nobody is refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header

from dispatch.acts import Principal
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.folds import FOLDS
from dispatch.runtime.intake import BATCH_ROWS, FLUSHERS, Accepted
from dispatch.verify import verify
from dispatch.work import Actor
from tests.harness import town
from tests.harness.doors import Doors, Seat
from tests.harness.on_nats import connected
from tests.harness.radio_log import sent_orders
from tests.harness.waiting import until as when

PRESSES = 1_000
IN_FLIGHT = 32
PATIENCE_S = 120
FIRE, NOISE = "400110", "200210"


@pytest.fixture
async def nats_client(doors: Doors) -> AsyncIterator[Client]:
    """A client with the centre's credentials, once the streams are there."""
    async with asyncio.timeout(PATIENCE_S):
        await doors.runtime.bus.wait_ready()
    client = await connected(doors.runtime.settings.nats_url)
    yield client
    await client.close()


@asynccontextmanager
async def acknowledgements(client: Client, device: str) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """What the device is told, by message."""
    told: dict[str, dict[str, Any]] = {}

    async def heard(msg: Msg) -> None:
        said = msgspec.json.decode(msg.data)
        told[said["msg_id"]] = said

    subscription = await client.subscribe(f"cad.ack.{device}", cb=heard)
    yield told
    await subscription.unsubscribe()


async def at_most(count: int, jobs: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Do all of them, so many at once."""
    free = asyncio.Semaphore(count)

    async def one(job: Callable[[], Awaitable[Any]]) -> Any:
        async with free:
            return await job()

    return await asyncio.gather(*map(one, jobs))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.05)


async def sound(doors: Doors) -> None:
    """The journal folds to the tables."""
    async with doors.runtime.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.broken == ()


async def rows(doors: Doors, sql: str, *args: Any) -> list[Any]:
    async with doors.runtime.pool.acquire() as conn:
        return list(await conn.fetch(sql, *args))


async def test_a_call_point_pressed_a_thousand_times_is_one_incident(
    doors: Doors, nats_client: Client
) -> None:
    """Over HTTP and NATS at once, while a unit is on its way there."""
    taker, boss = await doors.seat("call_taker"), await doors.seat("dispatcher")
    body = {"source": "call_point", "call_point_id": "CP-N"}
    first = (await taker.made("/alarms", body, 201))["incident"]
    order = {"orders": [{"unit_id": str(town.N1)}]}
    await boss.made(f"/incidents/{first['id']}/assignments", order, 201)
    jetstream = nats_client.jetstream(timeout=PATIENCE_S)

    def by_http() -> Awaitable[Any]:
        return taker.post("/alarms", body)

    def by_nats(n: int) -> Callable[[], Awaitable[Any]]:
        headers = {Header.MSG_ID.value: f"CP-N:boot:{n}"}
        return lambda: jetstream.publish("cad.alarm.call_point.CP-N", b"{}", headers=headers)

    jobs = [by_http if n % 4 == 0 else by_nats(n) for n in range(1, PRESSES)]
    async with acknowledgements(nats_client, "CP-N") as told:
        answers = [one for one in await at_most(IN_FLIGHT, jobs) if hasattr(one, "status_code")]

        async def all_told() -> bool:
            return len(told) == PRESSES - 1 - len(answers)

        await until(all_told)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["incident"]["id"] for answer in answers} == {first["id"]}
    assert {one["incident_id"] for one in told.values()} == {first["id"]}
    incident = (await boss.get(f"/incidents/{first['id']}")).json()
    assert incident["press"]["count"] == PRESSES
    assert incident["alarms_total"] == PRESSES
    assert len(incident["alarms"]) == PRESSES
    assert incident["surge"] is None  # one button is one caller, however often
    await _units_were_spared(doors, nats_client)
    await sound(doors)


async def _units_were_spared(doors: Doors, client: Client) -> None:
    """The terminal heard the last count, in messages whose numbers rise, and far fewer of them than presses."""
    unsent = "SELECT FROM radio_message WHERE published_at IS NULL"

    async def all_sent() -> bool:
        return not await rows(doors, unsent)

    await until(all_sent)
    updates = [one.said for one in await sent_orders(client) if one.said["kind"] == "update"]
    assert updates[-1]["presses"] == PRESSES
    assert [one["n"] for one in updates] == sorted({one["n"] for one in updates})
    assert len(updates) < PRESSES / 10


async def test_a_hundred_callers_of_one_fire_are_pinned_for_all_and_attached_by_one_act(doors: Doors) -> None:
    taker = await doors.seat("call_taker")
    elsewhere = await doors.seat("call_taker", of=town.SOUTH)
    fire = await doors.incident(type="400100", text="三楼着火了", place={"lon": 114.02, "lat": 22.55})
    boss = await doors.seat("dispatcher")
    await boss.made(f"/incidents/{fire['id']}/assignments", {"orders": [{"unit_id": str(town.N2)}]}, 201)
    assert (await elsewhere.get(f"/incidents/{fire['id']}")).status_code == 404

    def caller(seat: Seat, n: int) -> Callable[[], Awaitable[Any]]:
        text = f"有{n // 10}人被困在阳台" if n % 10 == 0 else "三楼着火了！"
        body = {
            "source": "call",
            "attach_to": fire["id"],
            "text": text,
            "caller": {"number": f"1380000{n:04}"},
        }
        return lambda: seat.made("/alarms", body, 201)

    await at_most(IN_FLIGHT, [caller(taker, n) for n in range(1, 10)])
    seen = (await elsewhere.get(f"/incidents/{fire['id']}")).json()
    assert seen["surge"]["count"] >= 5
    assert seen["surge"]["since"] >= fire["times"]["ringing"]
    assert seen["notes"] == []
    await at_most(IN_FLIGHT, [caller(elsewhere if n % 2 else taker, n) for n in range(10, 100)])
    now = (await boss.get(f"/incidents/{fire['id']}")).json()
    assert now["alarms_total"] == 100
    assert now["surge"]["count"] >= 96
    assert {note["text"] for note in now["notes"]} == {f"有{n}人被困在阳台" for n in range(1, 10)}
    assert all(note["urgent"] and note["kind"] == "caller" for note in now["notes"])
    assert {lamp["unit_id"] for note in now["notes"] for lamp in note["reads"]} == {str(town.N2)}
    await sound(doors)


@pytest.mark.parametrize("by_rule", [False, True])
async def test_callers_who_were_taken_apart_surge_when_they_are_put_together(
    doors: Doors, by_rule: bool
) -> None:
    taker = await doors.seat("call_taker")
    place = {"lon": 114.03, "lat": 22.525 + by_rule / 100}
    first, *others = [await doors.incident(type="400100", place=place) for _ in range(5)]

    async def shown() -> Any:
        return (await taker.get(f"/incidents/{first['id']}")).json()

    if by_rule:  # the centre has found out by itself what is then put together: nobody is counted twice
        await when(shown, lambda seen: seen["surge"] is not None)
    for other in others:
        await taker.made(f"/incidents/{other['id']}/merge", {"into": first["id"]})
    assert (await shown())["surge"]["count"] == 5


async def test_a_caller_who_may_not_see_it_attaches_to_nothing(doors: Doors) -> None:
    fire = await doors.incident()
    elsewhere = await doors.seat("call_taker", of=town.SOUTH)
    told = await elsewhere.post("/alarms", {"source": "call", "attach_to": fire["id"], "text": "新情况"})
    assert (told.status_code, told.json()["field"]) == (404, "attach_to")


async def test_a_flood_is_accepted_whole_with_the_urgent_first(doors: Doors) -> None:
    """A thousand reports of noise and then six fires, before anything is written: the fires are among the first."""
    runtime = doors.runtime
    rooms = runtime.centre.reference.rooms.subtree(town.CITY)
    taker = Principal(id="taker", roles=frozenset({"call_taker"}), room_id=town.CITY, rooms=rooms)

    def alarm(n: int) -> Awaitable[Accepted]:
        place = PlaceIn(lon=114.0 + n % 97 / 1000, lat=22.52 + n % 37 / 1000)
        command = ReportAlarm(source="app", type=NOISE if n < 1000 else FIRE, place=place)
        actor = Actor(principal=taker, route="POST /api/v1/alarms", key=f"flood-{n}", body_hash=b"x")
        return runtime.intake.submit(prepare(runtime.centre, command, actor))

    taken = await asyncio.gather(*map(alarm, range(1006)))
    assert len({accepted.reported.incident_id for accepted in taken}) == 1006
    by_number = sorted(range(1006), key=lambda n: int(str(taken[n].reported.number).rpartition("-")[2]))
    assert (
        max(map(by_number.index, range(1000, 1006))) < FLUSHERS * BATCH_ROWS
    )  # in the first batch of one of them
