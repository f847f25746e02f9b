"""Schema promise: forward only, once each, under a lock, and dispatch/migrations/schema.sql tells the truth."""

import asyncio
import dataclasses
import re

import asyncpg
import pytest

from dispatch.desk import describing
from dispatch.desk.reports import ReportAlarm
from dispatch.runtime.errors import SchemaRefused
from dispatch.runtime.migrate import Migration, check, migrate, migrations
from dispatch.runtime.postgres import Pool
from tests.harness.schema import SCHEMA_FILE, dump_schema
from tests.harness.town import CITY, build


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


ADDED = re.compile(r"ADD COLUMN (?:IF NOT EXISTS )?(\w+)([^;]*?)(?=,\s*\n\s*ADD|,\s*ADD|;)", re.DOTALL)
WITHOUT_DEFAULT = {
    "0002_timers": {"rule", "armed_at"},
    "0003_telephone": {"room_id", "opened_at"},
    "0005_notes_and_emergency": {"id", "version"},
}
"""Written before anything was released, and never changed since; 0013 gave them their defaults afterwards."""


@pytest.mark.parametrize("step", migrations(), ids=lambda step: step.name)
def test_a_step_adds_nothing_that_the_version_before_must_fill(step: Migration) -> None:
    """Old and new version run together: a column that an old writer does not know is nullable or has a default."""
    sql = re.sub(r"--[^\n]*", "", step.sql)
    demanding = {
        name
        for name, rest in ADDED.findall(sql)
        if "NOT NULL" in rest and "DEFAULT" not in rest and "GENERATED" not in rest
    }
    assert demanding == WITHOUT_DEFAULT.get(step.name, set()), (
        "give it a default, or add it nullable and fill it first"
    )


WRITTEN_BY_AN_OLDER_PROGRAM = (
    """INSERT INTO timer (key, kind, noun, entity_id, due_at, args, rule_version)
       VALUES ('k', 'rules:created', 'incident', gen_random_uuid(), cad_now(), '{}', 0)""",
    "INSERT INTO call (id, acd, line, reference, state, version) VALUES (gen_random_uuid(), 'a', '1', 'r', 'ringing', 1)",
    """INSERT INTO note_read (note_id, unit_id, sent_at)
       SELECT n.id, u.id, cad_now() FROM note n, unit u""",
)


async def test_a_writer_that_does_not_know_the_later_columns_is_not_refused(pool: Pool) -> None:
    town = await build(pool)
    boss = town.somebody("dispatcher")
    incident_id = (await town.report(boss, ReportAlarm(source="sms"))).incident_id
    await town.do(boss, lambda w: describing.add_note(w, incident_id, "hazard", "狗", urgent=False))
    async with pool.acquire() as conn:
        for statement in WRITTEN_BY_AN_OLDER_PROGRAM:
            await conn.execute(statement)
        timer = await conn.fetchrow("SELECT rule, armed_at IS NOT NULL FROM timer WHERE key = 'k'")
        call = await conn.fetchrow("SELECT room_id, opened_at IS NOT NULL FROM call")
        lamps = await conn.fetch("SELECT DISTINCT id, version FROM note_read")
    assert tuple(timer or ()) == ("rules", True)
    assert tuple(call or ()) == (CITY, True)
    assert [row["version"] for row in lamps] == [1] * 4
