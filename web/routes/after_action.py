"""After-action reviews at the door: opened, begun, findings, actions to their end, the signed conclusion, and the printed sheet.

Each address is one act of the desk and answers with the review or the action as it stands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch import store as dispatch_store
from dispatch.accounts import store as accounts
from dispatch.after_action.model import ACTION_STANDING, STANDING, ActionState, Cause, ReviewState
from dispatch.after_action.shown import AfterActionReviewShown, ReviewActionShown
from dispatch.after_action.store import ActionsNarrowed, Narrowed
from dispatch.after_action.views import action_page, actions, one_review, review_page, reviews
from dispatch.desk import following_up, looking_back
from dispatch.replaying.course import Course, course
from dispatch.work import Work
from web.acting import Asked, act_on, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, chosen, known_only, page_of, uuid_after
from web.reviewing import ActionReturnIn, ConclusionIn, FindingIn, JoinIn, ReviewActionIn, SaidIn, VerifiedIn
from web.schemas import Act, Page

log = structlog.get_logger(__name__)

TAGS = ["after-action reviews"]
ONE = "/after-action-reviews/{review_id:uuid}"
ACTION = "/review-actions/{action_id:uuid}"
STATES = ("standing", *ReviewState)
ACTION_STATES = ("standing", *ActionState)
CAUSES: tuple[Cause, ...] = ("sensitive", "major", "sample", "person")
States = Annotated[
    list[str] | None,
    QueryParameter(name="state", description="repeat or divide by commas; `standing`: not ended"),
]
Causes = Annotated[
    list[str] | None,
    QueryParameter(name="cause", description="repeat or divide by commas: why it was opened"),
]


def _states(given: list[str] | None, allowed: tuple[str, ...], standing: frozenset[str]) -> list[str] | None:
    found = chosen(given, allowed, "state")
    if found is None:
        return None
    return sorted({one for one in found if one != "standing"} | (standing if "standing" in found else set()))


@get("/after-action-reviews", opt=acts("after_action_review.read"), tags=TAGS)
async def list_reviews(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    states: States = None,
    causes: Causes = None,
    mine: FromQuery[bool] = False,
    incident: FromQuery[UUID | None] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[AfterActionReviewShown]:
    """Reviews of this seat's rooms, the newest first, without what people wrote. mine: those I take part in."""
    known_only(request, ("state", "cause", "mine", "incident", "limit", "after"))
    which = Narrowed(
        states=_states(states, STATES, frozenset(STANDING)), causes=chosen(causes, CAUSES, "cause"),
        who=request.user.id if mine else None, incident_id=incident,
    )  # fmt: skip
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await review_page(conn, runtime.centre, request.user, which, page)
    return page_of(found, limit)


@get("/incidents/{incident_id:uuid}/after-action-reviews", opt=acts("after_action_review.read"), tags=TAGS)
async def list_reviews_of(request: Asked, incident_id: FromPath[UUID]) -> Page[AfterActionReviewShown]:
    """Every review there was of an incident, the newest first."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        which = Narrowed(incident_id=incident_id)
        found = await review_page(conn, runtime.centre, request.user, which, (None, 500))
    return page_of(found, 500)


@post("/incidents/{incident_id:uuid}/after-action-reviews", opt=acts("after_action_review.open"), tags=TAGS)
async def open_review(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AfterActionReviewShown]:
    """Look back on an incident; the one that stands is begun, if there is one."""

    async def do(w: Work) -> dict[str, Any]:
        return {"review": (await looking_back.open_review(w, incident_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, reviews, [made["review"]]))[0], 201)


@get(ONE, opt=acts("after_action_review.read", "after_action_review.open_texts"), tags=TAGS)
async def read_review(request: Asked, review_id: FromPath[UUID]) -> Response[AfterActionReviewShown]:
    """One review with what was found and what follows from it."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await one_review(conn, runtime.centre, request.user, review_id))


