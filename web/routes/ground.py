"""What the map is drawn on: vector tiles, and a plain drawing of streets, shores and names, of the city that is active.

The page paints it below jurisdictions, units and incidents. A bundle never changes, so what was sent once is good until
another one is activated; whoever has it already is told so.
"""

import asyncio
import gzip

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from dispatch.acts import authorise
from dispatch.errors import NotFound
from geo.atlas import Atlas
from geo.sketch import Sketch
from web.acting import Asked, acts, runtime_of

KEEP = "private, max-age=300"
TILE = "application/vnd.mapbox-vector-tile"


class TileSet(msgspec.Struct, frozen=True, kw_only=True):
    """The tiles of the active city as TileJSON 3.0.0 tells them (github.com/mapbox/tilejson-spec).

    tiles: path of a tile on this server; attribution: what must be shown beside the map, None for our own invention; bounds:
    west, south, east, north of the city's roads. Beyond maxzoom a map draws the last tiles larger.
    """

    tilejson: str = "3.0.0"
    name: str
    version: str
    tiles: tuple[str, ...] = ("/api/v1/tiles/{z}/{x}/{y}",)
    attribution: str | None
    bounds: tuple[float, float, float, float]
    minzoom: int
    maxzoom: int


class Easel:
    """The drawing of the active bundle as it is sent, gzipped once."""

    def __init__(self) -> None:
        self._of: str | None = None
        self._packed = b""

    async def packed(self, atlas: Atlas) -> bytes:
        """Gzip of the drawing."""
        if self._of != atlas.manifest.checksum:
            self._packed = await asyncio.to_thread(gzip.compress, atlas.ground, mtime=0)
            self._of = atlas.manifest.checksum
        return self._packed


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
    """Streets, shores and names of the city as one drawing; 204 while no city is served. Send If-None-Match again."""
    authorise(request.user, "reference", "read")
    atlas = runtime_of(request).atlases.atlas
    if atlas is None:
        return Response(None, status_code=204)
    headers = _headers(atlas)
    if _has_it(request, headers):
        return Response(None, status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(atlas.ground, media_type="application/json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(
        await request.app.state.easel.packed(atlas), media_type="application/json", headers=headers
    )


@get(
    "/tiles",
    opt=acts("reference.read"),
    tags=["reference"],
    responses={
        200: ResponseSpec(TileSet, description="what the tiles are, as TileJSON"),
        204: ResponseSpec(None, description="this replica has no map"),
    },
    sync_to_thread=False,
)
def tile_set(request: Asked) -> Response[TileSet | None]:
    """What tiles there are and what must be shown beside them; 204 while no city is served. Send If-None-Match again."""
    authorise(request.user, "reference", "read")
    atlas = runtime_of(request).atlases.atlas
    if atlas is None:
        return Response(None, status_code=204)
    headers = {**_headers(atlas), "Cache-Control": "private, no-cache"}
    if _has_it(request, headers):
        return Response(None, status_code=304, headers=headers)
    manifest, tiles = atlas.manifest, atlas.tiles
    told = TileSet(
        name=manifest.name, version=manifest.checksum[:16], attribution=manifest.licence, bounds=manifest.bounds,
        minzoom=tiles.lowest, maxzoom=tiles.highest,
    )  # fmt: skip
    return Response(told, headers=headers)


@get(
    "/tiles/{zoom:int}/{x:int}/{y:int}",
    opt=acts("reference.read"),
    tags=["reference"],
    responses={
        200: ResponseSpec(
            bytes, description="Mapbox vector tile, layers of Shortbread 1.0, always gzip", media_type=TILE
        ),
        204: ResponseSpec(None, description="nothing is drawn there"),
    },
    sync_to_thread=False,
)
def tile(request: Asked, zoom: FromPath[int], x: FromPath[int], y: FromPath[int]) -> Response[bytes | None]:
    """One vector tile of the active city (XYZ). 404 while no city is served. Send If-None-Match again."""
    authorise(request.user, "reference", "read")
    atlas = runtime_of(request).atlases.atlas
    if atlas is None:
        raise NotFound("No city is served here; build a bundle and activate it.")
    headers = _headers(atlas)
    if _has_it(request, headers):
        return Response(None, status_code=304, headers=headers)
    found = atlas.tiles.get(zoom, x, y)
    if found is None:
        return Response(None, status_code=204, headers=headers)
    return Response(found, media_type=TILE, headers={**headers, "Content-Encoding": "gzip"})


def _headers(atlas: Atlas) -> dict[str, str]:
    """The bundle's checksum is the version of all that it holds."""
    return {"ETag": f'"{atlas.manifest.checksum[:16]}"', "Cache-Control": KEEP, "Vary": "Accept-Encoding"}


def _has_it(request: Asked, headers: dict[str, str]) -> bool:
    return headers["ETag"] in request.headers.get("if-none-match", "")


HANDLERS = (ground, tile_set, tile)
