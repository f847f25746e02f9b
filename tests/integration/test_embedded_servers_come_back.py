"""Embedded servers promise: data are reused, what dies is started again, and nothing outlives the centre.

Each test works on a directory of its own; guards are many times the target and only stop a hanging run.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import msgspec
import psutil
import pytest

from dispatch.runtime.embedded import Embedded, embedded
from dispatch.runtime.errors import ChildFailed, DataBusy, DataRefused
from dispatch.runtime.postgres import wait_for_database
from tests.harness.on_nats import connected
from tests.harness.servers import QUICK

GUARD_S = 100.0
pytestmark = pytest.mark.slow

CENTRE = """
import asyncio, sys
from pathlib import Path
from dispatch.runtime.embedded import embedded

async def main():
    async with embedded(Path(sys.argv[1])) as servers:
        print(servers.pids()["postgres"], servers.pids()["nats"], servers.database_url, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="dispatch110-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def own(folder: Path) -> AsyncIterator[Embedded]:
    async with embedded(folder, postgres_settings=QUICK) as servers:
        yield servers


async def gone(*pids: int) -> None:
    async with asyncio.timeout(GUARD_S):
        while any(
            psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids
        ):
            await asyncio.sleep(0.02)


def restart_of(servers: Embedded, name: str) -> asyncio.Future[int]:
    """The next new process id of one server."""
    restarted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    servers.on_restart(
        lambda who, pid: restarted.set_result(pid) if who == name and not restarted.done() else None
    )
    return restarted


async def remember(url: str, word: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", word)
    await connection.close()


async def remembered(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    words = [row[0] for row in await connection.fetch("SELECT word FROM kept ORDER BY word")]
    await connection.close()
    return words


async def test_what_was_stored_is_there_at_the_next_start(folder: Path) -> None:
    async with embedded(folder, postgres_settings=QUICK) as first:
        await remember(first.database_url, "before")
        pids = [pid for pid in first.pids().values() if pid]
    await gone(*pids)
    async with embedded(folder, postgres_settings=QUICK) as second:
        assert await remembered(second.database_url) == ["before"]


async def test_a_killed_postgres_serves_again_on_the_same_port_with_its_data(own: Embedded) -> None:
    await remember(own.database_url, "committed")
    restarted = restart_of(own, "postgres")
    first = own.pids()["postgres"]
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(GUARD_S):
        assert await restarted != first
    await wait_for_database(own.database_url)
    assert await remembered(own.database_url) == ["committed"]


async def test_a_killed_nats_server_serves_again_on_the_same_port_with_its_streams(own: Embedded) -> None:
    client = await connected(own.nats_url)
    await client.jetstream(timeout=GUARD_S).add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream(timeout=GUARD_S).publish("kept.one", b"1")
    await client.close()
    restarted = restart_of(own, "nats-server")
    first = own.pids()["nats"]
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(GUARD_S):
        assert await restarted != first
    client = await connected(own.nats_url)
    assert (await client.jetstream(timeout=GUARD_S).stream_info("KEPT")).state.messages == 1
    await client.close()


async def test_servers_of_a_killed_centre_are_gone_and_the_next_start_has_its_data(folder: Path) -> None:
    centre = subprocess.Popen([sys.executable, "-c", CENTRE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert centre.stdout is not None
    postgres, nats_server, url = (await asyncio.to_thread(centre.stdout.readline)).split()
    await remember(url, "killed later")
    centre.kill()
    centre.wait()
    centre.stdout.close()
    async with embedded(folder, postgres_settings=QUICK) as servers:
        await gone(int(postgres), int(nats_server))
        assert await remembered(servers.database_url) == ["killed later"]
        assert int(postgres) not in servers.pids().values()


async def test_leftovers_the_system_did_not_end_are_ended_by_the_next_start(folder: Path) -> None:
    """As on a system without parent-death signals: the record of a running server is found and the server ended."""
    async with embedded(folder, postgres_settings=QUICK) as servers:
        data = servers.data
        # A server that nobody watches: the same command, started by somebody who is gone.
        argv = (str(servers.programs.nats_server), "-c", str(folder / "nats" / "left.conf"))
    (folder / "nats" / "left.conf").write_text('{"host": "127.0.0.1", "port": -1}')
    left = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    record = {"pid": left.pid, "started": psutil.Process(left.pid).create_time(), "argv": list(argv)}
    (data.run / "nats.json").write_bytes(msgspec.json.encode(record))
    async with embedded(folder, postgres_settings=QUICK):
        assert await asyncio.to_thread(left.wait, GUARD_S) is not None


async def test_a_stranger_with_a_recorded_number_is_left_alone(folder: Path) -> None:
    """Process ids are reused: only a process with the recorded start and command is ours."""
    async with embedded(folder, postgres_settings=QUICK) as servers:
        data = servers.data
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        started = psutil.Process(stranger.pid).create_time()
        record = {"pid": stranger.pid, "started": started, "argv": ["nats-server", "-c", "another"]}
        (data.run / "nats.json").write_bytes(msgspec.json.encode(record))
        (data.cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{data.cluster}\n1\n1\n\n\n\nready\n")
        async with embedded(folder, postgres_settings=QUICK):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_two_centres_never_work_on_one_directory(own: Embedded, folder: Path) -> None:
    with pytest.raises(DataBusy, match=f"in use by process {os.getpid()}"):
        async with embedded(folder):
            pass


async def test_a_server_that_cannot_start_is_given_up_and_its_log_is_named(folder: Path) -> None:
    with pytest.raises(
        ChildFailed, match=r"postgres did not start; the end of .*postgres\.log says why: .*max_wal_senders"
    ):
        async with embedded(folder, postgres_settings={"wal_level": "minimal", "max_wal_senders": "5"}):
            pass


async def test_a_server_that_keeps_dying_is_given_up_in_words(own: Embedded) -> None:
    """After its program is gone from the disk no start can succeed."""
    child = own._nats.child
    object.__setattr__(child.program, "argv", (str(own.data.run / "no-such-program"),))
    first = own.pids()["nats"]
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(GUARD_S):
        with pytest.raises(
            ChildFailed, match=r"nats-server ended and did not start again in 5 attempts; .*nats\.log"
        ):
            await own.gave_up()


async def test_a_directory_with_somebody_elses_files_is_refused(folder: Path) -> None:
    (folder / "holiday.jpg").write_bytes(b"")
    with pytest.raises(DataRefused, match="holds other files and none of ours"):
        async with embedded(folder):
            pass
    assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]


async def test_a_file_in_place_of_the_directory_is_refused_in_one_sentence(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    with pytest.raises(DataRefused, match="can't be used"):
        async with embedded(folder / "file"):
            pass


async def test_a_lost_password_is_named(folder: Path) -> None:
    async with embedded(folder, postgres_settings=QUICK):
        pass
    (folder / "secrets" / "postgres.superuser").unlink()
    with pytest.raises(DataRefused, match=r"postgres\.superuser is missing although"):
        async with embedded(folder):
            pass
