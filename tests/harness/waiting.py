"""Waiting for what comes by itself, such as what one replica does to be seen at another: asked again and again, never timed."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.client import Client

GUARD_S = 60
"""Against hanging; not a target."""


async def until[T](look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """What was seen when it held at last. Raises TimeoutError."""
    async with asyncio.timeout(GUARD_S):
        while not holds(found := await look()):
            await asyncio.sleep(0.05)
    return found


async def sent(client: Client) -> None:
    """Until the server has taken everything this client has said so far, subscriptions too.

    nats-py writes the question of a flush ahead of what waits to be sent; only the second one comes behind it.
    """
    await client.flush(GUARD_S)
    await client.flush(GUARD_S)
