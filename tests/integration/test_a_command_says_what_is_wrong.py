"""Promise: each command explains itself, and each fault is one sentence on standard error with status 2."""

import asyncio
import os
import re
import socket
import sys
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from dispatch.runtime.embedded import Embedded
from tests.harness import town
from tests.harness.databases import Databases
from tests.harness.waiting import GUARD_S

pytestmark = pytest.mark.slow


class Told(NamedTuple):
    status: int
    out: str
    err: str


async def dispatch110(*argv: str, said: str = "", **environment: str) -> Told:
    """Run a command with this environment and no other settings of ours. said: on its standard input."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCH_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web.cli", *argv, env=clean | {"HOME": "/nonexistent"} | environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(GUARD_S):
        out, err = await process.communicate(said.encode())
    return Told(process.returncode or 0, out.decode(), err.decode())


def one_sentence(told: Told) -> bool:
    return told.status == 2 and len(told.err.strip().splitlines()) == 1 and "Traceback" not in told.err


COMMANDS = (
    "",
    "serve",
    "migrate",
    "key",
    "key create",
    "gateway",
    "gateway create",
    "user",
    "user create",
    "user password",
    "verify",
    "demo",
    "replay",
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_explains_itself(command: str) -> None:
    told = await dispatch110(*command.split(), "--help")
    assert told.status == 0
    assert told.out.startswith("Usage: dispatch110")
    assert told.err == ""


@pytest.mark.parametrize(
    "argv",
    [
        "--nonsense", "fly", "serve --fast", "serve --port seven", "serve --port 70000", "key create --role king --room city",
        "key create --role admin", "key create --role admin --room city --gateway g", "gateway create", "replay",
        "replay /nonexistent.csv --speed 0", "verify --data /nonexistent", "migrate --data /nonexistent",
    ],
)  # fmt: skip
async def test_a_slip_is_one_sentence(argv: str) -> None:
    told = await dispatch110(*argv.split())
    assert one_sentence(told), told


async def test_a_missing_setting_is_named() -> None:
    told = await dispatch110("serve")
    assert one_sentence(told), told
    assert "DISPATCH_DATABASE_URL" in told.err


async def test_an_unreachable_database_is_said(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(32))
    nowhere = {
        "DISPATCH_DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/x",
        "DISPATCH_NATS_URL": "nats://127.0.0.1:1",
        "DISPATCH_MASTER_KEY_FILE": str(key),
    }
    for command in ("migrate", "verify"):
        told = await dispatch110(command, **nowhere)
        assert one_sentence(told), told
        assert "secret" not in told.err


async def test_a_port_in_use_is_said(servers: Embedded, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = await dispatch110("serve", "--port", port, **servers.environment())
    assert one_sentence(told), told
    assert port in told.err


async def test_a_damaged_certificate_is_said(servers: Embedded, tmp_path: Path) -> None:
    damaged = tmp_path / "cert.pem"
    damaged.write_text("no certificate")
    told = await dispatch110("serve", "--tls", str(damaged), str(damaged), **servers.environment())
    assert one_sentence(told), told


async def test_a_schema_that_is_behind_is_said(servers: Embedded, databases: Databases) -> None:
    async with databases.empty() as url:
        environment = servers.environment() | {"DISPATCH_DATABASE_URL": url}
        told = await dispatch110("serve", "--port", "0", **environment)
        assert one_sentence(told), told
        assert "dispatch110 migrate" in told.err
        assert (await dispatch110("migrate", "--check", **environment)).status == 1
        assert (await dispatch110("migrate", **environment)).status == 0
        assert (await dispatch110("migrate", "--check", **environment)).status == 0


async def test_keys_and_gateways_are_made_and_history_is_proven(
    servers: Embedded, databases: Databases
) -> None:
    async with databases.copy() as url:
        async with asyncpg.create_pool(url, min_size=1, server_settings={"timezone": "UTC"}) as pool:
            await town.build(pool)
        environment = {"DISPATCH_DATABASE_URL": url}
        made = await dispatch110(
            "key", "create", "--role", "dispatcher", "leader", "--room", "north", **environment
        )
        assert made.status == 0, made.err
        assert "key cad_" in made.out
        assert (
            await dispatch110("key", "create", "--role", "unit", "--unit", "11", **environment)
        ).status == 0
        unknown = await dispatch110("key", "create", "--role", "gateway", "--gateway", "g1", **environment)
        assert one_sentence(unknown), unknown
        gateway = await dispatch110("gateway", "create", "g1", **environment)
        assert gateway.status == 0, gateway.err
        assert "seed   SU" in gateway.out
        assert (
            await dispatch110("key", "create", "--role", "gateway", "--gateway", "g1", **environment)
        ).status == 0
        proven = await dispatch110("verify", **environment)
        assert (proven.status, proven.out.split(":")[0]) == (0, "sound"), proven
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE journal SET who = 'somebody else' WHERE position = 3")
        await connection.execute("UPDATE unit SET call_sign = '000' WHERE handle = 11")
        await connection.close()
        broken = await dispatch110("verify", **environment)
        assert broken.status == 1
        assert broken.out.strip()


async def test_people_are_entered_and_their_password_is_said_once_or_never(databases: Databases) -> None:
    async with databases.copy() as url:
        async with asyncpg.create_pool(url, min_size=1, server_settings={"timezone": "UTC"}) as pool:
            await town.build(pool)
        environment = {"DISPATCH_DATABASE_URL": url}
        create = (
            "user",
            "create",
            "Zhang",
            "--role",
            "dispatcher",
            "leader",
            "--room",
            "north",
            "--name",
            "张",
        )
        made = await dispatch110(*create, **environment)
        assert made.status == 0, made.err
        assert re.search(r"^password ([a-z2-9]{4}-){3}[a-z2-9]{4}$", made.out, re.MULTILINE), made.out
        twice = await dispatch110(*create, **environment)
        assert one_sentence(twice), twice
        assert "dispatch110 user password zhang" in twice.err
        told = await dispatch110("user", "password", "zhang", said="a new password\n", **environment)
        assert (told.status, told.out) == (0, "name     zhang\n"), told
        crew = ("user", "create", "crew", "--role", "unit", "--unit", "11")
        assert (await dispatch110(*crew, said="another password\n", **environment)).status == 0
        for refused, said in (
            (("user", "create", "li", "--role", "dispatcher", "--room", "nowhere"), ""),
            (("user", "create", "li", "--role", "dispatcher"), ""),
            (("user", "create", "li", "--role", "unit", "--room", "north"), ""),
            (("user", "create", "li", "--role", "dispatcher", "--room", "north"), "short\n"),
            (("user", "password", "nobody"), ""),
        ):
            told = await dispatch110(*refused, said=said, **environment)
            assert one_sentence(told), told
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT login, name, roles, unit_id FROM account ORDER BY login")
        await connection.close()
        assert [tuple(row) for row in rows] == [
            ("crew", "crew", ["unit"], town.N1), ("zhang", "张", ["dispatcher", "leader"], None),
        ]  # fmt: skip
