"""Supervision orders at the door: given, answered, signed off, returned, withdrawn.

Each address is one act of the desk and answers with the order as it stands.
"""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch.desk import supervising
from dispatch.errors import Invalid
from dispatch.supervision.model import SupervisionState
from dispatch.supervision.shown import SupervisionShown, one_supervision, supervision, supervision_page
from dispatch.supervision.store import Narrowed
from dispatch.work import Work
from web.acting import Asked, act_on, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.loop import SupervisionAnswerIn, SupervisionIn, SupervisionReturnIn, SupervisionSignOffIn
from web.schemas import Act, Page

TAGS = ["supervision"]
ONE = "/supervision/{supervision_id:uuid}"
States = Annotated[
    list[str] | None,
    QueryParameter(
        name="state", description="repeat or divide by commas; `open`: neither signed off nor withdrawn"
    ),
]


@get("/supervision", opt=acts("supervision.read"), tags=TAGS)
async def list_supervision(
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    incident: FromQuery[UUID | None] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[SupervisionShown]:
    """Orders given to or by this seat's rooms, the newest first; those that are over too unless a state is given."""
    known_only(request, ("state", "room", "incident", "limit", "after"))
    asked = [one for text in states or () for one in text.split(",")]
    unknown = [one for one in asked if one != "open" and one not in set(SupervisionState)]
    if unknown:
        raise Invalid(f"There is no state {unknown[0]!r:.40}.", field="state")
    which = Narrowed(
        open_only="open" in asked,
        states=[one for one in asked if one != "open"] or None,
        rooms=[room] if room else None,
        incident_id=incident,
    )
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await supervision_page(conn, runtime.centre, request.user, which, page)
    return page_of(found, limit)


@get(ONE, opt=acts("supervision.read"), tags=TAGS)
async def read_supervision(request: Asked, supervision_id: FromPath[UUID]) -> Response[SupervisionShown]:
    """One order with all that was said about it."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await one_supervision(conn, runtime.centre, request.user, supervision_id))


@post("/supervision", opt=acts("supervision.give"), tags=TAGS)
async def give_supervision(request: Asked, data: JSONBody[SupervisionIn]) -> Response[SupervisionShown]:
    """Demand an answer of a room below one's own by a time, about an incident it sees or about none."""
    demand = supervising.Demand(
        to_room_id=data.to_room_id, text=data.text, due_at=data.due_at, incident_id=data.incident_id
    )

    async def do(w: Work) -> dict[str, Any]:
        return {"supervision": (await supervising.give(w, demand)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, supervision, [made["supervision"]]))[0], 201)


_take = partial(act_on, supervision)


@post(f"{ONE}/answer", opt=acts("supervision.answer"), tags=TAGS, status_code=200)
async def answer_supervision(
    request: Asked, supervision_id: FromPath[UUID], data: JSONBody[SupervisionAnswerIn]
) -> Response[SupervisionShown]:
    """The room it was given to answers."""
    return await _take(
        request, supervision_id, data, lambda w: supervising.answer(w, supervision_id, data.text)
    )


@post(f"{ONE}/sign-off", opt=acts("supervision.sign_off"), tags=TAGS, status_code=200)
async def sign_off_supervision(
    request: Asked, supervision_id: FromPath[UUID], data: JSONBody[SupervisionSignOffIn]
) -> Response[SupervisionShown]:
    """The answer is accepted and the order over; never by who answered."""
    return await _take(
        request, supervision_id, data, lambda w: supervising.sign_off(w, supervision_id, data.text)
    )


@post(f"{ONE}/return", opt=acts("supervision.return"), tags=TAGS, status_code=200)
async def return_supervision(
    request: Asked, supervision_id: FromPath[UUID], data: JSONBody[SupervisionReturnIn]
) -> Response[SupervisionShown]:
    """The answer will not do; a better one is due by the same time, or by a new one."""
    return await _take(
        request,
        supervision_id,
        data,
        lambda w: supervising.return_(w, supervision_id, data.text, data.due_at),
    )


@post(f"{ONE}/withdraw", opt=acts("supervision.withdraw"), tags=TAGS, status_code=200)
async def withdraw_supervision(
    request: Asked, supervision_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[SupervisionShown]:
    """It is demanded no longer; needs a reason."""
    return await _take(request, supervision_id, data, lambda w: supervising.withdraw(w, supervision_id))


HANDLERS = (
    list_supervision,
    read_supervision,
    give_supervision,
    answer_supervision,
    sign_off_supervision,
    return_supervision,
    withdraw_supervision,
)
