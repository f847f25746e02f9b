"""Incidents at the door: lists, one incident, what is known better, orders and recommendations, the timeline.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch import views
from dispatch.desk import describing, diverting, ordering, previewing
from dispatch.desk.ordering import Recommendation
from dispatch.desk.previewing import Preview
from dispatch.desk.reports import PlaceIn
from dispatch.errors import Invalid
from dispatch.joint_offers.shown import Offer
from dispatch.seating import store as seats
from dispatch.seating.store import Opened
from dispatch.shown import IncidentShown, NoteShown, TimelineRow
from dispatch.work import Actor, Work
from web.acting import Asked, acts, answer, entity_version_read, perform, runtime_of, shown
from web.listing import (
    After,
    Limit,
    Narrowed,
    Priorities,
    States,
    Text,
    TypeCode,
    Types,
    incident_filter,
    known_only,
    number_after,
    page_of,
    uuid_after,
)
from web.live_feed import LiveFeed
from web.live_passing import OPEN_S
from web.schemas import Act, AmendIn, NoteIn, Ordered, OrdersIn, Page

TAGS = ["incidents"]
FILTERS = ("state", "room", "type", "priority", "cell", "since", "q", "limit", "after")


@get("/incidents", opt=acts("incident.read"), tags=TAGS)
async def list_incidents(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    types: Types = None,
    priorities: Priorities = None,
    cell: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    text: Text = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[IncidentShown]:
    """Incidents this seat may see, newest first; closed ones too unless a state is given."""
    known_only(request, FILTERS)
    runtime = runtime_of(request)
    which = incident_filter(runtime.centre, states, room, Narrowed(types, priorities, cell, since, text))
    async with runtime.pool.acquire() as conn:
        found = await views.incident_page(
            conn, runtime.centre, request.user, which, (uuid_after(after), limit + 1)
        )
    return page_of(found, limit)


@get("/incidents/{incident_id:uuid}", opt=acts("incident.read"), tags=TAGS)
async def read_incident(request: Asked, incident_id: FromPath[UUID]) -> Response[IncidentShown]:
    """One incident with all its alarms, assignments, forms and notes."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await views.incident(conn, runtime.centre, request.user, incident_id))


@patch(
    "/incidents/{incident_id:uuid}",
    opt=acts("incident.amend", "incident.lower_p1", "incident.change_primary"),
    tags=TAGS,
)
async def amend_incident(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[AmendIn]
) -> Response[IncidentShown]:
    """Correct type, priority, place, labels or primary. A new type or place proposes a room, never re-owns by itself."""
    version = entity_version_read(request)
    changes = describing.Changes(
        type=data.type,
        priority=data.priority,
        place=data.place,
        labels=data.labels,
        primary_id=data.primary_id,
    )

    async def do(w: Work) -> dict[str, Any]:
        return {"incident": (await describing.amend(w, incident_id, version, changes)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.incidents, [made["incident"]]))[0])


@post("/incidents/{incident_id:uuid}/notes", opt=acts("incident.note"), tags=TAGS)
async def add_note(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[NoteIn]
) -> Response[NoteShown]:
    """Add to what is known; notes are never changed. An urgent one is sent to every unit on it."""

    async def do(w: Work) -> dict[str, Any]:
        _, note_id = await describing.add_note(w, incident_id, data.kind, data.text, data.urgent)
        return {"note": note_id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.notes, [made["note"]]))[0], 201)


@get("/incidents/{incident_id:uuid}/timeline", opt=acts("incident.read"), tags=TAGS)
async def read_timeline(
    request: Asked, incident_id: FromPath[UUID], limit: Limit = 100, after: After = None
) -> Page[TimelineRow]:
    """The journal of the incident and of those merged into it, in its order; `seq` is null until relayed."""
    known_only(request, ("limit", "after"))
    runtime = runtime_of(request)
    page = (number_after(after) or 0, limit + 1)
    async with runtime.pool.acquire() as conn:
        rows = await views.timeline(conn, runtime.centre, request.user, incident_id, page)
    return page_of(rows, limit, "position")


