"""The doors beside the work: is this replica alive and ready, what does it count.

Nothing here changes an incident.
"""

from typing import Any

from litestar import MediaType, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dispatch import store as dispatch_store
from dispatch.runtime.trouble import DATABASE_TROUBLE, passes
from web import asyncapi
from web.acting import Asked, runtime_of
from web.errors import NotReady

TAGS = ["system"]
PUBLIC: dict[str, Any] = {"public": True}
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


HANDLERS = (asyncapi_document, alive, ready, metrics)
