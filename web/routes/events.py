"""Planned events at the door: drafted, amended, submitted, approved or returned, held, ended, summed up; posts; the log.

Each address is one act of the desk and answers with the event as it stands. What counts in rankings counts here at once;
other replicas follow the feed.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch.desk import holding, manning_posts, noticing, preparing, rephasing
from dispatch.errors import Invalid
from dispatch.planned_events.model import EventState
from dispatch.planned_events.shown import EventLogRow, EventShown
from dispatch.planned_events.store import Narrowed
from dispatch.planned_events.views import event_page, events, log_page, one_event
from dispatch.work import Work
from web.acting import Asked, OnOne, acts, answer, entity_version_read, perform, perform_on, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.planned import EventExtendIn, EventIn, EventLogIn, EventPhasesIn, EventPostIn, EventTextIn
from web.schemas import Act, NoticeIn, Page

TAGS = ["events"]
ONE = "/events/{event_id:uuid}"
POST = f"{ONE}/posts/{{post_id:uuid}}"
States = Annotated[
    list[str] | None,
    QueryParameter(
        name="state", description="repeat or divide by commas; `open`: neither summed up nor cancelled"
    ),
]

type One = Response[EventShown]


@get("/events", opt=acts("event.read"), tags=TAGS)
async def list_events(
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[EventShown]:
    """Planned events this seat may see, the newest first; a unit sees those it has a post in. Sealed words are left out."""
    known_only(request, ("state", "room", "limit", "after"))
    asked = [one for text in states or () for one in text.split(",")]
    unknown = [one for one in asked if one != "open" and one not in set(EventState)]
    if unknown:
        raise Invalid(f"There is no state {unknown[0]!r:.40}.", field="state")
    named = [one for one in asked if one != "open"]
    which = Narrowed(open_only="open" in asked, states=named or None, room_id=room)
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        return page_of(await event_page(conn, runtime.centre, request.user, which, page), limit)


@get(ONE, opt=acts("event.read"), tags=TAGS)
async def read_event(request: Asked, event_id: FromPath[UUID]) -> One:
    """One with its note, tasks and conflicts, as far as this seat may read them."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await one_event(conn, runtime.centre, request.user, event_id))


@get(f"{ONE}/log", opt=acts("event.read"), tags=TAGS)
async def read_event_log(
    request: Asked, event_id: FromPath[UUID], limit: Limit = 100, after: After = None
) -> Page[EventLogRow]:
    """What has happened to it and what was written, the newest first."""
    known_only(request, ("limit", "after"))
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Invalid("after is the `next` of the page before.", field="after")
    runtime, page = runtime_of(request), (int(after) if after else None, limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await log_page(conn, runtime.centre, request.user, event_id, page)
    following = str(found[limit - 1].n) if len(found) > limit else None
    return Page(items=found[:limit], next=following)


@post("/events", opt=acts("event.draft"), tags=TAGS)
async def draft_event(request: Asked, data: JSONBody[EventIn]) -> One:
    """Draft one for one's own room or a room below."""

    async def do(w: Work) -> dict[str, Any]:
        return {"event": (await preparing.draft(w, data.plan())).id}

    made = await perform(request, data, do)
    return answer((await shown(request, events, [made["event"]]))[0], 201)


@patch(ONE, opt=acts("event.amend"), tags=TAGS)
async def amend_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventIn]) -> One:
    """Write a draft, or one that was returned, anew as a whole. Needs If-Match."""
    version = entity_version_read(request)
    return await _take(request, event_id, data, lambda w: preparing.amend(w, event_id, data.plan(), version))


async def _take(request: Asked, event_id: UUID, data: Act, act: OnOne) -> One:
    await perform_on(request, event_id, data, act)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        await runtime.followers.commit_units(conn)
    return answer((await shown(request, events, [event_id]))[0])


@post(f"{ONE}/submit", opt=acts("event.submit"), tags=TAGS, status_code=200)
async def submit_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[Act]) -> One:
    """Ask the room above for approval; of the city's own, another leader of the city."""
    return await _take(request, event_id, data, lambda w: preparing.submit(w, event_id))


@post(f"{ONE}/approve", opt=acts("event.approve"), tags=TAGS, status_code=200)
async def approve_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[Act]) -> One:
    """It will be held; never by who submitted it."""
    return await _take(request, event_id, data, lambda w: preparing.approve(w, event_id))


@post(f"{ONE}/return", opt=acts("event.return"), tags=TAGS, status_code=200)
async def return_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventTextIn]) -> One:
    """It will not do as it is, and why."""
    return await _take(request, event_id, data, lambda w: preparing.return_(w, event_id, data.text))


