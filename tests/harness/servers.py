"""The servers of a test session: the same embedded PostgreSQL and nats-server as in a demo, in a directory of their own.

fsync is off: a test kills processes, not the machine, and what was written survives that.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.runtime.embedded import Embedded, embedded

QUICK = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


@asynccontextmanager
async def session_servers() -> AsyncIterator[Embedded]:
    """Both servers; nothing of them is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dispatch110-"))
    try:
        async with embedded(folder, postgres_settings=QUICK) as servers:
            yield servers
    finally:
        shutil.rmtree(folder)
