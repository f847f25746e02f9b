"""One act's facts lie in the journal in the order it made them, wait in the outbox, and read back as written."""

import random
from uuid import UUID

import asyncpg
import pytest

from dispatch import journal
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import LEASE_NAME, Relay
from tests.harness.facts import NOON, fact

ONE, TWO = UUID(int=1), UUID(int=2)


async def test_positions_follow_the_order_given_however_versions_run(pool: Pool) -> None:
    order = list(range(1, 501))
    random.Random(110).shuffle(order)
    async with pool.acquire() as conn:
        positions = await journal.append(conn, [fact(ONE, version) for version in order])
        found = await conn.fetch("SELECT version FROM journal ORDER BY position")
        waiting = await conn.fetch("SELECT position FROM outbox ORDER BY position")
    assert [version for (version,) in found] == order
    assert positions == sorted(positions)
    assert [position for (position,) in waiting] == positions


async def test_a_rolled_back_act_leaves_nothing(pool: Pool) -> None:
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await journal.append(conn, [fact(ONE, 1)])
        await transaction.rollback()
        assert await conn.fetchval("SELECT count(*) FROM journal") == 0
        assert await conn.fetchval("SELECT count(*) FROM outbox") == 0


async def test_one_version_is_written_once(pool: Pool) -> None:
    async with pool.acquire() as conn:
        await journal.append(conn, [fact(ONE, 1)])
        with pytest.raises(asyncpg.UniqueViolationError):
            await journal.append(conn, [fact(TWO, 1), fact(ONE, 1)])
        assert await conn.fetchval("SELECT count(*) FROM journal") == 1


async def test_an_incident_reads_in_journal_order_with_seq_once_relayed(pool: Pool, nats_url: str) -> None:
    bus = Bus([nats_url])
    lease = Lease(pool, LEASE_NAME, "here")
    relay = Relay(pool, lease, bus)
    await lease._step()
    async with pool.acquire() as conn:
        await journal.append(conn, [fact(ONE, 1), fact(TWO, 1), fact(ONE, 2, body='{"地点": "南门"}')])
        assert lease.term is not None
        assert await relay.pass_on(conn, lease.term) == 3
        await journal.append(conn, [fact(ONE, 3)])
        rows = await journal.of_incidents(conn, [ONE], after=0, limit=10)
        assert [(row.seq, row.version) for row in rows] == [(1, 1), (3, 2), (None, 3)]
        assert rows[1].body == '{"地点": "南门"}'
        assert rows[1].recorded_at == NOON
        assert [
            r.version for r in await journal.of_incidents(conn, [ONE], after=rows[0].position, limit=1)
        ] == [2]
        assert [r.seq for r in await journal.ledger_after(conn, 1, 10)] == [2, 3]
        assert [r.version for r in await journal.of_entity(conn, "incident", ONE, 1, 10)] == [2, 3]
        head = await journal.head(conn)
        link = journal.GENESIS
        for row in await journal.ledger_after(conn, 0, 10):
            link = journal.chain(link, row)
        assert head == journal.Head(3, link)
