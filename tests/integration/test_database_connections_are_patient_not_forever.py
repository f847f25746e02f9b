"""Connection promise: a database that comes back is waited for, a refusal is final, a frozen engine lets go of its row."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from dispatch.runtime.errors import DatabaseUnreachable
from dispatch.runtime.ports import free_port
from dispatch.runtime.postgres import Pool, engine_pool, request_pool, wait_for_database
from dispatch.runtime.trouble import DATABASE_TROUBLE
from tests.harness.clock import Clock

GUARD_S = 10.0


async def test_a_frozen_engine_loses_its_row_to_the_next(database_url: str, pool: Pool) -> None:
    await pool.execute("CREATE TABLE held (id int); INSERT INTO held VALUES (1)")
    async with await engine_pool(database_url, 2) as engine:
        frozen = await engine.acquire()
        await frozen.execute("BEGIN")
        await frozen.execute("SELECT id FROM held FOR UPDATE")
        async with asyncio.timeout(GUARD_S):
            assert await pool.fetchval("SELECT id FROM held FOR UPDATE") == 1
        try:
            with pytest.raises(DATABASE_TROUBLE):
                await frozen.execute("COMMIT")
        finally:
            await engine.release(frozen)


async def test_a_busy_engine_transaction_is_ended_too(database_url: str) -> None:
    async with await engine_pool(database_url, 1) as engine:
        with pytest.raises(DATABASE_TROUBLE):
            async with asyncio.timeout(GUARD_S), engine.acquire() as connection, connection.transaction():
                await connection.execute(f"SELECT pg_sleep({GUARD_S * 2})")


async def test_values_travel_as_the_stores_expect_them(database_url: str) -> None:
    async with await request_pool(database_url, 1) as requests:
        row = await requests.fetchrow(
            "SELECT $1::jsonb AS body, '0198c0de-0000-7000-8000-000000000001'::uuid AS id, timestamptz '2026-01-01T08:00+08' AS at",
            msgspec.json.encode({"名": [1]}).decode(),
        )
    assert row is not None
    assert msgspec.json.decode(row["body"]) == {"名": [1]}
    assert isinstance(row["id"], UUID)
    assert row["at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert row["at"].utcoffset() == timedelta()


async def test_a_wrong_password_is_final_and_not_repeated(database_url: str) -> None:
    head, _, tail = database_url.partition("@")
    wrong = f"{head.rpartition(':')[0]}:geheim@{tail}"
    with pytest.raises(DatabaseUnreachable, match="refuses us") as refusal:
        await wait_for_database(wrong, patience_s=3600)
    assert "geheim" not in str(refusal.value)


async def test_a_server_that_is_away_is_given_up_in_words() -> None:
    with pytest.raises(DatabaseUnreachable, match="did not answer within"):
        await wait_for_database(f"postgresql://a:b@127.0.0.1:{free_port()}/c", patience_s=0.1)


async def test_time_passes_as_the_test_says(database_url: str, pool: Pool, clock: Clock) -> None:
    before = await pool.fetchval("SELECT cad_now()")
    await clock.forward(timedelta(hours=1))
    assert await pool.fetchval("SELECT cad_now()") - before >= timedelta(hours=1)
    await clock.forward(timedelta(days=1))
    assert await pool.fetchval("SELECT cad_now()") - before >= timedelta(days=1, hours=1)
    leap = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)
    await clock.stop_at(leap)
    assert await pool.fetchval("SELECT cad_now()") == leap
    await clock.restore()
    assert await pool.fetchval("SELECT cad_now()") - before < timedelta(hours=1)
