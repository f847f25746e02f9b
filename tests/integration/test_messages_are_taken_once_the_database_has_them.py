"""A message is acknowledged after its commit: nothing is lost on the way, poison is put aside, and the next one is served."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header, StorageType

from dispatch.runtime import consumer as consumer_module
from dispatch.runtime.bus import Bus
from dispatch.runtime.consumer import Consumer, ConsumerSpec, Message, Poison, Retry
from tests.harness.on_nats import connected
from tests.harness.own_nats import own_nats
from tests.harness.replica import running

PATIENCE_S = 60
ALARMS = ConsumerSpec(stream="ALARMS", durable="alarms", subject="cad.alarm.>")
REPLIES = ConsumerSpec(stream="RADIO", durable="replies", subject="cad.radio.reply.>", in_order=True)


class Taken:
    """A handler that remembers what it took and misbehaves as the message asks."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tries: Counter[str] = Counter()
        self._arrived = asyncio.Event()

    async def take(self, message: Message) -> None:
        self.tries[message.msg_id] += 1
        first = self.tries[message.msg_id] == 1
        match message.data:
            case b"poison":
                raise Poison("This is poison.")
            case b"bug":
                raise KeyError("the handler has a bug")
            case b"later" if first:
                raise Retry("not yet")
            case b"away" if first:
                raise asyncpg.ConnectionDoesNotExistError("the database went away")
            case b"slow":
                await asyncio.sleep(0.05)
        self.messages.append(message)
        self._arrived.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len({m.msg_id for m in self.messages}) < count:
                self._arrived.clear()
                await self._arrived.wait()


@asynccontextmanager
async def device(nats_url: str) -> AsyncIterator[Client]:
    client = await connected(nats_url)
    try:
        yield client
    finally:
        await client.close()


async def press(
    client: Client, n: int, data: bytes = b"{}", subject: str = "cad.alarm.call_point.post-7"
) -> None:
    headers = {Header.MSG_ID.value: f"{subject.rpartition('.')[2]}:boot:{n}"}
    await client.jetstream(timeout=PATIENCE_S).publish(subject, data, headers=headers)


async def ready(bus: Bus) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await bus.wait_ready()


async def unacknowledged(client: Client, stream: str = "ALARMS", durable: str = "alarms") -> int:
    info = await client.jetstream(timeout=PATIENCE_S).consumer_info(stream, durable)
    return (info.num_ack_pending or 0) + (info.num_pending or 0)


async def all_acknowledged(client: Client, stream: str = "ALARMS", durable: str = "alarms") -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await unacknowledged(client, stream, durable):
            await asyncio.sleep(0.02)


async def test_the_streams_are_what_the_contract_says(nats_url: str) -> None:
    bus = Bus([nats_url])
    async with running(bus.run()), device(nats_url) as client:
        await ready(bus)
        found = {
            str(s.config.name): s.config for s in await client.jetstream(timeout=PATIENCE_S).streams_info()
        }
    assert set(found) == {"ALARMS", "RADIO", "EVENTS", "UNITS", "LIVE"}
    on_file = {name for name, config in found.items() if config.storage == StorageType.FILE}
    assert on_file == {"ALARMS", "RADIO"}
    assert found["ALARMS"].subjects == ["cad.alarm.>", "cad.call.>"]
    assert {config.duplicate_window for config in found.values()} == {1.0}
    assert found["EVENTS"].max_age == 86_400
    assert found["UNITS"].max_msgs_per_subject == 1


async def test_exercises_under_their_own_prefix_leave_the_real_subjects_alone(nats_url: str) -> None:
    real, drill = Bus([nats_url]), Bus([nats_url], prefix="drill.")
    drilled = Taken()
    drills = Consumer(drill, ALARMS, drilled.take)
    async with running(real.run(), drill.run(), drills.run()), device(nats_url) as client:
        await ready(real)
        await ready(drill)
        config = (await client.jetstream(timeout=PATIENCE_S).stream_info("ALARMS")).config
        await press(client, 1)
        await press(client, 2, subject="drill.cad.alarm.call_point.post-7")
        await drilled.until(1)
    assert config.subjects is not None
    assert {"cad.alarm.>", "drill.cad.alarm.>"} <= set(config.subjects)
    assert [m.subject for m in drilled.messages] == ["cad.alarm.call_point.post-7"]
    assert [m.msg_id for m in drilled.messages] == ["post-7:boot:2"]


