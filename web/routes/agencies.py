"""Requests to other agencies at the door: asked, taken, arrived, told, declined, chased, withdrawn.

Steps come from a seat that was told by voice, or from the agency's own key (`key create --role gateway --gateway 119`).
"""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dispatch.agencies.shown import AgencyRequestShown
from dispatch.agencies.views import requests, requests_of, told_to
from dispatch.desk import requesting
from dispatch.showing import said_shown
from dispatch.shown import SaidShown
from dispatch.work import Work
from web.acting import Asked, act_on, acts, answer, perform, runtime_of, shown
from web.listing import known_only
from web.loop import AgencyRequestIn, AgencyStepIn
from web.schemas import Act, Items

TAGS = ["agencies"]
ONE = "/agency-requests/{request_id:uuid}"


@get("/incidents/{incident_id:uuid}/agency-requests", opt=acts("incident.read"), tags=TAGS)
async def list_requests(request: Asked, incident_id: FromPath[UUID]) -> Items[AgencyRequestShown]:
    """All help that was asked for this incident, in the order of the asking."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await requests_of(conn, runtime.centre, request.user, incident_id))


@post("/incidents/{incident_id:uuid}/agency-requests", opt=acts("incident.request_agency"), tags=TAGS)
async def request_help(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[AgencyRequestIn]
) -> Response[AgencyRequestShown]:
    """Ask an agency for help; the incident stays ours. What is asked of it goes out through the port."""

    async def do(w: Work) -> dict[str, Any]:
        made = await requesting.request(w, incident_id, data.agency, data.text, data.name)
        return {"request": made.id}

    made = await perform(request, data, do)
    return answer((await shown(request, requests, [made["request"]]))[0], 201)


@get(f"{ONE}/messages", opt=acts("incident.read"), tags=TAGS)
async def read_told_agency(request: Asked, request_id: FromPath[UUID]) -> Items[SaidShown]:
    """All that was told to the agency about it: when it went, or why it did not."""
    known_only(request, ())
    async with runtime_of(request).pool.acquire() as conn:
        return Items([said_shown(said) for said in await told_to(conn, request.user, request_id)])


_take = partial(act_on, requests)


async def _step(
    request: Asked, request_id: UUID, data: AgencyStepIn, name: requesting.StepName
) -> Response[AgencyRequestShown]:
    return await _take(
        request, request_id, data, lambda w: requesting.step(w, request_id, name, data.text, data.reference)
    )


@post(f"{ONE}/taken", opt=acts("agency_request.taken"), tags=TAGS, status_code=200)
async def agency_taken(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[AgencyStepIn]
) -> Response[AgencyRequestShown]:
    """The agency has taken it."""
    return await _step(request, request_id, data, "taken")


@post(f"{ONE}/arrived", opt=acts("agency_request.arrived"), tags=TAGS, status_code=200)
async def agency_arrived(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[AgencyStepIn]
) -> Response[AgencyRequestShown]:
    """The agency is on scene."""
    return await _step(request, request_id, data, "arrived")


@post(f"{ONE}/result", opt=acts("agency_request.result"), tags=TAGS, status_code=200)
async def agency_result(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[AgencyStepIn]
) -> Response[AgencyRequestShown]:
    """What came of it: the request is over."""
    return await _step(request, request_id, data, "result")


@post(f"{ONE}/decline", opt=acts("agency_request.decline"), tags=TAGS, status_code=200)
async def agency_declines(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[AgencyStepIn]
) -> Response[AgencyRequestShown]:
    """The agency cannot come; the units on the incident are told."""
    return await _step(request, request_id, data, "decline")


@post(f"{ONE}/chase", opt=acts("agency_request.chase"), tags=TAGS, status_code=200)
async def chase_agency(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AgencyRequestShown]:
    """Tell the agency again; it is counted, and what is waited for begins anew."""
    return await _take(request, request_id, data, lambda w: requesting.chase(w, request_id))


@post(f"{ONE}/withdraw", opt=acts("agency_request.withdraw"), tags=TAGS, status_code=200)
async def withdraw_request(
    request: Asked, request_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AgencyRequestShown]:
    """It is not needed any more, and the agency is told so; needs a reason."""
    return await _take(request, request_id, data, lambda w: requesting.withdraw(w, request_id))


HANDLERS = (
    list_requests,
    request_help,
    read_told_agency,
    agency_taken,
    agency_arrived,
    agency_result,
    agency_declines,
    chase_agency,
    withdraw_request,
)
