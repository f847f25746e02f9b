"""Assignments at the door: each step of a unit on its way, the ways out, and its feedback.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dispatch import views
from dispatch.bearers import store as outward
from dispatch.desk import closing, going
from dispatch.desk.going import StepName
from dispatch.showing import said_shown
from dispatch.shown import AssignmentShown, SaidShown
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.schemas import Act, ClearIn, FormIn, Items

TAGS = ["assignments"]
ONE = "/assignments/{assignment_id:uuid}"


@get(ONE, opt=acts("incident.read"), tags=TAGS)
async def read_assignment(request: Asked, assignment_id: FromPath[UUID]) -> Response[AssignmentShown]:
    """One order to one unit or room."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await views.assignment(conn, runtime.centre, request.user, assignment_id))


@get(f"{ONE}/messages", opt=acts("incident.read"), tags=TAGS)
async def read_messages(request: Asked, assignment_id: FromPath[UUID]) -> Response[Items[SaidShown]]:
    """All that was said to the unit about its order, by radio, second bearer, SMS or telephone."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        await views.assignment(conn, runtime.centre, request.user, assignment_id)
        said = await outward.said_of(conn, assignment_id)
    return Response(Items([said_shown(one) for one in said]))


async def _step(
    request: Asked, assignment_id: UUID, data: ClearIn, name: StepName
) -> Response[AssignmentShown]:
    async def do(w: Work) -> dict[str, Any]:
        return {"assignment": (await going.step(w, assignment_id, name, data.result)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.assignments, [assignment_id]))[0])


@post(f"{ONE}/deliver", opt=acts("assignment.deliver"), tags=TAGS, status_code=200)
async def deliver(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[ClearIn]
) -> Response[AssignmentShown]:
    """The terminal has it."""
    return await _step(request, assignment_id, data, "deliver")


@post(f"{ONE}/accept", opt=acts("assignment.accept"), tags=TAGS, status_code=200)
async def accept(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[ClearIn]
) -> Response[AssignmentShown]:
    """A person took it."""
    return await _step(request, assignment_id, data, "accept")


@post(f"{ONE}/en-route", opt=acts("assignment.en_route"), tags=TAGS, status_code=200)
async def en_route(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[ClearIn]
) -> Response[AssignmentShown]:
    """On the way."""
    return await _step(request, assignment_id, data, "en_route")


@post(f"{ONE}/on-scene", opt=acts("assignment.on_scene"), tags=TAGS, status_code=200)
async def on_scene(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[ClearIn]
) -> Response[AssignmentShown]:
    """Arrived."""
    return await _step(request, assignment_id, data, "on_scene")


@post(f"{ONE}/clear", opt=acts("assignment.clear"), tags=TAGS, status_code=200)
async def clear(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[ClearIn]
) -> Response[AssignmentShown]:
    """Done; the primary's result settles the incident."""
    return await _step(request, assignment_id, data, "clear")


@post(f"{ONE}/unable", opt=acts("assignment.unable"), tags=TAGS, status_code=200)
async def unable(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AssignmentShown]:
    """Cannot go; the order stands until the ordering room releases it."""

    async def do(w: Work) -> dict[str, Any]:
        return {"assignment": (await going.unable(w, assignment_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.assignments, [assignment_id]))[0])


@post(f"{ONE}/release", opt=acts("assignment.release"), tags=TAGS, status_code=200)
async def release(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AssignmentShown]:
    """Let an unable or expired unit go."""

    async def do(w: Work) -> dict[str, Any]:
        return {"assignment": (await going.release(w, assignment_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.assignments, [assignment_id]))[0])


@post(f"{ONE}/recall", opt=acts("assignment.recall"), tags=TAGS, status_code=200)
async def recall(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AssignmentShown]:
    """Take the order back; the terminal is told."""

    async def do(w: Work) -> dict[str, Any]:
        return {"assignment": (await going.recall(w, assignment_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.assignments, [assignment_id]))[0])


@post(f"{ONE}/feedback", opt=acts("assignment.feedback"), tags=TAGS, status_code=200)
async def feed_back(
    request: Asked, assignment_id: FromPath[UUID], data: JSONBody[FormIn]
) -> Response[AssignmentShown]:
    """Hand in a form; a final one replaces the final before it."""
    told = closing.Form(
        kind=data.kind,
        result=data.result,
        type_verified=data.type_verified,
        text=data.text,
        people=data.people,
        people_count=data.people_count,
        photos=data.photos,
        form=data.form,
        answers=data.answers,
    )

    async def do(w: Work) -> dict[str, Any]:
        _, handed_in = await closing.feed_back(w, assignment_id, told)
        return {"assignment": assignment_id, "feedback": handed_in.id}

    await perform(request, data, do)
    return answer((await shown(request, views.assignments, [assignment_id]))[0])


HANDLERS = (
    read_assignment,
    read_messages,
    deliver,
    accept,
    en_route,
    on_scene,
    clear,
    unable,
    release,
    recall,
    feed_back,
)
