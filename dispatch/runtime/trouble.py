"""Which failures of the servers beneath pass by themselves.

A task loop that meets one logs it, waits and tries again; an act that meets one may be sent again.
"""

import asyncio

import asyncpg
import structlog
from nats.errors import Error as NatsError

from dispatch.runtime.metrics import TASK_ERRORS

log = structlog.get_logger(__name__)

# A connection that breaks in the middle of an answer leaves the client library's own state behind, said as one of these.
_BROKEN_LINE = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

DATABASE_TROUBLE = (asyncpg.PostgresError, *_BROKEN_LINE)
"""Whatever the database may say to a loop that runs fixed statements: it logs, waits and tries again."""

NATS_TROUBLE = (NatsError, OSError, TimeoutError)
"""Whatever the connection to NATS may say."""

# Classes of SQLSTATE: connection, rollback of a race, resources (disk full), lock, operator, system; then a session ended
# because its process stood still inside a transaction, and a server that only reads after a failover.
_PASSING_CLASSES = {"08", "40", "53", "55", "57", "58"}
_PASSING_STATES = {"25P03", "25P04", "25006"}


def passes(error: BaseException) -> bool:
    """Whether the same act may succeed later: the database was away, busy or full, and the act itself is sound."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES
    return isinstance(error, _BROKEN_LINE)


def survived(task: str, error: Exception) -> None:
    """Count and log what a task loop met and goes on after: in a line when it passes by itself, else in full.

    A loop that was told to stop does not go on: a connection that is broken off says so by errors of its own, which take the place of
    the cancellation. Raises CancelledError then.
    """
    TASK_ERRORS.labels(task).inc()
    if passes(error) or isinstance(error, NatsError):
        log.warning("task_interrupted", task=task, error=repr(error))
    else:
        log.error("task_failed", task=task, exc_info=error)
    running = asyncio.current_task()
    if running is not None and running.cancelling():
        raise asyncio.CancelledError from error
