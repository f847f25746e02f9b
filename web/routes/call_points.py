"""Call points at the door: a press is answered, and seats see which devices are well.

What an administrator says of call points goes through `reference`.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch import views
from dispatch.desk import picking_up
from dispatch.devices import CallPointFilter, call_point_page
from dispatch.points import CallPointShown
from dispatch.shown import IncidentShown
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, chosen, known_only, page_of, rooms_below, text_after
from web.schemas import AnswerIn, Page

STATES = ("ok", "low_battery", "fault", "silent", "unheard", "alert")
HealthStates = Annotated[
    list[str] | None,
    QueryParameter(name="state", description="repeat or divide by commas; `alert`: all that is not well"),
]


@get("/call-points", opt=acts("reference.read"), tags=["call points"])
async def list_call_points(
    request: Asked,
    states: HealthStates = None,
    room: FromQuery[UUID | None] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[CallPointShown]:
    """Call points this seat's rooms own or answer, by code, with the health of their devices."""
    known_only(request, ("state", "room", "limit", "after"))
    runtime = runtime_of(request)
    wanted = chosen(states, STATES, "state")
    if wanted is not None and "alert" in wanted:
        wanted = sorted({*wanted, "low_battery", "fault", "silent"} - {"alert"})
    which = CallPointFilter(states=wanted, rooms=rooms_below(runtime.centre, room))
    async with runtime.pool.acquire() as conn:
        page = (text_after(after), limit + 1)
        found = await call_point_page(conn, runtime.centre, request.user, which, page)
    return page_of(found, limit, "code")


@post("/alarms/{alarm_id:uuid}/answer", opt=acts("alarm.answer"), tags=["alarms"], status_code=200)
async def answer_press(
    request: Asked, alarm_id: FromPath[UUID], data: JSONBody[AnswerIn]
) -> Response[IncidentShown]:
    """Take a press over its talk link, and say whether anybody was heard."""

    async def do(w: Work) -> dict[str, Any]:
        return {"incident": (await picking_up.answer(w, alarm_id, data.outcome)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.incidents, [made["incident"]]))[0])


HANDLERS = (list_call_points, answer_press)
