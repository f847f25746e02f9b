"""Drafts at the door: unfinished forms, saved while they are typed, listed for who goes on with them, thrown away.

An alarm that names its draft ends it in the same transaction (`POST /alarms`, `draft_id`).
"""

from typing import Any
from uuid import UUID

from litestar import Response, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch.desk import drafting
from dispatch.drafts import shown as seen
from dispatch.drafts.shown import DraftShown
from dispatch.errors import NotFound
from dispatch.work import Actor, Work
from web.acting import Asked, acts, answer, entity_version_read, runtime_of, version_read
from web.listing import known_only
from web.live_feed import LiveFeed
from web.people import DraftIn
from web.schemas import Page

TAGS = ["drafts"]
ONE = "/drafts/{draft_id:uuid}"


@get("/drafts", opt=acts("draft.read"), tags=TAGS)
async def list_drafts(request: Asked, room: FromQuery[UUID | None] = None) -> Page[DraftShown]:
    """Open drafts that this seat sees, the newest first; callers are masked but in one's own."""
    known_only(request, ("room",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Page(await seen.draft_list(conn, runtime.centre, request.user, room), None)


@get(ONE, opt=acts("draft.read"), tags=TAGS)
async def read_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[DraftShown]:
    """One draft, whatever became of it."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await seen.draft(conn, runtime.centre, request.user, draft_id))


@put(ONE, opt=acts("draft.write"), tags=TAGS)
async def save_draft(
    request: Asked, draft_id: FromPath[UUID], data: JSONBody[DraftIn]
) -> Response[DraftShown]:
    """Keep what stands in a form. `If-Match: *` for one's own seat's, and to begin one; else the ETag that was read."""
    read = None if version_read(request) == "*" else entity_version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await drafting.save(w, draft_id, data.form, data.call_id, read)
        return {}

    runtime = runtime_of(request)
    await runtime.acting.act(Actor(principal=request.user), do)
    feed: LiveFeed = request.app.state.live_feed
    feed.passing.wake()
    async with runtime.pool.acquire() as conn:
        found = await seen.drafts(conn, runtime.centre, request.user, [draft_id])
    if not found:
        raise NotFound(f"There is no draft {draft_id}.", noun="draft")
    return answer(found[0])


@delete(ONE, opt=acts("draft.write"), tags=TAGS, status_code=204)
async def discard_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[None]:
    """Throw a form away; harmless when it is over."""

    async def do(w: Work) -> dict[str, Any]:
        await drafting.discard(w, draft_id)
        return {}

    await runtime_of(request).acting.act(Actor(principal=request.user), do)
    return Response(None, status_code=204)


HANDLERS = (list_drafts, read_draft, save_draft, discard_draft)