@get(
    f"{ONE}/sheet.pdf",
    opt=acts("after_action_review.read", "after_action_review.open_texts"),
    tags=TAGS,
    media_type="application/pdf",
)
async def print_one(
    request: Asked, review_id: FromPath[UUID], lang: FromQuery[Literal["zh", "en"]] = "zh"
) -> Response[bytes]:
    """The review as a sheet to be signed: course, times against targets, findings, actions. Who prints it is logged."""
    from web.printing.review import Sheet, print_review  # spares a replica that comes back 0.3 s

    known_only(request, ("lang",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        review = await one_review(conn, runtime.centre, request.user, review_id)
        told = await course(conn, runtime.centre, request.user, review.incident_id)
        people = await accounts.names_of(conn, _named_in(review, told))
        now = await dispatch_store.now(conn)
    log.info("review_printed", principal=request.user.id, review_id=str(review_id))
    sheet = Sheet(
        review=review,
        course=told,
        reference=runtime.centre.reference,
        people=people,
        zone=runtime.centre.zone,
        lang=lang,
        printed_at=now,
    )
    body = await asyncio.to_thread(print_review, sheet)
    name = f"review-{review.number or review.id}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


def _named_in(review: AfterActionReviewShown, told: Course) -> set[str]:
    """Everybody the sheet names."""
    named = {
        *told.actors,
        *review.participants,
        *(ack.by for one in told.knowledge for ack in one.acknowledged),
    }
    named |= {turn.by for action in review.actions for turn in action.turns}
    return named | ({review.signed_by} if review.signed_by else set())


_take = partial(act_on, reviews)


@post(f"{ONE}/begin", opt=acts("after_action_review.begin"), tags=TAGS, status_code=200)
async def begin_review(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AfterActionReviewShown]:
    """Begin with one that waits, and take part."""
    return await _take(request, review_id, data, lambda w: looking_back.begin(w, review_id))


@post(f"{ONE}/participants", opt=acts("after_action_review.join"), tags=TAGS, status_code=200)
async def join_review(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[JoinIn]
) -> Response[AfterActionReviewShown]:
    """Take part, or name somebody who had a hand in the incident."""
    return await _take(request, review_id, data, lambda w: looking_back.join(w, review_id, data.participant))


@post(f"{ONE}/findings", opt=acts("after_action_review.find"), tags=TAGS, status_code=201)
async def add_finding(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[FindingIn]
) -> Response[AfterActionReviewShown]:
    """Say what went well, what did not, or why; of a moment of the course, if of one."""
    seen = looking_back.Seen(kind=data.kind, text=data.text, position=data.position)
    told = await _take(request, review_id, data, lambda w: looking_back.find(w, review_id, seen))
    told.status_code = 201
    return told


@post(f"{ONE}/actions", opt=acts("after_action_review.order"), tags=TAGS)
async def order_action(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[ReviewActionIn]
) -> Response[ReviewActionShown]:
    """Have a room do something about what was found, until a time."""
    wanted = following_up.Wanted(
        room_id=data.room_id, text=data.text, due_at=data.due_at, finding_id=data.finding_id, role=data.role
    )

    async def do(w: Work) -> dict[str, Any]:
        return {"action": (await following_up.order(w, review_id, wanted)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, actions, [made["action"]]))[0], 201)


@post(f"{ONE}/close", opt=acts("after_action_review.close"), tags=TAGS, status_code=200)
async def close_review(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[ConclusionIn]
) -> Response[AfterActionReviewShown]:
    """Sign the conclusion; every action has ended by then."""
    return await _take(request, review_id, data, lambda w: looking_back.close(w, review_id, data.text))


@post(f"{ONE}/withdraw", opt=acts("after_action_review.withdraw"), tags=TAGS, status_code=200)
async def withdraw_review(
    request: Asked, review_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[AfterActionReviewShown]:
    """It is not held after all; only one that a person wanted, with the reason."""
    return await _take(request, review_id, data, lambda w: looking_back.withdraw(w, review_id))


@get("/review-actions", opt=acts("review_action.read"), tags=TAGS)
async def list_actions(
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    overdue: FromQuery[bool] = False,
    limit: Limit = 100,
    after: After = None,
) -> Page[ReviewActionShown]:
    """What this seat's rooms have to do or have ordered, the newest first. overdue: not done, and its time has passed."""
    known_only(request, ("state", "room", "overdue", "limit", "after"))
    wanted = _states(states, ACTION_STATES, frozenset(ACTION_STANDING))
    if overdue:
        wanted = sorted({"open", "returned"} & set(wanted or ("open", "returned")))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        before = await dispatch_store.now(conn) if overdue else None
        which = ActionsNarrowed(states=wanted, room_id=room, due_before=before)
        found = await action_page(conn, runtime.centre, request.user, which, page)
    return page_of(found, limit)


async def _act(
    request: Asked, action_id: UUID, data: Act, act: Callable[[Work], Awaitable[object]]
) -> Response[ReviewActionShown]:
    async def do(w: Work) -> dict[str, Any]:
        await act(w)
        return {"action": action_id}

    await perform(request, data, do)
    return answer((await shown(request, actions, [action_id]))[0])


@post(f"{ACTION}/finish", opt=acts("review_action.finish"), tags=TAGS, status_code=200)
async def finish_action(
    request: Asked, action_id: FromPath[UUID], data: JSONBody[SaidIn]
) -> Response[ReviewActionShown]:
    """It is done, and with what."""
    return await _act(request, action_id, data, lambda w: following_up.finish(w, action_id, data.text))


@post(f"{ACTION}/return", opt=acts("review_action.return"), tags=TAGS, status_code=200)
async def return_action(
    request: Asked, action_id: FromPath[UUID], data: JSONBody[ActionReturnIn]
) -> Response[ReviewActionShown]:
    """That will not do."""
    return await _act(
        request, action_id, data, lambda w: following_up.return_(w, action_id, data.text, data.due_at)
    )


@post(f"{ACTION}/verify", opt=acts("review_action.verify"), tags=TAGS, status_code=200)
async def verify_action(
    request: Asked, action_id: FromPath[UUID], data: JSONBody[VerifiedIn]
) -> Response[ReviewActionShown]:
    """Somebody else than who did it has seen that it is done."""
    return await _act(request, action_id, data, lambda w: following_up.verify(w, action_id, data.text))


@post(f"{ACTION}/drop", opt=acts("review_action.drop"), tags=TAGS, status_code=200)
async def drop_action(
    request: Asked, action_id: FromPath[UUID], data: JSONBody[SaidIn]
) -> Response[ReviewActionShown]:
    """It will not be done, and why."""
    return await _act(request, action_id, data, lambda w: following_up.drop(w, action_id, data.text))


HANDLERS = (
    list_reviews,
    list_reviews_of,
    open_review,
    read_review,
    print_one,
    begin_review,
    join_review,
    add_finding,
    order_action,
    close_review,
    withdraw_review,
    list_actions,
    finish_action,
    return_action,
    verify_action,
    drop_action,
)
