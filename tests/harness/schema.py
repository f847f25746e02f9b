"""A database's schema as text: for comparing two databases, and for writing dispatch/migrations/schema.sql.

python -m tests.harness.schema        # writes schema.sql anew from the migrations
"""

import asyncio
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from dispatch.runtime.migrate import MIGRATIONS, migrate
from dispatch.runtime.programs import installed_programs
from tests.harness.databases import open_databases
from tests.harness.servers import session_servers

SCHEMA_FILE = MIGRATIONS / "schema.sql"
HEADING = "-- The schema as all migrations leave it, for reading. Written by `make schema`; a test compares it with the migrations.\n\n"
# Comments, session settings and psql's own commands differ from run to run and say nothing about the schema.
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*)$", re.MULTILINE)


async def dump_schema(url: str, pg_dump: Path | None = None) -> str:
    """Every table, constraint, index, function and sequence of a database, in a stable order.

    Args:
        url: of the database.
        pg_dump: the program; None: the one that was installed with the server.
    """
    parts = urlsplit(url)
    program = await asyncio.create_subprocess_exec(
        str(pg_dump or installed_programs().pg_dump),
        *(
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "--schema=public",
            "--extension=*",  # those made for the schema; what the server brings is left out by itself
            "--exclude-table=schema_migration",
        ),
        *("-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username), "-d", parts.path[1:]),
        env={**os.environ, "PGPASSWORD": str(parts.password)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    if program.returncode:
        raise RuntimeError(err.decode())
    text = NOISE.sub("", out.decode()).replace("CREATE SCHEMA public;", "").replace("public.", "")
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


async def write_schema_file() -> None:
    async with (
        session_servers() as servers,
        open_databases(servers.database_url, servers.superuser_url) as databases,
        databases.empty() as url,
    ):
        await migrate(url)
        text = HEADING + await dump_schema(url)
    SCHEMA_FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write_schema_file())
