"""Of several replicas one passes facts on; a dead, frozen or deposed holder stops nobody and writes nothing late."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from dispatch import journal
from dispatch.runtime import store
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease, LeaseLost
from dispatch.runtime.postgres import Pool, engine_pool
from dispatch.runtime.relay import LEASE_NAME, Relay
from dispatch.verify import verify
from tests.harness.clock import Clock
from tests.harness.facts import fact
from tests.harness.waiting import GUARD_S

SECOND = timedelta(seconds=1)


@asynccontextmanager
async def engines(database_url: str) -> AsyncIterator[Pool]:
    pool = await engine_pool(database_url)
    try:
        yield pool
    finally:
        pool.terminate()


async def test_the_second_waits_until_the_first_falls_silent(pool: Pool, clock: Clock) -> None:
    first, second = Lease(pool, "relay", "first"), Lease(pool, "relay", "second")
    await first._step()
    await second._step()
    assert (first.term, second.term) == (1, None)
    await clock.forward(SECOND)
    await second._step()
    await first._step()
    assert (first.term, second.term) == (None, 2)


async def test_a_holder_that_ends_in_order_is_followed_at_once(pool: Pool) -> None:
    first, second = Lease(pool, "relay", "first"), Lease(pool, "relay", "second")
    running = asyncio.create_task(first.run())
    assert await first.wait_held() == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await second._step()
    assert (first.term, second.term) == (None, 2)


async def test_a_clock_set_back_binds_nobody_to_a_dead_holder(pool: Pool, clock: Clock) -> None:
    dead, heir = Lease(pool, "relay", "dead"), Lease(pool, "relay", "heir")
    await clock.forward(timedelta(hours=1))
    await dead._step()
    await clock.restore()
    await heir._step()
    assert heir.term == 2


async def test_a_process_that_stood_still_does_not_think_it_holds(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Lease(pool, "relay", "frozen")
    await lease._step()
    assert lease.held
    later = time.monotonic() + 1.0
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert lease.term is None


async def test_a_deposed_holder_writes_nothing(pool: Pool, nats_url: str, clock: Clock) -> None:
    old, new = Lease(pool, LEASE_NAME, "old"), Lease(pool, LEASE_NAME, "new")
    await old._step()
    async with pool.acquire() as conn:
        await journal.append(conn, [fact(UUID(int=1), 1)])
        await clock.forward(SECOND)
        await new._step()
        with pytest.raises(LeaseLost):
            await Relay(pool, old, Bus([nats_url])).pass_on(conn, 1)
        assert await conn.fetchval("SELECT count(*) FROM ledger") == 0
        assert await Relay(pool, new, Bus([nats_url])).pass_on(conn, 2) == 1


async def test_a_holder_frozen_inside_its_batch_is_followed_and_its_batch_undone(
    database_url: str, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engines(database_url) as frozen_pool, engines(database_url) as next_pool:
        frozen, following = Lease(frozen_pool, LEASE_NAME, "frozen"), Lease(next_pool, LEASE_NAME, "next")
        await frozen._step()
        async with frozen_pool.acquire() as conn:
            await journal.append(conn, [fact(UUID(int=1), version) for version in (1, 2, 3)])
        move = store.move

        async def frozen_before_moving(
            conn: journal.Connection,
            lease: tuple[str, str, int],
            first: int,
            positions: Sequence[int],
            hashes: Sequence[bytes],
        ) -> int | None:
            while following.term is None:
                await following._step()
            return await move(conn, lease, first, positions, hashes)

        monkeypatch.setattr(store, "move", frozen_before_moving)
        async with asyncio.timeout(GUARD_S):
            with pytest.raises(LeaseLost):
                async with frozen_pool.acquire() as conn:
                    await Relay(frozen_pool, frozen, Bus([nats_url])).pass_on(conn, 1)
        monkeypatch.undo()
        async with next_pool.acquire() as conn:
            assert await conn.fetchval("SELECT count(*) FROM ledger") == 0
            assert await Relay(next_pool, following, Bus([nats_url])).pass_on(conn, 2) == 3
            assert (await verify(conn)).broken == ()
