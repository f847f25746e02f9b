"""Seats at the door: who sits where, taking a seat, what one does there, who covers; the list of seats in and out.

A seat is taken by a session; its roles and its room are then what the session may do, and where.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from uuid_utils.compat import uuid7

from dispatch.acts import authorise
from dispatch.desk import sitting
from dispatch.seating import shown as seen
from dispatch.seating import store
from dispatch.seating.model import Cover
from dispatch.seating.shown import SeatFilter, SeatShown
from dispatch.work import Work
from web import auth
from web.acting import Asked, acts, answer, perform, runtime_of, shown, version_read
from web.listing import known_only
from web.people import CoverIn, SeatIn, SeatStateIn, TakeSeatIn
from web.routes.reference import LIST_BYTES, READ, WRITE, begin, etag, no_twins, unchanged
from web.schemas import Act, Items, Page, Put

TAGS = ["seats"]
ONE = "/seats/{seat_id:uuid}"
Free = Annotated[bool, QueryParameter(name="free", description="1: only those that can be taken now")]


@get("/seats", opt=acts("seat.read"), tags=TAGS)
async def list_seats(
    request: Asked, room: FromQuery[UUID | None] = None, free: Free = False
) -> Page[SeatShown]:
    """Seats of a room and all below it, by room and code: who sits there, since when, in which state, who covers."""
    known_only(request, ("room", "free"))
    runtime, visitor = runtime_of(request), request.auth
    roles = visitor.allowed_roles or request.user.roles
    home = visitor.home_room_id or request.user.room_id
    async with runtime.pool.acquire() as conn:
        found = await seen.seat_list(
            conn, runtime.centre, request.user, SeatFilter(room, home if free else None), roles
        )
    return Page(found, None)


@get(ONE, opt=acts("seat.read"), tags=TAGS)
async def read_seat(request: Asked, seat_id: FromPath[UUID]) -> Response[SeatShown]:
    """One seat."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await seen.seat(conn, runtime.centre, request.user, seat_id))


@post("/seats", opt=acts("seat.take"), tags=TAGS)
async def take_seat(request: Asked, data: JSONBody[TakeSeatIn]) -> Response[SeatShown]:
    """Sit down, leaving the seat one had. Taken by somebody: 409 names who and since when, and whether they are gone."""
    visitor: auth.Visitor = request.auth
    wanted = sitting.TakeSeat(
        seat_id=data.seat_id, room_id=data.room_id, code=data.code, roles=data.roles, cover=data.cover,
        take_over=data.take_over,
    )  # fmt: skip

    async def do(w: Work) -> dict[str, Any]:
        return {"seat": (await sitting.take(w, visitor.session_id, wanted)).id}

    made = await perform(request, data, do)
    return await _seat(request, made["seat"], 201)


@post(f"{ONE}/state", opt=acts("seat.state"), tags=TAGS, status_code=200)
async def change_state(
    request: Asked, seat_id: FromPath[UUID], data: JSONBody[SeatStateIn]
) -> Response[SeatShown]:
    """Ready, on a call, after it, on a break, away. Answering again takes back queue and command from the cover."""
    return await _do(
        request, seat_id, data, lambda w, session: sitting.change_state(w, session, seat_id, data.state)
    )


@post(f"{ONE}/cover", opt=acts("seat.cover"), tags=TAGS, status_code=200)
async def name_cover(request: Asked, seat_id: FromPath[UUID], data: JSONBody[CoverIn]) -> Response[SeatShown]:
    """Say which seat or room covers from now on."""
    cover = Cover(data.seat_id, data.room_id)
    return await _do(
        request, seat_id, data, lambda w, session: sitting.name_cover(w, session, seat_id, cover)
    )


@post(f"{ONE}/leave", opt=acts("seat.leave"), tags=TAGS, status_code=200)
async def leave_seat(request: Asked, seat_id: FromPath[UUID], data: JSONBody[Act]) -> Response[SeatShown]:
    """Sign off; queue and command go to the cover."""
    return await _do(request, seat_id, data, lambda w, session: sitting.leave(w, session, seat_id))


async def _do(
    request: Asked, seat_id: UUID, data: Act, act: Callable[[Work, UUID | None], Awaitable[object]]
) -> Response[SeatShown]:
    session_id = request.auth.session_id

    async def do(w: Work) -> dict[str, Any]:
        await act(w, session_id)
        return {"seat": seat_id}

    await perform(request, data, do)
    return await _seat(request, seat_id)


async def _seat(request: Asked, seat_id: object, status: int = 200) -> Response[SeatShown]:
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    doorkeeper.forget()  # who sits and who covers may do other things from now on
    return answer((await shown(request, seen.seats, [seat_id]))[0], status)


@get("/admin/seats", opt=READ, tags=["reference"])
async def read_seats(request: Asked) -> Response[Items[SeatIn]]:
    """Every seat, by room and code."""
    authorise(request.user, "reference", "read")
    return await _listed(request)


async def _listed(request: Asked) -> Response[Items[SeatIn]]:
    async with runtime_of(request).pool.acquire() as conn:
        rows = await store.read_all(conn)
    items = [
        SeatIn(
            id=row.id, code=row.code, room_id=row.room_id, kind=row.kind, cover=row.cover, version=row.version
        )
        for row in rows
    ]
    return Response(Items(items), headers={"ETag": f'"{etag(rows)}"'})


@put("/admin/seats", opt=WRITE, tags=["reference"], request_max_body_size=LIST_BYTES)
async def put_seats(request: Asked, data: JSONBody[Put[SeatIn]]) -> Response[Items[SeatIn]]:
    """Enter seats, new or changed; those left out stay."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "seats")
        standing = await store.read_all(w.conn)
        unchanged("seats", read, standing)
        ids = {(row.room_id, row.code): row.id for row in standing}
        entries = [
            sitting.SeatEntry(
                id=row.id or ids.get((row.room_id, row.code)) or uuid7(), code=row.code, room_id=row.room_id,
                kind=row.kind, cover=None if row.cover == Cover() else row.cover,
            )
            for row in data.items
        ]  # fmt: skip
        no_twins([entry.id for entry in entries], "seat")
        await sitting.put_seats(w, entries)
        return {}

    await perform(request, data, do)
    return await _listed(request)


HANDLERS = (list_seats, read_seat, take_seat, change_state, name_cover, leave_seat, read_seats, put_seats)
