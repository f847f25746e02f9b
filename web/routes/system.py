"""The doors beside the work: is this replica alive and ready, what does it count, who am I, signing in and out.

Nothing here changes an incident.
"""

from typing import Any

from litestar import MediaType, Response, delete, get
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dispatch import store as dispatch_store
from dispatch.instants import instant
from dispatch.runtime.trouble import DATABASE_TROUBLE, passes
from web import asyncapi, auth, store
from web.acting import Asked, runtime_of
from web.errors import NotReady
from web.schemas import SessionShown

TAGS = ["system"]
PUBLIC: dict[str, Any] = {"public": True}
OWN: dict[str, Any] = {"own": True}
"""About nothing but the visitor's own session."""
PING_S = 2.0


@get("/healthz", opt=PUBLIC, tags=TAGS, sync_to_thread=False)
def alive() -> dict[str, bool]:
    """This process is alive."""
    return {"alive": True}


@get("/readyz", opt=PUBLIC, tags=TAGS)
async def ready(request: Asked) -> dict[str, bool]:
    """This replica may take work: its index has caught up and the database answers."""
    runtime = runtime_of(request)
    why_not = runtime.ready()
    if why_not is not None:
        raise NotReady(why_not)
    try:
        async with runtime.pool.acquire(timeout=PING_S) as conn:
            await dispatch_store.now(conn)
    except DATABASE_TROUBLE as error:
        if not passes(error):
            raise
        raise NotReady("The database does not answer.") from error
    return {"ready": True}


@get("/metrics", opt=PUBLIC, tags=TAGS, media_type=MediaType.TEXT, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """What this replica counts, for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@get("/schema/asyncapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def asyncapi_document() -> dict[str, Any]:
    """The NATS side of the contract."""
    return asyncapi.document()


@get("/sign-in/{secret:str}", opt=PUBLIC, include_in_schema=False, status_code=303)
async def sign_in(request: Asked, secret: FromPath[str]) -> Redirect:
    """Spend a one-time link, open a session, go to the page."""
    async with runtime_of(request).pool.acquire() as conn, conn.transaction():
        session = await auth.sign_in(conn, secret)
    cookie = Cookie(
        key=auth.COOKIE,
        value=session,
        path="/",
        max_age=auth.SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return Redirect("/", status_code=303, cookies=[cookie])


@get("/api/v1/session", opt=OWN, tags=TAGS)
async def who_am_i(request: Asked) -> SessionShown:
    """Who is asking, and for a signed-in page the token it must send back with every change."""
    visitor: auth.Visitor = request.auth
    cookie = request.cookies.get(auth.COOKIE)
    principal = visitor.principal
    return SessionShown(
        principal=principal.id,
        roles=sorted(principal.roles),
        room_id=principal.room_id,
        unit_id=principal.unit_id,
        gateway=principal.gateway,
        expires_at=instant(visitor.expires_at),
        csrf_token=auth.csrf_token(cookie) if visitor.session_id and cookie else None,
    )


@delete("/api/v1/session", opt=OWN, tags=TAGS, status_code=204)
async def sign_out(request: Asked) -> Response[None]:
    """End this session; its sockets close within seconds."""
    visitor: auth.Visitor = request.auth
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    if visitor.session_id is not None:
        async with runtime_of(request).pool.acquire() as conn:
            await store.revoke_session(conn, visitor.session_id)
        doorkeeper.forget()
    told: Response[None] = Response(None, status_code=204)
    told.delete_cookie(auth.COOKIE)
    return told


HANDLERS = (asyncapi_document, alive, ready, metrics, sign_in, who_am_i, sign_out)