@get("/incidents/{incident_id:uuid}/recommendation", opt=acts("incident.recommend"), tags=TAGS)
async def recommend(
    request: Asked,
    incident_id: FromPath[UUID],
    units: FromQuery[int | None] = None,
    waves: FromQuery[int] = 2,
) -> Recommendation:
    """Whom to send, with reasons and why-nots; kept for 15 minutes as shown."""
    known_only(request, ("units", "waves"))
    runtime, actor = runtime_of(request), Actor(principal=request.user)
    asked: list[ordering.Asking] = []
    kept: list[Recommendation] = []

    async def ask(w: Work) -> dict[str, Any]:
        asked[:] = [await ordering.ask(w, incident_id, units, waves)]
        return {}

    await runtime.acting.act(actor, ask)
    basis, ranking = await ordering.answered(runtime.centre, asked[0])
    beside = await diverting.diversions(runtime.pool, runtime.centre, asked[0], ranking)

    async def keep(w: Work) -> dict[str, Any]:
        kept[:] = [await ordering.keep(w, asked[0], basis, ranking, beside)]
        return {}

    await runtime.acting.act(actor, keep)
    return kept[0]


@post(
    "/incidents/{incident_id:uuid}/assignments",
    opt=acts("incident.order", "assignment.preempt", "assignment.preempt_next"),
    tags=TAGS,
)
async def order(request: Asked, incident_id: FromPath[UUID], data: JSONBody[OrdersIn]) -> Response[Ordered]:
    """Order units or rooms: all of them or none, one assignment per order in the order given.

    With `preempt` units are also taken from less urgent jobs, whose incidents return to the queue with the reason.
    """

    async def do(w: Work) -> dict[str, Any]:
        placed = await ordering.order(
            w, incident_id, data.orders, data.kind, data.recommendation_id, data.preempt
        )
        return {"assignments": [assignment.id for assignment in placed]}

    made = await perform(request, data, do)
    return Response(Ordered(await shown(request, views.assignments, made["assignments"])), status_code=201)


@get("/recommendation", opt=acts("incident.recommend"), tags=TAGS)
async def preview(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    lon: FromQuery[float],
    lat: FromQuery[float],
    datum: FromQuery[str] = "WGS84",
    type_code: TypeCode = None,
    priority: FromQuery[int | None] = None,
    units: FromQuery[int | None] = None,
    waves: FromQuery[int] = 2,
) -> Preview:
    """Whom one would send to a place that is still being typed; kept nowhere, nothing can be ordered by it."""
    known_only(request, ("lon", "lat", "datum", "type", "priority", "units", "waves"))
    if priority is not None and not 1 <= priority <= 4:
        raise Invalid("A priority is 1 to 4.", field="priority")
    place = PlaceIn(lon=lon, lat=lat, datum=datum)
    asked = previewing.Asked(place=place, type=type_code, priority=priority, units=units, waves=waves)
    runtime = runtime_of(request)
    return await previewing.preview(runtime.pool, runtime.centre, request.user, asked)


@get("/recommendation/together", opt=acts("incident.recommend", "incident.order"), tags=TAGS)
async def offer_together(request: Asked) -> Response[Offer | None]:
    """Whom the waiting incidents of this seat would get together, where that is better than one after another; 204: it is not.

    Kept as shown: each call is ordered by its own `recommendation_id`. Asked for while two or more wait; an answer holds for 10 s.
    """
    known_only(request, ())
    offer = await runtime_of(request).joint_offers.offer(request.user)
    return Response(offer, status_code=200 if offer is not None else 204)


@post("/incidents/{incident_id:uuid}/open", opt=acts("incident.read"), tags=TAGS, status_code=204)
async def open_incident(request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]) -> Response[None]:
    """Say that this seat has it open 处理中, for 15 s; a page with a socket says so there. Kept in no journal."""
    del data
    runtime, principal = runtime_of(request), request.user
    async with runtime.pool.acquire() as conn:
        await views.incident(conn, runtime.centre, principal, incident_id)
        opened = Opened(f"http:{principal.id}", incident_id, principal.id, principal.seat_id)
        await seats.keep_open(conn, [opened], OPEN_S)
    feed: LiveFeed = request.app.state.live_feed
    feed.passing.wake()
    return Response(None, status_code=204)


HANDLERS = (
    list_incidents,
    read_incident,
    amend_incident,
    add_note,
    read_timeline,
    recommend,
    preview,
    offer_together,
    open_incident,
    order,
)
