"""Shifts at the door: hand-overs from draft to both signatures, the log of a room, and what happened since one looked away.

Each address is one act of the desk; hand-overs answer with what stands now, since that is what is signed.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch.desk import handing_over, logging_shift
from dispatch.handovers import store
from dispatch.handovers.shown import HandOverShown, HandOverWhole, handover_page, one_handover, whole
from dispatch.shift_log.brief import Brief, brief
from dispatch.shift_log.shown import LogShown, entries, log
from dispatch.work import Work, check_moment
from web import auth
from web.acting import Asked, OnOne, acts, answer, as_id, perform, perform_on, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, Items, Page
from web.shifts import HandOverIn, HandOverNoteIn, HandOverReadIn, HandOverSignIn, LogEntryIn

TAGS = ["shifts"]
ONE = "/hand-overs/{handover_id:uuid}"
Open = Annotated[
    bool, QueryParameter(name="open", description="1: only those not over, and those that ran out unseen")
]
Since = Annotated[datetime | None, QueryParameter(name="since", description="RFC 3339")]


@get("/hand-overs", opt=acts("handover.read"), tags=TAGS)
async def list_handovers(
    request: Asked, open_only: Open = False, limit: Limit = 100, after: After = None
) -> Page[HandOverShown]:
    """Hand-overs of this seat's rooms, the newest first."""
    known_only(request, ("open", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await handover_page(conn, runtime.centre, request.user, open_only, page)
    return page_of(found, limit)


@get(ONE, opt=acts("handover.read"), tags=TAGS)
async def read_handover(request: Asked, handover_id: FromPath[UUID]) -> Response[HandOverWhole]:
    """One with all that stands now, what changed since it was last signed, and what is still to be read."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await one_handover(conn, runtime.centre, request.user, handover_id))


@post("/hand-overs", opt=acts("handover.draft"), tags=TAGS)
async def draft_handover(request: Asked, data: JSONBody[HandOverIn]) -> Response[HandOverWhole]:
    """Begin to hand over one's seat, or the shift of one's room; what stands is drafted by the system."""

    async def do(w: Work) -> dict[str, Any]:
        return {"handover": (await handing_over.draft(w, data.arriver)).id}

    made = await perform(request, data, do)
    return await _whole(request, as_id(made["handover"]), 201)


async def _take(request: Asked, handover_id: UUID, data: Act, act: OnOne) -> Response[HandOverWhole]:
    await perform_on(request, handover_id, data, act)
    return await _whole(request, handover_id)


async def _whole(request: Asked, handover_id: UUID, status: int = 200) -> Response[HandOverWhole]:
    """Whoever did it is answered, wherever they sit now."""
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    doorkeeper.forget()  # who sits may do other things from now on
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        [found] = await store.read(conn, [handover_id])
        return answer(await whole(conn, runtime.centre, found, request.user.id), status)


@post(f"{ONE}/notes", opt=acts("handover.note"), tags=TAGS, status_code=200)
async def note_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[HandOverNoteIn]
) -> Response[HandOverWhole]:
    """Who leaves says something beside what is listed."""
    return await _take(request, handover_id, data, lambda w: handing_over.note(w, handover_id, data.text))


@post(f"{ONE}/offer", opt=acts("handover.offer"), tags=TAGS, status_code=200)
async def offer_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[HandOverSignIn]
) -> Response[HandOverWhole]:
    """Who leaves signs what stands. 409 `handover_changed` names what came, changed and went meanwhile."""
    return await _take(request, handover_id, data, lambda w: handing_over.offer(w, handover_id, data.digest))


@post(f"{ONE}/read", opt=acts("handover.tick"), tags=TAGS, status_code=200)
async def tick_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[HandOverReadIn]
) -> Response[HandOverWhole]:
    """Who arrives has read these as they stood; what changed since stays unread."""
    return await _take(request, handover_id, data, lambda w: handing_over.tick(w, handover_id, data.read))


@post(f"{ONE}/sign", opt=acts("handover.sign"), tags=TAGS, status_code=200)
async def sign_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[HandOverSignIn]
) -> Response[HandOverWhole]:
    """Who arrives signs: seat, queue and command are theirs. 409 `unread` names what was not read as it stands now."""
    session_id = request.auth.session_id
    return await _take(
        request, handover_id, data, lambda w: handing_over.sign(w, session_id, handover_id, data.digest)
    )


@post(f"{ONE}/refuse", opt=acts("handover.refuse"), tags=TAGS, status_code=200)
async def refuse_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[HandOverWhole]:
    """Who should take over does not; needs a reason."""
    return await _take(request, handover_id, data, lambda w: handing_over.refuse(w, handover_id))


@post(f"{ONE}/cancel", opt=acts("handover.cancel"), tags=TAGS, status_code=200)
async def cancel_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[HandOverWhole]:
    """Who wanted to leave stays."""
    return await _take(request, handover_id, data, lambda w: handing_over.cancel(w, handover_id))


@post(f"{ONE}/see", opt=acts("handover.see"), tags=TAGS, status_code=200)
async def see_handover(
    request: Asked, handover_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[HandOverWhole]:
    """Take note that it ran out; its alert ends."""
    return await _take(request, handover_id, data, lambda w: handing_over.see(w, handover_id))


@get("/shift-log", opt=acts("log_entry.read"), tags=TAGS)
async def read_log(
    request: Asked, room: FromQuery[UUID | None] = None, since: Since = None, limit: Limit = 200
) -> Items[LogShown]:
    """The log of one's room or of one below: what was written, and what the journal says, the newest first."""
    known_only(request, ("room", "since", "limit"))
    check_moment(since, "since")
    runtime, wanted = runtime_of(request), room or request.user.room_id
    async with runtime.pool.acquire() as conn:
        asked = (wanted or UUID(int=0), since, limit)
        return Items(await log(conn, runtime.centre, request.user, *asked))


@post("/shift-log", opt=acts("log_entry.write"), tags=TAGS)
async def write_log(request: Asked, data: JSONBody[LogEntryIn]) -> Response[LogShown]:
    """Write into the log of one's room; nothing written is ever changed."""

    async def do(w: Work) -> dict[str, Any]:
        return {"log_entry": (await logging_shift.write(w, data.text, data.incident_id, data.corrects)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, entries, [made["log_entry"]]))[0], 201)


@get("/brief", opt=acts("log_entry.read"), tags=TAGS)
async def read_brief(request: Asked, since: Since = None) -> Brief:
    """Since you looked away: what happened in this seat's rooms since then, or since one was last at a seat."""
    known_only(request, ("since",))
    check_moment(since, "since")
    async with runtime_of(request).pool.acquire() as conn:
        return await brief(conn, request.user, since)


HANDLERS = (
    list_handovers,
    read_handover,
    draft_handover,
    note_handover,
    offer_handover,
    tick_handover,
    sign_handover,
    refuse_handover,
    cancel_handover,
    see_handover,
    read_log,
    write_log,
    read_brief,
)
