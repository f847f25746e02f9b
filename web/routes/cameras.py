"""Cameras at the door: which are watched and by whom, that a video patrol has looked, what it saw, and the list as a whole.

A person looks: nothing here takes, keeps or reads a picture, and no address recognises or follows anybody.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from uuid_utils.compat import uuid7

from dispatch import places, views
from dispatch.acts import authorise
from dispatch.cameras import store
from dispatch.cameras.model import Camera
from dispatch.cameras.near import WITHIN_M
from dispatch.cameras.shown import CameraNow, CamerasNear, camera_list, cameras_near, rooms_of
from dispatch.desk import watching
from dispatch.errors import Invalid
from dispatch.shown import IncidentShown
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown, version_read
from web.listing import known_only
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE, begin, listed, no_twins, take_over, unchanged
from web.schemas import CameraIn, Items, LookIn, Put, SeenIn, WatchIn

CAMERAS = ["cameras"]
UNIT = "/units/{unit_id:uuid}"
FARTHEST_M = 5_000.0
Own = Annotated[
    UUID | None, QueryParameter(description="of this room and below; every one this seat or patrol sees")
]


@get("/cameras", opt=acts("camera.read"), tags=CAMERAS)
async def list_cameras(request: Asked, room: Own = None) -> Items[CameraNow]:
    """Named cameras: what nobody watches first, the more important before; who watches, the last look, when the next is due."""
    known_only(request, ("room",))
    return await _listed(request, room)


async def _listed(request: Asked, room: UUID | None = None) -> Items[CameraNow]:
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await camera_list(conn, runtime.centre, request.user, room))


@get("/incidents/{incident_id:uuid}/cameras", opt=acts("incident.read", "camera.read"), tags=CAMERAS)
async def near_incident(
    request: Asked, incident_id: FromPath[UUID], within_m: FromQuery[float] = WITHIN_M
) -> CamerasNear:
    """The cameras around an incident, the nearest first, and the video patrols that may be asked to look; none without a place."""
    known_only(request, ("within_m",))
    if not 0 < within_m <= FARTHEST_M:
        raise Invalid(f"within_m is more than 0 and at most {FARTHEST_M:.0f}.", field="within_m")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        incident = await views.incident(conn, runtime.centre, request.user, incident_id)
        rooms = await rooms_of(conn, runtime.centre, request.user, None)
        place = incident.place
        if place is None or place.lon is None or place.lat is None:
            raise Invalid(f"Incident {incident.number} has no place yet.", field="place")
        return await cameras_near(conn, runtime.centre, rooms, (place.lon, place.lat), within_m)


@post(f"{UNIT}/cameras", opt=acts("unit.watch"), tags=CAMERAS, status_code=200)
async def watch(request: Asked, unit_id: FromPath[UUID], data: JSONBody[WatchIn]) -> Items[CameraNow]:
    """A video patrol watches cameras, or no longer: taken by itself, assigned by its room. All cameras this seat sees."""

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await watching.watch(w, unit_id, data.take, data.leave)).id}

    await perform(request, data, do)
    return await _listed(request)


@post(f"{UNIT}/looks", opt=acts("unit.look"), tags=CAMERAS, status_code=200)
async def look(request: Asked, unit_id: FromPath[UUID], data: JSONBody[LookIn]) -> Items[CameraNow]:
    """Somebody of a video patrol has looked through its cameras 巡查一遍, or found some out of order. All cameras this seat sees."""

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await watching.look(w, unit_id, data.cameras, data.out_of_order)).id}

    await perform(request, data, do)
    return await _listed(request)


@post(f"{UNIT}/seen-on-camera", opt=acts("unit.report_seen", "alarm.report"), tags=CAMERAS)
async def seen_on_camera(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[SeenIn]
) -> Response[IncidentShown]:
    """What was seen on a camera becomes an incident at its place, source `officer`; the patrol is not ordered to it."""
    seen = watching.SeenOnCamera(
        **{name: getattr(data, name) for name in watching.SeenOnCamera.__struct_fields__}
    )

    async def do(w: Work) -> dict[str, Any]:
        return {"incident": (await watching.raise_at(w, unit_id, seen)).incident_id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.incidents, [made["incident"]]))[0], 201)


@get("/admin/cameras", opt=READ, tags=TAGS)
async def read_cameras(request: Asked) -> Response[Items[Camera]]:
    """Every camera as it was put in, by code."""
    authorise(request.user, "reference", "read")
    return await _as_put_in(request)


async def _as_put_in(request: Asked) -> Response[Items[Camera]]:
    async with runtime_of(request).pool.acquire() as conn:
        return listed(await store.read_cameras(conn))


@put("/admin/cameras", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_cameras(request: Asked, data: JSONBody[Put[CameraIn]]) -> Response[Items[Camera]]:
    """Put in cameras, new or changed; those left out stay."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "cameras")
        standing = await store.read_cameras(w.conn)
        unchanged("cameras", read, standing)
        ids = {one.code: one.id for one in standing}
        told = ("code", "name", "lon", "lat", "address", "link", "priority", "look_every_min", "beat")
        rows = [
            Camera(id=row.id or ids.get(row.code) or uuid7(), **{name: getattr(row, name) for name in told})
            for row in data.items
        ]
        no_twins([row.id for row in rows], "camera")
        await places.put_cameras(w, rows)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return await _as_put_in(request)


HANDLERS = (list_cameras, near_incident, watch, look, seen_on_camera, read_cameras, put_cameras)
