"""Coverage at the door: how far the free units get in a few minutes, and where nobody is in time.

A supervisor looks at it between alarms, before moving somebody.
"""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from dispatch import store
from dispatch.covering import CoverageShown, asked_minutes, coverage
from web.acting import Asked, acts, runtime_of
from web.listing import known_only

Minutes = Annotated[str, QueryParameter(name="minutes", description="up to six, divided by commas")]


@get("/coverage", opt=acts("unit.read"), tags=["roads"])
async def read_coverage(request: Asked, minutes: Minutes = "1,3,5") -> CoverageShown:
    """H3 cells within reach of the units free now in this seat's rooms, ring by ring, and the gaps on its ground."""
    known_only(request, ("minutes",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    return await coverage(runtime.centre, request.user, asked_minutes(minutes), now)


HANDLERS = (read_coverage,)
