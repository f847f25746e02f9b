"""The ground under the live map: streets, shores and names of the city whose bundle this replica was given, drawn once.

The page paints it below jurisdictions, units and incidents. It never changes while a replica runs, so it is encoded and
compressed once and answered from memory; whoever has it already is told so.
"""

import asyncio
import gzip
import hashlib
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec

from dispatch.acts import authorise
from dispatch.seeds.reading import map_of
from geo.errors import BadMap
from geo.sketch import Sketch, sketch
from web.acting import Asked, acts, runtime_of

KEEP = "private, max-age=300"


class Drawn:
    """The drawing as it is sent, with its version."""

    def __init__(self, folder: Path) -> None:
        self.plain = msgspec.json.encode(sketch(map_of(folder)))
        self.packed = gzip.compress(self.plain, mtime=0)
        self.etag = f'"{hashlib.sha256(self.plain).hexdigest()[:16]}"'


class Easel:
    """Draws when first asked; several who ask meanwhile wait for the same drawing."""

    def __init__(self) -> None:
        self._drawing: asyncio.Future[Drawn] | None = None

    async def drawn(self, folder: Path) -> Drawn:
        """Raises BadMap; then the next one who asks tries again."""
        if self._drawing is None:
            self._drawing = asyncio.ensure_future(asyncio.to_thread(Drawn, folder))
        try:
            return await asyncio.shield(self._drawing)
        except BadMap:
            self._drawing = None
            raise


@get(
    "/ground",
    opt=acts("reference.read"),
    tags=["reference"],
    responses={
        200: ResponseSpec(Sketch, description="the drawing, gzip where that is accepted"),
        204: ResponseSpec(None, description="this replica has no map"),
    },
)
async def ground(request: Asked) -> Response[bytes | None]:
    """Streets, shores and names of the city as one drawing; 204 where this replica has no map (DISPATCH_CITY). Send If-None-Match again."""
    authorise(request.user, "reference", "read")
    folder = runtime_of(request).settings.city
    if folder is None:
        return Response(None, status_code=204)
    drawn = await request.app.state.easel.drawn(folder)
    headers = {"ETag": drawn.etag, "Cache-Control": KEEP, "Vary": "Accept-Encoding"}
    if drawn.etag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(drawn.packed if packed else drawn.plain, media_type="application/json", headers=headers)


HANDLERS = (ground,)
