"""Units at the door: who there is, the nearest to a point, shifts, duty, and what a unit comes upon.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch import views
from dispatch.acts import authorise
from dispatch.desk import lending, shift, viewing
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.desk.roster_shifts import Carried
from dispatch.shown import UnitShown
from dispatch.work import Work
from units.answers import Near
from units.roll import UnknownHandle
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import (
    After,
    Limit,
    States,
    known_only,
    live_filter,
    near_point,
    number_after,
    page_of,
    unit_filter,
)
from web.routes import tracks
from web.schemas import Act, DutyIn, LendIn, LogOffIn, LogOnIn, OnViewIn, OnViewTaken, Page

TAGS = ["units"]
ONE = "/units/{unit_id:uuid}"
NearParameter = Annotated[
    str | None,
    QueryParameter(name="near", description="lon,lat: nearest first by straight line, exact, every duty"),
]


@get("/units", opt=acts("unit.read"), tags=TAGS)
async def list_units(
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    near: NearParameter = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[UnitShown]:
    """Units this seat may see by handle, or with `near` those with a fix, nearest first, on one page."""
    known_only(request, ("state", "room", "near", "limit", "after"))
    runtime = runtime_of(request)
    which = unit_filter(runtime.centre, states, room)
    async with runtime.pool.acquire() as conn:
        if near is None:
            page = (number_after(after), limit + 1)
            found = await views.unit_page(conn, runtime.centre, request.user, which, page)
            return page_of(found, limit, "handle")
        lon, lat = near_point(near)
        authorise(request.user, "unit", "read", ("room",))
        nearest = runtime.centre.live.nearest(lon, lat, limit, live_filter(request.user, which))
        return Page(await views.units(conn, runtime.centre, _ids(nearest)), None)


def _ids(nearest: list[Near]) -> list[UUID]:
    return [near.entry.unit_id for near in nearest]


@get(ONE, opt=acts("unit.read"), tags=TAGS)
async def read_unit(request: Asked, unit_id: FromPath[UUID]) -> Response[UnitShown]:
    """One unit with its newest position."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await views.unit(conn, runtime.centre, request.user, unit_id))


@post(f"{ONE}/on-view", opt=acts("unit.on_view", "alarm.report"), tags=TAGS)
async def on_view(request: Asked, unit_id: FromPath[UUID], data: JSONBody[OnViewIn]) -> Response[OnViewTaken]:
    """The unit came upon something and is on scene: incident and assignment in one act."""
    command = ReportAlarm(
        source="officer",
        place=data.place,
        type=data.type,
        text=data.text,
        attach_to=data.attach_to,
        exercise=data.exercise,
    )

    async def do(w: Work) -> dict[str, Any]:
        placed = msgspec.structs.replace(command, place=command.place or _own_place(w, unit_id))
        report = prepare(w.centre, placed, msgspec.structs.replace(w.actor, key=None))
        incident, assignment = await viewing.on_view(w, unit_id, report)
        return {"incident": incident.id, "assignment": assignment.id}

    made = await perform(request, data, do)
    incident = (await shown(request, views.incidents, [made["incident"]]))[0]
    assignment = (await shown(request, views.assignments, [made["assignment"]]))[0]
    return Response(OnViewTaken(incident, assignment), status_code=201)


def _own_place(w: Work, unit_id: UUID) -> PlaceIn | None:
    """Where the unit itself was seen last."""
    unit = w.centre.units.get(unit_id)
    try:
        fix = w.centre.live.fix(unit.handle, round(w.now.timestamp() * 1000)) if unit else None
    except UnknownHandle:
        return None
    return PlaceIn(lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m, source="unit") if fix else None


@post(f"{ONE}/log-on", opt=acts("unit.log_on"), tags=TAGS, status_code=200)
async def log_on(request: Asked, unit_id: FromPath[UUID], data: JSONBody[LogOnIn]) -> Response[UnitShown]:
    """Begin a shift with this crew, vehicle, equipment and beat, or go on with others; what is not said is as rostered."""
    said = Carried(**{name: getattr(data, name) for name in Carried.__struct_fields__})

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await shift.log_on(w, unit_id, None, data.shift_ends_at, said)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


@post(f"{ONE}/log-off", opt=acts("unit.log_off"), tags=TAGS, status_code=200)
async def log_off(request: Asked, unit_id: FromPath[UUID], data: JSONBody[LogOffIn]) -> Response[UnitShown]:
    """End a shift; a unit with an open job clears first, or is relieved by another that takes it over in this act."""

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await shift.log_off(w, unit_id, data.relieved_by)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


@post(f"{ONE}/duty", opt=acts("unit.duty"), tags=TAGS, status_code=200)
async def change_duty(request: Asked, unit_id: FromPath[UUID], data: JSONBody[DutyIn]) -> Response[UnitShown]:
    """Be there for something else. A break is granted for minutes and ends by itself; out of service needs a cause."""

    async def do(w: Work) -> dict[str, Any]:
        until = data.until or (w.now + timedelta(minutes=data.minutes) if data.minutes else None)
        return {"unit": (await shift.change_duty(w, unit_id, data.duty, until, data.cause)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


@post(f"{ONE}/lend", opt=acts("unit.lend"), tags=TAGS, status_code=200)
async def lend(request: Asked, unit_id: FromPath[UUID], data: JSONBody[LendIn]) -> Response[UnitShown]:
    """Let another room order the unit for a time 借调; its own room still sees it, and its incidents."""

    async def do(w: Work) -> dict[str, Any]:
        until = data.until or w.now + timedelta(minutes=data.minutes or 0)
        return {"unit": (await lending.lend(w, unit_id, data.room_id, until)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


@post(f"{ONE}/give-back", opt=acts("unit.give_back"), tags=TAGS, status_code=200)
async def give_back(request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]) -> Response[UnitShown]:
    """End the lending before its time; asked by either room."""

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await lending.give_back(w, unit_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


HANDLERS = (*tracks.HANDLERS, list_units, read_unit, on_view, log_on, log_off, change_duty, lend, give_back)
