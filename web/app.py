"""The house's front: every route under one roof, who may come in, what each answer carries, and the log of visits.

An alarm passes here first and last. `create_app` puts the parts together; nothing is decided here.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from litestar import Litestar, Router
from litestar.config.app import AppConfig
from litestar.enums import ScopeType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from dispatch.runtime.bootstrap import Runtime
from dispatch.runtime.positions import now_ms
from web.acting import Asked
from web.auth import COOKIE, CSRF_HEADER, Doorkeeper, guard
from web.body import MAX_BODY_BYTES, StrictBody
from web.errors import handle
from web.live import live
from web.live_feed import LiveFeed
from web.openapi import describe
from web.passwords import Passwords
from web.routes import (
    after_action,
    agencies,
    alarms,
    assignments,
    back_entries,
    beats,
    broadcasts,
    call_backs,
    call_points,
    calls,
    cameras,
    closures,
    courses,
    coverage,
    disputes,
    drafts,
    events,
    fixed_positions,
    forms,
    gazetteer,
    ground,
    incidents,
    jurisdictions,
    levels,
    moves,
    page,
    plans,
    playback,
    pursuits,
    reference,
    registry,
    retold,
    rosters,
    rules,
    run_cards,
    seats,
    session,
    shifts,
    shortfalls,
    standing_facts,
    supervision,
    system,
    units,
    users,
    words,
)

log = structlog.get_logger("dispatch110.access")

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SAFE = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self)"),
)
INSIST = (b"strict-transport-security", b"max-age=31536000")

type Headers = tuple[tuple[bytes, bytes], ...]

TAGS = (
    Tag("alarms", "Reports that come in."),
    Tag("calls", "Telephone calls, from the first ring; ringing back; how soon they are answered."),
    Tag("call points", "One-touch alarm devices: how they are, who answers a press."),
    Tag("incidents", "What is happening, where, how urgent."),
    Tag("assignments", "Orders to units and rooms."),
    Tag("plans", "What is to be done by whom until when: plans, tasks, cordons."),
    Tag("broadcasts", "What is said to many at once, whom to look out for, who has read it."),
    Tag("seats", "Who sits where, in which state, who covers for whom."),
    Tag(
        "shifts", "Hand-overs between who leaves and who arrives, the log of a room, what happened meanwhile."
    ),
    Tag("drafts", "Forms that are being filled in."),
    Tag("units", "Who can go, where they are now."),
    Tag("rosters", "Who should be on duty when, who is; which beats are covered."),
    Tag(
        "after-action reviews", "Looking back: the course of an incident, findings, what is done about them."
    ),
    Tag("standing facts", "What must be known of a place before anyone goes there."),
    Tag("roads", "What is closed or slow now; how far the free units get."),
    Tag(
        "reference",
        "Rooms, jurisdictions, call points, fixed positions, units, types: whole lists in and out.",
    ),
    Tag("system", "Alive, ready, counted; who am I."),
)
API = (
    *alarms.HANDLERS,
    *back_entries.HANDLERS,
    *call_points.HANDLERS,
    *cameras.HANDLERS,
    *jurisdictions.HANDLERS,
    *calls.HANDLERS,
    *incidents.HANDLERS,
    *courses.HANDLERS,
    *disputes.HANDLERS,
    *pursuits.HANDLERS,
    *assignments.HANDLERS,
    *units.HANDLERS,
    *words.HANDLERS,
    *reference.HANDLERS,
    *rules.HANDLERS,
    *run_cards.HANDLERS,
    *levels.HANDLERS,
    *ground.HANDLERS,
    *gazetteer.HANDLERS,
    *registry.HANDLERS,
    *fixed_positions.HANDLERS,
    *rosters.HANDLERS,
    *shortfalls.HANDLERS,
    *standing_facts.HANDLERS,
    *beats.HANDLERS,
    *closures.HANDLERS,
    *coverage.HANDLERS,
    *moves.HANDLERS,
    *plans.HANDLERS,
    *playback.HANDLERS,
    *forms.HANDLERS,
    *call_backs.HANDLERS,
    *seats.HANDLERS,
    *shifts.HANDLERS,
    *drafts.HANDLERS,
    *supervision.HANDLERS,
    *events.HANDLERS,
    *broadcasts.HANDLERS,
    *agencies.HANDLERS,
    *users.HANDLERS,
    *after_action.HANDLERS,
    *retold.HANDLERS,
)
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SIGN_IN = "/sign-in/"


def create_app(runtime: Runtime, *, insist: bool = False) -> Litestar:
    """Everything that speaks HTTP or WebSocket for one replica. The runtime is opened and closed by the caller.

    insist: browsers are to come by TLS ever after.
    """
    app = empty_front()
    furnish(app, runtime, insist=insist)
    return app


def furnish(
    app: Litestar, runtime: Runtime, *, insist: bool = False, passwords: Passwords | None = None
) -> None:
    """Give a front the replica behind it, and everything it remembers of its visitors anew. passwords: how they are hashed, as is usual unless given."""
    app.state.update(
        {
            "runtime": runtime,
            "doorkeeper": Doorkeeper(runtime.pool, asyncio.get_running_loop().time),
            "live_feed": LiveFeed(runtime.pool, runtime.centre, runtime.feed, now_ms),
            "passwords": passwords or Passwords(),
            "easel": ground.Easel(),
            "headers": (*SAFE, INSIST) if insist else SAFE,
        }
    )


def empty_front() -> Litestar:
    """All routes and their document; nobody is behind them yet. It takes a second of computing, and may be furnished again."""
    api = Router(
        path="/api/v1",
        route_handlers=API,
    )
    app = Front.from_config(
        AppConfig(
            route_handlers=[api, live, *session.HANDLERS, *system.HANDLERS, *page.HANDLERS],
            request_class=Asked,
            guards=[guard],
            dto=StrictBody,
            return_dto=None,
            exception_handlers={Exception: handle},
            lifespan=[_running],
            openapi_config=_openapi(),
            request_max_body_size=MAX_BODY_BYTES,
            logging_config=None,
            debug=False,
        )
    )
    describe(app)
    return app


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    task = asyncio.create_task(app.state.live_feed.run(), name="live_feed")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Dispatch 110",
        version="1",
        description=(
            "Command and dispatch for emergency call centres. Every POST needs an Idempotency-Key; PATCH and PUT need "
            "If-Match; refusals are application/problem+json (RFC 9457) with a stable `code`."
        ),
        tags=list(TAGS),
        operation_id_creator=lambda handler, *_: handler.handler_name,
        path="/schema",
        use_handler_docstrings=True,
        openapi_router=Router(
            path="/schema", route_handlers=[], opt={"public": True}, include_in_schema=False
        ),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="an API key"),
                "session": SecurityScheme(
                    type="apiKey",
                    name=COOKIE,
                    security_scheme_in="cookie",
                    description=f"a signed-in page; changes also need the header {CSRF_HEADER}",
                ),
            }
        ),
        security=[{"key": []}, {"session": []}],
    )


class Front(Litestar):
    """The application with what every answer carries: an id, the safe headers, a line in the log."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        await _dressed(super().__call__, self.state.headers, scope, receive, send)


async def _dressed(app: ASGIApp, safe: Headers, scope: HTTPScope, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    began, status = loop.time(), 0
    sent_id = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    request_id = sent_id if _ID.fullmatch(sent_id) else uuid7().hex.encode()
    private = scope["path"].startswith(("/api/", _SIGN_IN))

    async def dressed(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [*message["headers"], *safe, (b"x-request-id", request_id)]
            if private and not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await send(message)

    try:
        await app(scope, receive, dressed)
    finally:
        path = scope["path"]
        note = log.debug if status < 400 else log.info
        note(
            "request",
            request_id=request_id.decode(),
            method=scope["method"],
            path=_SIGN_IN if path.startswith(_SIGN_IN) else path,
            status=status,
            ms=round((loop.time() - began) * 1000, 1),
        )
