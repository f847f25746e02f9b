"""Road closures at the door: what is closed or slow, closing roads, opening them again.

Whoever closes a road is answered when it counts here; other replicas follow the feed.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from dispatch.closures.shown import ClosureShown, closure_page, closures
from dispatch.desk import blocking
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, ClosureIn, Page

TAGS = ["roads"]
All = Annotated[bool, QueryParameter(name="all", description="1: those that are over too")]


@get("/closures", opt=acts("closure.read"), tags=TAGS)
async def list_closures(
    request: Asked, past: All = False, limit: Limit = 100, after: After = None
) -> Page[ClosureShown]:
    """Closures that are in force or planned, the newest first."""
    known_only(request, ("all", "limit", "after"))
    page = (uuid_after(after), limit + 1)
    async with runtime_of(request).pool.acquire() as conn:
        return page_of(await closure_page(conn, request.user, page, past), limit)


@post("/closures", opt=acts("closure.close"), tags=TAGS)
async def close_roads(request: Asked, data: JSONBody[ClosureIn]) -> Response[ClosureShown]:
    """Close or slow roads; the next recommendation goes round them. A place inside can still be reached."""
    command = blocking.CloseRoads(
        name=data.name, kind=data.kind, factor=data.factor, geometry=data.geometry, profiles=data.profiles,
        valid_from=data.valid_from, until=data.until,
    )  # fmt: skip

    async def do(w: Work) -> dict[str, Any]:
        return {"closure": (await blocking.close_roads(w, command)).id}

    made = await perform(request, data, do)
    await _take_over(request)
    return answer((await shown(request, closures, [made["closure"]]))[0], 201)


@post("/closures/{closure_id:uuid}/end", opt=acts("closure.end"), tags=TAGS, status_code=200)
async def end_closure(
    request: Asked, closure_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[ClosureShown]:
    """Open the roads again."""

    async def do(w: Work) -> dict[str, Any]:
        return {"closure": (await blocking.end_closure(w, closure_id)).id}

    await perform(request, data, do)
    await _take_over(request)
    return answer((await shown(request, closures, [closure_id]))[0])


async def _take_over(request: Asked) -> None:
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        await runtime.followers.hold_traffic(conn)


HANDLERS = (list_closures, close_roads, end_closure)
