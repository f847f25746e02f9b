"""The pages: one document for each seat, the files they load, and the sign-in for whoever has no session.

Everything comes from this house: built by `make setup` into web/static and read once at the start. Files named by their content
are kept by the browser for good; documents are asked for each time.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from dispatch.errors import NotFound
from units.model import Unit
from web import auth
from web.acting import Asked, runtime_of

STATIC = Path(__file__).parents[1] / "static"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
PAGES = (
    "desk",
    "call",
    "cards",
    "events",
    "follow-up",
    "unit",
    "paper",
    "plans",
    "playback",
    "rules",
    "video",
    "review",
    "room",
    "wall",
)
SIGN_IN = "sign_in.html"
SEATED = frozenset({"call_taker", "dispatcher", "leader"})
"""Who with an account works at a seat."""
PUBLIC: dict[str, Any] = {"public": True}
NOT_BUILT = "控制台尚未构建。运行 make setup。 The console is not built; run make setup.\n"


@cache
def files() -> dict[str, tuple[bytes, str, str]]:
    """Name -> (content, media type, ETag) of every file of the pages."""
    found = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix in TYPES:
            content = path.read_bytes()
            mark = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[path.relative_to(STATIC).as_posix()] = (content, TYPES[path.suffix], mark)
    return found


def _file(request: Asked, name: str, *, for_good: bool = False) -> Response[bytes]:
    if name not in files():
        raise NotFound(f"There is no file {name[:100]}.")
    content, media_type, mark = files()[name]
    kept = "public, max-age=31536000, immutable" if for_good else "no-cache"
    headers = {"ETag": mark, "Cache-Control": kept}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


async def _visitor(request: Asked) -> auth.Visitor | None:
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    cookie = request.cookies.get(auth.COOKIE)
    return await doorkeeper.by_session(cookie) if cookie else None


def _document(request: Asked, name: str) -> Response[bytes]:
    """A page as it is for this visitor."""
    if name not in files():
        return Response(NOT_BUILT.encode(), media_type="text/plain", status_code=503)
    told = _file(request, name)
    told.headers["Vary"] = "Cookie"
    return told


def own_page(visitor: auth.Visitor | None, units: Mapping[UUID, Unit]) -> str:
    """Where somebody works: a crew, a video patrol, who only takes calls, who only follows up, everybody else of a room; who needs a seat takes one first."""
    if visitor is None:
        return SIGN_IN
    roles = visitor.principal.roles
    if roles == {"unit"}:
        unit = units.get(visitor.principal.unit_id) if visitor.principal.unit_id is not None else None
        return "video.html" if unit is not None and unit.is_video_patrol else "unit.html"
    if visitor.account_id is not None and visitor.principal.seat_id is None and roles & SEATED:
        return SIGN_IN
    if roles == {"reviewer"}:
        return "follow-up.html"
    return "call.html" if roles & SEATED == {"call_taker"} else "desk.html"


@get("/", opt=PUBLIC, include_in_schema=False)
async def page(request: Asked) -> Response[bytes]:
    """The page of whoever is signed in, else how to sign in."""
    return _document(request, own_page(await _visitor(request), runtime_of(request).centre.units))


@get("/sign-in", opt=PUBLIC, include_in_schema=False)
async def sign_in(request: Asked) -> Response[bytes]:
    """Where one signs in, takes another seat, changes one's password."""
    return _document(request, SIGN_IN)


@get([f"/{name}" for name in PAGES], opt=PUBLIC, include_in_schema=False)
async def seat(request: Asked) -> Response[bytes]:
    """One kind of seat."""
    name = f"{request.url.path.strip('/')}.html"
    return _document(request, name if await _visitor(request) else SIGN_IN)


@get("/assets/{name:path}", opt=PUBLIC, include_in_schema=False)
async def asset(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """A file that a page loads."""
    wanted = name.lstrip("/")
    if f"assets/{wanted}" in files():
        return _file(request, f"assets/{wanted}", for_good=True)
    return _file(request, wanted)


@get("/sw.js", opt=PUBLIC, include_in_schema=False)
async def service_worker(request: Asked) -> Response[bytes]:
    """The service worker, at the root because it may keep pages only below itself; asked for anew each time."""
    return _file(request, "sw.js")


HANDLERS = (page, sign_in, seat, asset, service_worker)
