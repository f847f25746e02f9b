"""The schema of the database, brought forward step by step: one ordered list of files, never back, never changed.

Each file is applied once, in a transaction of its own, under a lock that lets one process migrate while the others wait;
no replica takes in an alarm before `check` finds nothing missing. Old and new version run together during an upgrade.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from dispatch.runtime.errors import SchemaRefused

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).parents[1] / "migrations"
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
LOCK = 110_110_110  # of all advisory locks in this database the one that means "somebody migrates"

TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL
)
"""
EXISTS = "SELECT to_regclass('schema_migration') IS NOT NULL"
APPLIED = "SELECT name, sha256 FROM schema_migration ORDER BY name"
REMEMBER = "INSERT INTO schema_migration (name, sha256, applied_at) VALUES ($1, $2, $3)"
TAKE_LOCK = "SELECT pg_advisory_lock($1)"
FREE_LOCK = "SELECT pg_advisory_unlock($1)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its file's name, its SQL, and the SQL's SHA-256 in hexadecimal."""

    name: str
    sql: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What a database lacks, and what it holds that this program doesn't know (a newer one has migrated it)."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        return not self.missing


def migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Every step in order.

    Raises:
        SchemaRefused: numbers are doubled or leave a gap.
    """
    files = sorted(path for path in folder.iterdir() if FILE_NAME.fullmatch(path.name))
    numbers = [int(path.name[:4]) for path in files]
    if numbers != list(range(1, len(files) + 1)):
        raise SchemaRefused(
            f"The migrations in {folder} must be numbered 0001, 0002 and so on, without gap: {numbers}."
        )
    steps = []
    for path in files:
        raw = path.read_bytes()
        steps.append(Migration(path.stem, raw.decode("utf-8"), hashlib.sha256(raw).hexdigest()))
    return steps


async def migrate(url: str, steps: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing; the names applied now, in order.

    Raises:
        SchemaRefused: a step that was applied has changed since, or one can't be applied.
    """
    wanted = migrations() if steps is None else steps
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(TAKE_LOCK, LOCK)
        await connection.execute(TABLE)
        state = _compare(wanted, await connection.fetch(APPLIED))
        for step in wanted:
            if step.name in state.missing:
                await _apply(connection, step)
        await connection.execute(FREE_LOCK, LOCK)
        return list(state.missing)
    finally:
        await connection.close()


async def check(url: str, steps: Sequence[Migration] | None = None) -> SchemaState:
    """What the database lacks; changes nothing.

    Raises:
        SchemaRefused: a step that was applied has changed since.
    """
    connection = await asyncpg.connect(url)
    try:
        applied = await connection.fetch(APPLIED) if await connection.fetchval(EXISTS) else []
    finally:
        await connection.close()
    return _compare(migrations() if steps is None else steps, applied)


async def _apply(connection: "asyncpg.Connection[Any]", step: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(step.sql)
            await connection.execute(REMEMBER, step.name, step.sha256, datetime.now(UTC))
    except asyncpg.PostgresError as failed:
        raise SchemaRefused(
            f"Migration {step.name} can't be applied and left no trace: {failed}."
        ) from failed
    log.info("migrated", step=step.name)


def _compare(wanted: Sequence[Migration], applied: "Sequence[asyncpg.Record]") -> SchemaState:
    known = {row["name"]: row["sha256"] for row in applied}
    changed = [step.name for step in wanted if known.get(step.name, step.sha256) != step.sha256]
    if changed:
        raise SchemaRefused(
            f"Migration {changed[0]} was applied to this database in another wording; migrations are never changed, add a new one."
        )
    missing = tuple(step.name for step in wanted if step.name not in known)
    return SchemaState(missing, tuple(sorted(known.keys() - {step.name for step in wanted})))
