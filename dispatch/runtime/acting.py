"""How an act from any door is carried out: one transaction, its key taken first, tried again when two acts collide.

HTTP routes and NATS handlers both come here; afterwards they render what the act made from the ids it returns.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from dispatch.centre import Centre
from dispatch.errors import Unavailable
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import DATABASE_TROUBLE, passes
from dispatch.work import Actor, Work, work

TRIES = 6
PAUSE_S = 0.01
COLLIDED = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)
"""Two acts met; the one that lost finds a settled state when it tries again, and then is refused by name."""

type Do = Callable[[Work], Awaitable[dict[str, Any]]]
"""An act inside its transaction; returns the ids of what it made, which its key will give again."""


class Acting:
    """Carries out acts for one replica; `committed` is called after each commit."""

    def __init__(self, pool: Pool, centre: Centre, committed: Callable[[], None]) -> None:
        self._pool = pool
        self._centre = centre
        self._committed = committed

    async def act(self, actor: Actor, do: Do) -> dict[str, Any]:
        """Do it once per key; the ids of what was made, now or the first time.

        Raises whatever the act refuses with, and Unavailable when the database cannot be reached: nothing was accepted
        then, or it is unknown, and the same key makes sending again safe.
        """
        for attempt in range(TRIES):
            try:
                return await self._once(actor, do)
            except COLLIDED as error:
                if attempt == TRIES - 1:
                    if passes(error):
                        raise Unavailable(
                            "Too many acts met on this at once; nothing was done, send it again with the same key."
                        ) from error
                    raise
                await asyncio.sleep(PAUSE_S * 2**attempt)
            except DATABASE_TROUBLE as error:
                if passes(error):
                    raise Unavailable from error
                raise
        raise Unavailable

    async def _once(self, actor: Actor, do: Do) -> dict[str, Any]:
        async with work(self._pool, self._centre, actor) as w:
            if not await w.take_key():
                return w.replayed or {}
            ids = await do(w)
            await w.keep_ids(ids)
        self._committed()
        return ids
