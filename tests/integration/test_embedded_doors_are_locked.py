"""Embedded servers promise: nobody comes in without a password, secrets are private, and root's data stay in their place."""

import os
import stat
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pytest

from dispatch.runtime.accounts import service_account, unreachable
from dispatch.runtime.embedded import Embedded, embedded
from dispatch.runtime.errors import DataRefused
from dispatch.runtime.programs import installed_programs, reachable_programs
from tests.harness.databases import with_database


async def test_postgres_asks_everybody_for_a_password(servers: Embedded) -> None:
    connection = await asyncpg.connect(servers.superuser_url)
    rules = await connection.fetch("SELECT type, auth_method FROM pg_hba_file_rules")
    found = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name ~ 'listen|socket_dir'")
    settings = {str(row["name"]): str(row["setting"]) for row in found}
    await connection.close()
    assert {tuple(rule) for rule in rules} == {("host", "scram-sha-256")}
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(with_password(servers.database_url, "guess"))


async def test_the_centre_is_no_superuser_and_time_is_utc(servers: Embedded) -> None:
    connection = await asyncpg.connect(servers.database_url)
    row = await connection.fetchrow(
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole AS mighty, current_setting('timezone') AS zone, "
        "current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS synchronous, "
        "current_setting('password_encryption') AS method, current_setting('jit') AS jit "
        "FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert row is not None
    assert dict(row) == {
        "mighty": False, "zone": "UTC", "encoding": "UTF8", "synchronous": "on", "method": "scram-sha-256", "jit": "off",
    }  # fmt: skip


async def test_a_demos_database_survives_the_loss_of_power() -> None:
    """The session's servers run without fsync; those of a centre do not."""
    with tempfile.TemporaryDirectory(prefix="dispatch110-") as folder:
        async with embedded(Path(folder)) as servers:
            connection = await asyncpg.connect(servers.database_url)
            for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
                assert await connection.fetchval("SELECT current_setting($1)", name) == "on", name
            await connection.close()


async def test_secrets_are_for_the_owner_only_and_in_no_argument_list(servers: Embedded) -> None:
    data = servers.data
    for folder in (data.secrets, data.run, data.log, data.postgres, data.nats):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    secrets = [path for path in data.secrets.iterdir() if path.is_file()]
    assert len(secrets) >= 5
    for path in (*secrets, data.nats / "nats.conf", data.cluster / "postgresql.conf"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    words = {path.read_text() for path in secrets}
    for pid in servers.pids().values():
        assert not words & set(psutil.Process(pid).cmdline())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another user")
async def test_root_hands_the_servers_to_an_ordinary_user(servers: Embedded) -> None:
    for pid in servers.pids().values():
        process = psutil.Process(pid)
        assert process.uids().real != 0
        assert process.uids() == (process.uids().real,) * 3
        assert process.gids().real != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another user")
async def test_a_directory_that_user_cannot_enter_is_refused_and_nothing_above_is_opened() -> None:
    with tempfile.TemporaryDirectory(prefix="dispatch110-") as private:
        before = stat.S_IMODE(Path(private).stat().st_mode)
        with pytest.raises(
            DataRefused, match="a directory above it may not be entered; choose --data elsewhere"
        ):
            async with embedded(Path(private) / "data"):
                pass
        assert stat.S_IMODE(Path(private).stat().st_mode) == before == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another user")
def test_programs_that_user_cannot_read_are_copied_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    account = service_account(Path("/nowhere"))
    with tempfile.TemporaryDirectory(prefix="dispatch110-") as folder:
        copies = Path(folder) / "programs"
        Path(folder).chmod(0o711)
        monkeypatch.setattr("dispatch.runtime.programs.unreachable", lambda *_: "/somewhere/private")
        copied = reachable_programs(account, copies)
        assert copies in copied.postgres.parents
        assert copies in copied.nats_server.parents
        assert (
            unreachable(account, [copied.postgres, copied.initdb, copied.pg_dump, copied.nats_server]) is None
        )
        assert reachable_programs(account, copies) == copied
        assert installed_programs().postgres.stat().st_size == copied.postgres.stat().st_size


def with_password(url: str, password: str) -> str:
    head, _, tail = url.partition("@")
    return with_database(f"{head.rpartition(':')[0]}:{password}@{tail}", "dispatch110")
