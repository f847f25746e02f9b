"""Tracks at the door: where a unit was while it was on duty, a page at a time.

Asked for when an incident is reviewed, and by the unit itself; who asks is logged.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter

from dispatch import tracking
from dispatch.errors import Invalid
from dispatch.tracking import Span, TrackFix
from web.acting import Asked, acts, runtime_of
from web.listing import After, Limit, known_only, number_after, page_of
from web.schemas import Page

From = Annotated[datetime, QueryParameter(name="from", description="the first moment, with an offset or Z")]
To = Annotated[
    datetime, QueryParameter(name="to", description="the moment after the last, at most 24 h later")
]


@get("/units/{unit_id:uuid}/track", opt=acts("unit.track"), tags=["units"])
async def read_track(
    request: Asked,
    unit_id: FromPath[UUID],
    first: From,
    to: To,
    limit: Limit = 100,
    after: After = None,
) -> Page[TrackFix]:
    """Accepted fixes of a unit on duty, late ones in their place, oldest first; kept as many days as the settings say."""
    known_only(request, ("from", "to", "limit", "after"))
    runtime = runtime_of(request)
    span = Span(_ms(first, "from"), _ms(to, "to"), number_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await tracking.track(conn, runtime.centre, request.user, unit_id, span)
    return page_of(found, limit, "t_ms")


def _ms(at: datetime, field: str) -> int:
    if at.tzinfo is None:
        raise Invalid(f"{field} needs an offset or Z, such as 2026-05-01T08:00:00Z.", field=field)
    return round(at.timestamp() * 1000)


HANDLERS = (read_track,)
