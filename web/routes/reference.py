"""Reference data at the door: rooms, jurisdictions, call points, units and types, as whole lists in and out.

What GET gives, PUT takes back, so that a list is exported, changed in an editor and imported. If-Match holds the ETag of
the list that was changed; everything is checked before anything is written.
"""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.params import JSONBody
from uuid_utils.compat import uuid7

from dispatch import places
from dispatch.acts import authorise
from dispatch.errors import Behind, Invalid
from dispatch.journal import Connection
from dispatch.rooms import CallPoint, Jurisdiction, Room
from dispatch.work import Work
from geo.areas import Layer
from web.acting import Asked, acts, perform, runtime_of, version_read
from web.schemas import (
    Act,
    CallPointIn,
    FeaturesIn,
    Items,
    JurisdictionIn,
    Put,
    RoomIn,
)

TAGS = ["reference"]
READ = acts("reference.read")
WRITE = acts("reference.administer")
LIST_BYTES = 64_000_000
"""A city's units or borders are larger than any act."""


def etag(rows: Sequence[Any]) -> str:
    """The version of a list: which rows in which versions."""
    said = ",".join(f"{row.id}:{row.version}" for row in rows)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def listed[T](rows: Sequence[T]) -> Response[Items[T]]:
    """A whole list with its ETag."""
    return Response(Items(list(rows)), headers={"ETag": f'"{etag(rows)}"'})


def unchanged(what: str, read: str, rows: Sequence[Any]) -> None:
    """Raises Behind unless the list is as it was read. The caller holds the lock of `places.lock`."""
    if read not in ("*", etag(rows)):
        raise Behind(f"The {what} were changed since you read them; read them again.")


async def begin(w: Work, what: str) -> None:
    """Only an administrator, and one at a time."""
    authorise(w.principal, "reference", "administer")
    await places.lock(w.conn, what)


async def take_over(request: Asked) -> None:
    """Whoever changed something is answered by it from now on; other replicas follow the feed."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        runtime.centre.use(await places.load(conn))
    request.app.state.doorkeeper.forget()


async def _read[T](request: Asked, read: Any) -> list[T]:
    authorise(request.user, "reference", "read")
    async with runtime_of(request).pool.acquire() as conn:
        rows: list[T] = await read(conn)
        return rows


@get("/admin/rooms", opt=READ, tags=TAGS)
async def read_rooms(request: Asked) -> Response[Items[Room]]:
    """The tree of command rooms, the root first."""
    return listed(await _read(request, places.read_rooms))


@put("/admin/rooms", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_rooms(request: Asked, data: JSONBody[Put[RoomIn]]) -> Response[Items[Room]]:
    """Put in the whole tree; a room that stands is changed, none is ever removed."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "rooms")
        standing = await places.read_rooms(w.conn)
        unchanged("rooms", read, standing)
        ids = {room.code: room.id for room in standing}
        rooms = [
            Room(
                id=row.id or ids.get(row.code) or uuid7(),
                code=row.code,
                name_zh=row.name_zh,
                name_en=row.name_en,
                tier=row.tier,
                parent_id=row.parent_id,
                neighbours=row.neighbours,
                lon=row.lon,
                lat=row.lat,
            )
            for row in data.items
        ]
        no_twins([room.id for room in rooms], "room")
        await places.put_rooms(w, rooms)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return listed(await _read(request, places.read_rooms))


def no_twins(keys: Sequence[object], what: str) -> None:
    """Raises Invalid when something stands twice in a list."""
    seen: set[object] = set()
    for key in keys:
        if key in seen:
            raise Invalid(f"The {what} {key} stands twice in the list.", field="items")
        seen.add(key)


@get("/admin/call-points", opt=READ, tags=TAGS)
async def read_call_points(request: Asked) -> Response[Items[CallPoint]]:
    """Every call point, by code."""
    return listed(await _read(request, places.read_call_points))


