"""Call-backs at the door: whom to ask, what was said, and the number of a caller opened with a reason that is kept.

Who was not reached is tried again; only a person ends it, after enough attempts.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from dispatch import views
from dispatch.call_backs.shown import CallBackCounts, CallBackDue, Wanted, call_back_counts, call_back_page
from dispatch.desk import calling_back, closing
from dispatch.shown import AlarmShown
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, CallBackIn, Page

TAGS = ["alarms"]
ONE = "/alarms/{alarm_id:uuid}"
When = Annotated[
    Wanted,
    QueryParameter(name="when", description="due now, tried again later after not being reached, or all"),
]


class Revealed(msgspec.Struct, frozen=True):
    """Whom to ring and on which number; safe_number alone where the caller gave one, and no name of a confidential one."""

    alarm_id: UUID
    number: str | None
    safe_number: str | None
    name: str | None


@get("/call-backs", opt=acts("alarm.call_back"), tags=TAGS)
async def list_call_backs(
    request: Asked, when: When = "due", limit: Limit = 100, after: After = None
) -> Page[CallBackDue]:
    """Callers to be asked how it went: those whose type asks for it, and a random sample of the rest; newest first."""
    known_only(request, ("when", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await call_back_page(conn, runtime.centre, request.user, page, when)
    return page_of(found, limit)


@get("/call-backs/counts", opt=acts("alarm.call_back"), tags=TAGS)
async def count_call_backs(request: Asked) -> CallBackCounts:
    """How many callers are due, and how many are tried again later."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await call_back_counts(conn, runtime.centre, request.user)


@post(f"{ONE}/call-back", opt=acts("alarm.call_back", "incident.reopen"), tags=TAGS, status_code=200)
async def call_back(
    request: Asked, alarm_id: FromPath[UUID], data: JSONBody[CallBackIn]
) -> Response[AlarmShown]:
    """Record what the caller said afterwards. Of one who was not satisfied the owning room must answer, or it is reopened.

    `not_reached` is an attempt and leaves the call-back due; `end` leaves it at that after enough attempts, with a reason.
    """
    then = closing.Then(do=data.then.do, due_at=data.then.due_at, to=data.then.to) if data.then else None

    async def do(w: Work) -> dict[str, Any]:
        return {"alarm": (await closing.call_back(w, alarm_id, data.outcome, data.text, then, data.end)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.alarms, [made["alarm"]]))[0])


@post(f"{ONE}/reveal", opt=acts("alarm.reveal"), tags=TAGS, status_code=200)
async def reveal_caller(request: Asked, alarm_id: FromPath[UUID], data: JSONBody[Act]) -> Response[Revealed]:
    """Open the caller's number to ring it; needs a reason, and the journal keeps who did so and why."""

    async def do(w: Work) -> dict[str, Any]:
        return {"alarm": (await calling_back.reveal(w, alarm_id)).id}

    made = await perform(request, data, do)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        caller = await calling_back.opened(conn, runtime.centre, made["alarm"])
    return Response(Revealed(alarm_id, caller.number, caller.safe_number, caller.name))


HANDLERS = (list_call_backs, count_call_backs, call_back, reveal_caller)
