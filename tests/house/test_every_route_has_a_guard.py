"""Deny by default: every address leads to acts of the table or stands on a short list, and the guard is before all of them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler, WebsocketRouteHandler
from litestar.routes import HTTPRoute, WebSocketRoute

from dispatch.acts import RULES
from tests.harness.town import centre_without_data
from web.app import create_app
from web.auth import guard

PUBLIC = {
    "/", "/assets/{name:path}", "/sw.js", "/healthz", "/readyz", "/metrics", "/sign-in", "/sign-in/{secret:str}", "/schema",
    "/schema/openapi.json", "/schema/{path:str}", "/schema/asyncapi.json", "/desk", "/call", "/unit", "/paper", "/plans",
    "/rules", "/cards", "/events",
    "/review", "/playback", "/room", "/wall", "/follow-up", "/video",
}  # fmt: skip
OWN_SESSION = {"/api/v1/session", "/api/v1/session/password"}
SIGNING_IN = ("/api/v1/session", {"POST"})
"""Before it nobody is known; and what is made anew each time needs no key."""
ACTS = {f"{rule.noun}.{rule.act}" for rule in RULES}

type Handler = HTTPRouteHandler | WebsocketRouteHandler


class NoFeed:
    """Nobody listens."""

    seq = 0

    def subscribe(self, _: object) -> None: ...


@pytest.fixture(scope="module")
async def app() -> Litestar:
    runtime: Any = SimpleNamespace(pool=None, centre=centre_without_data(), feed=NoFeed())
    return create_app(runtime)


def handlers(app: Litestar) -> Iterator[tuple[str, Handler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path, handler
        else:
            assert isinstance(route, WebSocketRoute), route
            yield route.path, route.route_handler


async def test_every_route_names_acts_of_the_table_or_is_on_the_list(app: Litestar) -> None:
    astray = []
    for path, handler in handlers(app):
        names = handler.opt.get("acts", ())
        if handler.opt.get("public"):
            fits = not names and (
                path in PUBLIC or (path, getattr(handler, "http_methods", None)) == SIGNING_IN
            )
        elif handler.opt.get("own"):
            fits = path in OWN_SESSION and not names
        else:
            fits = bool(names) and set(names) <= ACTS
        if not fits:
            astray.append((path, str(handler)))
    assert astray == []


async def test_the_guard_stands_before_every_route(app: Litestar) -> None:
    unguarded = [path for path, handler in handlers(app) if guard not in handler.resolve_guards()]
    assert unguarded == []


async def test_every_act_of_the_table_has_a_door(app: Litestar) -> None:
    reached = {name for _, handler in handlers(app) for name in handler.opt.get("acts", ())}
    assert ACTS - reached == set()


async def test_every_operation_says_what_it_needs(app: Litestar) -> None:
    lacking = []
    for path, item in (app.openapi_schema.paths or {}).items():
        for method, header in (("post", "Idempotency-Key"), ("patch", "If-Match"), ("put", "If-Match")):
            operation = getattr(item, method)
            if path in OWN_SESSION and method == "post":
                continue  # nothing is made that could be made twice
            if operation is not None and header not in [p.name for p in operation.parameters or []]:
                lacking.append((method, path))
    assert lacking == []
