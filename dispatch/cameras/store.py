"""Cameras and their watches in PostgreSQL: the list of cameras whole in and out, watches as whole rows.

Whoever changes a watch holds its camera's row, which is there before any watch is: two patrols never write one watch at once.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch.cameras.model import Camera, CameraWatch
from dispatch.journal import Connection

_CAMERA = ", ".join(Camera.__struct_fields__)
_WATCH = ", ".join(CameraWatch.__struct_fields__)
CAMERAS_READ = "SELECT to_jsonb(c)::text FROM camera c ORDER BY code"
CAMERAS_LOCK = "LOCK TABLE camera IN SHARE ROW EXCLUSIVE MODE"
CAMERA_SAVE = f"""
INSERT INTO camera ({_CAMERA}) SELECT {_CAMERA} FROM jsonb_populate_recordset(NULL::camera, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_CAMERA}) = ({", ".join(f"excluded.{name}" for name in Camera.__struct_fields__)})
"""
CAMERAS_HOLD = "SELECT id FROM camera WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
WATCHES_READ = "SELECT to_jsonb(w)::text FROM camera_watch w WHERE id = ANY($1::uuid[]) ORDER BY id"
WATCHED_BY = """
SELECT w.id FROM camera_watch w, jsonb_array_elements(w.watchers) one
WHERE (one->>'unit_id')::uuid = ANY($1::uuid[]) ORDER BY w.id
"""
WATCHES_SAVE = f"""
INSERT INTO camera_watch ({_WATCH}) SELECT {_WATCH} FROM jsonb_populate_recordset(NULL::camera_watch, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_WATCH}) = ({", ".join(f"excluded.{name}" for name in CameraWatch.__struct_fields__)})
"""

_watch = msgspec.json.Decoder(CameraWatch)


async def read_cameras(conn: Connection) -> list[Camera]:
    """Every camera, by code."""
    return [msgspec.json.decode(row[0], type=Camera) for row in await conn.fetch(CAMERAS_READ)]


async def save_cameras(conn: Connection, cameras: Sequence[Camera]) -> None:
    """Write cameras, new or changed."""
    await conn.execute(CAMERA_SAVE, msgspec.json.encode(list(cameras)).decode())


async def lock_watches(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, CameraWatch]:
    """The watches of these cameras, held until this act is over; one that nobody ever watched is empty, an unknown camera absent."""
    known = [row[0] for row in await conn.fetch(CAMERAS_HOLD, sorted(set(ids)))]
    found = await read_watches(conn, known)
    return {id_: found.get(id_) or CameraWatch(id=id_) for id_ in known}


async def read_watches(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, CameraWatch]:
    """The watches of these cameras; one that nobody ever watched is absent."""
    watches = [_watch.decode(row[0]) for row in await conn.fetch(WATCHES_READ, list(ids))]
    return {watch.id: watch for watch in watches}


async def watched_by(conn: Connection, units: Iterable[UUID]) -> list[UUID]:
    """The cameras that any of these patrols watches."""
    return list(dict.fromkeys(row[0] for row in await conn.fetch(WATCHED_BY, list(units))))


async def save_watches(conn: Connection, watches: Iterable[CameraWatch]) -> None:
    """Write whole watches, new or changed."""
    await conn.execute(WATCHES_SAVE, msgspec.json.encode(list(watches)).decode())