@post(f"{ONE}/cancel", opt=acts("event.cancel"), tags=TAGS, status_code=200)
async def cancel_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventTextIn]) -> One:
    """It is not held, and why. One that runs is ended instead."""
    return await _take(request, event_id, data, lambda w: preparing.cancel(w, event_id, data.text))


@post(f"{ONE}/start", opt=acts("event.start"), tags=TAGS, status_code=200)
async def start_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[Act]) -> One:
    """Begin before its time; otherwise its time starts it."""
    return await _take(request, event_id, data, lambda w: holding.start(w, event_id))


@post(f"{ONE}/extend", opt=acts("event.extend"), tags=TAGS, status_code=200)
async def extend_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventExtendIn]) -> One:
    """It lasts longer, and so do the posts that lasted to its end; refused by their names while a unit is promised elsewhere then."""
    return await _take(request, event_id, data, lambda w: holding.extend(w, event_id, data.ends_at))


@put(f"{ONE}/phases", opt=acts("event.rephase"), tags=TAGS)
async def rephase_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventPhasesIn]) -> One:
    """Other phases after approval: what has begun stays, posts for a shifted phase follow. Needs If-Match; undone by another change."""
    version, phases = entity_version_read(request), tuple(one.phase() for one in data.phases)
    return await _take(request, event_id, data, lambda w: rephasing.rephase(w, event_id, phases, version))


@post(f"{ONE}/end", opt=acts("event.end"), tags=TAGS, status_code=200)
async def end_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[Act]) -> One:
    """End it: its units are free and hear so. No time does this by itself."""
    return await _take(request, event_id, data, lambda w: holding.end(w, event_id))


@post(f"{ONE}/sum-up", opt=acts("event.sum_up"), tags=TAGS, status_code=200)
async def sum_up_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventTextIn]) -> One:
    """Write down what is to be learnt; it is closed."""
    return await _take(request, event_id, data, lambda w: holding.sum_up(w, event_id, data.text))


@post(f"{ONE}/log", opt=acts("event.log"), tags=TAGS, status_code=200)
async def log_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventLogIn]) -> One:
    """Write into its log."""
    return await _take(request, event_id, data, lambda w: holding.log(w, event_id, data.kind, data.text))


@post(f"{ONE}/message", opt=acts("event.message"), tags=TAGS, status_code=200)
async def message_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventTextIn]) -> One:
    """Say something to all its units; it stands in the log."""
    return await _take(request, event_id, data, lambda w: holding.message(w, event_id, data.text))


@post(f"{ONE}/notice", opt=acts("event.notice"), tags=TAGS, status_code=200)
async def notice_event(request: Asked, event_id: FromPath[UUID], data: JSONBody[NoticeIn]) -> One:
    """This person has seen alerts of it; without them: all that stand."""
    return await _take(request, event_id, data, lambda w: noticing.notice_event(w, event_id, data.alerts))


@post(f"{ONE}/posts", opt=acts("event.dedicate"), tags=TAGS)
async def dedicate_unit(request: Asked, event_id: FromPath[UUID], data: JSONBody[EventPostIn]) -> One:
    """Give a unit a post, or let it relieve another. 409 says where it stands at that time."""
    answered = await _take(
        request, event_id, data, lambda w: manning_posts.dedicate(w, event_id, data.plan())
    )
    return answer(answered.content, 201)


@post(f"{POST}/withdraw", opt=acts("event.withdraw_unit"), tags=TAGS, status_code=200)
async def withdraw_unit(
    request: Asked, event_id: FromPath[UUID], post_id: FromPath[UUID], data: JSONBody[Act]
) -> One:
    """Take the unit from its post: it is free. Needs a reason once the event is approved."""
    return await _take(request, event_id, data, lambda w: manning_posts.withdraw_unit(w, event_id, post_id))


@post(f"{POST}/check-in", opt=acts("event.check_in"), tags=TAGS, status_code=200)
async def check_in_unit(
    request: Asked, event_id: FromPath[UUID], post_id: FromPath[UUID], data: JSONBody[Act]
) -> One:
    """The unit is at its post, by its own word or a dispatcher's; whom it relieves is free."""
    return await _take(request, event_id, data, lambda w: manning_posts.check_in(w, event_id, post_id))


HANDLERS = (
    list_events,
    read_event,
    read_event_log,
    draft_event,
    amend_event,
    submit_event,
    approve_event,
    return_event,
    cancel_event,
    start_event,
    extend_event,
    rephase_event,
    end_event,
    sum_up_event,
    log_event,
    message_event,
    notice_event,
    dedicate_unit,
    withdraw_unit,
    check_in_unit,
)
