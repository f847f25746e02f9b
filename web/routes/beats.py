"""Beats 巡段 at the door: who covers each now, which lie uncovered, and when each should be walked, as a whole list in and out.

Schedules left out of the list end; the ground of the beats belongs to the city's bundle.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, put
from litestar.params import FromQuery, JSONBody, QueryParameter
from uuid_utils.compat import uuid7

from dispatch import places, store
from dispatch.acts import authorise
from dispatch.beats import store as beat_store
from dispatch.beats.schedule import BeatSchedule
from dispatch.beats.shown import BeatShown, beats_now, is_walked
from dispatch.cities.beats import Beat
from dispatch.rosters.shown import rooms_asked
from dispatch.work import Work
from web.acting import Asked, acts, perform, runtime_of, version_read
from web.listing import known_only
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE, begin, listed, no_twins, take_over, unchanged
from web.schemas import BeatScheduleIn, Items, Put

Own = Annotated[UUID | None, QueryParameter(description="of this room and below; every one this seat sees")]


@get("/beats", opt=acts("roster_shift.read"), tags=["rosters"])
async def list_beats(request: Asked, room: Own = None) -> Items[BeatShown]:
    """The beats of a room and below: whether each should be walked now, who is logged on to it, and what that comes to."""
    known_only(request, ("room",))
    runtime = runtime_of(request)
    rooms = rooms_asked(runtime.centre, request.user, room)
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    return Items(beats_now(runtime.centre, rooms, now))


@get("/beats/names", opt=acts("types.read"), tags=["rosters"])
async def name_beats(request: Asked, unit: FromQuery[UUID | None] = None) -> Items[Beat]:
    """Every beat by name, for whoever logs on; with a unit those of its own room first, of them those to be walked now."""
    authorise(request.user, "types", "read")
    runtime = runtime_of(request)
    centre = runtime.centre
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    of = centre.units.get(unit or request.user.unit_id or UUID(int=0))
    room = centre.reference.rooms.by_id.get(of.room_id) if of is not None else None
    told = [beat for beat, _ in centre.beats.told]
    return Items(
        sorted(
            told, key=lambda beat: (room is None or beat.room != room.code, not is_walked(centre, beat, now))
        )
    )


@get("/admin/beat-schedules", opt=READ, tags=TAGS)
async def read_schedules(request: Asked) -> Response[Items[BeatSchedule]]:
    """When each beat should be walked, by the code of the beat."""
    authorise(request.user, "reference", "read")
    return await _listed(request)


async def _listed(request: Asked) -> Response[Items[BeatSchedule]]:
    async with runtime_of(request).pool.acquire() as conn:
        return listed(await beat_store.read(conn))


@put("/admin/beat-schedules", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_schedules(request: Asked, data: JSONBody[Put[BeatScheduleIn]]) -> Response[Items[BeatSchedule]]:
    """Put in the schedules of all beats at once; those left out end."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "beat-schedules")
        standing = await beat_store.read(w.conn)
        unchanged("schedules of beats", read, standing)
        ids = {one.code: one.id for one in standing}
        rows = [
            BeatSchedule(
                id=row.id or ids.get(row.code) or uuid7(), code=row.code, kinds=row.kinds, hours=row.hours
            )
            for row in data.items
        ]
        no_twins([row.id for row in rows], "schedule")
        await places.put_schedules(w, rows)
        return {}

    await perform(request, data, do)
    await take_over(request)
    return await _listed(request)


HANDLERS = (list_beats, name_beats, read_schedules, put_schedules)
