"""A gateway promise: it comes in by its nkey without a restart, and reaches its own subjects only."""

import asyncio
import os
from collections.abc import AsyncIterator

import nats
import nkeys
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from dispatch.runtime.embedded import Embedded
from dispatch.runtime.embedded_nats import admit_gateway
from dispatch.runtime.errors import SettingsInvalid
from dispatch.runtime.nats_config import gateway_consumer, gateway_inbox
from tests.harness.waiting import GUARD_S, sent


def new_nkey() -> tuple[str, str]:
    """Public key and seed of a user."""
    pair = nkeys.from_seed(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return pair.public_key.decode(), pair.seed.decode()


async def come_in(servers: Embedded, name: str, seed: str, errors: list[str]) -> Client:
    """Connect as a gateway."""

    async def remember(error: Exception) -> None:
        errors.append(str(error))

    address = servers.nats_url.rpartition("@")[2]
    return await nats.connect(
        f"nats://{address}",
        nkeys_seed_str=seed,
        inbox_prefix=gateway_inbox(name).encode(),
        allow_reconnect=False,
        error_cb=remember,
    )


@pytest.fixture
async def centre(nats_url: str) -> AsyncIterator[Client]:
    client = await nats.connect(nats_url)
    await client.jetstream(timeout=GUARD_S).add_stream(name="RADIO", subjects=["cad.radio.>"])
    await client.jetstream(timeout=GUARD_S).add_stream(name="ALARMS", subjects=["cad.alarm.>", "cad.call.>"])
    yield client
    await client.close()


async def test_a_gateway_brings_its_own_and_takes_its_own(servers: Embedded, centre: Client) -> None:
    public, seed = new_nkey()
    await servers.add_gateway("north", public)
    errors: list[str] = []
    gateway = await come_in(servers, "north", seed, errors)
    heard = await centre.subscribe("cad.fix.north")
    await sent(centre)

    await gateway.publish("cad.fix.north", b"fixes")
    assert (await heard.next_msg(timeout=GUARD_S)).data == b"fixes"
    assert (
        await gateway.jetstream(timeout=GUARD_S).publish("cad.radio.reply.north.7", b"{}")
    ).stream == "RADIO"
    assert (
        await gateway.jetstream(timeout=GUARD_S).publish("cad.alarm.call_point.cp1", b"{}")
    ).stream == "ALARMS"
    assert (await gateway.jetstream(timeout=GUARD_S).publish("cad.call.north.7", b"{}")).stream == "ALARMS"

    name = gateway_consumer("north")
    await centre.jetstream(timeout=GUARD_S).add_consumer(
        "RADIO", ConsumerConfig(durable_name=name, filter_subject="cad.radio.order.north.>", ack_wait=5)
    )
    await centre.jetstream(timeout=GUARD_S).publish("cad.radio.order.south.9", b"not yours")
    await centre.jetstream(timeout=GUARD_S).publish("cad.radio.order.north.7", b"go")
    orders = await gateway.jetstream(timeout=GUARD_S).pull_subscribe_bind(name, stream="RADIO")
    [order] = await orders.fetch(1, timeout=GUARD_S)
    assert order.data == b"go"
    await order.ack_sync(timeout=GUARD_S)
    assert errors == []
    await gateway.close()


@pytest.mark.parametrize(
    "subject",
    [
        "cad.fix.south",
        "cad.fixb.south",
        "cad.call.south.7",
        "cad.radio.reply.south.7",
        "cad.radio.order.north.7",
        "cad.feed",
        "cad.ack.cp1",
        "cad.event.incident.1.created",
        "$JS.API.STREAM.DELETE.RADIO",
        "$JS.API.CONSUMER.CREATE.RADIO.gateway-north.cad.radio.order.north.>",
        "$JS.API.CONSUMER.MSG.NEXT.RADIO.gateway-south",
    ],
)
async def test_what_is_not_its_own_a_gateway_may_not_publish(servers: Embedded, subject: str) -> None:
    public, seed = new_nkey()
    await servers.add_gateway("north", public)
    errors: list[str] = []
    gateway = await come_in(servers, "north", seed, errors)
    await gateway.publish(subject, b"x")
    await refused(gateway, errors)
    await gateway.close()


@pytest.mark.parametrize(
    "subject", ["cad.radio.order.south.>", "cad.radio.>", "cad.fix.>", "_INBOX.>", "_INBOX_south.>", ">"]
)
async def test_what_is_not_its_own_a_gateway_may_not_hear(servers: Embedded, subject: str) -> None:
    public, seed = new_nkey()
    await servers.add_gateway("north", public)
    errors: list[str] = []
    gateway = await come_in(servers, "north", seed, errors)
    await gateway.subscribe(subject)
    await refused(gateway, errors)
    await gateway.close()


async def refused(gateway: Client, errors: list[str]) -> None:
    await sent(gateway)
    async with asyncio.timeout(GUARD_S):
        while not errors:
            await asyncio.sleep(0.01)
    assert "permissions violation" in errors[0].lower()


async def test_nobody_is_disconnected_when_a_gateway_is_let_in(servers: Embedded) -> None:
    lost: list[str] = []

    async def remember() -> None:
        lost.append("disconnected")

    client = await nats.connect(servers.nats_url, disconnected_cb=remember)
    seen = client.client_id
    for number in range(5):
        await servers.add_gateway(f"extra{number}", new_nkey()[0])
    await sent(client)
    assert client.client_id == seen
    assert lost == []
    await client.close()


async def test_a_gateway_is_let_in_beside_the_running_centre(servers: Embedded) -> None:
    """The command line does it in a process of its own."""
    public, seed = new_nkey()
    await admit_gateway(servers.data, "beside", public)
    gateway = await come_in(servers, "beside", seed, [])
    assert gateway.is_connected
    await gateway.close()


@pytest.mark.parametrize("name", ["", "North", "a.b", "a>", "*", "x" * 33])
async def test_a_name_that_could_reach_further_is_refused(servers: Embedded, name: str) -> None:
    with pytest.raises(SettingsInvalid, match="can't name a gateway"):
        await servers.add_gateway(name, new_nkey()[0])


async def test_a_seed_in_place_of_a_public_key_is_refused_and_not_repeated(servers: Embedded) -> None:
    seed = new_nkey()[1]
    with pytest.raises(SettingsInvalid) as refusal:
        await servers.add_gateway("north", seed)
    assert seed not in str(refusal.value)
