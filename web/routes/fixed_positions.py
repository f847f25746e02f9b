"""Fixed positions 岗 at the door: places where units stand at set times of the city's week, as a whole list in and out.

Those left out end. Who is at a post shows on the unit and in recommendations.
"""

from typing import Any

from litestar import Response, get, put
from litestar.params import JSONBody
from uuid_utils.compat import uuid7

from dispatch import places
from dispatch.acts import authorise
from dispatch.work import Work
from units.posts import FixedPosition
from web.acting import Asked, perform, runtime_of, version_read
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE, begin, listed, no_twins, take_over, unchanged
from web.schemas import FixedPositionIn, Items, Put


@get("/admin/fixed-positions", opt=READ, tags=TAGS)
async def read_positions(request: Asked) -> Response[Items[FixedPosition]]:
    """Every fixed position with its turns, by code."""
    authorise(request.user, "reference", "read")
    return await _listed(request)


async def _listed(request: Asked) -> Response[Items[FixedPosition]]:
    async with runtime_of(request).pool.acquire() as conn:
        return listed(await places.read_positions(conn))


@put("/admin/fixed-positions", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_positions(
    request: Asked, data: JSONBody[Put[FixedPositionIn]]
) -> Response[Items[FixedPosition]]:
    """Put in all fixed positions at once; those left out end."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "fixed-positions")
        standing = await places.read_positions(w.conn)
        unchanged("fixed positions", read, standing)
        ids = {one.code: one.id for one in standing}
        rows = [
            FixedPosition(
                id=row.id or ids.get(row.code) or uuid7(), code=row.code, name=row.name, lon=row.lon, lat=row.lat,
                address=row.address, turns=row.turns,
            )
            for row in data.items
        ]  # fmt: skip
        no_twins([row.id for row in rows], "fixed position")
        await places.put_positions(w, rows)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return await _listed(request)


HANDLERS = (read_positions, put_positions)
