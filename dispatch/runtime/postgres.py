"""Connections to PostgreSQL: one pool for requests, one for the engine, both patient while the database comes back.

Values travel as asyncpg has them: `jsonb` as text that msgspec wrote or will read, `uuid` as UUID, times with a zone.
"""

import asyncio
import time
from typing import Any

import asyncpg
import structlog

from dispatch.runtime.errors import DatabaseUnreachable
from dispatch.runtime.settings import without_password

log = structlog.get_logger(__name__)

type Pool = asyncpg.Pool[asyncpg.Record]

REQUEST_SETTINGS = {
    "timezone": "UTC",
    "application_name": "dispatch110 requests",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}

# A frozen process must not hold a row that others wait for: its session is ended by the server within a second.
ENGINE_SETTINGS = {
    "timezone": "UTC",
    "application_name": "dispatch110 engine",
    "idle_in_transaction_session_timeout": "700ms",
    "transaction_timeout": "900ms",
}

# The server is away, starting or shutting down: asking again is the answer.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)

# It is there and will never let us in.
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


async def request_pool(url: str, max_size: int = 20) -> Pool:
    """Connections that serve requests; the caller closes the pool.

    Raises:
        DatabaseUnreachable: see `wait_for_database`, which is to be called first.
    """
    return await _pool(url, max_size, REQUEST_SETTINGS)


async def engine_pool(url: str, max_size: int = 8) -> Pool:
    """Connections that claim leases, timers and outbox rows: a transaction lives 900 ms at most."""
    return await _pool(url, max_size, ENGINE_SETTINGS)


async def _pool(url: str, max_size: int, settings: dict[str, str]) -> Pool:
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min(2, max_size),
            max_size=max_size,
            timeout=10.0,
            command_timeout=60.0,
            server_settings=settings,
            max_inactive_connection_lifetime=300.0,
            reset=_leave,
        )
    except (*AWAY, *REFUSED) as away:
        raise DatabaseUnreachable(f"The database {without_password(url)} can't be reached: {away}.") from away


async def _leave(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Instead of the client's reset, a round trip after every act: nothing here sets anything on a connection."""
    if conn.is_in_transaction():
        await conn.execute("ROLLBACK")


async def wait_for_database(url: str, patience_s: float = 60.0) -> None:
    """Return as soon as the database answers.

    Raises:
        DatabaseUnreachable: it didn't within `patience_s`, or it refuses us for good (user, password, name).
    """
    deadline = time.monotonic() + patience_s
    pause_s = 0.05
    while True:
        try:
            connection: asyncpg.Connection[Any] = await asyncpg.connect(url, timeout=5.0)
            await connection.close(timeout=5.0)
            return
        except REFUSED as refused:
            raise DatabaseUnreachable(
                f"The database {without_password(url)} refuses us: {refused}."
            ) from refused
        except AWAY as away:
            if time.monotonic() + pause_s > deadline:
                raise DatabaseUnreachable(
                    f"The database {without_password(url)} did not answer within {patience_s:g} s: {str(away) or type(away).__name__}."
                ) from away
            log.info(
                "waiting_for_database", database=without_password(url), why=str(away) or type(away).__name__
            )
        await asyncio.sleep(pause_s)
        pause_s = min(0.5, pause_s * 2)
