"""Pursuits at the door: where it was seen, called one, ended, joined by the rooms on its way, command declined.

Each address is one act of the desk and answers with the incident; command is taken by `POST /incidents/{id}/take`.
"""

from functools import partial
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dispatch import views
from dispatch.desk import pursuing
from dispatch.pursuits.shown import SightingShown
from dispatch.pursuits.views import sighting_page
from dispatch.shown import IncidentShown
from web.acting import Asked, act_on, acts, runtime_of
from web.borders import PursuitEndIn, SeenAtIn
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, Page

TAGS = ["incidents"]
ONE = "/incidents/{incident_id:uuid}"


_take = partial(act_on, views.incidents)


@get(f"{ONE}/seen-at", opt=acts("incident.read"), tags=TAGS)
async def list_sightings(
    request: Asked, incident_id: FromPath[UUID], limit: Limit = 100, after: After = None
) -> Page[SightingShown]:
    """Every point of its trail, in the order they were told; `at` is when it was there."""
    known_only(request, ("limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await sighting_page(conn, runtime.centre, request.user, incident_id, page)
    return page_of(found, limit)


@post(f"{ONE}/seen-at", opt=acts("incident.seen_at"), tags=TAGS, status_code=200)
async def seen_at(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[SeenAtIn]
) -> Response[IncidentShown]:
    """It was seen there. The newest by its claimed time moves the incident; whatever comes late fills the trail."""
    return await _take(request, incident_id, data, lambda w: pursuing.see(w, incident_id, data.told()))


@post(f"{ONE}/pursuit", opt=acts("incident.pursue"), tags=TAGS, status_code=200)
async def pursue(request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]) -> Response[IncidentShown]:
    """Call it a pursuit before anybody has seen where it went."""
    return await _take(request, incident_id, data, lambda w: pursuing.pursue(w, incident_id))


@post(f"{ONE}/pursuit/end", opt=acts("incident.end_pursuit"), tags=TAGS, status_code=200)
async def end_pursuit(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[PursuitEndIn]
) -> Response[IncidentShown]:
    """It was stopped, lost or caught; the units on it are told."""
    return await _take(request, incident_id, data, lambda w: pursuing.end(w, incident_id, data.outcome))


@post(f"{ONE}/pursuit/join", opt=acts("incident.join_pursuit"), tags=TAGS, status_code=200)
async def join_pursuit(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[IncidentShown]:
    """A room into whose area it has come takes part and orders its own units; duty stays where it is."""
    return await _take(request, incident_id, data, lambda w: pursuing.join(w, incident_id))


@post(f"{ONE}/pursuit/decline", opt=acts("incident.take_command"), tags=TAGS, status_code=200)
async def decline_command(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[IncidentShown]:
    """The room to which command was offered leaves it where it is."""
    return await _take(request, incident_id, data, lambda w: pursuing.decline(w, incident_id))


HANDLERS = (list_sightings, seen_at, pursue, end_pursuit, join_pursuit, decline_command)
