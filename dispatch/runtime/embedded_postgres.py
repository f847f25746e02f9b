"""PostgreSQL as a child of the centre: made once, reused ever after, reachable on loopback with a password only.

Every accepted alarm is on its disk before anybody is told so; therefore it is stopped last, started first, and brought
back by itself when it dies.
"""

import asyncio
import contextlib
import shutil
import signal
import sys
from collections.abc import Mapping

import asyncpg

from dispatch.runtime.children import Child, Program
from dispatch.runtime.data_dir import DataDir
from dispatch.runtime.errors import ChildFailed, DataRefused
from dispatch.runtime.leftovers import end, processes_in
from dispatch.runtime.ports import LOOPBACK, free_port, listens
from dispatch.runtime.programs import Programs

SUPERUSER = "postgres"
ROLE = "dispatch"
DATABASE = "dispatch110"

# Crash recovery may have to read a gigabyte of log; a start is only given up long after that.
READY_WITHIN_S = 600.0

SERVER_SETTINGS = {
    "listen_addresses": f"'{LOOPBACK}'",
    "unix_socket_directories": "''",  # a second door, with a path of at most 107 bytes: not needed
    "max_connections": "200",
    "shared_buffers": "'160MB'",
    "dynamic_shared_memory_type": "mmap",  # inside the data directory, and not bound by a small /dev/shm
    "shared_preload_libraries": "''",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_wal_size": "'2GB'",
    # After a crash one call per file system instead of one per file: recovery begins seconds sooner.
    "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
    "jit": "off",  # our statements are short; compiling them costs more than running them
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "datestyle": "'iso, ymd'",
    "password_encryption": "'scram-sha-256'",
    "logging_collector": "off",  # what it says goes to DIR/log/postgres.log, which the centre keeps small
    "log_line_prefix": "'%m [%p] %a '",
    "log_error_verbosity": "terse",  # the detail of an error may hold a caller's number
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}

HOST_BASED_ACCESS = f"# Written at every start. A password for everybody, from this machine only.\nhost all all {LOOPBACK}/32 scram-sha-256\n"


class EmbeddedPostgres:
    """One cluster below DIR/postgres.

    Args:
        data: the data directory, taken into use.
        programs: where initdb and postgres lie.
        settings: server settings that differ from ours (tests switch fsync off).
    """

    def __init__(self, data: DataDir, programs: Programs, settings: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._programs = programs
        self._settings = {**SERVER_SETTINGS, **(settings or {})}
        self._new = not (data.cluster / "PG_VERSION").exists()
        self._superuser_password = data.secret("postgres.superuser", may_create=self._new)
        self._password = data.secret("postgres.dispatch", may_create=self._new)
        self.port = free_port()
        self.child = Child(self._server())

    @property
    def url(self) -> str:
        """The centre's database, as its owner."""
        return f"postgresql://{ROLE}:{self._password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        """The maintenance database, as superuser: for backups and tests, never for the centre."""
        return f"postgresql://{SUPERUSER}:{self._superuser_password}@{LOOPBACK}:{self.port}/postgres"

    async def start(self) -> None:
        """Make the cluster if there is none, start it, and see that role and database exist.

        Raises:
            DataRefused: the cluster belongs to another version or account.
            ChildFailed: initdb or the server ended with an error.
        """
        if self._new:
            await self._make_cluster()
        self._refuse_foreign_cluster()
        await self.child.start()
        try:
            await self._make_database()
        except BaseException:
            await self.child.stop()
            raise

    def _server(self) -> Program:
        data = self._data
        return Program(
            name="postgres",
            argv=(str(self._programs.postgres), "-D", str(data.cluster)),
            cwd=data.postgres,
            log=data.log / "postgres.log",
            record=data.run / "postgres.json",
            account=data.account,
            stop_signal=signal.SIGINT,  # fast shutdown: roll back what is open, leave a clean cluster
            environment={"LC_ALL": "C", "TZ": "UTC"},
            ready=self._serves,
            prepare=self._prepare,
            ready_within_s=READY_WITHIN_S,
        )

    async def _make_cluster(self) -> None:
        data = self._data
        half = data.postgres / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        password_file = data.postgres / "password.once"
        data.write(password_file, self._superuser_password, served=True)
        initdb = Program(
            name="initdb",
            argv=(
                *(
                    str(self._programs.initdb),
                    "-D",
                    str(half),
                    "-U",
                    SUPERUSER,
                    "--pwfile",
                    str(password_file),
                ),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--data-checksums"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                *("--set", "dynamic_shared_memory_type=mmap"),
            ),
            cwd=data.postgres,
            log=data.log / "initdb.log",
            record=data.run / "initdb.json",
            account=data.account,
            environment={"LC_ALL": "C", "TZ": "UTC"},
        )
        try:
            await Child(initdb).run_to_end()
        finally:
            password_file.unlink(missing_ok=True)
        half.rename(data.cluster)

    def _refuse_foreign_cluster(self) -> None:
        cluster = self._data.cluster
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        catalog = _major(self._programs)
        if found != catalog:
            raise DataRefused(
                f"{cluster} was made by PostgreSQL {found} and this is {catalog}; dump it with the old version and load it anew."
            )

    async def _prepare(self) -> None:
        """Before every start: nobody of a killed predecessor is left, and the configuration is ours."""
        cluster = self._data.cluster
        await end(processes_in("postgres", cluster), signal.SIGQUIT, 5.0)
        # We hold the directory's lock and no process works in the cluster: its lock file is stale, whatever process has
        # its number today (after a container's restart that is easily one of ours).
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        lines = ["# Written at every start; changes are lost.", f"port = {self.port}"]
        lines += [f"{name} = {value}" for name, value in self._settings.items()]
        self._data.write(cluster / "postgresql.conf", "\n".join(lines) + "\n", served=True)
        self._data.write(cluster / "pg_hba.conf", HOST_BASED_ACCESS, served=True)

    async def _serves(self) -> bool:
        if not await asyncio.to_thread(listens, self.port):
            return False
        try:
            connection = await asyncpg.connect(self.superuser_url, timeout=5.0)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.InvalidPasswordError as wrong:
            raise DataRefused(
                f"The passwords in {self._data.secrets} don't fit the cluster in {self._data.postgres}; put both back from one backup."
            ) from wrong
        with contextlib.suppress(OSError, asyncpg.PostgresConnectionError):
            await connection.close(timeout=1.0)
        return True

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(self.superuser_url, timeout=30.0)
        try:
            await connection.execute("SET log_min_error_statement = panic")  # the next one holds a password
            made = (
                "ALTER"
                if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE)
                else "CREATE"
            )
            await connection.execute(f"{made} ROLE {ROLE} LOGIN PASSWORD '{self._password}'")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE} TEMPLATE template0")
        finally:
            await connection.close()


def _major(programs: Programs) -> str:
    """The major version of the programs: it names the catalogue files that initdb reads."""
    with (programs.postgres_bin.parent / "share" / "postgres.bki").open(encoding="ascii") as catalogue:
        header = catalogue.readline()
    if not header.startswith("# PostgreSQL "):
        raise ChildFailed(
            f"{programs.postgres_bin} holds no PostgreSQL that can be used; run make setup again."
        )
    return header.split()[2].strip()