@put("/admin/call-points", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_call_points(request: Asked, data: JSONBody[Put[CallPointIn]]) -> Response[Items[CallPoint]]:
    """Put in call points, new or changed; those left out stay."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "call-points")
        standing = await places.read_call_points(w.conn)
        unchanged("call points", read, standing)
        ids = {point.code: point.id for point in standing}
        points = [
            CallPoint(
                id=row.id or ids.get(row.code) or uuid7(),
                code=row.code,
                name=row.name,
                lon=row.lon,
                lat=row.lat,
                address=row.address,
                cameras=row.cameras,
                talk_link=row.talk_link,
                camera_links=row.camera_links,
                answering_room_id=row.answering_room_id,
                silent_after_s=row.silent_after_s,
            )
            for row in data.items
        ]
        no_twins([point.id for point in points], "call point")
        await places.put_call_points(w, points)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return listed(await _read(request, places.read_call_points))


@get("/admin/jurisdictions", opt=READ, tags=TAGS)
async def read_jurisdictions(request: Asked) -> Response[Items[Jurisdiction]]:
    """Every jurisdiction, by layer and name."""
    return listed(await _read(request, places.read_jurisdictions))


@put("/admin/jurisdictions", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_jurisdictions(
    request: Asked, data: JSONBody[Put[JurisdictionIn]]
) -> Response[Items[Jurisdiction]]:
    """Put in all jurisdictions at once; those left out end."""
    return await _put_jurisdictions(request, data, data.items)


@get("/admin/jurisdictions.geojson", opt=READ, tags=TAGS)
async def export_jurisdictions(request: Asked) -> Response[dict[str, Any]]:
    """Every jurisdiction as a GeoJSON file."""
    rows: list[Jurisdiction] = await _read(request, places.read_jurisdictions)
    codes = {id_: room.code for id_, room in runtime_of(request).centre.reference.rooms.by_id.items()}
    features = [
        {
            "type": "Feature",
            "id": row.id,
            "properties": {
                "layer": row.layer,
                "name": row.name,
                "room_id": row.room_id,
                "room": codes.get(row.room_id),
                "version": row.version,
            },
            "geometry": row.geometry,
        }
        for row in rows
    ]
    return Response(
        {"type": "FeatureCollection", "features": features},
        media_type="application/geo+json",
        headers={"ETag": f'"{etag(rows)}"'},
    )


@put("/admin/jurisdictions.geojson", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def import_jurisdictions(request: Asked, data: JSONBody[FeaturesIn]) -> Response[Items[Jurisdiction]]:
    """Put in all jurisdictions from a GeoJSON file; rooms are named by id or code."""
    by_code = runtime_of(request).centre.reference.rooms.by_code
    items = []
    for n, feature in enumerate(data.features):
        told = feature.properties
        room = by_code.get(str(told.get("room", "")))
        try:
            items.append(
                JurisdictionIn(
                    id=feature.id,
                    layer=Layer(told.get("layer", "police")),
                    room_id=UUID(str(told["room_id"]))
                    if "room_id" in told
                    else room.id
                    if room
                    else UUID(int=0),
                    name=str(told.get("name", f"{n + 1}")),
                    geometry=feature.geometry,
                )
            )
        except ValueError as wrong:
            raise Invalid(
                f"Feature {n + 1} has an unknown layer or room: {wrong}.", field=f"features[{n}]"
            ) from None
    return await _put_jurisdictions(request, Act(), items)


async def _put_jurisdictions(
    request: Asked, data: Act, items: Sequence[JurisdictionIn]
) -> Response[Items[Jurisdiction]]:
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "jurisdictions")
        standing = await places.read_jurisdictions(w.conn)
        unchanged("jurisdictions", read, standing)
        ids = {(row.layer, row.room_id, row.name): row.id for row in standing}
        rows = [
            Jurisdiction(
                id=row.id or ids.get((row.layer, row.room_id, row.name)) or uuid7(),
                layer=row.layer,
                room_id=row.room_id,
                name=row.name,
                geometry=row.geometry,
            )
            for row in items
        ]
        no_twins([row.id for row in rows], "jurisdiction")
        await places.put_jurisdictions(w, rows)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return listed(await _read(request, places.read_jurisdictions))


@get("/admin/types", opt=acts("types.read"), tags=TAGS)
async def read_types(request: Asked) -> Response[msgspec.Raw]:
    """The type tree as its file; crews read it too, for their results and what they come upon."""
    authorise(request.user, "types", "read")
    async with runtime_of(request).pool.acquire() as conn:
        return await _types(conn)


async def _types(conn: Connection) -> Response[msgspec.Raw]:
    number, file = await places.read_type_file(conn)
    return Response(msgspec.Raw(file), headers={"ETag": f'"{number}"'})


@put("/admin/types", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_types(request: Asked, data: JSONBody[msgspec.Raw]) -> Response[msgspec.Raw]:
    """Put in a type tree, as its file, as the next version. Every fault is named at once."""
    read = version_read(request)
    file = bytes(data)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "types")
        number, _ = await places.read_type_file(w.conn)
        if read not in ("*", str(number)):
            raise Behind("The type tree was changed since you read it; read it again.", version=number)
        await places.put_types(w, file)
        return {}

    await perform(request, Act(), do)
    await take_over(request)
    async with runtime_of(request).pool.acquire() as conn:
        return await _types(conn)


HANDLERS = (
    read_rooms,
    put_rooms,
    read_call_points,
    put_call_points,
    read_jurisdictions,
    put_jurisdictions,
    export_jurisdictions,
    import_jurisdictions,
    read_types,
    put_types,
)
