"""Orders reach their gateways in order, wait while NATS is away, go out after, and are never sent once they have expired."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from nats.js.api import Header

from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.radio import Radio
from dispatch.runtime.relay import LEASE_NAME
from tests.harness.clock import Clock
from tests.harness.on_nats import connected
from tests.harness.own_nats import own_nats
from tests.harness.replica import running

PATIENCE_S = 60
WRITE = """
INSERT INTO radio_message (order_id, gateway, handle, assignment_id, n, kind, body, narrative_id, expires_at, recorded_at)
VALUES ($1, $2, $3, $4, $5, 'order', $6, $7, cad_now() + $8::interval, cad_now())
"""
UNPUBLISHED = "SELECT count(*) FROM radio_message WHERE published_at IS NULL"


async def unseal(narrative_id: UUID) -> str | None:
    return f"text {narrative_id.int}"


async def write(
    pool: Pool, n: int, handle: int = 1, narrative: int | None = None, lives: timedelta = timedelta(minutes=5)
) -> UUID:
    order_id = UUID(int=handle * 1000 + n)
    body = msgspec.json.encode({"number": "A17", "priority": 1, "exercise": False}).decode()
    text_id = None if narrative is None else UUID(int=narrative)
    async with pool.acquire() as conn:
        await conn.execute(WRITE, order_id, "tetra", handle, UUID(int=handle), n, body, text_id, lives)
    return order_id


async def all_done(pool: Pool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await pool.fetchval(UNPUBLISHED):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def radio(pool: Pool, nats_url: str) -> AsyncIterator[tuple[Radio, Bus]]:
    bus, lease = Bus([nats_url]), Lease(pool, LEASE_NAME, "here")
    out = Radio(pool, lease, bus, unseal)
    async with running(bus.run(), lease.run(), out.run()):
        yield out, bus


async def stored(nats_url: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(subject, Nats-Msg-Id, payload) of everything in RADIO."""
    client = await connected(nats_url)
    try:
        streams = client.jetstream(timeout=PATIENCE_S)
        count = (await streams.stream_info("RADIO")).state.messages
        found = [await streams.get_msg("RADIO", seq) for seq in range(1, count + 1)]
        return [
            (str(m.subject), (m.headers or {})[Header.MSG_ID], msgspec.json.decode(m.data or b""))
            for m in found
        ]
    finally:
        await client.close()


async def test_an_order_goes_out_whole_with_its_text_unsealed(pool: Pool, nats_url: str) -> None:
    order_id = await write(pool, n=3, handle=118, narrative=7)
    async with radio(pool, nats_url):
        await all_done(pool)
    ((subject, msg_id, payload),) = await stored(nats_url)
    assert subject == "cad.radio.order.tetra.118"
    assert msg_id == payload["order_id"] == str(order_id)
    assert payload.pop("expires_at").endswith("Z")
    assert payload == {
        "order_id": str(order_id),
        "assignment_id": str(UUID(int=118)),
        "n": 3,
        "kind": "order",
        "number": "A17",
        "priority": 1,
        "exercise": False,
        "text": "text 7",
    }


async def test_each_terminal_gets_its_messages_in_order_across_an_outage(pool: Pool, tmp_path: Path) -> None:
    async with own_nats(tmp_path) as server:
        async with radio(pool, server.url) as (out, _bus):
            for n in range(1, 21):  # NATS has never been there
                for handle in range(1, 9):
                    await write(pool, n, handle)
            out.wake()
            await server.start()
            for n in range(21, 41):
                for handle in range(1, 9):
                    await write(pool, n, handle)
                out.wake()
                if n == 25:
                    await server.kill()
                if n == 35:
                    await server.start()
            await all_done(pool)
        found = await stored(server.url)
    for handle in range(1, 9):
        sent = [said["n"] for subject, _, said in found if subject == f"cad.radio.order.tetra.{handle}"]
        first_sent = [n for place, n in enumerate(sent) if n not in sent[:place]]
        assert first_sent == list(range(1, 41)), f"handle {handle}"


async def test_an_expired_order_is_never_sent_and_says_so(pool: Pool, nats_url: str, clock: Clock) -> None:
    expired = await write(pool, n=1, lives=timedelta(seconds=10))
    await clock.forward(timedelta(seconds=10))
    alive = await write(pool, n=2)
    async with radio(pool, nats_url):
        await all_done(pool)
    assert [msg_id for _, msg_id, _ in await stored(nats_url)] == [str(alive)]
    unsent = await pool.fetch("SELECT order_id FROM radio_message WHERE published_at >= expires_at")
    assert [order_id for (order_id,) in unsent] == [expired]


async def test_only_the_holder_of_the_lease_sends(pool: Pool, nats_url: str) -> None:
    order_id = await write(pool, n=1)
    other = Lease(pool, LEASE_NAME, "other")
    keeping = asyncio.create_task(other.run())
    await other.wait_held()
    async with radio(pool, nats_url) as (out, bus):
        async with asyncio.timeout(PATIENCE_S):
            await bus.wait_ready()
        assert await out._send_some()
        assert await pool.fetchval(UNPUBLISHED) == 1
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await all_done(pool)
    assert [msg_id for _, msg_id, _ in await stored(nats_url)] == [str(order_id)]
