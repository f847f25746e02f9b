"""Shortfalls of free units at the door: which rooms have fewer than their duty level wants, and that somebody has seen it.

They begin and end by themselves (`dispatch.desk.keeping_free`); nobody opens or closes one here.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch.desk import keeping_free
from dispatch.shortfalls.shown import ShortfallShown, shortfall_page, shortfalls_by_id
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, Page

TAGS = ["duty levels"]


@get("/shortfalls", opt=acts("shortfall.read"), tags=TAGS)
async def list_shortfalls(
    request: Asked,
    room: FromQuery[UUID | None] = None,
    standing: FromQuery[bool] = False,
    limit: Limit = 100,
    after: After = None,
) -> Page[ShortfallShown]:
    """Where fewer units were free than the duty level wants, the newest first: of a room and below, or of all this seat sees."""
    known_only(request, ("room", "standing", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await shortfall_page(conn, runtime.centre, request.user, (room, standing), page)
    return page_of(found, limit)


@post("/shortfalls/{shortfall_id:uuid}/notice", opt=acts("shortfall.notice"), tags=TAGS, status_code=200)
async def notice_shortfall(
    request: Asked, shortfall_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[ShortfallShown]:
    """Acknowledge it, for oneself."""

    async def do(w: Work) -> dict[str, Any]:
        return {"shortfall": (await keeping_free.notice(w, shortfall_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, shortfalls_by_id, [made["shortfall"]]))[0])


HANDLERS = (list_shortfalls, notice_shortfall)
