"""The page: one document for a signed-in seat, another that says how to sign in, and the files both of them load.

Everything comes from this house and is read once at the start; the browser asks each time whether it has changed.
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

PAGES = Path(__file__).parents[1] / "pages"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
PUBLIC: dict[str, Any] = {"public": True}


@cache
def files() -> dict[str, tuple[bytes, str, str]]:
    """Name -> (content, media type, ETag) of every file of the page."""
    found = {}
    for path in sorted(PAGES.rglob("*")):
        if path.is_file() and path.suffix in TYPES:
            content = path.read_bytes()
            mark = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[path.relative_to(PAGES).as_posix()] = (content, TYPES[path.suffix], mark)
    return found


def _file(request: Asked, name: str) -> Response[bytes]:
    if name not in files():
        raise NotFound(f"There is no file {name[:100]}.")
    content, media_type, mark = files()[name]
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@get("/", opt=PUBLIC, include_in_schema=False)
async def page(request: Asked) -> Response[bytes]:
    """The console for a signed-in seat, else how to sign in."""
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    cookie = request.cookies.get(auth.COOKIE)
    visitor = await doorkeeper.by_session(cookie) if cookie else None
    told = _file(request, "index.html" if visitor else "sign_in.html")
    told.headers["Vary"] = "Cookie"
    return told


@get("/assets/{name:path}", opt=PUBLIC, include_in_schema=False)
async def asset(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """A file that the page loads."""
    return _file(request, name.lstrip("/"))


HANDLERS = (page, asset)
