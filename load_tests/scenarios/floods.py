"""Floods: one call point pressed a thousand times, a hundred callers attached to one fire, ten thousand devices alive.

In process, on PostgreSQL with fsync on; the presses and callers go through the funnel with authorisation, journal and the
units on the incident told.
"""

import random
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec

from dispatch import places
from dispatch.acts import Principal
from dispatch.desk import ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, prepare
from dispatch.rooms import CallPoint
from dispatch.runtime.bootstrap import Runtime
from dispatch.runtime.heartbeats import Heartbeats
from dispatch.work import Actor, Work
from load_tests.rows import Row, Size
from load_tests.scenarios.alarms_in import CLIENTS, One, _drive, replica
from tests.harness import town

NAME = "floods"
PATH = "floods"


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    presses, callers, devices = (100, 20, 500) if size == "small" else (1_000, 100, 10_000)
    async with replica() as (runtime, _):
        rate, waits = await _drive(_press(runtime), presses, CLIENTS)
        matters = await runtime.pool.fetchval("SELECT count(DISTINCT incident_id) FROM alarm")
        call_rate, call_waits = await _drive(await _caller(runtime), callers, CLIENTS)
        beats, judged_s, idle_s = await _devices(runtime, devices)
    return [
        Row(path=PATH, what=f"one call point pressed {presses:,} times, {CLIENTS} in flight", figure=rate, unit="presses/s"),
        Row(path=PATH, what="the same: p99", figure=waits[int(len(waits) * 0.99)] * 1000, unit="ms", target="<= 2,000",
            met=waits[int(len(waits) * 0.99)] <= 2.0),
        Row(path=PATH, what="the same: incidents", figure=matters, target="1", met=matters == 1),
        Row(path=PATH, what=f"{callers} callers attached to one fire: p99", figure=call_waits[int(len(call_waits) * 0.99)] * 1000,
            unit="ms", target="<= 2,000", met=call_waits[int(len(call_waits) * 0.99)] <= 2.0),
        Row(path=PATH, what="the same", figure=call_rate, unit="callers/s"),
        Row(path=PATH, what=f"heartbeats of {devices:,} devices taken in", figure=beats, unit="beats/s/core"),
        Row(path=PATH, what="all of them heard for the first time, written down", figure=judged_s * 1000, unit="ms"),
        Row(path=PATH, what="all of them again with nothing new, judged", figure=idle_s * 1000, unit="ms"),
    ]  # fmt: skip


def _press(runtime: Runtime) -> One:
    device = Principal(id="device:call_point.CP-N", roles=frozenset({"gateway"}), gateway="CP-N")

    async def one(i: int) -> object:
        command = ReportAlarm(source="call_point", call_point_id="CP-N")
        actor = Actor(principal=device, via="gateway", route="press", key=f"press-{i}", body_hash=b"load")
        return await runtime.intake.submit(prepare(runtime.centre, command, actor))

    return one


async def _caller(runtime: Runtime) -> One:
    """Callers of one fire with a unit on its way; every tenth says something new."""
    rooms = runtime.centre.reference.rooms.subtree(town.CITY)
    taker = Principal(
        id="taker", roles=frozenset({"call_taker", "dispatcher"}), room_id=town.CITY, rooms=rooms
    )
    place = PlaceIn(lon=114.06, lat=22.53)

    def said(key: str, text: str, attach_to: UUID | None) -> Any:
        command = ReportAlarm(
            source="call",
            type="400110",
            text=text,
            place=place,
            attach_to=attach_to,
            caller=CallerIn(number=f"139{key:>8}"),
        )
        actor = Actor(principal=taker, route="POST /alarms", key=f"fire-{key}", body_hash=b"load")
        return runtime.intake.submit(prepare(runtime.centre, command, actor))

    fire = (await said("first", "三楼着火了", None)).reported.incident_id

    async def send(w: Work) -> dict[str, Any]:
        await ordering.order(w, fire, [Order(unit_id=town.S1)])
        return {}

    await runtime.acting.act(Actor(principal=taker), send)

    async def one(i: int) -> object:
        return await said(str(i), f"又有{i}人被困" if i % 10 == 0 else "三楼着火了", fire)

    return one


async def _devices(runtime: Runtime, count: int) -> tuple[float, float, float]:
    """(beats a second and core, seconds to write all of them down for the first time, seconds to judge them again)."""
    chance = random.Random(110)
    points = [
        CallPoint(
            id=UUID(int=10_000 + n), code=f"D{n}", name=f"{n}", lon=114.0 + chance.random() / 10, lat=22.53
        )
        for n in range(count)
    ]
    admin = Principal(id="admin", roles=frozenset({"admin"}), room_id=town.CITY)

    async def put(w: Work) -> dict[str, Any]:
        await places.put_call_points(w, points)
        return {}

    await runtime.acting.act(Actor(principal=admin), put)
    async with runtime.pool.acquire() as conn:
        runtime.centre.use(await places.load(conn))
    lease: Any = SimpleNamespace(held=True)
    ear = Heartbeats(runtime.pool, runtime.bus, lease, runtime.centre, lambda: None)
    data = msgspec.json.encode({"at": datetime.now(UTC), "battery": 80})
    began = time.process_time()
    for _ in range(3):
        for point in points:
            await ear.received(f"cad.call_point.{point.code}.heartbeat", data)
    beats = 3 * count / (time.process_time() - began)
    judged_s = await _timed(ear)
    for point in points:
        await ear.received(f"cad.call_point.{point.code}.heartbeat", data)
    return beats, judged_s, await _timed(ear)


async def _timed(ear: Heartbeats) -> float:
    began = time.perf_counter()
    await ear.judge()
    return time.perf_counter() - began
