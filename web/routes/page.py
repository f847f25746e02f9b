"""The pages: one document for each seat, the files they load, and the sign-in for whoever has no session.

Everything comes from this house: built by `make setup` into web/static and read once at the start. Files named by their content
are kept by the browser for good; documents are asked for each time.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from dispatch.errors import NotFound
from web import auth
from web.acting import Asked

STATIC = Path(__file__).parents[1] / "static"
PLAIN = Path(__file__).parents[1] / "pages"
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
SEATS = ("desk", "call", "unit", "paper")
PUBLIC: dict[str, Any] = {"public": True}
NOT_BUILT = "控制台尚未构建。运行 make setup。 The console is not built; run make setup.\n"


@cache
def files() -> dict[str, tuple[bytes, str, str]]:
    """Name -> (content, media type, ETag) of every file of the pages."""
    found = {}
    for folder in (PLAIN, STATIC):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in TYPES:
                content = path.read_bytes()
                mark = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
                found[path.relative_to(folder).as_posix()] = (content, TYPES[path.suffix], mark)
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


async def _seat(request: Asked, name: str) -> Response[bytes]:
    """A seat's document when somebody is signed in, else the sign-in page in its place."""
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    cookie = request.cookies.get(auth.COOKIE)
    visitor = await doorkeeper.by_session(cookie) if cookie else None
    wanted = name if visitor else "sign_in.html"
    if wanted not in files():
        return Response(NOT_BUILT.encode(), media_type="text/plain", status_code=503)
    told = _file(request, wanted)
    told.headers["Vary"] = "Cookie"
    return told


@get("/", opt=PUBLIC, include_in_schema=False)
async def page(request: Asked) -> Response[bytes]:
    """The console for a signed-in seat, else how to sign in."""
    return await _seat(request, "index.html")


@get([f"/{name}" for name in SEATS], opt=PUBLIC, include_in_schema=False)
async def seat(request: Asked) -> Response[bytes]:
    """One kind of seat."""
    return await _seat(request, f"{request.url.path.strip('/')}.html")


@get("/assets/{name:path}", opt=PUBLIC, include_in_schema=False)
async def asset(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """A file that a page loads."""
    wanted = name.lstrip("/")
    if f"assets/{wanted}" in files():
        return _file(request, f"assets/{wanted}", for_good=True)
    return _file(request, wanted)


HANDLERS = (page, seat, asset)
