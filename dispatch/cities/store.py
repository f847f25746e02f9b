"""Which bundle is active, in PostgreSQL: appended, never changed; the newest row holds.

Replicas read it when they start and whenever a fact says that another one was activated.
"""

from datetime import datetime

import msgspec

from dispatch.journal import Connection
from geo.atlas import Manifest

ACTIVE_READ = "SELECT version, manifest::text FROM city_bundle ORDER BY version DESC LIMIT 1"
ACTIVE_ADD = """
INSERT INTO city_bundle (version, checksum, manifest, activated_at, activated_by) VALUES ($1, $2, $3::jsonb, $4, $5)
"""
ACTIVE_LOCK = "LOCK TABLE city_bundle IN SHARE ROW EXCLUSIVE MODE"


async def lock(conn: Connection) -> None:
    """Let nobody else activate one until this act is over."""
    await conn.execute(ACTIVE_LOCK)


async def active(conn: Connection) -> tuple[int, Manifest | None]:
    """The number of the last activation and what it made active; (0, None) before the first."""
    row = await conn.fetchrow(ACTIVE_READ)
    return (0, None) if row is None else (row[0], msgspec.json.decode(row[1], type=Manifest))


async def add(conn: Connection, version: int, manifest: Manifest, at: datetime, who: str) -> None:
    """Write that a bundle is active from now on."""
    said = msgspec.json.encode(manifest).decode()
    await conn.execute(ACTIVE_ADD, version, manifest.checksum, said, at, who)
