"""Waiting for what comes by itself, such as what one replica does to be seen at another: asked again and again, never timed."""

import asyncio
from collections.abc import Awaitable, Callable

GUARD_S = 60
"""Against hanging; not a target."""


async def until[T](look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """What was seen when it held at last. Raises TimeoutError."""
    async with asyncio.timeout(GUARD_S):
        while not holds(found := await look()):
            await asyncio.sleep(0.05)
    return found
