"""The servers of a test session: the same embedded PostgreSQL and nats-server as in a demo, in a directory of their own.

fsync is off: a test kills processes, not the machine, and what was written survives that. For the same reason the
directory lies in memory where there is room: a database for each test is a thousand small files.
"""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil

from dispatch.runtime.embedded import Embedded, embedded

QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'256MB'",
    "min_wal_size": "'64MB'",
}
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder nobody else can guess is made in it
ROOM_BYTES = 4 << 30
"""A few sessions side by side take a tenth of this each."""
PREFIX = "dispatch110-of-"
LEFT_S = 7_200.0


@asynccontextmanager
async def session_servers() -> AsyncIterator[Embedded]:
    """Both servers; nothing of them is left afterwards."""
    with folder_of_servers() as folder:
        async with embedded(folder, postgres_settings=QUICK) as servers:
            yield servers


@contextmanager
def folder_of_servers() -> Iterator[Path]:
    """A new folder for servers, gone after the block; of test runs that were killed too."""
    place = MEMORY if _has_room(MEMORY) else Path(tempfile.gettempdir())
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _has_room(place: Path) -> bool:
    """Enough of the machine's memory is free, and programs may be started from there."""
    if not place.is_dir() or os.statvfs(place).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(place).free, psutil.virtual_memory().available) > ROOM_BYTES


def _sweep(place: Path) -> None:
    """Remove what runs left behind that were killed: their process is no more, and it was hours ago."""
    for folder in place.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not psutil.pid_exists(int(pid)) and time.time() - folder.stat().st_mtime > LEFT_S:
            shutil.rmtree(folder, ignore_errors=True)
