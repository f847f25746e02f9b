"""SQL promise: every statement of the house is understood by the schema that the migrations leave, and lives in its place."""

import importlib
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from dispatch.runtime.migrate import MIGRATIONS
from tests.harness.databases import Databases
from tests.house.source import (
    PACKAGES,
    ROOT,
    SQL_ADMINISTRATION,
    module_name,
    python_files,
    sql_files,
    strings,
)

STATEMENT = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(WITH|SELECT|INSERT|UPDATE|DELETE|LOCK|VALUES|MERGE|TRUNCATE|CALL|NOTIFY|LISTEN)\b"
)
SQL_IN_PASSING = re.compile(
    r"\s*(SELECT\s.*\sFROM\s|SELECT\s+\w+\(|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+.*\sAS\s*\()",
    re.DOTALL,
)
CLOCK = re.compile(
    r"(?<![\w.])(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
    r"|\b(current_(timestamp|date|time)|localtime(stamp)?)\b|'(now|today|yesterday|tomorrow)'",
    re.IGNORECASE,
)
CAD_NOW = re.compile(r"CREATE\s+(OR\s+REPLACE\s+)?FUNCTION\s+cad_now\(\).*?\$\$.*?\$\$;", re.DOTALL)
COMMENT = re.compile(r"--[^\n]*")


def statements() -> Iterator[tuple[str, str]]:
    """Name and SQL of every public upper-case constant that is a statement."""
    for path in sql_files():
        module = importlib.import_module(module_name(path))
        for name, value in vars(module).items():
            if (
                name.isupper()
                and not name.startswith("_")
                and isinstance(value, str)
                and STATEMENT.match(value)
            ):
                yield f"{module.__name__}.{name}", value


STATEMENTS = dict(statements())


def test_there_are_statements_to_check() -> None:
    assert len(STATEMENTS) > 20


@pytest.fixture(scope="module")
async def connection(databases: Databases) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with databases.copy() as url:
        opened = await asyncpg.connect(url)
        yield opened
        await opened.close()


@pytest.mark.parametrize("name", STATEMENTS)
async def test_the_schema_understands(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    await connection.prepare(STATEMENTS[name])


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_told_the_time(name: str) -> None:
    found = CLOCK.search(COMMENT.sub("", STATEMENTS[name]))
    assert found is None, f"{found.group()}: the time is a parameter, or cad_now()"


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.sql")), ids=lambda path: path.name)
def test_only_cad_now_reads_the_databases_clock(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = CLOCK.search(COMMENT.sub("", CAD_NOW.sub("", text)))
    assert found is None, f"{found.group()}: rows get the time as a parameter"


def test_sql_lives_in_stores_and_four_modules_only() -> None:
    allowed = {path.as_posix() for path in sql_files()} | set(SQL_ADMINISTRATION)
    astray = [
        f"{path}:{string.lineno}"
        for path in python_files(*PACKAGES)
        if path.as_posix() not in allowed
        for string in strings(path)
        if SQL_IN_PASSING.match(str(string.value))
    ]
    assert astray == []


def test_sql_constants_of_a_module_are_not_hidden_in_functions() -> None:
    """A statement inside a function would escape the check above."""
    hidden = []
    for path in sql_files():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        hidden += [
            f"{path}:{string.lineno}"
            for string in strings(path)
            if SQL_IN_PASSING.match(str(string.value))
            and string.col_offset > 0
            and lines[string.lineno - 1].startswith("        ")
        ]
    assert hidden == []
