"""Duty levels at the door: ordering a level with its preview, what holds and what held; the levels as a file.

If-Match holds the version of a file that was changed. What cannot be used is refused before anything of it counts.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch import store
from dispatch.acts import authorise
from dispatch.desk import carding, leveling
from dispatch.desk.leveling import LevelOrder
from dispatch.levels import store as level_store
from dispatch.levels.change import LevelChange
from dispatch.levels.file import LevelFile
from dispatch.levels.shown import DutyLevelShown, DutyNow, duty_of, history, levels_by_id
from dispatch.work import Work
from web.acting import Asked, actor_of, acts, answer, perform, runtime_of, shown, version_read
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, DutyLevelIn, Page

TAGS = ["duty levels"]
FILE_BYTES = 4_000_000


class LevelOrdered(msgspec.Struct, frozen=True):
    """The order, and what it has changed."""

    duty_level: DutyLevelShown
    change: LevelChange


@get("/duty-level", opt=acts("duty_level.read"), tags=TAGS)
async def read_duty(request: Asked, room: FromQuery[UUID | None] = None) -> DutyNow:
    """Which duty level holds in a room (the seat's own), by which order, which there are, and what is short by it."""
    known_only(request, ("room",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await duty_of(conn, runtime.centre, request.user, room)


@get("/duty-levels", opt=acts("duty_level.read"), tags=TAGS)
async def list_duty_levels(
    request: Asked, room: FromQuery[UUID | None] = None, limit: Limit = 100, after: After = None
) -> Page[DutyLevelShown]:
    """What was ordered for a room, those below and above it, the newest first; without a room for any."""
    known_only(request, ("room", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await history(conn, runtime.centre, request.user, room, page)
    return page_of(found, limit)


@post("/duty-level", opt=acts("duty_level.order"), tags=TAGS)
async def order_level(request: Asked, data: JSONBody[DutyLevelIn]) -> Response[LevelOrdered]:
    """Order a duty level for a room and all below it: run cards, delays and beats in one act, told to every seat and unit."""

    async def do(w: Work) -> dict[str, Any]:
        made, change = await leveling.order_level(w, _order(data))
        return {"level": made.id, "change": msgspec.to_builtins(change)}

    made = await perform(request, data, do)
    [ordered] = await shown(request, levels_by_id, [made["level"]])
    told = LevelOrdered(ordered, msgspec.convert(made["change"], LevelChange))
    return Response(told, status_code=201, headers={"ETag": f'"{ordered.version}"'})


@post("/duty-level/preview", opt=acts("duty_level.order"), tags=TAGS, status_code=200)
async def preview_level(request: Asked, data: JSONBody[DutyLevelIn]) -> LevelChange:
    """What ordering it now would change. Nothing is changed by asking."""
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
        return await leveling.preview(conn, runtime.centre, request.user, _order(data), now)


def _order(data: DutyLevelIn) -> LevelOrder:
    return LevelOrder(level=data.level, room_id=data.room, until=data.until, returns=data.returns)


@post("/duty-level/{level_id:uuid}/notice", opt=acts("duty_level.notice"), tags=TAGS, status_code=200)
async def notice_level(
    request: Asked, level_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[DutyLevelShown]:
    """Acknowledge that it holds, for oneself."""

    async def do(w: Work) -> dict[str, Any]:
        return {"level": (await leveling.notice(w, level_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, levels_by_id, [made["level"]]))[0])


@get("/admin/duty-levels", opt=acts("reference.read"), tags=["reference"])
async def read_level_file(request: Asked) -> Response[LevelFile]:
    """The duty levels as a file; version 0 are the shipped ones."""
    authorise(request.user, "reference", "read")
    return await _level_file(request)


@put(
    "/admin/duty-levels",
    opt=acts("reference.administer"),
    tags=["reference"],
    request_max_body_size=FILE_BYTES,
)
async def put_level_file(request: Asked, data: JSONBody[LevelFile]) -> Response[LevelFile]:
    """Put in duty levels as the next version; running timers keep their time."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await carding.put_levels(w, data, read)
        return {}

    await perform(request, Act(), do)
    return await _level_file(request)


async def _level_file(request: Asked) -> Response[LevelFile]:
    async with runtime_of(request).pool.acquire() as conn:
        levels = (await level_store.read_board(conn)).levels
    return Response(levels.file, headers={"ETag": f'"{levels.version}"'})


HANDLERS = (
    read_duty,
    list_duty_levels,
    order_level,
    preview_level,
    notice_level,
    read_level_file,
    put_level_file,
)