async def test_poison_bugs_and_foreign_ids_are_put_aside_and_the_rest_is_served(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "RETRY_FIRST_S", 0.01)
    bus, taken = Bus([nats_url]), Taken()
    aside: list[Msg] = []
    told: list[str] = []

    async def put_aside(msg: Msg) -> None:
        aside.append(msg)

    async def refused(message: Message, reason: str) -> None:
        told.append(message.msg_id)

    alarms = Consumer(bus, ALARMS, taken.take, refused)
    async with running(bus.run(), alarms.run()), device(nats_url) as client:
        await ready(bus)
        await client.subscribe("cad.quarantine.>", cb=put_aside)
        await client.jetstream(timeout=PATIENCE_S).publish("cad.alarm.panel.p1", b"no id")
        await client.jetstream(timeout=PATIENCE_S).publish(
            "cad.alarm.panel.p1", b"x" * 9000, headers={Header.MSG_ID.value: "other:1:1"}
        )
        for n, data in enumerate([b"poison", b"bug", b"later", b"away", b"slow", b"fine"]):
            await press(client, n, data)
        await taken.until(4)
        await all_acknowledged(client)
    assert sorted(m.data for m in taken.messages) == [b"away", b"fine", b"later", b"slow"]
    assert sorted(told) == ["", "other:1:1", "post-7:boot:0", "post-7:boot:1"]
    assert taken.tries["post-7:boot:1"] == consumer_module.FAILURES_MAX
    assert taken.tries["post-7:boot:0"] == 1
    by_subject = Counter(msg.subject for msg in aside)
    assert by_subject == {"cad.quarantine.p1": 2, "cad.quarantine.post-7": 2}
    assert max(len(msg.data) for msg in aside) == 4096
    assert {(msg.headers or {})["Dispatch-Subject"] for msg in aside} == {
        "cad.alarm.panel.p1",
        "cad.alarm.call_point.post-7",
    }


async def test_a_thousand_presses_are_all_taken_by_two_replicas_once_each(nats_url: str) -> None:
    here, there, taken = Bus([nats_url]), Bus([nats_url]), Taken()
    both = [Consumer(bus, ALARMS, taken.take) for bus in (here, there)]
    runs = [here.run(), there.run(), *(c.run() for c in both)]
    async with running(*runs), device(nats_url) as client:
        await ready(here)
        await ready(there)
        for start in range(0, 1000, 100):
            await asyncio.gather(*(press(client, n, b"slow") for n in range(start, start + 100)))
        await taken.until(1000)
        await all_acknowledged(client)
    assert Counter(m.msg_id for m in taken.messages) == {f"post-7:boot:{n}": 1 for n in range(1000)}


async def test_replies_of_one_unit_are_taken_in_the_order_they_came(nats_url: str) -> None:
    bus, taken = Bus([nats_url]), Taken()
    replies = Consumer(bus, REPLIES, taken.take)
    async with running(bus.run()), device(nats_url) as client:
        await ready(bus)
        for n in range(60):
            data = b"slow" if n % 7 == 0 else b"quick"
            await press(client, n, data, subject=f"cad.radio.reply.tetra.{n % 3}")
        async with running(replies.run()):
            await taken.until(60)
            await all_acknowledged(client, "RADIO", "replies")
    for unit in range(3):
        taken_of = [int(m.msg_id.split(":")[2]) for m in taken.messages if m.subject.endswith(f".{unit}")]
        assert taken_of == sorted(taken_of)


async def test_alarms_are_taken_whenever_nats_comes_goes_and_comes_back(tmp_path: Path) -> None:
    async with own_nats(tmp_path) as server:
        bus, taken = Bus([server.url]), Taken()
        async with running(bus.run(), Consumer(bus, ALARMS, taken.take).run()):
            assert not await bus.publish("cad.ack.post-7", b"{}")  # NATS has never been there
            for round_ in range(3):
                await server.start()
                await ready(bus)
                async with device(server.url) as client:
                    for n in range(50):
                        await press(client, round_ * 50 + n, b"away" if n % 10 == 0 else b"{}")
                    if round_ == 1:
                        await server.kill()  # with messages in hand
                        await server.start()
                        await ready(bus)
                    await taken.until(round_ * 50 + 50)
                await server.kill()
    assert {m.msg_id for m in taken.messages} == {f"post-7:boot:{n}" for n in range(150)}
