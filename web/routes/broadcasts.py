"""Broadcasts 群呼 and lookouts 布控 at the door: who would be reached, sending, lamps, ends; and marks looked up while typing.

What is typed travels in a body, never in an address, and is kept nowhere.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from dispatch import store
from dispatch.acts import authorise
from dispatch.broadcasts.audience import checked
from dispatch.broadcasts.model import Broadcast
from dispatch.broadcasts.shown import AddressedShown, BroadcastShown, MatchShown, RecipientShown
from dispatch.broadcasts.views import broadcast_page, broadcasts, matches, one_broadcast, recipients
from dispatch.desk import acknowledging, addressing, broadcasting, noticing, spotting
from dispatch.work import Actor, Work
from web.acting import Asked, OnOne, acts, answer, perform, perform_on, runtime_of, shown
from web.broadcasting import (
    AudienceIn,
    BroadcastEndIn,
    BroadcastExtendIn,
    BroadcastIn,
    BroadcastLinkIn,
    MatchesIn,
)
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, Items, NoticeIn, Page

TAGS = ["broadcasts"]
ONE = "/broadcasts/{broadcast_id:uuid}"
Over = Annotated[bool, QueryParameter(name="all", description="1: those that are over too")]


@get("/broadcasts", opt=acts("broadcast.read"), tags=TAGS)
async def list_broadcasts(
    request: Asked, over: Over = False, limit: Limit = 100, after: After = None
) -> Page[BroadcastShown]:
    """Broadcasts that stand, of or to this seat's rooms or this unit, the newest first."""
    known_only(request, ("all", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await broadcast_page(conn, runtime.centre, request.user, page, over)
    return page_of(found, limit)


@get(ONE, opt=acts("broadcast.read"), tags=TAGS)
async def read_broadcast(request: Asked, broadcast_id: FromPath[UUID]) -> Response[BroadcastShown]:
    """One broadcast."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await one_broadcast(conn, runtime.centre, request.user, broadcast_id))


@get(f"{ONE}/recipients", opt=acts("broadcast.read"), tags=TAGS)
async def list_recipients(request: Asked, broadcast_id: FromPath[UUID]) -> Items[RecipientShown]:
    """Everybody it went to with what became of it there, who has not read it first; for the rooms that sent it."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await recipients(conn, runtime.centre, request.user, broadcast_id))


@post("/broadcasts/recipients", opt=acts("broadcast.send", "broadcast.request"), tags=TAGS, status_code=200)
async def show_recipients(request: Asked, data: JSONBody[AudienceIn]) -> Response[AddressedShown]:
    """Whom an audience reaches now; send these back in `recipients`, and exactly they are told. Nothing is sent."""
    runtime, audience = runtime_of(request), checked(data.audience)
    async with runtime.pool.acquire() as conn:
        w = Work(conn, await store.now(conn), Actor(principal=request.user), runtime.centre)
        scope = await addressing.scope_of(w, audience, data.through)
        to = await addressing.addressed(w, audience, scope.room_id)
    units = sorted(to.units.values(), key=lambda unit: unit.handle)
    return Response(
        AddressedShown(
            units=tuple(unit.id for unit in units), rooms=tuple(sorted(to.rooms)), scope_room=scope.room_id,
            terminals=sum(unit.gateway is not None for unit in units), asks=scope.asks,
        )
    )  # fmt: skip


@post("/broadcasts/matches", opt=acts("broadcast.match"), tags=TAGS, status_code=200)
async def find_matches(request: Asked, data: JSONBody[MatchesIn]) -> Items[MatchShown]:
    """Lookouts to this seat of which a plate or a name stands in what is being typed."""
    authorise(request.user, "broadcast", "match")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await matches(conn, runtime.centre, request.user, data.texts, data.exercise))


@post("/broadcasts", opt=acts("broadcast.send", "broadcast.send_wide", "broadcast.request"), tags=TAGS)
async def send_broadcast(request: Asked, data: JSONBody[BroadcastIn]) -> Response[BroadcastShown]:
    """Say something to many at once, or have a room above asked to: `state` is then `proposed`."""
    writing = broadcasting.Writing(
        kind=data.kind, text=data.text, audience=data.audience, urgent=data.urgent, advice=data.advice, marks=data.marks,
        expires_at=data.expires_at, incident_id=data.incident_id, replaces=data.replaces, through=data.through,
        recipients=(data.recipients.units, data.recipients.rooms) if data.recipients else None, exercise=data.exercise,
    )  # fmt: skip

    async def do(w: Work) -> dict[str, Any]:
        return {"broadcast": (await broadcasting.write(w, writing)).id}

    made = await perform(request, data, do)
    await _take_over(request)
    return answer((await shown(request, broadcasts, [made["broadcast"]]))[0], 201)


async def _take_over(request: Asked) -> None:
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        await runtime.followers.look_out(conn)


async def _take(request: Asked, broadcast_id: UUID, data: Act, act: OnOne) -> Response[BroadcastShown]:
    await perform_on(request, broadcast_id, data, act)
    await _take_over(request)
    return answer((await shown(request, broadcasts, [broadcast_id]))[0])


@post(f"{ONE}/approve", opt=acts("broadcast.approve", "broadcast.send_wide"), tags=TAGS, status_code=200)
async def approve_broadcast(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[BroadcastShown]:
    """The room above sends what was asked of it, to whoever it means now."""
    return await _take(request, broadcast_id, data, lambda w: broadcasting.approve(w, broadcast_id))


@post(f"{ONE}/decline", opt=acts("broadcast.decline"), tags=TAGS, status_code=200)
async def decline_broadcast(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[BroadcastEndIn]
) -> Response[BroadcastShown]:
    """The room above does not send it, and says why."""
    return await _take(
        request, broadcast_id, data, lambda w: broadcasting.decline(w, broadcast_id, data.text)
    )


@post(f"{ONE}/extend", opt=acts("broadcast.extend"), tags=TAGS, status_code=200)
async def extend_broadcast(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[BroadcastExtendIn]
) -> Response[BroadcastShown]:
    """Let it hold longer, or not so long."""
    return await _take(
        request, broadcast_id, data, lambda w: broadcasting.extend(w, broadcast_id, data.expires_at)
    )


@post(f"{ONE}/cancel", opt=acts("broadcast.cancel"), tags=TAGS, status_code=200)
async def cancel_broadcast(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[BroadcastEndIn]
) -> Response[BroadcastShown]:
    """It holds no longer; every terminal it went to is told, and why."""
    return await _take(request, broadcast_id, data, lambda w: broadcasting.cancel(w, broadcast_id, data.text))


@post(f"{ONE}/call-again", opt=acts("broadcast.call_again"), tags=TAGS, status_code=200)
async def call_broadcast_again(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[BroadcastShown]:
    """Say it again to everybody who has not read it."""
    return await _take(request, broadcast_id, data, lambda w: broadcasting.call_again(w, broadcast_id))


@post(f"{ONE}/notice", opt=acts("broadcast.notice"), tags=TAGS, status_code=200)
async def notice_spottings(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[NoticeIn]
) -> Response[BroadcastShown]:
    """Whoever sent it has seen where its marks were found; with alerts: one person has seen these, and nothing else."""

    async def seen(w: Work) -> Broadcast:
        if data.alerts is None:
            return await broadcasting.notice(w, broadcast_id)
        return await noticing.notice_broadcast(w, broadcast_id, data.alerts)

    return await _take(request, broadcast_id, data, seen)


@post(f"{ONE}/link", opt=acts("broadcast.link"), tags=TAGS, status_code=200)
async def link_broadcast(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[BroadcastLinkIn]
) -> Response[BroadcastShown]:
    """An incident is about what is looked out for, a person says."""
    return await _take(
        request, broadcast_id, data, lambda w: spotting.link(w, broadcast_id, data.incident_id)
    )


@post(f"{ONE}/read", opt=acts("broadcast.acknowledge"), tags=TAGS, status_code=200)
async def read_by_recipient(
    request: Asked, broadcast_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[BroadcastShown]:
    """Somebody has read it 已阅: a crew for its unit, one seat for its room."""
    return await _take(request, broadcast_id, data, lambda w: acknowledging.acknowledge(w, broadcast_id))


HANDLERS = (
    list_broadcasts,
    read_broadcast,
    list_recipients,
    show_recipients,
    find_matches,
    send_broadcast,
    approve_broadcast,
    decline_broadcast,
    extend_broadcast,
    cancel_broadcast,
    call_broadcast_again,
    notice_spottings,
    link_broadcast,
    read_by_recipient,
)
