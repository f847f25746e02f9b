"""The door of the live feed, `WS /api/v1/live`: who knocks, from which page, and then `web.live_feed` until the end.

Litestar checks no Origin on websockets, so this does: a browser's cookie would otherwise open it to any page.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from dispatch.acts import Principal
from web.auth import Doorkeeper
from web.live_feed import LiveFeed

CLOSE_S = 2.0
WRONG_ORIGIN = 4403
"""Before the socket is accepted any close is answered with HTTP 403."""


@websocket("/api/v1/live", opt={"acts": ("incident.read", "unit.read")})
async def live(socket: "WebSocket[Principal, Any, Any]") -> None:
    """Snapshot, events, heartbeats and positions of a room, as the contract's "Live feed" has it."""
    feed: LiveFeed = socket.app.state.live_feed
    doorkeeper: Doorkeeper = socket.app.state.doorkeeper
    if not origin_fits(socket.headers.get("origin"), socket.headers.get("host"), by_cookie=by_cookie(socket)):
        await socket.close(code=WRONG_ORIGIN, reason="This page belongs to another site.")
        return
    await socket.accept()

    async def ask_again() -> Principal | None:
        visitor = await doorkeeper.visitor(socket)
        return None if visitor is None else visitor.principal

    code = await feed.serve(
        socket.scope["user"], ask_again, lambda: _receive(socket), lambda m, b: _send(socket, m, b)
    )
    try:
        async with asyncio.timeout(CLOSE_S):  # a client that reads nothing does not read this either
            await socket.close(code=code)
    except (TimeoutError, RuntimeError, OSError):
        pass  # it has left


def by_cookie(socket: "WebSocket[Any, Any, Any]") -> bool:
    """Whether the client is known by its session alone."""
    return not socket.headers.get("authorization", "").lower().startswith("bearer ")


def origin_fits(origin: str | None, host: str | None, *, by_cookie: bool) -> bool:
    """Whether the page that asks is ours: same host and port. Programs with a key send no Origin, pages always do."""
    if origin is None:
        return not by_cookie
    asked = urlsplit(origin)
    return asked.scheme in ("http", "https") and bool(host) and asked.netloc.lower() == (host or "").lower()


async def _receive(socket: "WebSocket[Any, Any, Any]") -> str | bytes | None:
    try:
        message = await socket.receive()
    except WebSocketDisconnect:
        return None
    if message["type"] != "websocket.receive":
        return None
    return message.get("text") or message.get("bytes") or ""


async def _send(socket: "WebSocket[Any, Any, Any]", message: bytes, binary: bool) -> None:
    await socket.send(
        {
            "type": "websocket.send",
            "bytes": message if binary else None,
            "text": None if binary else message.decode(),
        }
    )
