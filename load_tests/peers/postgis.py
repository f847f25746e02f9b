"""PostGIS as a peer of the nearest search: geography with a GiST index, prepared statements, a local socket.

Started from the Debian packages `postgresql` and `postgresql-NN-postgis-3`; without them the peer is skipped.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from load_tests.rows import Skipped

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "jit": "off",
}
SCHEMA = """
CREATE EXTENSION postgis;
CREATE UNLOGGED TABLE unit (handle bigint PRIMARY KEY, available boolean NOT NULL, place geography(Point, 4326) NOT NULL)
    WITH (fillfactor = 70)
"""
FILL = """
INSERT INTO unit SELECT handle, available, ST_MakePoint(lon, lat)::geography
FROM unnest($1::bigint[], $2::boolean[], $3::float8[], $4::float8[]) AS t (handle, available, lon, lat)
"""
INDEX = "CREATE INDEX unit_place ON unit USING gist (place) WHERE available"
MOVE = """
UPDATE unit SET place = ST_MakePoint(t.lon, t.lat)::geography
FROM unnest($1::bigint[], $2::float8[], $3::float8[]) AS t (handle, lon, lat) WHERE unit.handle = t.handle
"""
NEAREST = """
SELECT handle, ST_Distance(place, here) FROM unit, (SELECT ST_MakePoint($1, $2)::geography AS here) AS question
WHERE available ORDER BY place <-> here LIMIT $3
"""


class PostGis:
    """A connection to a PostGIS that is alone on its data."""

    def __init__(self, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._conn = conn
        self._nearest: asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record] | None = None

    async def fill(
        self, handles: Sequence[int], available: Sequence[bool], lon: Sequence[float], lat: Sequence[float]
    ) -> None:
        """Replace everything by these units."""
        await self._conn.execute("TRUNCATE unit")
        await self._conn.execute("DROP INDEX IF EXISTS unit_place")
        await self._conn.execute(FILL, handles, available, lon, lat)
        await self._conn.execute(INDEX)
        await self._conn.execute("VACUUM ANALYZE unit")
        self._nearest = await self._conn.prepare(NEAREST)

    async def move(self, handles: Sequence[int], lon: Sequence[float], lat: Sequence[float]) -> None:
        """One batch of fixes."""
        await self._conn.execute(MOVE, handles, lon, lat)

    async def nearest(self, lon: float, lat: float, k: int) -> list[int]:
        """Handles of the k nearest available units."""
        assert self._nearest is not None
        return [row[0] for row in await self._nearest.fetch(lon, lat, k)]


@asynccontextmanager
async def postgis() -> AsyncIterator[PostGis]:
    """A PostGIS of our own, gone afterwards. Skipped when its packages are not installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="peer-postgis-"))
    account = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:  # PostgreSQL refuses root; the package made this account
        shutil.chown(folder, account)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": account, "cwd": folder}
    try:
        # A socket that only this account and root can reach, and nothing that outlives the measurement: no password.
        init = [programs / "initdb", "-D", data, "-A", "peer", "-U", account, "--no-sync"]
        subprocess.run(init, check=True, **quiet)  # type: ignore[call-overload]  # noqa: S603, ASYNC221
        (data / "pg_ident.conf").write_text(f"self {account} {account}\nself root {account}\n")
        (data / "pg_hba.conf").write_text("local all all peer map=self\n")
        options = [
            word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value.strip(chr(39))}")
        ]
        server = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603, ASYNC220
            [programs / "postgres", "-D", data, "-k", folder, *options], **quiet
        )
        try:
            conn = await _connect(folder, account, server)
            await conn.execute(SCHEMA)
            yield PostGis(conn)
            await conn.close()
        finally:
            server.terminate()
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        version = folder.parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return folder
    raise Skipped("PostGIS is not installed (Debian: apt-get install postgresql-15-postgis-3)")


async def _connect(
    folder: Path, account: str, server: "subprocess.Popen[bytes]"
) -> "asyncpg.Connection[asyncpg.Record]":
    for _ in range(100):
        if server.poll() is not None:
            break
        try:
            return await asyncpg.connect(host=str(folder), user=account, database="postgres")
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.1)
    raise Skipped(f"PostGIS did not start in {folder}")
