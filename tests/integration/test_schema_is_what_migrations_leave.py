"""Schema promise: forward only, once each, under a lock, and dispatch/migrations/schema.sql tells the truth."""

import asyncio
import dataclasses

import asyncpg
import pytest

from dispatch.runtime.errors import SchemaRefused
from dispatch.runtime.migrate import Migration, check, migrate, migrations
from tests.harness.schema import SCHEMA_FILE, dump_schema


async def test_all_migrations_applied_equal_schema_sql(database_url: str, empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(SCHEMA_FILE.read_text(encoding="utf-8"))
    await connection.close()
    migrated, written = await dump_schema(database_url), await dump_schema(empty_database_url)
    assert migrated.splitlines() == written.splitlines(), "run `make schema` after adding a migration"


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = await dump_schema(database_url)
    assert (await check(database_url)).up_to_date
    assert await migrate(database_url) == []
    assert await dump_schema(database_url) == before


async def test_an_empty_database_lacks_everything_and_says_so(empty_database_url: str) -> None:
    state = await check(empty_database_url)
    assert not state.up_to_date
    assert list(state.missing) == [step.name for step in migrations()]
    assert "schema_migration" not in await dump_schema(empty_database_url)


async def test_processes_that_migrate_together_apply_each_step_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database_url) for _ in range(5)))
    assert sorted(name for names in applied for name in names) == [step.name for step in migrations()]


async def test_a_changed_migration_is_refused(database_url: str) -> None:
    steps = migrations()
    changed = [dataclasses.replace(steps[0], sha256="0" * 64), *steps[1:]]
    with pytest.raises(SchemaRefused, match=r"0001_\w+ was applied to this database in another wording"):
        await migrate(database_url, changed)
    with pytest.raises(SchemaRefused, match="migrations are never changed"):
        await check(database_url, changed)


async def test_a_step_that_fails_leaves_no_trace_and_the_earlier_ones_stand(empty_database_url: str) -> None:
    good = Migration("0001_good", "CREATE TABLE good (id int)", "a")
    bad = Migration("0002_bad", "CREATE TABLE half (id int); SELECT 1 / 0", "b")
    with pytest.raises(SchemaRefused, match="0002_bad can't be applied and left no trace: division by zero"):
        await migrate(empty_database_url, [good, bad])
    assert (await check(empty_database_url, [good, bad])).missing == ("0002_bad",)
    dump = await dump_schema(empty_database_url)
    assert "good" in dump
    assert "half" not in dump


async def test_a_step_of_a_newer_program_is_reported_and_harms_nothing(empty_database_url: str) -> None:
    known = Migration("0001_known", "CREATE TABLE known (id int)", "a")
    newer = Migration("0002_newer", "ALTER TABLE known ADD COLUMN later int", "b")
    await migrate(empty_database_url, [known, newer])
    state = await check(empty_database_url, [known])
    assert state.up_to_date
    assert state.unknown == ("0002_newer",)
